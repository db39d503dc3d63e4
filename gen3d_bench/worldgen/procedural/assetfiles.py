"""The files of an asset: `visual.glb` and `collision.obj`, both Y-up, same bytes for the same model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import ConvexHull

from gen3d_bench.extras import require
from gen3d_bench.worldgen.procedural.colour import linear
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface

if TYPE_CHECKING:
    from trimesh.visual.material import PBRMaterial

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

LICENCE = "Apache-2.0"
"""Of everything that this package draws."""
WELD_M = 1e-7
"""Vertices closer than this are one point of the surface, doubled only for the texture's sake."""


def y_up(points: Array) -> Array:
    """[N, 3] points from Z-up to the Y-up frame of glTF: (x, y, z) -> (x, z, -y)."""
    return np.column_stack([points[:, 0], points[:, 2], -points[:, 1]])


def welded(vertices: Array) -> Indices:
    """[V] index of the welded point each vertex belongs to."""
    _, index = np.unique(np.round(vertices / WELD_M).astype(np.int64), axis=0, return_inverse=True)
    return np.asarray(index, np.int64).reshape(-1)


def corner_normals(vertices: Array, faces: Indices, crease_deg: float) -> Array:
    """[F, 3, 3] unit normal at each corner of each face.

    A corner's normal is the mean, weighted by corner angle, over the faces that share its point and whose own normals
    lie within the crease angle of its face's: seams of the texture do not show, sharp edges stay sharp.
    """
    triangles = vertices[faces]
    edges = np.roll(triangles, -1, axis=1) - triangles
    normals = np.cross(edges[:, 0], edges[:, 1])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    unit = edges / np.maximum(np.linalg.norm(edges, axis=2, keepdims=True), 1e-30)
    cosines = -np.einsum("fij,fij->fi", unit, np.roll(unit, 1, axis=1))
    weights = np.arccos(np.clip(cosines, -1.0, 1.0)).ravel()

    point = welded(vertices)[faces].ravel()
    order = np.argsort(point, kind="stable")
    counts = np.bincount(point)
    counts = counts[counts > 0]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    # All pairs (a, b) of corners that share a point, as positions in `order`.
    per_corner = np.repeat(counts, counts)
    a = np.repeat(np.arange(len(order)), per_corner)
    first = np.repeat(np.concatenate([[0], np.cumsum(per_corner)[:-1]]), per_corner)
    b = np.repeat(np.repeat(starts, counts), per_corner) + np.arange(len(a)) - first
    a, b = order[a], order[b]
    smooth = np.einsum("ij,ij->i", normals[a // 3], normals[b // 3]) > np.cos(np.radians(crease_deg))
    a, b = a[smooth], b[smooth]
    pulls = normals[b // 3] * weights[b, None]
    sums = np.column_stack([np.bincount(a, pulls[:, k], minlength=len(point)) for k in range(3)]).astype(np.float64)
    return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-30)).reshape(-1, 3, 3)


def indexed(surface: Surface) -> tuple[Array, Array, Array, Indices]:
    """(vertices, normals, uv, faces) with vertices split exactly where normals or texture coordinates differ."""
    normals = corner_normals(surface.vertices, surface.faces, surface.crease_deg).reshape(-1, 3)
    corners = surface.faces.ravel()
    key = np.column_stack([corners, np.round(normals * 1e4).astype(np.int64)])
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    chosen = corners[first]
    faces = np.asarray(inverse, np.int64).reshape(-1, 3)
    return surface.vertices[chosen], normals[first], surface.uv[chosen], faces


def reflectance(srgb: Array) -> Array:
    """sRGB values in [0, 1] with the brightest pressed together: what is painted 0.8 to 1.0 becomes 0.8 to 0.9.

    Nothing on a table reflects more than about four fifths of the light.  Whiter than that, white things have no shape
    left under the bright overhead light of SimplerEnv's Bridge set-up.
    """
    return np.where(srgb > 0.8, 0.8 + (srgb - 0.8) * 0.5, srgb)


def _pbr(material: Material, name: str) -> PBRMaterial:
    from trimesh.visual.material import PBRMaterial

    texture, color = None, material.base_color
    if material.texture is None:
        red, green, blue = reflectance(np.asarray(color, float))
        color = (float(red), float(green), float(blue))
    else:
        levels = np.round(255 * reflectance(np.arange(256) / 255)).astype(np.uint8)
        texture = Image.fromarray(levels[material.texture])
    return PBRMaterial(name=name, baseColorFactor=[*linear(color).tolist(), 1.0], baseColorTexture=texture,
                       roughnessFactor=float(material.roughness), metallicFactor=float(material.metallic))


def write_glb(surfaces: Sequence[Surface], path: Path) -> None:
    """One named mesh per surface, with normals, texture coordinates and a PBR material.  Raises MissingExtra."""
    require("sim", "trimesh")
    import trimesh

    scene = trimesh.Scene(base_frame="world")
    for k, surface in enumerate(surfaces):
        vertices, normals, uv, faces = indexed(surface)
        visual = trimesh.visual.TextureVisuals(uv=uv, material=_pbr(surface.material, f"material{k}"))
        mesh = trimesh.Trimesh(y_up(vertices), faces, vertex_normals=y_up(normals), visual=visual, process=False)
        scene.add_geometry(mesh, node_name=f"part{k}", geom_name=f"part{k}")
    path.write_bytes(scene.export(file_type="glb", include_normals=True))


def hull(points: Array) -> tuple[Array, Indices, float]:
    """(vertices [V, 3], outward faces [F, 3], volume m^3) of the convex hull."""
    convex = ConvexHull(points)
    used = convex.vertices
    place = np.full(len(points), -1)
    place[used] = np.arange(len(used))
    faces = convex.simplices
    a, b, c = (points[faces[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), convex.equations[:, :3]) < 0
    faces = np.where(inward[:, None], faces[:, ::-1], faces)
    return points[used], place[faces], float(convex.volume)


def write_collision(parts: Sequence[Array], path: Path) -> float:
    """One `o` block per convex part; returns the sum of their volumes (m^3)."""
    lines, base, total = [], 1, 0.0
    for k, part in enumerate(parts):
        vertices, faces, volume = hull(part)
        lines.append(f"o part{k}")
        lines += [f"v {x:.7f} {y:.7f} {z:.7f}" for x, y, z in y_up(vertices) + 0.0]
        lines += [f"f {i} {j} {m}" for i, j, m in faces + base]
        base += len(vertices)
        total += volume
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return total


def bounds(model: ObjectModel) -> Array:
    """[2, 3] lowest and highest corner of everything that is seen (m, Z up)."""
    points = np.vstack([s.vertices for s in model.surfaces])
    return np.stack([points.min(axis=0), points.max(axis=0)])
