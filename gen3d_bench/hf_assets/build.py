"""From scenes to a pack: every asset copied once, pictures, index, card, and the manifest last; all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gen3d_bench
from gen3d_bench.doctor.rendering import require_rendering
from gen3d_bench.extras import require
from gen3d_bench.hf_assets.card import with_card
from gen3d_bench.hf_assets.contents import PackedAsset, PackedWorld, distinct, licences_of, read_world, versions_of
from gen3d_bench.hf_assets.copying import copy_asset, refuse_what_is_no_pack, replacing
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.pack import (
    ASSETS,
    INDEX,
    MANIFEST,
    PREVIEWS,
    SCENES,
    PackedScene,
    PackManifest,
    manifest_bytes,
    parse_manifest,
)
from gen3d_bench.scenes.io import asset_refs, map_assets, save_scene, sha256_of, write_atomic
from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.schema import AssetRef, Scene
from gen3d_bench.scenes.store import AssetStore, scene_sha256

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""
MAKING, COPYING, DRAWING = "Making assets", "Copying assets", "Drawing previews"


def build_pack(
    scenes: Iterable[Scene],
    out: Path,
    *,
    name: str,
    version: int = 1,
    description: str = "",
    splits: Mapping[str, Sequence[str]] | None = None,
    notes: Sequence[str] = (),
    store: AssetStore | None = None,
    workers: int = 1,
    roots: Sequence[Path] = (),
    progress: Progress = lambda *_: None,
) -> PackManifest:
    """Write the pack of some scenes into the folder `out`, where nothing is, or an older pack, which is replaced.

    version: of the set; raise it whenever a scene changes.  splits: name -> scene ids.  workers: processes that make
    assets.  roots: folders outside an asset's own into which links among its files may lead (a download cache).

    Raises PackError where scenes, splits or `out` do not do, StoreError for an asset that cannot be had, MissingExtra,
    RenderingUnavailable.  Whatever is raised, `out` is as it was.
    """
    require("hub", "huggingface_hub", "jinja2", "pyarrow", "sapien")
    require_rendering()
    scenes, splits = tuple(scenes), {key: tuple(ids) for key, ids in (splits or {}).items()}
    _check(scenes, splits, name)
    out = Path(os.path.abspath(out))
    refuse_what_is_no_pack(out)
    store = store if store is not None else AssetStore()
    store.prepare(scenes, workers, lambda done, total, _: progress(MAKING, done, total))
    try:
        with replacing(out) as temporary:
            worlds = _write_scenes(temporary, scenes, store, roots, progress)
            _write_pictures(temporary, worlds, splits, progress)
            manifest = _manifest(temporary, worlds, name=name, version=version, description=description,
                                 splits=splits, notes=tuple(notes))
            write_atomic(temporary / MANIFEST, manifest_bytes(manifest))
            return with_card(temporary)
    except OSError as error:
        raise PackError(f"{out} cannot be written: {error.strerror or error}; it needs to be writable, with some "
                        f"megabytes free for every scene") from error


def _check(scenes: Sequence[Scene], splits: Mapping[str, Sequence[str]], name: str) -> None:
    """What the manifest would refuse, said before an hour of work.  Raises PackError."""
    if not scenes:
        raise PackError("a pack needs at least one scene")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}", name):
        raise PackError(f"{name!r} cannot be the name of a pack: letters, digits and . _ - only, at most 96 of them")
    ids = Counter(scene.id for scene in scenes)
    for scene_id, count in ids.items():
        if count > 1:
            raise PackError(f"{count} scenes have the id {scene_id!r}; give each its own")
    for split, members in splits.items():
        unknown = [member for member in members if member not in ids]
        if unknown:
            raise PackError(f"split {split!r} names {unknown[0]!r}, which is none of the {len(scenes)} scenes")


def _write_scenes(
    folder: Path, scenes: Sequence[Scene], store: AssetStore, roots: Sequence[Path], progress: Progress
) -> tuple[PackedWorld, ...]:
    """Scene files and assets, read back: what is in the pack is the same world as what it was made of."""
    assets = {ref: store.get(ref) for scene in scenes for _, ref in asset_refs(scene)}
    whole = {asset.sha256: asset for asset in assets.values()}
    for done, asset in enumerate(whole.values(), start=1):
        copy_asset(asset, folder / ASSETS / _asset_name(asset), roots)
        progress(COPYING, done, len(whole))
    packed_store, stems = AssetStore(folder / "unused", {}), _stems(scenes)
    worlds: list[PackedWorld] = []
    known: dict[str, PackedAsset] = {}
    for scene in scenes:
        file = f"{SCENES}/{stems[scene.id]}.json"
        folders = {ref: f"{ASSETS}/{_asset_name(assets[ref])}" for _, ref in asset_refs(scene)}
        save_scene(map_assets(scene, lambda ref: AssetRef(path=str(folder / folders[ref]))), folder / file)  # noqa: B023
        packed = PackedScene(id=scene.id, instruction=scene.instruction, file=file,
                             preview=f"{PREVIEWS}/{stems[scene.id]}.jpg", sha256=scene_sha256(scene, store),
                             assets=tuple(dict.fromkeys(folders.values())))
        world = read_world(folder, packed, known)
        if scene_sha256(world.scene, packed_store) != packed.sha256:
            raise PackError(f"scene {scene.id}: its assets changed while they were packed; try again")
        worlds.append(world)
    return tuple(worlds)


def _write_pictures(
    folder: Path, worlds: Sequence[PackedWorld], splits: Mapping[str, Sequence[str]], progress: Progress
) -> None:
    """Previews and, with them in it, the index."""
    from gen3d_bench.hf_assets.index import write_index
    from gen3d_bench.hf_assets.preview import previews

    pictures = {}
    drawn = previews([world.scene for world in worlds], AssetStore(folder / "unused", {}))
    for done, (world, picture) in enumerate(zip(worlds, drawn, strict=True), start=1):
        file = folder / world.packed.preview
        file.parent.mkdir(exist_ok=True)
        write_atomic(file, picture)
        pictures[world.packed.id] = picture
        progress(DRAWING, done, len(worlds))
    (folder / INDEX).parent.mkdir()
    write_index(folder / INDEX, worlds, splits, pictures)


def _manifest(folder: Path, worlds: Sequence[PackedWorld], **about: Any) -> PackManifest:
    """The manifest of what lies in a folder.  Raises PackError where that is no pack that others could read."""
    assets = distinct(asset for world in worlds for asset in world.assets).values()
    versions = versions_of(assets)
    mixed = [f"Assets of generator {generator} are of versions {', '.join(map(str, sorted(found)))}."
             for generator, found in sorted(versions.items()) if len(found) > 1]
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    value = {
        "schema_version": 1,
        **about,
        "notes": [*about["notes"], *mixed],
        "licences": licences_of(assets),
        "generators": {generator: max(found) for generator, found in sorted(versions.items())},
        "made_with": {
            "gen3d_bench": gen3d_bench.__version__,
            "python": platform.python_version(),
            "platform": f"{platform.system()}-{platform.machine()}",
        },
        "scenes": [world.packed.model_dump() for world in worlds],
        "files": {path: {"sha256": sha256_of(file), "size": file.stat().st_size}
                  for path, file in sorted(files.items())},
    }
    return parse_manifest(json.dumps(value), folder / MANIFEST)


def _asset_name(asset: Asset) -> str:
    """What an asset's folder is called: after the thing, and after its contents."""
    words = re.sub(r"[^a-z0-9]+", "-", asset.info.name.lower()).strip("-")[:40].rstrip("-")
    return f"{words or 'asset'}-{asset.sha256[:12]}"


def _stems(scenes: Iterable[Scene]) -> dict[str, str]:
    """Scene id -> what its files are called, without ending: the id, flat, and unlike the others on any disk."""
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for scene in scenes:
        stem = scene.id.replace("/", "--")
        if len(stem) > 100 or stem.lower() in taken:
            stem = f"{stem[:80]}-{hashlib.sha256(scene.id.encode()).hexdigest()[:12]}"
        taken.add(stem.lower())
        stems[scene.id] = stem
    return stems
