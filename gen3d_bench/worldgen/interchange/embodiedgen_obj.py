"""A native asset's meshes as EmbodiedGen keeps them: a Y-up OBJ with its materials, the same as GLB, convex parts."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from gen3d_bench.worldgen.interchange.glb import CREASE_DEG
from gen3d_bench.worldgen.interchange.meshes import read_mesh
from gen3d_bench.worldgen.interchange.shape import Indices, Paint, Shape, joined
from gen3d_bench.worldgen.procedural.assetfiles import corner_normals
from gen3d_bench.worldgen.procedural.colour import linear, srgb

MATERIALS = "material.mtl"


def write_meshes(asset: Path, mesh: Path, stem: str) -> None:
    """Fills an empty folder `mesh` from a native asset's folder.  Raises MeshError, OSError, MissingExtra."""
    shape = joined(list(read_mesh(asset / "visual.glb").pieces))
    _write_obj(shape, mesh / f"{stem}.obj")
    _write_materials(shape.paints, mesh)
    shutil.copyfile(asset / "visual.glb", mesh / f"{stem}.glb")
    lines = (asset / "collision.obj").read_text(encoding="ascii").splitlines()
    starts = iter(range(len(lines)))
    lines = [f"o geometry_{next(starts)}" if line.startswith("o ") else line for line in lines]
    (mesh / f"{stem}_collision.obj").write_text("\n".join(lines) + "\n", encoding="ascii")


def _write_obj(shape: Shape, path: Path) -> None:
    """As it stands, with normals that keep sharp edges sharp; one group of faces for each material."""
    normals, normal = _distinct(corner_normals(shape.points, shape.faces, CREASE_DEG).reshape(-1, 3), 5)
    coords, coord = _distinct(shape.uv.reshape(-1, 2), 6)
    corners = np.column_stack([shape.faces.reshape(-1), coord, normal]).reshape(-1, 3, 3) + 1
    lines = [f"mtllib {MATERIALS}"]
    lines += [f"v {x:.7f} {y:.7f} {z:.7f}" for x, y, z in shape.points + 0.0]
    lines += [f"vt {u:.6f} {v:.6f}" for u, v in coords + 0.0]
    lines += [f"vn {x:.5f} {y:.5f} {z:.5f}" for x, y, z in normals + 0.0]
    for k in range(len(shape.paints)):
        lines.append(f"usemtl material_{k}")
        lines += ["f " + " ".join(f"{p}/{t}/{n}" for p, t, n in face) for face in corners[shape.paint == k]]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def _distinct(rows: np.ndarray, decimals: int) -> tuple[np.ndarray, Indices]:
    """(rows that differ when rounded, for each row its index among them)."""
    found, index = np.unique(np.round(rows, decimals), axis=0, return_inverse=True)
    return found, np.asarray(index, np.int64).reshape(-1)


def _write_materials(paints: tuple[Paint, ...], folder: Path) -> None:
    blocks = []
    for k, paint in enumerate(paints):
        red, green, blue, opacity = paint.color
        lines = [f"newmtl material_{k}", "Ka 0 0 0", "Ks 0.04 0.04 0.04", f"Ns {_shininess(paint.roughness):.2f}"]
        if paint.texture is None:
            lines.append(f"Kd {red:.6f} {green:.6f} {blue:.6f}")
        else:
            picture = _tinted(paint.texture.convert("RGB"), (red, green, blue))
            picture.save(folder / f"material_{k}.png")
            lines += ["Kd 1 1 1", f"map_Kd material_{k}.png"]
        if opacity < 1:
            lines.append(f"d {opacity:.4f}")
        blocks.append("\n".join(lines))
    (folder / MATERIALS).write_text("\n\n".join(blocks) + "\n", encoding="ascii")


def _tinted(picture: Image.Image, color: tuple[float, float, float]) -> Image.Image:
    """A texture times a linear colour factor: not all readers of OBJ files multiply the two."""
    if min(color) > 1 - 1e-6:
        return picture
    tinted = srgb(linear(np.asarray(picture, float) / 255.0) * np.asarray(color))
    return Image.fromarray(np.round(255 * tinted.clip(0.0, 1.0)).astype(np.uint8))


def _shininess(roughness: float) -> float:
    """Phong's exponent of about the same highlight."""
    return float(np.clip(2.0 / max(roughness, 0.05) ** 4 - 2.0, 0.0, 1000.0))
