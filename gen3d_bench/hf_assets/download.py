"""Packs from the Hub: into the cache of huggingface_hub, every file that is used compared with the manifest.

The manifest comes first and is read with suspicion; then only the files that the wanted scenes need.  A file that is
not what the manifest says is removed and downloaded once more; if that does not help, nothing of the pack is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from huggingface_hub import constants, errors, hf_hub_download
from rich import filesize

import gen3d_bench
from gen3d_bench.cache import VARIABLE
from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.errors import DamagedPackError, PackError
from gen3d_bench.hf_assets.hub import LIBRARY, REPO_TYPE, Hub, TransportError, in_plain_words
from gen3d_bench.hf_assets.pack import LARGEST_MANIFEST, MANIFEST, PackedScene, PackManifest, read_manifest
from gen3d_bench.hf_assets.progress import Advance, TooLargeError, byte_bar, counting
from gen3d_bench.hf_assets.verified import Checksums, verified_folder

LOG = logging.getLogger(__name__)
DOWNLOADS = 2
"""How often a file is downloaded before it is given up."""
CONNECTIONS = 3
"""How often a file is begun anew after a connection was lost for good; huggingface_hub takes it up 5 times before."""
WORKERS = 16
"""Files that are downloaded at a time.  A pack has many small ones of two requests each: from a far server they take as
long as its answers do, with fewer of them at a time proportionally longer, and from a near one what huggingface_hub
does for each, whose 5 to 10 ms no number of threads makes less."""
SHARED_BLOBS = "blobs"
"""Folder of a Hub cache for files that several repositories have."""
Contents = Literal["worlds", "pictures", "everything"]
"""What is fetched: what scenes need to run, their previews as well, or every file of the pack."""


@dataclass(frozen=True)
class LocalPack:
    """A pack on this machine.  folder: its snapshot in the Hub's cache.  address: with the commit as revision.

    scenes: those that were asked for, whose files are there and are those of the manifest; others may be missing.
    """

    address: PackAddress
    folder: Path
    manifest: PackManifest
    scenes: tuple[PackedScene, ...]


def fetch(address: PackAddress, contents: Contents = "worlds", hub: Hub | None = None) -> LocalPack:
    """The pack at an address, downloaded as far as it is not there.

    Raises PackError.
    """
    hub = hub or Hub()
    file, manifest = _fetch_manifest(address, hub)
    scenes = manifest.select(address.selector)
    pack = LocalPack(address.at(file.parent.name), file.parent, manifest, scenes)
    names = set(manifest.files if contents == "everything" else manifest.paths(scenes))
    names |= {scene.preview for scene in scenes if contents == "pictures"}
    if wrong := _wrong(pack, sorted(names), hub):
        with only_process(address.repo, hub):
            _mend(pack, wrong, hub)
    return pack


def resolve(address: PackAddress, hub: Hub | None = None) -> PackAddress:
    """The address with the commit that its revision stands for now.  Raises PackError."""
    return address if address.pinned else address.at(_fetch_manifest(address, hub or Hub())[0].parent.name)


def _fetch_manifest(address: PackAddress, hub: Hub) -> tuple[Path, PackManifest]:
    """`pack.json` of a revision, in the snapshot of its commit, and what it says."""
    revision = address.revision or "main"
    with in_plain_words(hub, address.repo, revision, MANIFEST):
        try:
            file = _download_file(address.repo, revision, MANIFEST, LARGEST_MANIFEST, hub)
            _refuse_outside([file], address.repo, hub)
            if not _named_by_contents(file):
                LOG.warning("%s is damaged; downloading it again", file)
                _remove([file], address.repo, hub)
                file = _download_file(address.repo, revision, MANIFEST, LARGEST_MANIFEST, hub)
        except errors.RemoteEntryNotFoundError:
            raise PackError(f"{address.repo}@{revision} is not a pack: it has no {MANIFEST}") from None
        if not _named_by_contents(file):
            _remove([file], address.repo, hub)
            raise DamagedPackError(f"{MANIFEST} of {address.repo}@{revision} arrives damaged from {hub.url}, twice; "
                                   f"try again later")
    try:
        return file, read_manifest(file)
    except PackError as error:
        raise PackError(str(error).replace(str(file), f"{MANIFEST} of {address.repo}@{revision}")) from error


def _named_by_contents(file: Path) -> bool:
    """Whether a cached file has the contents that its name in the cache tells, as far as it tells any.

    The Hub names small files as git does and others by their sha256; mirrors may use sha1.
    """
    if file.stat().st_size > LARGEST_MANIFEST:
        return True  # `read_manifest` refuses it, whatever it is
    name, data = Path(os.path.realpath(file)).name, file.read_bytes()
    if re.fullmatch(r"[0-9a-f]{40}", name):
        return name in (hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(), hashlib.sha1(data).hexdigest())
    return re.fullmatch(r"[0-9a-f]{64}", name) is None or name == hashlib.sha256(data).hexdigest()


def _wrong(pack: LocalPack, names: Iterable[str], hub: Hub) -> tuple[str, ...]:
    """Those of the pack's files that are missing or not what the manifest says.

    Raises PackError for one that leads out of the repository's cache.
    """
    repo = pack.address.repo
    there = {name: real for name in names if os.path.exists(real := os.path.realpath(pack.folder / name))}
    _refuse_outside([pack.folder / name for name in there], repo, hub)
    checksums = Checksums(hub.repo_folder(repo))
    with byte_bar("Checking", sum(map(os.path.getsize, there.values()))) as advance:
        found = checksums.of(there, advance)
    checksums.save()
    return tuple(name for name in names if found.get(name) != pack.manifest.files[name].sha256)


def _mend(pack: LocalPack, wrong: Collection[str], hub: Hub) -> None:
    """Downloads files until they are right.  The caller holds the pack's lock.  Raises PackError."""
    wrong = _wrong(pack, wrong, hub)  # once more: another process may have downloaded them by now
    for _ in range(DOWNLOADS):
        if not wrong:
            return
        _discard(pack, wrong, hub)
        _download(pack, wrong, hub)
        wrong = _wrong(pack, wrong, hub)
    if wrong:
        _discard(pack, wrong, hub)
        others = f" and {len(wrong) - 1} others" if len(wrong) > 1 else ""
        raise DamagedPackError(f"{wrong[0]}{others} of {pack.address} arrived {DOWNLOADS} times with other contents "
                               f"than {MANIFEST} says; nothing of it is used. Try again later, and if that does not "
                               f"help, its owner has to push the pack again")


