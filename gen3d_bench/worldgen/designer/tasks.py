"""Random tasks for bulk generation: sensible things in sensible places, said in many ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen.designer.colors import base_color, unlike
from gen3d_bench.worldgen.designer.company import LIKES, SORTS
from gen3d_bench.worldgen.designer.goals import holds, relation_to
from gen3d_bench.worldgen.designer.looks import look_of
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.kinship import resolve
from gen3d_bench.worldgen.procedural.palette import pick

_ANY = (
    "put the {source} {where} the {target}", "put the {source} {where} the {target}",
    "place the {source} {where} the {target}", "move the {source} {into} the {target}",
    "pick up the {source} and place it {where} the {target}", "pick up the {source} and put it {where} the {target}",
    "take the {source} and put it {where} the {target}", "set the {source} down {where} the {target}",
    "transfer the {source} to the {target}", "grab the {source} and place it {where} the {target}",
    "please put the {source} {where} the {target}", "can you put the {source} {where} the {target}?",
    "bring the {source} to the {target}", "lift the {source} and set it {where} the {target}",
)  # fmt: skip
_ONLY: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "IN": ("drop the {source} into the {target}", "put the {source} inside the {target}",
           "insert the {source} into the {target}"),
    "ON": ("lay the {source} on the {target}", "put the {source} on top of the {target}",
           "slide the {source} onto the {target}"),
})  # fmt: skip
_STACKING = ("stack the {source} on the {target}", "put the {source} on top of the {target}",
             "place the {source} on the {target}")  # fmt: skip
_ODD_NOUNS = frozenset({
    "rubber", "glue", "lego", "shaker", "turner", "remote", "tub", "bottle", "pan", "cloth", "basin", "sink",
    "bread board", "checkerboard", "crate", "tote", "carton",
})  # fmt: skip
"""Nouns that alone could mean another thing, or mean an odd one of its family."""

_COLOR_CHANCE, _MATERIAL_CHANCE, _OTHER_NOUN_CHANCE = 0.35, 0.12, 0.25


def random_task(rng: np.random.Generator) -> Task:
    """A command about things that people put together: "pick up the red mug and ..."; every one can be designed."""
    target = pick(rng, tuple(LIKES))
    source = pick(rng, sources_for(target))
    relation = relation_to(target)
    taken: list[str] = []
    target_name = _name(target, taken, rng, distinct=source == target)
    source_name = _name(source, taken, rng, distinct=source == target)
    templates: Sequence[str] = _STACKING if source == target else (*_ANY, *_ONLY[relation or "ON"])
    where, into = ("in", "into") if relation == "IN" else ("on", "onto")
    sentence = pick(rng, templates).format(source=source_name, target=target_name, where=where, into=into)
    return Task(sentence)


def sources_for(target: str) -> tuple[str, ...]:
    """Families that are usually put on or in one, likelier ones repeated."""
    families = (family for sort in LIKES.get(target, ()) for family in SORTS[sort])
    return tuple(f for f in families if FAMILIES[f].graspable and holds(target, f))


def _name(family: str, taken: list[str], rng: np.random.Generator, *, distinct: bool) -> str:
    """A noun of the family, sometimes with a colour unlike those taken, or with a material.

    distinct: it must have a colour.  Adds the colour to `taken`.
    """
    nouns = [noun for noun in FAMILIES[family].nouns if noun not in _ODD_NOUNS]
    noun = pick(rng, nouns) if rng.random() < _OTHER_NOUN_CHANCE else nouns[0]
    look = look_of(family)
    colors = [c for c in look.colors if base_color(c) == c and unlike(c, taken)]
    drawn = rng.random()
    if colors and (distinct or drawn < _COLOR_CHANCE):
        color = pick(rng, colors)
        taken.append(color)
        return f"{color} {noun}"
    materials = [m for m in look.materials if resolve(f"{m} {noun}").note is None and m not in noun]
    if materials and drawn > 1.0 - _MATERIAL_CHANCE:
        return f"{pick(rng, materials)} {noun}"
    return noun
