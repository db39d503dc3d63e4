"""Several environments at once: `gymnasium.make_vec("Gen3D-PickPlace-v0", num_envs=8)`."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Literal, SupportsFloat, cast

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator

from gen3d_bench.registration import ENTRY_POINT, MATCHING_ENTRY_POINT

Start = Literal["spawn", "forkserver", "none"]
THREADS = {"LP_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""One environment per core: more threads per worker only make them wait for each other."""


def _worker(entry_point: str, kwargs: dict[str, Any], chunk: int | None) -> gym.Env[Any, Any]:
    """Made inside the worker process, before anything there has started threads."""
    for name, value in THREADS.items():
        os.environ.setdefault(name, value)
    from gen3d_bench.envs.wrappers import ActionChunk

    env = cast("gym.Env[Any, Any]", load_env_creator(entry_point)(**kwargs))
    return env if chunk is None else _StackableInfo(ActionChunk(env, chunk))


class _StackableInfo(gym.Wrapper[Any, Any, Any, Any]):
    """Leaves out `info["actions"]`, whose length differs between environments, which Gymnasium cannot stack."""

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, reward, terminated, truncated, {k: v for k, v in info.items() if k != "actions"}


def make_vector_env(
    num_envs: int = 1,
    *,
    backend: Literal["processes", "gpu"] = "processes",
    processes: Start = "spawn",
    chunk: int | None = None,
    **kwargs: Any,
) -> gym.vector.VectorEnv[Any, Any, Any]:
    """A vector of `PickPlaceEnv`s.

    backend: "processes" for one process each, with physics on the CPU and Gymnasium's automatic reset at the next step;
    "gpu" for all in this process with ManiSkill's GPU physics, reset together (see `BatchedPickPlaceEnv`).
    processes: how workers start ("none": all in this process, one after another).  Forking is not offered: it hangs
    once a renderer has run.  chunk: optional number of actions per decision (see `ActionChunk`; `info["executed"]` says
    how many were carried out).  Other arguments are `PickPlaceEnv`'s.  Batched observations hold "instruction" as a
    tuple of strings.  Seeds: `reset(seed=s)` gives sub-environment i seed s + i.

    Raises BackendUnavailableError for "gpu" where there is none, ValueError for unknown choices.
    """
    if backend not in ("processes", "gpu"):
        raise ValueError(f'backend is "processes" or "gpu", not {backend!r}')
    if backend == "gpu":
        from gen3d_bench.envs.batched_env import BatchedActionChunk, BatchedPickPlaceEnv

        env = BatchedPickPlaceEnv(num_envs=num_envs, **kwargs)
        return env if chunk is None else BatchedActionChunk(env, chunk)
    return _in_processes(ENTRY_POINT, num_envs, processes, chunk, kwargs)


def make_matching_vector_env(
    num_envs: int = 1,
    *,
    backend: Literal["processes"] = "processes",
    processes: Start = "spawn",
    chunk: int | None = None,
    **kwargs: Any,
) -> gym.vector.VectorEnv[Any, Any, Any]:
    """A vector of `VisualMatchingEnv`s; as `make_vector_env` with backend "processes", the only one that there is."""
    if backend != "processes":
        raise ValueError(f'backend is "processes" in SimplerEnv\'s own setting, not {backend!r}')
    return _in_processes(MATCHING_ENTRY_POINT, num_envs, processes, chunk, kwargs)


def _in_processes(
    entry_point: str, num_envs: int, processes: Start, chunk: int | None, kwargs: dict[str, Any]
) -> gym.vector.VectorEnv[Any, Any, Any]:
    if processes not in ("spawn", "forkserver", "none"):
        raise ValueError(f'processes is "spawn", "forkserver" or "none", not {processes!r}')
    makers = [partial(_worker, entry_point, dict(kwargs), chunk) for _ in range(num_envs)]
    if processes == "none":
        return gym.vector.SyncVectorEnv(makers)
    return gym.vector.AsyncVectorEnv(makers, shared_memory=False, context=processes)
