"""Recorded episodes, and their replay in an environment and in bare SAPIEN side by side."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.oracle import OraclePolicy
from gen3d_bench.agents.policy import EpisodeStart
from gen3d_bench.envs import PickPlaceEnv

CHUNK = 4
"""Control steps per decision, and per block of a measurement."""


@dataclass(frozen=True)
class Recording:
    """What the oracle did, in whole chunks.  actions: [T, 7]; targets: [T, 8], the drive targets that came of them."""

    scene: str
    seed: int
    actions: NDArray[np.float32]
    targets: NDArray[np.float32]


def record(scenes: Sequence[str], seeds: Sequence[int]) -> list[Recording]:
    """One episode of the oracle for each scene and seed: reaching, grasping, carrying, letting go."""
    env = PickPlaceEnv(list(scenes), obs_mode="state")
    oracle = OraclePolicy(env.store)
    return [_episode(env, oracle, scene, seed) for scene, seed in itertools.product(scenes, seeds)]


def _episode(env: PickPlaceEnv, oracle: OraclePolicy, scene: str, seed: int) -> Recording:
    observation, _ = env.reset(seed=seed, options={"scene": scene})
    oracle.reset({0: EpisodeStart(env.scenes[scene], seed, env.scenes[scene].instruction)})
    actions, targets, over = [], [], False
    while not over:
        state = {name: values[None] for name, values in observation["state"].items()}
        action = oracle.infer({"proprio": observation["proprio"][None], "state": state})[0, 0]
        observation, _, terminated, truncated, _ = env.step(action)
        over = terminated or truncated
        actions.append(action)
        targets.append([float(joint.drive_target[0]) for joint in world_of(env).arm.active_joints])
    whole = len(actions) // CHUNK * CHUNK
    return Recording(scene, seed, np.array(actions[:whole], np.float32), np.array(targets[:whole], np.float32))


def world_of(env: PickPlaceEnv):
    """The SAPIEN handles under an environment."""
    return env.unwrapped.simulation.world


class Bare:
    """A world without its environment: nothing but calls of SAPIEN."""

    def __init__(self, scenes: Sequence[str], *, render: bool) -> None:
        self._host = PickPlaceEnv(list(scenes), obs_mode="rgb" if render else "state")

    def reset(self, recording: Recording) -> None:
        self._host.reset(seed=recording.seed, options={"scene": recording.scene})
        self.world = world_of(self._host)

    def advance(self, targets: NDArray[np.float32]) -> None:
        """One control step for each row of targets [T, 8]."""
        joints, step, substeps = self.world.arm.active_joints, self.world.system.step, self.world.physics.substeps
        for row in targets.tolist():
            for joint, target in zip(joints, row, strict=True):
                joint.set_drive_target(target)
            for _ in range(substeps):
                step()

    def picture(self) -> NDArray[np.float32]:
        (camera,) = self.world.cameras.values()
        self.world.scene.update_render()
        camera.take_picture()
        return camera.get_picture("Color")


class Lockstep:
    """Walks an environment and a bare world through the same episodes, a chunk at a time."""

    def __init__(self, env: PickPlaceEnv, bare: Bare, recordings: Sequence[Recording]) -> None:
        """env may be wrapped; its steps are the caller's business."""
        self.env, self.bare = env, bare
        self._recordings = itertools.cycle(recordings)
        self._left = 0

    def next(self) -> None:
        """On to the next chunk: `actions` [4, 7] and `targets` [4, 8].  Both sides must have taken the one before."""
        if self._left == 0:
            self._recording = next(self._recordings)
            self.env.reset(seed=self._recording.seed, options={"scene": self._recording.scene})
            self.bare.reset(self._recording)
            self._left = len(self._recording.actions) // CHUNK
        # What is compared is the same physics, to the last bit.
        assert np.array_equal(world_of(self.env).arm.qpos, self.bare.world.arm.qpos)
        start = len(self._recording.actions) - self._left * CHUNK
        self.actions = self._recording.actions[start : start + CHUNK]
        self.targets = self._recording.targets[start : start + CHUNK]
        self._left -= 1
