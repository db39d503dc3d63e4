"""Whole folders of foreign objects: finds them, and imports them into a library of the project's asset folders."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gen3d_bench.scenes.manifest import DamagedAssetError, read_manifest, verified
from gen3d_bench.worldgen.assets.folders import adopt_as, temporary_folder
from gen3d_bench.worldgen.executors import Failure, here
from gen3d_bench.worldgen.interchange.embodiedgen_asset import FlaggedError, import_urdf
from gen3d_bench.worldgen.interchange.facts import facts_of
from gen3d_bench.worldgen.interchange.limits import Limits, MeshError, read_bytes
from gen3d_bench.worldgen.interchange.native import ImportedObject, ImportOptions, ObjectFiles, import_object
from gen3d_bench.worldgen.interchange.precheck import FORMATS
from gen3d_bench.worldgen.interchange.surroundings import inside
from gen3d_bench.worldgen.interchange.urdf import MAX_BYTES, UrdfError
from gen3d_bench.worldgen.slug import slug

VERSION = 3
"""Raised whenever the same files and options would give other bytes."""
VISUAL_ORDER = (".glb", ".gltf", ".dae", ".obj", ".ply", ".stl")
"""Of several files of one name the first is taken: those that carry textures and say which way is up."""
MOST_OBJECTS = 20_000
"""In one folder tree."""
URDF = ".urdf"

Progress = Callable[[int, int, str], None]
"""Told after every object: how many are done, how many there are, the name of the one just done."""
COLLISION = re.compile(r"^(?:(?P<stem>.*)[_.-])?(?:collision|collider|coacd)$", re.IGNORECASE)
SPLATS = re.compile(r".*_gs$", re.IGNORECASE)
"""EmbodiedGen's clouds of Gaussians beside its meshes."""


