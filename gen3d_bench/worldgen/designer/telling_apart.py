"""Names that tell things of one kind apart: a colour, material or size where an instruction would fit two of them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from gen3d_bench.worldgen.designer.colors import base_color, hues, unlike
from gen3d_bench.worldgen.designer.looks import look_of
from gen3d_bench.worldgen.designer.naming import Name
from gen3d_bench.worldgen.designer.text import Refusal, shown
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.vocabulary import MATERIAL_WORDS, SIZES

_LARGE = tuple(word for word, factor in SIZES.items() if factor > 1.0)


def means_too(name: Name, other: Name) -> bool:
    """Whether someone who says `name` could mean `other`: the same kind of thing, of which no word is wrong.

    >>> from gen3d_bench.worldgen.designer.naming import understood
    >>> means_too(understood("cup"), understood("red cup")), means_too(understood("blue cup"), understood("red cup"))
    (True, False)
    """
    return name.family == other.family and name.words <= other.words


def distinguished(name: Name, others: Collection[Name], rng: np.random.Generator) -> Name:
    """The name with a colour, material or size that none of the others has.  Raises Refusal if there is none left."""
    look = look_of(name.family)
    said = frozenset().union(*(other.words for other in others))
    if name.color is None:
        colors = _free_colors(name, others)
        if colors:
            return name.colored(colors[int(rng.integers(len(colors)))])
    materials = [m for m in look.materials if not set(m.split()) & said and name.takes(m)]
    if not _materials(name) and materials:
        return name.with_slot("material", materials[int(rng.integers(len(materials)))])
    if not name.slots["size"]:
        sizes = [size for size in ("small", "large") if size not in said]
        if sizes:
            return name.with_slot("size", sizes[int(rng.integers(len(sizes)))])
    raise Refusal(f"nothing tells {shown(str(name))} from {' and '.join(shown(str(other)) for other in others)}: give "
                  "them different colours")


def look_alike(name: Name, others: Collection[Name], rng: np.random.Generator) -> tuple[Name, Name]:
    """(the name, changed if it must be; the name of a thing of the same kind that looks otherwise).

    others: of the same kind, which neither may be taken for.  Raises Refusal if no word tells them apart.
    """
    if name.behind:
        return name, distinguished(name.bare(), (name, *others), rng)
    if name.slots["color"]:
        colors = _free_colors(name, (name, *others))
        if colors:
            return name, name.with_slot("color", colors[int(rng.integers(len(colors)))])
    if _materials(name) and name.slots["material"]:
        kinds = frozenset().union(_materials(name), *map(_materials, others))
        free = [m for m in look_of(name.family).materials
                if name.takes(m) and not {MATERIAL_WORDS.get(w) for w in m.split()} & kinds]
        if free:
            return name, name.with_slot("material", free[int(rng.integers(len(free)))])
    if name.slots["size"]:
        large = bool(set(name.slots["size"]) & set(_LARGE))
        other = name.with_slot("size", "small" if large else "large")
        if not any(means_too(o, other) or means_too(other, o) for o in others):
            return name, other
    changed = distinguished(name, others, rng)
    return look_alike(changed, others, rng) if changed.before != name.before else (changed, name)


def _free_colors(name: Name, others: Collection[Name]) -> list[str]:
    """Colours of one word that the thing comes in and that cannot be taken for those of others."""
    taken = hues(w for other in others for w in other.words if w in COLORS and w != other.noun)
    colors = [c for c in look_of(name.family).colors if base_color(c) == c]
    clear = [c for c in colors if unlike(c, taken)]
    return clear or [c for c in colors if not hues((c,)) & taken]


def _materials(name: Name) -> frozenset[str]:
    """Materials that the name says, its noun too ("plastic bin")."""
    return frozenset(MATERIAL_WORDS[w] for w in name.words if w in MATERIAL_WORDS)
