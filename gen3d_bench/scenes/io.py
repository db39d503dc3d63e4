"""Scene files: reading with errors a person can act on, writing atomically in one readable form.

On disk an asset folder is named relative to its scene file (`"path": "assets/cup"`), so a folder of scenes can be moved
as a whole.  In memory the path is absolute: `load_scene` anchors it, `save_scene` makes it relative again, and nothing
else needs to know which file a scene came from.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.generators import GENERATORS
from gen3d_bench.scenes.problems import describe
from gen3d_bench.scenes.schema import SCHEMA_VERSION, AssetRef, Scene

LOG = logging.getLogger(__name__)
LINE = 120
"""Longest line of a scene file; shorter values stay on one line."""
BLOCK = 1 << 20
"""Bytes that are read at a time."""


def load_scene(path: str | Path, generators: Collection[str] = GENERATORS) -> Scene:
    """The scene in a JSON file; relative asset folders become absolute paths.

    generators: names that an asset's "generator" may have.
    Raises SceneError, and nothing else, for a file that is missing, unreadable or not a valid scene.
    """
    path = Path(path)
    text = _read(path)
    value = parse_json(path, text)
    if isinstance(value, dict) and "schema_version" not in value:
        raise _scene_error(path, [f'schema_version: is missing; add "schema_version": {SCHEMA_VERSION}'])
    try:
        scene = Scene.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise _scene_error(path, describe(error, value)) from None
    _warn_of_unnamed(scene, path)
    problems = [line for where, ref in asset_refs(scene) for line in _asset_problems(where, ref, path, generators)]
    if problems:
        raise _scene_error(path, problems)
    return map_assets(scene, lambda ref: _anchored(ref, path.parent))


def _warn_of_unnamed(scene: Scene, path: Path) -> None:
    """Other words for a thing are welcome in an instruction, but forgetting to change a copied one is likelier."""
    for thing in (scene.source, scene.target):
        if thing.name.split()[-1].lower() not in scene.instruction.lower():
            LOG.warning(
                "%s: the instruction %r does not name the %s %r; is it meant so?",
                path,
                scene.instruction,
                thing.role.value,
                thing.name,
            )


def save_scene(scene: Scene, path: str | Path) -> None:
    """Writes a scene as JSON, all or nothing; asset folders must lie beside or below the file.

    Raises SceneError where an asset lies elsewhere or the file cannot be written.
    """
    path = Path(path)
    text = dumps(map_assets(scene, lambda ref: _relative(ref, path)).model_dump(mode="json", exclude_none=True)) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text.encode())
    except OSError as error:
        raise SceneError(f"{path}: cannot be written: {error.strerror or error}") from error


def asset_folder(path: str, base: Path) -> Path:
    """The folder that a scene file in `base` means by an asset's "path".

    Raises SceneError if it is absolute or leaves `base`, as written or through a link, or is not a folder.
    """
    if "\0" in path:
        raise SceneError(f"{path!r} is not a path")
    folder = Path(os.path.abspath(base / path))
    if os.path.isabs(path) or not _inside(folder, base):
        raise SceneError(f"{path!r} leads out of the scene's folder; keep assets beside or below the scene file")
    if not folder.is_dir():
        raise SceneError(f"{path!r} is not a folder in {base}; put the asset there or mend the path")
    return folder


def write_atomic(path: Path, data: bytes) -> None:
    """Writes a file through a temporary sibling: readers see the old bytes or all of the new ones.  Raises OSError."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def replace_folder(folder: Path, new: Path) -> None:
    """Puts a finished folder in another's place.  Cut short in between, the old one lies beside it as .<name>.old."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def sha256_of(file: Path, advance: Callable[[int], None] = lambda _: None) -> str:
    """Hex digest of a file's bytes, read in blocks; `advance` is told how many.  Raises OSError."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            advance(len(block))
    return digest.hexdigest()