@dataclass(frozen=True)
class ImportReport:
    """What became of the objects of a folder.

    imported: folder's name -> notes, of those that are in the library now.  unchanged: those that were there already.
    failed: name of the object's file -> reason.
    """

    imported: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One object on its way into a library (absolute)."""

    files: ObjectFiles
    library: Path
    options: ImportOptions
    accept_flagged: bool


@dataclass(frozen=True)
class Done:
    """folder: its name in the library.  notes: None if it was there already."""

    folder: str
    notes: tuple[str, ...] | None


Run = Callable[[Callable[[Job], Done | Failure], Sequence[Job]], Iterable[tuple[Job, Done | Failure]]]
"""How jobs are done, one at a time: `executors.here`, or in a process that may be ended."""


def find_objects(source: Path, without: Path | None = None) -> list[ObjectFiles]:
    """The objects in a folder tree, or of one mesh or URDF file, in the order of their paths.

    without: a folder (links followed) that is left out.
    Meshes that a URDF file names are that object, and no other.
    A mesh whose name ends in "collision" belongs to the visual mesh of that name, or to the only one in its folder;
    where there is none it is taken as the visual mesh as well.  Facts are taken from `assets.json`, `model_db.json` or
    `info_*.json` beside or above.  Links that lead out of the tree are not followed.
    Raises MeshError where there is nothing, or far too much.
    """
    if source.is_file():
        if source.suffix.lower() == URDF:
            return [_object(source, None, source.parent)]
        near = [p for p in _meshes(source.parent, os.listdir(source.parent), source.parent)
                if (match := COLLISION.match(p.stem)) and match["stem"] == source.stem]  # fmt: skip
        return [_object(source, near[0] if near else None, source.parent)]
    if not source.is_dir():
        raise MeshError(f"{source}: there is no such file or folder")
    found = [_object(*pair, source) for pair in _tree(source, without)]
    if not found:
        raise MeshError(f"{source}: holds no meshes ({', '.join(sorted(FORMATS))}); give the folder with the objects")
    return found


def import_folder(
    source: Path, library: Path, options: ImportOptions | None = None, progress: Progress | None = None,
    accept_flagged: bool = False, run: Run = here,
) -> ImportReport:  # fmt: skip
    """Imports every object of a folder tree into a folder of its own in `library`, each whole or not at all.

    It is called after the object, with a number from its path where something else has that name already.
    An object whose files and options are as when it was imported is left as it is; one that fails is reported and the
    rest go on.  accept_flagged: take what EmbodiedGen's own checks rejected.
    Raises MeshError where `source` holds no objects; OSError where the library cannot be made.
    """
    source, library = Path(os.path.abspath(source)), Path(os.path.abspath(library))
    if library.resolve() == source.resolve():
        raise MeshError(f"{library}: is both source and library; give another folder")
    objects = find_objects(source, without=library.resolve())
    jobs = [Job(files, library, options or ImportOptions(), accept_flagged) for files in objects]
    library.mkdir(parents=True, exist_ok=True)
    imported: dict[str, tuple[str, ...]] = {}
    unchanged, failed = [], dict[str, str]()
    for count, (job, done) in enumerate(run(_import_one, jobs), start=1):
        if isinstance(done, Failure):
            failed[job.files.provenance] = done.reason
        elif done.notes is None:
            unchanged.append(done.folder)
        else:
            imported[done.folder] = done.notes
        if progress is not None:
            progress(count, len(jobs), job.files.name)
    return ImportReport(imported, tuple(unchanged), failed)


def _import_one(job: Job) -> Done | Failure:
    origin = hashlib.sha256(os.fsencode(job.files.visual.resolve())).hexdigest()
    try:
        folder = _place(job, origin)
        if _unchanged(job, folder):
            return Done(folder.name, None)
        with temporary_folder(job.library) as temporary:
            made = _made(job, temporary)
            beside = sorted({os.path.relpath(path, job.files.visual.parent) for path in made.beside})
            key: dict[str, str | int] = {"importer": VERSION, "origin": origin, "beside": json.dumps(beside)}
            folder = _place(job, origin)  # by now another process may have taken the name
            adopt_as(temporary, folder, {**key, "source": _digest(job, beside)})
        return Done(folder.name, made.notes)
    except (MeshError, UrdfError, FlaggedError, DamagedAssetError) as error:
        return Failure(str(error))


def _made(job: Job, folder: Path) -> ImportedObject:
    files = job.files
    if files.visual.suffix.lower() != URDF:
        return import_object(files, folder, job.options)
    return import_urdf(files.visual, folder, files.name, accept_flagged=job.accept_flagged, options=job.options)


def _place(job: Job, origin: str) -> Path:
    """The folder of an object in the library: nothing that was not made from the same file has its name.

    origin: stands for the file.
    """
    stem = job.files.visual.stem
    name = slug(stem if stem.lower() not in PLAIN_NAMES else job.files.visual.parent.name, 60, "object")
    for folder in (job.library / name, job.library / f"{name}-{origin[:8]}"):
        try:
            if read_manifest(folder).key.get("origin") == origin:
                return folder
        except (DamagedAssetError, FileNotFoundError):
            if not os.path.lexists(folder):
                return folder
    raise MeshError(f"{folder}: is no object that was imported from {job.files.visual}; remove it or rename it")


def _unchanged(job: Job, folder: Path) -> bool:
    """Whether the folder holds the object as its files are now."""
    try:
        manifest = read_manifest(folder)
        verified(folder, manifest)
        beside = json.loads(str(manifest.key["beside"]))
    except (DamagedAssetError, FileNotFoundError, KeyError, ValueError):
        return False
    return manifest.key["importer"] == VERSION and manifest.key["source"] == _digest(job, beside)


def _digest(job: Job, beside: Sequence[str]) -> str:
    """Of everything that an import depends on: the facts, the options, the meshes and the files beside them.

    beside: paths relative to the object's own file; that one is not there counts as well.
    """
    files = job.files
    facts = {k: v for k, v in dataclasses.asdict(files).items() if not isinstance(v, Path)}
    about = [facts, dataclasses.asdict(job.options), job.accept_flagged, beside]
    total = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    meshes = [files.visual] if files.collision is None else [files.visual, files.collision]
    for file in [*meshes, *(files.visual.parent / name for name in beside)]:
        try:
            data = read_bytes(file, Limits().file_bytes)
        except MeshError:
            data = b"none that can be read"
        total.update(file.name.encode("utf-8", "surrogateescape") + hashlib.sha256(data).digest())
    return total.hexdigest()


PLAIN_NAMES = frozenset({"textured", "visual", "model", "mesh", "object", "collision", "scene", "sample"})
"""File names that say nothing: then the folder's name does."""


