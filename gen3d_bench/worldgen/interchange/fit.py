"""How well convex parts fit the surface that is seen: what of it they miss, and what they fill that is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from gen3d_bench.worldgen.interchange.hulls import depth
from gen3d_bench.worldgen.interchange.shape import Array, Shape, areas, sampled
from gen3d_bench.worldgen.procedural.assetfiles import hull

SAMPLES = 20_000
GAP = 0.001
"""Parts closer than this (m) count as touching: what lies between them is no outside."""
LEAST_TOLERANCE = 0.002
"""Errors of less (m) matter to no grasp."""


@dataclass(frozen=True)
class Fit:
    """missing: how far the seen surface lies outside the parts.  filled: how far their surface lies from the seen one.

    Both are 95th percentiles (m): a handle that was left out shows in the first, a bowl closed by a lid in the second.
    size: diagonal of what is seen (m).
    """

    missing: float
    filled: float
    size: float

    @property
    def error(self) -> float:
        return self.missing + self.filled

    @property
    def good(self) -> bool:
        """Whether touching the parts is nearly touching the thing."""
        return (self.missing <= max(LEAST_TOLERANCE, 0.03 * self.size)
                and self.filled <= max(LEAST_TOLERANCE, 0.06 * self.size))

    def __str__(self) -> str:
        return f"{1000 * self.missing:.1f} mm missing, {1000 * self.filled:.1f} mm filled"


def fit(parts: Sequence[Array], seen: Shape) -> Fit:
    """How well parts fit a shape; the same numbers every time."""
    surface = sampled(seen.corners, SAMPLES)[0]
    some = surface[:: SAMPLES // 4000]
    outside = np.maximum(-np.max([depth(part, some) for part in parts], axis=0), 0.0)
    exposed = []
    for k, part in enumerate(parts):
        skin, above = _skin(part)
        others = [depth(other, above) for j, other in enumerate(parts) if j != k]
        exposed.append(skin[np.max(others, axis=0) < 0] if others else skin)
    # One point more, as nothing is exposed where parts lie in one another everywhere.
    distance = cKDTree(surface).query(np.vstack([*exposed, surface[:1]]))[0]
    size = float(np.linalg.norm(seen.extents))
    return Fit(float(np.quantile(outside, 0.95)), float(np.quantile(distance, 0.95)), size)


def _skin(part: Array) -> tuple[Array, Array]:
    """(points [N, 3] on a part's surface, the same points just above it): as many a square millimetre on every part."""
    points, faces, _ = hull(part)
    corners = points[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    skin, face = sampled(corners, int(np.clip(areas(corners).sum() * 1e6 / 4, 50, 4000)))
    return skin, skin + GAP * normals[face]
