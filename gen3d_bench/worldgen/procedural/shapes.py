"""What families with bodies of their own share: setting fruit down, leaves, hulls that rest, hollow vessels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull

from gen3d_bench.worldgen.procedural.geometry import (
    cylinder_part,
    lathe,
    loft,
    ring_parts,
    rounded_polygon,
    sweep,
)
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, Material, Surface
from gen3d_bench.worldgen.procedural.solids import bent

Array = NDArray[np.float64]
Line = Sequence[tuple[float, float]]
"""(radius, z) points of a profile, bottom to top (m)."""


def grounded(surfaces: Sequence[Surface], *, flat: float = 0.0, center: bool = True) -> tuple[Surface, ...]:
    """Set down on z = 0, everything in the lowest `flat` metres pressed into a level facet so that it does not roll.

    center: put the middle of the bounding box above the origin.
    """
    points = np.vstack([s.vertices for s in surfaces])
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2 if center else np.zeros(3)
    shift = np.array([middle[0], middle[1], low[2] + flat])
    return tuple(replace(s, vertices=np.maximum(s.vertices - shift, (-np.inf, -np.inf, 0.0))) for s in surfaces)


def footing(surface: Surface) -> float:
    """How far (m) the centre of mass of a solid lies inside the facet it stands on; negative if it will tip over."""
    base = np.unique(surface.vertices[surface.vertices[:, 2] < 1e-9, :2], axis=0)
    if len(base) < 3:
        return -np.inf
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    volumes = np.einsum("ij,ij->i", a, np.cross(b, c))
    middle = (volumes[:, None] * (a + b + c)).sum(axis=0) / (4 * volumes.sum())
    edges = ConvexHull(base).equations
    return float(-(edges[:, :2] @ middle[:2] + edges[:, 2]).max())


def lumpy(surface: Surface, rng: np.random.Generator, amount: float, scale: float, waves: int = 6) -> Surface:
    """Bumps of relative height `amount` and size about `scale` (m), along the direction from the middle."""
    wave_vectors = rng.normal(size=(3, waves)) / scale
    phases = rng.uniform(0, 2 * np.pi, waves)

    def change(vertices: Array) -> Array:
        middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        height = np.sin(vertices @ wave_vectors + phases).sum(axis=1, keepdims=True) / np.sqrt(waves / 2)
        return middle + (vertices - middle) * (1.0 + amount * height)

    return bent(surface, change)


def leaf(length: float, width: float, material: Material, *, thickness: float = 0.0012, lift: float = 0.0,
         curl: float = 0.0) -> Surface:
    """A pointed leaf from the origin along +X: rising by `lift` and bending down again by `curl` (m at its tip)."""
    t = np.linspace(0.0, 1.0, 8)
    path = np.column_stack([length * t, np.zeros_like(t), lift * t - curl * t**2])
    radii = width / 2 * np.clip(np.sin(np.pi * (0.08 + 0.9 * t)), 0.05, None) ** 0.8
    return sweep(path, radii, material, sides=8, flatten=min(1.0, thickness / width))


def rest_hull(*surfaces: Surface, limit: int = MAX_PART_VERTICES, base: int = 12) -> Array:
    """[<= limit, 3] support points of surfaces in even directions and, among the lowest points, `base` level ones.

    The level ones keep the facet on which a thing rests; without them a hull stands on one point.
    """
    points = np.vstack([s.vertices for s in surfaces])
    k = np.arange(limit - base - 6) + 0.5
    polar, azimuth = np.arccos(1 - 2 * k / len(k)), np.pi * (1 + 5**0.5) * k
    even = np.column_stack([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)])
    chosen = np.argmax(points @ np.vstack([even, np.eye(3), -np.eye(3)]).T, axis=0)
    lowest = np.flatnonzero(points[:, 2] < points[:, 2].min() + 1e-4)
    turn = 2 * np.pi * np.arange(base) / base
    around = np.argmax(points[lowest, :2] @ np.stack([np.cos(turn), np.sin(turn)]), axis=0)
    return np.unique(points[np.concatenate([chosen, lowest[around]])], axis=0)


def split_hulls(surface: Surface, axis: int, cuts: Sequence[float], limit: int = 40) -> list[Array]:
    """Convex parts of slices of a surface between cuts along an axis (m), for things that bend."""
    along = surface.vertices[:, axis]
    chosen = (surface.vertices[(along >= a - 1e-9) & (along <= b + 1e-9)] for a, b in pairwise(cuts))
    return [rest_hull(replace(surface, vertices=points), limit=limit, base=8) for points in chosen if len(points) > 6]


@dataclass(frozen=True)
class Vessel:
    """A hollow round body: what is seen, its collision staves and floor, and the room inside."""

    surface: Surface
    parts: tuple[Array, ...]


def vessel(outer: Line, wall: float, floor: float, material: Material, *, segments: int = 48, staves: int = 12,
           lip: float = 0.0, radial: ArrayLike | None = None, levels: int = 1, crease_deg: float = 40.0) -> Vessel:
    """A round vessel from its outer line (bottom to top), wall thickness and floor thickness (m).

    lip: how much the rim is rounded outwards (m).  levels: rings of staves that make the collision wall
    (staves * levels + 1 <= 16).  radial: [segments] factors on the radius all the way up.
    """
    profile = vessel_profile(outer, wall, floor, lip)
    factors = None if radial is None else np.broadcast_to(np.asarray(radial, float), (len(profile), segments))
    surface = lathe(profile, material, segments, radial=factors, crease_deg=crease_deg)
    line = np.asarray(outer, float)
    top = line[-1, 1]
    heights = np.linspace(0.0, top, levels + 1)
    radius = np.interp(heights, line[:, 1], line[:, 0])
    swell = 1.0 / np.cos(np.pi / staves) ** 0.5
    parts: list[Array] = []
    for k in range(levels):
        z0, z1 = float(heights[k]), float(heights[k + 1])
        r0, r1 = float(radius[k]) * swell, float(radius[k + 1]) * swell
        middle = [(float(np.interp(z, line[:, 1], line[:, 0])) * swell, float(z)) for z in np.linspace(z0, z1, 4)[1:-1]]
        parts += ring_parts([(r0, z0), *middle, (r1, z1)], [(r0 - wall, z0), (r1 - wall, z1)], staves)
    inside = float(np.interp(floor, line[:, 1], line[:, 0])) - 0.5 * wall
    parts.append(cylinder_part(min(inside, line[0, 0]), 0.0, floor, 16, inside))
    return Vessel(surface, tuple(parts))


def vessel_profile(outer: Line, wall: float, floor: float, lip: float = 0.0) -> Array:
    """[P, 2] closed profile of a vessel: foot, outside, rounded rim, inside, floor."""
    line = np.asarray(outer, float)
    top = line[-1]
    t = np.linspace(0.0, np.pi, 5)[1:-1]
    rim = np.column_stack([top[0] - wall / 2 + (wall / 2 + lip) * np.cos(t), top[1] + wall / 2 * np.sin(t) - wall / 4])
    if lip > 0:
        rim = np.vstack([[top[0] + lip, top[1] - lip], rim])
    above = line[line[:, 1] > floor + 1e-6]
    inner = (above - (wall, 0.0))[::-1]
    inner = inner[inner[:, 0] > wall]
    corner = float(np.interp(floor, line[:, 1], line[:, 0])) - wall
    bevel = min(0.003, 0.2 * corner)
    bottom = [[corner, floor + bevel], [corner - bevel, floor], [0.0, floor]]
    inner = inner[inner[:, 1] > floor + bevel + 1e-6]
    foot = [[0.0, 0.0], [max(line[0, 0] - 0.001, 1e-4), 0.0], [line[0, 0], line[0, 1] + 0.001]]
    return np.vstack([foot, line[1:], rim, inner, bottom])


def arch(width: float, reach: float, radius: float, material: Material, *, sides: int = 10, flatten: float = 1.0,
         points: int = 14) -> Surface:
    """A handle: a half loop in the XZ plane, `width` high about the origin, reaching along +X from ends at x = 0."""
    t = np.linspace(-np.pi / 2, np.pi / 2, points)
    path = np.column_stack([reach * np.cos(t) ** 0.8, np.zeros(points), width / 2 * np.sin(t)])
    return sweep(path, radius, material, sides=sides, flatten=flatten)


def box_between(low: ArrayLike, high: ArrayLike) -> Array:
    """[8, 3] corners of the box between two corners."""
    a, b = np.asarray(low, float), np.asarray(high, float)
    return np.array([[x, y, z] for x in (a[0], b[0]) for y in (a[1], b[1]) for z in (a[2], b[2])])


def hull_box(surface: Surface) -> Array:
    """[8, 3] corners of a surface's bounding box: the collision part of a handle or spout."""
    return box_between(surface.vertices.min(axis=0), surface.vertices.max(axis=0))


