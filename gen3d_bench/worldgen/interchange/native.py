"""A foreign object becomes one of the project's asset folders: read, stood up, scaled, given convex parts, written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from gen3d_bench.scenes.manifest import INFO
from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.checks.hollows import hollow_of
from gen3d_bench.worldgen.interchange.cleanup import mended, two_sided
from gen3d_bench.worldgen.interchange.decompose import collision_parts
from gen3d_bench.worldgen.interchange.glb import write_visual
from gen3d_bench.worldgen.interchange.limits import MeshError
from gen3d_bench.worldgen.interchange.meshes import read_mesh
from gen3d_bench.worldgen.interchange.paints import bounded
from gen3d_bench.worldgen.interchange.shape import Array, Shape, joined
from gen3d_bench.worldgen.interchange.simplify import simplified
from gen3d_bench.worldgen.interchange.upright import TURNS, likely_up, narrowest, planted, resting_turn
from gen3d_bench.worldgen.procedural.assetfiles import write_collision
from gen3d_bench.worldgen.procedural.generator import MASS_RANGE_KG
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, MAX_PARTS

Up = Literal["y", "z"]
MOST_METRES, LEAST_METRES = 2.0, 0.004
"""What is longer as it is written, at no known scale, is taken as millimetres; what is not between these (m) is no
table-top thing."""
LEAST_WIDTH = 0.0125
"""What the fingers can close on (m), as agents.grasping has it."""
LEAST_OPENING = 0.15
"""Share of its outline that the opening of a hollow thing takes."""
DENSITY, FRICTION, FRICTION_RANGE = 700.0, 0.6, (0.1, 2.0)
"""kg/m^3 and Coulomb coefficient where nothing is known; the built-in generator's."""


@dataclass(frozen=True)
class ObjectFiles:
    """An object as somebody else keeps it: where its meshes lie and what is known about it.

    visual, collision: mesh files (GLB, glTF, OBJ, DAE, STL, PLY) in one frame; either may be read from its own folder
    only.  collision holds convex parts, or is None: then they are computed.
    up: the axis that points up in the files once their own node transforms are applied; None if nobody knows.
    scale: one factor or one per axis of the files, to metres; None if nobody knows.
    mass: kg at that scale.  density: kg/m^3 of the collision parts, used where mass is None.  friction: Coulomb's.
    hollow: whether things are put IN it; None to see from its shape.
    """

    name: str
    category: str
    description: str
    visual: Path
    collision: Path | None = None
    up: Up | None = None
    scale: float | tuple[float, float, float] | None = None
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
    decompose_seconds: float = 180.0


@dataclass(frozen=True)
class ImportedObject:
    """info: what its `asset.json` says.  notes: what was changed, one short sentence each.

    beside: files beyond those of ObjectFiles that were read or looked for.
    """

    info: AssetInfo
    notes: tuple[str, ...]
    beside: tuple[Path, ...] = ()


