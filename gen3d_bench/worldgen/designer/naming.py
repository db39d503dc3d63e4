"""What a name means to the asset generator: its shape family, its noun, and the words that describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from gen3d_bench.worldgen.designer.graph import MAX_NAME_WORDS
from gen3d_bench.worldgen.designer.lexicon import CATEGORIES, FURNITURE, PARTICLES, PUT, QUANTITIES, TAKE
from gen3d_bench.worldgen.designer.text import Refusal, shown
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.kin import KIN
from gen3d_bench.worldgen.procedural.kinship import resolve, specification
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.prompts import UnknownObjectError, tokens
from gen3d_bench.worldgen.procedural.spec import Spec
from gen3d_bench.worldgen.procedural.vocabulary import (
    FINISH_WORDS,
    MATERIAL_WORDS,
    NEUTRAL,
    PATTERN_WORDS,
    PLACED,
    SHADES,
    SHAPES,
    SIZES,
    VIVID,
    WITH,
)

SLOTS = ("size", "quality", "finish", "shape", "color", "pattern", "material", "kind")
"""Order of describing words before an English noun."""
_PURPOSES = frozenset(["kitchen", "table", "desk", "office", "home", "household", "coffee", "school"])


def slot_of(word: str) -> str:
    """Which of SLOTS a describing word belongs to."""
    tables: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("size", SIZES), ("color", COLORS), ("color", SHADES), ("material", MATERIAL_WORDS),
        ("finish", FINISH_WORDS), ("pattern", PATTERN_WORDS), ("shape", SHAPES),
    )  # fmt: skip
    found = next((slot for slot, words in tables if word in words), None)
    if found is None and word in VIVID:
        return "color"
    return found or ("quality" if word in NEUTRAL - _PURPOSES else "kind")


@dataclass(frozen=True)
class Name:
    """A name, understood: words `before` its `noun` and `behind` it, as people write them.

    family: key of the shape family.  note: what a reader should know of how it is made, or None.
    said: the name as it shall be written, if not put together from its words.
    """

    before: tuple[str, ...]
    noun: str
    behind: tuple[str, ...]
    family: str
    note: str | None = None
    said: str | None = None

    def __str__(self) -> str:
        return self.said or " ".join((*self.before, self.noun, *self.behind))

    @cached_property
    def spec(self) -> Spec:
        return specification(str(self))

    @cached_property
    def slots(self) -> Mapping[str, tuple[str, ...]]:
        """Words before the noun by slot; "and" goes with the word before it ("black and white")."""
        found: dict[str, list[str]] = {slot: [] for slot in SLOTS}
        slot = "kind"
        for word in self.before:
            slot = slot if word == "and" else slot_of(word.split("-")[-1])
            found[slot].append(word)
        return MappingProxyType({slot: tuple(words) for slot, words in found.items()})

    @property
    def borrowed(self) -> bool:
        """Whether the noun is that of a thing that no family makes, only something like it."""
        return " ".join(tokens(self.noun)) in KIN

    @property
    def words(self) -> frozenset[str]:
        """Every word but articles, singular."""
        return frozenset(tokens(str(self)))

    @property
    def color(self) -> str | None:
        """The first colour word said of the thing, as in COLORS, or None.  An orange is no colour."""
        said = tokens(" ".join((*self.before, *self.behind)))
        return next((w for w in said if w in COLORS), None)

    def takes(self, word: str) -> bool:
        """Whether the noun still means the same with a word before it: a box does, but a "plastic box" is a bin."""
        return resolve(f"{word} {self.noun}").family == self.family

    def colored(self, color: str) -> Name:
        """The same with a colour before its noun: after sizes and shapes, before the material.  Raises Refusal if the
        name gets too long."""
        late = {"pattern", "material", "kind"}
        at = next((i for i, w in enumerate(self.before) if slot_of(w) in late), len(self.before))
        return _checked(replace(self, before=(*self.before[:at], color, *self.before[at:])))

    def with_slot(self, slot: str, word: str) -> Name:
        """The same with its words of one slot replaced by one."""
        kept = [w for w in self.before if w not in self.slots[slot]]
        rank = SLOTS.index(slot)
        at = next((i for i, w in enumerate(kept) if SLOTS.index(slot_of(w)) > rank), len(kept))
        return _checked(replace(self, before=(*kept[:at], word, *kept[at:])))

    def bare(self) -> Name:
        """The noun alone."""
        return replace(self, before=(), behind=())


def understood(name: str) -> Name:
    """A name in words of the generator.  Raises Refusal, with near names, for what no shape family makes."""
    large = next((w for w in tokens(name)[-1:] if w in FURNITURE), None)
    if large is not None:
        raise Refusal(f"the {large} does not stand on the table: source and target both do")
    try:
        resolution = resolve(name)
    except UnknownObjectError as error:
        raise Refusal(_unknown(name, str(error))) from error
    if resolution.family not in FAMILIES:
        raise Refusal(f"the {name} is part of the surroundings: everything stands on the table already")
    said = resolution.reading
    for words in (said.split(), said.replace("-", " ").split(), list(tokens(said))):
        found = _split(words, resolution.noun)
        if found is not None:
            odd = next((w for w in (*found[0], *found[2][-1:]) if _is_odd(w)), None)
            if odd is not None:
                raise Refusal(f"{shown(odd)} in {shown(name)} describes nothing: name the thing, as in 'the red cup'")
            return Name(*found, resolution.family, resolution.note)
    raise Refusal(f"{shown(name)} is not understood as one thing: name it, as in 'the red cup'")


def _is_odd(word: str) -> bool:
    """Whether a word beside a noun says nothing of the thing, but belongs to another part of a sentence."""
    links = (WITH | PLACED) - {"of"}
    return word in links or (word in PUT | TAKE | PARTICLES | QUANTITIES and slot_of(word) == "kind")


def _checked(name: Name) -> Name:
    """The name, if it is short enough and still means the same.  Raises Refusal."""
    if len(str(name).split()) > MAX_NAME_WORDS:
        raise Refusal(f"{shown(str(name))} is too long for a name, which has at most {MAX_NAME_WORDS} words")
    if resolve(str(name)).family != name.family:
        raise Refusal(f"{shown(str(name))} would be another thing")
    return name


def _unknown(name: str, complaint: str) -> str:
    said = tokens(name)
    examples = CATEGORIES.get(said[-1] if said else "")
    if examples:
        return f"{shown(said[-1])} names many kinds of things: say which, such as {' or '.join(map(repr, examples))}"
    return complaint.partition("; known:")[0] + ("" if "nearest" in complaint else ", nor anything like it")


def _split(words: list[str], noun: str) -> tuple[tuple[str, ...], str, tuple[str, ...]] | None:
    """Words before, of, and behind the noun, as written: "ping-pong ball" for the noun "ping pong ball"; or None if it
    does not begin and end with words."""
    for start in range(len(words)):
        for stop in range(start + 1, len(words) + 1):
            if " ".join(tokens(" ".join(words[start:stop]))) == noun and tokens(words[start]):
                return tuple(words[:start]), " ".join(words[start:stop]), tuple(words[stop:])
    return None
