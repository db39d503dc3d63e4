"""Writes the report of a run again from its folder, after a change of the report or of the records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.evaluation.gallery import Pictures, choose_videos
from gen3d_bench.evaluation.report import render_report
from gen3d_bench.evaluation.storage import Manifest, read_manifest, read_records
from gen3d_bench.evaluation.summary import RunSummary
from gen3d_bench.scenes.io import write_atomic
from gen3d_bench.scenes.resolve import resolve_scenes


def rebuild_report(folder: Path) -> Path:
    """Read a run's manifest and records, write `summary.json` and `report.html`; the latter's path.

    Episodes without a record are missing, whatever the reason was.  Raises RunFolderError where there is no run.
    """
    manifest = read_manifest(folder / "run.json")
    config = _config(manifest, folder)
    scenes = resolve_scenes(manifest.sources or config.scenes)
    records = read_records(folder / "records.jsonl")
    planned = [(scene, episode) for scene in config.scenes for episode in range(config.episodes)]
    summary = RunSummary.of(records.values(), {key: "no record" for key in planned if key not in records})
    pictures = Pictures.find(folder, choose_videos(summary.records, config.videos), summary.per_scene)
    report = folder / "report.html"
    write_atomic(folder / "summary.json", (json.dumps(summary.to_json(), indent=2) + "\n").encode())
    write_atomic(report, render_report(config, scenes, summary, pictures, {}).encode())
    return report


def _config(manifest: Manifest, folder: Path) -> EvalConfig:
    """The settings of a run; those that a manifest does not keep (workers, videos) have their usual values."""
    fixed: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in manifest.identity.items()
    }
    return EvalConfig(**fixed, episodes=manifest.episodes, output=folder)
