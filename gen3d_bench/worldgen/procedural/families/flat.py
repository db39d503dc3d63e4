"""Things that lie flat and carry others: napkin, towel, mouse pad, cutting board, chessboard."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageDraw

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import undecorated
from gen3d_bench.worldgen.procedural.geometry import Array, box_part, loft, rounded_polygon
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS, color_or, pick, shade, vary
from gen3d_bench.worldgen.procedural.patterns import chequers
from gen3d_bench.worldgen.procedural.solids import drum, planar, sheet, slab, standing
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import (
    FabricPattern,
    Texture,
    coordinates,
    fabric,
    lighter,
    mix,
    noise,
    shaded,
    speckle,
    to_texture,
    wood,
)

_NAPKIN_PATTERNS: tuple[FabricPattern, ...] = ("plain", "plain", "striped", "gingham", "plaid", "dots", "herringbone")
_BOARD_WOODS: tuple[Rgb, ...] = ((0.78, 0.58, 0.36), (0.66, 0.45, 0.26), (0.85, 0.69, 0.47), (0.47, 0.29, 0.17))


_ASKED: Mapping[str, FabricPattern] = MappingProxyType(
    {"plain": "plain", "striped": "striped", "checkered": "gingham", "dotted": "dots", "banded": "striped"}
)
"""Patterns that a description asks for -> how a napkin is dyed."""


def _waves(rng: np.random.Generator, height: float) -> Array:
    """[6, 4] random plane waves: wave numbers (rad/m), phase, amplitude (m); together at most `height`."""
    k = rng.uniform(-90, 90, (6, 2))
    return np.column_stack([k, rng.uniform(0, 2 * np.pi, 6), np.full(6, height / 6)])


def _cloth(size: tuple[float, float, float], texture: Texture, rng: np.random.Generator) -> ObjectModel:
    """A sheet of cloth with waves under a millimetre over one flat collision box."""
    waves = _waves(rng, 0.0009)

    def relief(x: Array, y: Array) -> Array:
        swell = sum(a * np.sin(kx * x + ky * y + p) for kx, ky, p, a in waves)
        edge = np.maximum(np.abs(x) / size[0], np.abs(y) / size[1]) > 0.49
        return np.asarray(np.where(edge, -0.4 * size[2], swell))

    cloth = MATERIALS["fabric"]
    top = sheet(size, cloth.material(texture=texture), relief, n=25)
    return ObjectModel((top,), (box_part(size, (0.0, 0.0, size[2] / 2)),), cloth.density, cloth.friction)


def _accent(color: Rgb, rng: np.random.Generator) -> Rgb:
    """A second thread colour that leaves the first one's name true."""
    if min(color) > 0.7:
        return vary(pick(rng, ((0.75, 0.8, 0.86), (0.84, 0.76, 0.68), (0.8, 0.82, 0.76))), rng)
    return pick(rng, ((0.95, 0.94, 0.9), lighter(color, 0.55), shade(color, 0.6)))


