"""Assets that were made or imported before, found by their description."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gen3d_bench.cache import cache_folder
from gen3d_bench.scenes.manifest import (
    ASSET_FILES,
    INFO,
    MANIFEST,
    Asset,
    DamagedAssetError,
    read_info,
    read_manifest,
    take_manifest,
    verified,
)
from gen3d_bench.scenes.schema import AssetInfo, AssetRef
from gen3d_bench.worldgen.assets.backend import AssetBackend, AssetError, AssetRequest, MadeAsset
from gen3d_bench.worldgen.assets.folders import adopt, temporary_folder
from gen3d_bench.worldgen.assets.matching import Match, Words, choose, match, nearest, words_of
from gen3d_bench.worldgen.assets.procedural import ProceduralBackend

LOG = logging.getLogger(__name__)

LEAST_GRASP = -0.5
"""Score of a grasp that is worth trying: of the built-in generator's families, those made to be taken have more, plates
and boxes, which offer their corners at best, have less."""
MOST_ASSETS = 100_000


@dataclass(frozen=True)
class Entry:
    """An asset of the library.  folder: absolute."""

    folder: Path
    info: AssetInfo
    words: Words


class LibraryBackend:
    """Takes assets from a tree of folders that hold an `asset.json` each, and copies them beside the scene.

    library: the tree; by default the cache of the built-in generator.  It is read at first use.
    places: makes the tables and rooms that the library has not.
    """

    name = "library"
    to_order = False

    def __init__(self, library: Path | None = None, places: AssetBackend | None = None) -> None:
        self.library = Path(os.path.abspath(library if library is not None else cache_folder() / "assets"))
        self.places = places or ProceduralBackend()
        self._entries: tuple[Entry, ...] | None = None

    def make(self, request: AssetRequest, folder: Path) -> MadeAsset:
        """As AssetBackend.make.  The best of the library; the seed draws among those that are equally good."""
        asked = words_of(request.name, request.description)
        verdicts = [(_verdict(request, asked, entry), entry) for entry in self._index() if _of_kind(request, entry)]
        fitting = [(verdict.score, entry) for verdict, entry in verdicts if not verdict.why_not]
        if not fitting:
            if request.kind != "object":
                made = self.places.make(request, folder)
                return MadeAsset(made.ref, made.asset, (*made.notes, f"the {request.kind} is not from the library"))
            near = nearest((verdict, entry.info.name) for verdict, entry in verdicts)
            raise AssetError(f"the library {self.library} ({len(verdicts)} objects) has no {_wanted(request)}; "
                             f"nearest: {near}; import or generate one first, or let it be made (procedural)")
        entry = choose(fitting, request.seed)
        asset = _copied(entry, folder / "assets")
        named = entry.info.name
        notes = () if named.lower() == request.name.lower() else (f"{request.name!r} is {named!r} from the library",)
        return MadeAsset(AssetRef(path=str(asset.folder.absolute())), asset, notes)

    def _index(self) -> tuple[Entry, ...]:
        if self._entries is None:
            if not self.library.is_dir():
                raise AssetError(f"there is no library folder {self.library}; generate or import some assets first")
            self._entries = tuple(entries(self.library))
        return self._entries


def entries(library: Path) -> Iterator[Entry]:
    """Everything in a tree, in an order that holds on every machine; hidden folders are unfinished and left out."""
    count = 0
    for place, below, files in os.walk(library):
        below[:] = sorted(name for name in below if not name.startswith("."))
        if INFO not in files:
            continue
        below.clear()
        count += 1
        if count > MOST_ASSETS:
            raise AssetError(f"the library {library} holds more than {MOST_ASSETS} assets; name a smaller folder")
        try:
            info = read_info(Path(place))
        except (DamagedAssetError, OSError) as error:
            LOG.warning("asset folder %s is left out: %s", place, error)
            continue
        yield Entry(Path(place), info, words_of(info.name, info.category.replace("_", " "), info.description))


def _of_kind(request: AssetRequest, entry: Entry) -> bool:
    return entry.info.kind == request.kind


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
    """Whether the gripper, coming from above, finds a good place to take an asset that stands alone."""
    from gen3d_bench.agents.grasping import grasps, surface_points
    from gen3d_bench.envs.simulation import collision_points

    parts = collision_points(folder / "collision.obj")
    points = surface_points(parts)
    found = grasps(points, points.mean(axis=0), np.zeros((0, 3)))
    return bool(found) and found[0].score > LEAST_GRASP


def _wanted(request: AssetRequest) -> str:
    use = {True: " that holds something", False: " to put something on", None: ""}[request.holds]
    return f"{request.description!r}{use}{' that the gripper can take' if request.grasped else ''}"


def _copied(entry: Entry, assets: Path) -> Asset:
    """The asset beside a scene, compared with its manifest before and after.  Raises AssetError."""
    try:
        manifest = read_manifest(entry.folder) if (entry.folder / MANIFEST).is_file() else None
        verified(entry.folder, manifest or take_manifest(entry.folder, {}))
        with temporary_folder(assets) as copy:
            for name in ASSET_FILES:
                if (entry.folder / name).is_file():
                    shutil.copyfile(entry.folder / name, copy / name)
            return adopt(copy, assets, entry.info.name)
    except DamagedAssetError as error:
        raise AssetError(f"asset folder {entry.folder} of the library: {error}; remove or make it again") from error
    except OSError as error:
        raise AssetError(f"cannot copy {entry.folder} to {assets}: {error.strerror or error}") from error
