"""From what a person writes ("H0/ood", "gen3d-042", 42, a folder, "hf://org/name" ...) to scenes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from gen3d_bench.scenes.bridge import TASKS
from gen3d_bench.scenes.catalog import SET_VERSIONS, SIMPLER, load_scene_set, scene_file, scene_ids
from gen3d_bench.scenes.errors import SceneError, UnknownSceneError, did_you_mean
from gen3d_bench.scenes.io import load_scene
from gen3d_bench.scenes.remote import is_address
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.splits import SPLIT_SET, split, split_names

OneSpec: TypeAlias = str | int | Path | Scene
SceneSpec: TypeAlias = OneSpec | Sequence[OneSpec]
"""What `resolve_scenes` accepts."""

VALID = ('a scene id ("gen3d-042") or number (42), a set ("gen3d-100", or "all" for it; "simpler"), '
         'a split ("H0/id", "H0/ood", "H0/id/10"), a scene file, a folder of scenes or a pack on the '
         'Hub ("hf://org/name@v1")')


def resolve_scenes(spec: SceneSpec) -> tuple[Scene, ...]:
    """The scenes that `spec` names, each once, in the order in which they are named.

    spec: a set ("gen3d-100", or "all" for it; "simpler", "simpler-original", "simpler-lookalike"), a split ("H0/id",
    "H0/ood", "H1/id/10"), an id ("gen3d-042"), its number (42), a scene, a scene file, a folder (its `scene.json`, else
    every `*.json` in it, else every `*/scene.json`), a pack on the Hub ("hf://org/name@revision", or some of its
    scenes: "hf://org/name/H0/ood"), or a list that mixes these.  Names come before paths: write "./all" for a folder
    of that name.

    Raises UnknownSceneError for a name that means nothing, SceneError for a file that is not a scene or for two
    different scenes with one id, and for a pack what is wrong with it or with getting it.
    """
    found: dict[str, Scene] = {}
    for item in [spec] if isinstance(spec, (str, Path, Scene)) or not isinstance(spec, Sequence) else spec:
        for scene in _resolve(item):
            if found.setdefault(scene.id, scene) != scene:
                raise SceneError(f"two different scenes have the id {scene.id!r} ({found[scene.id].instruction!r} and "
                                 f"{scene.instruction!r}); give one of them another id")
    if not found:
        raise UnknownSceneError(f"no scenes in {spec!r}; name {VALID}")
    return tuple(found.values())


def _resolve(item: object) -> Iterator[Scene]:
    if isinstance(item, Scene):
        yield item
    elif isinstance(item, Path):
        yield from _from_path(item)
    elif isinstance(item, str):
        yield from _from_text(item)
    elif isinstance(item, int) and not isinstance(item, bool):
        yield _of_set(_id_of_number(item))
    else:
        raise UnknownSceneError(f"{item!r} does not name a scene; name {VALID}")


def _from_text(text: str) -> Iterator[Scene]:
    name = SPLIT_SET if text == "all" else text
    if name in SET_VERSIONS or is_address(name):
        yield from load_scene_set(name).scenes
    elif re.match(r"[Hh]\d", text) and not text.endswith(".json"):
        yield from map(_of_set, split(text))
    elif text in scene_ids(SPLIT_SET):
        yield _of_set(text)
    elif text in TASKS:
        yield load_scene(scene_file(SIMPLER, text))
    elif text.isdecimal():
        yield _of_set(_id_of_number(int(text)))
    elif text and "\0" not in text and (os.path.exists(text) or text.endswith(".json")):
        yield from _from_path(Path(text))
    else:
        near = did_you_mean(text, ["all", *SET_VERSIONS, *split_names(), *scene_ids(SPLIT_SET), *TASKS])
        raise UnknownSceneError(f"unknown scene, set or split {text!r}{near}; name {VALID}")


def _from_path(path: Path) -> Iterator[Scene]:
    if path.is_dir():
        files = [path / "scene.json"] if (path / "scene.json").exists() else sorted(path.glob("*.json"))
        files = files or sorted(path.glob("*/scene.json"))
        if not files:
            raise UnknownSceneError(f"folder {path} holds no scenes: neither *.json nor */scene.json")
        yield from map(load_scene, files)
    elif path.exists():
        yield load_scene(path)
    else:
        raise UnknownSceneError(f"there is no scene file or folder {path}; name {VALID}")


def _of_set(scene_id: str) -> Scene:
    return load_scene(scene_file(SPLIT_SET, scene_id))


def _id_of_number(number: int) -> str:
    ids = scene_ids(SPLIT_SET)
    if not 0 <= number < len(ids):
        raise UnknownSceneError(f"there is no scene number {number}; {SPLIT_SET} has 0 to {len(ids) - 1}")
    return ids[number]
