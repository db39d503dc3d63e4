"""`gen3d assets pull`, `push`, `pack` and `verify`: packs of scenes to and from the Hugging Face Hub."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from gen3d_bench.cli.evaluation import INCOMPLETE
from gen3d_bench.cli.output import messages
from gen3d_bench.evaluation.config import SettingError, require_at_least
from gen3d_bench.extras import require
from gen3d_bench.scenes.remote import is_address

if TYPE_CHECKING:
    from gen3d_bench.hf_assets.download import LocalPack
    from gen3d_bench.hf_assets.sources import PackSource

NEEDED = ("huggingface_hub", "jinja2", "pyarrow")
SIMPLER = "simpler"
"""What to pull for the official assets of the SimplerEnv scenes, which are no pack."""


@dataclass(frozen=True)
class Pull:
    """Download a pack of scenes, or some of its scenes, and check every file against the pack's checksums.

    It goes to the cache of huggingface_hub, from where scenes="hf://ORG/NAME" takes it, also without a network if
    HF_HUB_OFFLINE=1 is set.  Prints the folder that holds it.
    """

    repo: Annotated[Positional[str], arg(metavar="ORG/NAME[@REVISION]")]
    """The pack's dataset repository, and which branch, tag, commit or refs/pr/N of it; by default the main branch.
    "simpler" gets the official assets of the SimplerEnv scenes, to where ManiSkill keeps them."""
    scenes: tuple[str, ...] = ()
    """Only these scenes: ids, or names of the pack's splits; by default the whole pack."""
    to: Path | None = None
    """Copy it to this folder, too, as a pack of its own: to be changed, or moved to a machine without a network."""

    def run(self) -> int:
        require("hub", *NEEDED)
        if self.repo == SIMPLER:
            return _pull_simpler()
        pack = self._fetch()
        if self.to is not None:
            from gen3d_bench.hf_assets.taking import take

            print(take(pack, self.to))
            return 0
        count = f"{len(pack.scenes)} of {len(pack.manifest.scenes)} scenes"
        messages().print(f'{count} are here; use them by scenes="{pack.address}"', markup=False)
        print(pack.folder)
        return 0

    def _fetch(self) -> LocalPack:
        from gen3d_bench.hf_assets.address import PackAddress
        from gen3d_bench.hf_assets.download import fetch

        address = PackAddress.parse(self.repo)
        if address.selector is not None and self.scenes:
            raise SettingError(f"scenes: {self.repo} names scenes already; leave out one of the two")
        if not self.scenes:
            return fetch(address, "everything" if address.selector is None else "pictures")
        packs = [fetch(replace(address, selector=self.scenes[0]), "pictures")]
        pinned = packs[0].address
        packs += [fetch(replace(pinned, selector=name), "pictures") for name in self.scenes[1:]]
        scenes = {scene.id: scene for pack in packs for scene in pack.scenes}
        return replace(packs[0], address=replace(pinned, selector=None), scenes=tuple(scenes.values()))


def _pull_simpler() -> int:
    from gen3d_bench.hf_assets.simpler import pull_simpler

    print(pull_simpler())
    return 0


@dataclass(frozen=True)
class Pack:
    """Make a pack of scenes: their files, every asset once, previews, a dataset card and checksums, in one folder."""

    scenes: Annotated[Positional[str], arg(metavar="SCENES")]
    """A shipped set ("gen3d-100"), a split ("H0/ood"), a folder of scenes, such as `gen3d generate` writes, or some
    scenes of another pack ("hf://ORG/NAME/H0/ood")."""
    to: Path
    """New folder for the pack; an older pack there is replaced."""
    name: str | None = None
    """What the pack is called; by default as the set or the folder."""
    version: int | None = None
    """Raise it whenever a scene changes; by default that of the set, else 1."""
    description: str | None = None
    """A sentence about the scenes, for the card."""

    def __post_init__(self) -> None:
        require_at_least(1, version=1 if self.version is None else self.version)

    def run(self) -> int:
        require("hub", *NEEDED)
        from gen3d_bench.hf_assets.sources import pack_source

        source = pack_source(self.scenes)
        source = replace(source, name=self.name or source.name, version=self.version or source.version,
                         description=self.description or source.description)
        _build(source, self.to, _roots(self.scenes))
        print(self.to)
        return 0


