"""Where scenes happen: places as sentences name them, and descriptions of rooms and tables for places left open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen.designer.lexicon import DETERMINERS
from gen3d_bench.worldgen.designer.nounphrases import head_of
from gen3d_bench.worldgen.designer.text import Words
from gen3d_bench.worldgen.procedural.palette import COLORS, pick

TABLES: Mapping[str, str] = MappingProxyType({
    "table": "table", "desk": "desk", "countertop": "countertop", "workbench": "workbench", "counter": "countertop",
    "bench": "workbench", "tabletop": "table", "worktop": "countertop", "desktop": "desk",
})
"""Words for what things stand on -> the word that tables are made from."""

_BUILT = ("kitchen", "office", "bedroom", "studio", "classroom", "workshop", "garage", "library", "laboratory", "lab",
          "lounge", "cafe", "restaurant", "nursery")
ROOMS: Mapping[str, str] = MappingProxyType({
    **{noun: noun for noun in _BUILT}, "study": "study room", "school": "classroom",
})
"""Words for rooms -> what rooms are made from; "room" itself takes the word before it."""

NEAREST_ROOMS: Mapping[str, str] = MappingProxyType({
    "bathroom": "laboratory", "basement": "workshop", "cellar": "workshop", "hallway": "living room",
    "attic": "workshop", "shed": "workshop", "den": "living room", "corridor": "living room",
    "canteen": "restaurant", "diner": "restaurant", "bar": "cafe", "playroom": "nursery", "home": "living room",
    "house": "living room", "apartment": "living room", "hospital": "laboratory", "clinic": "laboratory",
    "bakery": "kitchen", "pantry": "kitchen", "kindergarten": "nursery", "factory": "workshop", "shop": "library",
    "store": "library", "hall": "dining room", "museum": "library", "hotel": "bedroom",
})  # fmt: skip
"""Rooms that are not made -> the nearest that is."""
_MOST_WORDS = 8
"""Longer phrases are no names of places."""
_NAMED_ROOMS = frozenset({"living", "dining", "class", "bed", "study", "school"})
_ROOM_OF_TABLE: Mapping[str, str] = MappingProxyType({
    "kitchen": "kitchen", "dining": "dining room", "dinner": "dining room", "office": "office", "coffee": "living room",
    "lab": "laboratory", "laboratory": "laboratory", "classroom": "classroom", "school": "classroom",
    "workshop": "workshop", "bedroom": "bedroom", "cafe": "cafe", "library": "library",
})  # fmt: skip


@dataclass(frozen=True)
class Place:
    """table, room: what the sentence says of them, as prompts ("wooden table", "kitchen"), or None.

    note: why it is another room than the one said.
    """

    table: str | None = None
    room: str | None = None
    note: str | None = None

    def joined(self, other: Place) -> Place:
        return Place(self.table or other.table, self.room or other.room, self.note or other.note)


def place(words: Words) -> Place | None:
    """The place that a noun phrase names, or None if it names none.

    >>> place(("kitchen", "table"))
    Place(table='kitchen table', room='kitchen', note=None)
    """
    said = tuple(w for w in words if w not in DETERMINERS and w != ",")
    head = head_of(said)
    if not head or len(said) > _MOST_WORDS:
        return None
    noun, before = head[-1], head[:-1]
    if noun in TABLES:
        room = next((_ROOM_OF_TABLE[w] for w in before if w in _ROOM_OF_TABLE), None)
        kept = " ".join((*before, TABLES[noun], *said[len(head) :]))
        return Place(table=kept, room=room)
    if noun == "room" and before and before[-1] in NEAREST_ROOMS:
        noun, before = before[-1], before[:-1]
    if noun == "room" and (not before or before[-1] in _NAMED_ROOMS or before[-1] in COLORS):
        return Place(room=" ".join(said))
    if noun in ROOMS:
        return Place(room=" ".join((*before, ROOMS[noun], *said[len(head) :])))
    if noun in NEAREST_ROOMS:
        near = NEAREST_ROOMS[noun]
        return Place(room=" ".join((*before, near)), note=f"no room generator makes a {noun}; a {near} is the nearest")
    return None


_ROOM_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "kitchen": ("kitchen",), "dining": ("dining room", "restaurant", "cafe"), "living": ("living room", "lounge"),
    "office": ("office", "study room"), "bedroom": ("bedroom",), "workshop": ("workshop", "garage"),
    "classroom": ("classroom",), "laboratory": ("laboratory", "lab"), "library": ("library",), "nursery": ("nursery",),
})  # fmt: skip
"""Kinds of `procedural.rooms` -> what they are called."""
_WALLS = ("white", "cream", "beige", "pale green", "pale blue", "light gray", "yellow", "pale pink", "olive", "teal",
          "tan", "light brown", "pale yellow", "gray", "pale purple", "turquoise")

_WOODS = ("oak", "walnut", "bamboo", "pine", "cherrywood", "birch", "mahogany", "teak",
          "dark wooden", "light wooden")
_STONES = ("white marble", "black marble", "gray granite", "beige granite", "terrazzo", "gray slate", "green marble")
_PAINTED = ("white painted", "green painted", "blue painted", "gray painted", "yellow painted")
_LAMINATES = ("white laminate", "gray laminate", "beige laminate", "teal laminate", "black laminate")
_CLOTHED = ("blue tablecloth", "red tablecloth", "green tablecloth", "beige tablecloth", "yellow tablecloth")
_TABLES: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType({
    "kitchen": ((*_WOODS, *_STONES, *_PAINTED, "white tiled", "blue tiled", "steel", "butcher block"), "table"),
    "dining": ((*_WOODS, "oak parquet", *_CLOTHED, *_PAINTED, "white marble", "beige granite"), "table"),
    "living": ((*_WOODS, "oak parquet", *_CLOTHED, *_PAINTED, "terrazzo"), "table"),
    "office": ((*_WOODS, *_LAMINATES, "cork", "white painted"), "desk"),
    "bedroom": ((*_WOODS, *_PAINTED, "white laminate"), "table"),
    "workshop": ((*_WOODS, "steel", "cork", "gray painted", "green painted"), "workbench"),
    "classroom": ((*_WOODS, *_LAMINATES, "cork"), "desk"),
    "laboratory": ((*_STONES, *_LAMINATES, "steel", "white tiled"), "table"),
    "library": ((*_WOODS, "gray slate", "cork", "green painted"), "table"),
    "nursery": ((*_WOODS, *_PAINTED, *_LAMINATES), "table"),
})  # fmt: skip
"""Kind of room -> what its tables are made of, and what else than a table they may be called."""


_ROOMS_OF_TABLE: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "desk": ("office", "office", "classroom", "library", "bedroom"), "countertop": ("kitchen",),
    "workbench": ("workshop",),
})  # fmt: skip
"""Words for what things stand on -> kinds of rooms where it stands."""


def rooms_with(table: str, kinds: Sequence[str]) -> Sequence[str]:
    """Those of the kinds of rooms where a table of this name stands, or else the kinds where it does."""
    usual = next((rooms for word, rooms in _ROOMS_OF_TABLE.items() if word in table.split()), tuple(kinds))
    return [kind for kind in kinds if kind in usual] or usual


def kind_of(room: str) -> str | None:
    """Kind of `procedural.rooms` that a description names, or None."""
    said = room.split()
    return next((kind for kind, names in _ROOM_WORDS.items() for name in names if name.split()[0] in said), None)


def invented_room(kinds: Sequence[str], rng: np.random.Generator) -> str:
    """Description of a room of one of the kinds: "kitchen with pale green walls"."""
    return decorated_room(pick(rng, _ROOM_WORDS[pick(rng, kinds)]), rng)


def decorated_room(name: str, rng: np.random.Generator) -> str:
    """The room with its walls in some colour, unless its name says a colour."""
    walls = pick(rng, _WALLS)
    return name if set(name.split()) & set(COLORS) or " with " in name else f"{name} with {walls} walls"


def invented_table(room: str, taken: Collection[str], rng: np.random.Generator) -> str:
    """Description of a table for a room, in none of the `taken` colours if possible: "white marble table"."""
    looks, noun = _TABLES[kind_of(room) or "living"]
    free = [look for look in looks if not set(look.split()) & set(taken)] or list(looks)
    look = pick(rng, free)
    return f"{look} {noun if rng.random() < 0.5 else 'table'}"


def furnished_table(named: str, room: str, taken: Collection[str], rng: np.random.Generator) -> str:
    """The table that a sentence names, with a look if it gives none: "desk" -> "walnut desk"."""
    words = named.split()
    if len(words) > 1 and not set(words[:-1]) <= set(_ROOM_OF_TABLE):
        return named
    looks, _ = _TABLES[kind_of(room) or "living"]
    free = [look for look in looks if not set(look.split()) & set(taken)] or list(looks)
    return f"{pick(rng, free)} {named}"
