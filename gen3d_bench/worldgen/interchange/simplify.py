"""Reduces a shape to a number of faces and keeps its texture: every new face stays on one island of the old texture."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gen3d_bench.extras import require
from gen3d_bench.worldgen.interchange.cleanup import half_edges, without_broken_faces
from gen3d_bench.worldgen.interchange.shape import Array, Indices, Shape, sampled

CANDIDATES = 8
"""Old faces with the nearest middles that are tried for the one nearest to a point."""
MOST_OVER = 3
"""Of the faces asked for, where fewer would tear a surface apart."""


def simplified(shape: Shape, faces: int, *, whole: bool = True) -> Shape:
    """A shape of about `faces` triangles at most; the same shape where it has no more.

    whole: keep rims in place, so that a surface made of strips does not come apart, at the price of up to MOST_OVER
    times as many triangles.
    """
    if len(shape.faces) <= faces:
        return shape
    points, triangles = _reduced(shape, faces, whole)
    if whole and len(triangles) > MOST_OVER * faces:
        points, triangles = _reduced(shape, faces, False)
    old, island = _nearest(shape, points[triangles].mean(axis=1)), islands(shape)
    blank = Shape(points, triangles, np.zeros((len(triangles), 3, 2)), shape.paint[old], shape.paints)
    uv = blank.uv.copy()
    for label in np.unique(island[old]):
        mine = np.flatnonzero(island[old] == label)
        uv[mine] = _uv_at(shape.kept(island == label), points[triangles[mine]].reshape(-1, 3)).reshape(-1, 3, 2)
    return without_broken_faces(Shape(points, triangles, uv, blank.paint, shape.paints))


def _reduced(shape: Shape, faces: int, keep_rims: bool) -> tuple[Array, Indices]:
    require("worldgen", "fast_simplification")
    import fast_simplification

    points, triangles = fast_simplification.simplify(
        shape.points, shape.faces.astype(np.int32), target_count=faces, preserve_border=keep_rims
    )
    return np.asarray(points, np.float64), np.asarray(triangles, np.int64)


def islands(shape: Shape) -> Indices:
    """[F] label of the connected piece of texture that each face lies on."""
    uv, count = np.round(shape.uv.reshape(-1, 2) * 2**16).astype(np.int64), len(shape.faces)
    corners = np.column_stack([shape.faces.reshape(-1), uv, np.repeat(shape.paint, 3)])
    _, corner = np.unique(corners, axis=0, return_inverse=True)
    edges = np.sort(half_edges(np.asarray(corner, np.int64).reshape(-1, 3)), axis=1)
    _, edge = np.unique(edges, axis=0, return_inverse=True)
    edge = np.asarray(edge, np.int64).reshape(-1)
    face = np.repeat(np.arange(count), 3)
    links = coo_matrix((np.ones(len(edge)), (face, edge)), shape=(count, int(edge.max()) + 1)).tocsr()
    return np.asarray(connected_components(links @ links.T, directed=False)[1], np.int64)


def _nearest(shape: Shape, points: Array) -> Indices:
    """[N] the face of a shape nearest to each point, by points spread densely over it."""
    spread, face = sampled(shape.corners, max(8 * len(shape.faces), 50_000))
    middles = shape.corners.mean(axis=1)
    return np.concatenate([face, np.arange(len(middles))])[cKDTree(np.vstack([spread, middles])).query(points)[1]]


def _uv_at(shape: Shape, points: Array) -> Array:
    """[N, 2] texture coordinates of the place on a shape that is nearest to each point."""
    from trimesh.triangles import closest_point, points_to_barycentric

    count = min(CANDIDATES, len(shape.faces))
    tried = cKDTree(shape.corners.mean(axis=1)).query(points, k=count)[1].reshape(-1)
    near = closest_point(shape.corners[tried], np.repeat(points, count, axis=0))
    distance = np.linalg.norm(near.reshape(-1, count, 3) - points[:, None], axis=2)
    best = np.arange(len(points)) * count + distance.argmin(axis=1)
    weights = points_to_barycentric(shape.corners[tried[best]], near[best], method="cramer")
    return np.einsum("nk,nkd->nd", np.clip(weights, 0.0, 1.0), shape.uv[tried[best]])
