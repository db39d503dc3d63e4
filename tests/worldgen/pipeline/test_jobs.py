"""Tasks from sentences and files, and the names that their scenes get."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.pipeline.jobs import as_tasks, plan, read_tasks
from gen3d_bench.worldgen.pipeline.seeds import derived_seed


def ids(*tasks: Task, n: int = 1) -> list[str]:
    return [job.id for job in plan(tasks, n)]


def test_scenes_are_named_after_their_sentence_and_numbered() -> None:
    assert ids(Task("Put the pen in the pen holder."), n=2) == [
        "put-the-pen-in-the-pen-holder-000",
        "put-the-pen-in-the-pen-holder-001",
    ]
    assert ids(Task("把笔放进笔筒")) == ["scene-000"]
    assert len(ids(Task("put the " + "very " * 50 + "red cup on the tray"))[0]) <= 64


def test_the_same_sentence_again_goes_on_counting() -> None:
    names = ids(Task("a b"), Task("c"), Task("A  b!"), n=2)
    assert names == ["a-b-000", "c-000", "a-b-001", "a-b-002", "c-001", "a-b-003"]


def test_a_larger_n_changes_no_name() -> None:
    tasks = (Task("a b"), Task("a b", ("cup",)), Task("A b!"), Task("c", id="x"))
    few, many = plan(tasks, 1), plan(tasks, 3)
    assert many[: len(few)] == few


def test_an_id_names_the_first_scene_whatever_n_is() -> None:
    assert ids(Task("a", id="gen3d-007")) == ["gen3d-007"]
    assert ids(Task("a", id="gen3d-007"), n=2) == ["gen3d-007", "gen3d-007-001"]


@pytest.mark.parametrize("name", ["../up", "a/b", " ", ".hidden", "a b", "x" * 200])
def test_an_id_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match="id"):
        plan([Task("a", id=name)], 1)


def test_one_id_for_two_scenes_is_refused() -> None:
    with pytest.raises(SettingError, match=r"'x-001'.*more than one"):
        plan([Task("a", id="x"), Task("b", id="x-001")], 2)


def test_lines_with_and_without_distractors(tmp_path: Path) -> None:
    file = tmp_path / "tasks.txt"
    lines = ["# kitchen", "put the pen in the pen holder", "", "  put the cup on the tray | plate, wooden spoon ,"]
    file.write_text("\n".join([*lines, "put a on b |", ""]))
    assert read_tasks(file) == (
        Task("put the pen in the pen holder"),
        Task("put the cup on the tray", ("plate", "wooden spoon")),
        Task("put a on b", ()),
    )


def test_a_table_of_objects_and_targets(tmp_path: Path) -> None:
    file = tmp_path / "tasks.csv"
    file.write_text("id,object,relation,target,distractors\nx-1,pen,in,pen holder,notebook;mug\n,cup,,tray,\n")
    assert read_tasks(file) == (
        Task("put the pen in the pen holder", ("notebook", "mug"), "x-1"),
        Task("put the cup on the tray", ()),
    )


def test_a_file_as_spreadsheets_write_it(tmp_path: Path) -> None:
    for name, text in (("tasks.csv", "sentence\nput a on b\n"), ("tasks.txt", "put a on b\n")):
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
        assert read_tasks(tmp_path / name) == (Task("put a on b"),)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.txt", b"# nothing\n\n", "holds no task"),
        ("binary.txt", b"\xff\xfe\x00", "not UTF-8"),
        ("wrong.csv", b"what,where\npen,holder\n", "needs a column"),
        ("none.csv", b"", "needs a column"),
        ("huge.csv", b"sentence\n" + b"x" * 200_000 + b"\n", "not a table of comma-separated values"),
    ],
)
def test_files_that_say_nothing_are_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(SettingError, match=said):
        read_tasks(file)


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read: No such file"):
        read_tasks(tmp_path / "tasks.txt")
    with pytest.raises(SettingError, match="cannot be read"):
        read_tasks(tmp_path)


def test_nothing_to_do_is_said_with_an_example() -> None:
    with pytest.raises(SettingError, match="gen3d generate \"put"):
        as_tasks((), None)


def test_random_tasks_go_on_where_fewer_of_them_end() -> None:
    few, many = as_tasks((), None, 5, seed=3), as_tasks((), None, 40, seed=3)
    assert many[:5] == few
    assert len({task.sentence for task in many}) > 35
    assert as_tasks((), None, 5, seed=4) != few


def test_seeds_depend_on_their_purpose_only() -> None:
    seeds = {derived_seed(s, name, k) for s in (0, 1) for name in ("a", "b") for k in range(100)}
    assert len(seeds) == 400
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert derived_seed(0, "a", 1) == 1865763018
