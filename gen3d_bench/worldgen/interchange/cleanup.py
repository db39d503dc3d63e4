"""Mends a shape: one point per position, no broken or doubled faces, faces that agree on what is outside, small holes shut.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from gen3d_bench.worldgen.interchange.shape import Array, Indices, Shape, areas

WELD = 1e-5
"""Points closer than this share of the longest side are one."""
MOST_HOLE_EDGES, MOST_HOLE_RIM = 12, 0.2
"""Holes of more edges, or with a longer rim in terms of the longest side, are openings that somebody meant."""


@dataclass(frozen=True)
class Mended:
    """closed: whether the surface has no rim left.  notes: what was changed."""

    shape: Shape
    closed: bool
    notes: tuple[str, ...]


def mended(shape: Shape) -> Mended:
    """The shape cleaned up; texture coordinates and paints stay with their faces."""
    before = len(shape.faces)
    shape = without_broken_faces(welded(shape))
    notes = []
    if before - len(shape.faces) > 0:
        notes.append(f"{before - len(shape.faces)} degenerate or doubled faces removed")
    shape, turned = consistent(shape)
    if turned:
        notes.append(f"{turned} faces turned outwards")
    shape, holes = without_small_holes(shape)
    if holes:
        notes.append(f"{holes} small holes filled")
    return Mended(shape, len(rim(shape.faces)) == 0, tuple(notes))


def welded(shape: Shape) -> Shape:
    """Points at the same place become one."""
    size = float(np.ptp(shape.points[np.unique(shape.faces)], axis=0).max())
    _, first, index = np.unique(np.round(shape.points / (WELD * size)).astype(np.int64), axis=0,
                                return_index=True, return_inverse=True)
    index = np.asarray(index, np.int64).reshape(-1)
    used, faces = np.unique(index[shape.faces], return_inverse=True)
    return replace(shape, points=shape.points[first[used]], faces=np.asarray(faces, np.int64).reshape(-1, 3))


def without_broken_faces(shape: Shape) -> Shape:
    """Without faces that have no area or lie on another of the same corners; the first of several stays."""
    a, b, c = shape.faces.T
    longest = np.linalg.norm(np.roll(shape.corners, -1, axis=1) - shape.corners, axis=2).max(axis=1)
    whole = (a != b) & (b != c) & (c != a) & (areas(shape.corners) > 1e-9 * longest**2)
    _, first = np.unique(np.sort(shape.faces, axis=1), axis=0, return_index=True)
    single = np.zeros(len(shape.faces), bool)
    single[first] = True
    return shape.kept(whole & single)


def half_edges(faces: Indices) -> Indices:
    """[3F, 2] edges of the faces as they run, face after face."""
    return np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)


def rim(faces: Indices) -> Indices:
    """[E] places in `half_edges` of the edges that belong to one face only."""
    _, which, count = np.unique(np.sort(half_edges(faces), axis=1), axis=0, return_inverse=True, return_counts=True)
    return np.flatnonzero(count[np.asarray(which).reshape(-1)] == 1)


def neighbours(faces: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """(pairs [N, 2] of faces that share an edge with each other alone, whether the two run along it in opposite ways)."""
    edges = half_edges(faces)
    _, which, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    which = np.asarray(which).reshape(-1)
    order = np.argsort(which, kind="stable")
    pairs = order[count[which[order]] == 2].reshape(-1, 2)
    return pairs // 3, edges[pairs[:, 0], 0] != edges[pairs[:, 1], 0]


def consistent(shape: Shape) -> tuple[Shape, int]:
    """(shape whose connected faces agree on their outside, number of faces turned).

    A closed body that is inside out is turned, unless it lies inside another: then it is the wall of a cavity.
    An open one keeps the side that most of its area shows already.
    """
    pairs, agree = neighbours(shape.faces)
    count = len(shape.faces)
    value = np.where(agree, 1, 2)
    links = coo_matrix((np.r_[value, value], (np.r_[pairs[:, 0], pairs[:, 1]], np.r_[pairs[:, 1], pairs[:, 0]])),
                       shape=(count, count)).tocsr()  # fmt: skip
    # Two faces may share two edges, and their values add up: even sums mean that they disagree on one at least.
    number, label = connected_components(links, directed=False)
    sign = np.ones(count, np.int64)
    for start in np.unique(label, return_index=True)[1]:
        order, before = breadth_first_order(links, start, directed=False)
        if len(order) == 1:
            continue
        same = np.asarray(links[before[order[1:]], order[1:]]).reshape(-1) % 2 == 1
        for face, parent, ok in zip(order[1:], before[order[1:]], same, strict=True):
            sign[face] = sign[parent] if ok else -sign[parent]
    area = areas(shape.corners)
    balance = np.bincount(label, sign * area, minlength=number)
    sign *= np.where(balance < 0, -1, 1)[label]
    shape_now = shape.flipped(sign < 0)
    inverted = _inside_out(shape_now, label, number)
    turned = (sign < 0) ^ inverted[label]
    return shape.flipped(turned), int(turned.sum())


def _inside_out(shape: Shape, label: Indices, number: int) -> NDArray[np.bool_]:
    """[components] closed bodies whose volume is negative and that do not lie within another's bounding box."""
    a, b, c = (shape.corners[:, k] for k in range(3))
    volume = np.bincount(label, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, minlength=number)
    open_points = np.zeros(len(shape.points), bool)
    open_points[half_edges(shape.faces)[rim(shape.faces)]] = True
    is_open = np.bincount(label, open_points[shape.faces].any(axis=1), minlength=number) > 0
    low, high = np.full((number, 3), np.inf), np.full((number, 3), -np.inf)
    np.minimum.at(low, label, shape.corners.min(axis=1))
    np.maximum.at(high, label, shape.corners.max(axis=1))
    found = (volume < 0) & ~is_open
    for k in np.flatnonzero(found):
        around = (low <= low[k]).all(axis=1) & (high >= high[k]).all(axis=1)
        around[k] = False
        found[k] = not around.any()
    return found


