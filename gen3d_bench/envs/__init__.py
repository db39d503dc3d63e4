"""Scenes as Gymnasium environments: robot, loading, randomization, task, observation.

Import what you need from here; SAPIEN is imported only when it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gen3d_bench.envs.batched_env import BatchedPickPlaceEnv
    from gen3d_bench.envs.config import CameraConfig, EnvConfig, PhysicsConfig, RandomizationConfig
    from gen3d_bench.envs.pick_place_env import PickPlaceEnv
    from gen3d_bench.envs.wrappers import ActionChunk

_HOMES = {
    "ActionChunk": "wrappers",
    "BatchedPickPlaceEnv": "batched_env",
    "PickPlaceEnv": "pick_place_env",
    "CameraConfig": "config",
    "EnvConfig": "config",
    "PhysicsConfig": "config",
    "RandomizationConfig": "config",
}
__all__ = [
    "ActionChunk",
    "BatchedPickPlaceEnv",
    "CameraConfig",
    "EnvConfig",
    "PhysicsConfig",
    "PickPlaceEnv",
    "RandomizationConfig",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
