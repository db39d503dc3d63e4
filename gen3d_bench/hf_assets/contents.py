"""The scenes of a pack on disk, with what is known about their assets: what its card and index are made of."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gen3d_bench.hf_assets.errors import DamagedPackError
from gen3d_bench.hf_assets.pack import PackedScene, PackManifest
from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.io import asset_refs, load_scene
from gen3d_bench.scenes.manifest import DamagedAssetError, read_info, read_manifest
from gen3d_bench.scenes.schema import AssetInfo, Scene


@dataclass(frozen=True)
class PackedAsset:
    """An asset of a pack.  folder: its path from the pack's root.  generator, version: None for one given as files."""

    folder: str
    info: AssetInfo
    generator: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class PackedWorld:
    """A scene of a pack with its assets.  objects: in the scene's order."""

    packed: PackedScene
    scene: Scene
    room: PackedAsset
    table: PackedAsset
    objects: tuple[PackedAsset, ...]

    @property
    def assets(self) -> tuple[PackedAsset, ...]:
        return (self.room, self.table, *self.objects)

    def info_of(self, name: str) -> AssetInfo:
        """Facts of the object with this name."""
        return self.objects[[thing.name for thing in self.scene.objects].index(name)].info

    def licences(self) -> list[str]:
        return licences_of(self.assets)

    def generators(self) -> list[str]:
        """Which generators made assets of the scene."""
        return sorted(versions_of(self.assets))


def read_worlds(folder: Path, manifest: PackManifest) -> tuple[PackedWorld, ...]:
    """Every scene of the pack in a folder.  Raises DamagedPackError."""
    known: dict[str, PackedAsset] = {}
    return tuple(read_world(folder, packed, known) for packed in manifest.scenes)


def read_world(folder: Path, packed: PackedScene, known: dict[str, PackedAsset] | None = None) -> PackedWorld:
    """One scene of the pack in a folder.  known: assets read before, added to.

    Scenes of a pack take their assets from its folders: one that needs a generator is refused.
    Raises DamagedPackError where the scene's file is not the scene that the manifest tells of.
    """
    known = {} if known is None else known
    root = Path(os.path.abspath(folder))
    try:
        scene = load_scene(root / packed.file, generators=())
    except SceneError as error:
        raise DamagedPackError(str(error)) from error
    if (scene.id, scene.instruction) != (packed.id, packed.instruction):
        raise DamagedPackError(f"{root / packed.file}: this is scene {scene.id!r} ({scene.instruction!r}), the "
                               f"manifest says {packed.id!r} ({packed.instruction!r})")
    folders = [Path(str(ref.path)).relative_to(root).as_posix() for _, ref in asset_refs(scene)]
    if set(folders) != set(packed.assets):
        raise DamagedPackError(f"{root / packed.file}: has other assets than the manifest says: "
                               f"{', '.join(sorted(set(folders) ^ set(packed.assets)))}")
    for name in set(folders) - known.keys():
        known[name] = _asset(root, name)
    room, table, *objects = (known[name] for name in folders)
    return PackedWorld(packed, scene, room, table, tuple(objects))


def _asset(root: Path, folder: str) -> PackedAsset:
    try:
        key = read_manifest(root / folder).key
        generator, version = key.get("generator"), key.get("version")
        if isinstance(generator, str) and isinstance(version, int):
            return PackedAsset(folder, read_info(root / folder), generator, version)
        return PackedAsset(folder, read_info(root / folder))
    except (DamagedAssetError, OSError) as error:
        raise DamagedPackError(f"{root / folder}: {error}") from error


def distinct(assets: Iterable[PackedAsset]) -> dict[str, PackedAsset]:
    """Each asset once, by its folder."""
    return {asset.folder: asset for asset in assets}


def licences_of(assets: Iterable[PackedAsset]) -> list[str]:
    """Each once, sorted."""
    return sorted({asset.info.licence for asset in assets})


def versions_of(assets: Iterable[PackedAsset]) -> dict[str, set[int]]:
    """Generator -> versions of it that made assets."""
    versions: dict[str, set[int]] = {}
    for asset in assets:
        if asset.generator is not None and asset.version is not None:
            versions.setdefault(asset.generator, set()).add(asset.version)
    return versions
