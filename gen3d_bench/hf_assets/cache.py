"""What packs take of the disk: those in the Hub's cache, and what can go there and in this package's own cache."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import scan_cache_dir
from huggingface_hub.errors import CacheNotFound

from gen3d_bench.cache import cache_folder
from gen3d_bench.hf_assets.copying import abandoned
from gen3d_bench.hf_assets.download import only_process
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.hub import REPO_TYPE, Hub
from gen3d_bench.hf_assets.pack import MANIFEST, PackManifest, read_manifest
from gen3d_bench.hf_assets.verified import verified_folder
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.generators import GENERATORS, load_generator

if TYPE_CHECKING:
    from huggingface_hub import HFCacheInfo
    from huggingface_hub.utils import CachedRepoInfo, CachedRevisionInfo


@dataclass(frozen=True)
class CachedPack:
    """A revision of a pack in the Hub's cache.

    refs: branches and tags that stood for it when it was last asked for.  scenes: of the pack; whole: of which all
    files are here.  size: bytes.  last_used: seconds since the epoch.
    """

    repo: str
    commit: str
    refs: tuple[str, ...]
    name: str
    version: int
    scenes: int
    whole: int
    size: int
    last_used: float


@dataclass(frozen=True)
class Waste:
    """What nobody needs.  what: as a person calls it.  size: bytes.  remove: takes it away."""

    what: str
    size: int
    remove: Callable[[], object]


def cached_packs(hub: Hub | None = None) -> list[CachedPack]:
    """The packs in the Hub's cache, by repository, the last used revision first."""
    packs = [_cached(repo, revision, manifest) for repo in _repos(_scan(hub or Hub()))
             for revision, manifest in _packs_of(repo)]
    return sorted(packs, key=lambda pack: (pack.repo, -pack.last_used))


def collect(hub: Hub | None = None, *, dry_run: bool = False) -> list[Waste]:
    """Remove what nobody needs, or with `dry_run` only say what that would be.

    That is: revisions of packs that no branch or tag stands for any more, assets that older versions of generators
    made, and what killed processes left.  Repositories that are no packs are left alone, and so are packs that are
    being downloaded.  Raises PackError.
    """
    waste = [*_revisions(hub or Hub()), *_old_assets(), *_leftovers(), *_forgotten()]
    if not dry_run:
        for item in waste:
            try:
                item.remove()
            except FileNotFoundError:  # somebody else was quicker
                continue
            except OSError as error:
                raise PackError(f"cannot remove {item.what}: {error.strerror or error}") from error
    return waste


def _scan(hub: Hub) -> HFCacheInfo | None:
    try:
        return scan_cache_dir(hub.cache_folder)
    except CacheNotFound:
        return None


def _repos(info: HFCacheInfo | None) -> list[CachedRepoInfo]:
    repos = [] if info is None else [repo for repo in info.repos if repo.repo_type == REPO_TYPE]
    return sorted(repos, key=lambda repo: repo.repo_id)


def _packs_of(repo: CachedRepoInfo) -> Iterator[tuple[CachedRevisionInfo, PackManifest]]:
    """Revisions that are packs, and packs that this version reads."""
    for revision in repo.revisions:
        with contextlib.suppress(PackError):
            yield revision, read_manifest(revision.snapshot_path / MANIFEST)


def _cached(repo: CachedRepoInfo, revision: CachedRevisionInfo, manifest: PackManifest) -> CachedPack:
    here = {file.file_path.relative_to(revision.snapshot_path).as_posix() for file in revision.files}
    whole = sum(here.issuperset(manifest.paths([scene])) for scene in manifest.scenes)
    return CachedPack(repo.repo_id, revision.commit_hash, tuple(sorted(revision.refs)), manifest.name, manifest.version,
                      len(manifest.scenes), whole, revision.size_on_disk,
                      max(file.blob_last_accessed for file in revision.files))


def _revisions(hub: Hub) -> Iterator[Waste]:
    info = _scan(hub)
    for repo in _repos(info):
        packs = [revision for revision, _ in _packs_of(repo)]
        old = sorted(revision.commit_hash for revision in packs if not revision.refs)
        unfinished = (repo.repo_path / "blobs").glob("*.incomplete") if packs else ()
        incomplete = [file for file in unfinished if abandoned(file)]
        if not old and not incomplete:
            continue
        with only_process(repo.repo_id, hub, wait=False) as alone:
            if not alone:  # it is being downloaded
                continue
        for file in incomplete:
            yield Waste(f"an unfinished download of {repo.repo_id}", file.stat().st_size,
                        partial(_if_alone, repo.repo_id, hub, partial(file.unlink, missing_ok=True)))
        if old and info is not None:
            # Of this repository alone, since a copy of it may have commits of the same hash; and all of its revisions
            # at once, or what two of them share would stay.
            strategy = dataclasses.replace(info, repos=frozenset({repo})).delete_revisions(*old)
            what = f"{', '.join(commit[:12] for commit in old)} of {repo.repo_id}: no branch or tag stands for it"
            yield Waste(what, strategy.expected_freed_size, partial(_if_alone, repo.repo_id, hub, strategy.execute))


def _if_alone(repo: str, hub: Hub, remove: Callable[[], object]) -> None:
    with only_process(repo, hub, wait=False) as alone:
        if alone:
            remove()


def _old_assets() -> Iterator[Waste]:
    """Assets in this package's cache that the generators of today would make anew, if they were asked for."""
    for folder in sorted((cache_folder() / "assets").glob("*-v*")):
        found = re.fullmatch(r"(.+)-v(\d+)", folder.name)
        if found is None or found[1] not in GENERATORS or not folder.is_dir():
            continue
        with contextlib.suppress(StoreError):  # a generator that does not import here has no version to compare with
            if int(found[2]) < load_generator(found[1]).VERSION:
                yield _folder_waste(f"assets of version {found[2]} of generator {found[1]}", folder)


def _leftovers() -> Iterator[Waste]:
    for path in sorted(cache_folder().glob("assets/*/.*.tmp")):
        if abandoned(path):
            yield _folder_waste(f"an unfinished asset ({path.name[1:41]} ...)", path)
    for path in sorted(verified_folder().glob(".*.tmp")):
        if abandoned(path):
            yield Waste("an unfinished list of checksums", path.stat().st_size, path.unlink)


def _forgotten() -> Iterator[Waste]:
    """Checksums of files that are all gone."""
    for file in sorted(verified_folder().glob("*.json")):
        try:
            known = json.loads(file.read_bytes())
        except (OSError, ValueError):
            known = ()
        if not any(os.path.exists(path) for path in known):
            yield Waste("checksums of files that are gone", file.stat().st_size, file.unlink)


def _folder_waste(what: str, folder: Path) -> Waste:
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Waste(what, size, lambda: shutil.rmtree(folder))
