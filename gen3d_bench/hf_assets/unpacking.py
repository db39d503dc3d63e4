"""Unpacks a zip archive of meshes and pictures that comes from elsewhere, after looking at every entry with suspicion.

Nothing is written before all names and sizes have been found good, and nothing but plain files is written at all.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gen3d_bench.hf_assets.errors import PackError

BLOCK = 1 << 20
IGNORED = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db"})
"""What desktops leave in archives."""
_ODD = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
"""Characters that mean something to a shell or a file system, and none that is needed here."""
Advance = Callable[[int], None]
"""Called with the bytes written since the last call."""


@dataclass(frozen=True)
class ZipLimits:
    """Most that an archive may hold.  file_bytes, bytes: of one file and of all of them, unpacked.

    endings: kinds of files that are taken; others are left in the archive.
    """

    endings: tuple[str, ...]
    files: int = 2000
    file_bytes: int = 512 * 2**20
    bytes: int = 2 * 2**30


def unpack(archive: Path, folder: Path, limits: ZipLimits, advance: Advance = lambda _: None) -> int:
    """Unpacks an archive into an empty folder; the number of files.  A folder that holds all its entries is left out.

    Raises PackError for an archive that is damaged, or whose entries lead out of the folder, are links or devices, are
    encrypted, clash or are too many or too large; OSError where the disk does not take them.  What was written until
    then stays.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            entries = _checked(archive, source, limits)
            for path, entry in entries.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(archive, source, entry, target, advance)
            return len(entries)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise PackError(f"{archive}: is not a whole zip archive ({error}); delete it and download it again") from error
    except RuntimeError as error:
        if isinstance(error, PackError):
            raise
        raise PackError(f"{archive}: cannot be unpacked ({error})") from error


def unpacked_size(archive: Path) -> int:
    """Bytes that an archive says to hold.  Raises PackError."""
    try:
        with zipfile.ZipFile(archive) as source:
            return sum(entry.file_size for entry in source.infolist())
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise PackError(f"{archive}: is not a whole zip archive ({error}); delete it and download it again") from error


def _checked(archive: Path, source: zipfile.ZipFile, limits: ZipLimits) -> Mapping[str, zipfile.ZipInfo]:
    """Path to write -> entry, of the entries to unpack."""
    entries = source.infolist()
    if len(entries) > limits.files:
        raise PackError(f"{archive}: has {len(entries)} entries, more than the {limits.files} that are unpacked")
    problems = [f"{entry.orig_filename!r} {problem}" for entry in entries for problem in _problems(entry, limits)]
    total = sum(entry.file_size for entry in entries)
    if total > limits.bytes:
        problems.append(f"all of it is {total / 2**20:.0f} MiB, more than {limits.bytes / 2**20:.0f} MiB")
    if problems:
        raise PackError(f"{archive}: nothing of it is unpacked: {'; '.join(problems[:5])}")
    files = [(PurePosixPath(entry.filename), entry) for entry in entries if not entry.is_dir()]
    files = [(path, entry) for path, entry in files if IGNORED.isdisjoint(path.parts)]
    enclosed = len({path.parts[0] for path, _ in files}) == 1 and all(len(path.parts) > 1 for path, _ in files)
    wanted = [(PurePosixPath(*path.parts[enclosed:]), entry) for path, entry in files
              if path.suffix.lower() in limits.endings]
    if clash := _clash([path for path, _ in wanted]):
        raise PackError(f"{archive}: nothing of it is unpacked: {clash}")
    return {str(path): entry for path, entry in wanted}


def _clash(paths: Sequence[PurePosixPath]) -> str | None:
    """Two paths that cannot stand beside one another on every file system."""
    known: dict[str, PurePosixPath] = {}
    folders: dict[str, PurePosixPath] = {}
    for path in paths:
        other = known.setdefault(str(path).lower(), path)
        if other is not path:
            return f"{str(other)!r} and {str(path)!r} are one name"
        for folder in path.parents:
            other = folders.setdefault(str(folder).lower(), folder)
            if other != folder:
                return f"{str(other)!r} and {str(folder)!r} differ only in case"
    both = folders.keys() & known.keys()
    return f"{min(both)!r} is both a file and a folder" if both else None


def _problems(entry: zipfile.ZipInfo, limits: ZipLimits) -> Iterator[str]:
    # The library cuts names at a NUL; what was there before counts.
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    if name.startswith("/") or _ODD.search(name) or any(part in ("", ".", "..") for part in parts):
        yield "is not a path inside the archive"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "is a link or a device"
    if entry.flag_bits & 1:
        yield "is encrypted"
    if entry.file_size > limits.file_bytes:
        yield f"is larger than {limits.file_bytes / 2**20:.0f} MiB"


def _write(archive: Path, source: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, advance: Advance) -> None:
    written = 0
    with source.open(entry) as stream, target.open("xb") as out:
        while block := stream.read(BLOCK):
            written += len(block)
            if written > entry.file_size:
                raise PackError(f"{archive}: {entry.filename!r} holds more than it says")
            out.write(block)
            advance(len(block))
