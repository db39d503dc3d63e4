"""What the original setting prescribes: physics, camera, 24 beginnings and two rules of success.

Upstream's world has the arm's base 0.5 mm above the table and turned by pi; here it is at the origin's place and facing
+x as in every scene of this package.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import INITIAL_QPOS, CameraConfig, EnvConfig, PhysicsConfig
from gen3d_bench.envs.library import PreparedScene
from gen3d_bench.envs.randomization import EpisodeSetup
from gen3d_bench.envs.rotations import matrix_from_quat
from gen3d_bench.envs.rules import Judge, Rules
from gen3d_bench.envs.task import TABLE, Contacts
from gen3d_bench.envs.world import Lighting
from gen3d_bench.scenes.bridge import MODELS, TASKS, BridgeModel, BridgeTask
from gen3d_bench.scenes.errors import UnknownSceneError
from gen3d_bench.scenes.schema import Role

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Convention = Literal["simplerenv", "maniskill3"]

BASE = (0.147, 0.028)
"""The arm's base in upstream's world (m), where it faces -x."""
BASE_HEIGHT = 0.0005
"""Of the arm's base above the table (m): 0.870 above upstream's floor, the table's top 0.8695."""
LIGHTING = Lighting(turn=math.pi)
"""Upstream's, whose lights stand in its world."""
MAX_STEPS = 60
"""Control steps of an episode."""
EDGE = 0.003
"""How far beyond the half diagonal of the target's box the source may be (m)."""
HEADROOM = 0.02
"""How far above touching the source may be (m)."""
LEAST_FORCE = 0.05
"""Between source and target in ManiSkill 3's rule (N)."""
LEAST_IMPULSE = 1e-6
"""Between the source and anything but target and robot in SimplerEnv's rule (N s)."""


def physics_of(convention: Convention) -> PhysicsConfig:
    """Upstream's solver, drives and control: actions in metres and radians that hardly anything bounds."""
    known = {"simplerenv": PhysicsConfig.simplerenv, "maniskill3": PhysicsConfig.maniskill3}
    if convention not in known:
        raise ValueError(f'convention is "simplerenv" or "maniskill3", not {convention!r}')
    return replace(known[convention](), inverse="iterative", max_translation=1.0, max_rotation=math.pi / 2)


def matching_config(convention: Convention) -> EnvConfig:
    """The camera is fixed to the arm's base."""
    x, y, z = CameraConfig.position
    return EnvConfig(
        physics=physics_of(convention),
        camera=CameraConfig(position=(x, y, z + BASE_HEIGHT)),
        max_steps=MAX_STEPS,
    )


def matching_rules(convention: Convention) -> Rules:
    def judge(scenes: Sequence[PreparedScene], start: Array) -> Judge:
        return OriginalSuccess(scenes, start, convention)

    return Rules(lambda scene, seed, rng: beginning(scene, seed), judge)


def task_of(scene_id: str) -> BridgeTask:
    """Raises UnknownSceneError for a scene that SimplerEnv does not have."""
    if scene_id not in TASKS:
        raise UnknownSceneError(f"{scene_id!r} has no visual-matching setting; only {', '.join(TASKS)} have one")
    return TASKS[scene_id]


def beginning(scene: PreparedScene, seed: int) -> EpisodeSetup:
    """The official configuration number `seed` modulo 24, the same whatever else is random elsewhere."""
    task = task_of(scene.scene.id)
    configuration = task.configurations[seed % len(task.configurations)]
    places = {
        Role.source: (task.source, configuration.source, configuration.yaw),
        Role.target: (task.target, configuration.target, 0.0),
    }
    objects = []
    for thing in scene.scene.objects:
        name, (x, y, _), yaw = places[thing.role]
        dx, dy, _ = MODELS[name].origin
        turn = yaw - math.pi
        c, s = math.cos(turn), math.sin(turn)
        objects.append([BASE[0] - x - (c * dx - s * dy), BASE[1] - y - (s * dx + c * dy), turn])
    return EpisodeSetup(np.array(objects), np.array(INITIAL_QPOS), BASE_HEIGHT, np.zeros(3), LIGHTING)


class OriginalSuccess:
    """Success as upstream sees it: boxes of the models one above the other, and, but for the spoon, a contact.

    SimplerEnv wants the source to touch nothing but target and robot, ManiSkill 3 wants it to touch the target.
    Letting go is not asked for.  As upstream, the boxes are turned as the objects lie when the episode begins.
    """

    def __init__(self, scenes: Sequence[PreparedScene], start: Array, convention: Convention) -> None:
        """start: [N, K, 7] poses of the objects."""
        self._rows = np.arange(len(scenes))
        self._source = np.array([scene.index(Role.source) for scene in scenes])
        self._target = np.array([scene.index(Role.target) for scene in scenes])
        tasks = [task_of(scene.scene.id) for scene in scenes]
        self._models = [MODELS[task.source] for task in tasks], [MODELS[task.target] for task in tasks]
        self._loose = np.array([task.loose for task in tasks])
        self._touch = _TOUCH[convention]
        source, target = (
            _turned(start[self._rows, index, 3:], [_half(model) for model in models])
            for index, models in zip((self._source, self._target), self._models, strict=True)
        )
        self._reach = np.linalg.norm(target[:, :2], axis=1) + EDGE
        self._height = target[:, 2] + source[:, 2] + HEADROOM

    def __call__(self, contacts: Contacts, forces: Array, poses: Array) -> Mask:
        source, target = (
            poses[self._rows, index, :3] + _turned(poses[self._rows, index, 3:], [model.origin for model in models])
            for index, models in zip((self._source, self._target), self._models, strict=True)
        )
        offset = source - target
        above = (offset[:, 2] > 0) & (offset[:, 2] <= self._height)
        over = np.linalg.norm(offset[:, :2], axis=1) <= self._reach
        touching = self._loose | self._touch(forces[self._rows, self._source], self._rows, self._target)
        return np.asarray(over & above & touching)


def _touches_target(forces: Array, rows: NDArray[np.int64], target: NDArray[np.int64]) -> Mask:
    return np.asarray(forces[rows, target] > LEAST_FORCE)


def _touches_nothing_else(forces: Array, rows: NDArray[np.int64], target: NDArray[np.int64]) -> Mask:
    """forces: [N, K + 4] on the source."""
    others = forces[:, : forces.shape[1] - 4 + TABLE + 1].copy()  # objects and table
    others[rows, target] = 0.0
    return np.asarray(others.max(axis=1) <= LEAST_IMPULSE * PhysicsConfig.sim_hz)


_TOUCH = MappingProxyType({"simplerenv": _touches_nothing_else, "maniskill3": _touches_target})


def _half(model: BridgeModel) -> Array:
    """Half the sides [3] of the box that upstream gives a model (m)."""
    return (np.array(model.high) - model.low) / 2


def _turned(quaternions: Array, vectors: Sequence[Sequence[float]] | Sequence[Array]) -> Array:
    """[N, 3] vectors turned by quaternions [N, 4]."""
    return np.einsum("nij,nj->ni", matrix_from_quat(quaternions), np.array(vectors, float))
