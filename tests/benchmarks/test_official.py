"""A decision here against one of ManiSkill's own Bridge environment, which draws a picture at all four steps.

Both arms make the same movements of the size that Bridge has, through free air: what they touch would differ, and
grasping doubles the cost of physics.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest
from numpy.typing import NDArray

from gen3d_bench.envs import ActionChunk, PickPlaceEnv
from tests.benchmarks.figures import Array, Target, interleave, milliseconds
from tests.benchmarks.replay import CHUNK, Recording, record
from tests.shared import shared

CARROT = "gen3d-001"
"""Our world of the same task: put the carrot on the plate."""
SCENES = [CARROT, "gen3d-010", "gen3d-042", "gen3d-073", "gen3d-017", "gen3d-088"]
ROUNDS = 40


@dataclass(frozen=True)
class Plan:
    """Actions [T, 7] for an episode."""

    scene: str
    seed: int
    actions: NDArray[np.float32]


def wander(scene: str, seed: int, steps: int = 24) -> Plan:
    rng = np.random.default_rng(seed)
    moves = [rng.normal(0, 0.008, (steps, 3)), rng.normal(0, 0.02, (steps, 3)), np.ones((steps, 1))]
    return Plan(scene, seed, np.hstack(moves).astype(np.float32))


class Player:
    """Plays planned or recorded chunks in one of our environments, episode after episode."""

    def __init__(self, plans: Sequence[Plan | Recording], image_size: tuple[int, int] = (224, 224)) -> None:
        scenes = sorted({plan.scene for plan in plans})
        self.env = ActionChunk(PickPlaceEnv(scenes, image_size=image_size), CHUNK)
        self._plans = itertools.cycle(plans)
        self._left: list[NDArray[np.float32]] = []

    def ready(self) -> None:
        """Take the next chunk, of a new episode if the last one is over."""
        self.begun = not self._left
        if self.begun:
            plan = next(self._plans)
            self.env.reset(seed=plan.seed, options={"scene": plan.scene})
            self._left = list(plan.actions.reshape(-1, CHUNK, 7))
        self.actions = self._left.pop(0)

    def decide(self) -> None:
        self.env.step(self.actions)


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
def test_against_maniskill(benchmark, take, request, official, least):
    width, height = request.node.callspec.params["official"]
    wandering = [wander(CARROT, seed) for seed in range(4)]
    carrot, same_size = Player(wandering), Player(wandering, (height, width))
    several = Player([wander(scene, seed=0) for scene in SCENES])
    carrying = Player(record([CARROT], seeds=[0, 1]))

    def before():
        for player in (carrot, same_size, several, carrying):
            player.ready()
        if carrot.begun:
            official.reset(seed=0)

    def theirs():
        for action in carrot.actions:
            official.step(action)

    others = {
        "official": theirs,
        "same size": same_size.decide,
        "several": several.decide,
        "carrying": carrying.decide,
    }
    seconds, others = interleave(benchmark, carrot.decide, others, rounds=ROUNDS, before=before)
    base = others["official"]

    def compare(what: str, ours: Array, target: Target | None = None) -> None:
        note = f"ManiSkill {milliseconds(base)}, ours {milliseconds(ours)}"
        take(f"ManiSkill {width}x{height} / our decision{what}", np.median(base / ours), "x", target, note)

    compare(", carrot", seconds, Target(">=", least))
    if (width, height) != (224, 224):
        compare(f" at {width}x{height}, carrot", others["same size"])
    compare(f", {len(SCENES)} worlds", others["several"])
    compare(", carrot, ours grasping and carrying it", others["carrying"])
