"""Whether the gripper can take a thing from above: the width between its fingers at the thing's middle."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull

from gen3d_bench.worldgen.procedural.geometry import Array
from gen3d_bench.worldgen.procedural.model import ObjectModel

GRIP_M = (0.0145, 0.0465)
"""Widths that the WidowX's fingers take hold of from above: those of `agents.grasping`, which nothing here may
import, with a margin."""
HALF_FINGER_M = 0.004
TURNS = np.linspace(0.0, np.pi, 37)


def grip_widths(model: ObjectModel) -> Array:
    """[37] width (m) of the collision parts between fingers that close on their common centre of mass, by direction."""
    hulls = [ConvexHull(part) for part in model.collision]
    middles = [_center(part, hull) for part, hull in zip(model.collision, hulls, strict=True)]
    center = np.average(middles, axis=0, weights=[hull.volume for hull in hulls])[:2]
    t = np.linspace(0.0, 1.0, 25)[None, :, None]
    lines = []
    for part, hull in zip(model.collision, hulls, strict=True):
        edges = part[hull.simplices][:, [0, 1, 1, 2, 2, 0], :2].reshape(-1, 2, 2)
        lines.append((edges[:, :1] * (1 - t) + edges[:, 1:] * t).reshape(-1, 2))
    points = np.concatenate(lines) - center
    widths = []
    for turn in TURNS:
        along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
        between = points[np.abs(points @ across) < HALF_FINGER_M] @ along
        widths.append(float(np.ptp(between)) if len(between) else 0.0)
    return np.array(widths)


def can_grip(model: ObjectModel) -> bool:
    """True if the gripper can take the thing at its centre of mass in some direction."""
    widths = grip_widths(model)
    return bool(((widths >= GRIP_M[0]) & (widths <= GRIP_M[1])).any())


def _center(part: Array, hull: ConvexHull) -> Array:
    """Centre of mass [3] of a convex part."""
    corners = part[hull.simplices] - part.mean(axis=0)
    volumes = np.abs(np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])))
    return np.asarray(part.mean(axis=0) + (volumes[:, None] * corners.sum(axis=1)).sum(axis=0) / (4 * volumes.sum()))
