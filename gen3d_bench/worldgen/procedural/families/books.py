"""Paper goods: notebook, open notebook, book.  They lie flat with their spine along y, on the -x side."""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.geometry import Array, box_part, loft, rounded_polygon, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS, color_or, pick, shade, vary
from gen3d_bench.worldgen.procedural.patterns import label, page
from gen3d_bench.worldgen.procedural.solids import extruded, merged, planar, sheet, slab, standing
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import (
    Texture,
    coordinates,
    fabric,
    lighter,
    mix,
    noise,
    shaded,
    to_texture,
)

_COVERS: tuple[Rgb, ...] = ((0.13, 0.27, 0.5), (0.62, 0.15, 0.14), (0.16, 0.42, 0.3), (0.85, 0.62, 0.2),
                            (0.25, 0.25, 0.28), (0.45, 0.3, 0.52), (0.2, 0.5, 0.56))
_WIRE = Material((0.7, 0.71, 0.73), roughness=0.35, metallic=0.6)
_TITLES = ("ATLAS", "POEMS", "BIRDS", "HISTORY", "GARDEN", "PHYSICS", "COOKING", "STORIES", "ALGEBRA", "VOYAGE")


def _framed(cover: Texture, patch: Texture, top: float) -> Texture:
    """A patch pasted on the middle of a cover with its upper edge at `top` (fraction of the height)."""
    result = cover.copy()
    height, width = patch.shape[:2]
    row, column = int(top * cover.shape[0]), (cover.shape[1] - width) // 2
    result[row : row + height, column : column + width] = patch
    return result


def _notebook_cover(rng: np.random.Generator, color: Rgb) -> Texture:
    """A plain, marbled, striped or linen cover with a title label."""
    style = pick(rng, ("plain", "marbled", "striped", "linen"))
    if style == "marbled":
        ink = noise(rng, (256, 256), (24, 24), 2) > 0.5
        cover = to_texture(mix(shade(color, 0.35), lighter(color, 0.8), ink))
    elif style == "striped":
        u, v = coordinates((256, 256))
        band = (np.abs(v - rng.uniform(0.7, 0.85)) < 0.06) * np.ones_like(u)
        cover = to_texture(mix(color, lighter(color, 0.6), band))
    elif style == "linen":
        cover = fabric(rng, color)
    else:
        cover = to_texture(shaded(color, 0.96 + 0.08 * noise(rng, (256, 256), (4, 4), 3)))
    words = label("NOTES", (0.95, 0.94, 0.9), shade(color, 0.6), (72, 144), fill=0.7, frame=True)
    return _framed(cover, words, rng.uniform(0.18, 0.26))


def _rings(positions: Array, x: float, middle: float, radius: float) -> list[Surface]:
    """Wire rings around the y = positions of a binding edge at x, in the XZ plane."""
    t = np.linspace(0.0, 2 * np.pi, 11)[:-1]
    loop = np.column_stack([x + radius * np.cos(t), np.zeros(10), middle + radius * np.sin(t)])
    return [sweep(loop + np.array([0.0, y, 0.0]), 0.0008, _WIRE, 5, closed=True) for y in positions]


