"""Recorded episodes as a LeRobot dataset, and what a policy learns from in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from gen3d_bench.evaluation.config import episode_seed
from gen3d_bench.imitation.config import RecordConfig, demonstration_seed
from gen3d_bench.imitation.dataset import load_frames
from gen3d_bench.imitation.dataset_files import assemble
from gen3d_bench.imitation.episode_file import DemonstrationError, read_facts
from gen3d_bench.imitation.replay import replay
from tests.agents.pi0.models import SPEAKING
from tests.imitation.episodes import small_dataset, write


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))


def test_the_layout_is_lerobots(tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path)
    info = json.loads((dataset / "meta/info.json").read_text())
    assert (info["codebase_version"], info["fps"], info["total_episodes"], info["total_frames"]) == ("v3.0", 5, 8, 48)
    tasks = pd.read_parquet(dataset / "meta/tasks.parquet")
    assert list(tasks.index) == ["go to left", "go to right"] and list(tasks.task_index) == [0, 1]
    data = pq.read_table(dataset / info["data_path"].format(chunk_index=0, file_index=0))
    assert set(data.column_names) == set(info["features"])
    assert data["index"].to_pylist() == list(range(48))
    assert data["episode_index"].to_pylist() == list(np.repeat(range(8), 6))
    assert data["observation.images.image"][0].as_py()["bytes"].startswith(b"\x89PNG")
    marked = json.loads(data.schema.metadata[b"huggingface"])["info"]["features"]
    assert marked["observation.images.image"] == {"_type": "Image"}
    episodes = pq.read_table(dataset / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    assert [e["dataset_to_index"] - e["dataset_from_index"] for e in episodes] == [6] * 8
    stats = json.loads((dataset / "meta/stats.json").read_text())
    assert stats["action"]["count"] == [48] and len(stats["action"]["q99"]) == 7
    assert np.shape(stats["observation.images.image"]["mean"]) == (3, 1, 1)


def test_failures_are_counted_and_not_kept(tmp_path: Path) -> None:
    files = [write(tmp_path, "left", k, success=k > 0) for k in range(3)]
    assert pq.read_table(files[0]).num_rows == 0 and read_facts(files[0]).steps == 6
    dataset = assemble(files, RecordConfig(output=tmp_path, image_size=(16, 16)))
    assert json.loads((dataset / "meta/info.json").read_text())["total_episodes"] == 2
    assert "| episodes recorded / kept | 3 / 2" in (dataset / "README.md").read_text()
    with pytest.raises(DemonstrationError, match="none of 1"):
        assemble(files[:1], RecordConfig(output=tmp_path, image_size=(16, 16)))


def test_the_same_episodes_give_the_same_bytes(tmp_path: Path) -> None:
    first, again = small_dataset(tmp_path / "a"), small_dataset(tmp_path / "b")
    for file in sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file()):
        assert (first / file).read_bytes() == (again / file).read_bytes(), file


def test_chunks_rest_after_the_end(tmp_path: Path) -> None:
    frames = load_frames(small_dataset(tmp_path), SPEAKING)
    assert len(frames) == 48 and frames.pictures.shape == (48, 16, 16, 3)
    chunks = frames.chunks(np.array([0, 4]), 4)
    np.testing.assert_array_equal(chunks[0], frames.action[:4])
    np.testing.assert_array_equal(chunks[1, :2], frames.action[4:6])
    assert not chunks[1, 2:, :6].any() and (chunks[1, 2:, 6] == frames.action[5, 6]).all()


def test_whole_episodes_are_held_out(tmp_path: Path) -> None:
    frames = load_frames(small_dataset(tmp_path), SPEAKING)
    training, held = frames.split(0.25, seed=0)
    assert sorted([*training, *held]) == list(range(48)) and len(held) == 12
    assert not set(frames.episode[training]) & set(frames.episode[held])


def test_what_is_no_dataset_says_how_to_get_one(tmp_path: Path) -> None:
    small_dataset(tmp_path)
    with pytest.raises(DemonstrationError, match="its subfolder dataset is one"):
        load_frames(tmp_path, SPEAKING)


@pytest.mark.parametrize(("change", "said"), [
    ({"codebase_version": "v2.1"}, "has format v2.1"),
    ({"features": {"observation.images.wrist": {}}}, "has no action, observation.images.image, observation.state"),
    ({"total_frames": 49}, "has 48 frames, its info.json says 49"),
    (None, "cannot be read"),
])
def test_other_datasets_are_told_apart(tmp_path: Path, change: dict[str, Any] | None, said: str) -> None:
    dataset = small_dataset(tmp_path)
    file = dataset / "meta/info.json"
    file.write_text("{" if change is None else json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(DemonstrationError, match=said):
        load_frames(dataset, SPEAKING)


def test_only_what_was_recorded_here_is_replayed(tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path)
    file = dataset / "meta/info.json"
    file.write_text(json.dumps({key: value for key, value in json.loads(file.read_text()).items()
                                if key != "gen3d_bench"}))
    with pytest.raises(DemonstrationError, match="nobody knows in which worlds"):
        next(replay(dataset))


def test_no_episode_is_both_practised_and_judged() -> None:
    practised = {demonstration_seed(0, "gen3d-001", k) for k in range(500)}
    judged = {episode_seed(0, "gen3d-001", k) for k in range(500)}
    assert len(practised) == 500 and not practised & judged