@dataclass(frozen=True)
class Push:
    """Upload a pack to a dataset repository on the Hub, in one commit.  Prints the commit's URL.

    The repository is made if it is not there, and then holds this pack: files of an earlier version go, an unchanged
    pack makes no commit.  Log in before with `hf auth login`, or set HF_TOKEN.
    """

    source: Annotated[Positional[str], arg(metavar="PACK")]
    """A pack's folder; or a shipped set ("gen3d-100") or a folder of scenes, of which a pack is made first."""
    repo: Annotated[Positional[str], arg(metavar="ORG/NAME")]
    """Dataset repository that is to hold it."""
    private: bool = False
    """Let nobody else read a new repository; one that is there has to be private already."""
    branch: str | None = None
    """Branch to push to, made if it is not there; by default the main one."""
    message: str | None = None
    """Of the commit; by default the pack's name and version."""
    pull_request: bool = False
    """Propose the commit instead of making it; prints the pull request's URL."""

    def run(self) -> int:
        require("hub", *NEEDED)
        from gen3d_bench.hf_assets.pack import MANIFEST
        from gen3d_bench.hf_assets.upload import refuse_what_cannot_be_pushed

        if (Path(self.source) / MANIFEST).exists():
            return self._push(Path(self.source))
        from gen3d_bench.hf_assets.sources import pack_source

        refuse_what_cannot_be_pushed(self.repo, branch=self.branch, create_pr=self.pull_request)
        source = pack_source(self.source)
        with tempfile.TemporaryDirectory(prefix="gen3d-pack-") as folder:
            _build(source, Path(folder) / source.name, _roots(self.source))
            return self._push(Path(folder) / source.name)

    def _push(self, folder: Path) -> int:
        from gen3d_bench.hf_assets.upload import push

        print(push(folder, self.repo, private=self.private, branch=self.branch, message=self.message,
                   create_pr=self.pull_request))
        return 0


@dataclass(frozen=True)
class Verify:
    """Check a pack: every file against its checksum, every scene against its hash, and that nothing else is there.

    Exit code: 0 if it is whole, 1 if not.
    """

    pack: Annotated[Positional[str], arg(metavar="PACK")]
    """A pack's folder, or ORG/NAME[@REVISION] for one on the Hub, which is downloaded first."""

    def run(self) -> int:
        require("hub", *NEEDED)
        from gen3d_bench.hf_assets.check import check_pack
        from gen3d_bench.hf_assets.pack import read_manifest
        from gen3d_bench.hf_assets.progress import byte_bar

        folder, roots = self._folder()
        manifest = read_manifest(folder)
        with byte_bar("Checking", sum(entry.size for entry in manifest.files.values())) as advance:
            problems = check_pack(folder, roots=roots, advance=advance)
        for problem in problems:
            messages().print(f"{problem}", markup=False)
        if problems:
            messages().print(f"{folder}: {len(problems)} problem{'s' * (len(problems) > 1)}", markup=False)
            return INCOMPLETE
        count = f"{len(manifest.scenes)} scene{'s' * (len(manifest.scenes) > 1)}, {len(manifest.files)} files"
        messages().print(f"{count}: all are as the manifest says")
        print(folder)
        return 0

    def _folder(self) -> tuple[Path, tuple[Path, ...]]:
        """Where the pack is, and where links in it may lead."""
        if Path(self.pack).is_dir():
            return Path(self.pack), ()
        from gen3d_bench.hf_assets.address import PackAddress
        from gen3d_bench.hf_assets.download import cache_roots, fetch
        from gen3d_bench.hf_assets.errors import PackError
        from gen3d_bench.hf_assets.hub import Hub

        try:
            address = PackAddress.parse(self.pack)
        except PackError as error:
            raise PackError(f"there is no folder {self.pack}, and {error}") from error
        pack = fetch(address, "everything")
        return pack.folder, cache_roots(pack.address.repo, Hub())


def _roots(scenes: str) -> tuple[Path, ...]:
    """Where the assets of scenes may be links into: those of a pack in the Hub's cache all are."""
    from gen3d_bench.hf_assets.hub import Hub

    return (Hub().cache_folder,) if is_address(scenes) else ()


def _build(source: PackSource, to: Path, roots: tuple[Path, ...]) -> None:
    """Makes a pack, with a bar for each of the steps."""
    from gen3d_bench.cli.scenes import ASSET_WORKER_BYTES
    from gen3d_bench.hf_assets.build import build_pack
    from gen3d_bench.machine import default_workers

    with _step_bars() as progress:
        build_pack(source.scenes, to, name=source.name, version=source.version, description=source.description,
                   splits=source.splits, workers=default_workers(ASSET_WORKER_BYTES), roots=roots, progress=progress)


@contextmanager
def _step_bars() -> Iterator[Callable[[str, int, int], None]]:
    from rich.progress import Progress, TaskID

    tasks: dict[str, TaskID] = {}
    with Progress(console=messages()) as bar:

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield progress
