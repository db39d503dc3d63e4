"""Wrappers that belong next to the environment."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker
from numpy.typing import NDArray

from gen3d_bench.envs.controller import action_bounds
from gen3d_bench.envs.pick_place_env import PickPlaceEnv


class ActionChunk(gym.Wrapper[dict[str, Any], NDArray[np.float32], dict[str, Any], NDArray[np.float32]]):
    """One decision per step: a policy's chunk of C actions, executed one after another, then one look.

    Actions float32 [C, 7].  Stops within the chunk at success or truncation.  The reward is the sum over the chunk;
    `info["executed"]` counts the actions carried out and `info["actions"]` float32 [n, 7] holds them.  Pictures are
    rendered only where the policy sees them, so a decision costs one picture and not C.
    """

    def __init__(self, env: gym.Env[Any, Any], horizon: int = 4) -> None:
        """Raises TypeError if another wrapper, whose `step` would be passed over, lies between this one and the
        environment."""
        inner = env
        while isinstance(inner, OrderEnforcing | PassiveEnvChecker):
            inner = inner.env
        if not isinstance(inner, PickPlaceEnv):
            raise TypeError(
                f"ActionChunk wraps a Gen3D environment directly, not {type(inner).__name__}: apply it first"
            )
        if horizon < 1:
            raise ValueError(f"horizon is the number of control steps per decision, at least 1; got {horizon}")
        super().__init__(env)
        self._inner = inner
        self.horizon = horizon
        low, high = (np.tile(bound, (horizon, 1)) for bound in action_bounds(inner.config.physics))
        self.action_space = spaces.Box(low, high, dtype=np.float32)

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        chunk = np.asarray(action, np.float32)
        if chunk.shape != (self.horizon, 7):
            raise ValueError(f"a chunk has shape ({self.horizon}, 7); got {chunk.shape}")
        if not np.isfinite(chunk).all():
            raise ValueError("a chunk must be finite; it has NaN or infinite values")
        total, executed = 0.0, 0
        for single in chunk:
            reward, terminated, truncated, info = self._inner.advance(single)
            total, executed = total + reward, executed + 1
            if terminated or truncated:
                break
        return (
            self._inner.observe(),
            total,
            terminated,
            truncated,
            info | {"executed": executed, "actions": chunk[:executed].copy()},
        )