def dumps(value: Any, indent: int = 0, reserved: int = 0) -> str:
    """JSON with every list or dict on one line where it fits and one item a line where not; the top is always open.

    >>> print(dumps({"id": "a", "size": [1, 2]}))
    {
      "id": "a",
      "size": [1, 2]
    }
    """
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, (dict, list)) or not value or (indent and indent + reserved + len(line) < LINE):
        return line
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        keys = [json.dumps(key, ensure_ascii=False) + ": " for key in value]
        items = [key + dumps(item, indent + 2, len(key)) for key, item in zip(keys, value.values(), strict=True)]
        opening, closing = "{", "}"
    else:
        items = [dumps(item, indent + 2) for item in value]
        opening, closing = "[", "]"
    return f"{opening}\n{pad}" + f",\n{pad}".join(items) + f"\n{' ' * indent}{closing}"


def asset_refs(scene: Scene) -> Iterator[tuple[str, AssetRef]]:
    """(field, asset) of everything in a scene: "background", "table", "objects[0].asset" ..."""
    yield "background", scene.background
    yield "table", scene.table
    for i, item in enumerate(scene.objects):
        yield f"objects[{i}].asset", item.asset


def map_assets(scene: Scene, change: Callable[[AssetRef], AssetRef]) -> Scene:
    """The scene with every asset reference replaced by `change(reference)`."""
    return scene.model_copy(
        update={
            "background": change(scene.background),
            "table": change(scene.table),
            "objects": tuple(o.model_copy(update={"asset": change(o.asset)}) for o in scene.objects),
        }
    )


def _scene_error(path: Path, problems: list[str]) -> SceneError:
    if len(problems) == 1:
        return SceneError(f"{path}: {problems[0]}")
    return SceneError("\n  ".join([f"{path}: not a valid scene, {len(problems)} problems:", *problems]))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SceneError(f"{path}: there is no such scene file") from None
    except UnicodeDecodeError as error:
        raise SceneError(f"{path}: not UTF-8 text (byte {error.start}); a scene file is JSON text") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL byte
        raise SceneError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def parse_json(path: Path, text: str) -> Any:
    """The value in a JSON file's text, in which no field may stand twice.  path: to name in errors.  Raises
    SceneError."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise SceneError(f"{path}: field {twice!r} stands twice in one object; keep one of them")
        return fields

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise SceneError(f"{path}: not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except SceneError:
        raise
    except (RecursionError, ValueError):  # nested too deep; an integer of thousands of digits
        raise SceneError(f"{path}: not valid JSON for a file like this: nested too deep or a number too long") from None


def _asset_problems(where: str, ref: AssetRef, file: Path, generators: Collection[str]) -> Iterator[str]:
    if ref.path is not None:
        try:
            asset_folder(ref.path, file.parent)
        except SceneError as error:
            yield f"{where}.path: {error}"
    elif ref.generator not in generators:
        yield f"{where}.generator: {ref.generator!r} is unknown; known generators: {', '.join(sorted(generators))}"


def _inside(folder: Path, base: Path) -> bool:
    """Whether an absolute, normal path stays below `base`, both as written and with links followed.

    Links above count for nothing: in a download cache the scene file is a link, and its assets lie beside that link.
    """
    return folder.is_relative_to(os.path.abspath(base)) and folder.resolve().is_relative_to(base.resolve())


def _anchored(ref: AssetRef, base: Path) -> AssetRef:
    return ref if ref.path is None else AssetRef(path=str(asset_folder(ref.path, base)))


def _relative(ref: AssetRef, file: Path) -> AssetRef:
    if ref.path is None:
        return ref
    base = Path(os.path.abspath(file.parent))
    folder = Path(os.path.abspath(base / ref.path))
    if not _inside(folder, base):
        raise SceneError(f"{file}: asset folder {ref.path} lies outside {base}; copy it beside or below the scene file")
    return AssetRef(path=folder.relative_to(base).as_posix())
