"""How much of this machine a process may use."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator, Mapping
from pathlib import Path

MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container's limit stands: control groups of version 2 and 1."""


def cores() -> int:
    """CPU cores that this process may run on, which can be fewer than there are."""
    return len(os.sched_getaffinity(0))


def memory_bytes() -> int:
    """Memory of the machine, or of the container if that has less."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for file in MEMORY_LIMITS:
        try:
            limits.append(int(file.read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return min(limits)


def peak_memory_mb() -> float:
    """Most memory that this process has held so far (MB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # Linux counts in kB


def default_workers(bytes_each: float) -> int:
    """Processes that cores and memory allow for, at least one."""
    return max(1, min(cores(), int(memory_bytes() / bytes_each)))


def thread_limits(processes: int) -> dict[str, str]:
    """Environment variables for each of some processes side by side: one thread for numerics, and its share of the
    cores for the software renderer, unless the user has already chosen."""
    share = str(max(1, cores() // processes))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    limits = {**dict.fromkeys(names, "1"), "LP_NUM_THREADS": share}
    return {name: limit for name, limit in limits.items() if name not in os.environ}


@contextlib.contextmanager
def environment(added: Mapping[str, str]) -> Iterator[None]:
    """New environment variables for processes started inside: libraries read thread counts when first imported."""
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
