"""Light solids and small moves on surfaces that furniture and household things are put together from.

Metres, Z up.  Unlike `geometry.box`, whose edges are rounded, these spend as few triangles as their shape allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gen3d_bench.worldgen.procedural.geometry import Array, lathe, loft, rotation
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface

Point = tuple[float, float, float]

_FACES: tuple[tuple[int, int, int, float], ...] = (
    (0, 1, 2, 1.0), (0, 1, 2, -1.0), (1, 0, 2, 1.0), (1, 0, 2, -1.0), (2, 0, 1, 1.0), (2, 0, 1, -1.0),
)
"""Each face of a box: normal axis, texture u axis, texture v axis, side."""


def slab(size: Point, center: Point, material: Material, tile: float | None = None) -> Surface:
    """A plain box of 12 triangles by full sizes and centre (m).

    tile: metres that one texture repeat covers; None stretches the texture once over every face.
    """
    half, middle = np.asarray(size, float) / 2, np.asarray(center, float)
    vertices: list[Array] = []
    uv: list[Array] = []
    faces: list[NDArray[np.int64]] = []
    for axis, ua, va, side in _FACES:
        # the u direction flips so that a face seen from outside reads left to right
        turn = side if axis == 0 else (-side if axis == 1 else 1.0)
        corner = np.zeros((4, 3))
        s, t = np.array([-1, 1, 1, -1]) * turn, np.array([-1, -1, 1, 1])
        corner[:, axis], corner[:, ua], corner[:, va] = side * half[axis], s * half[ua], t * half[va]
        local = np.column_stack([(s * turn + 1) / 2, (t + 1) / 2])
        if tile is not None:
            local = local * (2 * half[[ua, va]]) / tile
        order = np.array([[0, 1, 2], [0, 2, 3]]) + 4 * len(vertices)
        faces.append(order if axis != 2 or side > 0 else order[:, ::-1])
        vertices.append(corner + middle)
        uv.append(local)
    return Surface(np.vstack(vertices), np.vstack(faces).astype(np.int64), np.vstack(uv), material, 30.0)


def drum(radius: float, z0: float, z1: float, material: Material, segments: int = 24, *, bevel: float = 0.0,
         top: float | None = None) -> Surface:
    """An upright cylinder (or cone, if the top radius differs); texture u runs around, v from z0 to z1."""
    above = radius if top is None else top
    profile = [(0, z0), (radius - bevel, z0), (radius, z0 + bevel), (above, z1 - bevel), (above - bevel, z1), (0, z1)]
    unique = [p for k, p in enumerate(profile) if k == 0 or p != profile[k - 1]]
    turned = lathe(unique, material, segments)
    return replace(turned, uv=np.column_stack([turned.uv[:, 0], (turned.vertices[:, 2] - z0) / (z1 - z0)]))


def extruded(outline: ArrayLike, width: float, material: Material, *, bevel: float = 0.0) -> Surface:
    """A side view given width: outline [N, 2] of (x, z), star-shaped, counter-clockwise, spread over y in +-width/2."""
    points = np.asarray(outline, float)
    center = points.mean(axis=0)
    inner = center + (points - center) * (1 - bevel / np.abs(points - center).max())
    h = width / 2
    if bevel > 0:
        walls = loft([inner, points, points, inner], [-h, bevel - h, h - bevel, h], material, crease_deg=35.0)
    else:
        walls = loft([points, points], [-h, h], material, crease_deg=35.0)
    return walls.turned(rotation("x", np.pi / 2))


def lying(surface: Surface, lift: float = 0.0) -> Surface:
    """An upright thing laid along x (its top towards +x) with its axis at height `lift`."""
    return surface.turned(rotation("y", np.pi / 2)).moved((0.0, 0.0, lift))


def lying_part(part: Array, lift: float) -> Array:
    """`lying` for a collision part."""
    return part @ rotation("y", np.pi / 2).T + (0.0, 0.0, lift)


def planar(surface: Surface, repeats: float = 1.0) -> Surface:
    """Texture seen from above: u along x and v along y over the footprint."""
    low, high = surface.vertices[:, :2].min(axis=0), surface.vertices[:, :2].max(axis=0)
    return replace(surface, uv=repeats * (surface.vertices[:, :2] - low) / (high - low))


def bent(surface: Surface, rule: Callable[[Array], Array]) -> Surface:
    """A surface whose vertices [V, 3] are moved by a rule that returns their new places."""
    return replace(surface, vertices=rule(surface.vertices))


def sheet(size: Point, material: Material, relief: Callable[[Array, Array], Array] | None = None,
          n: int = 17) -> Surface:
    """A closed slab standing on z = 0 with an n x n grid on top; `relief(x, y)` [n*n] (m) is added to the top's height.

    Texture: planar over the top; the sides take its edge.
    """
    width, depth, height = size
    s = np.linspace(-0.5, 0.5, n)
    x, y = (g.ravel() for g in np.meshgrid(s * width, s * depth))
    top = np.column_stack([x, y, np.full(n * n, height) if relief is None else height + relief(x, y)])
    bottom = np.column_stack([x, y, np.zeros(n * n)])
    i, j = (g.ravel() for g in np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij"))
    a, b, c, d = i * n + j, i * n + j + 1, (i + 1) * n + j + 1, (i + 1) * n + j
    cells = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    k = np.arange(n)
    rim = np.concatenate([k[:-1], k[:-1] * n + n - 1, (n * n - 1) - k[:-1], (n - 1 - k[:-1]) * n])
    nxt, m = np.roll(rim, -1), n * n
    walls = np.concatenate([np.column_stack([rim + m, nxt + m, nxt]), np.column_stack([rim + m, nxt, rim])])
    faces = np.concatenate([cells, cells[:, ::-1] + m, walls]).astype(np.int64)
    uv = np.column_stack([x / width + 0.5, y / depth + 0.5])
    return Surface(np.vstack([top, bottom]), faces, np.vstack([uv, uv]), material, 50.0)


def joined(*surfaces: Surface) -> Surface:
    """One surface from several that share the first one's material: one draw call instead of many."""
    starts = np.cumsum([0, *(len(s.vertices) for s in surfaces[:-1])])
    faces: NDArray[np.int64] = np.vstack([s.faces + start for s, start in zip(surfaces, starts, strict=True)])
    return replace(surfaces[0], vertices=np.vstack([s.vertices for s in surfaces]), faces=faces,
                   uv=np.vstack([s.uv for s in surfaces]))


