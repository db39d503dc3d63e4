"""Rooms around the table: floor, walls, furniture along two walls, things on the floor, chairs at the table.

Frame: origin at the centre of the floor, below the centre of the table.  The camera looks down towards +x and +y, so
the furniture stands along those walls; the space over the table and the robot stays free (`CLEAR_X_M`, `CLEAR_Y_M`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen.procedural.furniture import RoomLook, Surfaces
from gen3d_bench.worldgen.procedural.geometry import rotation
from gen3d_bench.worldgen.procedural.model import ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import pick
from gen3d_bench.worldgen.procedural.prompts import tokens
from gen3d_bench.worldgen.procedural.roomlooks import FLOOR_TILE_M, WALL_TILE_M, room_look
from gen3d_bench.worldgen.procedural.roompieces import FREE_PIECES, WALL_PIECES, WallPiece
from gen3d_bench.worldgen.procedural.solids import merged, slab, span
from gen3d_bench.worldgen.procedural.spec import Spec

CLEAR_X_M = 1.12
CLEAR_Y_M = 1.22
"""Half-sizes of the space around the table that furniture keeps out of (chairs below the table's top may enter)."""
BACK_M = 2.2
"""Where the walls behind the robot and to its right stand."""
WALL_HEIGHT_M = 2.5


@dataclass(frozen=True)
class _Kind:
    """What stands in one kind of room: names of pieces along the walls, on the floor, and of chairs at the table."""

    along: tuple[str, ...]
    around: tuple[str, ...]
    chairs: tuple[str, ...] = ("chair",)


KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "kitchen": _Kind(
            ("counter", "counter", "counter drawers", "oven", "fridge", "washer", "door"),
            ("bin", "stool", "plant", "rug", "crate"),
            ("chair", "stool"),
        ),
        "living": _Kind(
            ("sofa", "sofa", "armchair", "books", "sideboard", "curtain", "radiator"),
            ("plant", "low table", "rug", "rug", "ball"),
        ),
        "dining": _Kind(
            ("sideboard", "books", "curtain", "radiator", "dresser", "door"), ("plant", "rug", "chair", "stool")
        ),
        "office": _Kind(
            ("desk", "filing", "books", "books", "radiator", "door"),
            ("office chair", "bin", "plant", "carton", "rug"),
            ("office chair", "chair"),
        ),
        "bedroom": _Kind(
            ("bed", "dresser", "wardrobe", "curtain", "nightstand", "armchair"),
            ("rug", "rug", "plant", "ball", "stool"),
        ),
        "workshop": _Kind(
            ("tool chest", "bench", "filing", "bench", "wardrobe", "door"),
            ("carton", "crate", "drum", "bin", "stool"),
            ("stool",),
        ),
        "classroom": _Kind(
            ("books", "pigeonholes", "radiator", "pigeonholes", "door"), ("chair", "bin", "ball", "carton", "plant")
        ),
        "laboratory": _Kind(
            ("lab counter", "lab counter", "filing", "washer", "door"),
            ("drum", "stool", "bin", "gas", "carton"),
            ("stool", "office chair"),
        ),
        "library": _Kind(("books", "books", "books", "armchair", "desk"), ("plant", "rug", "stool", "low table")),
        "nursery": _Kind(
            ("pigeonholes", "bed", "books", "dresser", "curtain"),
            ("ball", "ball", "rug", "crate", "stool"),
            ("stool",),
        ),
    }
)
"""Kinds of rooms by name."""

SYNONYMS: Mapping[str, str] = MappingProxyType(
    {
        "lounge": "living",
        "studio": "living",
        "restaurant": "dining",
        "cafe": "dining",
        "garage": "workshop",
        "lab": "laboratory",
        "study": "office",
        "school": "classroom",
        "workbench": "workshop",
    }
)


PIECES: Mapping[str, str] = MappingProxyType(
    {"bookshelf": "books", "bookcase": "books", "book": "books", "shelf": "books", "shelving": "books", "sofa": "sofa",
     "couch": "sofa", "armchair": "armchair", "bed": "bed", "curtain": "curtain", "window": "curtain", "door": "door",
     "radiator": "radiator", "fridge": "fridge", "refrigerator": "fridge", "oven": "oven", "stove": "oven",
     "washer": "washer", "cabinet": "counter", "cupboard": "counter", "counter": "counter", "countertop": "counter",
     "wardrobe": "wardrobe", "dresser": "dresser", "plant": "plant", "rug": "rug", "stool": "stool", "chair": "chair"}
)  # fmt: skip
"""Things that a description may ask a room to have -> names of pieces."""


