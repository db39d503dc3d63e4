"""Asset folders and the checksums that tell a whole one from a damaged one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from gen3d_bench.scenes.schema import AssetInfo, Model

MANIFEST = "manifest.json"
INFO = "asset.json"
ASSET_FILES = (INFO, "visual.glb", "collision.obj")
"""What an asset folder holds; the last is absent in rooms.  Caches that engines drop beside meshes do not count."""


@dataclass(frozen=True)
class Asset:
    """A verified asset.  sha256: of its files' names and contents, in hex; the same wherever the folder lies."""

    folder: Path
    info: AssetInfo
    sha256: str


class FileEntry(Model):
    """A file as it was written.  size: bytes."""

    sha256: str
    size: int


class Manifest(Model):
    """`manifest.json`, written last: what a finished asset folder must contain.  key: what it was generated from."""

    key: dict[str, str | int] = Field(default_factory=dict)
    files: dict[str, FileEntry]

    @property
    def sha256(self) -> str:
        lines = "".join(f"{self.files[name].sha256}  {name}\n" for name in sorted(self.files))
        return hashlib.sha256(lines.encode()).hexdigest()


class DamagedAssetError(Exception):
    """An asset folder is not whole; the message says which file and how."""


def take_manifest(folder: Path, key: dict[str, str | int]) -> Manifest:
    """Checksums of the asset files now in a folder.  Raises DamagedAssetError if one that must be there is missing."""
    entries = {}
    for name in ASSET_FILES:
        file = folder / name
        if file.is_file():
            data = file.read_bytes()
            entries[name] = FileEntry(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    missing = [name for name in ASSET_FILES[:2] if name not in entries]
    if missing:
        raise DamagedAssetError(f"{missing[0]} is missing")
    return Manifest(key=key, files=entries)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder.  Raises DamagedAssetError, FileNotFoundError if there is none."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except NotADirectoryError:
        raise DamagedAssetError("there is a file where its folder should be") from None
    except IsADirectoryError:
        raise DamagedAssetError(f"{MANIFEST} is a folder") from None
    except ValidationError:
        raise DamagedAssetError(f"{MANIFEST} is not a manifest") from None


def verified(folder: Path, manifest: Manifest) -> Asset:
    """The asset in a folder, every file compared with the manifest.  Raises DamagedAssetError, naming a file."""
    now = take_manifest(folder, manifest.key)
    for name in sorted(manifest.files.keys() | now.files.keys()):
        wanted, found = manifest.files.get(name), now.files.get(name)
        if wanted is None or found is None:
            raise DamagedAssetError(f"{name} is {'not in the manifest' if wanted is None else 'missing'}")
        if wanted.size != found.size:
            raise DamagedAssetError(f"{name} has {found.size} bytes instead of {wanted.size}")
        if wanted.sha256 != found.sha256:
            raise DamagedAssetError(f"{name} has other contents than when it was written")
    return Asset(folder, read_info(folder), manifest.sha256)


def read_info(folder: Path) -> AssetInfo:
    """The facts in a folder's `asset.json`.  Raises DamagedAssetError."""
    try:
        return AssetInfo.model_validate_json((folder / INFO).read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise DamagedAssetError(f"{INFO}: {where}: {first['msg']}") from None


def manifest_text(manifest: Manifest) -> str:
    """The manifest as its file's text."""
    return json.dumps(manifest.model_dump(mode="json"), indent=1) + "\n"
