"""SimplerEnv's scenes in an evaluation: the oracle solves them, and what stands in for real assets is said."""

from __future__ import annotations

import logging
from pathlib import Path

import gymnasium as gym
import pytest
from gymnasium.utils.env_checker import check_env

from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.evaluation.records import EpisodeRecord
from gen3d_bench.evaluation.runner import evaluate
from gen3d_bench.scenes.bridge import TASKS
from tests.evaluation.make import record
from tests.shared import shared

IDS = ("Gen3D-Simpler-CarrotOnPlate-v0", "Gen3D-Simpler-SpoonOnTowel-v0", "Gen3D-Simpler-StackCube-v0")


@pytest.fixture(params=["look-alikes", "real"])
def assets(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which assets the environments find."""
    real = request.param == "real"
    monkeypatch.setenv("MS_ASSET_DIR", str(shared("assets/maniskill") if real else tmp_path / "none"))
    return str(request.param)


@pytest.mark.slow
def test_the_oracle_solves_them(assets: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = EvalConfig(policy="oracle", scenes=("simpler",), episodes=3, videos=0, workers=1, output=tmp_path / "run")
    with caplog.at_level(logging.WARNING):
        done = evaluate(config)
    assert not done.summary.missing and done.summary.overall.episodes == 9
    assert done.summary.overall.sr == 1.0
    said = [r.getMessage() for r in caplog.records if "not with the real assets" in r.getMessage()]
    page = done.report.read_text()
    if assets == "real":
        assert not said and not done.summary.stand_ins and "Not with the real assets" not in page
    else:
        (stand_in,) = {r.stand_in for r in done.summary.records}
        assert said == [f"not with the real assets: {stand_in}"]
        assert done.summary.to_json()["stand_ins"] == {stand_in: list(TASKS)}
        assert "Not with the real assets" in page


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.filterwarnings("error")
def test_they_are_environments_like_all_others(env_id: str, assets: str) -> None:
    usual = gym.make("Gen3D-PickPlace-v0", obs_mode="state", scenes="gen3d-001")
    env = gym.make(env_id, obs_mode="state", disable_env_checker=True)
    try:
        check_env(env.unwrapped)
        assert env.observation_space == usual.observation_space and env.action_space == usual.action_space
        for seed in range(4):  # the spoon of the official files rocks in its place
            _, info = env.reset(seed=seed)
            assert bool(info["stand_in"]) == (assets == "look-alikes")
        _, _, _, _, info = env.step(env.action_space.sample())
        assert bool(info["stand_in"]) == (assets == "look-alikes")
    finally:
        usual.close()
        env.close()


def test_older_records_have_no_stand_in() -> None:
    kept = record().model_dump(mode="json")
    del kept["stand_in"]
    assert EpisodeRecord.model_validate(kept).stand_in == ""
