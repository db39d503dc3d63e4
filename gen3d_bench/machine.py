"""How much of this machine a process may use."""

from __future__ import annotations

import os
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


def default_workers(bytes_each: float) -> int:
    """Processes that cores and memory allow for, at least one."""
    return max(1, min(cores(), int(memory_bytes() / bytes_each)))
