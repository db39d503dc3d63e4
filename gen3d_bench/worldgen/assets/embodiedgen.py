"""Objects that EmbodiedGen made: found in a folder of its output, or made by its command."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.manifest import DamagedAssetError
from gen3d_bench.scenes.schema import AssetRef
from gen3d_bench.worldgen.assets.backend import (
    AssetBackend,
    AssetError,
    AssetRequest,
    MadeAsset,
    NoSuchAsset,
    SourceUnavailable,
)
from gen3d_bench.worldgen.assets.command import TextTo3D
from gen3d_bench.worldgen.assets.folders import adopt, temporary_folder
from gen3d_bench.worldgen.assets.library import unreadable
from gen3d_bench.worldgen.assets.matching import Words, match, nearest, take, words_of
from gen3d_bench.worldgen.assets.procedural import ProceduralBackend
from gen3d_bench.worldgen.interchange.embodiedgen_asset import FlaggedError, flaw, import_urdf, judged
from gen3d_bench.worldgen.interchange.embodiedgen_layout import EmbodiedGenLayout, read_layout
from gen3d_bench.worldgen.interchange.limits import MeshError
from gen3d_bench.worldgen.interchange.native import ImportOptions
from gen3d_bench.worldgen.interchange.surroundings import inside
from gen3d_bench.worldgen.interchange.urdf import UrdfAsset, UrdfError, find_urdf, read_urdf

LOG = logging.getLogger(__name__)

MOST_ASSETS = 100_000


@dataclass(frozen=True)
class _Entry:
    """An asset in EmbodiedGen's format.  name: of its node.  verdict: of its layout, if it has one.

    state: what its files are, in short.
    """

    urdf: Path
    name: str
    description: str
    words: Words
    verdict: str | None = None
    state: str = ""


class EmbodiedGenBackend:
    """Takes objects from a folder of EmbodiedGen's output (single assets, task folders, or many), or has them made.

    source: the folder, read at first use, or the command.  accept_flagged: take what its own checks rejected too.
    places: makes tables and rooms.
    """

    name = "embodiedgen"

    def __init__(
        self, source: Path | TextTo3D, places: AssetBackend | None = None, accept_flagged: bool = False
    ) -> None:
        self.source = source if isinstance(source, TextTo3D) else Path(os.path.abspath(source))
        self.places = places or ProceduralBackend()
        self.accept_flagged = accept_flagged
        self._entries: tuple[_Entry, ...] | None = None

    @property
    def to_order(self) -> bool:
        return isinstance(self.source, TextTo3D)

    def names(self) -> tuple[str, ...]:
        """As Collection.names."""
        return tuple(sorted({entry.name for entry in self._index()}))

    def digest(self) -> str:
        """As Collection.digest: of URDF files, verdicts, and the sizes of meshes, whose contents are not read."""
        index = self._index()
        return hashlib.sha256("\n".join(entry.state for entry in index).encode()).hexdigest() if index else ""

    def make(self, request: AssetRequest, folder: Path) -> MadeAsset:
        """As AssetBackend.make; the asset is made native in `folder/assets`."""
        if request.kind != "object":
            made = self.places.make(request, folder)
            return replace(made, notes=(*made.notes, f"the {request.kind} is not from EmbodiedGen"))
        try:
            if isinstance(self.source, TextTo3D):
                return self._made(self.source, request, folder)
            return self._found(self.source, request, folder)
        except OSError as error:  # what cannot be read or started has its own words already
            raise SourceUnavailable(f"{error.filename or folder}: cannot be written to: {error.strerror or error}"
                                    ) from error

    def _made(self, command: TextTo3D, request: AssetRequest, folder: Path) -> MadeAsset:
        with temporary_folder(folder / "assets") as output:
            made = command.run(request.description, request.name, request.seed, output)
            try:
                urdf = find_urdf(made, made.name, output)
            except UrdfError as error:
                raise AssetError(f"{command.command[0]} left an asset without a URDF: {error}") from error
            entry = _Entry(urdf, request.name, request.description, words_of(request.name))
            return self._imported(entry, request, folder)

    def _found(self, source: Path, request: AssetRequest, folder: Path) -> MadeAsset:
        asked = words_of(request.name, request.description)
        verdicts = [(match(asked, entry.words), entry) for entry in self._index()]
        fitting = [(verdict.score, entry) for verdict, entry in verdicts if not verdict.why_not]
        if not fitting:
            near = nearest((verdict, entry.name) for verdict, entry in verdicts)
            raise NoSuchAsset(f"{source} ({len(verdicts)} assets of EmbodiedGen) has no {request.description!r}; "
                              f"nearest: {near}; have it made by EmbodiedGen, or here (procedural)")
        entry, made = take(fitting, request, lambda entry: self._imported(entry, request, folder))
        if entry.name.lower() == request.name.lower():
            return made
        return replace(made, notes=(f"{request.name!r} is EmbodiedGen's {entry.name!r}", *made.notes))

    def _index(self) -> tuple[_Entry, ...]:
        """What the folder holds; nothing for a command."""
        if self._entries is None:
            source = self.source
            self._entries = () if isinstance(source, TextTo3D) else tuple(_entries(source, self.accept_flagged))
        return self._entries

    def _imported(self, entry: _Entry, request: AssetRequest, folder: Path) -> MadeAsset:
        options = ImportOptions(fit_gripper=request.grasped)
        try:
            with temporary_folder(folder / "assets") as fresh:
                made = import_urdf(entry.urdf, fresh, entry.name, entry.description, entry.verdict, request.holds,
                                   self.accept_flagged, options)
                asset = adopt(fresh, folder / "assets", entry.name)
        except (FlaggedError, UrdfError, MeshError, DamagedAssetError) as error:
            raise AssetError(f"EmbodiedGen's {entry.name!r} cannot be used: {error}") from error
        return MadeAsset(AssetRef(path=str(asset.folder.absolute())), asset, made.notes)


def _entries(source: Path, accept_flagged: bool) -> Iterator[_Entry]:
    """Every URDF below a folder, in an order that holds on every machine."""
    if not source.is_dir():
        raise SourceUnavailable(f"there is no folder {source} of EmbodiedGen's assets")
    count = 0
    layouts: dict[Path, EmbodiedGenLayout] = {}
    for place, below, files in os.walk(source, onerror=unreadable):
        below[:] = sorted(name for name in below if not name.startswith("."))
        folder = Path(place)
        if "layout.json" in files:
            try:
                layouts[folder] = read_layout(folder)
            except SceneError as error:
                LOG.warning("layout left out: %s", error)
        for name in sorted(f for f in files if f.endswith(".urdf") and inside(folder / f, source)):
            count += 1
            if count > MOST_ASSETS:
                raise AssetError(f"{source} holds more than {MOST_ASSETS} assets; name a smaller folder")
            entry = _entry(folder / name, source, layouts)
            if entry is not None and (accept_flagged or flaw(entry.verdict) is None):
                yield entry


def _entry(urdf: Path, source: Path, layouts: dict[Path, EmbodiedGenLayout]) -> _Entry | None:
    """None for what cannot be imported, which is logged, and for tables of layouts."""
    try:
        asset = read_urdf(urdf)
        text = hashlib.sha256(urdf.read_bytes()).hexdigest()
        sizes = [mesh.file.stat().st_size for mesh in (asset.visual, asset.collision) if mesh is not None]
    except (UrdfError, OSError) as error:
        LOG.warning("asset left out: %s", error)
        return None
    layout = next((layouts[folder] for folder in urdf.parents if folder in layouts), None)
    name, described, verdict = _node_name(urdf, asset), asset.description or "", None
    if layout is not None:
        node = next((node for node in layout.assets if node.replace(" ", "_") == urdf.stem), None)
        if node is not None:
            if layout.node("context") == node:
                return None
            name, verdict = node, layout.quality.get(node)
            described = layout.objs_desc.get(node, "") or described
    verdict = flaw(verdict, judged(asset))
    words = words_of(name, asset.category or "", described)
    state = repr((urdf.relative_to(source).as_posix(), text, sizes, name, described, verdict))
    return _Entry(urdf, name, described, words, verdict, state)


def _node_name(urdf: Path, asset: UrdfAsset) -> str:
    """What the asset is called: by its file, or by its category where files are all called alike."""
    stem = urdf.stem.replace("_", " ")
    return asset.category if asset.category and stem.startswith("sample") else stem
