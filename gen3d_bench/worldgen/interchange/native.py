"""A foreign object becomes one of the project's asset folders: read, stood up, scaled, given convex parts, written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, MAX_PARTS

Up = Literal["y", "z"]


@dataclass(frozen=True)
class ObjectFiles:
    """An object as somebody else keeps it: where its meshes lie and what is known about it.

    visual, collision: mesh files (GLB, glTF, OBJ, DAE, STL, PLY) in one frame; either may be read from its own folder
    only.  collision holds convex parts, or is None: then they are computed.
    up: the axis that points up in the files once their own node transforms are applied; None if nobody knows.
    scale: one factor or one per axis of the files, to metres.
    mass: kg at that scale.  density: kg/m^3 of the collision parts, used where mass is None.  friction: Coulomb's.
    hollow: whether things are put IN it; None to see from its shape.
    """

    name: str
    category: str
    description: str
    visual: Path
    collision: Path | None = None
    up: Up | None = None
    scale: float | tuple[float, float, float] = 1.0
    mass: float | None = None
    density: float | None = None
    friction: float | None = None
    licence: str = "unknown"
    provenance: str = ""
    hollow: bool | None = None


@dataclass(frozen=True)
class ImportOptions:
    """What an imported object may be like; the defaults suit the robot's table.

    max_visual_faces: triangles of the visual mesh.  max_texture_side: pixels.
    max_parts, max_part_vertices: of the collision geometry.
    fit_gripper: scale down whatever is wider than gripper_width (m) across its narrowest horizontal direction.
    max_extent: longest side of the bounding box (m); larger things are scaled down to it.
    decompose_seconds: time limit for computing convex parts.
    """

    max_visual_faces: int = 20_000
    max_texture_side: int = 1024
    max_parts: int = MAX_PARTS
    max_part_vertices: int = MAX_PART_VERTICES
    fit_gripper: bool = False
    gripper_width: float = 0.048
    max_extent: float = 0.16
    decompose_seconds: float = 60.0


@dataclass(frozen=True)
class ImportedObject:
    """info: what its `asset.json` says.  notes: what was changed, one short sentence each."""

    info: AssetInfo
    notes: tuple[str, ...]


def import_object(files: ObjectFiles, folder: Path, options: ImportOptions | None = None) -> ImportedObject:
    """Writes `visual.glb`, `collision.obj` and `asset.json` into an empty folder; the same input gives the same bytes.

    Raises limits.MeshError, whose message names the file, for whatever cannot or must not be read; OSError.
    """
    raise NotImplementedError
