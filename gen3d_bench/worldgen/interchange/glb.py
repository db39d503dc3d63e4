"""Writes a shape as `visual.glb`: Y-up, one mesh for each paint, the same bytes for the same shape."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gen3d_bench.extras import require
from gen3d_bench.worldgen.interchange.shape import Paint, Shape
from gen3d_bench.worldgen.procedural.assetfiles import corner_normals, y_up

if TYPE_CHECKING:
    from trimesh.visual.material import PBRMaterial

CREASE_DEG = 45.0
"""Edges sharper than this stay sharp."""


def write_visual(shape: Shape, path: Path) -> None:
    """shape: metres, Z up.  Raises OSError, MissingExtra."""
    require("worldgen", "trimesh")
    import trimesh

    normals = corner_normals(shape.points, shape.faces, CREASE_DEG)
    scene = trimesh.Scene(base_frame="world")
    for k in np.unique(shape.paint):
        mine = shape.paint == k
        place = shape.faces[mine].reshape(-1)
        shade, uv = normals[mine].reshape(-1, 3), shape.uv[mine].reshape(-1, 2)
        key = np.column_stack([place, np.round(shade * 1e4), np.round(uv * 2**16)]).astype(np.int64)
        _, first, index = np.unique(key, axis=0, return_index=True, return_inverse=True)
        visual = trimesh.visual.TextureVisuals(uv=uv[first], material=_material(shape.paints[k], f"material{k}"))
        mesh = trimesh.Trimesh(y_up(shape.points[place[first]]), np.asarray(index).reshape(-1, 3), process=False,
                               vertex_normals=y_up(shade[first]), visual=visual)  # fmt: skip
        scene.add_geometry(mesh, node_name=f"part{k}", geom_name=f"part{k}")
    path.write_bytes(scene.export(file_type="glb", include_normals=True))


def _material(paint: Paint, name: str) -> PBRMaterial:
    from trimesh.visual.material import PBRMaterial

    return PBRMaterial(
        name=name,
        baseColorFactor=list(paint.color),
        baseColorTexture=paint.texture,
        roughnessFactor=paint.roughness,
        metallicFactor=paint.metallic,
        metallicRoughnessTexture=paint.rough_metal,
        emissiveFactor=list(paint.glow) if any(paint.glow) else None,
        alphaMode=paint.alpha,
    )
