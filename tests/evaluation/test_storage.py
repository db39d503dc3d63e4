import json
import logging
import multiprocessing
from contextlib import suppress

import pytest

from gen3d_bench.evaluation.storage import Manifest, RunFolder, RunFolderError, read_records
from tests.evaluation.make import VERSIONS, record


def manifest(episodes=3, **identity):
    return Manifest(identity={"policy": "random", "scenes": ["a"], "seed": 0, **identity}, episodes=episodes,
                    versions=VERSIONS)


def test_records_are_there_when_the_folder_is_opened_again(tmp_path):
    rows = [record(episode=i, success=i % 2 == 0) for i in range(3)]
    with RunFolder(tmp_path, manifest()) as folder:
        for row in rows:
            folder.append(row)
    with RunFolder(tmp_path, manifest()) as folder:
        assert list(folder.records.values()) == rows


def fail_in(path, *records):
    with suppress(ZeroDivisionError), RunFolder(path, manifest()) as folder:
        for row in records:
            folder.append(row)
        raise ZeroDivisionError


def test_a_run_that_fails_before_its_first_episode_leaves_nothing(tmp_path):
    fail_in(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").mkdir()
    (tmp_path / "old/notes.txt").write_text("mine")
    fail_in(tmp_path / "old")
    assert [file.name for file in (tmp_path / "old").iterdir()] == ["notes.txt"]
    fail_in(tmp_path / "later", record())
    with RunFolder(tmp_path / "later", manifest()) as folder:
        assert len(folder.records) == 1


def test_a_torn_last_line_is_dropped_and_said(tmp_path, caplog):
    with RunFolder(tmp_path, manifest()) as folder:
        folder.append(record(episode=0))
        folder.append(record(episode=1))
    file = tmp_path / "records.jsonl"
    whole = file.read_bytes()
    for cut in (1, 2, 500):
        file.write_bytes(whole[:-cut])
        caplog.clear()
        with caplog.at_level(logging.WARNING), RunFolder(tmp_path, manifest()) as folder:
            assert list(folder.records) == [("a", 0)]
            assert "half-written" in caplog.text
            folder.append(record(episode=1))
        assert file.read_bytes() == whole


def test_looking_does_not_repair(tmp_path):
    with RunFolder(tmp_path, manifest()) as folder:
        folder.append(record())
    file = tmp_path / "records.jsonl"
    torn = file.read_bytes() + b'{"policy": '
    file.write_bytes(torn)
    assert list(read_records(file)) == [("a", 0)]
    assert file.read_bytes() == torn


@pytest.mark.parametrize("line", [b"rubbish", b"{}", b""])
def test_damage_elsewhere_is_an_error_that_names_the_line(tmp_path, line):
    with RunFolder(tmp_path, manifest()) as folder:
        folder.append(record(episode=0))
        folder.append(record(episode=1))
    file = tmp_path / "records.jsonl"
    first, second = file.read_bytes().splitlines()
    damaged = b"\n".join([first, line, second, b""])
    file.write_bytes(damaged)
    with pytest.raises(RunFolderError, match=r"records\.jsonl, line 2"), RunFolder(tmp_path, manifest()):
        pass
    assert file.read_bytes() == damaged


def test_an_episode_cannot_be_there_twice(tmp_path):
    with RunFolder(tmp_path, manifest()) as folder:
        folder.append(record())
        with pytest.raises(RunFolderError, match=r"already holds episode 0 of scene a"):
            folder.append(record())
    file = tmp_path / "records.jsonl"
    file.write_bytes(file.read_bytes() * 2)
    with pytest.raises(RunFolderError, match=r"line 2.*twice"), RunFolder(tmp_path, manifest()):
        pass


def test_another_run_is_refused_and_the_differences_named(tmp_path):
    with RunFolder(tmp_path, manifest()):
        pass
    before = (tmp_path / "run.json").read_bytes()
    other = manifest(seed=1, scenes=["b"])
    with pytest.raises(RunFolderError, match=r'differs in scenes: \["a"\] -> \["b"\]; seed: 0 -> 1\.'):
        RunFolder(tmp_path, other).__enter__()
    newer = manifest().model_copy(update={"versions": VERSIONS.model_copy(update={"sapien": "4.0"})})
    with pytest.raises(RunFolderError, match=r'version of sapien: "3.0" -> "4.0"'):
        RunFolder(tmp_path, newer).__enter__()
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_run_may_grow_but_not_shrink(tmp_path):
    with RunFolder(tmp_path, manifest(episodes=3)):
        pass
    with RunFolder(tmp_path, manifest(episodes=5)):
        pass
    with pytest.raises(RunFolderError, match=r"5 episodes per scene.*not with 3"):
        RunFolder(tmp_path, manifest(episodes=3)).__enter__()


def test_records_without_a_manifest_are_not_adopted(tmp_path):
    (tmp_path / "records.jsonl").write_text(record().model_dump_json() + "\n")
    with pytest.raises(RunFolderError, match=r"no run\.json"):
        RunFolder(tmp_path, manifest()).__enter__()


def test_a_broken_manifest_is_named(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"schema_version": 1}))
    with pytest.raises(RunFolderError, match=r"run\.json is not a run's manifest"):
        RunFolder(tmp_path, manifest()).__enter__()


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(RunFolderError, match=r"cannot write to .*out"):
        RunFolder(tmp_path / "out", manifest()).__enter__()


def _try_to_open(path, answers):
    try:
        RunFolder(path, manifest()).__enter__()
    except RunFolderError as error:
        answers.put(str(error))


def test_two_processes_cannot_write_one_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    with RunFolder(tmp_path, manifest()) as folder:
        other = context.Process(target=_try_to_open, args=(tmp_path, answers))
        other.start()
        assert "being written by another run" in answers.get(timeout=60)
        other.join()
        folder.append(record())
    with RunFolder(tmp_path, manifest()) as folder:
        assert len(folder.records) == 1
