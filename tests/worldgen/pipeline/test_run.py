"""Runs: what stays of them however they end, and what goes wrong without ending them."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gen3d_bench.evaluation.storage import RunFolderError
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.run import generate
from tests.worldgen.pipeline.making import make, scene_files


def config(out: Path, **options: object) -> GenerateConfig:
    return GenerateConfig(**{"out": out, "workers": 2, **options})  # type: ignore[arg-type]


def test_a_run_leaves_scenes_that_load_and_a_report(tmp_path: Path) -> None:
    done = generate([Task("put the pen in the pen holder")], config(tmp_path / "set", n=3), make)
    assert (done.profile.accepted, done.profile.planned) == (3, 3)
    scenes = resolve_scenes(str(tmp_path / "set"))
    assert [scene.id for scene in scenes] == [f"put-the-pen-in-the-pen-holder-00{k}" for k in range(3)]
    assert (tmp_path / "set/run/pictures/put-the-pen-in-the-pen-holder-000.webp").read_bytes() == b"a picture"
    page = done.report.read_text()
    assert "run/pictures/put-the-pen-in-the-pen-holder-002.webp" in page
    assert "46.8 ± 5.0 min" in page
    assert "| Generated environments | 3 | 100 |" in (tmp_path / "set/DATA_CARD.md").read_text()


def test_faults_of_single_scenes_are_said_and_end_nothing(tmp_path: Path) -> None:
    sentences = ["refuse", "die", "raise", "put a on b", "put c on d"]
    done = generate([Task(sentence) for sentence in sentences], config(tmp_path), make)
    assert [record.status for record in done.records] == ["refused", "failed", "failed", "accepted", "accepted"]
    assert [record.reason for record in done.records[:3]] == [
        "no such verb", "its process died (signal 9)", "RuntimeError: out of clay"]
    page = done.report.read_text()
    assert all(record.reason in page for record in done.records[:3])
    assert "Accepted" in page and "2<span" in page


def test_what_failed_is_tried_again_and_what_was_refused_is_not(tmp_path: Path) -> None:
    tasks = [Task("refuse"), Task("raise"), Task("put a on b")]
    generate(tasks, config(tmp_path), make)
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "run/records").glob("*.json")}
    generate(tasks, config(tmp_path), make)
    after = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "run/records").glob("*.json")}
    assert {name for name in before if before[name] != after[name]} == {"raise-000.json"}


def test_more_scenes_may_be_added(tmp_path: Path) -> None:
    task = Task("put a on b")
    generate([task], config(tmp_path, n=1), make)
    first = scene_files(tmp_path)
    done = generate([task, Task("put c on d")], config(tmp_path, n=2), make)
    assert done.profile.accepted == 4
    assert scene_files(tmp_path).items() >= first.items()


def test_other_settings_in_the_same_folder_are_refused(tmp_path: Path) -> None:
    generate([Task("put a on b")], config(tmp_path), make)
    with pytest.raises(RunFolderError, match="seed = 0, this run has 1; choose another --out"):
        generate([Task("put a on b")], config(tmp_path, seed=1), make)
    with pytest.raises(RunFolderError, match="asset_attempts = 4"):
        generate([Task("put a on b")], config(tmp_path, asset_attempts=9), make)


def test_a_name_that_stands_for_another_sentence_is_refused(tmp_path: Path) -> None:
    generate([Task("put a on b")], config(tmp_path), make)
    with pytest.raises(RunFolderError, match="made for 'put a on b', not for 'put A on b'"):
        generate([Task("put A on b")], config(tmp_path), make)


def test_a_scene_whose_record_does_not_accept_it_leaves_the_set(tmp_path: Path) -> None:
    tasks = [Task("put a on b"), Task("refuse")]
    generate(tasks, config(tmp_path), make)
    scene = tmp_path / "put-a-on-b-000.json"
    (tmp_path / "refuse-000.json").write_bytes(scene.read_bytes())  # as a run leaves it that is killed in between
    generate(tasks, config(tmp_path), make)
    assert set(scene_files(tmp_path)) == {"put-a-on-b-000.json"}


def test_a_scene_that_somebody_changed_is_named(tmp_path: Path) -> None:
    done = generate([Task("put a on b")], config(tmp_path), make)
    assert "Changed since they were generated" not in done.report.read_text()
    scene = tmp_path / "put-a-on-b-000.json"
    scene.write_text(scene.read_text().replace("blue pen", "red pen"))
    done = generate([Task("put a on b")], config(tmp_path), make)
    assert "Changed since they were generated" in done.report.read_text()
    assert "put-a-on-b-000" in (tmp_path / "DATA_CARD.md").read_text()


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    generate([Task("put a on b")], config(tmp_path), make)
    file = tmp_path / "run/records/put-a-on-b-000.json"
    file.write_text("{}")
    with pytest.raises(RunFolderError, match=r"put-a-on-b-000.json cannot be read.*delete it"):
        generate([Task("put a on b")], config(tmp_path), make)


SLOW_RUN = """
import sys
from pathlib import Path
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.run import generate
from tests.worldgen.pipeline.making import make
if __name__ == "__main__":
    generate([Task("slow")], GenerateConfig(n=8, out=Path(sys.argv[1]), workers=2), make)
"""


def test_a_run_killed_at_random_points_ends_with_the_same_files(tmp_path: Path) -> None:
    program = tmp_path / "run_slowly.py"
    program.write_text(SLOW_RUN)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}

    def start(folder: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, str(program), str(folder)], env=environment, start_new_session=True,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    assert start(tmp_path / "whole").wait(timeout=120) == 0
    chance = random.Random(5)
    for count in (1, 3, 6):
        process = start(tmp_path / "killed")
        while len(list((tmp_path / "killed/run/records").glob("*.json"))) < count and process.poll() is None:
            time.sleep(0.02)
        time.sleep(chance.random() * 0.3)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert start(tmp_path / "killed").wait(timeout=120) == 0
    assert scene_files(tmp_path / "killed") == scene_files(tmp_path / "whole")
    assert len(scene_files(tmp_path / "whole")) == 8


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "run_slowly.py"
    program.write_text(SLOW_RUN)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    process = subprocess.Popen([sys.executable, str(program), str(tmp_path / "set")], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        while not (tmp_path / "set/run/settings.json").exists():
            time.sleep(0.02)
        with pytest.raises(RunFolderError, match="another run writes to"):
            generate([Task("slow")], config(tmp_path / "set", n=8), make)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert json.loads((tmp_path / "set/run/settings.json").read_text())["designer"] == "grammar"
