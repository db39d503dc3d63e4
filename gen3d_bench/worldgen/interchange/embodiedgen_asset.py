"""One asset that EmbodiedGen made, a URDF with its meshes, becomes one of the project's asset folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from gen3d_bench.worldgen.interchange.limits import MeshError
from gen3d_bench.worldgen.interchange.native import ImportedObject, ImportOptions, ObjectFiles, Up, import_object
from gen3d_bench.worldgen.interchange.urdf import UrdfAsset, UrdfError, UrdfMesh, read_urdf

PROVENANCE = "EmbodiedGen"
LICENCE = "Apache-2.0"
"""Of EmbodiedGen's public data sets; an asset whose file says otherwise keeps what it says."""
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
    visual, collision, up, scale = _frame(asset)
    if asset.collision is not None and collision is None:
        notes.append("its collision mesh stands in another frame than what is seen; convex parts are computed anew")
    hint = asset.extra.get("link/extra_info/hollow")
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
        licence=asset.extra.get("link/extra_info/licence", LICENCE),
        provenance=asset.extra.get("link/extra_info/provenance", PROVENANCE),
        hollow=hollow if hollow is not None or hint not in ("true", "false") else hint == "true",
    )
    made = import_object(files, folder, options)
    return replace(made, notes=(*notes, *made.notes))


def _frame(asset: UrdfAsset) -> tuple[Path, Path | None, Up, tuple[float, float, float]]:
    """(visual, collision or None, up axis, scale per axis) of meshes that stand straight, wherever they are moved to.

    Raises UrdfError for a mesh that is turned about anything but the usual right angle.
    """
    up = _up(asset.visual)
    if up is None:
        roll, pitch, yaw = asset.visual.rpy
        raise UrdfError(f"{asset.file}: the mesh is turned by rpy {roll:g} {pitch:g} {yaw:g}, which leaves neither its "
                        f"y nor its z axis pointing up; export it Y-up with rpy 1.5708 0 0")
    visual, collision = asset.visual, asset.collision
    same = collision is not None and np.allclose(visual.matrix, collision.matrix, atol=1e-4)
    return visual.file, collision.file if same and collision is not None else None, up, visual.scale


def _up(mesh: UrdfMesh) -> Up | None:
    """The axis of the mesh that the link's z axis is, whatever its yaw; None if it is neither y nor z."""
    turn = mesh.matrix[:3, :3] / np.asarray(mesh.scale)
    for axis, name in ((1, "y"), (2, "z")):
        if turn[2, axis] > 1 - UPRIGHT_TOLERANCE**2:
            return name  # type: ignore[return-value]
    return None


__all__ = ["FlaggedError", "MeshError", "UrdfError", "flaw", "import_urdf"]
