"""The process that owns one environment and one policy: takes tasks from a pipe, answers on it.

Started by `pool` with spawn, since forking hangs the renderer.  What it does with tasks is its bench's business.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import traceback
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gen3d_bench.evaluation.config import EnvSettings, EvalConfig, Job
from gen3d_bench.evaluation.faults import lasting_errors, say_more_if_asked
from gen3d_bench.evaluation.records import EpisodeRecord
from gen3d_bench.evaluation.schedule import Key

if TYPE_CHECKING:
    from gen3d_bench.evaluation.episode import Env, EnvFactory

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunTask:
    """Run an episode."""

    job: Job

    @property
    def key(self) -> Key:
        return self.job.key


@dataclass(frozen=True)
class PictureTask:
    """Take a picture of the start of an episode."""

    job: Job
    file: Path

    @property
    def key(self) -> Key:
        return self.job.key


@dataclass(frozen=True)
class FilmTask:
    """Step a recorded episode again and film it.  start: where a picture of its start goes, if one is wanted."""

    record: EpisodeRecord
    file: Path
    start: Path | None = None

    @property
    def key(self) -> Key:
        return self.record.key


class Task(Protocol):
    """Something to be done, named by its scene and episode."""

    @property
    def key(self) -> Key: ...


class Bench(Protocol):
    """What does tasks, one at a time."""

    def perform(self, task: Any) -> Finished: ...

    def close(self) -> None: ...


class Setup(Protocol):
    """What a worker is made of; goes to its process in a pickle."""

    def open(self) -> Bench:
        """Make the bench, in the worker's process."""


@dataclass(frozen=True)
class Ready:
    """The worker has its environment and its policy."""


@dataclass(frozen=True)
class Finished:
    """A task is done.  record: of a RunTask.  problem: why a replay is not to be trusted."""

    key: Key
    record: EpisodeRecord | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Fault:
    """The environment (key given) or the start of the worker (no key) failed.

    lasting: it would fail again, and the worker goes on with something else; otherwise it ends after saying so.
    """

    key: Key | None
    message: str
    trace: str
    lasting: bool


@dataclass(frozen=True)
class WorkerSetup:
    """What a worker of an evaluation is made of."""

    config: EvalConfig
    env_factory: EnvFactory

    def open(self) -> Bench:
        return _EvaluationBench(self)


def worker_main(setup: Setup, pipe: Connection) -> None:
    """Serve tasks until the pipe is closed or None arrives."""
    # Ctrl-C reaches the whole process group; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    say_more_if_asked()
    with contextlib.suppress(EOFError, ConnectionError):  # the parent is gone: nobody to work for
        try:
            bench = setup.open()
        except Exception as error:
            pipe.send(_fault(None, error))
            return
        with contextlib.closing(bench):
            pipe.send(Ready())
            while (task := pipe.recv()) is not None:
                try:
                    answer: Finished | Fault = bench.perform(task)
                except Exception as error:
                    answer = _fault(task.key, error)
                pipe.send(answer)
                if isinstance(answer, Fault) and not answer.lasting:
                    return


def _fault(key: Key | None, error: Exception) -> Fault:
    trace = "".join(traceback.format_exception(error))
    return Fault(key, f"{type(error).__name__}: {error}", trace, isinstance(error, lasting_errors()))


class _EvaluationBench:
    """The policy and the environment of a worker.  There is one environment at a time: the one that episodes run in,
    or, once films are wanted, one that renders."""

    def __init__(self, setup: WorkerSetup) -> None:
        from gen3d_bench.agents.registry import make_policy

        config = setup.config
        self._policy = policy = make_policy(config.policy, config.seed)
        chunk = policy.chunk if config.chunk is None else config.chunk
        if policy.chunk < chunk:
            raise ValueError(f"policy {policy.name} decides {policy.chunk} control steps at a time; "
                             f"chunk={chunk} asks for more")
        self._factory = setup.env_factory
        self._settings = EnvSettings(
            scenes=config.scenes,
            obs_mode=policy.obs_mode,
            image_size=config.image_size,
            randomization=config.mode,
            physics=config.physics,
            chunk=chunk,
            stop_on_success=config.stops,
            render=False,
            setting=config.setting,
        )
        self._env = self._factory(self._settings)

    def close(self) -> None:
        self._env.close()

    def perform(self, task: RunTask | PictureTask | FilmTask) -> Finished:
        """Do a task.  Pictures are a luxury: what goes wrong with them is said, not raised."""
        from gen3d_bench.evaluation.episode import render, replay, run_episode
        from gen3d_bench.evaluation.pictures import save_picture, save_video

        if isinstance(task, RunTask):
            record = run_episode(self._use(render=False), self._policy, task.job, self._settings)
            return Finished(task.key, record=record)
        try:
            env = self._use(render=True)
            if isinstance(task, FilmTask):
                frames = list(replay(env, task.record))
                save_video(task.file, frames)
                if task.start is not None:
                    save_picture(task.start, frames[0])
            else:
                env.reset(seed=task.job.seed, options={"scene": task.job.scene.id})
                save_picture(task.file, render(env))
        except Exception as error:
            LOG.debug("pictures of scene %s, episode %d", *task.key, exc_info=error)
            return Finished(task.key, problem=str(error) or type(error).__name__)
        return Finished(task.key)

    def _use(self, render: bool) -> Env:
        if self._settings.render != render:
            self._env.close()
            # Physics does not depend on what is looked at, so the cheaper observation will do for films.
            changed = replace(self._settings, render=render, obs_mode="state" if render else self._policy.obs_mode)
            self._env = self._factory(changed)
            self._settings = changed
        return self._env
