"""Errors that come back however often one tries: they are about a scene or the machine, not about bad luck."""

from __future__ import annotations

import sys
from collections.abc import Iterator

LASTING = (
    ("gen3d_bench.doctor.rendering", "RenderingUnavailable"),
    ("gen3d_bench.envs.backend", "UnsettledError"),
    ("gen3d_bench.envs.layout", "LayoutError"),
    ("gen3d_bench.extras", "MissingExtra"),
    ("gen3d_bench.scenes.errors", "SceneError"),
    ("gen3d_bench.scenes.errors", "StoreError"),
    ("gen3d_bench.scenes.errors", "UnknownSceneError"),
)
"""Module and class."""


def lasting_errors() -> tuple[type[Exception], ...]:
    """Those whose modules are loaded: what is not loaded cannot have raised, and some take seconds to import."""
    return tuple(_loaded())


def _loaded() -> Iterator[type[Exception]]:
    for module, name in LASTING:
        if module in sys.modules:
            yield getattr(sys.modules[module], name)