def _tree(source: Path, without: Path | None) -> Iterator[tuple[Path, Path | None]]:
    """(visual or URDF, collision) of each object; links that lead out and the folder `without` are left out."""
    folders: dict[Path, list[Path]] = {}
    urdfs: dict[Path, list[Path]] = {}
    named: set[tuple[Path, str]] = set()
    count = 0
    for name, below, files in os.walk(source):
        folder = Path(name)
        below[:] = sorted(d for d in below if not d.startswith(".") and (folder / d).resolve() != without)
        folders[folder] = _meshes(folder, files, source)
        urdfs[folder] = [p for p in _visible(folder, files, source) if p.suffix.lower() == URDF]
        named.update(pair for urdf in urdfs[folder] for pair in _named(urdf))
        count += len(folders[folder]) + len(urdfs[folder])
        if count > MOST_OBJECTS:
            raise MeshError(f"{source}: holds more than {MOST_OBJECTS} meshes; import its folders one by one")
    for folder, meshes in folders.items():
        yield from ((urdf, None) for urdf in urdfs[folder])
        yield from _pairs([mesh for mesh in meshes if (folder, mesh.stem) not in named])


def _visible(folder: Path, names: Iterable[str], source: Path) -> list[Path]:
    """Files of a folder, sorted; hidden ones and links that lead out of the source left out."""
    return [folder / n for n in sorted(names) if not n.startswith(".") and inside(folder / n, source)]


def _meshes(folder: Path, names: Iterable[str], source: Path) -> list[Path]:
    found = _visible(folder, (n for n in names if Path(n).suffix.lower() in FORMATS), source)
    return [path for path in found if path.is_file() and not SPLATS.match(path.stem)]


def _named(urdf: Path) -> Iterator[tuple[Path, str]]:
    """(folder, stem) of the meshes that a URDF file names, be it a good one or not: they are no objects themselves."""
    try:
        text = read_bytes(urdf, MAX_BYTES).decode("utf-8", "replace")
    except MeshError:
        return
    for name in re.findall(r"""filename\s*=\s*["']([^"']*)["']""", text):
        file = Path(os.path.abspath(urdf.parent / name.replace("\0", "")))
        yield file.parent, file.stem


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
    key = _text(visual.parent.name if not stem or stem.lower() in PLAIN_NAMES else stem)
    facts = facts_of(key, visual.parent, source)
    name = facts.name or re.sub(r"[\s_-]+", " ", re.sub(r"^\d+[_-]|[_-]\d+$", "", key)).strip() or key
    glb = visual.suffix.lower() in (".glb", ".gltf")
    return ObjectFiles(
        name=name, category=facts.category or name, description=facts.description or name,
        visual=visual, collision=collision, up="y" if glb and facts.y_up else None, scale=facts.scale,
        mass=facts.mass, density=facts.density, friction=facts.friction,
        provenance=_text(visual.relative_to(source).as_posix()),
    )  # fmt: skip


def _text(name: str) -> str:
    """A file's name as text, also where it is none."""
    return os.fsencode(name).decode("utf-8", "replace")
