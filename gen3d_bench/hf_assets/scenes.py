"""Scenes by the address of their pack: what `gen3d_bench.scenes.remote` finds by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gen3d_bench.extras import require
from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.pack import PackedScene
from gen3d_bench.scenes.catalog import SceneSet
from gen3d_bench.scenes.io import asset_refs, load_scene
from gen3d_bench.scenes.schema import Scene

if TYPE_CHECKING:
    from gen3d_bench.hf_assets.hub import Hub


def load_scene_set(address: str, hub: Hub | None = None) -> SceneSet:
    """The scenes at an hf:// address, downloaded on first use.  Raises PackError, SceneError, MissingExtra."""
    require("hub", "huggingface_hub")
    from gen3d_bench.hf_assets.download import fetch

    pack = fetch(PackAddress.parse(address), hub=hub)
    scenes = tuple(packed_scene(pack.folder, packed) for packed in pack.scenes)
    return SceneSet(pack.manifest.name, pack.manifest.version, scenes)


def pin(address: str, hub: Hub | None = None) -> str:
    """The address with the commit that its revision stands for now, so that others load the same scenes later.

    Raises PackError, MissingExtra.
    """
    require("hub", "huggingface_hub")
    from gen3d_bench.hf_assets.download import resolve

    return str(resolve(PackAddress.parse(address), hub))


def packed_scene(folder: Path, packed: PackedScene) -> Scene:
    """A scene of the pack in a folder.  Raises PackError where it is another than the manifest says, SceneError."""
    scene = load_scene(folder / packed.file)
    if scene.id != packed.id:
        raise PackError(f"{folder / packed.file}: the manifest calls this scene {packed.id!r}, the file {scene.id!r}")
    listed = {os.path.abspath(folder / path) for path in packed.assets}
    for where, ref in asset_refs(scene):
        if ref.path not in listed:
            raise PackError(f"{folder / packed.file}: {where}: {ref} is not among the assets that the manifest lists "
                            f"for {packed.id}")
    return scene
