"""Foreign meshes of tables and rooms as native asset folders, where they can serve as such."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from gen3d_bench.scenes.manifest import INFO
from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.interchange.glb import write_visual
from gen3d_bench.worldgen.interchange.meshes import read_mesh
from gen3d_bench.worldgen.interchange.shape import Array, Shape, areas, joined
from gen3d_bench.worldgen.interchange.simplify import simplified
from gen3d_bench.worldgen.interchange.urdf import UrdfAsset
from gen3d_bench.worldgen.procedural.assetfiles import write_collision

FLATNESS = 0.003
"""How far faces of a flat top may lie below its highest point (m)."""
LEAST_FILLED = 0.9
"""Least share of the top's outline that its flat faces cover."""
TOP_DEPTH, TOP_WIDTH, TOP_HEIGHT = (0.62, 2.0), (0.8, 3.0), (0.4, 1.2)
"""What a table may measure along x, y and z (m), for the arm to stand on it and the floor to be below it."""
TOP_THICKNESS = 0.03
OUTLINE = 32
"""Most corners of a top's outline."""
ROOM_FACES, TABLE_FACES = 60_000, 20_000
ROOM_HEIGHT, ROOM_SIDE = (1.8, 12.0), (1.5, 60.0)
"""What a room may measure (m)."""
Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1.0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]])
"""From the Y-up frame of files to Z-up."""


class UnfitError(ValueError):
    """A mesh cannot serve as a table or room; the message says why."""


def write_table(asset: UrdfAsset, folder: Path, name: str, description: str) -> AssetInfo:
    """A table with a flat top, turned so that its long side runs along y.  Raises UnfitError, MeshError, OSError."""
    shape = joined(list(read_mesh(asset.visual.file).pieces)).moved(asset.visual.matrix)
    if shape.extents[0] > shape.extents[1]:
        shape = shape.moved(np.array([[0.0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))
    outline = _flat_top(shape)
    low, high = outline.min(axis=0), outline.max(axis=0)
    middle = np.array([*(low + high) / 2, shape.bounds[1, 2]])
    depth, width, height = float(high[0] - low[0]), float(high[1] - low[1]), float(shape.extents[2])
    sizes = (("deep", depth, TOP_DEPTH), ("wide", width, TOP_WIDTH), ("high", height, TOP_HEIGHT))
    for word, size, (least, most) in sizes:
        if not least <= size <= most:
            raise UnfitError(f"its table is {size:.2f} m {word}, not {least:g} to {most:g} m")
    centred = np.eye(4)
    centred[:3, 3] = -middle
    shape = simplified(shape.moved(centred), TABLE_FACES)
    outline = outline - middle[:2]
    write_visual(shape, folder / "visual.glb")
    prism = np.vstack([np.column_stack([outline, np.full(len(outline), z)]) for z in (-TOP_THICKNESS, 0.0)])
    write_collision([prism], folder / "collision.obj")
    licence = asset.extra.get("link/extra_info/licence", "unknown")
    return _info(shape, folder, "table", name, description, 1, licence)


def write_room(mesh: Path, folder: Path, name: str, description: str) -> AssetInfo:
    """A room from a Y-up mesh whose floor is about y = 0.  Raises UnfitError, MeshError, OSError."""
    shape = joined(list(read_mesh(mesh).pieces)).moved(Y_UP)
    x, y, height = map(float, shape.extents)
    if not (ROOM_HEIGHT[0] <= height <= ROOM_HEIGHT[1] and all(ROOM_SIDE[0] <= v <= ROOM_SIDE[1] for v in (x, y))):
        raise UnfitError(f"its room measures {x:.1f} x {y:.1f} x {height:.1f} m, which no room does")
    floor = np.percentile(shape.points[:, 2], 1)
    lowered = np.eye(4)
    lowered[2, 3] = -floor
    shape = simplified(shape.moved(lowered), ROOM_FACES)
    write_visual(shape, folder / "visual.glb")
    return _info(shape, folder, "room", name, description, 0, "unknown")


def _flat_top(shape: Shape) -> Array:
    """[N <= OUTLINE, 2] convex outline of a flat top.  Raises UnfitError."""
    top = shape.bounds[1, 2]
    corners = shape.corners
    flat = (corners[:, :, 2] > top - FLATNESS).all(axis=1)
    # Seen from above, so that what lies doubled or upside down does not count as more.
    seen = corners[flat].copy()
    seen[:, :, 2] = 0.0
    spans = corners[flat]
    upward = np.cross(spans[:, 1] - spans[:, 0], spans[:, 2] - spans[:, 0])[:, 2] > 0
    area = float(areas(seen)[upward].sum())
    points = seen[:, :, :2].reshape(-1, 2)
    try:
        hull = ConvexHull(points)
    except (QhullError, ValueError):
        raise UnfitError("its table has no flat top") from None
    if area < LEAST_FILLED * hull.volume:  # of a polygon: its area
        raise UnfitError(f"only {100 * area / hull.volume:.0f} % of its table's top is flat within "
                         f"{FLATNESS * 1000:.0f} mm and without gaps")
    corner = points[hull.vertices]
    if len(corner) <= OUTLINE:
        return np.asarray(corner)
    angle = 2 * np.pi * np.arange(OUTLINE) / OUTLINE
    farthest = (corner @ np.stack([np.cos(angle), np.sin(angle)])).argmax(axis=0)
    return np.asarray(corner[np.unique(farthest)])


def _info(
    shape: Shape, folder: Path, kind: Literal["table", "room"], name: str, description: str, parts: int,
    licence: str,
) -> AssetInfo:
    x, y, z = (round(float(v), 5) for v in shape.extents)
    info = AssetInfo(
        kind=kind, name=name, category=kind, description=description, size=(x, y, z), parts=parts,
        provenance="EmbodiedGen", licence=licence,
    )
    (folder / INFO).write_text(info.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return info
