"""From what a person writes ("library:assets", "embodiedgen") to a source of assets."""

from __future__ import annotations

from pathlib import Path

from gen3d_bench.scenes.errors import did_you_mean
from gen3d_bench.worldgen.assets.backend import AssetBackend, AssetError, Collection, SourceUnavailable

VALID = ('"procedural" (made here), "library" or "library:FOLDER" (what was made or imported before), '
         '"embodiedgen:FOLDER" (what EmbodiedGen made) or "embodiedgen" (its text3d-cli, if installed)')


def backend(spec: str) -> AssetBackend:
    """The source of assets that `spec` names.  Raises AssetError for one that does not exist or holds no objects."""
    kind, colon, given = spec.partition(":")
    if kind not in ("procedural", "library", "embodiedgen") or (kind == "procedural" and colon):
        near = did_you_mean(kind, ["procedural", "library", "embodiedgen"])
        raise AssetError(f"unknown source of assets {spec!r}{near}; known: {VALID}")
    if colon and not given:
        raise AssetError(f"{spec!r} names no folder after its colon; known: {VALID}")
    if kind == "procedural":
        from gen3d_bench.worldgen.assets.procedural import ProceduralBackend

        return ProceduralBackend()
    try:
        return _existing(kind, Path(given).expanduser() if given else None)
    except SourceUnavailable as error:
        raise AssetError(f"{spec!r}: {error}") from error


def _existing(kind: str, folder: Path | None) -> AssetBackend:
    """A library, or EmbodiedGen, that can be used now.  Raises SourceUnavailable."""
    from gen3d_bench.worldgen.assets.command import TextTo3D
    from gen3d_bench.worldgen.assets.embodiedgen import EmbodiedGenBackend
    from gen3d_bench.worldgen.assets.library import LibraryBackend

    if kind == "library":
        source: Collection = LibraryBackend(folder)
    elif folder is not None:
        source = EmbodiedGenBackend(folder)
    else:
        command = TextTo3D()
        command.program()
        return EmbodiedGenBackend(command)
    if not source.names():
        raise SourceUnavailable("there are no objects in it; generate or import some first")
    return source
