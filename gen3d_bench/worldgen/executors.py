"""A function over many arguments, in processes of this machine or on a Ray cluster.

Whatever becomes of a job (a crash, a hang, an exception) is an outcome of that job and of no other.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import TimeoutError as FutureTimeout  # the built-in one only from Python 3.11 on
from dataclasses import dataclass
from typing import Any, TypeVar

from gen3d_bench.extras import require
from gen3d_bench.machine import environment, thread_limits

LOG = logging.getLogger(__name__)
J = TypeVar("J")
R = TypeVar("R")
ATTEMPTS = 2
"""How often a job is tried whose process dies; one that hangs or raises would do so again."""
AHEAD = 4
"""Jobs handed out per worker before their turn: enough to keep it busy, few enough to keep memory flat."""


LIFETIME = 100
"""Jobs after which a process is replaced: what libraries leave behind in memory adds up to a bounded amount."""


@dataclass(frozen=True)
class Failure:
    """A job without a result: why, and where it was raised (a traceback, or empty)."""

    reason: str
    trace: str = ""


def here(function: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[J, R | Failure]]:
    """One after the other, in this process."""
    for job in jobs:
        try:
            yield job, function(job)
        except Exception as error:  # the boundary that keeps one job's fault from the others
            LOG.debug("a job raised", exc_info=error)
            yield job, Failure(_said(error))


def in_processes(
    function: Callable[[J], R], jobs: Sequence[J], workers: int, stall_s: float
) -> Iterator[tuple[J, R | Failure]]:
    """In spawned processes, each job with `stall_s` seconds; in the order in which they finish."""
    require("worldgen", "pebble")
    from pebble import ProcessPool

    context = multiprocessing.get_context("spawn")  # never forked: the parent may hold a renderer or threads
    tries = dict.fromkeys(range(len(jobs)), 0)
    todo = list(reversed(range(len(jobs))))
    with environment(thread_limits(workers)), ProcessPool(workers, LIFETIME, context=context) as pool:
        running: dict[Future[Any], int] = {}
        try:
            while todo or running:
                while todo and len(running) < AHEAD * workers:
                    index = todo.pop()
                    running[pool.schedule(function, args=(jobs[index],), timeout=stall_s)] = index
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    index = running.pop(future)
                    outcome, died = _outcome(future, stall_s)
                    tries[index] += 1
                    if died and tries[index] < ATTEMPTS:
                        LOG.warning("%s: %s; trying once more", jobs[index], outcome.reason)
                        todo.append(index)
                    else:
                        yield jobs[index], outcome
        except BaseException:
            pool.stop()  # what runs is of no use any more, and leaving the pool would wait for it
            raise


def _outcome(future: Future[Any], stall_s: float) -> tuple[Any, bool]:
    """What a finished future holds, and whether its process died."""
    from pebble import ProcessExpired

    try:
        return future.result(), False
    except ProcessExpired as error:
        code = error.exitcode
        how = f"signal {-code}" if isinstance(code, int) and code < 0 else f"exit code {code}"
        return Failure(f"its process died ({how})"), True
    except FutureTimeout:
        return Failure(f"not done after {stall_s:.0f} s"), False
    except Exception as error:  # what the function raised, brought here from the process
        return Failure(_said(error), str(getattr(error, "traceback", ""))), False


def on_ray(
    function: Callable[[J], R], jobs: Sequence[J], workers: int, stall_s: float
) -> Iterator[tuple[J, R | Failure]]:
    """As Ray tasks, one core and `stall_s` seconds each, on the cluster that RAY_ADDRESS names, or on one of `workers`
    cores started here.

    What jobs read and write must lie on a file system that all nodes share.
    """
    require("ray", "ray")
    import ray

    started = not ray.is_initialized()
    if started:
        ray.init(**_ray_settings(workers))
    variables: Any = {"env_vars": thread_limits(workers)}
    try:
        @ray.remote(num_cpus=1, max_retries=ATTEMPTS - 1, runtime_env=variables)  # type: ignore[untyped-decorator]
        def task(job: J) -> R:  # Ray takes no partial
            return function(job)

        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        todo, running = list(reversed(jobs)), dict[Any, tuple[J, float]]()
        while todo or running:
            while todo and len(running) < cores:  # no more than can run, so that none spends its time in a queue
                job = todo.pop()
                running[task.remote(job)] = job, time.monotonic()
            done, _ = ray.wait(list(running), num_returns=1, timeout=1.0)
            for reference in done:
                yield running.pop(reference)[0], _fetched(reference)
            late = [reference for reference, (_, began) in running.items() if time.monotonic() - began > stall_s]
            for reference in late:
                ray.cancel(reference, force=True)
                yield running.pop(reference)[0], Failure(f"not done after {stall_s:.0f} s")
    finally:
        if started:
            ray.shutdown()


def _fetched(reference: Any) -> Any:
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        return Failure(_said(error.cause), str(error))
    except ray.exceptions.RayError as error:
        return Failure(f"Ray: {str(error).splitlines()[0]}", str(error))


def _ray_settings(workers: int) -> dict[str, Any]:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.WARNING}
    return quiet if os.environ.get("RAY_ADDRESS") else {**quiet, "num_cpus": workers, "include_dashboard": False}


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@contextlib.contextmanager
def outcomes(
    function: Callable[[J], R], jobs: Sequence[J], *, workers: int, ray: bool, stall_s: float
) -> Iterator[Iterator[tuple[J, R | Failure]]]:
    """(job, result or Failure) of every job as it finishes; leaving early ends what still runs."""
    run = on_ray if ray else in_processes
    generator = run(function, jobs, max(1, min(workers, len(jobs))), stall_s)
    try:
        yield generator
    finally:
        generator.close()  # type: ignore[attr-defined]
