"""The camera in numbers: which point is where in the picture, and the reverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import CameraConfig

Array = NDArray[np.float64]


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
