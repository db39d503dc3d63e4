"""What becomes a pack: a shipped set, a folder of scenes, or anything else that `resolve_scenes` understands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gen3d_bench.scenes.catalog import SET_VERSIONS, load_scene_set
from gen3d_bench.scenes.resolve import SceneSpec, resolve_scenes
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.splits import SPLIT_SET, split, split_names

DESCRIPTIONS: Mapping[str, str] = {
    "gen3d-100": "The 100 generated tabletop worlds of gen3d-bench, one for each task of the paper's tables F.1 and "
                 "F.2, with its frozen train and test splits.",
}


@dataclass(frozen=True)
class PackSource:
    """Scenes, and what `build_pack` asks about them."""

    scenes: tuple[Scene, ...]
    name: str
    version: int = 1
    description: str = ""
    splits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def pack_source(spec: SceneSpec) -> PackSource:
    """The scenes that `spec` names; a shipped set brings its name, version and splits, a folder its name.

    Raises UnknownSceneError, SceneError.
    """
    spec = SPLIT_SET if spec == "all" else spec
    if isinstance(spec, str) and spec in SET_VERSIONS:
        splits = {name: split(name) for name in split_names()} if spec == SPLIT_SET else {}
        return PackSource(load_scene_set(spec).scenes, spec, SET_VERSIONS[spec], DESCRIPTIONS.get(spec, ""), splits)
    scenes = resolve_scenes(spec)
    called = Path(spec).resolve().name if isinstance(spec, (str, Path)) and Path(spec).exists() else str(spec)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", called).strip("-._")[:96]
    return PackSource(scenes, name or "scenes")
