"""Light furniture for rooms: each piece is a list of surfaces of a few dozen triangles in the room's shared materials.

Frame of a piece: its back against the plane x = 0, its front towards -x, centred on y, standing on z = 0 (m).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen3d_bench.worldgen.procedural.geometry import sweep
from gen3d_bench.worldgen.procedural.model import Material, Surface
from gen3d_bench.worldgen.procedural.solids import drum, slab, span

Surfaces = list[Surface]
WOOD_TILE_M = 0.6
"""Metres that one repeat of a room's wood texture covers."""


@dataclass(frozen=True)
class RoomLook:
    """The materials of a room; sharing them keeps it at a dozen draw calls."""

    floor: Material
    wall: Material
    trim: Material
    wood: Material
    paint: Material
    metal: Material
    cloth: Material
    accent: Material
    dark: Material
    pale: Material
    leaf: Material
    books: Material


def carcass(look: RoomLook, size: tuple[float, float, float], material: Material, plinth: float = 0.08) -> Surfaces:
    """Body of a cupboard on a recessed dark plinth."""
    depth, width, height = size
    tile = WOOD_TILE_M if material is look.wood else None
    return [
        span((-depth + 0.05, -width / 2, 0.0), (0.0, width / 2, plinth), look.dark),
        span((-depth, -width / 2, plinth), (0.0, width / 2, height), material, tile),
    ]


def cabinet(
    look: RoomLook,
    rng: np.random.Generator,
    width: float,
    depth: float,
    height: float,
    *,
    body: Material | None = None,
    rows: int = 1,
    counter: bool = False,
) -> Surfaces:
    """A cupboard with doors (rows = 1) or drawers in several rows, and handles."""
    material = body or look.wood
    pieces = carcass(look, (depth, width, height), material)
    columns = max(1, round(width / 0.55))
    cell, bottom = width / columns, 0.09
    step = (height - 0.02 - bottom) / rows
    tile = WOOD_TILE_M if material is look.wood else None
    knob = rng.random() < 0.4
    for i in range(columns):
        for j in range(rows):
            y, z = (i + 0.5) * cell - width / 2, bottom + j * step
            half = cell / 2 - 0.012
            pieces.append(
                span((-depth - 0.016, y - half, z + 0.008), (-depth, y + half, z + step - 0.008), material, tile)
            )
            grip_y, grip_z = (
                (y, z + 0.72 * step) if rows > 1 else (y + (half - 0.05) * (1 if i % 2 == 0 else -1), z + 0.7 * step)
            )
            size = (0.03, 0.03, 0.03) if knob else ((0.025, 0.14, 0.016) if rows > 1 else (0.025, 0.016, 0.16))
            pieces.append(slab(size, (-depth - 0.028, grip_y, grip_z), look.metal))
    if counter:
        pieces.append(span((-depth - 0.03, -width / 2, height), (0.0, width / 2, height + 0.035), look.pale))
    return pieces


def bookshelf(look: RoomLook, rng: np.random.Generator, width: float, depth: float, height: float) -> Surfaces:
    """Open shelves filled with books; the lowest board stands close to the floor, where the camera looks."""
    t, tile = 0.022, WOOD_TILE_M
    pieces = [
        span((-depth, s * (width / 2 - t) - t, 0.0), (0.0, s * (width / 2 - t) + t, height), look.wood, tile)
        for s in (-1, 1)
    ]
    count = max(2, round(height / 0.34))
    step = (height - 0.06) / count
    pieces += [
        span((-depth, -width / 2 + t, 0.04 + k * step), (0.0, width / 2 - t, 0.04 + k * step + t), look.wood, tile)
        for k in range(count + 1)
    ]
    pieces.append(span((-0.01, -width / 2 + t, 0.0), (0.0, width / 2 - t, height), look.dark))
    inside = width - 4 * t
    for k in range(count):
        low = 0.04 + k * step + t
        share = rng.uniform(0.55, 1.0)
        side = rng.choice([-1.0, 1.0])
        middle = side * (1 - share) * inside / 2
        pieces.append(
            slab(
                (0.7 * depth, share * inside, step - 2 * t),
                (-0.45 * depth, middle, low + (step - 2 * t) / 2),
                look.books,
            )
        )
        if share < 0.85:
            room = (1 - share) * inside
            box = min(room - 0.03, 0.2)
            pieces.append(
                slab(
                    (0.6 * depth, box, box * 0.8),
                    (-0.5 * depth, -side * (inside - room) / 2, low + box * 0.4),
                    look.accent,
                )
            )
    return pieces


