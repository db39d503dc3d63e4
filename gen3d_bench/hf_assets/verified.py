"""Checksums that are remembered: a file is read again only if it has changed since it was last hashed.

    <cache>/verified/<name>-<digest of the folder's path>.json     real path of a file -> its stamp and sha256

`<cache>` is this package's own cache folder.  What cannot be remembered is computed again, and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from gen3d_bench.cache import cache_folder
from gen3d_bench.scenes.io import sha256_of, write_atomic

Advance = Callable[[int], None]
"""Called with the bytes done since the last call."""


def verified_folder() -> Path:
    """Where checksums are remembered."""
    return cache_folder() / "verified"


class Checksums:
    """sha256 of files below a folder, remembered between processes.

    A stamp is size, time of change, of status change and inode: whoever writes to a file, or puts another in its place,
    changes one of them, even if the time of change is set back.
    """

    def __init__(self, folder: Path) -> None:
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
        self.file = verified_folder() / f"{folder.name}-{digest}.json"
        self._known = _read(self.file)
        self._changed = False

    def of(self, files: Mapping[str, str], advance: Advance = lambda _: None) -> dict[str, str]:
        """name -> sha256 (hex) of each file that can be read.  files: name -> real path.

        advance: told of bytes hashed, and of those that need not be.  Files are hashed side by side.
        """
        stamps = {name: stamp for name, file in files.items() if (stamp := _stamp(file)) is not None}
        known = {name: entry[1] for name, stamp in stamps.items()
                 if (entry := self._known.get(files[name])) is not None and entry[0] == stamp}
        advance(sum(stamps[name][0] for name in known))
        with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
            jobs = {pool.submit(sha256_of, Path(files[name]), advance): name for name in stamps.keys() - known.keys()}
            for job in as_completed(jobs):
                name = jobs[job]
                with contextlib.suppress(OSError):  # gone since
                    known[name] = job.result()
                    self._known[files[name]] = (stamps[name], known[name])
                    self._changed = True
        return known

    def save(self) -> None:
        """Remembers what was hashed.  A cache that cannot be written to costs time, so that is no error."""
        if not self._changed:
            return
        known = {path: entry for path, entry in self._known.items() if os.path.exists(path)}
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self.file, json.dumps(known).encode())
        self._changed = False


Stamp = tuple[int, int, int, int]


def _stamp(file: str) -> Stamp | None:
    """None where no regular file is: what else may stand there is not read, and a pipe would never end."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _read(file: Path) -> dict[str, tuple[Stamp, str]]:
    """What is remembered; nothing if that cannot be read."""
    try:
        entries = json.loads(file.read_bytes())
        return {str(path): (_as_stamp(stamp), str(sha256)) for path, (stamp, sha256) in entries.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _as_stamp(value: list[int]) -> Stamp:
    size, mtime, ctime, inode = map(int, value)
    return size, mtime, ctime, inode
