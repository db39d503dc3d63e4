"""What a pack is: scenes with everything that they need, in a folder or, the same tree, in a dataset repository.

    README.md                        dataset card, made from the data
    pack.json                        the manifest (`PackManifest`), written last
    data/scenes.parquet              one row per scene, with its picture
    scenes/<scene>.json              scene files, whose assets are folders beside them
    scenes/assets/<name>-<hash>/     asset.json, visual.glb, collision.obj, manifest.json: every asset once
    previews/<scene>.jpg             what the robot's camera sees

The manifest says which files there are and what is in them; nothing else of a pack is trusted before it agrees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.paths import file_problems, path_problem
from gen3d_bench.scenes.errors import SceneError, did_you_mean
from gen3d_bench.scenes.io import dumps, parse_json
from gen3d_bench.scenes.manifest import FileEntry
from gen3d_bench.scenes.problems import field_path, shown
from gen3d_bench.scenes.schema import Model

SCHEMA_VERSION = 1
MANIFEST = "pack.json"
CARD = "README.md"
INDEX = "data/scenes.parquet"
SCENES = "scenes"
ASSETS = "scenes/assets"
PREVIEWS = "previews"
NEEDED_OF_ASSETS = ("asset.json", "manifest.json", "visual.glb")
"""What every asset folder of a pack holds; rooms have no collision.obj."""
LARGEST_FILE = 4 << 30
LARGEST_MANIFEST = 64 << 20
"""Bytes; what is larger is refused unread."""
_SHOWN = 12
"""Problems that an error lists."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=96)]
Selector = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$", max_length=200)]
"""A scene id or the name of a split, as both are written behind a pack's address."""


class PackedFile(FileEntry):
    """A file of a pack.  size: bytes."""

    sha256: Sha256
    size: int = Field(ge=0, le=LARGEST_FILE)


class PackedScene(Model):
    """A scene of a pack.  file, preview, assets: paths from the pack's root, of assets those of their folders.

    sha256: `scenes.store.scene_sha256`, by which episode records name a world.
    """

    id: Selector
    instruction: str = Field(min_length=1)
    file: str
    preview: str
    sha256: Sha256
    assets: Annotated[tuple[str, ...], Field(min_length=1)]


class MadeWith(Model):
    """Versions of what wrote a pack."""

    gen3d_bench: str
    python: str
    platform: str


