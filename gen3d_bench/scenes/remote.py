"""Scenes that lie elsewhere, by the scheme of their address ("hf://...").

What fetches them is found by name, since this room knows no other, and imported when it is needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, cast

from gen3d_bench.scenes.errors import UnknownSceneError
from gen3d_bench.scenes.scene_set import SceneSet

SOURCES: Mapping[str, str] = MappingProxyType({"hf": "gen3d_bench.hf_assets.scenes"})
"""Scheme of an address -> module that fetches what it names."""


class Source(Protocol):
    """What a source's module offers."""

    def load_scene_set(self, address: str) -> SceneSet:
        """The scenes at an address, in their order."""
        ...

    def pin(self, address: str) -> str:
        """The address of what is at this address now, and stays there."""
        ...


def is_address(text: str) -> bool:
    """Whether a text names scenes that lie elsewhere.

    >>> is_address("hf://org/name"), is_address("H0/ood")
    (True, False)
    """
    return "://" in text


def source_of(address: str) -> Source:
    """What fetches the scenes at an address.  Raises UnknownSceneError for a scheme that nothing here knows."""
    scheme = address.partition("://")[0]
    if scheme not in SOURCES:
        known = ", ".join(f"{name}://" for name in SOURCES)
        hint = "; a pack on the Hub is hf://ORG/NAME" if scheme in ("http", "https") else ""
        raise UnknownSceneError(f"{address!r}: scenes are not fetched from {scheme}://; known: {known}{hint}")
    return cast(Source, importlib.import_module(SOURCES[scheme]))


def pin_addresses(specs: Iterable[str]) -> tuple[str, ...]:
    """Scene specs in which every address names what is there now, whatever happens there later."""
    return tuple(source_of(spec).pin(spec) if is_address(spec) else spec for spec in specs)
