"""Scripted episodes: take the source from above and bring it onto the target, beside it, or part of the way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gen3d_bench.envs.kinematics import FINGERTIP
from gen3d_bench.envs.matching.setting import BASE
from tests.envs.matching.twin import TURN, Twin

Array = NDArray[np.float64]

OPEN, CLOSED = 1.0, 0.0
FALL = {"carrot": 0.02, "spoon": 0.014, "green cube": 0.033}
"""How much higher than at the grasp things are let go of over the target (m)."""
STRIDE = 0.025
"""Of a carrying arm, per step (m)."""
KINDS = ("onto", "onto", "beside", "onto", "early")
"""What episode k does with the source: the last one lets go of it on the way."""


class Script:
    """One episode, from what the official environment shows at its beginning and of its controller."""

    def __init__(self, twin: Twin, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.twin = twin
        self.kind = KINDS[seed % len(KINDS)]
        state = twin.official_states()
        source, target = (TURN @ (s.position - [*BASE, 0.870]) for s in state)
        long_side = TURN @ state[0].rotation[:, 0]
        # Of the two equal ways to close across the long side the nearer to how the hand begins.
        closing = (np.arctan2(long_side[1], long_side[0]) + np.pi / 2) % np.pi
        c, s = np.cos(closing), np.sin(closing)
        self.facing_down = np.array([[0, c, s], [0, s, -c], [-1, 0, 0]])
        self.grasp = source + [*rng.normal(0, 0.002, 2), FINGERTIP - 0.004]
        self.grasp[2] = max(FINGERTIP + 0.004, self.grasp[2])
        self.goal = np.array([*(target[:2] + rng.normal(0, 0.003, 2)), self.grasp[2]])
        if self.kind == "beside":
            across = (target - source)[[1, 0]] * [-1, 1]
            self.goal[:2] += 0.14 * across / np.linalg.norm(across) * np.sign(rng.normal())
            self.goal[0] = np.clip(self.goal[0], 0.18, 0.42)

    def carry(self) -> Iterator[Array]:
        """Lift the source, carry it and let it go from a little above."""
        high, down = np.array([0, 0, 0.09]), np.array([0, 0, FALL[self.twin.task.source]])
        yield from self._take(high)
        yield from self._go(self.grasp + high, CLOSED, 5, STRIDE)
        if self.kind == "early":
            yield from self._go(self.grasp + high * 1.3, OPEN, 6)
            return
        yield from self._go(self.goal + high, CLOSED, 12, STRIDE)
        yield from self._go(self.goal + down, CLOSED, 5, STRIDE)
        yield from self._go(self.goal + down, OPEN, 3)
        yield from self._go(self.goal + high, OPEN, 4)

    def slide(self) -> Iterator[Array]:
        """Draw the source over the table, held low: fingers without friction manage that where they cannot carry."""
        high, low = np.array([0, 0, 0.09]), np.array([0, 0, 0.002])
        self.grasp[2] = self.goal[2] = FINGERTIP + 0.004
        yield from self._take(high)
        yield from self._go(self.grasp + low, CLOSED, 2)
        yield from self._go(self.goal + low, CLOSED, 4 if self.kind == "early" else 12, 0.02)
        yield from self._go(self.goal + low, OPEN, 3)
        yield from self._go(self.goal + high, OPEN, 3)

    def _take(self, high: Array) -> Iterator[Array]:
        yield from self._go(self.grasp + high, OPEN, 9)
        yield from self._go(self.grasp, OPEN, 4)
        yield from self._go(self.grasp, CLOSED, 3)

    def _go(self, place: Array, gripper: float, steps: int, stride: float = 0.05) -> Iterator[Array]:
        """Actions [7] towards a place [3] (m), at most `stride` (m) a step along each axis."""
        for _ in range(steps):
            position, rotation = self.twin.target_pose()
            turn = Rotation.from_matrix(self.facing_down @ rotation.T).as_euler("XYZ")
            yield np.array([*np.clip(place - position, -stride, stride), *np.clip(turn, -0.25, 0.25), gripper])
