"""Which asset generators exist, by name.  Imported only when an asset has to be made."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.schema import AssetInfo

GENERATORS: Mapping[str, str] = MappingProxyType({
    "procedural": "gen3d_bench.worldgen.procedural.generator",
    "bridge": "gen3d_bench.worldgen.bridge.original",
    "bridge-lookalike": "gen3d_bench.worldgen.bridge.lookalike",
})  # fmt: skip
"""Generator name, as scene files give it -> module that makes its assets."""


class Generator(Protocol):
    """What a generator module offers."""

    VERSION: int
    """Raised whenever the same prompt and seed would give other bytes."""

    def generate(self, prompt: str, seed: int, folder: Path) -> AssetInfo:
        """Writes `visual.glb` and, but for rooms, `collision.obj` into an empty folder: always the same bytes."""
        ...


def load_generator(name: str, generators: Mapping[str, str] = GENERATORS) -> Generator:
    """The module behind a generator's name.  Raises StoreError for an unknown name or a module that does not import."""
    if name not in generators:
        raise StoreError(f"unknown asset generator {name!r}; known generators: {', '.join(sorted(generators))}")
    try:
        return cast(Generator, importlib.import_module(generators[name]))
    except ImportError as error:
        raise StoreError(f"asset generator {name!r} cannot be imported: {error}; install what is missing") from error
