"""Can it be done at all: the oracle tries a scene as evaluations run it, drawn anew each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gen3d_bench.evaluation.config import EnvSettings, Job, episode_seed
from gen3d_bench.evaluation.episode import run_episode
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.checks.judged import ruled
from gen3d_bench.worldgen.verdict import Stage, Verdict

if TYPE_CHECKING:
    from gen3d_bench.evaluation.records import EpisodeRecord

METHOD = "scripted oracle, evaluation's randomization"


def check_solvability(scene: Scene, store: AssetStore, episodes: int = 3, needed: int = 2, seed: int = 0) -> Verdict:
    """The oracle succeeds in `needed` of `episodes` randomized episodes; it stops as soon as that is decided.

    seed: as an evaluation's; another one meets other episodes.
    """
    if not 1 <= needed <= episodes:
        raise ValueError(f"needed: {needed} is not from 1 to the number of episodes, {episodes}")
    from gen3d_bench.agents.oracle import OraclePolicy
    from gen3d_bench.envs import ActionChunk, PickPlaceEnv
    from gen3d_bench.envs.backend import UnsettledError
    from gen3d_bench.envs.layout import LayoutError

    policy = OraclePolicy(store)
    settings = EnvSettings(
        scenes=(scene.id,), obs_mode="state", image_size=(224, 224), randomization="eval", physics="simplerenv",
        chunk=policy.chunk, stop_on_success=True, render=False,
    )  # fmt: skip
    records: list[EpisodeRecord] = []
    env = None
    try:
        env = ActionChunk(
            PickPlaceEnv(scene, obs_mode=settings.obs_mode, randomization=settings.randomization, store=store),
            horizon=settings.chunk,
        )
        for episode in range(episodes):
            job = Job(scene, episode, episode_seed(seed, scene.id, episode))
            records.append(run_episode(env, policy, job, settings))
            done = sum(record.success_once for record in records)
            if done >= needed or len(records) - done > episodes - needed:
                break
    except (LayoutError, UnsettledError, StoreError, RuntimeError) as error:
        return ruled(Stage.solvability, METHOD, [str(error)], "")
    finally:
        if env is not None:
            env.close()
    done = sum(record.success_once for record in records)
    found = _told(records, done)
    return ruled(Stage.solvability, METHOD, [] if done >= needed else [found], found)


def _told(records: list[EpisodeRecord], done: int) -> str:
    """ "2 of 3, mean 5.2 s; 1: grasp-failed"."""
    times = [record.time_to_finish_s for record in records if record.time_to_finish_s is not None]
    told = f"the oracle succeeds in {done} of {len(records)} episodes"
    if times:
        told += f", in {np.mean(times):.1f} s on average"
    failed = [record for record in records if not record.success_once]
    if failed:
        reasons = (f"{', '.join(map(str, record.failure_codes)) or 'time is up'}" for record in failed)
        told += f"; it fails by {'; '.join(reasons)}"
    return told
