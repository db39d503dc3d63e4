"""What a camera sees of things made of convex parts: exact ray casting in plain numpy, no renderer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from gen3d_bench.envs.config import CameraConfig

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


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.  eye [3] (m); axes [3, 3]: rows point right, down and forward in the picture."""

    eye: Array
    axes: Array
    config: CameraConfig

    @classmethod
    def of(cls, config: CameraConfig, offset: Array | None = None) -> Camera:
        """The configured camera moved by `offset` [3] (m) and aimed at the same point of the table."""
        eye = np.asarray(config.position) + (0.0 if offset is None else offset)
        forward = np.array([*config.table_point, 0.0]) - eye
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        return cls(eye, np.stack([right, np.cross(forward, right), forward]), config)

    def project(self, points: Array) -> Array:
        """Pixels [..., 2] (u to the right, v down, of the reference picture) of points [..., 3] before the camera."""
        local = (points - self.eye) @ self.axes.T
        c = self.config
        depth = local[..., 2]
        return np.stack([c.cx + c.fx * local[..., 0] / depth, c.cy + c.fy * local[..., 1] / depth], axis=-1)

    def box(self, points: Array) -> tuple[Array, Array]:
        """Pixels [2] and [2]: upper left and lower right of the box about points [P, 3] in the picture.

        Without bounds where some point is not before the camera.
        """
        if ((points - self.eye) @ self.axes[2] <= self.config.near).any():
            return np.full(2, -np.inf), np.full(2, np.inf)
        pixels = self.project(points)
        return pixels.min(axis=0), pixels.max(axis=0)

    def rays(self, pixels: Array) -> Array:
        """Directions [..., 3] through pixels [..., 2], of unit depth."""
        c = self.config
        u, v = (pixels[..., 0] - c.cx) / c.fx, (pixels[..., 1] - c.cy) / c.fy
        directions: Array = np.stack([u, v, np.ones_like(u)], axis=-1) @ self.axes
        return directions

    def margin(self, points: Array) -> float:
        """How far (px of the reference picture) points [P, 3] keep from its edge; negative if one is outside."""
        low, high = self.box(points)
        return float(min(low.min(), (np.asarray(self.config.reference_size) - high).min()))


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
