"""The lower baseline: bounded random motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.policy import EpisodeStart, Observations, slots_of
from gen3d_bench.envs.controller import ACTION_HIGH, ACTION_LOW

_LOW, _HIGH = ACTION_LOW[:6], ACTION_HIGH[:6]


class RandomPolicy:
    """Uniform deltas within the action bounds, one gripper command per chunk.

    An episode's actions depend on `seed` and the episode's own seed only, not on what ran before or beside it.
    """

    name = "random"
    obs_mode: Literal["rgb", "state"] = "state"

    def __init__(self, seed: int = 0, chunk: int = 4) -> None:
        self.seed = seed
        self.chunk = chunk
        self._rngs: dict[int, np.random.Generator] = {}

    def reset(self, episodes: Mapping[int, EpisodeStart]) -> None:
        """Begin new episodes in these slots."""
        for slot, start in episodes.items():
            self._rngs[slot] = np.random.default_rng([self.seed, start.seed])

    def infer(self, observations: Observations) -> NDArray[np.float32]:
        """Actions float32 [B, C, 7]."""
        return np.stack([self._chunk(self._rngs[slot]) for slot in slots_of(observations)])

    def _chunk(self, rng: np.random.Generator) -> NDArray[np.float32]:
        deltas = rng.uniform(_LOW, _HIGH, size=(self.chunk, 6))
        gripper = np.full((self.chunk, 1), float(rng.integers(2)))
        return np.concatenate([deltas, gripper], axis=1).astype(np.float32)
