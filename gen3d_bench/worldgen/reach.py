"""Which grasps the arm at its place on the table reaches, for taking a thing and for letting it go over another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.grasping import Grasp
from gen3d_bench.agents.oracle import HOVER
from gen3d_bench.envs.config import INITIAL_QPOS
from gen3d_bench.envs.kinematics import FINGERTIP, inverse

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TURNS = 2 * np.pi * np.arange(8) / 8
"""By which a hand may turn a thing between taking and putting (rad)."""
RELEASE = 0.004
"""Height above the target at which a thing is let go (m)."""


def reachable(found: Sequence[Grasp]) -> Mask:
    """[G, 2]: for either way round of the hand, whether the arm reaches a grasp and the place HOVER above it."""
    tips = np.array([grasp.tip for grasp in found])
    return _reached(tips, _facing_down(np.array([grasp.angle for grasp in found])))


def reachable_over(found: Sequence[Grasp], center: Array, spot: Array) -> Mask:
    """[G, 2]: whether the arm, holding a thing by a grasp, lets it go over `spot` in at least one turn.

    center: [3], the middle of the thing before it is taken (m).  spot: [3] (m).
    """
    tips, angles = np.array([grasp.tip for grasp in found]), np.array([grasp.angle for grasp in found])
    c, s = np.cos(TURNS), np.sin(TURNS)
    offsets = np.stack([tips[:, 0] - center[0], tips[:, 1] - center[1]], axis=-1)
    turned = np.einsum("tij,gj->tgi", np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], axis=-2), offsets)
    heights = np.broadcast_to(spot[2] + RELEASE + tips[:, 2], turned.shape[:2])
    goals = np.concatenate([spot[:2] + turned, heights[..., None]], axis=-1)
    return np.asarray(_reached(goals, _facing_down(angles + TURNS[:, None])).any(axis=0))


def _facing_down(angles: Array) -> Array:
    """[..., 2, 3, 3] the two rotations of a hand that points down and closes along angles [...] (rad)."""
    c, s = np.cos(angles), np.sin(angles)
    rotation = np.zeros((*angles.shape, 2, 3, 3))
    for way, sign in enumerate((1.0, -1.0)):
        rotation[..., way, 0, 1], rotation[..., way, 0, 2] = sign * c, sign * s
        rotation[..., way, 1, 1], rotation[..., way, 1, 2] = sign * s, -sign * c
        rotation[..., way, 2, 0] = -1.0
    return rotation


def _reached(tips: Array, rotations: Array) -> Mask:
    """[..., 2] for fingertips [..., 3] (m) and rotations [..., 2, 3, 3]: both the place itself and HOVER above it."""
    reached = np.ones(rotations.shape[:-2], bool)
    for height in (FINGERTIP, FINGERTIP + HOVER):
        hands = np.broadcast_to((tips + np.array([0.0, 0.0, height]))[..., None, :], (*reached.shape, 3))
        near = np.broadcast_to(np.array(INITIAL_QPOS[:6]), (*reached.shape, 6))
        reached &= inverse(hands, rotations, near)[1]
    return reached
