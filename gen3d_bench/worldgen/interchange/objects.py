"""Whole folders of foreign objects: finds them, and imports them into a library of the project's asset folders."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gen3d_bench.scenes.manifest import (
    MANIFEST,
    DamagedAssetError,
    manifest_text,
    read_manifest,
    take_manifest,
    verified,
)
from gen3d_bench.worldgen.interchange.facts import facts_of
from gen3d_bench.worldgen.interchange.limits import Limits, MeshError
from gen3d_bench.worldgen.interchange.native import ImportOptions, ObjectFiles, import_object
from gen3d_bench.worldgen.interchange.precheck import FORMATS
from gen3d_bench.worldgen.interchange.surroundings import OTHERS, PICTURES, inside

VERSION = 2
"""Raised whenever the same files and options would give other bytes."""
VISUAL_ORDER = (".glb", ".gltf", ".dae", ".obj", ".ply", ".stl")
"""Of several files of one name the first is taken: those that carry textures and say which way is up."""
MOST_OBJECTS = 20_000
"""In one folder tree."""

Progress = Callable[[int, int, str], None]
"""Told after every object: how many are done, how many there are, the name of the one just done."""
COLLISION = re.compile(r"^(?:(?P<stem>.*)[_.-])?(?:collision|collider|coacd)$", re.IGNORECASE)


@dataclass(frozen=True)
class ImportReport:
    """What became of the objects of a folder.

    imported: slug -> notes, of those that are in the library now.  unchanged: slugs of those that were there already.
    failed: name of the object's file -> reason.
    """

    imported: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)


def find_objects(source: Path) -> list[ObjectFiles]:
    """The objects in a folder tree, or of one mesh file, in the order of their paths.

    A mesh whose name ends in "collision" belongs to the visual mesh of that name, or to the only one in its folder;
    where there is none it is taken as the visual mesh as well.  Facts are taken from `assets.json`, `model_db.json` or
    `info_*.json` beside or above.  Links that lead out of the tree are not followed.
    Raises MeshError where there is nothing, or far too much.
    """
    if source.is_file():
        return [_object(source, None, source.parent)]
    if not source.is_dir():
        raise MeshError(f"{source}: there is no such file or folder")
    found = [_object(visual, collision, source) for folder in _folders(source) for visual, collision in _pairs(folder)]
    if not found:
        raise MeshError(f"{source}: holds no meshes ({', '.join(sorted(FORMATS))}); give the folder with the objects")
    return found


def import_folder(
    source: Path, library: Path, options: ImportOptions | None = None, progress: Progress | None = None
) -> ImportReport:
    """Imports every object of a folder tree into `library`/<slug>/, each whole or not at all.

    An object whose files and options are as when it was imported is left as it is; one that fails is reported and the
    rest go on.  Raises MeshError where `source` holds no objects; OSError where the library cannot be written.
    """
    options = options or ImportOptions()
    objects = find_objects(source)
    library.mkdir(parents=True, exist_ok=True)
    imported: dict[str, tuple[str, ...]] = {}
    unchanged, failed, taken = [], dict[str, str](), set[str]()
    for done, files in enumerate(objects, start=1):
        slug = _slug(files, taken)
        try:
            notes = _import_one(files, library / slug, options)
            if notes is None:
                unchanged.append(slug)
            else:
                imported[slug] = notes
        except MeshError as error:
            failed[str(files.visual.relative_to(source) if source.is_dir() else files.visual)] = str(error)
        if progress is not None:
            progress(done, len(objects), files.name)
    return ImportReport(imported, tuple(unchanged), failed)


def _import_one(files: ObjectFiles, folder: Path, options: ImportOptions) -> tuple[str, ...] | None:
    """Notes, or None where the folder holds the object already."""
    key: dict[str, str | int] = {"importer": VERSION, "source": _digest(files, options)}
    if _intact(folder, key):
        return None
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.tmp")
    temporary.mkdir()
    try:
        made = import_object(files, temporary, options)
        manifest = take_manifest(temporary, key)
        (temporary / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")
        if os.path.lexists(folder):  # a folder cannot be renamed onto another, so the old one makes way first
            old = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.tmp")
            os.replace(folder, old)
            os.replace(temporary, folder)
            shutil.rmtree(old)
        else:
            os.replace(temporary, folder)
        return made.notes
    finally:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(temporary)


def _intact(folder: Path, key: Mapping[str, str | int]) -> bool:
    try:
        manifest = read_manifest(folder)
        verified(folder, manifest)
    except (DamagedAssetError, FileNotFoundError):
        return False
    return manifest.key == key


def _digest(files: ObjectFiles, options: ImportOptions) -> str:
    """Of everything that an import depends on: the facts, the options, the meshes and the pictures beside them."""
    facts = {k: v for k, v in dataclasses.asdict(files).items() if not isinstance(v, Path)}
    total = hashlib.sha256(json.dumps([facts, dataclasses.asdict(options)], sort_keys=True).encode())
    meshes = [files.visual] if files.collision is None else [files.visual, files.collision]
    pictures = [p for p in sorted(files.visual.parent.iterdir()) if p.suffix.lower() in PICTURES | OTHERS]
    for file in [*meshes, *pictures]:
        if file.is_file() and file.stat().st_size <= Limits().file_bytes:
            total.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _slug(files: ObjectFiles, taken: set[str]) -> str:
    """A folder name from the object's own, unlike those taken; the same for the same tree."""
    stem = files.visual.stem if files.visual.stem.lower() not in PLAIN_NAMES else files.visual.parent.name
    words = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:60] or "object"
    slug = next(s for s in (words, *(f"{words}-{k}" for k in range(2, MOST_OBJECTS + 2))) if s not in taken)
    taken.add(slug)
    return slug


