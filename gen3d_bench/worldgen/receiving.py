"""Where a thing takes another: the opening of a hollow one, the top face of a flat one, from collision geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.grasping import long_axis
from gen3d_bench.envs.layout import Footprint
from gen3d_bench.worldgen.checks.hollows import CELL, felt_heights, hollow, water
from gen3d_bench.worldgen.visibility import Solid

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

DEPTH = 0.3
"""Share of the depth of a hollow beyond which things are in it: less deep is its rim."""
RIM = 0.012
"""Rims and patterns of a top face rise or fall at most this far from its middle (m)."""
YAWS = np.pi * np.arange(16) / 16
"""In which a source is tried in a target's own frame (rad)."""


class Fit(NamedTuple):
    """how: "lying" as it stands on the table, or "on end".  share: of its outline that finds room."""

    how: Literal["lying", "on end"]
    share: float


@dataclass(frozen=True)
class Region:
    """Free cells `mask` [Y, X] of a grid of CELL whose first cell is centred at `corner` [2]; all in a thing's frame.

    center [2]: middle of the free cells (m).  top: where things are let go (m).
    """

    mask: Mask
    corner: Array
    center: Array
    top: float

    def holds(self, outline: Array) -> float:
        """Share of a convex outline [P, 2] about the origin that is on free cells when put on the center."""
        steps = [np.arange(a, b + CELL, CELL) for a, b in zip(outline.min(axis=0), outline.max(axis=0), strict=True)]
        grid = np.stack(np.meshgrid(*steps), axis=-1).reshape(-1, 2)
        normals, offsets = Footprint(outline, 0.0, 0.0).sides
        points = np.vstack([grid[(grid @ normals.T <= offsets).all(axis=1)], outline])
        cells = np.round((points + self.center - self.corner) / CELL).astype(int)
        on = ((cells >= 0) & (cells < self.mask.shape[::-1])).all(axis=1)
        return float(self.mask[cells[on, 1], cells[on, 0]].sum() / len(points))


def receiving_region(parts: Sequence[Array], relation: Literal["ON", "IN"]) -> Region | None:
    """Where a target at its own origin takes things ON or IN it; None if it has no such place.

    parts: of the target, each [V, 3] (m).  What rain would fill holds things, as `checks.hollows` has it.
    """
    from scipy import ndimage

    heights, grid = felt_heights(parts)
    if relation == "IN":
        depth = water(heights)
        mask = (depth > DEPTH * depth.max()) & hollow(heights, CELL).holds
    else:
        points = np.vstack(parts)[:, :2]
        middle = np.linalg.norm(grid - (points.min(axis=0) + points.max(axis=0)) / 2, axis=-1) < 0.015
        level = float(np.median(heights[middle & np.isfinite(heights)])) if np.isfinite(heights[middle]).any() else 0.0
        mask = np.abs(heights - level) <= RIM
    labels, count = ndimage.label(mask)
    if not count:
        return None
    mask = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    top = float(heights.max() if relation == "IN" else heights[mask].max())
    return Region(mask, grid[0, 0], grid[mask].mean(axis=0), top)


def best_fit(source: Solid, region: Region) -> Fit:
    """How a source fits a target's region best, in whatever yaw: lying if all of it has room, else the roomier way."""
    flat, end = _outline(source.points[:, :2]), _end(source.points)
    lying = Fit("lying", max(region.holds(_turned(flat, yaw)) for yaw in YAWS))
    if lying.share == 1.0:
        return lying
    return max(lying, Fit("on end", max(region.holds(_turned(end, yaw)) for yaw in YAWS)), key=lambda fit: fit.share)


def _end(points: Array) -> Array:
    """Outline [P, 2] of points [V, 3] seen along their longest horizontal direction."""
    angle, _ = long_axis(points)
    across = points[:, :2] @ np.array([-np.sin(angle), np.cos(angle)])
    return _outline(np.column_stack([across, points[:, 2]]))


def _outline(points: Array) -> Array:
    """Convex outline [P, 2] about the middle of the box around points [V, 2]."""
    flat = points - (points.min(axis=0) + points.max(axis=0)) / 2
    return Footprint.of(np.column_stack([flat, np.zeros(len(flat))])).outline


def _turned(outline: Array, yaw: float) -> Array:
    return Footprint(outline, 0.0, 0.0).at(0.0, 0.0, float(yaw)).outline
