"""The gate in front of everything that draws: says at once, and in one message, why pictures cannot be made here.

Call `prepare_libraries()` before the first `import sapien` of a process, and `require_rendering()` before making a
render system.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache

from gen3d_bench.doctor import unpacked, vulkan

FIX = (
    "Run `gen3d doctor --fix` to get a software renderer (as root it installs Mesa's, otherwise it unpacks it into "
    "your cache)"
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
    return vulkan_problem()


def vulkan_problem() -> str | None:
    """Why no Vulkan device is fit, naming what the user has chosen if that decides it, or None."""
    problem, variable = vulkan.probe().problem, unpacked.users_choice()
    if problem is None or variable is None:
        return problem
    return f"{problem}, and {variable}={os.environ[variable]} has it look nowhere else"


def require_rendering() -> None:
    """Raises RenderingUnavailable where SAPIEN cannot draw."""
    problem = rendering_problem()
    if problem is not None:
        variable = unpacked.users_choice()
        remedy = FIX if variable is None else f"Unset {variable} or correct it"
        raise RenderingUnavailable(
            f'This machine cannot render: {problem}. {remedy}, or use obs_mode="state", which draws nothing.'
        )
