"""A decision here against one of ManiSkill's own Bridge environment, which draws a picture at all four steps."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from gen3d_bench.envs import ActionChunk, PickPlaceEnv
from tests.benchmarks.figures import Array, Target, interleave, milliseconds
from tests.benchmarks.replay import CHUNK, Recording, record
from tests.shared import shared

CARROT = "gen3d-001"
"""Our world of the same task: put the carrot on the plate."""
SCENES = [CARROT, "gen3d-010", "gen3d-042", "gen3d-073", "gen3d-017", "gen3d-088"]
ROUNDS = 30


class Player:
    """Plays recorded chunks in one of our environments, episode after episode."""

    def __init__(self, recordings: list[Recording], image_size: tuple[int, int]) -> None:
        scenes = sorted({recording.scene for recording in recordings})
        self.env = ActionChunk(PickPlaceEnv(scenes, image_size=image_size), CHUNK)
        self._recordings, self._left = recordings, []
        self._played = 0

    def ready(self) -> None:
        """Take the next chunk, of a new episode if the last one is over."""
        self.begun = not self._left
        if self.begun:
            recording = self._recordings[self._played % len(self._recordings)]
            self._played += 1
            self.env.reset(seed=recording.seed, options={"scene": recording.scene})
            self._left = list(recording.actions.reshape(-1, CHUNK, 7))
        self.actions = self._left.pop(0)

    def decide(self) -> None:
        self.env.step(self.actions)


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return record(SCENES, seeds=[0])


@pytest.fixture
def official(request, monkeypatch):
    """ManiSkill's carrot on plate at a size (width, height), one torch thread."""
    monkeypatch.setenv("MS_ASSET_DIR", str(shared("assets/maniskill")))
    torch = pytest.importorskip("torch")
    pytest.importorskip("mani_skill.envs")
    torch.set_num_threads(1)
    width, height = request.param
    env = gym.make(
        "PutCarrotOnPlateInScene-v1",
        obs_mode="rgb+segmentation",
        num_envs=1,
        sim_backend="physx_cpu",
        render_backend="cpu",
        sensor_configs={"width": width, "height": height},
    )
    yield env
    env.close()


@pytest.mark.parametrize(
    ("official", "least"), [((224, 224), 1.7), ((640, 480), 4.3)], indirect=["official"], ids=["224x224", "640x480"]
)
def test_against_maniskill(benchmark, take, request, official, least, recordings):
    width, height = request.node.callspec.params["official"]
    carrot = Player([r for r in recordings if r.scene == CARROT], (224, 224))
    several = Player(recordings, (224, 224))
    same_size = Player([r for r in recordings if r.scene == CARROT], (height, width))

    def before():
        for player in (carrot, several, same_size):
            player.ready()
        if carrot.begun:
            official.reset(seed=0)

    def theirs():
        for action in carrot.actions:
            official.step(action)

    others = {"official": theirs, "several": several.decide, "same size": same_size.decide}
    seconds, others = interleave(benchmark, carrot.decide, others, rounds=ROUNDS, before=before)
    base = others["official"]

    def compare(what: str, ours: Array, target: Target | None = None) -> None:
        note = f"ManiSkill {milliseconds(base)}, ours {milliseconds(ours)}"
        take(f"ManiSkill {width}x{height} / our decision{what}", np.median(base / ours), "x", target, note)

    compare(", carrot", seconds, Target(">=", least))
    compare(f", {len(SCENES)} worlds", others["several"])
    if (width, height) != (224, 224):
        compare(f" at {width}x{height}, carrot", others["same size"])
