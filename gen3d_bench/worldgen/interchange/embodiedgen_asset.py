"""One asset that EmbodiedGen made, a URDF with its meshes, becomes one of the project's asset folders."""

from __future__ import annotations

import math
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
    """The first verdict that does not pass, else None: one passes that begins with "YES" or "true"; None is none.

    >>> flaw("YES", None, "NO: two objects")
    'NO: two objects'
    """
    return next((v or "no verdict" for v in verdicts if v is not None and not passes(v)), None)


def passes(verdict: str) -> bool:
    return verdict.strip().strip("\"'").upper().startswith(("YES", "TRUE"))


def judged(asset: UrdfAsset) -> str | None:
    """What EmbodiedGen's checkers say in the file: overall, else the first of them that rejects; None if nothing does.

    Checkers that give a number ("4.7") do not decide.
    """
    said = {name: text for name, text in asset.quality.items() if not _is_number(text)}
    if "overall" in said:
        return said["overall"]
    return next((f"{name}: {text}" for name, text in said.items() if not passes(text)), None)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


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
    wrong = flaw(verdict, judged(asset))
    if wrong is not None:
        if not accept_flagged:
            raise FlaggedError(f"{path}: EmbodiedGen's own checks rejected it ({wrong}); make it anew, or accept "
                               f"flagged assets")
        notes.append(f"accepted although EmbodiedGen's own checks rejected it ({wrong})")
    hint = asset.extra.get("link/extra_info/hollow")
    with TemporaryDirectory() as work:
        visual, collision, up, scale, beside = _upright(asset, Path(work))
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
    meshes = [mesh.file for mesh in (asset.visual, asset.collision) if mesh is not None]
    return replace(made, notes=(*notes, *made.notes), beside=(*meshes, *beside, *made.beside))


def _upright(
    asset: UrdfAsset, work: Path
) -> tuple[Path, Path | None, Up, tuple[float, float, float], tuple[Path, ...]]:
    """(visual, collision or None, axis that points up, scale per axis, files beside) of meshes that share a frame.

    The files as they are where y or z points up in both; else turned copies in the folder `work`.
    """
    visual, collision = asset.visual, asset.collision
    up = _up(visual)
    if up is not None and (collision is None or np.allclose(visual.matrix, collision.matrix, atol=1e-4)):
        return visual.file, None if collision is None else collision.file, up, visual.scale, ()
    read = read_mesh(visual.file)
    write_visual(joined(list(read.pieces)).moved(visual.matrix), work / "visual.glb")
    if collision is not None:
        pieces = read_mesh(collision.file, paints=False).pieces
        _write_parts([piece.moved(collision.matrix) for piece in pieces], work / "collision.obj")
    parts = None if collision is None else work / "collision.obj"
    return work / "visual.glb", parts, "y", (1.0, 1.0, 1.0), read.looked_for


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
