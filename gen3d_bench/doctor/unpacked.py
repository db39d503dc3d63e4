"""Where a software renderer lies that was unpacked without root, and how a process picks it up.

`gen3d doctor --fix` unpacks packages of the distribution into the cache of a user who may not install them.  The
dynamic loader knows nothing of that folder, and LD_LIBRARY_PATH only counts when a process starts.  So the libraries
are loaded by their full path, each after those it needs: once a library of that name is there, whoever asks for it by
its name gets it.

Standard library only.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from gen3d_bench.cache import cache_folder

LOADER_VARIABLES = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")
"""Set by people who choose a Vulkan driver themselves; their choice wins."""


@dataclass(frozen=True)
class UnpackedRenderer:
    """icd: the Vulkan driver manifest, or None if only libraries are there; libraries: in the order to load them."""

    icd: str | None
    libraries: tuple[str, ...]


def renderer_folder() -> Path:
    return cache_folder() / "lavapipe"


def find() -> UnpackedRenderer | None:
    """The unpacked renderer of this user, or None."""
    try:
        record = json.loads((renderer_folder() / "renderer.json").read_text())
        return UnpackedRenderer(record["icd"], tuple(record["libraries"]))
    except (OSError, ValueError, KeyError):
        return None


def save(renderer: UnpackedRenderer) -> None:
    target = renderer_folder() / "renderer.json"
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(renderer), indent=1))
    partial.replace(target)


def activate() -> None:
    """Make this process, and those it starts, use the unpacked renderer if there is one.  Before `import sapien`."""
    renderer = find()
    if renderer is None:
        return
    for library in renderer.libraries:
        ctypes.CDLL(library)
    if renderer.icd and not any(os.environ.get(name) for name in LOADER_VARIABLES):
        os.environ[LOADER_VARIABLES[0]] = renderer.icd


def users_choice() -> str | None:
    """The variable by which the user, and not `activate`, says which Vulkan driver to use; None if there is none."""
    renderer = find()
    ours = renderer.icd if renderer is not None else None
    return next((name for name in LOADER_VARIABLES if os.environ.get(name) not in (None, "", ours)), None)


def loading_order(libraries: list[Path]) -> list[Path]:
    """Those libraries that can be loaded, each after what it needs.  Loads them, so call it in a spare process."""
    order: list[Path] = []
    waiting = list(libraries)
    while waiting:
        loaded = [library for library in waiting if _loads(library)]
        if not loaded:
            break
        order += loaded
        waiting = [library for library in waiting if library not in loaded]
    return order


def _loads(library: Path) -> bool:
    try:
        ctypes.CDLL(str(library))
    except OSError:
        return False
    return True


if __name__ == "__main__":
    print(json.dumps([str(library) for library in loading_order([Path(name) for name in sys.argv[1:]])]))
