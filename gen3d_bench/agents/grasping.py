"""Where a two-finger hand can take hold of a thing from above: candidates from collision geometry alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

Array = NDArray[np.float64]

OPEN_WIDTH, LEAST_WIDTH = 0.050, 0.0125
"""Widths that the fingers can close on (m)."""
FINGER_HALF_WIDTH = 0.0135
"""Half of a finger's width across the closing direction (m)."""
FINGER_DEPTH = 0.042
"""From the middle of the open hand to the outside of a finger (m)."""
PAD_HEIGHT = 0.022
"""Height of the part of a finger that touches (m): its lowest 8 mm are chamfered and lean away from what they hold."""
REACH_DOWN = 0.030
"""How far below the top of a thing the fingertips go at most (m): the palm must stay free."""
FLOOR_GAP = 0.002
"""Least height of the fingertips above the table (m)."""


@dataclass(frozen=True)
class Grasp:
    """Fingertips' midpoint [3] (m), angle of the closing direction (rad), width taken (m), score (higher: better)."""

    tip: Array
    angle: float
    width: float
    score: float


def surface_points(parts: Sequence[Array], per_part: int = 300) -> Array:
    """[P, 3] points spread over the surface of convex parts [V, 3]; the same ones every time."""
    rng = np.random.default_rng(0)
    clouds = []
    for part in parts:
        corners = part[ConvexHull(part).simplices]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        chosen = corners[rng.choice(len(corners), per_part, p=area / area.sum())]
        weights = rng.dirichlet(np.ones(3), per_part)
        clouds += [np.einsum("pk,pkd->pd", weights, chosen), part]
    return np.vstack(clouds)


def long_axis(points: Array) -> tuple[float, float]:
    """Direction (rad) of the longest horizontal extent of points [P, 3], and its length relative to the other's."""
    flat = points[:, :2] - points[:, :2].mean(axis=0)
    values, vectors = np.linalg.eigh(flat.T @ flat)
    return float(np.arctan2(vectors[1, 1], vectors[0, 1])), float(np.sqrt(values[1] / max(values[0], 1e-12)))


def _extent(values: Array) -> float:
    return float(np.ptp(values)) if values.size else 0.0


def grasps(points: Array, center: Array, obstacles: Array, *, angles: int = 16, offsets: int = 9) -> list[Grasp]:
    """Top-down grasps of a thing with surface points [P, 3], best first.

    center: [3], where it balances, or the middle of it.  obstacles: [Q, 3] surface points of everything else.  Prefers
    to hold near the center, deep, straight across, where the thing is thinnest and does not taper.
    """
    top = float(points[:, 2].max())
    found = []
    axis, _ = long_axis(points)
    # A long thing taken even a little askew turns in the hand and slips: so start from its own directions.
    for angle in axis + np.pi * np.arange(angles) / angles:
        close = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-close[1], close[0]])
        along, side = points[:, :2] @ close, points[:, :2] @ across
        other_along, other_side = obstacles[:, :2] @ close, obstacles[:, :2] @ across
        low, high = side.min() + 0.004, side.max() - 0.004
        middle = float(center[:2] @ across)
        places = (
            np.unique(np.clip(middle + np.linspace(-0.5, 0.5, offsets) * (high - low), low, high))
            if high > low
            else [middle]
        )
        for place in places:
            near = np.abs(side - place) < FINGER_HALF_WIDTH
            if near.sum() < 4:
                continue
            local_top = float(points[near, 2].max())
            for depth in (REACH_DOWN, 0.02, 0.012):
                tip = max(local_top - depth, FLOOR_GAP)
                held = near & (points[:, 2] > tip) & (points[:, 2] < tip + PAD_HEIGHT)
                if held.sum() < 4:
                    continue
                first, last = along[held].min(), along[held].max()
                width = last - first
                if not LEAST_WIDTH <= width <= OPEN_WIDTH:
                    continue
                mid = (first + last) / 2
                # Nothing may stand where the fingers come down: of the thing itself, or of its neighbours.
                swept = near & (points[:, 2] > tip)
                outside = np.abs(along[swept] - mid)
                if outside.max() > width / 2 + 0.006:
                    continue
                in_the_way = (np.abs(other_side - place) < FINGER_HALF_WIDTH + 0.002) & (obstacles[:, 2] > tip - 0.002)
                crowd = np.abs(other_along[in_the_way] - mid)
                if crowd.size and crowd.min() < FINGER_DEPTH + 0.002:
                    continue
                lever = np.hypot(mid - float(center[:2] @ close), place - middle)
                taper = abs(_extent(along[held & (side < place)]) - _extent(along[held & (side > place)]))
                score = min(top - tip, REACH_DOWN) / REACH_DOWN - lever / 0.04 - taper / 0.003
                score -= max(0.0, 0.016 - width) / 0.002 + 0.5 * max(0.0, (local_top - tip) - FINGER_DEPTH)
                xy = mid * close + place * across
                found.append(Grasp(np.array([*xy, tip]), float(angle), float(width), float(score)))
                break
    return sorted((_less_if_oblique(g, found) for g in found), key=lambda g: -g.score)


def _less_if_oblique(grasp: Grasp, others: Sequence[Grasp]) -> Grasp:
    """Scored down by how much thinner the thing is there along another direction: closing would turn it."""
    thinnest = min(g.width for g in others if np.linalg.norm(g.tip - grasp.tip) < 0.01)
    return replace(grasp, score=grasp.score - (grasp.width - thinnest) / 0.008)