def rect_vessel(bottom: tuple[float, float], top: tuple[float, float], height: float, wall: float, floor: float,
                material: Material, *, radius: float = 0.006, rim: float = 0.0) -> Vessel:
    """An open box, possibly flaring: outer (width, depth) at the bottom and at the top, rounded upright edges (m).

    rim: width of a flat flange around the top (m).
    """
    def outline(width: float, depth: float, corner: float) -> Array:
        return rounded_polygon(width, depth, max(corner, 0.0005), 5)

    (w0, d0), (w1, d1) = bottom, top
    t = floor / height
    w2, d2 = w0 + (w1 - w0) * t, d0 + (d1 - d0) * t
    bevel = 0.0008
    rings = [(w0 - 2 * bevel, d0 - 2 * bevel, 0.0, radius), (w0, d0, bevel, radius), (w1, d1, height - bevel, radius)]
    if rim > 0:
        edge = radius + rim
        rings[-1] = (w1, d1, height - wall, radius)
        rings += [(w1 + 2 * rim, d1 + 2 * rim, height - wall, edge), (w1 + 2 * rim, d1 + 2 * rim, height, edge)]
    inner = max(radius - wall, 0.0005)
    rings += [(w1 - wall, d1 - wall, height, radius), (w1 - 2 * wall, d1 - 2 * wall, height - bevel, inner),
              (w2 - 2 * wall, d2 - 2 * wall, floor, inner)]
    surface = loft([outline(w, d, r) for w, d, _, r in rings], [z for _, _, z, _ in rings], material)
    parts = [_frustum_wall((w0, d0), (w1, d1), height, wall, axis, sign) for axis in (0, 1) for sign in (-1, 1)]
    return Vessel(surface, (*parts, box_between((-w0 / 2, -d0 / 2, 0.0), (w0 / 2, d0 / 2, floor)),
                            *_flange(w1, d1, rim, height, wall)))


def _frustum_wall(bottom: tuple[float, float], top: tuple[float, float], height: float, wall: float, axis: int,
                  sign: int) -> Array:
    """[8, 3] corners of one of the four walls of a flaring box: across x (axis 0) or y (axis 1)."""
    corners = []
    for size, z in ((bottom, 0.0), (top, height)):
        out, half = size[axis] / 2, size[1 - axis] / 2
        for depth in (out, out - wall):
            for side in (-half, half):
                point = [0.0, 0.0, z]
                point[axis], point[1 - axis] = sign * depth, side
                corners.append(point)
    return np.array(corners)


def _flange(width: float, depth: float, rim: float, height: float, wall: float) -> list[Array]:
    """Four slabs around the top, if there is a rim."""
    if rim <= 0:
        return []
    w, d, low = width / 2, depth / 2, height - wall
    return [box_between((-w - rim, d, low), (w + rim, d + rim, height)),
            box_between((-w - rim, -d - rim, low), (w + rim, -d, height)),
            box_between((w, -d, low), (w + rim, d, height)), box_between((-w - rim, -d, low), (-w, d, height))]
