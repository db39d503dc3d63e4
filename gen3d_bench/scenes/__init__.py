"""What a world is: schema, catalog, splits, files and the asset cache.  No simulator, no torch.

The names below are imported when first used, so importing this package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gen3d_bench.scenes.catalog import load_scene_set as load_scene_set
    from gen3d_bench.scenes.errors import SceneError as SceneError
    from gen3d_bench.scenes.errors import StoreError as StoreError
    from gen3d_bench.scenes.errors import UnknownSceneError as UnknownSceneError
    from gen3d_bench.scenes.io import load_scene as load_scene
    from gen3d_bench.scenes.io import save_scene as save_scene
    from gen3d_bench.scenes.manifest import Asset as Asset
    from gen3d_bench.scenes.resolve import resolve_scenes as resolve_scenes
    from gen3d_bench.scenes.scene_set import SceneSet as SceneSet
    from gen3d_bench.scenes.schema import AssetInfo as AssetInfo
    from gen3d_bench.scenes.schema import AssetRef as AssetRef
    from gen3d_bench.scenes.schema import Scene as Scene
    from gen3d_bench.scenes.splits import split as split
    from gen3d_bench.scenes.store import AssetStore as AssetStore
    from gen3d_bench.scenes.store import scene_sha256 as scene_sha256

_HOMES = {
    "Asset": "manifest",
    "AssetInfo": "schema",
    "AssetRef": "schema",
    "AssetStore": "store",
    "Scene": "schema",
    "SceneError": "errors",
    "SceneSet": "scene_set",
    "StoreError": "errors",
    "UnknownSceneError": "errors",
    "load_scene": "io",
    "load_scene_set": "catalog",
    "resolve_scenes": "resolve",
    "save_scene": "io",
    "scene_sha256": "store",
    "split": "splits",
}
__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
