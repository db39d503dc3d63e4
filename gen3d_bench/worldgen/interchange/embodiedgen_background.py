"""A room as EmbodiedGen keeps its backgrounds: a coloured mesh, and Gaussian splats that its simulators draw.

Both are Y-up with the floor at y = 0, as the room's own mesh is.  The splats are flat discs strewn over the surfaces.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.worldgen.interchange.meshes import read_mesh
from gen3d_bench.worldgen.interchange.shape import Array, Indices, Shape, areas, joined
from gen3d_bench.worldgen.procedural.colour import linear, srgb

SPLATS = 40_000
"""A room has about 60 m^2 of surface: discs about 4 cm apart."""
OPACITY = 0.98
FLATNESS = 0.05
"""Thickness of a disc relative to its radius."""
SH_0 = 0.28209479177387814
"""The constant spherical harmonic: colours are stored relative to mid grey in units of it."""


def write_background(room: Path, folder: Path, prompt: str) -> None:
    """Fills an empty folder from a native room's folder.  Raises MeshError, OSError, MissingExtra."""
    shape = joined(list(read_mesh(room / "visual.glb").pieces))
    _write_mesh(shape, folder / "mesh_model.ply")
    _write_splats(shape, folder / "gs_model.ply")
    (folder / "prompt.txt").write_text(prompt + "\n", encoding="utf-8")


def _write_mesh(shape: Shape, path: Path) -> None:
    """Every face with corners of its own, coloured as its texture is there."""
    count = 3 * len(shape.faces)
    faces = np.repeat(np.arange(len(shape.faces)), 3)
    colors = colors_at(shape, faces, shape.uv.reshape(-1, 2))
    vertices = np.zeros(count, [(axis, "<f4") for axis in "xyz"] + [(c, "u1") for c in ("red", "green", "blue")])
    for k, axis in enumerate("xyz"):
        vertices[axis] = shape.corners.reshape(-1, 3)[:, k]
    for k, name in enumerate(("red", "green", "blue")):
        vertices[name] = np.round(255 * colors[:, k])
    triangles = np.zeros(len(shape.faces), [("count", "u1"), ("corners", "<i4", 3)])
    triangles["count"], triangles["corners"] = 3, np.arange(count).reshape(-1, 3)
    head = _header("vertex", count, vertices.dtype) + f"element face {len(triangles)}\n"
    head += "property list uchar int vertex_indices\nend_header\n"
    path.write_bytes(head.encode() + vertices.tobytes() + triangles.tobytes())


def _write_splats(shape: Shape, path: Path) -> None:
    """3D Gaussian splats of degree 0: logarithmic scales, opacity as a logit, rotations wxyz."""
    points, faces, uv, normals, share = strewn(shape, SPLATS)
    colors = colors_at(shape, faces, uv)
    radius = np.log(np.sqrt(share / np.pi))
    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2"]
    values = np.column_stack([
        points, (colors - 0.5) / SH_0, np.full(len(points), np.log(OPACITY / (1 - OPACITY))),
        np.full((len(points), 2), radius), np.full(len(points), radius + np.log(FLATNESS)), _from_z_to(normals),
    ]).astype("<f4")
    kind = np.dtype([(name, "<f4") for name in [*names, "rot_0", "rot_1", "rot_2", "rot_3"]])
    path.write_bytes((_header("vertex", len(values), kind) + "end_header\n").encode() + values.tobytes())


def strewn(shape: Shape, count: int) -> tuple[Array, Indices, Array, Array, float]:
    """(points [N, 3], their faces [N], uv [N, 2], unit normals [N, 3], surface of each in m^2), evenly by area.

    The same ones every time.
    """
    rng = np.random.default_rng(0)
    size = areas(shape.corners)
    chosen = np.searchsorted(np.cumsum(size), (np.arange(count) + 0.5) / count * size.sum())
    chosen = np.minimum(chosen, len(size) - 1)
    u, v = rng.random((2, count))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    weights = np.column_stack([1 - u - v, u, v])
    corners = shape.corners[chosen]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    points = np.einsum("nk,nki->ni", weights, corners)
    uv = np.einsum("nk,nki->ni", weights, shape.uv[chosen])
    return points, chosen, uv, normals, float(size.sum() / count)


def colors_at(shape: Shape, faces: Indices, uv: Array) -> Array:
    """[N, 3] sRGB in [0, 1] of points on these faces [N] with these texture coordinates [N, 2]."""
    colors = np.zeros((len(faces), 3))
    paint = shape.paint[faces]
    for k, look in enumerate(shape.paints):
        mine = paint == k
        if look.texture is None:
            colors[mine] = srgb(look.color[:3])
            continue
        texels: NDArray[np.uint8] = np.asarray(look.texture.convert("RGB"))
        height, width = texels.shape[:2]
        column = np.floor(uv[mine, 0] * width).astype(np.int64) % width
        row = np.floor((1 - uv[mine, 1]) * height).astype(np.int64) % height
        colors[mine] = srgb(linear(texels[row, column] / 255.0) * np.asarray(look.color[:3]))
    return colors.clip(0.0, 1.0)


def _from_z_to(normals: Array) -> Array:
    """[N, 4] quaternions wxyz that turn the z axis onto unit vectors [N, 3]."""
    x, y, z = normals.T
    half = np.column_stack([1 + z, -y, x, np.zeros_like(x)])
    half[z < -1 + 1e-9] = (0.0, 1.0, 0.0, 0.0)
    return np.asarray(half / np.linalg.norm(half, axis=1, keepdims=True))


def _header(element: str, count: int, kind: np.dtype[np.void]) -> str:
    names = {"f": "float", "u": "uchar"}
    lines = [f"property {names[kind[name].kind]} {name}" for name in kind.names or ()]
    return "\n".join(["ply", "format binary_little_endian 1.0", f"element {element} {count}", *lines]) + "\n"