def sofa(look: RoomLook, rng: np.random.Generator, width: float, depth: float = 0.85) -> Surfaces:
    """A sofa (or armchair, if narrow): seat cushions, back, arms, wooden feet, throw pillows."""
    arm, seat, back = rng.uniform(0.14, 0.2), rng.uniform(0.38, 0.43), rng.uniform(0.7, 0.85)
    pieces = [
        span((-depth + 0.02, -width / 2, 0.09), (0.0, width / 2, seat - 0.13), look.cloth),
        span((-0.24, -width / 2 + arm, 0.2), (0.0, width / 2 - arm, back), look.cloth),
    ]
    pieces += [
        span(
            (-depth, min(s * width / 2, s * (width / 2 - arm)), 0.09),
            (0.0, max(s * width / 2, s * (width / 2 - arm)), seat + 0.17),
            look.cloth,
        )
        for s in (-1, 1)
    ]
    count = max(1, round((width - 2 * arm) / 0.65))
    cell = (width - 2 * arm) / count
    for k in range(count):
        y = -width / 2 + arm + (k + 0.5) * cell
        pieces.append(slab((depth - 0.2, cell - 0.012, 0.125), (-depth / 2 - 0.11, y, seat - 0.06), look.cloth))
    feet = [(x, s * (width / 2 - 0.06)) for x in (-depth + 0.08, -0.08) for s in (-1, 1)]
    pieces += [slab((0.05, 0.05, 0.09), (x, y, 0.045), look.wood) for x, y in feet]
    if rng.random() < 0.8:
        side = rng.choice([-1, 1])
        pieces.append(slab((0.12, 0.38, 0.36), (-0.33, side * (width / 2 - arm - 0.22), seat + 0.2), look.accent))
    return pieces


def bed(look: RoomLook, rng: np.random.Generator, width: float, length: float = 1.9) -> Surfaces:
    """A bed with its headboard against the wall: frame, mattress, blanket hanging low, pillows."""
    top = rng.uniform(0.42, 0.5)
    pieces = [
        span((-length, -width / 2, 0.12), (0.0, width / 2, 0.27), look.wood, WOOD_TILE_M),
        span((-length + 0.02, -width / 2 + 0.03, 0.27), (-0.05, width / 2 - 0.03, top), look.pale),
        span((-length - 0.01, -width / 2 - 0.02, 0.2), (-0.6, width / 2 + 0.02, top + 0.025), look.cloth),
        span((-0.95, -width / 2 - 0.025, 0.24), (-0.6, width / 2 + 0.025, top + 0.035), look.accent),
        span((-0.06, -width / 2, 0.0), (0.0, width / 2, rng.uniform(0.8, 1.1)), look.wood, WOOD_TILE_M),
    ]
    pieces += [slab((0.07, 0.07, 0.12), (-length + 0.06, s * (width / 2 - 0.06), 0.06), look.wood) for s in (-1, 1)]
    return pieces + [slab((0.4, 0.42 * width, 0.1), (-0.3, s * 0.24 * width, top + 0.05), look.pale) for s in (-1, 1)]


def appliance(look: RoomLook, rng: np.random.Generator, kind: str) -> Surfaces:
    """ "oven", "fridge" or "washer", 60 cm wide."""
    body = look.pale if rng.random() < 0.6 else look.metal
    height = 1.7 if kind == "fridge" else 0.87
    pieces = [
        span((-0.58, -0.3, 0.06), (0.0, 0.3, height), body),
        span((-0.53, -0.29, 0.0), (0.0, 0.29, 0.06), look.dark),
    ]
    if kind == "oven":
        pieces += [
            span((-0.6, -0.26, 0.2), (-0.58, 0.26, 0.6), look.dark),
            slab((0.03, 0.46, 0.025), (-0.62, 0, 0.64), look.metal),
            span((-0.595, -0.27, 0.1), (-0.58, 0.27, 0.17), look.metal),
        ]
        pieces += [slab((0.03, 0.04, 0.04), (-0.6, y, 0.76), look.dark) for y in np.linspace(-0.22, 0.22, 5)]
    elif kind == "fridge":
        pieces += [span((-0.585, -0.3, 0.58), (-0.578, 0.3, 0.6), look.dark)]
        pieces += [slab((0.03, 0.025, 0.3), (-0.61, 0.25, z), look.metal) for z in (0.4, 0.85)]
    else:
        turn = np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]])
        pieces += [
            drum(r, d, d + 0.02, m, 24).turned(turn).moved((-0.56, 0.0, 0.46))
            for r, d, m in ((0.22, 0.01, look.metal), (0.17, 0.02, look.dark))
        ]
        pieces.append(span((-0.59, -0.28, 0.76), (-0.58, 0.1, 0.83), look.dark))
    return pieces


