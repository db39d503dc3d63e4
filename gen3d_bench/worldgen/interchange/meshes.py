"""Reads foreign mesh files with trimesh: bounded before and after, from their own folder only."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gen3d_bench.extras import require
from gen3d_bench.worldgen.interchange.limits import Limits, MeshError, at_most, read_bytes
from gen3d_bench.worldgen.interchange.paints import face_colors, paint_of, palette
from gen3d_bench.worldgen.interchange.precheck import precheck
from gen3d_bench.worldgen.interchange.shape import Array, Paint, Shape, areas
from gen3d_bench.worldgen.interchange.surroundings import Surroundings

PLAIN = Paint()
"""What has no material looks like grey plaster."""


@dataclass(frozen=True)
class ReadMesh:
    """pieces: one for each mesh and material, in the file's frame; node transforms and unit of length are applied.

    up: the axis that the format or file says points up, if it does.  missing: textures that it names but are not there.
    looked_for: every file beside it that was read or is missing.
    """

    pieces: tuple[Shape, ...]
    up: str | None = None
    missing: tuple[str, ...] = ()
    looked_for: tuple[Path, ...] = ()


def read_mesh(path: Path, limits: Limits | None = None, *, paints: bool = True) -> ReadMesh:
    """The triangles of a GLB, glTF, OBJ, DAE, STL or PLY file.

    paints: read materials and textures too; an OBJ is split at its `o` lines either way.
    Raises MeshError for whatever is too much, leads out of the file's folder, or cannot be read.
    """
    require("worldgen", "trimesh")
    import trimesh

    limits = limits or Limits()
    data = read_bytes(path, limits.file_bytes)
    around = Surroundings(path, limits)
    facts = precheck(path, data, around, limits)
    options: dict[str, Any] = {"process": False}
    if path.suffix.lower() == ".obj":
        options |= {"split_objects": True, "skip_materials": not paints}
    try:
        scene = trimesh.load_scene(io.BytesIO(data), file_type=path.suffix[1:].lower(), resolver=around, **options)
        pieces = _pieces(path, scene, limits, paints)
    except MeshError:
        raise
    except Exception as error:  # parsers of damaged files fail in whatever way they like
        around.check()
        raise MeshError(f"{path}: cannot be read: {type(error).__name__}: {error}; export it again") from error
    around.check()
    pieces = [piece.moved(np.diag([facts.unit] * 3 + [1.0])) for piece in pieces]
    if not pieces:
        raise MeshError(f"{path}: has no faces (points or lines only, or nothing); export a surface")
    if sum(float(areas(piece.corners).sum()) for piece in pieces) <= 0:
        raise MeshError(f"{path}: all its faces have no area; export it again")
    missing, looked_for = tuple(dict.fromkeys(around.missing)), tuple(dict.fromkeys(around.looked_for))
    return ReadMesh(tuple(pieces), facts.up, missing, looked_for)


def _pieces(path: Path, scene: Any, limits: Limits, paints: bool) -> list[Shape]:
    from trimesh import Trimesh

    nodes = list(scene.graph.nodes_geometry)
    at_most(path, "meshes", len(nodes), limits.nodes)
    placed = [(matrix, scene.geometry[name]) for matrix, name in map(scene.graph.get, nodes)]
    placed = [(matrix, mesh) for matrix, mesh in placed if isinstance(mesh, Trimesh) and len(mesh.faces)]
    at_most(path, "faces", sum(len(mesh.faces) for _, mesh in placed), limits.faces)
    at_most(path, "vertices", sum(len(mesh.vertices) for _, mesh in placed), limits.vertices)
    known: dict[int, Paint] = {}
    pieces = []
    for matrix, mesh in placed:
        faces = np.asarray(mesh.faces, np.int64)
        points = np.asarray(mesh.vertices, np.float64)
        if faces.min() < 0 or faces.max() >= len(points):
            raise MeshError(f"{path}: has faces of vertices that are not there; export it again")
        if not (np.isfinite(points).all() and np.isfinite(matrix).all()):
            raise MeshError(f"{path}: has coordinates that are no numbers (NaN or infinite); mend it in a mesh editor")
        paint, uv = _look(mesh, faces, known) if paints else (PLAIN, None)
        uv = np.zeros((len(faces), 3, 2)) if uv is None else np.nan_to_num(uv, posinf=0.0, neginf=0.0)
        shape = Shape(points, faces, uv, np.zeros(len(faces), np.int64), (paint,))
        pieces.append(shape.moved(np.asarray(matrix, np.float64)))
    return pieces


def _look(mesh: Any, faces: Any, known: dict[int, Paint]) -> tuple[Paint, Array | None]:
    """(paint, uv [F, 3, 2] if it has a texture).  known: paints of materials seen before, so that they are shared."""
    visual = mesh.visual
    if visual.kind in ("vertex", "face"):
        return palette(face_colors(visual, faces))
    if visual.kind != "texture" or visual.material is None:
        return PLAIN, None
    key = id(visual.material)
    if key not in known:
        known[key] = paint_of(visual.material)
    uv = None if visual.uv is None else np.asarray(visual.uv, np.float64)
    colors = visual.vertex_attributes.get("color") if visual.vertex_attributes else None
    if known[key].texture is None and colors is not None and len(colors) == len(mesh.vertices):
        levels = np.asarray(colors)
        levels = levels if levels.dtype == np.uint8 else np.clip(levels.astype(float) * 255, 0, 255).astype(np.uint8)
        return palette(np.asarray(levels[:, :3][faces].mean(axis=1), np.uint8))
    if uv is None or len(uv) != len(mesh.vertices) or known[key].texture is None:
        return known[key], None
    return known[key], uv[faces][..., :2]
