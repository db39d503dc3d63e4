"""What a camera sees of things made of convex parts: exact ray casting in plain numpy, no renderer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from gen3d_bench.envs.camera import Camera

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Solid:
    """A union of convex parts, each the half-spaces `normals @ x <= offsets`.

    normals [F, 3] unit, pointing out; offsets [F] (m); starts [parts]: where each part's rows begin; points [V, 3]: its
    corners (m).
    """

    normals: Array
    offsets: Array
    starts: NDArray[np.int64]
    points: Array

    @classmethod
    def of(cls, parts: Sequence[Array]) -> Solid:
        """Of the corners [V, 3] of convex parts (m)."""
        # Triangles of one face have one plane: rounding finds them, and a box keeps 6 rows, not 12.
        faces = [np.unique(ConvexHull(part).equations.round(9), axis=0) for part in parts]
        starts = np.cumsum([0, *(len(face) for face in faces[:-1])])
        rows = np.vstack(faces)
        return cls(rows[:, :3], -rows[:, 3], starts, np.vstack(parts))

    def at(self, x: float, y: float, yaw: float) -> Solid:
        """Turned about the vertical by `yaw` (rad), then moved (m)."""
        c, s = np.cos(yaw), np.sin(yaw)
        turn, move = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]), np.array([x, y, 0.0])
        normals = self.normals @ turn
        return Solid(normals, self.offsets + normals @ move, self.starts, self.points @ turn + move)

    def cast(self, origins: Array, directions: Array) -> Array:
        """How far along each ray [P, 3] from its origin ([P, 3] or [3]) the solid begins; infinite where it is missed.

        Distances count lengths of `directions`.  Origins lie outside the solid.
        """
        room = self.offsets - np.atleast_2d(origins) @ self.normals.T
        slope = directions @ self.normals.T
        # Along a face: as if it came in from far away, which bounds nothing inside the face and rules out what is not.
        slope[np.abs(slope) < 1e-12] = -1e-12
        crossing = room / slope
        coming = slope < 0
        enter, leave = np.where(coming, crossing, -np.inf), np.where(coming, np.inf, crossing)
        near = np.maximum.reduceat(enter, self.starts, axis=1)
        far = np.minimum.reduceat(leave, self.starts, axis=1)
        hit: Array = np.where((near <= far) & (far > 0), near, np.inf).min(axis=1)
        return hit


def visible_share(camera: Camera, thing: Solid, others: Sequence[Solid], *, rays: int = 400) -> float:
    """Share of a thing's silhouette that no other hides, from about `rays` rays at the box around it.

    The thing lies wholly before the camera.
    """
    low, high = camera.box(thing.points)
    step = float(np.sqrt(np.prod(high - low) / rays))
    u, v = (np.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    seen = thing.cast(camera.eye, camera.rays(grid))
    grid, seen = grid[np.isfinite(seen)], seen[np.isfinite(seen)]
    if not len(grid):  # thinner than the distance between rays
        return 0.0
    directions, free = camera.rays(grid), np.ones(len(grid), bool)
    for other in others:
        first, last = camera.box(other.points)
        if (last >= low).all() and (first <= high).all():
            free &= other.cast(camera.eye, directions) >= seen
    return float(free.mean())
