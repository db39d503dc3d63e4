"""Which way is up: how firmly convex parts stand, and the turn that lets them rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from gen3d_bench.worldgen.interchange.shape import Array

STANDS_DEG = 5.0
"""What tips over at less than this does not stand."""
FIRM_DEG = 12.0
"""What lies less firmly than this rolls, and is stood up if it can stand."""
STRAIGHT_DEG = 1.0
"""Turns of less than this are left out: the thing settles by itself."""
FOOT, LEAST_FOOT = 0.006, 0.0003
"""How much higher than its lowest point a thing still touches the table: share of its height, and at least (m)."""
PRESSED, MOST_PRESSED = 0.04, 0.0008
"""How much of its base is pressed flat, so that it does not roll by itself: share of its height, at most (m).  What
touches the table always is."""
MOST_SHIFT = 0.003
"""How far the base of collision parts is moved to meet the seen one (m)."""

Z_UP = np.eye(3)
Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
X_UP = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
TURNS = {"x": X_UP, "y": Y_UP, "z": Z_UP}
"""Rotation matrices that turn a file's up axis to +z."""


def balance(parts: Sequence[Array]) -> Array:
    """[3] centre of mass of parts of one density."""
    weights, middles = [], []
    for part in parts:
        hull = ConvexHull(part)
        corners = part[hull.simplices] - part.mean(axis=0)
        volumes = np.abs(np.linalg.det(corners))  # of tetrahedra from a point inside
        weights.append(volumes.sum())
        middles.append(part.mean(axis=0) + (volumes[:, None] * corners.sum(axis=1) / 4).sum(axis=0) / volumes.sum())
    return np.average(middles, axis=0, weights=weights)


def firmness_deg(points: Array, middle: Array) -> float:
    """Angle by which a thing must be tilted before it tips over; below 0 it falls by itself.

    points: its corners, z up.  middle: its centre of mass.
    """
    low = float(points[:, 2].min())
    foot = points[points[:, 2] <= low + _foot(float(np.ptp(points[:, 2])))][:, :2]
    try:
        sides = ConvexHull(foot).equations
    except (QhullError, ValueError):  # it stands on a point or an edge
        return -90.0
    margin = float(-(sides[:, :2] @ middle[:2] + sides[:, 2]).max())
    return float(np.degrees(np.arctan2(margin, middle[2] - low)))


def _foot(height: float) -> float:
    """How far from its lowest point a thing of this height touches the table (m)."""
    return max(LEAST_FOOT, FOOT * height)


def resting_turn(parts: Sequence[Array]) -> tuple[Array, float]:
    """(rotation [3, 3] by the least angle after which parts, z up, stand; that angle in degrees).

    Where nothing stands firmly (a ball), the firmest way to lie.
    """
    points, middle = np.vstack(parts), balance(parts)
    if firmness_deg(points, middle) >= STANDS_DEG:
        return np.eye(3), 0.0
    down = np.unique(np.round(ConvexHull(points).equations[:, :3], 6), axis=0)
    found = []
    for normal in down:
        turn = _turn_onto(-normal)
        angle = float(np.degrees(np.arccos(np.clip(-normal[2], -1.0, 1.0))))
        found.append((firmness_deg(points @ turn.T, turn @ middle), angle, turn))
    standing = [item for item in found if item[0] >= STANDS_DEG]
    chosen = min(standing, key=lambda item: item[1]) if standing else max(found, key=lambda item: item[0])
    return (np.eye(3), 0.0) if chosen[1] < STRAIGHT_DEG else (chosen[2], chosen[1])


def likely_up(parts: Sequence[Array], seen: Array) -> str:
    """"y" for a thing that would roll about if z were up and stands if y is, else "z", as simulators have it.

    seen: [N, 3] points of its surface: convex parts have few corners and roll less well.
    """
    middle = balance(parts)
    firm = {axis: firmness_deg(seen @ TURNS[axis].T, TURNS[axis] @ middle) for axis in ("y", "z")}
    return "y" if firm["z"] < FIRM_DEG and firm["y"] >= STANDS_DEG and firm["y"] > firm["z"] else "z"


def _turn_onto(up: Array) -> Array:
    """Rotation [3, 3] by the least angle that turns a unit vector to +z."""
    axis, cosine = np.cross(up, (0.0, 0.0, 1.0)), float(up[2])
    if cosine < -1.0 + 1e-9:
        return np.diag([1.0, -1.0, -1.0])
    x, y, z = axis
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + skew + skew @ skew / (1.0 + cosine)


def planted(parts: Sequence[Array], base: float) -> list[Array]:
    """Parts, z up, whose lowest corners lie on the height of the seen base exactly (m), if they nearly do."""
    low, high = (float(edge(np.vstack(parts)[:, 2])) for edge in (np.min, np.max))
    pressed = max(_foot(high - low), min(MOST_PRESSED, PRESSED * (high - low)))
    if abs(low - base) > MOST_SHIFT:
        return list(parts)
    moved = []
    for part in parts:
        heights = np.where(part[:, 2] <= max(low, base) + pressed, base, part[:, 2])
        if np.ptp(heights) <= LEAST_FOOT:  # it lies below altogether, and would have no volume left: moved as a whole
            heights = part[:, 2] - part[:, 2].min() + base
        moved.append(np.column_stack([part[:, :2], heights]))
    return moved


def narrowest(points: Array) -> float:
    """Least horizontal width of points, z up: of all directions (m)."""
    flat = points[:, :2]
    normals = ConvexHull(flat).equations[:, :2]  # of a polygon's widths the least is across one of its sides
    return float(np.ptp(flat @ normals.T, axis=0).min())