def without_small_holes(shape: Shape) -> tuple[Shape, int]:
    """(shape with small holes closed by fans, in the paint and texture of what is around them, number of holes)."""
    edges, longest = half_edges(shape.faces), float(shape.extents.max())
    corner: dict[int, int] = {}  # of the face at a point whose edge from there is on the rim
    following: dict[int, list[int]] = defaultdict(list)
    for k in rim(shape.faces):
        start, stop = map(int, edges[k])
        corner[start] = int(k)
        following[stop].append(start)  # along the hole, against the faces around it
    holes = [loop for loop in _loops(following) if _length(shape.points[loop]) <= MOST_HOLE_RIM * longest]
    fans = [[loop[0], one, two] for loop in holes for one, two in zip(loop[1:-1], loop[2:], strict=True)]
    if not fans:
        return shape, 0
    faces = np.array(fans, np.int64)
    place = np.array([[corner[int(p)] for p in fan] for fan in faces])
    return replace(shape, faces=np.vstack([shape.faces, faces]),
                   uv=np.concatenate([shape.uv, shape.uv.reshape(-1, 2)[place]]),
                   paint=np.concatenate([shape.paint, shape.paint[place[:, 1] // 3]])), len(holes)


def _length(loop: Array) -> float:
    return float(np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=1).sum())


def _loops(following: dict[int, list[int]]) -> list[list[int]]:
    """Closed walks of 3 to MOST_HOLE_EDGES points along a rim that does not branch there."""
    loops, seen = [], set[int]()
    for start in sorted(following):
        walk = [start]
        while len(walk) <= MOST_HOLE_EDGES and walk[-1] not in seen and len(following[walk[-1]]) == 1:
            seen.add(walk[-1])
            after = following[walk[-1]][0]
            if after == start:
                if len(walk) >= 3:
                    loops.append(walk)
                break
            walk.append(after)
    return loops
