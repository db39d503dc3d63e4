"""Packs out of the Hub's cache: copies in a folder of one's own, which are packs themselves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gen3d_bench.hf_assets.card import with_card
from gen3d_bench.hf_assets.contents import licences_of, read_worlds, versions_of
from gen3d_bench.hf_assets.copying import replacing
from gen3d_bench.hf_assets.download import LocalPack
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.index import write_index
from gen3d_bench.hf_assets.pack import CARD, INDEX, MANIFEST, PackedFile, PackManifest, manifest_bytes
from gen3d_bench.scenes.io import sha256_of, write_atomic


def take(pack: LocalPack, out: Path) -> Path:
    """Copy a fetched pack into the folder `out`, all or nothing; if some of its scenes were fetched, a pack of those.

    pack: fetched with everything, or with the pictures of its scenes.  out: new, empty, or a pack, which is replaced.
    Raises PackError.
    """
    out = Path(os.path.abspath(out))
    try:
        with replacing(out) as temporary:
            if len(pack.scenes) == len(pack.manifest.scenes):
                _copy(pack.folder, temporary, (*pack.manifest.files, MANIFEST))
            else:
                _copy_part(pack, temporary)
    except OSError as error:
        raise PackError(f"{out} cannot be written: {error.strerror or error}") from error
    return out


def _copy(folder: Path, out: Path, paths: tuple[str, ...]) -> None:
    for path in paths:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / path, out / path)


def _copy_part(pack: LocalPack, out: Path) -> None:
    """The fetched scenes with an index, a card and a manifest of their own."""
    ids = {scene.id for scene in pack.scenes}
    scenes = tuple(scene for scene in pack.manifest.scenes if scene.id in ids)
    paths = (*pack.manifest.paths(scenes), *(scene.preview for scene in scenes))
    _copy(pack.folder, out, paths)
    splits = {name: kept for name, members in pack.manifest.splits.items()
              if (kept := tuple(member for member in members if member in ids))}
    note = f"{len(scenes)} of the {len(pack.manifest.scenes)} scenes of {pack.address}."
    part = pack.manifest.model_copy(update={
        "scenes": scenes, "splits": splits, "notes": (*pack.manifest.notes, note),
        "files": {path: pack.manifest.files[path] for path in sorted(paths)},
    })
    pictures = {scene.id: (out / scene.preview).read_bytes() for scene in scenes}
    worlds = read_worlds(out, part)
    assets = [asset for world in worlds for asset in world.assets]
    part = part.model_copy(update={
        "licences": tuple(licences_of(assets)),
        "generators": {generator: max(found) for generator, found in sorted(versions_of(assets).items())},
    })
    (out / INDEX).parent.mkdir()
    write_index(out / INDEX, worlds, splits, pictures)
    (out / CARD).touch()  # `with_card` fills it
    write_atomic(out / MANIFEST, manifest_bytes(_with_files(part, out, INDEX, CARD)))
    with_card(out)


def _with_files(manifest: PackManifest, folder: Path, *paths: str) -> PackManifest:
    entries = {path: PackedFile(sha256=sha256_of(folder / path), size=(folder / path).stat().st_size) for path in paths}
    return manifest.model_copy(update={"files": dict(sorted({**manifest.files, **entries}.items()))})
