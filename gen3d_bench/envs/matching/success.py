"""Upstream's two rules of success."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import Convention, PhysicsConfig
from gen3d_bench.envs.library import PreparedScene
from gen3d_bench.envs.matching.setting import task_of
from gen3d_bench.envs.rotations import matrix_from_quat
from gen3d_bench.envs.task import TABLE, Contacts
from gen3d_bench.scenes.bridge import MODELS, BridgeModel
from gen3d_bench.scenes.schema import Role

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

EDGE = 0.003
"""How far beyond the half diagonal of the target's box the source may be (m)."""
HEADROOM = 0.02
"""How far above touching the source may be (m)."""
LEAST_FORCE = 0.05
"""Between source and target in ManiSkill 3's rule (N)."""
LEAST_IMPULSE = 1e-6
"""Between the source and anything but target and robot in SimplerEnv's rule (N s)."""


class OriginalSuccess:
    """Success as upstream sees it: boxes of the models one above the other, and, but for the spoon, a contact.

    SimplerEnv measures between the models' centres of mass and wants the source to touch nothing but target and robot;
    ManiSkill 3 measures between their origins and wants the source to touch the target.  Letting go is not asked for.
    As upstream, the boxes are turned as the objects lie when the episode begins.
    """

    def __init__(self, scenes: Sequence[PreparedScene], start: Array, convention: Convention) -> None:
        """start: [N, K, 7] poses of the objects."""
        self._rows = np.arange(len(scenes))
        self._source = np.array([scene.index(Role.source) for scene in scenes])
        self._target = np.array([scene.index(Role.target) for scene in scenes])
        tasks = [task_of(scene.scene.id) for scene in scenes]
        models = [MODELS[task.source] for task in tasks], [MODELS[task.target] for task in tasks]
        self._points = tuple(np.array([_point(model, convention) for model in each]) for each in models)
        self._loose = np.array([task.loose for task in tasks])
        self._touch = _TOUCH[convention]
        source, target = (
            _turned(start[self._rows, index, 3:], np.array([_half(model) for model in each]))
            for index, each in zip((self._source, self._target), models, strict=True)
        )
        self._reach = np.linalg.norm(target[:, :2], axis=1) + EDGE
        self._height = target[:, 2] + source[:, 2] + HEADROOM

    def __call__(self, contacts: Contacts, forces: Array, poses: Array) -> Mask:
        source, target = (
            poses[self._rows, index, :3] + _turned(poses[self._rows, index, 3:], points)
            for index, points in zip((self._source, self._target), self._points, strict=True)
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


def _point(model: BridgeModel, convention: Convention) -> Array:
    """What upstream calls a model's place [3], in our asset's frame (m)."""
    origin = np.array(model.origin)
    return origin + model.center if convention == "simplerenv" else origin


def _turned(quaternions: Array, vectors: Array) -> Array:
    """Vectors [N, 3] turned by quaternions [N, 4]."""
    return np.einsum("nij,nj->ni", matrix_from_quat(quaternions), vectors)
