"""Worker processes that come and go: hands out tasks, replaces workers that die or hang, tries their tasks again."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType

from gen3d_bench.evaluation.schedule import Key, Schedule
from gen3d_bench.evaluation.worker import Fault, Finished, Ready, Setup, Task, worker_main
from gen3d_bench.machine import environment, thread_limits

LOG = logging.getLogger(__name__)
ATTEMPTS = 2
"""How often a task is tried when its worker or its environment fails."""


class WorkerError(RuntimeError):
    """Workers cannot do what they are for: they fail to start."""


@dataclass
class _Worker:
    number: int
    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    task: Key | None = None
    heard: float = field(default_factory=time.monotonic)


class WorkerPool:
    """Up to `size` worker processes, started when there is work.  A context manager: leaving it ends them."""

    def __init__(self, setup: Setup, size: int, stall_s: float) -> None:
        self._setup = setup
        self._size = size
        self._stall_s = stall_s
        self._workers: dict[int, _Worker] = {}
        self._started = 0

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self._workers.values()):
            if error is None:
                with contextlib.suppress(OSError):
                    worker.pipe.send(None)
                worker.process.join(timeout=10)
            self._end(worker)

    def run(self, tasks: Iterable[Task], handle: Callable[[Finished], None]) -> dict[Key, str]:
        """Do all tasks, calling `handle` in this process as each finishes.

        Returns the tasks that failed ATTEMPTS times, or once if they would fail again, with the reason.
        Raises WorkerError if workers cannot start.
        """
        todo = {task.key: task for task in tasks}
        schedule, attempts, failed = Schedule(todo), Counter[Key](), dict[Key, str]()

        def lost(worker: _Worker, reason: str) -> None:
            schedule.forget(worker.number)
            self._end(worker)
            if worker.task is None:
                if not worker.ready:
                    raise WorkerError(f"a worker could not start: {reason}")
                return
            attempts[worker.task] += 1
            scene, episode = worker.task
            if attempts[worker.task] < ATTEMPTS:
                LOG.warning("scene %s, episode %d: %s; trying once more", scene, episode, reason)
                schedule.put_back(worker.task)
            else:
                LOG.error("scene %s, episode %d: %s, for the second time; left out", scene, episode, reason)
                failed[worker.task] = reason

        while len(schedule) or any(worker.task for worker in self._workers.values()):
            while len(self._workers) < min(self._size, len(schedule) + self._busy):
                self._start()
            for worker in list(self._workers.values()):
                self._give(worker, schedule, todo)
            for worker, message in self._listen():
                if isinstance(message, Ready):
                    worker.ready = True
                elif isinstance(message, Finished):
                    worker.task = None
                    handle(message)
                elif isinstance(message, Fault):
                    LOG.debug("%s", message.trace)
                    if message.lasting and message.key is not None:
                        worker.task = None
                        LOG.error("scene %s, episode %d: %s; left out", *message.key, message.message)
                        failed[message.key] = message.message
                    else:
                        lost(worker, message.message)
                else:
                    lost(worker, message)
        return failed

    @property
    def _busy(self) -> int:
        return sum(worker.task is not None for worker in self._workers.values())

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=worker_main, args=(self._setup, theirs), daemon=True)
        with environment(thread_limits(self._size)):
            process.start()
        # Only the child may hold its end, or its death would not be noticed.
        theirs.close()
        self._started += 1
        self._workers[self._started] = _Worker(self._started, process, ours)

    def _give(self, worker: _Worker, schedule: Schedule, todo: dict[Key, Task]) -> None:
        if not worker.ready or worker.task is not None:
            return
        worker.task = schedule.next(worker.number)
        if worker.task is not None:
            worker.heard = time.monotonic()
            with contextlib.suppress(OSError):  # a dead worker is noticed when listening
                worker.pipe.send(todo[worker.task])

    def _listen(self) -> Iterator[tuple[_Worker, Ready | Finished | Fault | str]]:
        """Messages that have come; a str says why a worker is lost."""
        by_pipe = {worker.pipe: worker for worker in self._workers.values()}
        for pipe in wait(list(by_pipe), timeout=1.0):
            worker = by_pipe[pipe]  # type: ignore[index]
            worker.heard = time.monotonic()
            try:
                yield worker, worker.pipe.recv()
            except (EOFError, OSError):
                worker.process.join(timeout=10)
                yield worker, f"the worker process died ({_exit_reason(worker.process.exitcode)})"
        for worker in list(self._workers.values()):
            waiting = worker.task is not None or not worker.ready
            if waiting and time.monotonic() - worker.heard > self._stall_s:
                yield worker, f"the worker did not answer for {self._stall_s:.0f} s"

    def _end(self, worker: _Worker) -> None:
        self._workers.pop(worker.number, None)
        worker.pipe.close()
        if worker.process.is_alive():
            worker.process.terminate()
            worker.process.join(timeout=5)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _exit_reason(code: int | None) -> str:
    if code is None:
        return "still running"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