def build_room(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A room for a description such as "a kitchen" or "office with green walls"; the rest is left to chance.

    Nothing of it collides.  About 1-5 thousand triangles in at most twelve materials.
    """
    words = (*tokens(spec.prompt), *sorted(spec.words))
    kind = next((k for w in words if (k := SYNONYMS.get(w, w)) in KINDS), None) or pick(rng, tuple(KINDS))
    look = room_look(kind, spec, rng)
    wanted = tuple(PIECES[p.name] for p in spec.parts if p.name in PIECES)
    ahead, left = _chosen(kind, wanted, look, rng), _chosen(kind, wanted, look, rng)
    wall_x = CLEAR_X_M + max(p.depth for p in ahead) + 0.05 + rng.choice([rng.uniform(0.0, 0.2), rng.uniform(0.2, 0.8)])
    wall_y = CLEAR_Y_M + max(p.depth for p in left) + 0.05 + rng.choice([rng.uniform(0.0, 0.2), rng.uniform(0.2, 0.8)])
    corner = rng.uniform(0.55, 0.75)
    surfaces = [
        *_shell(look, wall_x, wall_y),
        *_row(ahead, wall_y - corner, -1.5, lambda s, y: s.moved((wall_x, y, 0.0)), rng),
        *_row(
            left, wall_x - corner, -1.2, lambda s, x: s.turned(rotation("z", np.pi / 2)).moved((x, wall_y, 0.0)), rng
        ),
        *_floor_things(kind, wanted, look, wall_x, wall_y, max(p.depth for p in ahead), rng),
        *_chairs(kind, look, rng),
    ]
    return ObjectModel(merged(surfaces), ())


def _chosen(kind: str, wanted: tuple[str, ...], look: RoomLook, rng: np.random.Generator) -> list[WallPiece]:
    """Pieces for one wall: those asked for, then the kind's, in random order, so that neighbours differ."""
    names = KINDS[kind].along
    first = [name for name in wanted if name in WALL_PIECES]
    return [WALL_PIECES[name](look, rng) for name in (*first, *(names[int(i)] for i in rng.permutation(len(names))))]


def _row(
    pieces: Iterable[WallPiece],
    start: float,
    stop: float,
    place: Callable[[Surface, float], Surface],
    rng: np.random.Generator,
) -> Surfaces:
    """Pieces side by side from `start` downwards to `stop`; `place(surface, position)` puts them against the wall."""
    surfaces: Surfaces = []
    cursor = start
    for piece in pieces:
        if cursor - piece.width < stop:
            break
        surfaces += [place(s, cursor - piece.width / 2) for s in piece.surfaces]
        cursor -= piece.width + rng.choice([0.004, rng.uniform(0.05, 0.3)])
    return surfaces


def _shell(look: RoomLook, wall_x: float, wall_y: float) -> Surfaces:
    """Floor, four walls and skirting boards."""
    t, h, b = 0.05, WALL_HEIGHT_M, BACK_M
    return [
        span((-b - t, -b - t, -t), (wall_x + t, wall_y + t, 0.0), look.floor, FLOOR_TILE_M),
        span((wall_x, -b, 0.0), (wall_x + t, wall_y + t, h), look.wall, WALL_TILE_M),
        span((-b, wall_y, 0.0), (wall_x, wall_y + t, h), look.wall, WALL_TILE_M),
        span((-b - t, -b, 0.0), (-b, wall_y + t, h), look.wall, WALL_TILE_M),
        span((-b - t, -b - t, 0.0), (wall_x + t, -b, h), look.wall, WALL_TILE_M),
        span((wall_x - 0.015, -b, 0.0), (wall_x, wall_y, 0.09), look.trim),
        span((-b, wall_y - 0.015, 0.0), (wall_x - 0.015, wall_y, 0.09), look.trim),
    ]


def _floor_things(
    kind: str,
    wanted: tuple[str, ...],
    look: RoomLook,
    wall_x: float,
    wall_y: float,
    deepest: float,
    rng: np.random.Generator,
) -> Surfaces:
    """A rug perhaps, something in the corner, and something on the open floor where the furniture leaves room."""
    names = [n for n in KINDS[kind].around if n != "rug"]
    asked = [n for n in wanted if n in FREE_PIECES]
    surfaces: Surfaces = []
    if ("rug" in KINDS[kind].around and rng.random() < 0.7) or "rug" in wanted:
        surfaces.append(
            slab(
                (rng.uniform(1.2, 2.0), rng.uniform(1.6, 2.6), 0.012),
                (rng.uniform(0.5, 0.9), rng.uniform(0.2, 0.7), 0.006),
                pick(rng, (look.cloth, look.accent)),
            )
        )
    spots = [(wall_x - 0.32, wall_y - 0.32)]
    if wall_x - deepest > CLEAR_X_M + 0.6:
        spots += [(CLEAR_X_M + 0.46, y) for y in rng.uniform([-0.2, 0.75], [0.3, 1.1])]
    for k, (x, y) in enumerate(spots):
        name = asked[k] if k < len(asked) else pick(rng, names)
        turn = rotation("z", rng.uniform(0, 2 * np.pi))
        surfaces += [s.turned(turn).moved((x, y, 0.0)) for s in FREE_PIECES[name](look, rng)]
    return surfaces


def _chairs(kind: str, look: RoomLook, rng: np.random.Generator) -> Surfaces:
    """Seats pushed to the table's far side and left end, lower than its top."""
    surfaces: Surfaces = []
    for x, y, facing in (
        (rng.uniform(0.55, 0.75), rng.uniform(-0.3, 0.15), 0.0),
        (rng.uniform(0.6, 0.8), rng.uniform(0.3, 0.5), 0.0),
        (rng.uniform(0.0, 0.25), rng.uniform(0.8, 0.95), np.pi / 2),
    ):
        if rng.random() < 0.6:
            seat = FREE_PIECES[pick(rng, KINDS[kind].chairs)](look, rng)
            turn = rotation("z", facing + rng.uniform(-0.25, 0.25))
            surfaces += [s.turned(turn).moved((x, y, 0.0)) for s in seat]
    return surfaces
