"""Whether a pack is what its manifest says: every file, and every scene that the files make.

Files are only hashed until all of them agree with the manifest; then JSON is read.  Nothing is ever unpickled, unpacked
or run.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gen3d_bench.hf_assets.contents import PackedAsset, read_world
from gen3d_bench.hf_assets.copying import files_in
from gen3d_bench.hf_assets.errors import DamagedPackError
from gen3d_bench.hf_assets.pack import MANIFEST, PackedScene, PackManifest, read_manifest
from gen3d_bench.hf_assets.verified import Advance
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.io import sha256_of
from gen3d_bench.scenes.store import AssetStore, scene_sha256

THE_HUBS = (".gitattributes", ".cache/huggingface/")
"""What the Hub and its client put beside the files of a repository: files, and folders with all that is in them."""

@dataclass(frozen=True)
class Problem:
    """path: from the pack's root, of a file or a scene's file."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def check_pack(
    folder: Path, *, roots: Sequence[Path] = (), advance: Advance = lambda _: None
) -> list[Problem]:
    """Everything that is wrong with the pack in a folder, by path; an empty list for a whole one.

    roots: folders outside it into which its links may lead (of a download cache, where every file is one).
    advance: told of the bytes of every file that is done.
    Raises PackError where there is no manifest to compare with.
    """
    folder = Path(os.path.abspath(folder))
    manifest = read_manifest(folder / MANIFEST)
    problems = [*_extra(folder, manifest), *check_files(folder, manifest, roots=roots, advance=advance)]
    damaged = {problem.path for problem in problems}
    known: dict[str, PackedAsset] = {}
    store = AssetStore(folder / "unused", {})
    for scene in manifest.scenes:
        if damaged.isdisjoint(manifest.paths([scene])):
            problems += [Problem(scene.file, what) for what in _scene_problems(folder, scene, store, known)]
    return sorted(problems, key=lambda problem: problem.path)


def check_files(
    folder: Path,
    manifest: PackManifest,
    paths: Iterable[str] | None = None,
    *,
    roots: Sequence[Path] = (),
    advance: Advance = lambda _: None,
) -> list[Problem]:
    """What is wrong with files of a pack: all of them, or those with the given paths.  roots, advance: as for
    `check_pack`."""
    wanted = sorted(manifest.files if paths is None else paths)
    allowed = [root.resolve() for root in (folder, *roots)]
    problems = []
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        found = pool.map(lambda path: _file_problem(folder, path, manifest, allowed), wanted)
        for path, what in zip(wanted, found, strict=True):
            advance(manifest.files[path].size)
            if what is not None:
                problems.append(Problem(path, what))
    return problems


def _file_problem(folder: Path, path: str, manifest: PackManifest, allowed: Sequence[Path]) -> str | None:
    entry, file = manifest.files[path], folder / path
    try:
        real = file.resolve()
        if not any(real.is_relative_to(root) for root in allowed):
            return f"is a link to {real}, outside the pack"
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):
            return "is not a file"
        if found.st_size != entry.size:
            return f"has {found.st_size} bytes instead of {entry.size}"
        if sha256_of(file) != entry.sha256:
            return "has other contents than the manifest says"
    except FileNotFoundError:
        return "is missing"
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, until Python 3.12
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    return None


def _extra(folder: Path, manifest: PackManifest) -> Iterator[Problem]:
    for path in files_in(folder):
        if path != MANIFEST and path not in manifest.files and not path.startswith(THE_HUBS):
            yield Problem(path, "is not of the pack: its manifest does not list it")


def _scene_problems(
    folder: Path, packed: PackedScene, store: AssetStore, known: dict[str, PackedAsset]
) -> Iterator[str]:
    """What is wrong with a scene whose files are all as the manifest says."""
    try:
        if scene_sha256(read_world(folder, packed, known).scene, store) != packed.sha256:
            yield f"is another world than the manifest says: {packed.sha256[:12]} is the hash of something else"
    except (DamagedPackError, StoreError) as error:
        yield str(error)
