"""Writing a report again from the folder of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.evaluation.rebuild import rebuild_report
from gen3d_bench.evaluation.storage import Manifest, RunFolder, RunFolderError
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
