"""Mends a shape: one point per position, no broken or doubled faces, one outside, no small holes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gen3d_bench.worldgen.interchange.shape import Array, Indices, Shape, areas

WELD = 1e-5
"""Points closer than this share of the longest side are one."""
MOST_HOLE_EDGES, MOST_HOLE_RIM = 12, 0.2
"""Holes of more edges, or with a longer rim in terms of the longest side, are openings that somebody meant."""
BEHIND = 0.0004
"""How far the back of a sheet lies behind its front (m)."""
MOST_TURNED = 2000
"""More surfaces than these that are inside out are crumbs, left as they are."""
LEAST_RIM = 0.5
"""A surface whose rim is shorter than this, in terms of its diagonal, is as good as closed."""


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
    """(pairs [N, 2] of faces that share an edge with each other alone, whether they run along it in opposite ways)."""
    edges = half_edges(faces)
    _, which, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    which = np.asarray(which).reshape(-1)
    order = np.argsort(which, kind="stable")
    pairs = order[count[which[order]] == 2].reshape(-1, 2)
    return pairs // 3, edges[pairs[:, 0], 0] != edges[pairs[:, 1], 0]


def consistent(shape: Shape) -> tuple[Shape, int]:
    """(shape whose closed bodies have one outside each, number of faces turned).

    A body that is inside out is turned, unless it lies inside another: then it is the wall of a cavity.  Open surfaces
    are left as they are: where sheets meet at cracks, neighbours may rightly look opposite ways.
    """
    label, is_open = surfaces(shape)
    turned = _minority(shape.faces) & ~is_open[label]
    turned = turned ^ _inside_out(shape.flipped(turned), label, is_open)[label]
    return shape.flipped(turned), int(turned.sum())


def _minority(faces: Indices) -> NDArray[np.bool_]:
    """[F] faces that look the other way than most of those they hang together with; none where there are no two sides.

    Each face stands for two, itself and itself turned; neighbours that agree link the like ones, others the unlike.
    """
    count = len(faces)
    pairs, agree = neighbours(faces)
    unique, which = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
    disagree = np.bincount(np.asarray(which).reshape(-1), ~agree, len(unique)) > 0  # they may share up to three edges
    one, other = unique.T
    start = np.concatenate([one, one + count])
    end = np.concatenate([other + count * disagree, other + count * ~disagree])
    links = coo_matrix((np.ones(len(start)), (start, end)), shape=(2 * count, 2 * count))
    as_is, reversed_ = connected_components(links, directed=False)[1].reshape(2, count)
    turned = as_is > reversed_
    patch = np.minimum(as_is, reversed_)
    most = 2 * np.bincount(patch, turned) > np.bincount(patch)
    return np.where(as_is == reversed_, False, turned ^ most[patch])


def surfaces(shape: Shape) -> tuple[Indices, NDArray[np.bool_]]:
    """([F] label of the surface, connected along edges, that each face belongs to; [surfaces] whether it has a rim)."""
    edges, count = np.sort(half_edges(shape.faces), axis=1), len(shape.faces)
    _, which = np.unique(edges, axis=0, return_inverse=True)
    which = np.asarray(which, np.int64).reshape(-1)
    links = coo_matrix((np.ones(3 * count), (np.repeat(np.arange(count), 3), which))).tocsr()
    number, label = connected_components(links @ links.T, directed=False)
    is_open = np.bincount(label[rim(shape.faces) // 3], minlength=number) > 0
    return np.asarray(label, np.int64), is_open


def two_sided(shape: Shape) -> Shape:
    """The shape with a back to every open surface: what is seen from behind is not drawn otherwise.

    Surfaces whose rim is short are as good as closed.  The backs lie a little behind the fronts, as two faces at the
    same place shade each other, and are joined to them all along the rim: together they are a closed, thin sheet.
    """
    label, is_open = surfaces(shape)
    edge = half_edges(shape.faces)[(k := rim(shape.faces))]
    length = np.bincount(label[k // 3], np.linalg.norm(np.diff(shape.points[edge], axis=1)[:, 0], axis=1), len(is_open))
    low, high = boxes(shape, label, len(is_open))
    thin = (length > LEAST_RIM * np.linalg.norm(high - low, axis=1))[label]
    if not thin.any():
        return shape
    backs = shape.kept(thin)
    corners = backs.corners
    normals = np.zeros_like(shape.points)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    np.add.at(normals, backs.faces.reshape(-1), np.repeat(across, 3, axis=0))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    behind = len(shape.points)  # this much later comes the back of a point
    k = rim(backs.faces)
    start, end = half_edges(backs.faces)[k].T
    uv, after = backs.uv.reshape(-1, 2), k - k % 3 + (k + 1) % 3  # of the corners where the edges start and end
    walls = [(end, start, start + behind), (end, start + behind, end + behind)]
    walls_uv = [(uv[after], uv[k], uv[k]), (uv[after], uv[k], uv[after])]
    return replace(
        shape,
        points=np.vstack([shape.points, shape.points - BEHIND * normals]),
        faces=np.vstack([shape.faces, backs.faces[:, ::-1] + behind, *(np.stack(wall, axis=1) for wall in walls)]),
        uv=np.concatenate([shape.uv, backs.uv[:, ::-1], *(np.stack(wall, axis=1) for wall in walls_uv)]),
        paint=np.concatenate([shape.paint, backs.paint, backs.paint[k // 3], backs.paint[k // 3]]),
    )


def boxes(shape: Shape, label: Indices, number: int) -> tuple[Array, Array]:
    """(lowest, highest) corners [number, 3] of the faces with each label."""
    low, high = np.full((number, 3), np.inf), np.full((number, 3), -np.inf)
    np.minimum.at(low, label, shape.corners.min(axis=1))
    np.maximum.at(high, label, shape.corners.max(axis=1))
    return low, high


def _inside_out(shape: Shape, label: Indices, is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[surfaces] closed ones whose volume is negative and that do not lie within another's bounding box."""
    a, b, c = (shape.corners[:, k] - shape.corners.mean(axis=(0, 1)) for k in range(3))
    volume = np.bincount(label, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, minlength=len(is_open))
    low, high = boxes(shape, label, len(is_open))
    found = (volume < 0) & ~is_open
    if found.sum() > MOST_TURNED:
        return np.zeros_like(found)
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
    fans = [[loop[0], one, two] for loop in holes for one, two in pairwise(loop[1:])]
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