def radiator(look: RoomLook, width: float, height: float = 0.6) -> Surfaces:
    """A ribbed panel heater under a window."""
    count = round(width / 0.09)
    ribs = [
        slab((0.09, 0.06, height), (-0.1, (k + 0.5) * width / count - width / 2, 0.1 + height / 2), look.pale)
        for k in range(count)
    ]
    return [*ribs, *(slab((0.03, width, 0.04), (-0.1, 0, z), look.pale) for z in (0.16, 0.04 + height))]


def door(look: RoomLook, material: Material) -> Surfaces:
    """A panelled door in its frame."""
    panels = [
        span((-0.065, y - 0.17, z), (-0.05, y + 0.17, z + h), material)
        for y in (-0.2, 0.2)
        for z, h in ((0.12, 0.7), (1.0, 0.85))
    ]
    frame = [span((-0.07, s * 0.48 - 0.05, 0.0), (0.0, s * 0.48 + 0.05, 2.1), look.trim) for s in (-1, 1)]
    tile = WOOD_TILE_M if material is look.wood else None
    return [
        span((-0.05, -0.44, 0.0), (0.0, 0.44, 2.05), material, tile),
        *panels,
        *frame,
        slab((0.05, 0.12, 0.03), (-0.08, 0.36, 1.0), look.metal),
    ]


def curtain(material: Material, width: float, height: float = 2.2) -> Surfaces:
    """A pleated curtain that reaches the floor."""
    t = np.linspace(-0.5, 0.5, 61)
    path = np.column_stack([-0.1 + 0.035 * np.sin(t * width * 2 * np.pi / 0.13), t * width, np.full(61, height / 2)])
    return [sweep(path, 0.012, material, 4, flatten=height / 2 / 0.012, crease_deg=50.0)]


def window(look: RoomLook, width: float = 1.1) -> Surfaces:
    """A bright pane in a frame, sill at 0.85 m."""
    frame = [span((-0.05, s * width / 2 - 0.03, 0.85), (0.0, s * width / 2 + 0.03, 2.0), look.trim) for s in (-1, 0, 1)]
    return [
        span((-0.02, -width / 2, 0.88), (0.0, width / 2, 1.97), look.pale),
        *frame,
        span((-0.06, -width / 2 - 0.08, 0.82), (0.0, width / 2 + 0.08, 0.86), look.trim),
        span((-0.05, -width / 2, 1.95), (0.0, width / 2, 2.01), look.trim),
    ]


def desk(look: RoomLook, rng: np.random.Generator, width: float = 1.2) -> Surfaces:
    """A writing desk with a pedestal of drawers on one side."""
    side = rng.choice([-1.0, 1.0])
    pedestal = [
        s.moved((0.0, side * (width / 2 - 0.22), 0.0))
        for s in cabinet(look, rng, 0.4, 0.55, 0.7, body=look.paint, rows=3)
    ]
    return [
        *pedestal,
        span((-0.62, -width / 2, 0.7), (0.0, width / 2, 0.74), look.wood, WOOD_TILE_M),
        slab((0.55, 0.04, 0.7), (-0.3, -side * (width / 2 - 0.05), 0.35), look.wood),
    ]


def cubbies(look: RoomLook, rng: np.random.Generator, width: float, depth: float, height: float) -> Surfaces:
    """Open pigeonholes with boxes, books and toys in several colours."""
    t, columns, rows = 0.022, max(2, round(width / 0.36)), 2
    cell, step = (width - t) / columns, (height - t - 0.05) / rows
    pieces = [span((-0.01, -width / 2, 0.0), (0.0, width / 2, height), look.dark)]
    for k in range(columns + 1):
        y = -width / 2 + k * cell
        pieces.append(span((-depth, y, 0.0), (0.0, y + t, height), look.wood, WOOD_TILE_M))
    pieces += [
        span((-depth, -width / 2, 0.05 + k * step), (0.0, width / 2, 0.05 + k * step + t), look.wood, WOOD_TILE_M)
        for k in range(rows + 1)
    ]
    for i in range(columns):
        for j in range(rows):
            material = (look.accent, look.paint, look.books, look.cloth, look.pale)[int(rng.integers(5))]
            y, z = -width / 2 + (i + 0.5) * cell + t / 2, 0.05 + j * step + t
            tall = (step - t) * rng.uniform(0.55, 0.9)
            pieces.append(slab((0.8 * depth, cell - 0.06, tall), (-0.5 * depth, y, z + tall / 2), material))
    return pieces
