"""`gen3d assets ...`: objects that others made, and packs of scenes; what there is of both, and what can go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

from tyro.conf import Positional, subcommand

from gen3d_bench.cli.interchange import ImportAssets
from gen3d_bench.cli.output import console, messages
from gen3d_bench.cli.packs import NEEDED, Pack, Pull, Push, Verify
from gen3d_bench.extras import require


@dataclass(frozen=True)
class ListAssets:
    """List the packs in the cache; or the objects of a library: what the gripper can take, what holds things, whose
    they are."""

    library: Positional[Path | None] = None
    """Folder that `gen3d assets import` or `gen3d generate` filled; without it, packs are listed."""

    def run(self) -> int:
        return _list_packs() if self.library is None else _list_library(self.library)


def _list_packs() -> int:
    require("hub", *NEEDED)
    from datetime import datetime

    from rich.table import Table

    from gen3d_bench.hf_assets.cache import cached_packs

    packs = cached_packs()
    if not packs:
        messages().print("no packs in the cache; `gen3d assets pull ORG/NAME` gets one", markup=False)
        return 0
    table = Table("repository", "revision", "pack", "scenes", "size (MB)", "last used", box=None, pad_edge=False)
    for pack in packs:
        used = datetime.fromtimestamp(pack.last_used).strftime("%Y-%m-%d %H:%M")
        table.add_row(pack.repo, ", ".join(pack.refs) or pack.commit[:12], f"{pack.name} v{pack.version}",
                      f"{pack.whole} of {pack.scenes}", f"{pack.size / 1e6:.1f}", used)
    console().print(table)
    return 0


def _list_library(library: Path) -> int:
    require("sim", "trimesh")
    from rich.table import Table

    from gen3d_bench.worldgen.assets.library import entries, graspable

    table = Table("name", "size (mm)", "mass (g)", "parts", "graspable", "hollow", "licence", box=None, pad_edge=False)
    for entry in entries(library):
        info = entry.info
        table.add_row(
            info.name, "×".join(f"{1000 * side:.0f}" for side in info.size),
            "" if info.mass is None else f"{1000 * info.mass:.0f}", str(info.parts),
            "yes" if info.kind == "object" and graspable(entry.folder) else "", "yes" if info.hollow else "",
            info.licence,
        )
    console().print(table)
    return 0


@dataclass(frozen=True)
class Collect:
    """Free disk space: old revisions of packs, assets of older generators, and what killed processes left.

    An old revision is one that no branch or tag stood for when the pack was last pulled, so also one that was pulled by
    its commit alone.  Programs that still run on one lose it.  What is being downloaded stays, and so does anything in
    the Hub's cache that is not a pack.
    """

    dry_run: bool = False
    """Only say what would go."""

    def run(self) -> int:
        require("hub", *NEEDED)
        from gen3d_bench.hf_assets.cache import collect

        freed = collect(dry_run=self.dry_run)
        for item in freed:
            print(f"{item.size / 1e6:9.1f} MB  {item.what}")
        total = sum(item.size for item in freed) / 1e6
        messages().print(f"{total:.1f} MB {'would be' if self.dry_run else 'were'} freed")
        return 0


AssetVerb: TypeAlias = (
    Annotated[Pull, subcommand("pull")]
    | Annotated[Push, subcommand("push")]
    | Annotated[Pack, subcommand("pack")]
    | Annotated[Verify, subcommand("verify")]
    | Annotated[ListAssets, subcommand("list")]
    | Annotated[Collect, subcommand("gc")]
    | Annotated[ImportAssets, subcommand("import")]
)


@dataclass(frozen=True)
class Assets:
    """Get and publish packs of scenes on the Hugging Face Hub; bring in objects that others made."""

    verb: AssetVerb

    def run(self) -> int:
        return self.verb.run()
