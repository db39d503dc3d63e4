"""Every kind of thing that can be made, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gen3d_bench.worldgen.families import cookware, cups, flat, garden, holders, plates, produce
from gen3d_bench.worldgen.family import Family

FAMILIES: Mapping[str, Family] = MappingProxyType({
    family.name: family for module in (produce, garden, plates, cups, cookware, holders, flat) for family in module.FAMILIES
})
"""Family name -> family."""

NOUNS: Mapping[str, str] = MappingProxyType({noun: f.name for f in FAMILIES.values() for noun in f.nouns})
"""Phrase that ends a prompt -> name of the family it means."""
