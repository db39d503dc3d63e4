"""From what a person writes ("library:assets", "embodiedgen") to a source of assets."""

from __future__ import annotations

from pathlib import Path

from gen3d_bench.scenes.errors import did_you_mean
from gen3d_bench.worldgen.assets.backend import AssetBackend, AssetError

VALID = ('"procedural" (made here), "library" or "library:FOLDER" (what was made or imported before), '
         '"embodiedgen:FOLDER" (what EmbodiedGen made) or "embodiedgen" (its text3d-cli, if installed)')


def backend(spec: str) -> AssetBackend:
    """The source of assets that `spec` names.  Raises AssetError for one that does not exist."""
    kind, colon, given = spec.partition(":")
    if kind not in ("procedural", "library", "embodiedgen") or (kind == "procedural" and colon):
        near = did_you_mean(kind, ["procedural", "library", "embodiedgen"])
        raise AssetError(f"unknown source of assets {spec!r}{near}; known: {VALID}")
    if colon and not given:
        raise AssetError(f"{spec!r} names no folder after its colon; known: {VALID}")
    folder = Path(given).expanduser() if given else None
    if folder is not None and not folder.is_dir():
        raise AssetError(f"{spec!r}: there is no folder {folder}")
    if kind == "library":
        from gen3d_bench.worldgen.assets.library import LibraryBackend

        return LibraryBackend(folder)
    if kind == "embodiedgen":
        from gen3d_bench.worldgen.assets.command import TextTo3D
        from gen3d_bench.worldgen.assets.embodiedgen import EmbodiedGenBackend

        return EmbodiedGenBackend(folder if folder is not None else TextTo3D())
    from gen3d_bench.worldgen.assets.procedural import ProceduralBackend

    return ProceduralBackend()
