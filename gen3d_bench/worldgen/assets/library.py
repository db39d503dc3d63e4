"""Assets that were made or imported before, found by their description."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gen3d_bench.cache import cache_folder
from gen3d_bench.scenes.manifest import (
    ASSET_FILES,
    INFO,
    MANIFEST,
    DamagedAssetError,
    Manifest,
    read_info,
    read_manifest,
    take_manifest,
    verified,
)
from gen3d_bench.scenes.schema import AssetInfo, AssetRef
from gen3d_bench.worldgen.assets.backend import (
    AssetBackend,
    AssetError,
    AssetRequest,
    MadeAsset,
    NoSuchAsset,
    SourceUnavailable,
)
from gen3d_bench.worldgen.assets.folders import adopt, temporary_folder
from gen3d_bench.worldgen.assets.matching import Match, Words, match, nearest, take, words_of
from gen3d_bench.worldgen.assets.procedural import ProceduralBackend

LOG = logging.getLogger(__name__)

MOST_ASSETS = 100_000


@dataclass(frozen=True)
class Entry:
    """An asset of the library.  folder: absolute.  manifest: of its files when the library was read."""

    folder: Path
    manifest: Manifest
    info: AssetInfo
    words: Words


class LibraryBackend:
    """Takes assets from a tree of folders that hold an `asset.json` each, and copies them beside the scene.

    library: the tree; by default the cache of the built-in generator, of which only the objects count: its tables and
    rooms are those that earlier scenes happened to need.  It is read once, at first use.
    places: makes the tables and rooms that the library has not.
    """

    name = "library"
    to_order = False

    def __init__(self, library: Path | None = None, places: AssetBackend | None = None) -> None:
        cache = cache_folder() / "assets"
        self.library = Path(os.path.abspath(library if library is not None else cache))
        self.objects_only = self.library == Path(os.path.abspath(cache))
        self.places = places or ProceduralBackend()
        self._entries: tuple[Entry, ...] | None = None

    def names(self) -> tuple[str, ...]:
        """As Collection.names."""
        return tuple(sorted({entry.info.name for entry in self._index() if entry.info.kind == "object"}))

    def digest(self) -> str:
        """As Collection.digest."""
        return hashlib.sha256("".join(entry.manifest.sha256 for entry in self._index()).encode()).hexdigest()

    def make(self, request: AssetRequest, folder: Path) -> MadeAsset:
        """As AssetBackend.make.  The best of the library; the seed draws among those that are equally good."""
        try:
            return self._taken(request, folder)
        except NoSuchAsset:
            if request.kind == "object":
                raise
        made = self.places.make(request, folder)
        return MadeAsset(made.ref, made.asset, (*made.notes, f"the {request.kind} is not from the library"))

    def _taken(self, request: AssetRequest, folder: Path) -> MadeAsset:
        asked = words_of(request.name, request.description)
        there = [entry for entry in self._index() if entry.info.kind == request.kind]
        verdicts = [(_verdict(request, asked, entry), entry) for entry in there]
        fitting = [(verdict.score, entry) for verdict, entry in verdicts if not verdict.why_not]
        if not fitting:
            near = nearest((verdict, entry.info.name) for verdict, entry in verdicts)
            raise NoSuchAsset(f"the library {self.library} ({len(verdicts)} {request.kind}s) has no "
                              f"{_wanted(request)}; nearest: {near}; import or generate one first, or let it be made "
                              f"(procedural)")
        entry, made = take(fitting, request, lambda entry: _copied(entry, folder / "assets"))
        if entry.info.name.lower() == request.name.lower():
            return made
        return replace(made, notes=(f"{request.name!r} is {entry.info.name!r} from the library",))

    def _index(self) -> tuple[Entry, ...]:
        """Each asset once, in an order that does not depend on where it lies."""
        if self._entries is None:
            if not self.library.is_dir():
                raise SourceUnavailable(f"there is no library folder {self.library}; generate or import some assets "
                                        f"first")
            found = {entry.manifest.sha256: entry for entry in entries(self.library)
                     if entry.info.kind == "object" or not self.objects_only}
            self._entries = tuple(found[sha256] for sha256 in sorted(found))
        return self._entries


def entries(library: Path) -> Iterator[Entry]:
    """Everything in a tree, in an order that holds on every machine; hidden folders are unfinished and left out.

    Raises AssetError if that is too much, SourceUnavailable if a folder cannot be read.
    """
    count = 0
    for place, below, files in os.walk(library, onerror=unreadable):
        below[:] = sorted(name for name in below if not name.startswith("."))
        if INFO not in files:
            continue
        below.clear()
        count += 1
        if count > MOST_ASSETS:
            raise AssetError(f"the library {library} holds more than {MOST_ASSETS} assets; name a smaller folder")
        try:
            info, manifest = read_info(Path(place)), _manifest(Path(place))
        except (DamagedAssetError, OSError) as error:
            LOG.warning("asset folder %s is left out: %s", place, error)
            continue
        yield Entry(Path(place), manifest, info, words_of(info.name, info.category.replace("_", " "), info.description))


def _manifest(folder: Path) -> Manifest:
    """The one in the folder, or what it would be.  Raises DamagedAssetError, OSError."""
    return read_manifest(folder) if (folder / MANIFEST).is_file() else take_manifest(folder, {})


def unreadable(error: OSError) -> None:
    """For os.walk, which would pass over a folder that it cannot read as if it were empty."""
    raise SourceUnavailable(f"{error.filename}: cannot be read: {error.strerror or error}") from error


def _verdict(request: AssetRequest, asked: Words, entry: Entry) -> Match:
    found = match(asked, entry.words)
    if found.why_not:
        return found
    if request.holds is not None and request.holds != entry.info.hollow:
        return Match(found.score, "nothing can be put in it" if request.holds else "things are put in it, not on it")
    if request.grasped and not graspable(entry.folder):
        return Match(found.score, "the gripper finds no good place to take it")
    return found


def graspable(folder: Path) -> bool:
    """Whether the gripper, coming from above, can take an asset that stands alone: as the handling check judges it."""
    from gen3d_bench.worldgen.checks.handling import firm_grasps
    from gen3d_bench.worldgen.checks.meshes import UnreadableMesh, read_collision

    try:
        return bool(firm_grasps(read_collision(folder)))
    except UnreadableMesh:
        return False


def _wanted(request: AssetRequest) -> str:
    use = {True: " that holds something", False: " to put something on", None: ""}[request.holds]
    return f"{request.description!r}{use}{' that the gripper can take' if request.grasped else ''}"


def _copied(entry: Entry, assets: Path) -> MadeAsset:
    """The asset beside a scene, compared with its manifest before and after.  Raises AssetError, SourceUnavailable."""
    try:
        verified(entry.folder, entry.manifest)
        with temporary_folder(assets) as copy:
            for name in ASSET_FILES:
                if (entry.folder / name).is_file():
                    shutil.copyfile(entry.folder / name, copy / name)
            asset = adopt(copy, assets, entry.info.name)
    except DamagedAssetError as error:
        raise AssetError(f"asset folder {entry.folder} of the library: {error}; remove or make it again") from error
    except OSError as error:
        raise SourceUnavailable(f"cannot copy {entry.folder} to {assets}: {error.strerror or error}") from error
    return MadeAsset(AssetRef(path=str(asset.folder.absolute())), asset)