def napkin(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A square cloth napkin, 14-16.5 cm, dyed and hemmed."""
    side = rng.uniform(0.14, 0.165)
    color = color_or(spec.color, MATERIALS["fabric"].tints, rng)
    pattern = pick(rng, _NAPKIN_PATTERNS)
    if undecorated(spec):
        pattern = _ASKED.get(spec.pattern or "plain", "plain")
    accent = spec.accents[0] if spec.accents else _accent(color, rng)
    texture = fabric(rng, color, pattern=pattern, accent=accent, repeats=int(rng.integers(3, 6)) * 2,
                     hem=rng.uniform(0.04, 0.07))
    return _cloth((side, side * rng.uniform(0.95, 1.0), rng.uniform(0.004, 0.005)), texture, rng)


def towel(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A folded terry towel with woven bands near its short ends and a rounded fold along one side."""
    width, depth, height = rng.uniform(0.155, 0.17), rng.uniform(0.135, 0.15), 0.006
    color = color_or(spec.color, ((0.92, 0.91, 0.87), (0.42, 0.62, 0.75), (0.86, 0.62, 0.6), (0.55, 0.68, 0.55)), rng)
    band = pick(rng, (shade(color, 0.65), shade(color, 1.5), (0.3, 0.42, 0.6), (0.72, 0.3, 0.28)))
    if spec.accents:
        band = spec.accents[0]
    elif spec.color is not None and band not in (shade(color, 0.65), shade(color, 1.5)):
        band = shade(color, 0.65)
    pile = fabric(rng, color, pattern="terry").astype(float) / 255.0
    u, v = coordinates(pile.shape[:2])
    near = np.minimum(u, 1 - u)
    stripes = sum((np.abs(near - c) < w).astype(float) for c, w in ((0.10, 0.018), (0.15, 0.008), (0.055, 0.008)))
    model = _cloth((width, depth, height), to_texture(mix(pile, band, 0.85 * stripes * np.ones_like(v))), rng)
    fringe = MATERIALS["fabric"].material(base_color=shade(color, 1.2))
    threads = [slab((0.006, 0.0022, 0.0016), (side * (width / 2 + 0.002), y, 0.002), fringe)
               for side in (-1, 1) for y in np.linspace(-0.47, 0.47, 18) * depth]
    return standing((*model.surfaces, *threads), model.collision, model.density, model.friction)


def _pad_print(rng: np.random.Generator, color: Rgb) -> Texture:
    """Mouse pad artwork: a dark rim, a soft gradient and a bold geometric motif."""
    size = 256
    u, v = coordinates((size, size))
    accent = lighter(color, 0.45) if max(color) < 0.5 else shade(color, 0.6)
    style = pick(rng, ("rings", "wedge", "waves", "hexagons", "plain"))
    if style == "rings":
        cx, cy = rng.uniform(0.25, 0.75, 2)
        motif = (np.hypot(u - cx, v - cy) * 9 % 1.0 < 0.35).astype(float)
    elif style == "wedge":
        motif = ((u + rng.uniform(-0.6, 0.6) * v) % 0.5 < 0.2).astype(float)
    elif style == "waves":
        motif = ((v * 6 + 0.5 * np.sin(2 * np.pi * (u + rng.random()))) % 1.0 < 0.3).astype(float)
    elif style == "hexagons":
        waves = np.cos(14 * np.pi * u) + np.cos(7 * np.pi * (u + 1.7 * v)) + np.cos(7 * np.pi * (u - 1.7 * v))
        motif = (waves > 1.2).astype(float)
    else:
        motif = np.zeros((size, size))
    rgb = mix(color, accent, 0.3 * motif * (0.4 + 0.6 * u))
    pale = (0.95, 0.95, 0.95) if sum(color) < 2.1 else (0.15, 0.15, 0.18)
    rgb = mix(rgb, pale, _pointer(size))
    edge = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v)) < 0.022
    rgb = mix(rgb, shade(color, 0.45), edge)
    return to_texture(shaded(rgb, 0.92 + 0.12 * noise(rng, (size, size), (128, 128), 1)))


_ARROW = ((0.0, 0.0), (0.0, 0.78), (0.19, 0.60), (0.32, 0.92), (0.46, 0.86), (0.32, 0.55), (0.58, 0.55))


def _pointer(size: int) -> Array:
    """[size, size] the arrow that a computer mouse moves, in the middle of a pad, its tip up and to the left."""
    image = Image.new("L", (size, size), 0)
    ImageDraw.Draw(image).polygon([((0.36 + 0.5 * x) * size, (0.25 + 0.55 * y) * size) for x, y in _ARROW], fill=255)
    return np.asarray(image, float) / 255.0


