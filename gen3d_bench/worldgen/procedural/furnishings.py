"""Free-standing things of a room: chairs, plants, boxes, stools, toys.

Frame of a piece: standing on z = 0, centred on the origin (m); materials as in `furniture`.
"""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.furniture import WOOD_TILE_M, RoomLook, Surfaces
from gen3d_bench.worldgen.procedural.geometry import lathe, sweep
from gen3d_bench.worldgen.procedural.model import Material
from gen3d_bench.worldgen.procedural.solids import drum, slab, span


def chair(look: RoomLook, rng: np.random.Generator, seat: float = 0.45, back: float = 0.69) -> Surfaces:
    """A four-legged chair facing -x, its back at +x and no higher than `back`."""
    w = 0.21
    frame = look.wood if rng.random() < 0.6 else look.dark
    legs = [
        span((x - 0.018, y - 0.018, 0.0), (x + 0.018, y + 0.018, back if x > 0 else seat - 0.03), frame)
        for x in (-w + 0.02, w - 0.02)
        for y in (-w + 0.02, w - 0.02)
    ]
    pad = look.cloth if rng.random() < 0.5 else look.accent
    pieces = [*legs, slab((2 * w, 2 * w, 0.04), (0, 0, seat - 0.01), pad)]
    if rng.random() < 0.5:
        return [
            *pieces,
            *(slab((0.02, 0.4, 0.045), (w - 0.02, 0, z), frame) for z in np.linspace(seat + 0.08, back - 0.03, 3)),
        ]
    return [*pieces, slab((0.025, 0.4, back - seat - 0.08), (w - 0.02, 0, (back + seat + 0.08) / 2), pad)]


def office_chair(look: RoomLook, rng: np.random.Generator) -> Surfaces:
    """A swivel chair on a five-pointed foot, facing -x, low back."""
    turn = rng.uniform(0, 2 * np.pi)
    pieces = []
    for a in turn + np.arange(5) * 2 * np.pi / 5:
        tip = np.array([0.28 * np.cos(a), 0.28 * np.sin(a), 0.07])
        pieces.append(sweep(np.array([(0.0, 0.0, 0.11), tip]), [0.025, 0.016], look.dark, 6))
        pieces.append(slab((0.05, 0.05, 0.06), (float(tip[0]), float(tip[1]), 0.03), look.dark))
    return [
        *pieces,
        drum(0.025, 0.1, 0.42, look.metal, 10),
        slab((0.46, 0.46, 0.08), (0, 0, 0.45), look.cloth),
        slab((0.05, 0.42, 0.2), (0.24, 0, 0.6), look.cloth),
    ]


def plant(look: RoomLook, rng: np.random.Generator, height: float = 0.8) -> Surfaces:
    """A pot with broad leaves spreading from the soil."""
    r, pot = rng.uniform(0.12, 0.17), rng.uniform(0.2, 0.3)
    profile = [
        (0, 0),
        (0.72 * r, 0),
        (0.95 * r, pot - 0.04),
        (1.05 * r, pot - 0.04),
        (1.05 * r, pot),
        (0.9 * r, pot),
        (0.88 * r, pot - 0.03),
        (0, pot - 0.03),
    ]
    pieces = [lathe(profile, look.accent, 16), drum(0.88 * r, pot - 0.05, pot - 0.025, look.dark, 12)]
    count = int(rng.integers(11, 17))
    for k in range(count):
        a, lean = 2 * np.pi * (k * 0.382 + rng.uniform(0, 0.05)), rng.uniform(0.12, 0.42)
        tall = height * rng.uniform(0.45, 1.0)
        s = np.linspace(0, 1, 5)
        out, up = lean * s**1.4, pot - 0.04 + (tall - 0.1) * np.sin(s * np.pi * 0.62)
        path = np.column_stack([out * np.cos(a), out * np.sin(a), up])
        pieces.append(
            sweep(path, 0.055 * np.array([0.15, 0.7, 1.0, 0.7, 0.06]), look.leaf, 6, flatten=0.12, crease_deg=70.0)
        )
    return pieces


