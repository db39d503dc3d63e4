"""Where things stand when an episode begins: collision-free placements drawn from the ranges of Table A.2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from gen3d_bench.envs.config import RandomizationConfig

Array = NDArray[np.float64]


class LayoutError(RuntimeError):
    """No collision-free placement was found."""


@dataclass(frozen=True)
class Footprint:
    """What a thing covers: `outline` [P, 2], a convex polygon counter-clockwise (m), from `bottom` to `top` (m)."""

    outline: Array
    bottom: float
    top: float

    @classmethod
    def of(cls, points: Array) -> Footprint:
        """Of points [V, 3]."""
        hull = ConvexHull(points[:, :2])
        return cls(points[hull.vertices, :2], float(points[:, 2].min()), float(points[:, 2].max()))

    def at(self, x: float, y: float, yaw: float) -> Footprint:
        c, s = np.cos(yaw), np.sin(yaw)
        return Footprint(self.outline @ np.array([[c, s], [-s, c]]) + (x, y), self.bottom, self.top)

    @cached_property
    def radius(self) -> float:
        """Of the circle about the origin that holds the outline (m)."""
        return float(np.linalg.norm(self.outline, axis=1).max())

    @cached_property
    def sides(self) -> tuple[Array, Array]:
        """Outward unit normals [P, 2] of the edges, and the distances [P] of their lines from the origin (m)."""
        edges = np.concatenate([self.outline[1:], self.outline[:1]]) - self.outline
        normals = np.column_stack([edges[:, 1], -edges[:, 0]])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        return normals, np.einsum("ij,ij->i", self.outline, normals)


def _gap_along_normals(a: Footprint, b: Footprint) -> float:
    """Largest distance between outline `b` and the lines through the edges of `a`."""
    normals, offsets = a.sides
    return float(((b.outline @ normals.T).min(axis=0) - offsets).max())


def gap(a: Footprint, b: Footprint) -> float:
    """Free distance between two things (m), negative if they overlap.

    Separating axes: never more than the true distance, and equal to it except between two corners.
    """
    across = max(_gap_along_normals(a, b), _gap_along_normals(b, a))
    return max(across, b.bottom - a.top, a.bottom - b.top)


@dataclass(frozen=True)
class _Placed:
    """A thing in its place: within `radius` of `center` (m), and how much room it wants about it (m)."""

    footprint: Footprint
    center: Array
    radius: float
    room: float

    def free(self, other: Footprint, center: Array, radius: float, room: float) -> bool:
        if np.hypot(*(self.center - center)) > self.radius + radius + room:
            return True
        return gap(other, self.footprint) > room


def place(
    footprints: Sequence[Footprint],
    obstacles: Sequence[Footprint],
    config: RandomizationConfig,
    rng: np.random.Generator,
    source: int | None = None,
) -> Array:
    """[K, 3] of (x, y, yaw) such that no two things come closer than the clearance, which is larger about the source.

    Large things are placed first, and a placement that gets stuck is begun anew.  `obstacles` (the arm) stand where
    they are.
    Raises LayoutError after `config.attempts` candidates.
    """
    order = sorted(range(len(footprints)), key=lambda k: -footprints[k].radius)
    low = np.array([config.object_x[0], config.object_y[0], config.object_yaw[0]])
    high = np.array([config.object_x[1], config.object_y[1], config.object_yaw[1]])
    room = [config.source_clearance if k == source else config.clearance for k in range(len(footprints))]
    tried = 0
    while tried < config.attempts:
        poses = np.zeros((len(footprints), 3))
        placed = [_Placed(o, o.outline.mean(axis=0), np.inf, 0.0) for o in obstacles]
        for k in order:
            radius = footprints[k].radius
            for _ in range(30):
                tried += 1
                poses[k] = rng.uniform(low, high)
                here = footprints[k].at(*poses[k])
                if all(other.free(here, poses[k, :2], radius, max(room[k], other.room)) for other in placed):
                    placed.append(_Placed(here, poses[k, :2].copy(), radius, room[k]))
                    break
            else:
                break
        else:
            return poses
    sizes = ", ".join(f"{2 * f.radius * 100:.0f}" for f in footprints)
    raise LayoutError(
        f"no room for objects of {sizes} cm within x {config.object_x}, y {config.object_y} m after "
        f"{tried} tries: use smaller or fewer objects, a smaller clearance, or wider ranges"
    )