PLAIN_NAMES = frozenset({"textured", "visual", "model", "mesh", "object", "collision", "scene", "sample"})
"""File names that say nothing: then the folder's name does."""


def _folders(source: Path) -> Iterator[list[Path]]:
    """The mesh files of each folder of a tree, sorted; links that lead out of the tree left out."""
    count = 0
    for name, below, files in os.walk(source):
        below[:] = sorted(d for d in below if not d.startswith("."))
        meshes = [Path(name, f) for f in sorted(files) if Path(f).suffix.lower() in FORMATS and not f.startswith(".")]
        meshes = [mesh for mesh in meshes if inside(mesh, source)]
        count += len(meshes)
        if count > MOST_OBJECTS:
            raise MeshError(f"{source}: holds more than {MOST_OBJECTS} meshes; import its folders one by one")
        if meshes:
            yield meshes


def _pairs(meshes: list[Path]) -> Iterator[tuple[Path, Path | None]]:
    """(visual, collision) of each object among the meshes of one folder."""
    collisions = {mesh: match["stem"] or "" for mesh in meshes if (match := COLLISION.match(mesh.stem))}
    visuals: dict[str, Path] = {}
    for mesh in sorted(meshes, key=lambda m: (m.stem, VISUAL_ORDER.index(m.suffix.lower()))):
        if mesh not in collisions:
            visuals.setdefault(mesh.stem, mesh)
    left = dict(collisions)
    for stem, visual in visuals.items():
        own = [mesh for mesh, of in collisions.items() if of == stem or (len(visuals) == 1 and not of)]
        for mesh in own:
            left.pop(mesh, None)
        yield visual, own[0] if own else None
    for mesh in left:
        yield mesh, mesh


def _object(visual: Path, collision: Path | None, source: Path) -> ObjectFiles:
    stem = COLLISION.sub(lambda match: match["stem"] or "", visual.stem)
    key = visual.parent.name if not stem or stem.lower() in PLAIN_NAMES else stem
    facts = facts_of(key, visual.parent, source)
    name = facts.name or re.sub(r"[\s_-]+", " ", re.sub(r"^\d+[_-]|[_-]\d+$", "", key)).strip() or key
    glb = visual.suffix.lower() in (".glb", ".gltf")
    return ObjectFiles(
        name=name, category=facts.category or name, description=facts.description or name,
        visual=visual, collision=collision, up="y" if glb and facts.y_up else None, scale=facts.scale,
        mass=facts.mass, density=facts.density, friction=facts.friction,
        provenance=visual.relative_to(source).as_posix(),
    )  # fmt: skip
