"""Scenes by the address of their pack: what `gen3d_bench.scenes.remote` finds by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gen3d_bench.extras import require
from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.contents import PackedAsset, read_world
from gen3d_bench.scenes.scene_set import SceneSet

if TYPE_CHECKING:
    from gen3d_bench.hf_assets.hub import Hub


def load_scene_set(address: str, hub: Hub | None = None) -> SceneSet:
    """The scenes at an hf:// address, downloaded on first use.  Raises PackError, MissingExtra."""
    require("hub", "huggingface_hub")
    from gen3d_bench.hf_assets.download import fetch

    pack = fetch(PackAddress.parse(address), hub=hub)
    known: dict[str, PackedAsset] = {}
    scenes = tuple(read_world(pack.folder, packed, known).scene for packed in pack.scenes)
    return SceneSet(pack.manifest.name, pack.manifest.version, scenes)


def pin(address: str, hub: Hub | None = None) -> str:
    """The address with the commit that its revision stands for now, so that others load the same scenes later.

    Raises PackError, MissingExtra.
    """
    require("hub", "huggingface_hub")
    from gen3d_bench.hf_assets.download import resolve

    return str(resolve(PackAddress.parse(address), hub))
