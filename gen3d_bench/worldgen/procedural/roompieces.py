"""The catalogue of things that rooms are furnished with: a name, and a builder that draws sizes and finishes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen.procedural import furnishings as free
from gen3d_bench.worldgen.procedural import furniture as fixed
from gen3d_bench.worldgen.procedural.furniture import RoomLook, Surfaces
from gen3d_bench.worldgen.procedural.model import Material, Surface
from gen3d_bench.worldgen.procedural.palette import pick


@dataclass(frozen=True)
class WallPiece:
    """Surfaces of a thing along a wall (frame of `furniture`) and the room that it takes (m)."""

    surfaces: tuple[Surface, ...]
    width: float
    depth: float


WallBuilder = Callable[[RoomLook, np.random.Generator], WallPiece]
FreeBuilder = Callable[[RoomLook, np.random.Generator], Surfaces]

# ------------------------------------------------------------------------------------------- along the walls


def _counter(look: RoomLook, rng: np.random.Generator, body: Material, rows: int = 1) -> WallPiece:
    width = rng.uniform(0.6, 1.3)
    cabinet = fixed.cabinet(look, rng, width, 0.6, 0.86, body=body, rows=rows, counter=True)
    return WallPiece(tuple(cabinet), width, 0.65)


def _cupboard(
    width: tuple[float, float],
    depth: float,
    height: float,
    rows: int,
    body: Callable[[RoomLook], tuple[Material, ...]] = lambda look: (look.wood, look.paint),
) -> WallBuilder:
    """A builder of cupboards with a width in a range and one of several finishes."""

    def build(look: RoomLook, rng: np.random.Generator) -> WallPiece:
        wide = rng.uniform(*width)
        return WallPiece(
            tuple(fixed.cabinet(look, rng, wide, depth, height, body=pick(rng, body(look)), rows=rows)),
            wide,
            depth + 0.05,
        )

    return build


def _appliance(kind: str) -> WallBuilder:
    return lambda look, rng: WallPiece(tuple(fixed.appliance(look, rng, kind)), 0.61, 0.64)


def _sofa(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    width = rng.uniform(1.4, 2.0)
    return WallPiece(tuple(fixed.sofa(look, rng, width)), width, 0.87)


def _armchair(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    return WallPiece(tuple(fixed.sofa(look, rng, 0.85, 0.8)), 0.9, 0.82)


def _bed(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    width = rng.uniform(0.9, 1.5)
    return WallPiece(tuple(fixed.bed(look, rng, width)), width + 0.1, 1.93)


def _books(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    width = rng.uniform(0.7, 1.2)
    return WallPiece(tuple(fixed.bookshelf(look, rng, width, 0.3, pick(rng, (0.8, 1.2, 1.9)))), width + 0.05, 0.32)


def _pigeonholes(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    width = rng.uniform(0.8, 1.2)
    return WallPiece(tuple(fixed.cubbies(look, rng, width, 0.38, 0.75)), width + 0.05, 0.42)


def _desk(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    width = rng.uniform(1.1, 1.4)
    return WallPiece(tuple(fixed.desk(look, rng, width)), width, 0.66)


def _curtain(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    width = rng.uniform(0.8, 1.4)
    return WallPiece((*fixed.window(look, width), *fixed.curtain(look.cloth, width)), width + 0.1, 0.25)


def _radiator(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    width = rng.uniform(0.7, 1.2)
    return WallPiece((*fixed.window(look, width), *fixed.radiator(look, width)), width + 0.1, 0.22)


def _door(look: RoomLook, rng: np.random.Generator) -> WallPiece:
    return WallPiece(tuple(fixed.door(look, pick(rng, (look.wood, look.paint)))), 1.1, 0.12)


WALL_PIECES: Mapping[str, WallBuilder] = MappingProxyType(
    {
        "counter": lambda look, rng: _counter(look, rng, look.paint),
        "counter drawers": lambda look, rng: _counter(look, rng, look.paint, rows=3),
        "lab counter": lambda look, rng: _counter(look, rng, look.pale),
        "oven": _appliance("oven"),
        "fridge": _appliance("fridge"),
        "washer": _appliance("washer"),
        "sideboard": _cupboard((1.1, 1.6), 0.45, 0.8, 1),
        "dresser": _cupboard((0.8, 1.1), 0.45, 0.85, 4),
        "nightstand": _cupboard((0.42, 0.5), 0.4, 0.5, 2),
        "wardrobe": _cupboard((0.9, 1.2), 0.58, 1.9, 1),
        "filing": _cupboard((0.45, 0.5), 0.6, 1.2, 4, lambda look: (look.metal,)),
        "tool chest": _cupboard((0.65, 0.9), 0.5, 0.95, 5, lambda look: (look.accent,)),
        "sofa": _sofa,
        "armchair": _armchair,
        "bed": _bed,
        "books": _books,
        "pigeonholes": _pigeonholes,
        "desk": _desk,
        "bench": _desk,
        "curtain": _curtain,
        "radiator": _radiator,
        "door": _door,
    }
)
"""What can stand along a wall, by name."""

# ------------------------------------------------------------------------------------------- on the floor


def _ball(look: RoomLook, rng: np.random.Generator) -> Surfaces:
    return free.ball(pick(rng, (look.accent, look.paint, look.cloth)), rng.uniform(0.09, 0.14))


def _waste_bin(look: RoomLook, rng: np.random.Generator) -> Surfaces:
    return free.waste_bin(look, rng, pick(rng, (look.dark, look.metal, look.paint)))


FREE_PIECES: Mapping[str, FreeBuilder] = MappingProxyType(
    {
        "plant": lambda look, rng: free.plant(look, rng, rng.uniform(0.6, 1.0)),
        "low table": free.low_table,
        "carton": lambda look, rng: free.carton(look, rng, look.accent),
        "crate": lambda look, rng: free.carton(look, rng, look.wood),
        "ball": _ball,
        "drum": lambda look, rng: free.canister(pick(rng, (look.paint, look.accent)), look, 0.22, 0.55),
        "gas": lambda look, rng: free.canister(pick(rng, (look.paint, look.accent)), look, 0.12, 1.1),
        "bin": _waste_bin,
        "office chair": free.office_chair,
        "stool": lambda look, rng: free.stool(look, rng, rng.uniform(0.4, 0.5)),
        "chair": free.chair,
    }
)
"""What can stand free on the floor, by name."""
