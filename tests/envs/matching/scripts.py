"""Scripted episodes: take the source from above and put it on the target, beside it, or let it fall on the way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gen3d_bench.envs.kinematics import FINGERTIP
from tests.envs.matching.twin import BASE, TURN, Twin

Array = NDArray[np.float64]

OPEN, CLOSED = 1.0, 0.0
FALL = {"carrot": 0.02, "spoon": 0.014, "green cube": 0.033}
"""How much higher than at the grasp things are let go of over the target (m)."""
STRIDE = 0.025
"""Of a carrying arm, per step (m): slow enough for fingers that have lost their friction."""
KINDS = ("onto", "onto", "beside", "onto", "early")
"""What episode k does."""


def script(twin: Twin, seed: int) -> Iterator[Array]:
    """Actions [7] that follow what the official environment does."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    source, target = (TURN @ (state.position - [*BASE, 0.870]) for state in twin.official_states())
    long_side = TURN @ twin.official_states()[0].rotation[:, 0]
    closing = np.arctan2(long_side[1], long_side[0]) + np.pi / 2
    closing = np.pi / 2 + (closing - np.pi / 2 + np.pi / 2) % np.pi - np.pi / 2  # of two equal ones the nearer
    c, s = np.cos(closing), np.sin(closing)
    facing_down = np.array([[0, c, s], [0, s, -c], [-1, 0, 0]])
    grasp = source + [*rng.normal(0, 0.002, 2), 0.0]
    grasp[2] = max(FINGERTIP + 0.004, grasp[2] + FINGERTIP - 0.004)
    goal = np.array([*(target[:2] + rng.normal(0, 0.003, 2)), grasp[2]])
    if kind == "beside":
        away = (target - source)[[1, 0]] * [-1, 1]
        goal[:2] += 0.14 * away / np.linalg.norm(away) * np.sign(rng.normal())
        goal[0] = np.clip(goal[0], 0.18, 0.42)
    up, high = np.array([0, 0, 0.03]), np.array([0, 0, 0.09])
    down = np.array([0, 0, FALL[twin.task.source]])

    def go(place: Array, gripper: float, steps: int, stride: float = 0.05) -> Iterator[Array]:
        for _ in range(steps):
            position, rotation = twin.target_pose()
            turn = Rotation.from_matrix(facing_down @ rotation.T).as_euler("XYZ")
            yield np.array([*np.clip(place - position, -stride, stride), *np.clip(turn, -0.25, 0.25), gripper])

    yield from go(grasp + high, OPEN, 9)
    yield from go(grasp, OPEN, 4)
    yield from go(grasp, CLOSED, 3)
    yield from go(grasp + high, CLOSED, 5, STRIDE)
    if kind == "early":
        yield from go(grasp + high + up, OPEN, 6)
        return
    yield from go(goal + high, CLOSED, 12, STRIDE)
    yield from go(goal + down, CLOSED, 5, STRIDE)
    yield from go(goal + down, OPEN, 3)
    yield from go(goal + high, OPEN, 4)
