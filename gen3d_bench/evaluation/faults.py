"""Errors: which ones come back however often one tries, and where they come from for those who ask."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable

LASTING = (
    ("gen3d_bench.doctor.rendering", "RenderingUnavailable"),
    ("gen3d_bench.envs.backend", "UnsettledError"),
    ("gen3d_bench.envs.layout", "LayoutError"),
    ("gen3d_bench.extras", "MissingExtra"),
    ("gen3d_bench.hf_assets.errors", "PackError"),
    ("gen3d_bench.scenes.errors", "SceneError"),
    ("gen3d_bench.scenes.errors", "StoreError"),
    ("gen3d_bench.scenes.errors", "UnknownSceneError"),
)
"""Module and class of errors that are about a scene or the machine, not about bad luck."""
TRACEBACK = "GEN3D_TRACEBACK"
"""Environment variable that, set to anything, has tracebacks shown."""


def lasting_errors() -> tuple[type[Exception], ...]:
    return loaded_errors(LASTING)


def loaded_errors(named: Iterable[tuple[str, str]]) -> tuple[type[Exception], ...]:
    """Those of the (module, class) pairs whose modules are loaded: what is not loaded cannot have raised, and some take
    seconds to import."""
    return tuple(getattr(sys.modules[module], name) for module, name in named if module in sys.modules)


def wants_tracebacks() -> bool:
    return bool(os.environ.get(TRACEBACK))


def say_more_if_asked() -> None:
    """Have this package log its debugging messages, tracebacks among them, if the environment asks for them."""
    if wants_tracebacks():
        logging.basicConfig(format="%(message)s")
        logging.getLogger("gen3d_bench").setLevel(logging.DEBUG)
