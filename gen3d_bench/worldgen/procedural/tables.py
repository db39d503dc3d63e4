"""Tables: a flat top in many materials and shapes, on many kinds of legs.

Frame: origin at the centre of the top surface, which is exactly flat at z = 0; the robot stands near the -x edge.
"""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.geometry import Array, lathe, loft, rounded_polygon, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import pick
from gen3d_bench.worldgen.procedural.solids import drum, merged, metric, slab, span
from gen3d_bench.worldgen.procedural.spec import Spec
from gen3d_bench.worldgen.procedural.tablelooks import TableLook, table_look


def build_table(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A table: 0.7-0.9 m along x, 1.0-1.4 m along y, top at z = 0, feet 0.72-0.78 m below.

    The description ("white marble table", "red tablecloth") choose the look; the rest is random.  Collision: one
    convex prism for the top.
    """
    top = table_look(spec, rng)
    # shallow tops are likelier: behind them the camera sees more of the room
    depth, width = 0.70 + 0.16 * rng.random() ** 2, 1.0 + 0.4 * rng.random() ** 1.3
    thick, drop = rng.uniform(0.022, 0.048), rng.uniform(0.72, 0.78)
    thick = thick * 1.35 if "thick" in spec.shapes else thick
    shape = next((s for s in SHAPES if s in spec.shapes), None)
    if shape in ("round", "square"):
        depth = width = rng.uniform(0.90, 0.95)
    outline = _outline(depth, width, shape, rng)
    edge = Material(top.trim, roughness=0.6)
    surfaces = [*_slab_of(outline, thick, top, edge, rng)]
    if top.cloth:
        surfaces.append(_skirt(outline, top, rng))
    inset = 0.72 if shape in ("round", "oval") else 1.0  # feet stay below the top
    surfaces += _legs(inset * depth, inset * width, thick, drop, edge, _leg_style(spec, rng), rng)
    prism = np.vstack([np.column_stack([outline, np.full(len(outline), z)]) for z in (-thick, 0.0)])
    return ObjectModel(merged(surfaces), (prism,), 600.0, 1.0)


SHAPES = ("round", "square", "oval", "rectangular")
"""Shapes of tops that can be asked for."""
LEG_STYLES = ("square", "turned", "splayed", "trestle", "pedestal", "hairpin", "panels")


def _leg_style(spec: Spec, rng: np.random.Generator) -> str:
    """The style of legs that a description names ("hairpin legs", "trestle table"), or any."""
    legs = spec.part("leg", "base", "frame", "pedestal")
    said = spec.words if legs is None else spec.words | legs.words | {legs.name}
    usual = pick(rng, LEG_STYLES)
    return next((style for style in LEG_STYLES[1:6] if style in said), usual)


def _outline(depth: float, width: float, shape: str | None, rng: np.random.Generator) -> Array:
    """[32, 2] convex outline: square, rounded or superelliptic, or the shape that was asked for."""
    style = pick(rng, ("square", "square", "rounded", "oval", "oval"))
    bulge = rng.uniform(2.2, 4.0)
    if shape in ("round", "oval"):
        style, bulge = "oval", 2.0 if shape == "round" else 2.3
    elif shape is not None:
        style = "square"
    if style == "oval":
        t = 2 * np.pi * (np.arange(32) + 0.5) / 32
        power = 2 / bulge
        c, s = np.cos(t), np.sin(t)
        return np.column_stack(
            [depth / 2 * np.sign(c) * np.abs(c) ** power, width / 2 * np.sign(s) * np.abs(s) ** power]
        )
    return rounded_polygon(depth, width, 0.008 if style == "square" else rng.uniform(0.03, 0.16), n=8)


def _slab_of(outline: Array, thick: float, top: TableLook, edge: Material, rng: np.random.Generator) -> list[Surface]:
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


def _skirt(outline: Array, top: TableLook, rng: np.random.Generator) -> Surface:
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
    depth: float, width: float, thick: float, drop: float, edge: Material, style: str, rng: np.random.Generator
) -> list[Surface]:
    """Legs under the top, from z = -drop to its underside, in one of seven styles, within the top's outline."""
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
