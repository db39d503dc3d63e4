"""A mesh between reading and writing: points shared by position, texture coordinates per corner, a paint per face."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Paint:
    """How a surface looks: a metallic-roughness material of glTF.

    color: linear RGBA factor in [0, 1].  texture: sRGB picture, mode RGB or RGBA, that the color multiplies.
    roughness, metallic: factors; rough_metal: picture that multiplies them (G roughness, B metallic).
    glow: linear RGB that it sends out itself.  alpha: "OPAQUE", "MASK" (half-transparent texels are holes) or "BLEND".
    """

    color: tuple[float, float, float, float] = (0.7, 0.7, 0.7, 1.0)
    texture: Image | None = None
    roughness: float = 0.8
    metallic: float = 0.0
    rough_metal: Image | None = None
    glow: tuple[float, float, float] = (0.0, 0.0, 0.0)
    alpha: str = "OPAQUE"


@dataclass(frozen=True, eq=False)
class Shape:
    """points: [P, 3] (m).  faces: [F, 3] of points, counter-clockwise seen from outside.

    uv: [F, 3, 2] texture coordinates of each face's corners, v upwards.  paint: [F], index into paints.
    """

    points: Array
    faces: Indices
    uv: Array
    paint: Indices
    paints: tuple[Paint, ...]

    @property
    def corners(self) -> Array:
        """[F, 3, 3] corners of the faces."""
        return self.points[self.faces]

    @property
    def bounds(self) -> Array:
        """[2, 3] lowest and highest corner of what its faces use."""
        used = self.points[np.unique(self.faces)]
        return np.stack([used.min(axis=0), used.max(axis=0)])

    @property
    def extents(self) -> Array:
        low, high = self.bounds
        return np.asarray(high - low)

    def kept(self, which: NDArray[np.bool_] | Indices) -> Shape:
        """With these faces only."""
        return replace(self, faces=self.faces[which], uv=self.uv[which], paint=self.paint[which])

    def moved(self, matrix: Array) -> Shape:
        """Under an affine transform [4, 4]; mirrored faces are turned, so that outside stays outside."""
        shape = replace(self, points=self.points @ matrix[:3, :3].T + matrix[:3, 3])
        return shape.flipped(np.ones(len(self.faces), bool)) if np.linalg.det(matrix[:3, :3]) < 0 else shape

    def flipped(self, which: NDArray[np.bool_]) -> Shape:
        """With these faces turned over."""
        faces, uv = self.faces.copy(), self.uv.copy()
        faces[which], uv[which] = faces[which][:, ::-1], uv[which][:, ::-1]
        return replace(self, faces=faces, uv=uv)


def joined(shapes: list[Shape]) -> Shape:
    """Several shapes as one; equal paints become one."""
    paints: list[Paint] = []
    place: dict[int, int] = {}
    points, faces, index, start = [], [], [], 0
    for shape in shapes:
        for paint in shape.paints:
            if id(paint) not in place:
                place[id(paint)] = len(paints)
                paints.append(paint)
        points.append(shape.points)
        faces.append(shape.faces + start)
        index.append(np.array([place[id(paint)] for paint in shape.paints], np.int64)[shape.paint])
        start += len(shape.points)
    return Shape(np.vstack(points), np.vstack(faces), np.concatenate([shape.uv for shape in shapes]),
                 np.concatenate(index), tuple(paints))


def areas(corners: Array) -> Array:
    """[F] areas of triangles [F, 3, 3] (m^2)."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(np.linalg.norm(normals, axis=1) / 2)


def sampled(corners: Array, count: int) -> tuple[Array, Indices]:
    """(points [count, 3], their triangles [count]) spread evenly over triangles; the same ones every time."""
    rng = np.random.default_rng(0)
    weights = np.cumsum(areas(corners))
    where = (np.arange(count) + 0.5) / count * weights[-1]
    chosen = np.minimum(np.searchsorted(weights, where), len(corners) - 1)
    u, v = rng.random((2, count))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    a, b, c = corners[chosen, 0], corners[chosen, 1], corners[chosen, 2]
    return a + u[:, None] * (b - a) + v[:, None] * (c - a), chosen
