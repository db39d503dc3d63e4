"""The meshes of an asset folder as checks want them: welded, in pieces, Z up, in metres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
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
    """vertices: [V, 3] (m, Z up), welded; faces: [F, 3]; normals: [F, 3, 3], as stored at the corners.

    degenerate: faces that welding left without area, no longer among `faces`.
    sheet: its faces have their own reverses in the file, so that it is seen from both sides; each is here once.
    """

    vertices: Array
    faces: Indices
    normals: Array
    degenerate: int = 0
    sheet: bool = False

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
        """Its connected pieces as solids; none if the surface is not closed, or is a sheet."""
        import manifold3d

        if self.sheet:
            return []
        solid = manifold3d.Manifold(manifold3d.Mesh64(self.vertices, self.faces.astype(np.uint64)))
        return list(solid.decompose()) if solid.status() == manifold3d.Error.NoError else []

    def pieces(self) -> list[manifold3d.Manifold]:
        """Its connected pieces: solids, and convex hulls in the place of those that are not closed."""
        import manifold3d

        closed, gaping = self.split
        solids = [piece for part in closed for piece in part.solids()]
        return solids + [manifold3d.Manifold.hull_points(part.vertices[np.unique(part.faces)]) for part in gaping]

    @cached_property
    def split(self) -> tuple[list[Surface], list[Surface]]:
        """(closed, not closed) parts; itself as one if it is closed altogether."""
        if self.solids():
            return [self], []
        parts = self.parts()
        closed = [bool(part.solids()) for part in parts]
        return [p for p, yes in zip(parts, closed, strict=True) if yes], [
            p for p, yes in zip(parts, closed, strict=True) if not yes
        ]

    def parts(self) -> list[Surface]:
        """Those of its faces that hang together by their corners."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        edges = self.faces[:, [0, 1, 1, 2]].reshape(-1, 2)
        count = len(self.vertices)
        graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
        label = connected_components(graph, directed=False)[1][self.faces[:, 0]]
        order = np.argsort(label, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
        return [replace(self.kept(group), degenerate=0) for group in groups]

    def kept(self, which: NDArray[np.bool_] | Indices) -> Surface:
        """With these faces only."""
        return replace(self, faces=self.faces[which], normals=self.normals[which])


def read_visual(folder: Path) -> list[Surface]:
    """What `visual.glb` shows, welded across its meshes: often they are the sides of one thing, a material each.

    Each mesh that is closed by itself is one surface, all others together are one, and all sheets.
    Raises UnreadableMesh.
    """
    file = folder / "visual.glb"
    found = list(meshes(file))
    if not any(len(mesh.faces) for mesh in found):
        raise UnreadableMesh(f"{file.name} holds no triangles")
    whole = _welded(found)
    mesh = np.repeat(np.arange(len(found)), [len(mesh.faces) for mesh in found])
    if not np.isfinite(whole.vertices).all():
        return [whole]
    a, b, c = whole.faces.T
    full = (a != b) & (b != c) & (c != a)
    whole, mesh = replace(whole.kept(full), degenerate=int((~full).sum())), mesh[full]
    front, back = _two_sided(whole.faces)
    single = ~(front | back)
    closed = [k for k in np.unique(mesh) if whole.kept(single & (mesh == k)).solids()]
    own = [whole.kept(single & (mesh == k)) for k in closed]
    rest, sheets = whole.kept(single & ~np.isin(mesh, closed)), replace(whole.kept(front), sheet=True)
    surfaces = [surface for surface in (*own, rest, sheets) if len(surface.faces)] or [rest]
    return [replace(surface, degenerate=whole.degenerate if k == 0 else 0) for k, surface in enumerate(surfaces)]


def _two_sided(faces: Indices) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """([F] faces whose exact reverse is there too, the first of each such pair; [F] those reverses)."""
    first = faces.argmin(axis=1)[:, None]
    turned = np.take_along_axis(faces, (first + np.arange(3)) % 3, axis=1)  # the same corners from the lowest on
    ahead = turned[:, 1] < turned[:, 2]
    _, which = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True)
    which = np.asarray(which).reshape(-1)
    count = np.stack([np.bincount(which, weights=way, minlength=which.max(initial=0) + 1) for way in (ahead, ~ahead)])
    pair = (count == 1).all(axis=0)[which]
    return pair & ahead, pair & ~ahead


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


def _welded(found: Sequence[trimesh.Trimesh]) -> Surface:
    """All faces of meshes, in their order; vertices that are no numbers are left as they are."""
    start = np.cumsum([0, *(len(mesh.vertices) for mesh in found[:-1])])
    vertices = np.vstack([np.asarray(mesh.vertices, float) for mesh in found]) @ Y_UP_TO_Z_UP.T
    faces = np.vstack([np.asarray(mesh.faces, np.int64) + offset for mesh, offset in zip(found, start, strict=True)])
    normals = np.vstack([np.asarray(mesh.vertex_normals, float) for mesh in found])[faces] @ Y_UP_TO_Z_UP.T
    if not np.isfinite(vertices).all():
        return Surface(vertices, faces, normals)
    _, first, which = np.unique(np.round(vertices / WELD_M).astype(np.int64), axis=0, return_index=True,
                                return_inverse=True)  # fmt: skip
    return Surface(vertices[first], np.asarray(which, np.int64).reshape(-1)[faces], normals)


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
    """Points [V, 3] of each part of `collision.obj`, which are numbers and span a volume.  Raises UnreadableMesh."""
    from scipy.spatial import QhullError

    from gen3d_bench.envs.simulation import collision_points

    file = folder / "collision.obj"
    try:
        parts = list(collision_points(file))
    except (OSError, ValueError, IndexError) as error:
        raise UnreadableMesh(f"{file.name} cannot be read: {error}") from error
    if not parts or not all(len(part) for part in parts):
        raise UnreadableMesh(f"{file.name} holds {'an empty part' if parts else 'no parts'}")
    if not all(np.isfinite(part).all() for part in parts):
        raise UnreadableMesh(f"{file.name} has points that are no numbers")
    try:
        for part in parts:
            Hull.of(part)
    except QhullError:
        raise UnreadableMesh(f"{file.name} has a part without volume") from None
    return parts