def import_object(files: ObjectFiles, folder: Path, options: ImportOptions | None = None) -> ImportedObject:
    """Writes `visual.glb`, `collision.obj` and `asset.json` into an empty folder; the same input gives the same bytes.

    Raises limits.MeshError, whose message names the file, for what cannot or must not be read; OSError, MissingExtra.
    """
    options = options or ImportOptions()
    notes: list[str] = []
    seen, given, up, beside = _read(files, notes)
    cap = min(1.0, options.max_extent / float(seen.extents.max()))
    seen, given = _scaled(seen, cap), None if given is None else [_scaled(piece, cap) for piece in given]
    if files.collision == files.visual:
        notes.append("no visual mesh: the collision mesh is shown")
    parts = collision_parts(seen, given, options.max_parts, options.max_part_vertices, options.decompose_seconds)
    notes.append(parts.note)

    if up is None:
        up = likely_up(parts.points, seen.points[np.unique(seen.faces)])
        notes.append(f"no word on which way is up: taken as {up}")
    turn = TURNS[up]
    rest, angle = resting_turn([part @ turn.T for part in parts.points])
    if angle:
        notes.append(f"turned by {angle:.0f} degrees to rest on the table")
    points = [part @ (rest @ turn).T for part in parts.points]
    seen = seen.moved(_affine(rest @ turn))

    width = narrowest(np.vstack(points))
    grip = min(1.0, options.gripper_width / width) if options.fit_gripper else 1.0
    if grip < 1.0:
        notes.append(f"scaled by {grip:.3g} so that its {1000 * width:.0f} mm fit the gripper")
    if cap < 1.0:
        notes.append(f"scaled by {cap:.3g} to be at most {options.max_extent:g} m long")
    if options.fit_gripper and max(width * grip, float(np.ptp(np.vstack(points)[:, 2])) * grip) < LEAST_WIDTH:
        notes.append(f"too small to be grasped: less than {1000 * LEAST_WIDTH:g} mm wide and high")
    low, high = seen.bounds
    points = planted(points, float(low[2]))
    base = np.array([*(low + high)[:2] / 2, np.vstack(points)[:, 2].min()])
    points = [(part - base) * grip for part in points]
    seen = _scaled(seen.moved(_affine(np.eye(3), -base)), grip)

    seen = _fit_for_drawing(seen, options, notes)
    drawn = two_sided(seen)
    if len(drawn.faces) > len(seen.faces):
        notes.append(f"{len(drawn.faces) - len(seen.faces)} faces added, the backs of open surfaces")
    write_visual(drawn, folder / "visual.glb")
    volume = write_collision(points, folder / "collision.obj")
    info = _info(files, seen, points, _mass(files, volume, cap * grip, notes))
    if info.hollow and not hollow_of(points).holds:
        notes.append("said to be hollow, but its collision parts leave no opening")
    (folder / INFO).write_text(info.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return ImportedObject(info, tuple(notes), beside)


def _read(
    files: ObjectFiles, notes: list[str]
) -> tuple[Shape, list[Shape] | None, str | None, tuple[Path, ...]]:
    """(what is seen, pieces of its collision mesh, up axis if known, files beside), in metres and the files' frame."""
    read = read_mesh(files.visual)
    notes += [f"{name!r}, which the mesh names, is missing: plain colour instead" for name in read.missing]
    factors = np.broadcast_to(np.asarray(1.0 if files.scale is None else files.scale, float), 3)
    if not np.isfinite(factors).all() or (factors == 0).any():
        raise MeshError(f"{files.visual}: cannot be scaled by {files.scale}; give factors that are not zero")
    sides = np.ptp(np.vstack([piece.bounds for piece in read.pieces]), axis=0)
    longest = float((sides * np.abs(factors)).max())
    if longest > MOST_METRES and files.scale is None:
        notes.append(f"{longest:.0f} m long as it is written: taken as millimetres")
        factors, longest = factors / 1000.0, longest / 1000.0
    if not LEAST_METRES <= longest <= MOST_METRES:
        raise MeshError(f"{files.visual}: would be {longest:.3g} m long; give the scale that makes it metres")
    matrix = _affine(np.diag(factors))
    clean = mended(joined([piece.moved(matrix) for piece in read.pieces]))
    notes += clean.notes
    given = None
    if files.collision is not None:
        given = [piece.moved(matrix) for piece in read_mesh(files.collision, paints=False).pieces]
    # Simulators take glTF files as they are, so those made for them often do not have y up as the format says.
    said = None if files.visual.suffix.lower() in (".glb", ".gltf") else read.up
    return clean.shape, given, files.up or said, read.looked_for


def _affine(linear: Array, offset: Array | None = None) -> Array:
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    if offset is not None:
        matrix[:3, 3] = offset
    return matrix


def _scaled(shape: Shape, factor: float) -> Shape:
    return replace(shape, points=shape.points * factor)


def _fit_for_drawing(seen: Shape, options: ImportOptions, notes: list[str]) -> Shape:
    before = len(seen.faces)
    seen = simplified(seen, options.max_visual_faces)
    if len(seen.faces) < before:
        notes.append(f"visual reduced from {before} to {len(seen.faces)} faces")
    paints = []
    for paint in seen.paints:
        smaller, size = bounded(paint, options.max_texture_side)
        paints.append(smaller)
        if size is not None:
            notes.append(f"texture reduced from {size[0]} x {size[1]} pixels to {options.max_texture_side} a side")
    return replace(seen, paints=tuple(paints))


def _mass(files: ObjectFiles, volume: float, factor: float, notes: list[str]) -> float:
    """kg: given, or the density times the volume (m^3) of the parts, within bounds.  factor: scale since then."""
    least, most = MASS_RANGE_KG
    mass = (files.density or DENSITY) * volume if files.mass is None else files.mass * factor**3
    if not least <= mass <= most:
        notes.append(f"mass {mass:.3g} kg bounded to {least:g} to {most:g} kg")
    return round(float(np.clip(mass, least, most)), 5)


def _info(files: ObjectFiles, seen: Shape, points: list[Array], mass: float) -> AssetInfo:
    x, y, z = (round(float(v), 5) for v in seen.extents)
    hollow = hollow_of(points)
    return AssetInfo(
        kind="object",
        name=files.name,
        category=files.category,
        description=files.description,
        size=(x, y, z),
        mass=mass,
        friction=float(np.clip(FRICTION if files.friction is None else files.friction, *FRICTION_RANGE)),
        hollow=hollow.holds and hollow.share >= LEAST_OPENING if files.hollow is None else files.hollow,
        parts=len(points),
        provenance=files.provenance,
        licence=files.licence,
    )
