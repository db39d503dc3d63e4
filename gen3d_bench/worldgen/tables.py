"""Tables: a flat top in many materials and shapes, on many kinds of legs.

Frame: origin at the centre of the top surface, which is exactly flat at z = 0; the robot stands near the -x edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen import patterns, textures
from gen3d_bench.worldgen.geometry import Array, lathe, loft, rounded_polygon, sweep
from gen3d_bench.worldgen.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.palette import color_or, pick, shade, vary
from gen3d_bench.worldgen.prompts import describe, tokens
from gen3d_bench.worldgen.solids import drum, merged, metric, slab, span
from gen3d_bench.worldgen.spec import Rgb

_WOODS: tuple[Rgb, ...] = (
    (0.72, 0.52, 0.32),
    (0.84, 0.68, 0.46),
    (0.50, 0.31, 0.18),
    (0.34, 0.21, 0.14),
    (0.62, 0.36, 0.22),
    (0.78, 0.62, 0.44),
    (0.55, 0.45, 0.36),
    (0.82, 0.72, 0.57),
)
_PAINTS: tuple[Rgb, ...] = (
    (0.80, 0.79, 0.76),
    (0.42, 0.55, 0.62),
    (0.55, 0.62, 0.50),
    (0.30, 0.33, 0.38),
    (0.80, 0.72, 0.58),
    (0.62, 0.40, 0.36),
    (0.25, 0.38, 0.45),
    (0.78, 0.70, 0.46),
    (0.70, 0.72, 0.74),
    (0.16, 0.17, 0.19),
)
_STONES: tuple[Rgb, ...] = (
    (0.84, 0.83, 0.81),
    (0.18, 0.20, 0.20),
    (0.55, 0.50, 0.45),
    (0.78, 0.70, 0.60),
    (0.30, 0.40, 0.36),
    (0.62, 0.64, 0.66),
)
_CLOTHS: tuple[Rgb, ...] = (
    (0.72, 0.18, 0.18),
    (0.20, 0.36, 0.60),
    (0.30, 0.48, 0.34),
    (0.76, 0.70, 0.58),
    (0.80, 0.60, 0.25),
    (0.50, 0.34, 0.50),
    (0.36, 0.40, 0.44),
    (0.85, 0.55, 0.45),
)
_LOOKS = (
    "planks",
    "planks",
    "planks",
    "solid",
    "solid",
    "butcher",
    "parquet",
    "marble",
    "marble",
    "granite",
    "terrazzo",
    "paint",
    "paint",
    "laminate",
    "laminate",
    "cloth",
    "cloth",
    "cloth",
    "tiles",
    "tiles",
    "steel",
    "cork",
    "slate",
)
_BY_MATERIAL = {
    "wood": ("planks", "solid", "butcher", "parquet"),
    "metal": ("steel",),
    "steel": ("steel",),
    "ceramic": ("tiles",),
    "fabric": ("cloth",),
    "plastic": ("laminate",),
}
_BY_WORD = {
    "marble": "marble",
    "granite": "granite",
    "terrazzo": "terrazzo",
    "painted": "paint",
    "laminate": "laminate",
    "tablecloth": "cloth",
    "tiled": "tiles",
    "cork": "cork",
    "slate": "slate",
    "stone": "marble",
    "parquet": "parquet",
}
_TIMBERS: Mapping[str, Rgb] = MappingProxyType(
    {
        "oak": (0.74, 0.56, 0.36),
        "walnut": (0.38, 0.24, 0.16),
        "bamboo": (0.80, 0.68, 0.42),
        "pine": (0.82, 0.66, 0.44),
        "cherry": (0.58, 0.30, 0.19),
        "birch": (0.82, 0.73, 0.58),
        "mahogany": (0.42, 0.18, 0.12),
        "teak": (0.60, 0.40, 0.22),
        "dark": (0.34, 0.21, 0.14),
        "light": (0.82, 0.68, 0.48),
    }
)
"""Words for kinds of wood, or how dark it is."""


@dataclass(frozen=True)
class _Top:
    """Look of a table top: face material and its texture scale (m per repeat), colour of edge and legs."""

    face: Material
    tile: float
    trim: Rgb
    cloth: bool = False


def build_table(prompt: str, rng: np.random.Generator) -> ObjectModel:
    """A table: 0.7-0.9 m along x, 1.0-1.4 m along y, top at z = 0, feet 0.72-0.78 m below.

    Words of the prompt ("white marble table", "red tablecloth") choose the look; the rest is random.  Collision: one
    convex prism for the top.
    """
    color, material, words = describe(tokens(prompt))
    if color is None:
        color = next((_TIMBERS[w] for w in _TIMBERS if w in words), None)
    asked = next((_BY_WORD[w] for w in sorted(words) if w in _BY_WORD), None)
    options = (asked,) if asked else _BY_MATERIAL.get(material or "", _LOOKS)
    top = _top(pick(rng, options), color, rng)
    # shallow tops are likelier: behind them the camera sees more of the room
    depth, width = 0.70 + 0.16 * rng.random() ** 2, 1.0 + 0.4 * rng.random() ** 1.3
    thick, drop = rng.uniform(0.022, 0.048), rng.uniform(0.72, 0.78)
    outline = _outline(depth, width, rng)
    edge = Material(top.trim, roughness=0.6)
    surfaces = [*_slab_of(outline, thick, top, edge, rng)]
    if top.cloth:
        surfaces.append(_skirt(outline, top, rng))
    surfaces += _legs(depth, width, thick, drop, edge, rng)
    prism = np.vstack([np.column_stack([outline, np.full(len(outline), z)]) for z in (-thick, 0.0)])
    return ObjectModel(merged(surfaces), (prism,), 600.0, 1.0)


def _outline(depth: float, width: float, rng: np.random.Generator) -> Array:
    """[32, 2] convex outline: square, rounded or superelliptic."""
    style = pick(rng, ("square", "square", "rounded", "oval", "oval"))
    if style == "oval":
        t = 2 * np.pi * (np.arange(32) + 0.5) / 32
        power = 2 / rng.uniform(2.2, 4.0)
        c, s = np.cos(t), np.sin(t)
        return np.column_stack(
            [depth / 2 * np.sign(c) * np.abs(c) ** power, width / 2 * np.sign(s) * np.abs(s) ** power]
        )
    return rounded_polygon(depth, width, 0.008 if style == "square" else rng.uniform(0.03, 0.16), n=8)


def _top(look: str, color: Rgb | None, rng: np.random.Generator) -> _Top:
    """Texture and colours of one look."""
    timber = color_or(color, _WOODS, rng, 0.08)
    leg_wood = timber if rng.random() < 0.6 else pick(rng, (*_WOODS[2:4], (0.92, 0.91, 0.88), (0.12, 0.12, 0.13)))
    if look in ("planks", "solid", "butcher", "parquet"):
        if look == "planks":
            face = textures.wood(
                rng,
                timber,
                512,
                planks=int(rng.integers(4, 10)),
                along=pick(rng, ("v", "v", "u")),
                contrast=rng.uniform(0.2, 0.45),
            )
        elif look == "solid":
            face = textures.wood(rng, timber, 512, along=pick(rng, ("v", "v", "u")), contrast=rng.uniform(0.2, 0.45))
        elif look == "butcher":
            face = patterns.floorboards(rng, timber, 512, planks=int(rng.integers(14, 22))).transpose(1, 0, 2).copy()
        else:
            face = patterns.parquet(rng, timber, 512, blocks=int(rng.choice([4, 6, 8])), strips=int(rng.integers(3, 6)))
        return _Top(Material(texture=face, roughness=rng.uniform(0.4, 0.75)), rng.uniform(0.7, 1.0), leg_wood)
    if look == "cloth":
        dye = color_or(color, _CLOTHS, rng, 0.06)
        pattern = pick(rng, textures.FABRIC_PATTERNS[:5])
        accent = pick(rng, ((0.85, 0.84, 0.8), textures.lighter(dye, 0.35), shade(dye, 0.55)))
        face = textures.fabric(rng, dye, 256, pattern=pattern, accent=accent, repeats=int(rng.choice([4, 6, 8])))
        return _Top(Material(texture=face, roughness=0.95), rng.uniform(0.25, 0.5), leg_wood, cloth=True)
    if look == "paint":
        base = color_or(color, _PAINTS, rng, 0.08)
        grain = textures.wood(
            rng, base, 512, planks=int(rng.integers(5, 9)), along="v", contrast=rng.uniform(0.06, 0.16)
        )
        return _Top(Material(texture=grain, roughness=0.6), 0.9, shade(base, 0.85))
    if look == "tiles":
        base = color_or(color, _PAINTS, rng, 0.08)
        second = shade(base, rng.uniform(0.6, 1.4)) if rng.random() < 0.6 else None
        face = patterns.tiles(
            rng, base, 256, count=4, second=second, grout=pick(rng, ((0.75, 0.74, 0.72), (0.35, 0.34, 0.33)))
        )
        return _Top(Material(texture=face, roughness=0.35), rng.uniform(0.3, 0.6), leg_wood)
    return _mineral_top(look, color, leg_wood, rng)


def _mineral_top(look: str, color: Rgb | None, leg_wood: Rgb, rng: np.random.Generator) -> _Top:
    """Stone, laminate, steel, cork and slate."""
    if look == "marble":
        base = color_or(color, _STONES, rng, 0.05)
        veins = textures.lighter(base, 0.6) if sum(base) < 1.2 else None
        face = textures.stone(rng, base, 512, veins=veins, sharpness=rng.uniform(4, 9))
        return _Top(
            Material(texture=face, roughness=0.25), rng.uniform(0.7, 1.1), pick(rng, (leg_wood, (0.75, 0.64, 0.4)))
        )
    if look == "granite":
        base = color_or(color, _STONES, rng, 0.08)
        return _Top(Material(texture=textures.granite(rng, base, 256), roughness=0.35), 0.35, leg_wood)
    if look == "terrazzo":
        base = color_or(color, _STONES, rng, 0.08)
        chips = vary(pick(rng, _PAINTS), rng, 0.1)
        face = textures.speckle(rng, base, 256, dots=chips, density=rng.uniform(0.05, 0.16))
        return _Top(Material(texture=face, roughness=0.4), rng.uniform(0.35, 0.6), leg_wood)
    if look == "steel":
        face = textures.metal(rng, color or vary((0.72, 0.73, 0.75), rng), 256, along=pick(rng, ("u", "v")))
        return _Top(Material(texture=face, roughness=0.4, metallic=0.3), 0.8, (0.55, 0.56, 0.58))
    if look == "cork":
        face = textures.cork(rng, color_or(color, ((0.76, 0.58, 0.38), (0.66, 0.48, 0.32)), rng), 256)
        return _Top(Material(texture=face, roughness=0.95), 0.4, leg_wood)
    if look == "slate":
        base = color_or(color, ((0.22, 0.24, 0.26), (0.20, 0.27, 0.25), (0.30, 0.27, 0.27)), rng)
        rgb = textures.shaded(base, 0.8 + 0.4 * textures.noise(rng, (256, 256), (3, 6), 6))
        return _Top(Material(texture=textures.to_texture(rgb), roughness=0.8), 0.9, leg_wood)
    base = color_or(color, _PAINTS, rng, 0.1)
    return _Top(
        Material(texture=textures.plain(rng, base, 128), roughness=0.45), 0.9, pick(rng, (leg_wood, shade(base, 0.6)))
    )


def _slab_of(outline: Array, thick: float, top: _Top, edge: Material, rng: np.random.Generator) -> list[Surface]:
    """The top board; sometimes a thin face on a board of the trim colour."""
    bevel = rng.uniform(0.002, 0.007)
    inner = outline * (1 - 2 * bevel / np.abs(outline).max(axis=0))
    if not top.cloth and rng.random() < 0.4:
        lip = 0.006
        return [
            metric(loft([outline, outline, inner], [-lip, -bevel / 2, 0.0], top.face), top.tile),
            loft([inner, outline, outline], [-thick, -thick + bevel, -lip], edge),
        ]
    return [metric(loft([inner, outline, outline, inner], [-thick, bevel - thick, -bevel, 0.0], top.face), top.tile)]


def _skirt(outline: Array, top: _Top, rng: np.random.Generator) -> Surface:
    """The hanging border of a tablecloth, a closed wavy band just outside the top's edge."""
    length = rng.uniform(0.10, 0.24)
    fine = _resampled(outline, 96)
    unit = fine / np.linalg.norm(fine, axis=1, keepdims=True)
    ripple = 0.012 * np.sin(2 * np.pi * int(rng.integers(12, 20)) * np.arange(96) / 96)[:, None]
    hung = fine + unit * (0.02 + ripple)
    rings = [hung, fine + unit * 0.004, fine * 0.999, hung - unit * 0.004]
    walls = loft(rings, [-length, -0.002, -0.004, -length], top.face)
    around = np.linalg.norm(np.diff(np.vstack([outline, outline[:1]]), axis=0), axis=1).sum()
    uv = np.column_stack([walls.uv[:, 0] * round(around / top.tile), walls.vertices[:, 2] / top.tile])
    return Surface(walls.vertices, walls.faces, uv, top.face, 60.0)


