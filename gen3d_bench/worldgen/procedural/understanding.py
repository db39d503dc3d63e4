"""Which words of a description an asset lives up to, and which it does not: nothing is ignored in silence."""

from __future__ import annotations

from dataclasses import dataclass

from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.kinship import specification
from gen3d_bench.worldgen.procedural.palette import COLORS, TIMBERS, TINGES
from gen3d_bench.worldgen.procedural.prompts import PLACES, tokens
from gen3d_bench.worldgen.procedural.proportions import takes_shape
from gen3d_bench.worldgen.procedural.roomlooks import FLOOR_WORDS, FLOORS, FURNISHED, WALL_WORDS
from gen3d_bench.worldgen.procedural.rooms import KINDS, PIECES, SYNONYMS
from gen3d_bench.worldgen.procedural.spec import Part, Spec
from gen3d_bench.worldgen.procedural.style import NATURAL, RIM_WORDS
from gen3d_bench.worldgen.procedural.tablelooks import CLOTH_PATTERNS, LOOKS_BY_WORD, TABLE_PARTS
from gen3d_bench.worldgen.procedural.tables import LEG_STYLES
from gen3d_bench.worldgen.procedural.tables import SHAPES as TABLE_SHAPES
from gen3d_bench.worldgen.procedural.vocabulary import (
    FINISH_WORDS,
    MATERIAL_WORDS,
    NEUTRAL,
    PATTERN_WORDS,
    SHADES,
    SHAPES,
    SIZES,
    VIVID,
)

_ROOM_WORDS = frozenset({*KINDS, *SYNONYMS, *WALL_WORDS, "bright", "light", "sunny", "airy", "dark", "dim", "moody"})
_TABLE_WORDS = frozenset({*LOOKS_BY_WORD, *LEG_STYLES, *TIMBERS, "dining", "coffee", "side", "work", "writing"})


@dataclass(frozen=True)
class Understood:
    """Words and phrases of a description, in order: honoured ones can be seen in the asset, ignored ones cannot."""

    honoured: tuple[str, ...]
    ignored: tuple[str, ...]


def understood(prompt: str) -> Understood:
    """What of a description the asset made for it lives up to.  Raises UnknownObjectError."""
    spec = specification(prompt)
    if spec.family == "room":
        return _of_room(spec)
    if spec.family == "table":
        return _of_table(spec)
    family = FAMILIES[spec.family]
    ignored = [*spec.unknown, *(w for w in sorted(spec.words) if w in SHAPES and not _takes(family, SHAPES[w]))]
    parts = [(part, _part_ignored(part, family)) for part in spec.parts]
    return _sorted_out(spec, [*ignored, *(phrase for _, phrase in parts if phrase)])


def _takes(family: Family, shape: str) -> bool:
    return shape in family.own or takes_shape(family.name, shape)


def _part_ignored(part: Part, family: Family) -> str | None:
    """What is not lived up to of what is said of a part, or None."""
    known = family.parts.get(part.name)
    if known is None:
        shown = part.name in RIM_WORDS and part.color is not None and family.name not in NATURAL
        known = frozenset() if shown else None
    if known is None:
        return " ".join((*sorted(part.words), part.name))
    painted = part.name in family.painted or part.name in RIM_WORDS
    usual = {*known, *NEUTRAL, *SHADES, *(MATERIAL_WORDS if painted else ())}
    missed = sorted(part.words - usual)
    if part.color is not None and not painted and all(COLORS.get(w) != part.color for w in known):
        missed.append(next((name for name, rgb in COLORS.items() if rgb == part.color), "color of"))
    return " ".join((*missed, part.name)) if missed else None


def _of_room(spec: Spec) -> Understood:
    things = {*PIECES, *FLOORS, *(thing for things in FURNISHED.values() for thing in things)}
    ignored = [w for w in spec.unknown if w not in _ROOM_WORDS]
    ignored += [w for w in sorted(spec.words) if w in {*SHAPES, *SIZES, *FINISH_WORDS} and w not in _ROOM_WORDS]
    for part in spec.parts:
        known = {*FLOOR_WORDS, *MATERIAL_WORDS, *NEUTRAL, *SHADES}
        missed = sorted(part.words - known) if part.name in things else [*sorted(part.words)]
        if missed or part.name not in things:
            ignored.append(" ".join((*missed, part.name)))
    return _sorted_out(spec, ignored)


def _of_table(spec: Spec) -> Understood:
    clothed = {"tablecloth", "cloth"} & {*spec.words, *(part.name for part in spec.parts)}
    dyed = frozenset(CLOTH_PATTERNS) if clothed else frozenset()
    ignored = [w for w in spec.unknown if w not in _TABLE_WORDS]
    ignored += [w for w in sorted(spec.words) if w in SHAPES and SHAPES[w] not in {*TABLE_SHAPES, "thick"}]
    patterns = {w for w in spec.words if PATTERN_WORDS.get(w, "plain") != "plain"}
    ignored += [w for w in sorted(spec.words) if w in SIZES or w in patterns - dyed]
    for part in spec.parts:
        missed = sorted(part.words - {*_TABLE_WORDS, *MATERIAL_WORDS, *NEUTRAL, *SHADES} - dyed)
        if part.name not in TABLE_PARTS or missed:
            ignored.append(" ".join((*missed, part.name)))
    return _sorted_out(spec, ignored)


def _sorted_out(spec: Spec, ignored: list[str]) -> Understood:
    """The words that ask for something, without those of ignored phrases."""
    missed = {word for phrase in ignored for word in phrase.split()}
    asking = {*COLORS, *TINGES, *SHADES, *VIVID, *MATERIAL_WORDS, *FINISH_WORDS, *PATTERN_WORDS, *SIZES, *SHAPES,
              *(part.name for part in spec.parts)}  # fmt: skip
    if spec.family in PLACES.values():
        asking |= _ROOM_WORDS | _TABLE_WORDS
    said = tokens(spec.prompt)
    return Understood(tuple(dict.fromkeys(w for w in said if w in asking - missed)), tuple(dict.fromkeys(ignored)))
