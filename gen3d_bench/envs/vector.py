"""Several environments at once: `gymnasium.make_vec("Gen3D-PickPlace-v0", num_envs=8)`."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Literal

import gymnasium as gym

THREADS = {"LP_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""One environment per core: more threads per worker only make them wait for each other."""


def _worker(kwargs: dict[str, Any]) -> gym.Env[Any, Any]:
    """Made inside the worker process, before anything there has started threads."""
    for name, value in THREADS.items():
        os.environ.setdefault(name, value)
    from gen3d_bench.envs.pick_place_env import PickPlaceEnv
    from gen3d_bench.envs.wrappers import ActionChunk

    horizon = kwargs.pop("chunk", None)
    env = PickPlaceEnv(**kwargs)
    return env if horizon is None else ActionChunk(env, horizon)


def make_vector_env(
    num_envs: int = 1, *, processes: Literal["spawn", "forkserver", "none"] = "spawn", **kwargs: Any
) -> gym.vector.VectorEnv[Any, Any, Any]:
    """A vector of `PickPlaceEnv`s, one process each.

    processes: how workers start ("none": all in this process, one after another).  Forking is not offered: it hangs once a
    renderer has run.  chunk: optional number of actions per decision (see `ActionChunk`).  Other arguments are `PickPlaceEnv`'s.
    Batched observations hold "instruction" as a tuple of strings.  Seeds: `reset(seed=s)` gives sub-environment i seed s + i.
    """
    makers = [partial(_worker, dict(kwargs)) for _ in range(num_envs)]
    if processes == "none":
        return gym.vector.SyncVectorEnv(makers)
    return gym.vector.AsyncVectorEnv(makers, shared_memory=False, context=processes)
