"""The gate in front of everything that draws: says at once, and in one message, why pictures cannot be made here.

Call `prepare_libraries()` before the first `import sapien` of a process, and `require_rendering()` before making a
render system.
"""

from __future__ import annotations

import ctypes
from functools import cache

from gen3d_bench.doctor import unpacked, vulkan

REMEDY = (
    "Run `gen3d doctor --fix` to get a software renderer (as root it installs Mesa's, otherwise it unpacks it into "
    'your cache), or use obs_mode="state", which draws nothing.'
)


class RenderingUnavailable(RuntimeError):  # noqa: N818 - says what is the case, as callers and users speak of it
    """No picture can be made on this machine; the message says why and what to do."""


@cache
def prepare_libraries() -> None:
    """Bring in libraries that were unpacked without root: SAPIEN needs libX11 even where it draws nothing."""
    if not has_library("libX11.so.6") or not vulkan.probe().ok:
        unpacked.activate()


def has_library(name: str) -> bool:
    """Whether the dynamic loader finds this library (and loads it, if so)."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


@cache
def rendering_problem() -> str | None:
    """Why SAPIEN cannot draw here, or None.  Some 30 ms, once per process."""
    prepare_libraries()
    if not has_library("libX11.so.6"):
        return "libX11.so.6, which SAPIEN links to, is not installed"
    return vulkan.probe().problem


def require_rendering() -> None:
    """Raises RenderingUnavailable where SAPIEN cannot draw."""
    problem = rendering_problem()
    if problem is not None:
        raise RenderingUnavailable(f"This machine cannot render: {problem}. {REMEDY}")
