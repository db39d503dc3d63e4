"""Records the oracle in many worlds: parallel, resumable, ending in a dataset.

While recording, noise is added to what the oracle does, and what it wanted is kept as the label (DART, Laskey et al.
2017): an imitator strays from the path that it was shown, so the ways back must be shown as well.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gen3d_bench.envs.controller import ACTION_HIGH, ACTION_LOW
from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.evaluation.pool import WorkerPool
from gen3d_bench.evaluation.progress import RunProgress
from gen3d_bench.evaluation.schedule import Key
from gen3d_bench.evaluation.worker import Bench, Finished
from gen3d_bench.extras import require
from gen3d_bench.imitation.claim import claimed
from gen3d_bench.imitation.config import DEMONSTRATIONS, RecordConfig, demonstration_seed
from gen3d_bench.scenes.io import write_atomic
from gen3d_bench.scenes.schema import Role, Scene

if TYPE_CHECKING:
    from gen3d_bench.agents.oracle import OraclePolicy
    from gen3d_bench.envs import PickPlaceEnv
    from gen3d_bench.imitation.episode_file import EpisodeFacts, Frames

LOG = logging.getLogger(__name__)
NOISE = np.array([0.02, 0.02, 0.02, 0.1, 0.1, 0.1, 0.0])
"""Standard deviation of noise at level 1 (m, rad, gripper): two fifths of the largest step."""
EPISODES = "episodes"
"""Subfolder of single episodes."""
SETTINGS = "recording.json"
"""What all of them have in common."""


@dataclass(frozen=True)
class RecordTask:
    """Record an episode to a file."""

    scene: Scene
    episode: int
    seed: int
    file: Path

    @property
    def key(self) -> Key:
        return self.scene.id, self.episode


@dataclass(frozen=True)
class RecordSetup:
    """What a worker is made of."""

    config: RecordConfig

    def open(self) -> Bench:
        return _RecordBench(self.config)


class _RecordBench:
    """The oracle and its environment."""

    def __init__(self, config: RecordConfig) -> None:
        from gen3d_bench.agents.oracle import OraclePolicy
        from gen3d_bench.envs import PickPlaceEnv

        self._level, self._steps = config.noise, config.steps
        self._env = PickPlaceEnv(config.scenes, obs_mode="rgb+state", image_size=config.image_size,
                                 randomization=config.randomization)
        self._oracle = OraclePolicy()

    def close(self) -> None:
        self._env.close()

    def perform(self, task: RecordTask) -> Finished:
        from gen3d_bench.imitation.episode_file import write_episode

        frames, facts = _record_episode(self._env, self._oracle, task, self._level, self._steps)
        write_episode(task.file, frames, facts)
        return Finished(task.key)


def record(config: RecordConfig) -> Path:
    """Record what is missing, then put all that succeeded into a LeRobot dataset; returns its folder.

    Raises SettingError, DemonstrationError (nothing succeeded, or episodes could not be recorded; the others are then
    in the dataset), MissingExtra, WorkerError.
    """
    require("train", "pyarrow")
    from gen3d_bench.imitation.dataset_files import assemble
    from gen3d_bench.imitation.episode_file import DemonstrationError
    from gen3d_bench.scenes.resolve import resolve_scenes

    tasks = [
        RecordTask(scene, k, demonstration_seed(config.seed, scene.id, k),
                   config.output / EPISODES / scene.id / f"{k:05d}.parquet")
        for scene in resolve_scenes(config.scenes) for k in range(config.episodes)
    ]
    with _same_recording(config):
        others = {*config.output.glob("episodes/*/*.parquet")} - {task.file for task in tasks}
        if others:
            raise SettingError(f"output: {config.output} holds {len(others)} recordings of other scenes or of more "
                               "episodes, which the dataset would lose; ask for these too, or choose another folder")
        try:
            failed = _record_missing(config, tasks)
        except KeyboardInterrupt:
            LOG.warning("stopped; %d of %d episodes are kept in %s. Run the same command again to go on",
                        sum(task.file.exists() for task in tasks), len(tasks), config.output)
            raise
        dataset = assemble([task.file for task in tasks if task.file.exists()], config)
    if failed:
        (scene, episode), reason = next(iter(failed.items()))
        raise DemonstrationError(f"{len(failed)} of {len(tasks)} episodes could not be recorded (first: {scene}, "
                                 f"episode {episode}: {reason}). The others are in {dataset}; the same command tries "
                                 "again")
    return dataset


@contextmanager
def _same_recording(config: RecordConfig) -> Iterator[None]:
    """Nobody else records here, and what was recorded here was recorded alike.  Raises SettingError."""
    file = config.output / SETTINGS
    fixed = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(config).items()
             if name in ("seed", "steps", "noise", "randomization", "image_size")}
    with claimed(config.output, "recording"):
        earlier = json.loads(file.read_text(encoding="utf-8")) if file.exists() else fixed
        changed = [f"{name} was {value}, is {fixed.get(name)}" for name, value in earlier.items()
                   if value != fixed.get(name)]
        if changed:
            raise SettingError(f"output: {config.output} holds another recording ({'; '.join(changed)}); choose "
                               "another folder")
        write_atomic(file, (json.dumps(fixed) + "\n").encode())
        yield


def _record_missing(config: RecordConfig, tasks: Sequence[RecordTask]) -> dict[Key, str]:
    """Returns what could not be recorded, and why."""
    from gen3d_bench.imitation.episode_file import read_facts

    done = [task for task in tasks if task.file.exists()]
    if done:
        LOG.info("%d of %d episodes are there already", len(done), len(tasks))
    successes = sum(read_facts(task.file).kept for task in done)
    files = {task.key: task.file for task in tasks}
    todo = [task for task in tasks if not task.file.exists()]
    pool = WorkerPool(RecordSetup(config), config.worker_count, config.stall_s)
    with pool, RunProgress(len(tasks), len(done), successes) as progress:
        return pool.run(todo, lambda finished: progress.advance(read_facts(files[finished.key]).kept))


def _record_episode(
    env: PickPlaceEnv, oracle: OraclePolicy, task: RecordTask, level: float, steps: int
) -> tuple[Frames, EpisodeFacts]:
    from gen3d_bench.agents.policy import EpisodeStart
    from gen3d_bench.evaluation.episode import as_batch
    from gen3d_bench.imitation.episode_file import EpisodeFacts, Frames

    rng = np.random.default_rng([task.seed, DEMONSTRATIONS])
    own = rng.uniform(0, level)
    obs, info = env.reset(seed=task.seed, options={"scene": task.scene.id})
    oracle.reset({0: EpisodeStart(task.scene, task.seed, str(info["instruction"]))})
    roles = [thing.role for thing in task.scene.objects]
    source, target = (tuple(obs["state"]["objects"][roles.index(role)][:3].tolist())
                      for role in (Role.source, Role.target))
    pictures, states, wanted, executed = [], [], [], []
    success = truncated = False
    while True:
        action = oracle.infer(as_batch(obs))[0, 0]
        noisy = np.clip(action + own * NOISE * rng.standard_normal(7), ACTION_LOW, ACTION_HIGH).astype(np.float32)
        pictures.append(obs["image"])
        states.append(obs["proprio"])
        wanted.append(action)
        executed.append(noisy)
        if len(pictures) == steps:
            break
        obs, _, success, truncated, _ = env.step(noisy)
        if success or truncated:
            break
    frames = Frames(pictures, np.array(states), np.array(wanted), np.array(executed))
    light = np.array(pictures).reshape(-1, 3) / 255
    facts = EpisodeFacts(
        task.scene.id, str(info["scene_sha256"]), task.episode, task.seed, str(info["instruction"]),
        success if success or truncated else None, len(pictures), float(own), source, target,
        *(tuple(x.mean(axis=0).tolist()) for x in (light, light**2)),
    )
    return frames, facts
