"""Small pure functions that build closed textured surfaces and the convex parts that go with them.

Everything is in metres, Z up, faces counter-clockwise seen from outside.  Profiles of `lathe` run from the bottom axis,
up the outside, and (for hollow things) down the inside back to the axis, as a potter would draw them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gen3d_bench.worldgen.procedural.model import Material, Surface

Array = NDArray[np.float64]

# -------------------------------------------------------------------------------------------------------------- helpers


def rotation(axis: str, angle: float) -> Array:
    """3x3 rotation matrix about "x", "y" or "z" by an angle in radians."""
    c, s = np.cos(angle), np.sin(angle)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


def _grid_faces(rows: int, cols: int) -> NDArray[np.int64]:
    """Two triangles per cell of a [rows, cols] vertex grid; normal = -d(row) x d(col), outwards for a lathe."""
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(cols - 1), indexing="ij")
    a = (r * cols + c).ravel()
    b, d, e = a + 1, a + cols, a + cols + 1
    return np.concatenate([np.column_stack([a, b, e]), np.column_stack([a, e, d])]).astype(np.int64)


def _drop_degenerate(vertices: Array, faces: NDArray[np.int64]) -> NDArray[np.int64]:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return faces[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-14]


# ----------------------------------------------------------------------------------------------------------- primitives


def lathe(profile: ArrayLike, material: Material = Material(), segments: int = 48, *, crease_deg: float = 40.0,
          radial: ArrayLike | None = None) -> Surface:
    """A profile turned about the Z axis.

    profile: [P, 2] of (radius, z), beginning and ending on the axis (radius 0).  u runs around, v along the profile.
    radial: optional [P, segments] factors on the radius, for ribs, lobes and dents (made periodic here).
    """
    points = np.asarray(profile, float)
    theta = np.linspace(0.0, 2.0 * np.pi, segments + 1)
    r = np.repeat(points[:, :1], segments + 1, axis=1)
    if radial is not None:
        factors = np.asarray(radial, float)
        r = r * np.concatenate([factors, factors[:, :1]], axis=1)
    x, y = r * np.cos(theta), r * np.sin(theta)
    x[:, -1], y[:, -1] = x[:, 0], y[:, 0]
    z = np.repeat(points[:, 1:], segments + 1, axis=1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    u, v = np.meshgrid(theta / (2.0 * np.pi), along / along[-1])
    vertices = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    faces = _drop_degenerate(vertices, _grid_faces(len(points), segments + 1))
    return Surface(vertices, faces, np.column_stack([u.ravel(), v.ravel()]), material, crease_deg)


def sweep(path: ArrayLike, radii: ArrayLike, material: Material = Material(), sides: int = 24, *, flatten: float = 1.0,
          crease_deg: float = 40.0, closed: bool = False) -> Surface:
    """A tube along a path, capped at both ends (or joined into a ring with closed=True).

    path: [N, 3] points (m).  radii: scalar or [N] (m).  flatten: height of the cross-section relative to its width,
    along the frame's second axis (for a path in the XY plane this is Z).
    """
    points = np.asarray(path, float)
    n = len(points)
    radius = np.broadcast_to(np.asarray(radii, float), (n,))
    tangent = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0) if closed else np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0]) if np.all(np.abs(tangent[:, 2]) < 0.9) else np.array([0.0, 1.0, 0.0])
    if np.any(np.linalg.norm(np.cross(up, tangent), axis=1) < 1e-3):
        up = np.array([1.0, 0.0, 0.0])
    side = np.cross(up, tangent)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    second = np.cross(tangent, side)
    theta = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    theta[-1] = 0.0
    ring = (side[:, None] * np.cos(theta)[None, :, None] + second[:, None] * (flatten * np.sin(theta))[None, :, None])
    rings = points[:, None] + ring * radius[:, None, None]
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if closed:
        rings = np.concatenate([rings, rings[:1]])
        along = np.append(along, along[-1] + np.linalg.norm(points[0] - points[-1]))
    else:
        start = np.repeat(points[:1, None], sides + 1, axis=1)
        stop = np.repeat(points[-1:, None], sides + 1, axis=1)
        rings = np.concatenate([start, rings, stop])
        along = np.concatenate([[0.0], along, [along[-1]]])
    u, v = np.meshgrid(np.linspace(0, 1, sides + 1), along / along[-1])
    vertices = rings.reshape(-1, 3)
    faces = _drop_degenerate(vertices, _grid_faces(len(rings), sides + 1))
    return Surface(vertices, faces, np.column_stack([u.ravel(), v.ravel()]), material, crease_deg)


def rounded_polygon(width: float, depth: float, radius: float, n: int = 6) -> Array:
    """[4n, 2] outline of a rectangle with rounded corners, counter-clockwise, centred on the origin."""
    radius = min(radius, 0.499 * width, 0.499 * depth)
    corners = [(1, 1, 0.0), (-1, 1, 0.5), (-1, -1, 1.0), (1, -1, 1.5)]
    parts = []
    for sx, sy, turn in corners:
        t = np.pi * (turn + np.linspace(0.0, 0.5, n))
        parts.append(np.column_stack([sx * (width / 2 - radius) + radius * np.cos(t),
                                      sy * (depth / 2 - radius) + radius * np.sin(t)]))
    return np.concatenate(parts)


def loft(outlines: Sequence[ArrayLike], heights: Sequence[float], material: Material = Material(), *,
         crease_deg: float = 40.0) -> Surface:
    """Walls through outlines of equal length stacked at heights, closed at both ends by flat fans (star-shaped ones).

    Going up outside and down inside again (heights that fall) makes a hollow box, as `lathe` makes a hollow bowl.
    Wall texture: u around, v along; the caps use planar coordinates over the outline's bounding box.
    """
    rings = [np.asarray(o, float) for o in outlines]
    m = len(rings[0])
    loops = np.stack([np.column_stack([np.vstack([r, r[:1]]), np.full(m + 1, h)])
                      for r, h in zip(rings, heights, strict=True)])
    around = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(loops[0], axis=0), axis=1))])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(loops, axis=0), axis=2).mean(axis=1))])
    u, v = np.meshgrid(around / around[-1], along / max(along[-1], 1e-12))
    vertices = [loops.reshape(-1, 3)]
    uv = [np.column_stack([u.ravel(), v.ravel()])]
    faces = [_grid_faces(len(loops), m + 1)]
    base = len(loops) * (m + 1)
    for loop, up in ((loops[0], False), (loops[-1], True)):
        ring = loop[:-1]
        low, high = ring[:, :2].min(axis=0), ring[:, :2].max(axis=0)
        points = np.vstack([ring, ring.mean(axis=0)])
        vertices.append(points)
        uv.append((points[:, :2] - low) / np.maximum(high - low, 1e-9))
        i = np.arange(m)
        j = (i + 1) % m
        fan = np.column_stack([i, j, np.full(m, m)]) if up else np.column_stack([j, i, np.full(m, m)])
        faces.append(fan + base)
        base += m + 1
    all_vertices = np.vstack(vertices)
    kept = _drop_degenerate(all_vertices, np.vstack(faces).astype(np.int64))
    return Surface(all_vertices, kept, np.vstack(uv), material, crease_deg)


def box(size: tuple[float, float, float], material: Material = Material(), *, radius: float = 0.002,
        crease_deg: float = 30.0) -> Surface:
    """A box standing on z = 0 with vertical edges rounded by `radius` and a small chamfer at top and bottom."""
    w, d, h = size
    bevel = min(radius, 0.3 * h, 0.3 * w, 0.3 * d)
    inner = rounded_polygon(w - 2 * bevel, d - 2 * bevel, max(radius - bevel, 1e-4))
    outer = rounded_polygon(w, d, max(radius, 1e-4))
    return loft([inner, outer, outer, inner], [0.0, bevel, h - bevel, h], material, crease_deg=crease_deg)


def ellipsoid_profile(radius: float, height: float, n: int = 24, power: float = 2.0) -> Array:
    """[n, 2] lathe profile of a superellipsoid standing on z = 0 (power 2: ellipsoid; larger: squarer)."""
    t = np.linspace(-np.pi / 2, np.pi / 2, n)
    c, s = np.cos(t), np.sin(t)
    r = radius * np.abs(c) ** (2.0 / power)
    z = height / 2 * (1.0 + np.sign(s) * np.abs(s) ** (2.0 / power))
    r[0] = r[-1] = 0.0
    return np.column_stack([r, z])


# ------------------------------------------------------------------------------------------------------ collision parts


def box_part(size: tuple[float, float, float], center: tuple[float, float, float]) -> Array:
    """[8, 3] corners of a box given by full sizes and centre."""
    signs = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)], float)
    return signs * np.asarray(size, float) / 2 + np.asarray(center, float)


def cylinder_part(radius: float, z0: float, z1: float, n: int = 16, radius_top: float | None = None,
                  center: tuple[float, float] = (0.0, 0.0)) -> Array:
    """[2n, 3] points of an upright (truncated) cone."""
    t = 2.0 * np.pi * (np.arange(n) + 0.5) / n
    circle = np.column_stack([np.cos(t), np.sin(t)]) / np.cos(np.pi / n) ** 0.5
    top = radius if radius_top is None else radius_top
    ends = ((radius, z0), (top, z1))
    return np.vstack([np.column_stack([circle * r + np.asarray(center), np.full(n, z)]) for r, z in ends])


def profile_part(profile: ArrayLike, n: int = 12, levels: int = 5) -> Array:
    """[<= 64, 3] hull points of a solid of revolution: `levels` rings of `n` points along the (radius, z) profile."""
    points = np.asarray(profile, float)
    z = np.linspace(points[:, 1].min(), points[:, 1].max(), levels)
    order = np.argsort(points[:, 1], kind="stable")
    r = np.interp(z, points[order, 1], points[order, 0])
    t = 2.0 * np.pi * np.arange(n) / n
    rings = [np.column_stack([ri * np.cos(t), ri * np.sin(t), np.full(n, zi)])
             for ri, zi in zip(r, z, strict=True) if ri > 1e-5]
    ends = [np.array([[0.0, 0.0, zi]]) for ri, zi in zip(r, z, strict=True) if ri <= 1e-5]
    return np.vstack(rings + ends)


def ring_parts(outer: Sequence[tuple[float, float]], inner: Sequence[tuple[float, float]],
               count: int = 12) -> list[Array]:
    """`count` convex staves that make a hollow wall: between an outer and an inner line of (radius, z), bottom to top.

    Two points per line give a straight wall.  The staves' inner faces lie outside the true inner circle only by the
    sagitta.
    """
    parts = []
    for k in range(count):
        t = 2.0 * np.pi * np.array([k, k + 1]) / count
        points = [[r * np.cos(a), r * np.sin(a), z] for r, z in (*outer, *inner) for a in t]
        parts.append(np.array(points))
    return parts


def hull_of(*surfaces: Surface, limit: int = 64) -> Array:
    """[<= limit, 3] extreme points of surfaces: one convex part for a thing that is convex enough.

    Picks the support points of evenly spread directions, so it is deterministic and never exceeds the limit.
    """
    points = np.vstack([s.vertices for s in surfaces])
    k = np.arange(limit) + 0.5
    polar, azimuth = np.arccos(1 - 2 * k / limit), np.pi * (1 + 5**0.5) * k
    directions = np.column_stack([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)])
    axes = np.vstack([np.eye(3), -np.eye(3)])
    chosen = np.unique(np.argmax(points @ np.vstack([axes, directions[: limit - 6]]).T, axis=0))
    return points[chosen]
