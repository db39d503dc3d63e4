"""Do the convex parts that physics feels fit the surface that cameras see?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.worldgen.checks.hollows import hollow_of
from gen3d_bench.worldgen.checks.meshes import Hull, Surface, read_collision
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, MAX_PARTS

Array = NDArray[np.float64]

FIT = 0.004
"""How far the parts and the surface may be apart (m), or FIT_SHARE of the asset's size."""
FIT_SHARE = 0.06
BARE = 0.05
"""Share of the surface that may lie farther outside the parts."""
GHOST = 0.15
"""Share of the parts' surface that may be farther outside what is seen: a handle's part fills its loop."""
BURIED = 0.0005
"""What lies in another part, or so close under it (m), is not felt."""
SAMPLES = 1500
CONVEX_SLACK = 0.02
"""How far, relative to its size, a point of a part may lie inside the part's hull."""


def collision_problems(asset: Asset, surfaces: Sequence[Surface]) -> Iterator[str]:
    """What is wrong with the parts.  Raises UnreadableMesh."""
    parts = read_collision(asset.folder)
    if len(parts) != asset.info.parts:
        yield f"collision.obj has {len(parts)} parts, asset.json says {asset.info.parts}"
    most = max(len(part) for part in parts)
    if asset.info.kind == "object" and (len(parts) > MAX_PARTS or most > MAX_PART_VERTICES):
        yield (
            f"{len(parts)} collision parts of up to {most} points are too many: "
            f"at most {MAX_PARTS} of {MAX_PART_VERTICES}"
        )
        return
    hulls = [Hull.of(part) for part in parts]
    hollows = sum(hull.slack > CONVEX_SLACK * float(np.ptp(hull.points, axis=0).max()) for hull in hulls)
    if hollows:
        yield f"{hollows} of {len(hulls)} collision parts are not convex"
    if asset.info.hollow and not (opening := hollow_of(parts)).holds:
        yield f"asset.json calls it hollow, but its collision parts leave an opening {opening}"
    if asset.info.kind == "object":  # of a table only the top is felt, see `tables`
        yield from _misfit(asset, surfaces, hulls)


def _misfit(asset: Asset, surfaces: Sequence[Surface], hulls: Sequence[Hull]) -> Iterator[str]:
    tolerance = max(FIT, FIT_SHARE * max(asset.info.size))
    points, normals = sampled(surfaces, SAMPLES)
    uncovered = np.min([hull.distance(points) for hull in hulls], axis=0)
    bare = float((uncovered > tolerance).mean())
    if bare > BARE:
        yield (
            f"{bare:.0%} of the surface lies more than {1000 * tolerance:.0f} mm outside the collision parts "
            f"(up to {1000 * uncovered.max():.0f} mm)"
        )
    from gen3d_bench.agents.grasping import surface_points

    felt = surface_points([hull.points for hull in hulls], SAMPLES // (2 * len(hulls)) + 1)
    felt = felt[~_buried(felt, hulls)]
    unseen = _outside(felt, points, normals, sum(_area(s) for s in surfaces), tolerance)
    ghost = float((unseen > tolerance).mean())
    if ghost > GHOST:
        yield (
            f"{ghost:.0%} of the collision parts' surface is felt where nothing is seen, "
            f"up to {1000 * unseen.max():.0f} mm away"
        )


def _buried(points: Array, hulls: Sequence[Hull]) -> NDArray[np.bool_]:
    """[P] which of points [P, 3] on the surfaces of hulls have another hull right in front of them."""
    values = [points @ hull.planes[:, :3].T + hull.planes[:, 3] for hull in hulls]
    own = np.argmin([np.abs(value.max(axis=1)) for value in values], axis=0)
    normals = np.array([hulls[k].planes[values[k][p].argmax(), :3] for p, k in enumerate(own)])
    buried: NDArray[np.bool_] = np.min([hull.distance(points + BURIED * normals) for hull in hulls], axis=0) < 0.0
    return buried


def _area(surface: Surface) -> float:
    return float(np.linalg.norm(surface.face_normals, axis=1).sum()) / 2


def sampled(surfaces: Sequence[Surface], count: int) -> tuple[Array, Array]:
    """(points [P, 3], unit outward normals [P, 3]) spread evenly by area over surfaces; the same ones every time."""
    rng = np.random.default_rng(0)
    corners = np.concatenate([s.vertices[s.faces] for s in surfaces])
    normals = np.concatenate([s.face_normals for s in surfaces])
    twice = np.linalg.norm(normals, axis=1)
    chosen = np.searchsorted(np.cumsum(twice), (np.arange(count) + rng.random(count)) / count * twice.sum())
    chosen = np.minimum(chosen, len(twice) - 1)
    a, b = rng.random((2, count))
    a, b = np.where(a + b > 1, 1 - a, a), np.where(a + b > 1, 1 - b, b)
    p, q, r = (corners[chosen, k] for k in range(3))
    points = p + a[:, None] * (q - p) + b[:, None] * (r - p)
    return points, normals[chosen] / np.maximum(twice[chosen, None], 1e-30)


def _outside(points: Array, seen: Array, normals: Array, area: float, tolerance: float) -> Array:
    """How far points [P, 3] lie from a surface sampled at `seen` [Q, 3], zero for those inside it (m).

    Inside by the winding number, the samples standing for patches of the surface: exact enough away from it, and asked
    for only there.
    """
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(seen).query(points)
    spacing = float(np.sqrt(area / len(seen)))
    far = np.flatnonzero(distance > tolerance)
    distance = np.maximum(distance - spacing / 2, 0.0)
    away = seen[None] - points[far, None]
    solid_angle = np.einsum("pqk,qk->p", away / np.linalg.norm(away, axis=2, keepdims=True) ** 3, normals)
    inside = solid_angle * area / len(seen) / (4 * np.pi) > 0.5
    distance[far[inside]] = 0.0
    return np.asarray(distance, float)
