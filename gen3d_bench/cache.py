"""Where this package keeps what it can make again.  Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "GEN3D_CACHE"
"""Environment variable by which a user chooses the folder."""


def cache_folder() -> Path:
    """$GEN3D_CACHE, else gen3d_bench in the user's cache folder."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gen3d_bench"
