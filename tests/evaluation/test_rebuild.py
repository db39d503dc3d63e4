"""Writing a report again from the folder of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.evaluation.rebuild import rebuild_report
from gen3d_bench.evaluation.storage import Manifest, RunFolder, RunFolderError
from gen3d_bench.scenes.catalog import scene_file
from gen3d_bench.scenes.io import load_scene, save_scene
from tests.evaluation.make import VERSIONS, record


def run_with(folder: Path, episodes: int, recorded: int) -> None:
    config = EvalConfig(policy="random", scenes=("gen3d-001",), episodes=episodes, chunk=4)
    manifest = Manifest(identity=config.identity(["gen3d-001"]), episodes=episodes, versions=VERSIONS)
    with RunFolder(folder, manifest) as run:
        for episode in range(recorded):
            run.append(record(scene="gen3d-001", episode=episode, success=episode > 0))


def test_the_report_has_the_numbers_of_the_records(tmp_path: Path) -> None:
    run_with(tmp_path, episodes=3, recorded=3)
    page = rebuild_report(tmp_path)
    assert page == tmp_path / "report.html"
    assert "66.7%" in page.read_text()
    assert json.loads((tmp_path / "summary.json").read_text())["missing"] == []


def test_episodes_without_a_record_are_missing(tmp_path: Path) -> None:
    run_with(tmp_path, episodes=4, recorded=2)
    rebuild_report(tmp_path)
    missing = json.loads((tmp_path / "summary.json").read_text())["missing"]
    assert [(row["scene"], row["episode"]) for row in missing] == [("gen3d-001", 2), ("gen3d-001", 3)]


def test_a_folder_without_a_run_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"run\.json"):
        rebuild_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_scenes_are_found_where_the_run_found_them(tmp_path: Path) -> None:
    scene = load_scene(scene_file("gen3d-100", "gen3d-001")).model_copy(update={"id": "mine"})
    save_scene(scene, tmp_path / "worlds" / "mine.json")
    config = EvalConfig(policy="random", scenes=(str(tmp_path / "worlds"),), episodes=1, chunk=4)
    manifest = Manifest(identity=config.identity(["mine"]), episodes=1, versions=VERSIONS, sources=config.scenes)
    with RunFolder(tmp_path / "run", manifest) as run:
        run.append(record(scene="mine", episode=0, success=True))
    assert "100.0%" in rebuild_report(tmp_path / "run").read_text()
