"""One asset that EmbodiedGen made, a URDF with its meshes, becomes one of the project's asset folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from gen3d_bench.worldgen.interchange.glb import write_visual
from gen3d_bench.worldgen.interchange.meshes import read_mesh
from gen3d_bench.worldgen.interchange.native import ImportedObject, ImportOptions, ObjectFiles, Up, import_object
from gen3d_bench.worldgen.interchange.shape import Shape, joined
from gen3d_bench.worldgen.interchange.urdf import UrdfAsset, UrdfMesh, read_urdf
from gen3d_bench.worldgen.procedural.assetfiles import y_up

PROVENANCE = "EmbodiedGen"
UPRIGHT_TOLERANCE = 2e-3
"""How far from a right angle (rad) a mesh may be turned and still count as Y-up: the files say 1.5708."""


class FlaggedError(ValueError):
    """EmbodiedGen's own checks rejected the asset."""


def flaw(*verdicts: str | None) -> str | None:
    """The first verdict that is a rejection ("NO: two objects"), else None.

    >>> flaw("YES", None, "NO: two objects")
    'NO: two objects'
    """
    return next((v for v in verdicts if v and v.strip().strip("\"'").upper().startswith(("NO", "FAIL", "FALSE"))), None)


def import_urdf(
    path: Path,
    folder: Path,
    name: str,
    description: str = "",
    verdict: str | None = None,
    hollow: bool | None = None,
    accept_flagged: bool = False,
    options: ImportOptions | None = None,
) -> ImportedObject:
    """Writes a native asset into an empty folder.

    path: of the URDF.  name, description: what the scene calls it; the file's own description if none is given.
    verdict: of EmbodiedGen's checks on it, beside those in the file.  hollow: None to see from its shape.
    accept_flagged: take what those checks rejected, and note it.
    Raises FlaggedError, UrdfError, MeshError; OSError.
    """
    asset = read_urdf(path)
    notes = []
    wrong = flaw(verdict, asset.quality.get("overall"))
    if wrong is not None:
        if not accept_flagged:
            raise FlaggedError(f"{path}: EmbodiedGen's own checks rejected it ({wrong}); make it anew, or accept "
                               f"flagged assets")
        notes.append(f"accepted although EmbodiedGen's own checks rejected it ({wrong})")
    hint = asset.extra.get("link/extra_info/hollow")
    with TemporaryDirectory() as work:
        visual, collision, up, scale = _upright(asset, Path(work))
        files = ObjectFiles(
            name=name,
            category=asset.category or name,
            description=description or asset.description or name,
            visual=visual,
            collision=collision,
            up=up,
            scale=scale,
            mass=asset.mass,
            friction=asset.friction,
            licence=asset.extra.get("link/extra_info/licence", "unknown"),
            provenance=asset.extra.get("link/extra_info/provenance", PROVENANCE),
            hollow=hollow if hollow is not None or hint not in ("true", "false") else hint == "true",
        )
        made = import_object(files, folder, options)
    return replace(made, notes=(*notes, *made.notes))


def _upright(asset: UrdfAsset, work: Path) -> tuple[Path, Path | None, Up, tuple[float, float, float]]:
    """(visual, collision or None, axis that points up, scale per axis) of meshes that share a frame.

    The files as they are where y or z points up in both; else turned copies in the folder `work`.
    """
    visual, collision = asset.visual, asset.collision
    up = _up(visual)
    if up is not None and (collision is None or np.allclose(visual.matrix, collision.matrix, atol=1e-4)):
        return visual.file, None if collision is None else collision.file, up, visual.scale
    write_visual(joined(list(read_mesh(visual.file).pieces)).moved(visual.matrix), work / "visual.glb")
    if collision is not None:
        pieces = read_mesh(collision.file, paints=False).pieces
        _write_parts([piece.moved(collision.matrix) for piece in pieces], work / "collision.obj")
    return work / "visual.glb", None if collision is None else work / "collision.obj", "y", (1.0, 1.0, 1.0)


def _up(mesh: UrdfMesh) -> Up | None:
    """The axis of the mesh that points up in the link, whatever its yaw; None if it is neither y nor z."""
    upwards = mesh.matrix[2, :3] / np.asarray(mesh.scale)
    ups: tuple[tuple[Up, int], ...] = (("y", 1), ("z", 2))
    return next((name for name, axis in ups if upwards[axis] > np.cos(UPRIGHT_TOLERANCE)), None)


def _write_parts(parts: list[Shape], path: Path) -> None:
    """One `o` block per part, Y-up, from parts that are Z-up."""
    lines, base = [], 1
    for k, part in enumerate(parts):
        lines.append(f"o part{k}")
        lines += [f"v {x:.8f} {y:.8f} {z:.8f}" for x, y, z in y_up(part.points)]
        lines += [f"f {a} {b} {c}" for a, b, c in part.faces + base]
        base += len(part.points)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
