"""Convex parts as point sets: told apart in a mesh, tested, merged and reduced to what contact can bear.

A part is float64 [V, 3], the corners of its hull (m).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull

from gen3d_bench.worldgen.interchange.cleanup import neighbours, welded
from gen3d_bench.worldgen.interchange.shape import Array, Shape, areas, sampled

LEAST_THICKNESS = 0.001
"""Sheets without thickness get this much (m)."""
DENT, LEAST_DENT = 0.03, 0.0006
"""How far a convex part's surface may lie inside its hull: share of its diagonal, and (m) what is always allowed."""
MOST_AREA = 1.2
"""Of a convex part's surface, relative to its hull's."""


def bodies(pieces: Sequence[Shape]) -> list[Shape]:
    """The pieces of a mesh cut into bodies: faces are of one body if an edge is theirs alone.

    So boxes that stand on one another are two, even where they share corners.
    """
    found = []
    for piece in map(welded, pieces):
        pairs, _ = neighbours(piece.faces)
        count = len(piece.faces)
        links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
        _, label = connected_components(links, directed=False)
        order = np.argsort(label, kind="stable")
        found += [piece.kept(group) for group in np.split(order, np.flatnonzero(np.diff(label[order])) + 1)]
    return found


def hull_points(points: Array) -> Array:
    """Corners of the convex hull; what is flat or thinner than LEAST_THICKNESS is given that thickness."""
    spread = points - points.mean(axis=0)
    axes = np.linalg.eigh(spread.T @ spread)[1].T
    spread = spread @ axes.T
    for k in range(3):
        if np.ptp(spread[:, k]) < LEAST_THICKNESS:
            offset = LEAST_THICKNESS / 2 * axes[k]
            points = np.vstack([points - offset, points + offset])
    return points[np.unique(ConvexHull(points).simplices)]


def volume(part: Array) -> float:
    """m^3 of the hull."""
    return float(ConvexHull(part).volume)


def depth(part: Array, points: Array) -> Array:
    """[N] how deep points lie inside a part; below 0 they are outside, then a lower bound of their distance (m)."""
    planes = _planes(part)
    return np.asarray(-(points @ planes[:, :3].T + planes[:, 3]).max(axis=1))


def _planes(part: Array) -> Array:
    return np.unique(np.round(ConvexHull(part).equations, 9), axis=0)


def is_convex(body: Shape) -> bool:
    """Whether the surface of a body is, nearly, that of its hull."""
    points = hull_points(body.points[np.unique(body.faces)])
    if float(areas(body.corners).sum()) > MOST_AREA * float(ConvexHull(points).area):  # a thin wall has two sides
        return False
    inside = depth(points, sampled(body.corners, 500)[0])
    return bool(np.quantile(inside, 0.98) <= max(LEAST_DENT, DENT * float(np.linalg.norm(body.extents))))


def reduced(part: Array, vertices: int) -> Array:
    """The part with at most `vertices` corners: those that keep most of its shape, farthest first."""
    part = hull_points(part)
    if len(part) <= vertices:
        return part
    chosen = list(dict.fromkeys(int(k) for axis in range(3) for k in (part[:, axis].argmin(), part[:, axis].argmax())))
    while len(chosen) < 4 or np.linalg.matrix_rank(part[chosen] - part[chosen].mean(axis=0), tol=1e-9) < 3:
        chosen.append(_farthest_from_plane(part, chosen))
    while len(chosen) < vertices:
        planes = ConvexHull(part[chosen]).equations
        above = part @ planes[:, :3].T + planes[:, 3]
        farthest = np.unique(above.argmax(axis=0))  # of each face of the hull so far, as quickhull does
        farthest = farthest[above[farthest].max(axis=1) > 1e-7]
        if not len(farthest):
            break
        first = np.argsort(-above[farthest].max(axis=1), kind="stable")
        chosen += [int(k) for k in farthest[first][: 1 + (vertices - len(chosen)) // 4]]
    return hull_points(part[chosen])


def _farthest_from_plane(part: Array, chosen: list[int]) -> int:
    """The corner farthest from the point, line or plane that the chosen corners span."""
    base = part[chosen] - part[chosen[0]]
    _, sizes, axes = np.linalg.svd(base, full_matrices=False)
    span = axes[sizes > 1e-9]
    rest = part - part[chosen[0]]
    return int(np.linalg.norm(rest - rest @ span.T @ span, axis=1).argmax())


def merged(parts: Sequence[Array], count: int, vertices: int) -> list[Array]:
    """At most `count` parts: again and again the two whose common hull adds least volume become one."""
    kept = {k: reduced(part, vertices) for k, part in enumerate(parts)}
    size = {k: volume(part) for k, part in kept.items()}
    added: dict[tuple[int, int], float] = {}
    number = len(kept)
    while len(kept) > count:
        labels = sorted(kept)
        low, high = (np.array([edge(kept[k], axis=0) for k in labels]) for edge in (np.min, np.max))
        gaps = np.maximum(low[:, None] - high, low - high[:, None]).max(axis=2)
        all_pairs = np.triu(np.ones(gaps.shape, bool), 1)
        near = all_pairs & (gaps <= LEAST_THICKNESS)
        pairs = [(labels[i], labels[j]) for i, j in np.argwhere(near if near.any() else all_pairs)]
        for pair in pairs:
            if pair not in added:
                a, b = pair
                added[pair] = volume(np.vstack([kept[a], kept[b]])) - size[a] - size[b]
        a, b = min(pairs, key=lambda pair: (added[pair], pair))
        kept[number] = reduced(np.vstack([kept.pop(a), kept.pop(b)]), vertices)
        size[number] = volume(kept[number])
        number += 1
    return [kept[k] for k in sorted(kept)]
