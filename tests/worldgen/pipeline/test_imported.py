"""Scenes of others: kept whole if every check passes, else not at all, and never in the place of another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gen3d_bench.cli import main
from gen3d_bench.scenes.io import load_scene
from gen3d_bench.scenes.store import AssetStore
from tests.worldgen.interchange.embodiedgen_files import box, write_asset, write_task

pytest.importorskip("coacd")
pytestmark = pytest.mark.render


@pytest.fixture
def task(tmp_path: Path) -> Path:
    write_task(tmp_path / "task_0007")
    return tmp_path / "task_0007"


def imported(task: Path, out: Path, *options: str) -> int:
    return main(["scenes", "import", str(task), "--out", str(out), *options])


def with_a_plate_of(task: Path, *sides: float) -> Path:
    shutil.rmtree(task / "asset3d" / "white_plate")
    x, y, z = sides
    write_asset(task / "asset3d" / "white_plate" / "result", "white_plate", [box(x, y, z)], 0.2)
    return task


@pytest.mark.slow
def test_a_scene_is_judged_and_kept(task: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert imported(task, out) == 0
    said = capsys.readouterr()
    assert said.out.split() == [str(out / "task-0007.json")]
    for line in ("geometry: passed: table", "geometry: passed: carrot", "handling: passed: white plate",
                 "solvability: passed"):
        assert line in said.err
    scene = load_scene(out / "task-0007.json")
    assert set(scene.provenance.checks) == {"geometry", "handling", "layout", "physics", "solvability"}
    assert all(AssetStore().get(thing.asset).folder.parent == out / "assets" for thing in scene.objects)
    assert sorted(p.name for p in out.iterdir() if p.suffix != ".lock") == ["assets", "task-0007.json"]

    before = (out / "task-0007.json").read_bytes()
    assert imported(task, out) == 0, "the same again is no other scene"
    assert imported(task, out, "--seed", "1") == 2
    assert "--id" in capsys.readouterr().err
    assert (out / "task-0007.json").read_bytes() == before
    assert imported(task, out, "--seed", "1", "--id", "other") == 0
    assert load_scene(out / "other.json").id == "other"


def test_a_scene_that_fails_leaves_nothing_and_harms_none(
    task: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "task-0007.json").write_text("mine")
    assert imported(with_a_plate_of(task, 0.01, 0.01, 0.1), out) == 1
    assert "FAILED: white plate" in capsys.readouterr().err
    assert [(p.name, p.read_text()) for p in out.iterdir()] == [("task-0007.json", "mine")]
