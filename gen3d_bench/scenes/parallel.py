"""A function over many arguments in spawned processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from gen3d_bench.scenes.errors import StoreError

Job = TypeVar("Job")
Result = TypeVar("Result")


def call_all(function: Callable[[Job], Result], jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Result]]:
    """(job, function(job)) for every job, in the order in which they finish.

    One worker means this process.  More are spawned, never forked: the parent may hold a renderer or threads, which do
    not survive a fork.  The first exception of a job is raised here and the jobs not yet begun are dropped.
    """
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            yield job, function(job)
        return
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=multiprocessing.get_context("spawn"))
    try:
        futures = {pool.submit(function, job): job for job in jobs}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        raise StoreError("a worker process was killed while making assets (out of memory?); finished assets are kept, "
                         "run again with fewer workers") from error
    finally:
        pool.shutdown(cancel_futures=True)
