"""Files into a pack, and a finished pack into its place."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.pack import MANIFEST, read_manifest
from gen3d_bench.scenes.manifest import ASSET_FILES, Asset, DamagedAssetError, manifest_text, take_manifest, verified
from gen3d_bench.scenes.manifest import MANIFEST as ASSET_MANIFEST
from gen3d_bench.scenes.manifest import read_manifest as read_asset_manifest

LEFTOVER_S = 3600.0
"""A temporary file that nothing has written to for so long belongs to no living process."""


def copy_asset(asset: Asset, folder: Path, roots: Sequence[Path] = ()) -> None:
    """The files that make an asset, and no others, into a new folder.

    roots: folders beside the asset's own that its files may be links into.
    Raises PackError for links that lead elsewhere, and where the files are no longer those of the asset.
    """
    folder.mkdir(parents=True)
    for name in (*ASSET_FILES, ASSET_MANIFEST):
        if os.path.lexists(asset.folder / name):
            shutil.copyfile(_own_file(asset.folder, name, roots), folder / name)
    try:
        if not (folder / ASSET_MANIFEST).exists():
            text = manifest_text(take_manifest(folder, {}))
            (folder / ASSET_MANIFEST).write_text(text, encoding="utf-8")
        same = verified(folder, read_asset_manifest(folder)).sha256 == asset.sha256
    except DamagedAssetError as error:
        raise PackError(f"asset folder {asset.folder}: {error}; it changed while it was copied, try again") from error
    if not same:
        raise PackError(f"asset folder {asset.folder}: changed while it was copied; try again")


def _own_file(folder: Path, name: str, roots: Sequence[Path]) -> Path:
    """Where the file's bytes are.  A link to somewhere else would put into a pack what nobody meant to publish."""
    real = (folder / name).resolve()
    if not any(real.is_relative_to(root.resolve()) for root in (folder, *roots)):
        raise PackError(f"{folder / name} is a link to {real}, outside its asset; put the file itself there")
    if not stat.S_ISREG(real.stat().st_mode):
        raise PackError(f"{folder / name} is not a file")
    return real


def refuse_what_is_no_pack(out: Path) -> None:
    """Raises PackError where `out` holds anything that is not of a pack, and would be lost if it were replaced."""
    if not os.path.lexists(out):
        return
    if out.is_symlink() or not out.is_dir():
        raise PackError(f"{out} is {'a link' if out.is_symlink() else 'a file'}; name a folder for the pack")
    found = set(files_in(out))
    if not found:
        return
    if MANIFEST not in found:
        raise PackError(f"{out} is not empty and no pack, so it is not replaced; choose another folder")
    strange = sorted(found - read_manifest(out).files.keys() - {MANIFEST})
    if strange:
        raise PackError(f"{out} holds {strange[0]!r}{f' and {len(strange) - 1} more' if len(strange) > 1 else ''}, not "
                        f"of the pack there, so it is not replaced; move it away or choose another folder")


def files_in(folder: Path) -> Iterator[str]:
    """Everything below a folder that is not a folder itself, by its path from there; links are not followed."""
    for place, below, names in os.walk(folder, followlinks=False):
        links = [name for name in below if os.path.islink(os.path.join(place, name))]
        for name in (*names, *links):
            yield Path(place, name).relative_to(folder).as_posix()


@contextlib.contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A new folder beside `out`, to be filled; it becomes `out` when the block ends, and goes if anything is raised.

    What killed processes left there goes, too.  Raises PackError where `out` holds anything but a pack, OSError.
    """
    refuse_what_is_no_pack(out)
    for folder in out.parent.glob(f".{glob.escape(out.name)}.*.tmp"):
        if abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
    temporary = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        _put_in_place(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _put_in_place(temporary: Path, out: Path) -> None:
    """Renames a finished folder to `out`; what was there is a pack, and goes once the new one stands."""
    refuse_what_is_no_pack(out)
    if not os.path.lexists(out):
        os.rename(temporary, out)
        return
    # A folder cannot be renamed onto one that is not empty.  Not called .tmp: until the new one stands, it is the pack.
    aside = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.old")
    os.rename(out, aside)
    try:
        os.rename(temporary, out)
    except OSError:
        os.rename(aside, out)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def abandoned(path: Path) -> bool:
    """Whether a temporary file or folder is one that nobody will finish: nothing has changed it for long."""
    try:
        times = [path.stat().st_mtime, *(below.lstat().st_mtime for below in path.rglob("*"))]
    except FileNotFoundError:  # somebody is at it
        return False
    return max(times) < time.time() - LEFTOVER_S