def _discard(pack: LocalPack, names: Iterable[str], hub: Hub) -> None:
    """Removes files that are not right.  Raises PackError where the cache does not let go of them."""
    there = [name for name in names if (pack.folder / name).exists()]
    for name in there:
        LOG.warning("%s of %s is not what %s says", name, pack.address, MANIFEST)
    with in_plain_words(hub, pack.address.repo, pack.address.revision, there[0] if there else None):
        _remove([pack.folder / name for name in there], pack.address.repo, hub)


def _download(pack: LocalPack, names: Collection[str], hub: Hub) -> None:
    """Downloads files of a pack side by side."""
    repo, commit = pack.address.repo, pack.address.revision
    assert commit is not None
    size = sum(pack.manifest.files[name].size for name in names)
    _check_room(size, repo, hub)
    if not constants.is_offline_mode():
        count = f"{len(names)} file{'s' * (len(names) != 1)}"
        LOG.info("downloading %s (%s) of %s", count, filesize.decimal(size), pack.address)

    def download(name: str, advance: Advance) -> None:
        with in_plain_words(hub, repo, commit, name):
            _download_file(repo, commit, name, pack.manifest.files[name].size, hub, advance)

    with byte_bar("Downloading", size) as advance, ThreadPoolExecutor(max_workers=WORKERS) as pool:
        jobs = [pool.submit(download, name, advance) for name in names]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _download_file(
    repo: str, revision: str, name: str, most: int, hub: Hub, advance: Advance = lambda _: None
) -> Path:
    """A file's path in the cache, downloaded if it is not there.  most: bytes that it may have.

    Raises DamagedPackError for a larger one, what huggingface_hub raises, OSError.
    """
    for attempt in range(1, CONNECTIONS + 1):
        try:
            return Path(hf_hub_download(
                repo, name, repo_type=REPO_TYPE, revision=revision, cache_dir=hub.cache, endpoint=hub.endpoint,
                token=hub.token, library_name=LIBRARY, library_version=gen3d_bench.__version__,
                tqdm_class=counting(advance, most),
            ))
        except TooLargeError:
            raise DamagedPackError(f"{name} of {repo}@{revision} is larger than the {most} bytes that it may have; "
                                   f"nothing of it is used, and its owner has to push the pack again") from None
        except TransportError as error:
            if attempt == CONNECTIONS or not _passes(error):
                raise
            LOG.debug("%s of %s: %s; trying again", name, repo, error)
            time.sleep(attempt)
    raise AssertionError("the last attempt returns or raises")


