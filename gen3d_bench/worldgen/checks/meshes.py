"""The meshes of an asset folder as checks want them: welded, in pieces, Z up, in metres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import manifold3d
    import trimesh

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

WELD_M = 1e-6
"""Vertices closer than this are one point of the surface, doubled only for the texture's sake."""
Y_UP_TO_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


class UnreadableMesh(Exception):  # noqa: N818 - says what is the case
    """A mesh file cannot be read; the message says which and why."""


@dataclass(frozen=True)
class Surface:
    """One mesh of a file.  vertices: [V, 3] (m, Z up), welded; faces: [F, 3]; normals: [F, 3, 3], as stored at the
    corners.

    degenerate: faces that welding left without area, no longer among `faces`.
    """

    vertices: Array
    faces: Indices
    normals: Array
    degenerate: int

    @property
    def face_normals(self) -> Array:
        """[F, 3], their lengths twice the areas (m^2)."""
        a, b, c = (self.vertices[self.faces[:, k]] for k in range(3))
        return np.cross(b - a, c - a)

    def loose_edges(self) -> tuple[int, int]:
        """How many edges do not join exactly two faces with the same sense of rotation, and how many edges there are.

        Where closed pieces touch along an edge it joins more than two faces; such a surface may still be sound.
        """
        edges = self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        forward = edges[:, 0] < edges[:, 1]
        keys = np.sort(edges, axis=1)
        _, which = np.unique(keys, axis=0, return_inverse=True)
        which = which.reshape(-1)
        ahead, back = (np.bincount(which, weights=w, minlength=which.max() + 1) for w in (forward, ~forward))
        return int(((ahead != 1) | (back != 1)).sum()), len(ahead)

    def solids(self) -> list[manifold3d.Manifold]:
        """Its connected pieces as solids; none if the surface is not closed."""
        import manifold3d

        solid = manifold3d.Manifold(manifold3d.Mesh64(self.vertices, self.faces.astype(np.uint64)))
        return list(solid.decompose()) if solid.status() == manifold3d.Error.NoError else []

    def hulls(self) -> list[manifold3d.Manifold]:
        """Convex hulls of its connected pieces: what stands for them where the surface is not closed."""
        import manifold3d
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        edges = self.faces[:, [0, 1, 1, 2]].reshape(-1, 2)
        count = len(self.vertices)
        graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
        _, label = connected_components(graph, directed=False)
        pieces = (self.vertices[label == k] for k in np.unique(label[self.faces[:, 0]]))
        return [manifold3d.Manifold.hull_points(piece) for piece in pieces]


def read_visual(folder: Path) -> list[Surface]:
    """The meshes of `visual.glb`.  Raises UnreadableMesh."""
    file = folder / "visual.glb"
    surfaces = [_welded(mesh) for mesh in meshes(file)]
    if not any(len(surface.faces) for surface in surfaces):
        raise UnreadableMesh(f"{file.name} holds no triangles")
    return surfaces


def meshes(file: Path) -> Iterator[trimesh.Trimesh]:
    """The meshes of a file, Y up as stored, with the transforms of its nodes applied.  Raises UnreadableMesh."""
    import trimesh

    try:
        scene = trimesh.load_scene(file, process=False)
        for node in scene.graph.nodes_geometry:
            transform, name = scene.graph[node]
            mesh = scene.geometry[name]
            if isinstance(mesh, trimesh.Trimesh):
                yield mesh.copy().apply_transform(transform)
    except Exception as error:  # trimesh raises whatever its parsers happen to run into
        raise UnreadableMesh(f"{file.name} cannot be read: {type(error).__name__}: {error}") from error


def _welded(mesh: trimesh.Trimesh) -> Surface:
    vertices = np.asarray(mesh.vertices, float) @ Y_UP_TO_Z_UP.T
    faces = np.asarray(mesh.faces, np.int64)
    normals = np.asarray(mesh.vertex_normals, float)[faces] @ Y_UP_TO_Z_UP.T
    if not np.isfinite(vertices).all():
        return Surface(vertices, faces, normals, 0)
    _, first, which = np.unique(np.round(vertices / WELD_M).astype(np.int64), axis=0, return_index=True,
                                return_inverse=True)  # fmt: skip
    faces = np.asarray(which, np.int64).reshape(-1)[faces]
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return Surface(vertices[first], faces[whole], normals[whole], int((~whole).sum()))


@dataclass(frozen=True)
class Hull:
    """A convex collision part.  points: [V, 3] (m, Z up) as stored; planes: [P, 4] outward normals and offsets.

    slack: farthest that a stored point lies inside the hull (m): zero for a convex part.
    """

    points: Array
    planes: Array
    volume: float
    slack: float

    @classmethod
    def of(cls, points: Array) -> Hull:
        """Raises scipy's QhullError for points that span no volume."""
        from scipy.spatial import ConvexHull

        hull = ConvexHull(points)
        depth = -(points @ hull.equations[:, :3].T + hull.equations[:, 3]).max(axis=1)
        return cls(points, hull.equations, float(hull.volume), float(depth.max()))

    def distance(self, points: Array) -> Array:
        """[P] how far outside points [P, 3] are, at least (m); negative inside."""
        out: Array = (points @ self.planes[:, :3].T + self.planes[:, 3]).max(axis=1)
        return out


def read_collision(folder: Path) -> list[Array]:
    """Points [V, 3] of each part of `collision.obj`.  Raises UnreadableMesh."""
    from gen3d_bench.envs.simulation import collision_points

    file = folder / "collision.obj"
    try:
        parts = list(collision_points(file))
    except (OSError, ValueError, IndexError) as error:
        raise UnreadableMesh(f"{file.name} cannot be read: {error}") from error
    if not parts or not all(len(part) for part in parts):
        raise UnreadableMesh(f"{file.name} holds {'an empty part' if parts else 'no parts'}")
    return parts