def mouse_pad(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A rubber pad with rounded corners, 17 x 14 cm."""
    width, depth, height = rng.uniform(0.165, 0.175), rng.uniform(0.135, 0.145), 0.004
    color = color_or(spec.color, ((0.12, 0.13, 0.15), (0.14, 0.22, 0.4), (0.36, 0.38, 0.4), (0.3, 0.14, 0.3)), rng)
    outline = rounded_polygon(width, depth, rng.uniform(0.008, 0.02))
    cloth = MATERIALS["fabric"].material(texture=_pad_print(rng, color))
    pad = planar(loft([outline, outline, outline * 0.99], [0.0, height * 0.7, height], cloth))
    return ObjectModel((pad,), (box_part((width, depth, height), (0, 0, height / 2)),), 900.0, 0.95)


def cutting_board(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A kitchen board: plain with a hanging hole, or with a juice groove, or a paddle with a handle."""
    length, width, height = rng.uniform(0.17, 0.185), rng.uniform(0.122, 0.135), rng.uniform(0.011, 0.013)
    wooden = spec.material in (None, "wood") and (spec.color is None or rng.random() < 0.5)
    style = pick(rng, ("hole", "groove", "paddle"))
    if spec.part("handle") is not None:
        style = "paddle"
    if wooden:
        color = color_or(spec.color, _BOARD_WOODS, rng)
        texture, props = wood(rng, color, planks=pick(rng, (1, 3, 4, 5))), MATERIALS["wood"]
    else:
        color = color_or(spec.color, ((0.93, 0.93, 0.9), (0.55, 0.75, 0.5), (0.4, 0.6, 0.78), (0.82, 0.4, 0.36)), rng)
        texture, props = speckle(rng, color, density=0.004), MATERIALS["plastic"]
    face = props.material(texture=texture)
    groove = props.material(base_color=shade(color, 0.55))
    bevel = 0.0018
    outline = rounded_polygon(length, width, rng.uniform(0.008, 0.02), n=8)
    parts = [box_part((length, width, height), (0.0, 0.0, height / 2))]
    if style == "paddle":
        outline, parts = _paddle(length, width, height)
    inner = outline - bevel * outline / np.linalg.norm(outline, axis=1, keepdims=True)
    surfaces = [planar(loft([inner, outline, outline, inner], [0.0, bevel, height - bevel, height], face))]
    end = outline[:, 0].max()
    hole_x = end - (0.014 if style == "paddle" else 0.02)
    dark = Material((0.05, 0.045, 0.04), roughness=1.0)
    if style != "groove":
        surfaces.append(drum(0.0062, height - 0.001, height + 0.0002, dark, 20).moved((hole_x, 0.0, 0.0)))
    if style != "hole":
        surfaces += _groove((length * (0.72 if style == "paddle" else 1.0), width), height, groove)
    return standing(surfaces, parts, props.density, props.friction)


def _paddle(length: float, width: float, height: float) -> tuple[Array, list[Array]]:
    """Outline [N, 2] of a board with a handle at +x, and its two collision boxes."""
    neck, handle = 0.28 * length, 0.034
    body = length - neck
    t = np.unique(np.concatenate([np.linspace(-np.pi, np.pi, 81)[:-1], np.linspace(-0.25, 0.25, 33)]))
    c, s = np.cos(t), np.sin(t)
    square = ((np.abs(c) / (body / 2)) ** 9 + (np.abs(s) / (width / 2)) ** 9) ** (-1 / 9)
    grip = ((np.abs(c) / (body / 2 + neck)) ** 9 + (np.abs(s) / (handle / 2)) ** 9) ** (-1 / 9)
    radius = np.where(c > 0, np.maximum(square, grip), square)
    boxes = [box_part((body, width, height), (0.0, 0.0, height / 2)),
             box_part((neck, handle, height), (length / 2, 0.0, height / 2))]
    return np.column_stack([radius * c, radius * s]), boxes


def _groove(size: tuple[float, float], height: float, material: Material) -> list[Surface]:
    """Four thin dark strips inlaid in the top."""
    w, d = size[0] - 0.026, size[1] - 0.026
    z, t, line = height - 0.0004, 0.001, 0.0035
    strips = [slab((w, line, t), (0.0, side * d / 2, z), material) for side in (-1, 1)]
    return strips + [slab((line, d + line, t), (side * w / 2, 0.0, z), material) for side in (-1, 1)]


def chessboard(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A framed 8 x 8 board, 17 cm square and 1 cm thick."""
    side, height = rng.uniform(0.165, 0.175), 0.01
    light = vary(pick(rng, ((0.93, 0.85, 0.7), (0.95, 0.94, 0.9), (0.88, 0.78, 0.58))), rng)
    dark = color_or(spec.color, ((0.4, 0.22, 0.12), (0.1, 0.1, 0.11), (0.2, 0.38, 0.24), (0.5, 0.14, 0.12)), rng)
    if sum(dark) > 1.9:  # pale squares need dark ones beside them
        light, dark = dark, spec.accents[0] if spec.accents else (0.22, 0.20, 0.20)
    face = MATERIALS["wood"].material(texture=chequers(rng, light, dark, border=rng.uniform(0.05, 0.08)))
    outline = rounded_polygon(side, side, 0.004)
    board = planar(loft([outline, outline, outline * 0.985], [0.0, height - 0.0015, height], face))
    return ObjectModel((board,), (box_part((side, side, height), (0, 0, height / 2)),), 600.0, 0.6)


FAMILIES: tuple[Family, ...] = (
    Family("napkin", napkin, ("napkin", "cloth", "serviette", "handkerchief"),
           own=frozenset({"striped", "banded", "checkered", "dotted", "square"}), parts={"hem": frozenset()}),
    Family("towel", towel, ("towel", "kitchen towel", "dish towel", "hand towel", "tea towel"),
           own=frozenset({"striped", "banded", "rectangular"})),
    Family("mouse_pad", mouse_pad, ("mouse pad", "mousepad", "mouse mat")),
    Family("cutting_board", cutting_board, ("cutting board", "chopping board", "bread board"),
           own=frozenset({"rectangular"}), parts={"handle": frozenset()}),
    Family("chessboard", chessboard, ("chessboard", "chess board", "checkerboard")),
)  # fmt: skip
