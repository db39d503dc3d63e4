"""Demonstrations recorded in the simulator, and stepped again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gen3d_bench.cli import main
from gen3d_bench.envs import PickPlaceEnv
from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.imitation.config import RecordConfig
from gen3d_bench.imitation.dataset_files import to_array
from gen3d_bench.imitation.episode_file import ACTION, EXECUTED, PICTURES, decode, encode, read_facts
from gen3d_bench.imitation.record import record
from gen3d_bench.imitation.replay import replay
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import Role

pytestmark = pytest.mark.render
SCENES = ("gen3d-001", "gen3d-042")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> RecordConfig:
    config = RecordConfig(scenes=SCENES, episodes=1, image_size=(32, 32), workers=1,
                          output=tmp_path_factory.mktemp("demos"))
    record(config)
    return config


def test_what_was_recorded_happens_again(config: RecordConfig) -> None:
    outcomes = list(replay(config.output / "dataset"))
    assert [outcome.scene_id for outcome in outcomes] == list(SCENES)
    assert all(outcome.steps > 10 and not outcome.differences for outcome in outcomes)


def test_what_is_done_strays_from_what_is_wanted(config: RecordConfig) -> None:
    table = pq.read_table(next((config.output / "dataset").glob("data/*/*.parquet")))
    wanted, done = (to_array(table[name]) for name in (ACTION, EXECUTED))
    assert 1e-4 < np.abs(done - wanted).mean() < 0.1
    calm = [np.abs(np.diff(a[:, :3], axis=0)).mean() for a in (wanted, done)]
    assert calm[0] < calm[1]


def test_a_changed_picture_is_noticed(config: RecordConfig, tmp_path: Path) -> None:
    copy = tmp_path / "dataset"
    shutil.copytree(config.output / "dataset", copy)
    file = next(copy.glob("data/*/*.parquet"))
    table = pq.read_table(file)
    cells = table[PICTURES].to_pylist()
    picture = decode(cells[3]["bytes"]).copy()
    picture[0, 0, 0] ^= 1
    cells[3]["bytes"] = encode(picture)
    place = table.column_names.index(PICTURES)
    pq.write_table(table.set_column(place, table.schema.field(place), pa.array(cells, table.schema.field(place).type)),
                   file)
    assert main(["demos", "replay", str(copy)]) == 1
    assert next(iter(replay(copy))).differences == ("picture differs from step 3 on",)


def test_a_recording_goes_on_and_is_not_mixed_with_another(config: RecordConfig) -> None:
    first = config.output / "episodes/gen3d-001/00000.parquet"
    before = first.stat().st_mtime_ns
    with pytest.raises(SettingError, match=r"noise was 0\.5, is 0\.1"):
        record(replace(config, noise=0.1))
    with pytest.raises(SettingError, match="holds 1 recordings of other scenes"):
        record(replace(config, episodes=2, scenes=SCENES[:1]))
    record(replace(config, episodes=2))
    assert first.stat().st_mtime_ns == before
    assert read_facts(first.with_name("00001.parquet")).seed != read_facts(first).seed


def test_first_frames_say_where_things_stand(tmp_path: Path) -> None:
    dataset = record(RecordConfig(scenes=SCENES[:1], episodes=2, steps=1, image_size=(32, 32), workers=1,
                                  output=tmp_path))
    assert pq.read_table(next(dataset.glob("data/*/*.parquet"))).num_rows == 2
    facts = read_facts(tmp_path / "episodes/gen3d-001/00001.parquet")
    assert facts.success is None and facts.steps == 1
    env = PickPlaceEnv(SCENES[:1], obs_mode="state", randomization="train")
    observation, _ = env.reset(seed=facts.seed, options={"scene": "gen3d-001"})
    env.close()
    (scene,) = resolve_scenes(SCENES[:1])
    roles = [thing.role for thing in scene.objects]
    for place, role in ((facts.source, Role.source), (facts.target, Role.target)):
        np.testing.assert_array_equal(place, observation["state"]["objects"][roles.index(role)][:3])
    assert "the first 1 steps, success or not" in (dataset / "README.md").read_text()
    assert not any(outcome.differences for outcome in replay(dataset))