def merged(surfaces: Iterable[Surface]) -> tuple[Surface, ...]:
    """Surfaces that share a material object joined into one, in order of first appearance (fewer draws)."""
    groups: dict[tuple[int, float], list[Surface]] = {}
    for surface in surfaces:
        groups.setdefault((id(surface.material), surface.crease_deg), []).append(surface)
    return tuple(joined(*group) for group in groups.values())


def standing(surfaces: Sequence[Surface], parts: Sequence[Array], density: float, friction: float = 0.65,
             mass_kg: float | None = None) -> ObjectModel:
    """A solid object of surfaces and parts, moved together: it stands on z = 0, its footprint about the origin."""
    points = np.vstack([s.vertices for s in surfaces])
    low, high = points.min(axis=0), points.max(axis=0)
    offset = np.array([-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2]])
    stood, hulls = tuple(s.moved(offset) for s in surfaces), tuple(p + offset for p in parts)
    return ObjectModel(stood, hulls, density, friction, mass_kg)


def span(low: Point, high: Point, material: Material, tile: float | None = None) -> Surface:
    """`slab` between two opposite corners."""
    a, b = np.asarray(low, float), np.asarray(high, float)
    size, center = tuple((b - a).tolist()), tuple(((a + b) / 2).tolist())
    return slab(size, center, material, tile)


def metric(surface: Surface, tile: float) -> Surface:
    """Texture seen from above at a fixed scale: one repeat covers `tile` metres along x (u) and y (v)."""
    return replace(surface, uv=surface.vertices[:, :2] / tile + 0.5)
