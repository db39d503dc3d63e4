"""A small deterministic world with the environment's contract, for testing the evaluation without a simulator.

The gripper is a point that must come within 3 cm of the source, close, and carry it to within 3 cm of the target.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from gen3d_bench.agents.policy import EpisodeStart
from gen3d_bench.envs.layout import LayoutError
from gen3d_bench.envs.task import EVENTS
from gen3d_bench.evaluation.config import EnvSettings
from gen3d_bench.scenes.schema import AssetRef, Relation, Role, Scene, SceneObject

Step = tuple[dict[str, Any], dict[str, Any]]
LIMIT = 100
REACH = 0.03


def make_scene(name: str) -> Scene:
    def asset(prompt: str) -> AssetRef:
        return AssetRef(generator="fake", prompt=prompt, seed=0)

    return Scene(
        id=name,
        instruction=f"put the pen in the {name} cup",
        background=asset("room"),
        table=asset("table"),
        objects=(
            SceneObject(name="pen", role=Role.source, asset=asset("pen")),
            SceneObject(name="cup", role=Role.target, asset=asset("cup")),
        ),
        relations=(Relation(subject="pen", relation="IN", object="cup"),),
    )


def resolve(specs: Sequence[str]) -> tuple[Scene, ...]:
    return tuple(make_scene(spec) for spec in specs)


class FakeEnv(gym.Env[dict[str, Any], np.ndarray]):
    """`step` takes a chunk float32 [C, 7] and stops within it, like ActionChunk around the real environment."""

    def __init__(self, settings: EnvSettings, delay_s: float = 0.0) -> None:
        self.settings = settings
        self.delay_s = delay_s

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Step:
        super().reset(seed=seed)
        assert options is not None
        self.scene = make_scene(options["scene"])
        rng = np.random.default_rng(seed)
        self.hand, self.source, self.target = rng.uniform(-0.2, 0.2, size=(3, 3))
        self.holding, self.steps, self.success = False, 0, False
        self.events = dict.fromkeys(EVENTS, False)
        return self._obs(), self._info()

    def step(self, chunk: np.ndarray) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        time.sleep(self.delay_s)
        executed, reward = 0, 0.0
        for action in chunk:
            self._advance(action)
            executed, reward = executed + 1, reward + float(self.success)
            if (self.success and self.settings.stop_on_success) or self.steps >= LIMIT:
                break
        ended = self.success and self.settings.stop_on_success
        info = {**self._info(), "executed": executed, "actions": np.asarray(chunk[:executed], np.float32)}
        return self._obs(), reward, ended, not ended and self.steps >= LIMIT, info

    def _advance(self, action: np.ndarray) -> None:
        self.steps += 1
        self.hand = self.hand + action[:3].astype(float)
        near = bool(np.linalg.norm(self.hand - self.source) < REACH)
        closed = bool(action[6] < 0.5)
        self.events["touched"] |= near
        self.holding = closed and (self.holding or near)
        if self.holding:
            self.source = self.hand.copy()
            self.events["grasped"] = self.events["lifted"] = True
        self.success = not closed and bool(np.linalg.norm(self.source - self.target) < REACH)

    def render(self) -> np.ndarray:  # type: ignore[override]
        frame = np.full((480, 640, 3), (214, 206, 190), np.uint8)
        for point, colour in ((self.target, (70, 110, 160)), (self.source, (190, 90, 60)), (self.hand, (30, 30, 34))):
            x, y = (int(c) for c in (point[:2] + 0.5) * (600, 440))
            frame[max(y, 0) : max(y + 40, 0), max(x, 0) : max(x + 40, 0)] = colour
        return frame

    def _obs(self) -> dict[str, Any]:
        obs: dict[str, Any] = {"proprio": np.zeros(7, np.float32), "instruction": self.scene.instruction}
        if self.settings.obs_mode == "rgb":
            obs["image"] = np.zeros((*self.settings.image_size, 3), np.uint8)
        else:
            obs["state"] = {"hand": self.hand.copy(), "source": self.source.copy(), "target": self.target.copy()}
        return obs

    def _info(self) -> dict[str, Any]:
        return {
            "scene_id": self.scene.id,
            "scene_sha256": hashlib.sha256(self.scene.id.encode()).hexdigest(),
            "instruction": self.scene.instruction,
            "elapsed_steps": self.steps,
            "time_s": self.steps / 5,
            "success": self.success,
            "events": dict(self.events),
        }


def make_fake(settings: EnvSettings) -> FakeEnv:
    return FakeEnv(settings)


@dataclass(frozen=True)
class SlowFake:
    """Factory of environments that take their time."""

    delay_s: float

    def __call__(self, settings: EnvSettings) -> FakeEnv:
        return FakeEnv(settings, self.delay_s)


class _DyingEnv(FakeEnv):
    """Kills its process at the first step of a seed, as often as there are marker files to remove."""

    def __init__(self, settings: EnvSettings, seed: int, markers: Path, raising: bool) -> None:
        super().__init__(settings)
        self.doomed_seed, self.markers, self.raising = seed, markers, raising

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Step:
        if seed == self.doomed_seed:
            for marker in sorted(self.markers.iterdir()):
                marker.unlink()
                if self.raising:
                    raise RuntimeError("the physics exploded")
                os.kill(os.getpid(), 9)
        return super().reset(seed=seed, options=options)


@dataclass(frozen=True)
class DyingFake:
    """Factory of environments whose process dies (or that raise) when they are reset with a seed."""

    seed: int
    markers: Path
    raising: bool = False

    def __call__(self, settings: EnvSettings) -> FakeEnv:
        return _DyingEnv(settings, self.seed, self.markers, self.raising)


class _CrampedEnv(FakeEnv):
    """Finds no room for one scene; a file holds a line for every time it was asked."""

    def __init__(self, settings: EnvSettings, scene: str, log: Path) -> None:
        super().__init__(settings)
        self.cramped, self.log = scene, log

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Step:
        assert options is not None
        with self.log.open("a") as log:
            log.write(f"{os.getpid()} {options['scene']}\n")
        if options["scene"] == self.cramped:
            raise LayoutError("no room for objects of 30 cm")
        return super().reset(seed=seed, options=options)


@dataclass(frozen=True)
class CrampedFake:
    """Factory of environments that cannot lay out one scene."""

    scene: str
    log: Path

    def __call__(self, settings: EnvSettings) -> FakeEnv:
        return _CrampedEnv(settings, self.scene, self.log)


def broken_factory(settings: EnvSettings) -> FakeEnv:
    raise RuntimeError("no Vulkan device")


def confessing_factory(settings: EnvSettings) -> FakeEnv:
    """Fails with what the process was told about threads."""
    raise RuntimeError(" ".join(f"{name}={os.environ.get(name)}" for name in ("OMP_NUM_THREADS", "LP_NUM_THREADS")))


class GreedyPolicy:
    """Goes to the source, carries it to the target, lets go; some seeds make it fail in one way or another."""

    name = "greedy"
    obs_mode = "state"
    chunk = 4

    def __init__(self, seed: int) -> None:
        self.carrying = False

    def reset(self, episodes: Mapping[int, EpisodeStart]) -> None:
        self.carrying = False
        seed = episodes[0].seed
        self.lazy, self.limp, self.forgetful = seed % 11 == 0, seed % 7 == 0, seed % 4 == 0

    def infer(self, observations: Mapping[str, Any]) -> np.ndarray:
        state = {name: value[0] for name, value in observations["state"].items()}
        hand, actions = state["hand"].copy(), []
        for _ in range(self.chunk):
            goal = state["target"] if self.carrying else state["source"]
            move = np.zeros(3) if self.lazy else np.clip(goal - hand, -0.05, 0.05)
            there = bool(np.linalg.norm(goal - hand) < REACH / 3)
            release = self.carrying and there and not self.forgetful
            hand = hand + move
            self.carrying = self.carrying or (there and not self.limp)
            actions.append([*move, 0, 0, 0, 0.0 if self.carrying and not release else 1.0])
        return np.asarray([actions], np.float32)


class FaultyPolicy(GreedyPolicy):
    """Raises on every second seed, and answers with NaN on every third."""

    name = "faulty"

    def reset(self, episodes: Mapping[int, EpisodeStart]) -> None:
        super().reset(episodes)
        self.seed = episodes[0].seed

    def infer(self, observations: Mapping[str, Any]) -> np.ndarray:
        if self.seed % 2 == 0:
            raise ValueError("the network is confused")
        actions = super().infer(observations)
        return actions * np.nan if self.seed % 3 == 0 else actions


class HopelessPolicy(GreedyPolicy):
    """Raises whatever it sees."""

    name = "hopeless"

    def infer(self, observations: Mapping[str, Any]) -> np.ndarray:
        raise ValueError("the network is confused")