def _resampled(outline: Array, n: int) -> Array:
    """[n, 2] points evenly spread along a closed outline."""
    closed = np.vstack([outline, outline[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    s = np.linspace(0, along[-1], n, endpoint=False)
    return np.column_stack([np.interp(s, along, closed[:, k]) for k in range(2)])


def _legs(
    depth: float, width: float, thick: float, drop: float, edge: Material, rng: np.random.Generator
) -> list[Surface]:
    """Legs under the top, from z = -drop to its underside, in one of seven styles, within the top's outline."""
    style = pick(rng, ("square", "turned", "splayed", "trestle", "pedestal", "hairpin", "panels"))
    hx, hy, low, high = 0.36 * depth, 0.38 * width, -drop, -thick
    feet = [(sx * hx, sy * hy) for sx in (-1, 1) for sy in (-1, 1)]
    iron = Material(pick(rng, ((0.1, 0.1, 0.11), (0.6, 0.61, 0.63), edge.base_color)), roughness=0.4)
    apron = [slab((2 * hx, 0.02, 0.08), (0, s * hy, high - 0.04), edge) for s in (-1, 1)]
    apron += [slab((0.02, 2 * hy, 0.08), (s * hx, 0, high - 0.04), edge) for s in (-1, 1)]
    if style == "square":
        w = rng.uniform(0.04, 0.08) / 2
        return apron + [span((x - w, y - w, low), (x + w, y + w, high), edge) for x, y in feet]
    if style == "turned":
        r, h = rng.uniform(0.026, 0.036), drop - thick
        profile = [
            (0, 0),
            (0.6 * r, 0),
            (0.8 * r, 0.06 * h),
            (0.6 * r, 0.1 * h),
            (r, 0.45 * h),
            (0.65 * r, 0.7 * h),
            (r, 0.76 * h),
            (r, h),
            (0, h),
        ]
        return apron + [lathe(profile, edge, 14).moved((x, y, low)) for x, y in feet]
    if style in ("splayed", "hairpin"):
        out, r = rng.uniform(1.02, 1.15), 0.022 if style == "splayed" else 0.007
        spread = (0.0,) if style == "splayed" else (-0.05, 0.05)
        material = edge if style == "splayed" else iron
        return [
            sweep(
                np.array([(x * out, y * out + 0.2 * d, low), (x * 0.9, y * 0.9 + d, high)]), [0.6 * r, r], material, 10
            )
            for x, y in feet
            for d in spread
        ]
    if style == "trestle":
        frames = [
            piece
            for s in (-1, 1)
            for piece in (
                slab((2 * hx, 0.07, 0.05), (0, s * hy, low + 0.025), edge),
                slab((1.6 * hx, 0.07, 0.05), (0, s * hy, high - 0.025), edge),
                slab((0.09, 0.06, drop - thick), (0, s * hy, (low + high) / 2), edge),
            )
        ]
        return [*frames, slab((0.03, 2 * hy, 0.09), (0, 0, low + 0.3), edge)]
    if style == "pedestal":
        column = [drum(0.05, low, high, edge, 20).moved((0.0, s * 0.25 * width, 0.0)) for s in (-1, 1)]
        return column + [slab((1.7 * hx, 0.09, 0.05), (0, s * 0.25 * width, low + 0.025), edge) for s in (-1, 1)]
    return [slab((1.9 * hx, 0.03, drop - thick), (0, s * hy, (low + high) / 2), edge) for s in (-1, 1)] + [
        slab((0.02, 2 * hy, 0.3), (0.5 * hx, 0, high - 0.15), edge)
    ]