class PackManifest(Model):
    """`pack.json`.  files: every file of the pack but this one, by its path from the root."""

    schema_version: Literal[1] = 1
    name: Name
    version: int = Field(ge=1)
    description: str = ""
    licences: tuple[str, ...]
    """SPDX identifiers of the assets' licences, each once, sorted."""
    generators: dict[str, int] = Field(default_factory=dict)
    """Generators that made assets of the pack -> their versions.  Empty where all assets were given as files."""
    made_with: MadeWith
    notes: tuple[str, ...] = ()
    scenes: Annotated[tuple[PackedScene, ...], Field(min_length=1)]
    splits: dict[Selector, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    files: dict[str, PackedFile]

    @model_validator(mode="after")
    def _consistent(self) -> PackManifest:
        problems = [f"files: {line}" for line in file_problems(self.files)]
        problems = problems or [*_file_list_problems(self), *_scene_problems(self), *_split_problems(self)]
        if problems:
            more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
            raise ValueError("\n".join([*problems[:_SHOWN], *more]))
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(scene.id for scene in self.scenes)

    def select(self, selector: str | None = None) -> tuple[PackedScene, ...]:
        """The scenes that a scene id or a split names, in the split's order; all of them for None.

        Raises PackError.
        """
        if selector is None:
            return self.scenes
        by_id = {scene.id: scene for scene in self.scenes}
        if selector in self.splits:
            return tuple(by_id[scene_id] for scene_id in self.splits[selector])
        if selector in by_id:
            return (by_id[selector],)
        near = did_you_mean(selector, [*self.splits, *by_id])
        splits = f"; its splits are {', '.join(self.splits)}" if self.splits else ""
        raise PackError(f"pack {self.name} has no scene or split {selector!r}{near}; its {len(self.scenes)} scenes are "
                        f"{self.ids[0]} to {self.ids[-1]}{splits}")

    def paths(self, scenes: Iterable[PackedScene]) -> tuple[str, ...]:
        """The files without which these scenes do not run: scene files and assets, sorted."""
        scenes = tuple(scenes)
        folders = {folder for scene in scenes for folder in scene.assets}
        wanted = {scene.file for scene in scenes}
        return tuple(sorted(wanted | {path for path in self.files if path.rpartition("/")[0] in folders}))


def manifest_bytes(manifest: PackManifest) -> bytes:
    """`pack.json`: the same bytes for equal manifests."""
    return (dumps(manifest.model_dump(mode="json")) + "\n").encode()


def read_manifest(path: Path) -> PackManifest:
    """The manifest in a pack's `pack.json`; path: of that file, or of the pack's folder.

    Raises PackError for a file that is missing, unreadable, not a manifest, or of a newer gen3d-bench.
    """
    path = path / MANIFEST if path.is_dir() else path
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise PackError(f"{path}: {path.stat().st_size} bytes are too many for a manifest; this is not a pack")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PackError(f"{path}: there is no such file; a pack is a folder with a {MANIFEST} in it") from None
    except UnicodeDecodeError:
        raise PackError(f"{path}: not UTF-8 text; download or build the pack again") from None
    except OSError as error:
        raise PackError(f"{path}: cannot be read: {error.strerror or error}") from error
    return parse_manifest(text, path)


def parse_manifest(text: str, path: Path) -> PackManifest:
    """The manifest in the text of a `pack.json`.  path: to name in errors.  Raises PackError."""
    try:
        value = parse_json(path, text)
    except SceneError as error:
        raise PackError(f"{error}; download or build the pack again") from None
    _refuse_newer(value, path)
    try:
        return PackManifest.model_validate_json(text, strict=True)
    except ValidationError as error:
        problems = list(_describe(error, value))
    if len(problems) == 1:
        raise PackError(f"{path}: {problems[0]}")
    raise PackError("\n  ".join([f"{path}: not a valid manifest of a pack, {len(problems)} problems:", *problems]))


def _refuse_newer(value: Any, path: Path) -> None:
    """Raises PackError for a schema that this package does not know yet, whatever else stands there."""
    version = value.get("schema_version") if isinstance(value, dict) else None
    if isinstance(version, (int, float)) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        raise PackError(f"{path}: this pack has schema {version} and was made by a newer gen3d-bench; this one reads "
                        f"schema {SCHEMA_VERSION}: upgrade gen3d-bench, or take an older revision of the pack")


def _describe(error: ValidationError, value: Any) -> Iterator[str]:
    details = error.errors(include_url=False, include_input=False)
    for detail in details[:_SHOWN]:
        where = field_path(detail["loc"])
        if detail["type"] == "value_error":
            yield from str(detail.get("ctx", {}).get("error", detail["msg"])).splitlines()
        elif detail["type"] == "missing":
            yield f"{where}: is missing"
        elif detail["type"] == "extra_forbidden":
            yield f"{where}: unknown field"
        else:
            found: Any = value
            for part in detail["loc"]:
                try:
                    found = found[part]
                except (LookupError, TypeError):  # "[key]" of a dict's keys, or an item that is not there
                    break
            yield f"{where or 'the file'}: {detail['msg'][:1].lower()}{detail['msg'][1:]}, found {shown(found)}"
    if len(details) > _SHOWN:
        yield f"and {len(details) - _SHOWN} more"


def _file_list_problems(manifest: PackManifest) -> Iterator[str]:
    if any(path.lower().partition("/")[0] == MANIFEST for path in manifest.files):
        yield f"files: {MANIFEST} is the manifest itself, neither a file that it lists nor a folder"
    if list(manifest.licences) != sorted(set(manifest.licences)):
        yield "licences: must be sorted, each once"


def _scene_problems(manifest: PackManifest) -> Iterator[str]:
    for field in ("id", "file", "preview"):
        values = Counter(getattr(scene, field) for scene in manifest.scenes)
        yield from (f"scenes: two have the {field} {value!r}" for value, count in values.items() if count > 1)
    folders = {path.rpartition("/")[0] for path in manifest.files}
    for i, scene in enumerate(manifest.scenes):
        where = f"scenes[{i}]"
        for field, path in (("file", scene.file), ("preview", scene.preview)):
            if path not in manifest.files:
                yield f"{where}.{field}: {path!r} is not among the pack's files"
        if not scene.file.endswith(".json") or not scene.preview.endswith((".jpg", ".png")):
            yield f"{where}: a scene is a .json file, and its preview a .jpg or .png"
        beside = scene.file.rpartition("/")[0]
        for folder in scene.assets:
            if path_problem(folder) is not None or folder not in folders:
                yield f"{where}.assets: {folder!r} is not a folder of the pack's files"
            elif beside and not folder.startswith(f"{beside}/"):
                yield f"{where}.assets: {folder!r} does not lie beside or below {scene.file}"
            else:
                yield from (f"{where}.assets: {folder}/{name} is not among the pack's files"
                            for name in NEEDED_OF_ASSETS if f"{folder}/{name}" not in manifest.files)


def _split_problems(manifest: PackManifest) -> Iterator[str]:
    ids = set(manifest.ids)
    for name, members in manifest.splits.items():
        if name in ids:
            yield f"splits: {name!r} is the id of a scene too; give the split another name"
        if len(set(members)) != len(members):
            yield f"splits.{name}: a scene stands in it twice"
        yield from (f"splits.{name}: {member!r} is not a scene of the pack" for member in members if member not in ids)