def notebook(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A closed notebook: spiral bound, or stitched with a cloth spine and an elastic band."""
    depth, width, height = rng.uniform(0.155, 0.18), rng.uniform(0.122, 0.138), rng.uniform(0.009, 0.012)
    color = color_or(spec.color, _COVERS, rng, 0.03)
    front = Material(texture=_notebook_cover(rng, color), roughness=0.6)
    back, paper = Material(shade(color, 0.8), roughness=0.7), MATERIALS["paper"].material((0.95, 0.94, 0.89))
    outline, board = rounded_polygon(width, depth, 0.006), 0.0012
    surfaces: list[Surface] = [
        loft([outline, outline], [0.0, board], back),
        slab((width * 0.97, depth * 0.975, height - 2 * board), (0.0, 0.0, height / 2), paper),
        planar(loft([outline, outline], [height - board, height], front)),
    ]
    if rng.random() < 0.6:
        surfaces += _rings(np.linspace(-0.44, 0.44, 20) * depth, -width / 2, height / 2, height / 2 - 0.0008)
    else:
        cloth = Material(shade(color, 0.55), roughness=0.9)
        surfaces += [slab((0.018, depth * 0.995, height + 0.0006), (-width / 2 + 0.0085, 0.0, height / 2), cloth),
                     slab((0.005, depth + 0.001, height + 0.001), (0.36 * width, 0.0, height / 2), cloth)]
    return standing(merged(surfaces), [box_part((width, depth, height), (0.0, 0.0, height / 2))], 500.0, 0.6)


def open_notebook(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A notebook lying open: two ruled, half-written pages curving into the binding over the cover."""
    width, depth, height = rng.uniform(0.18, 0.19), rng.uniform(0.13, 0.14), rng.uniform(0.009, 0.012)
    color = color_or(spec.color, _COVERS, rng, 0.03)
    board, half = 0.0015, width / 2
    cover = Material(shade(color, 0.9), roughness=0.7)
    surfaces: list[Surface] = [slab((width, depth, board), (0.0, 0.0, board / 2), cover)]
    block = height - board - 0.0012
    for side, written in ((-1, rng.uniform(0.7, 1.0)), (1, rng.uniform(0.2, 0.7))):
        sheet_width = half - 0.004

        def relief(x: Array, y: Array, side: int = side, sheet_width: float = sheet_width) -> Array:
            s = np.clip(0.5 + side * x / sheet_width, 0.0, 1.0)
            return np.asarray(-block * 0.75 * (1 - s) ** 6 - block * 0.35 * s**3 + 0.0011 * np.sin(np.pi * s))

        paper = MATERIALS["paper"].material(texture=page(rng, written=written))
        leaf = sheet((sheet_width, depth - 0.006, block), paper, relief)
        surfaces.append(leaf.moved((side * (sheet_width / 2 + 0.0002), 0.0, board)))
    if rng.random() < 0.5:
        surfaces += _rings(np.linspace(-0.43, 0.43, 16) * (depth - 0.006), 0.0, height / 2, height / 2 - 0.0008)
    low = height - 0.0008
    return standing(merged(surfaces), [box_part((width, depth, low), (0.0, 0.0, low / 2))], 450.0, 0.6)


def _book_cover(rng: np.random.Generator, color: Rgb) -> Texture:
    """A bound cover: border lines, a title and an emblem."""
    size = 256
    u, v = coordinates((size, size))
    gilt = pick(rng, ((0.86, 0.7, 0.35), (0.93, 0.92, 0.88), lighter(color, 0.65)))
    edge = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v))
    lines = (np.abs(edge - 0.06) < 0.008) | (np.abs(edge - 0.085) < 0.004)
    cx, cy, r = 0.5, 0.64, rng.uniform(0.12, 0.17)
    distance = np.hypot(u - cx, v - cy)
    turn = np.arctan2(v - cy, u - cx)
    petals = int(rng.integers(3, 9))
    emblem = pick(rng, (distance < r * (0.6 + 0.4 * np.cos(petals * turn)), np.abs(distance - r) < 0.02,
                        (np.abs(u - cx) + np.abs(v - cy) < r), distance < r))
    rgb = mix(shaded(color, 0.93 + 0.12 * noise(rng, (size, size), (64, 64), 2)), gilt, (lines | emblem) * 1.0)
    title = label(pick(rng, _TITLES), color, gilt, (52, 176), fill=0.9)
    return _framed(to_texture(rgb), title, 0.2)


def book(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A hardback: boards with an overhang, page block, rounded spine."""
    depth, width, height = rng.uniform(0.16, 0.185), rng.uniform(0.118, 0.135), rng.uniform(0.018, 0.03)
    color = color_or(spec.color, _COVERS, rng, 0.03)
    cloth = Material(vary(color, rng, 0.02), roughness=0.75)
    board = 0.0025
    front = Material(texture=_book_cover(rng, color), roughness=0.7)
    t = np.linspace(np.pi / 2, 3 * np.pi / 2, 9)
    bulge = np.column_stack([0.006 * np.cos(t), height / 2 * (1 + np.sin(t))])
    spine = np.vstack([bulge, [(0.004, 0.0), (0.004, height)]])
    paper = MATERIALS["paper"].material((0.93, 0.9, 0.82))
    surfaces = [
        slab((width, depth, board), (0.0, 0.0, board / 2), cloth),
        slab((width * 0.965, depth * 0.96, height - 2 * board), (-0.01 * width, 0.0, height / 2), paper),
        planar(slab((width, depth, board), (0.0, 0.0, height - board / 2), front)),
        extruded(spine, depth, cloth).moved((-width / 2, 0.0, 0.0)),
    ]
    pages = Material(shade((0.93, 0.9, 0.82), 0.8), roughness=0.9)
    surfaces += [slab((width * 0.95, depth * 0.9604, 0.0004), (-0.01 * width, 0.0, z), pages)
                 for z in np.linspace(2 * board, height - 2 * board, 6)]
    return standing(merged(surfaces), [box_part((width + 0.006, depth, height), (-0.003, 0.0, height / 2))], 450.0, 0.6)


FAMILIES: tuple[Family, ...] = (
    Family("notebook", notebook, ("notebook", "notepad", "journal", "diary"), own=frozenset({"rectangular"})),
    Family("open_notebook", open_notebook, ("open notebook", "open book", "opened notebook"),
           own=frozenset({"rectangular"})),
    Family("book", book, ("book", "textbook", "novel"), own=frozenset({"rectangular"})),
)
