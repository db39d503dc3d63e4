"""A folder belongs to one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gen3d_bench.evaluation.config import SettingError


@contextmanager
def claimed(folder: Path, doing: str) -> Iterator[None]:
    """Nobody else does the same there, while the block runs; the folder is made.  Raises SettingError."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise SettingError(f"output: somebody else is {doing} in {folder}") from None
