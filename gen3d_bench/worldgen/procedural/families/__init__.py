"""Every kind of thing that can be made, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gen3d_bench.worldgen.procedural.families import (
    books,
    bottles,
    boxes,
    cookware,
    cups,
    cutlery,
    desk,
    electronics,
    flat,
    garden,
    holders,
    household,
    plates,
    produce,
    stationery,
    upright,
)
from gen3d_bench.worldgen.procedural.family import Family

_MODULES = (
    produce,
    garden,
    plates,
    cups,
    bottles,
    cookware,
    holders,
    upright,
    boxes,
    cutlery,
    flat,
    stationery,
    desk,
    books,
    household,
    electronics,
)

FAMILIES: Mapping[str, Family] = MappingProxyType({f.name: f for module in _MODULES for f in module.FAMILIES})
"""Family name -> family."""

NOUNS: Mapping[str, str] = MappingProxyType({noun: f.name for f in FAMILIES.values() for noun in f.nouns})
"""Phrase that ends a prompt -> name of the family it means."""
