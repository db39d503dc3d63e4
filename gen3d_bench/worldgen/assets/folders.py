"""Asset folders beside a scene: named after what they hold, so that scenes share them and no name means two things."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from gen3d_bench.scenes.manifest import (
    MANIFEST,
    Asset,
    DamagedAssetError,
    Manifest,
    manifest_text,
    read_manifest,
    take_manifest,
    verified,
)
from gen3d_bench.worldgen.slug import slug

LOCK_TIMEOUT_S = 60.0
"""How long to wait for other processes that put assets in place."""


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """An empty folder in `parent` (made if missing), gone afterwards unless it was renamed.  Raises OSError."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / f".{uuid.uuid4().hex[:12]}.tmp"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def adopt(made: Path, assets: Path, name: str) -> Asset:
    """Moves a finished asset folder to `assets/<name>-<sha8>` and verifies it; what lies there is kept if whole.

    made: on the same disk, with `asset.json` and its meshes; its manifest is written here.
    Raises DamagedAssetError if a file is missing or wrong, OSError.
    """
    manifest = _sealed(made, {})
    folder = assets / f"{slug(name)}-{manifest.sha256[:8]}"
    assets.mkdir(parents=True, exist_ok=True)
    # Looking and moving are one step, or two processes would take each other's good folder for a damaged one.
    with FileLock(assets.with_name(f".{assets.name}.lock"), timeout=LOCK_TIMEOUT_S):
        try:
            kept = verified(folder, read_manifest(folder))
            if kept.sha256 == manifest.sha256:
                return kept
        except (DamagedAssetError, FileNotFoundError):
            pass
        return _moved(made, folder, manifest)


def adopt_as(made: Path, folder: Path, key: dict[str, str | int]) -> Asset:
    """Moves a finished asset folder to `folder`, in the place of what lies there, and verifies it.

    key: what it was made from, for its manifest.  Otherwise as `adopt`.
    """
    return _moved(made, folder, _sealed(made, key))


def _sealed(made: Path, key: dict[str, str | int]) -> Manifest:
    manifest = take_manifest(made, key)
    (made / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")
    verified(made, manifest)
    return manifest


def _moved(made: Path, folder: Path, manifest: Manifest) -> Asset:
    with temporary_folder(folder.parent) as aside:  # a folder cannot be renamed onto another, so the old one makes way
        if os.path.lexists(folder):
            os.replace(folder, aside / "old")
        try:
            os.replace(made, folder)
        except OSError:
            if not folder.is_dir():
                raise
            # Another process was faster; what it put there is checked like anything else.
    return verified(folder, manifest)
