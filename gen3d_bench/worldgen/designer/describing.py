"""One-line descriptions: every word of a name is kept, and what it leaves open is filled in plausibly."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from gen3d_bench.worldgen.designer.colors import base_color
from gen3d_bench.worldgen.designer.looks import Look, Skin, look_of
from gen3d_bench.worldgen.designer.naming import SLOTS, Name
from gen3d_bench.worldgen.procedural.palette import pick
from gen3d_bench.worldgen.procedural.vocabulary import FINISH_WORDS, MATERIAL_WORDS

_FINISH_CHANCE = 0.75
_QUALITY_CHANCE = 0.5
_DETAIL_CHANCE = 0.45
_OPEN = ("", ())


def described(name: Name, avoid: Collection[str], rng: np.random.Generator, *, details: bool = True) -> str:
    """One line that says what the thing looks like: "red cup" -> "glossy red ceramic cup with a round handle".

    avoid: colour words that others have already; kept off as long as the family comes in other colours.
    details: whether parts may be spoken of that the name does not say.
    """
    look = look_of(name.family)
    slots = {slot: list(name.slots[slot]) for slot in SLOTS}
    material, colors = _skin(name, look, avoid, rng)
    if material:
        slots["material"].insert(0, material)
    if colors:
        free = [c for c in colors if base_color(c) not in avoid] or list(colors)
        slots["color"].append(pick(rng, free))
    added, finished = bool(material or colors), bool(name.words & FINISH_WORDS.keys())
    finishes = [f for f in look.finishes if f != "clear" or not slots["color"]] if not finished else []
    if finishes and (rng.random() < _FINISH_CHANCE or not added):
        slots["finish"].append(pick(rng, finishes))
    qualities = [q for q in look.qualities if q != "ripe" or not slots["color"] or slots["color"] == [*look.colors[:1]]]
    if qualities and not slots["quality"] and rng.random() < _QUALITY_CHANCE:
        slots["quality"].append(pick(rng, qualities))
    behind = list(name.behind)
    if details and not behind and look.details and rng.random() < _DETAIL_CHANCE:
        main = {base_color(w) for w in slots["color"]}
        fitting = [d for d in look.details if not main & set(d.split())]
        colored = bool(slots["color"]) or not any(base_color(d) for d in fitting)
        behind = pick(rng, fitting).split() if fitting and colored else []
    return " ".join((*(w for slot in SLOTS for w in slots[slot]), name.noun, *behind))


def _skin(name: Name, look: Look, avoid: Collection[str], rng: np.random.Generator) -> Skin:
    """What the name leaves open of material and colour: either may be empty."""
    spec = name.spec
    if name.borrowed:  # what its family is made of need not be what it is made of
        return "", _palette(look, avoid) if spec.color is None and spec.material is None else ()
    if spec.color is not None and (spec.material is not None or spec.pattern is not None):
        return _OPEN
    if spec.color is not None:  # it may be that of a metal or wood: only materials that take colours fit
        painted = bool(name.slots["color"])
        material, _ = _fitting(name, [skin for skin in look.skins if skin[0] and skin[1] and painted], rng)
        return material, ()
    if spec.material is not None:
        same = [colors for material, colors in look.skins if _kind(material) == spec.material]
        return ("", pick(rng, same)) if same and spec.pattern is None else _OPEN
    free = [s for s in look.skins if not s[1] or any(base_color(c) not in avoid for c in s[1])]
    return _fitting(name, free or list(look.skins), rng)


def _fitting(name: Name, skins: list[Skin], rng: np.random.Generator) -> Skin:
    """One of the skins whose material leaves the noun its meaning."""
    for k in rng.permutation(len(skins)):
        material, colors = skins[int(k)]
        if not material or name.takes(material):
            return material, colors
    return _OPEN


def _palette(look: Look, avoid: Collection[str]) -> tuple[str, ...]:
    return tuple(c for c in look.colors if base_color(c) not in avoid)


def _kind(material: str) -> str | None:
    return next((MATERIAL_WORDS[w] for w in material.split() if w in MATERIAL_WORDS), None)