def carton(look: RoomLook, rng: np.random.Generator, material: Material) -> Surfaces:
    """A taped box; sometimes a second one on top."""
    w, d, h = rng.uniform(0.3, 0.5), rng.uniform(0.28, 0.42), rng.uniform(0.22, 0.36)
    pieces = [
        slab((w, d, h), (0, 0, h / 2), material, WOOD_TILE_M),
        slab((w + 0.004, 0.05, 0.004), (0, 0, h), look.pale),
        slab((0.004, 0.05, 0.09), (-w / 2, 0, h - 0.045), look.pale),
    ]
    if rng.random() < 0.4:
        pieces += [
            slab((0.7 * w, 0.7 * d, 0.2), (0.02, 0.03, h + 0.1), material, WOOD_TILE_M),
            slab((0.7 * w, 0.05, 0.004), (0.02, 0.03, h + 0.201), look.pale),
        ]
    return pieces


def waste_bin(look: RoomLook, rng: np.random.Generator, material: Material) -> Surfaces:
    """An open waste-paper bin with a crumpled sheet showing."""
    r, h = rng.uniform(0.13, 0.17), rng.uniform(0.28, 0.36)
    profile = [(0, 0), (0.8 * r, 0), (r, h), (0.94 * r, h), (0.77 * r, 0.03), (0, 0.03)]
    return [lathe(profile, material, 18), slab((0.1, 0.12, 0.08), (0.01, 0.0, 0.75 * h), look.pale)]


def stool(look: RoomLook, rng: np.random.Generator, height: float = 0.5) -> Surfaces:
    """A round stool on three or four splayed legs."""
    count = int(rng.integers(3, 5))
    legs = [
        sweep(
            np.array([(0.2 * np.cos(a), 0.2 * np.sin(a), 0.0), (0.11 * np.cos(a), 0.11 * np.sin(a), height - 0.02)]),
            0.016,
            look.wood,
            7,
        )
        for a in 2 * np.pi * np.arange(count) / count + 0.4
    ]
    return [*legs, drum(0.17, height - 0.04, height, look.accent if rng.random() < 0.5 else look.wood, 20, bevel=0.008)]


def low_table(look: RoomLook, rng: np.random.Generator) -> Surfaces:
    """A coffee table with a book and a bowl on it."""
    w, d, h = rng.uniform(0.45, 0.6), rng.uniform(0.7, 1.0), rng.uniform(0.33, 0.42)
    legs = [
        span(
            (sx * (w / 2 - 0.05) - 0.02, sy * (d / 2 - 0.05) - 0.02, 0),
            (sx * (w / 2 - 0.05) + 0.02, sy * (d / 2 - 0.05) + 0.02, h),
            look.wood,
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return [
        *legs,
        span((-w / 2, -d / 2, h), (w / 2, d / 2, h + 0.035), look.wood, WOOD_TILE_M),
        slab((0.16, 0.22, 0.03), (0.02, -0.15, h + 0.05), look.accent),
        lathe([(0, 0), (0.05, 0), (0.11, 0.06), (0.1, 0.06), (0.045, 0.012), (0, 0.012)], look.pale, 16).moved(
            (0, 0.18, h + 0.035)
        ),
    ]


def ball(material: Material, radius: float) -> Surfaces:
    """A toy ball."""
    t = np.linspace(-np.pi / 2, np.pi / 2, 9)
    profile = np.column_stack([radius * np.cos(t), radius * (1 + np.sin(t))])
    profile[[0, -1], 0] = 0.0
    return [lathe(profile, material, 16)]


def canister(material: Material, look: RoomLook, radius: float, height: float) -> Surfaces:
    """A drum, gas bottle or bucket with two hoops."""
    return [
        drum(radius, 0.0, height, material, 18, bevel=0.02),
        *(drum(radius + 0.008, z, z + 0.025, look.metal, 18) for z in (0.2 * height, 0.7 * height)),
    ]