def _passes(error: Exception) -> bool:
    """Whether another try may help: the connection was lost, or the server could not answer just now."""
    return not isinstance(error, errors.HfHubHTTPError) or error.response.status_code >= 500


def _check_room(size: int, repo: str, hub: Hub) -> None:
    """Raises PackError where the disk cannot hold so many bytes more."""
    folder = hub.repo_folder(repo)
    free = shutil.disk_usage(next(parent for parent in (folder, *folder.parents) if parent.exists())).free
    if size > free:
        raise PackError(f"{repo}: {size / 1e6:.1f} MB do not fit into {hub.cache_folder}, where {free / 1e6:.1f} MB "
                        f"are free; make room (`gen3d assets gc`) or set HF_HUB_CACHE to a larger disk")


def _refuse_outside(files: Iterable[Path], repo: str, hub: Hub) -> None:
    """Raises PackError for a cached file that leads out of the repository's cache."""
    real = {file: os.path.realpath(file) for file in files}
    inside = _inside(real.values(), repo, hub)
    if outside := [file for file, path in real.items() if path not in inside]:
        raise PackError(f"{outside[0]} is a link that leads out of {hub.repo_folder(repo)}; delete it and pull the "
                        f"pack again")


def _inside(real_paths: Iterable[str], repo: str, hub: Hub) -> set[str]:
    """Those of the paths, links followed, that lie where the Hub's cache keeps this repository's files."""
    roots = tuple(os.path.join(os.path.realpath(root), "") for root in cache_roots(repo, hub))
    return {path for path in real_paths if path.startswith(roots)}


def cache_roots(repo: str, hub: Hub) -> tuple[Path, ...]:
    """The folders of the Hub's cache in which files of a repository lie."""
    return hub.repo_folder(repo), hub.cache_folder / SHARED_BLOBS


def _remove(files: Collection[Path], repo: str, hub: Hub) -> None:
    """Takes files out of the cache: their bytes, where they lie in it, and every link there that leads to them."""
    bytes_of = _inside(map(os.path.realpath, files), repo, hub)
    places = (hub.repo_folder(repo) / name for name in ("snapshots", "blobs")) if bytes_of else ()
    links = [link for place in places for link in place.rglob("*")
             if link.is_symlink() and os.path.realpath(link) in bytes_of]
    for path in (*files, *links, *map(Path, bytes_of)):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def only_process(repo: str, hub: Hub, *, wait: bool = True) -> Iterator[bool]:
    """Lets one process at a time change what is cached of a repository; whether this one may, if it does not wait.

    Raises PackError.
    """
    lock = FileLock(verified_folder() / f"{hub.repo_folder(repo).name}.lock")
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=1 if wait else 0)
        except Timeout:
            if not wait:
                yield False
                return
            LOG.info("another process is downloading %s; waiting for it", repo)
            lock.acquire()
    except OSError as error:
        raise PackError(f"cannot write to {verified_folder()} ({error.strerror or error}); make it writable, or set "
                        f"{VARIABLE} to a folder that is") from error
    try:
        yield True
    finally:
        lock.release()
