"""The asset cache: every generated asset is made once, checked on first use and shared by all processes.

    <root>/assets/<generator>-v<version>/<prompt>-<seed>-<digest>/   asset.json visual.glb collision.obj manifest.json

An asset is generated in a temporary sibling folder and renamed into place under a lock of its own, so a folder under
its final name is always finished, whoever was killed while making it.  Disks and people damage files all the same: the
first use in a process compares checksums, and a damaged asset is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from gen3d_bench.cache import VARIABLE, cache_folder
from gen3d_bench.extras import MissingExtra
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.generators import GENERATORS, load_generator
from gen3d_bench.scenes.io import asset_refs
from gen3d_bench.scenes.manifest import (
    INFO,
    MANIFEST,
    Asset,
    DamagedAssetError,
    Manifest,
    manifest_text,
    read_manifest,
    take_manifest,
    verified,
)
from gen3d_bench.scenes.parallel import call_all
from gen3d_bench.scenes.schema import AssetRef, Scene

LOG = logging.getLogger(__name__)
LOCK_TIMEOUT_S = 600.0
"""How long to wait for another process that is making the same asset."""

Progress = Callable[[int, int, AssetRef], None]
"""Called with (assets done, assets in all, the one just done)."""


class AssetStore:
    """Assets by reference.  Verified assets are remembered in the instance, so asking again costs a dictionary look-up.

    root: cache folder, by default `cache_folder()`; made when first written to.
    generators: name -> module that offers VERSION and generate(prompt, seed, folder).
    """

    def __init__(self, root: Path | None = None, generators: Mapping[str, str] = GENERATORS) -> None:
        self.root = Path(os.path.abspath(root if root is not None else cache_folder()))
        self.generators = dict(generators)
        self._verified: dict[AssetRef, Asset] = {}

    def get(self, ref: AssetRef) -> Asset:
        """The asset, generated if the cache does not hold it.

        Raises StoreError for an asset that cannot be made, read or kept, and MissingExtra.
        """
        if ref not in self._verified:
            self._verified[ref] = self._generated(ref) if ref.path is None else self._given(ref.path)
        return self._verified[ref]

    def prepare(self, scenes: Iterable[Scene], workers: int = 1, progress: Progress | None = None) -> None:
        """Makes and verifies every asset of the scenes, with `workers` processes.

        Worker processes are spawned: a script that asks for more than one needs the usual `if __name__ == "__main__"`.
        Raises StoreError for the first asset that fails; assets finished by then stay in the cache.
        """
        refs = {ref: None for scene in scenes for _, ref in asset_refs(scene) if ref not in self._verified}
        jobs = [(self.root, self.generators, ref) for ref in refs]
        for done, (job, asset) in enumerate(call_all(_make, jobs, workers), start=1):
            self._verified[job[2]] = asset
            if progress is not None:
                progress(done, len(jobs), job[2])

    def _given(self, path: str) -> Asset:
        if not os.path.isabs(path):
            raise StoreError(f"asset path {path!r} is relative, and its scene does not say to what; use load_scene")
        try:
            folder = Path(path)
            return verified(folder, _manifest_or_none(folder) or take_manifest(folder, {}))
        except DamagedAssetError as error:
            raise StoreError(f"asset folder {path}: {error}; copy or download the asset again") from error
        except OSError as error:
            raise StoreError(f"asset folder {path} cannot be read: {error.strerror or error}") from error

    def _generated(self, ref: AssetRef) -> Asset:
        key = _key(ref, self.generators)
        folder = self._folder(key)
        try:
            found = _intact(folder, key)  # without a lock: a cache that is complete may be read-only
            if found is not None:
                return found
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(_sibling(folder, "lock"), timeout=LOCK_TIMEOUT_S):
                # Once more: another process may have made it by now.  What is damaged has been said.
                return _intact(folder, key, logging.DEBUG) or self._make(ref, key, folder)
        except Timeout:
            raise StoreError(f"another process has been making {ref} for {LOCK_TIMEOUT_S:.0f} s in {folder.parent}; "
                             f"stop it and try again") from None
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise StoreError(f"cannot keep assets in {self.root}: {error.strerror or error}{where}; make this folder "
                             f"writable, with free space, or set {VARIABLE} to one that is") from error

    def _make(self, ref: AssetRef, key: dict[str, str | int], folder: Path) -> Asset:
        """Generates an asset and puts it in place of whatever `folder` held.  The caller holds the asset's lock."""
        generator = load_generator(str(key["generator"]), self.generators)
        for leftover in folder.parent.glob(_sibling(folder, "*.tmp").name):  # of processes that were killed
            _remove(leftover)
        temporary = _sibling(folder, f"{uuid.uuid4().hex[:8]}.tmp")
        temporary.mkdir()
        try:
            info = generator.generate(str(key["prompt"]), int(key["seed"]), temporary)
            (temporary / INFO).write_text(info.model_dump_json(indent=2) + "\n", encoding="utf-8")
            manifest = take_manifest(temporary, key)
            (temporary / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")
            if os.path.lexists(folder):  # damaged; a folder cannot be renamed onto another, so it makes way first
                os.replace(folder, _sibling(folder, f"{uuid.uuid4().hex[:8]}.tmp"))
            os.replace(temporary, folder)
        except (OSError, MissingExtra):  # not the generator's doing; `_generated` says what the disk did
            raise
        except Exception as error:
            raise StoreError(f"cannot make asset {ref}: {str(error) or type(error).__name__}") from error
        finally:
            for leftover in folder.parent.glob(_sibling(folder, "*.tmp").name):
                with contextlib.suppress(OSError):
                    _remove(leftover)
        return Asset(folder, info, manifest.sha256)

    def _folder(self, key: Mapping[str, str | int]) -> Path:
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
        words = re.sub(r"[^a-z0-9]+", "-", str(key["prompt"]).lower()).strip("-")[:40]
        return self.root / "assets" / f"{key['generator']}-v{key['version']}" / f"{words}-{key['seed']}-{digest}"


def scene_sha256(scene: Scene, store: AssetStore) -> str:
    """Hash (hex) of a scene and the contents of all its assets: equal hashes mean the same world.

    Where an asset comes from does not matter, a generator or a folder that was downloaded; what it holds does.
    """
    # That assets are stand-ins shows in their contents, and how to replace them is no part of the world.
    content = scene.model_dump(mode="json", exclude={"background": True, "table": True, "provenance": {"stand_in"}})
    for item in content["objects"]:
        del item["asset"]
    hashes = {where: store.get(ref).sha256 for where, ref in asset_refs(scene)}
    text = json.dumps({"scene": content, "assets": hashes}, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _key(ref: AssetRef, generators: Mapping[str, str]) -> dict[str, str | int]:
    if ref.generator is None or ref.prompt is None or ref.seed is None:
        raise StoreError(f"asset {ref} has no generator, prompt and seed")
    version = load_generator(ref.generator, generators).VERSION
    return {"generator": ref.generator, "version": version, "prompt": ref.prompt, "seed": ref.seed}


def _sibling(folder: Path, suffix: str) -> Path:
    return folder.with_name(f".{folder.name}.{suffix}")


def _manifest_or_none(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except FileNotFoundError:
        return None


def _remove(path: Path) -> None:
    """A folder with everything in it, or a file."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _intact(folder: Path, key: Mapping[str, str | int], level: int = logging.WARNING) -> Asset | None:
    """The asset in a cache folder, or None if there is none or, said at a log level, it is damaged."""
    try:
        manifest = read_manifest(folder)
        if manifest.key != key:
            raise DamagedAssetError(f"{MANIFEST} belongs to another asset")
        return verified(folder, manifest)
    except DamagedAssetError as error:
        LOG.log(level, "cached asset %s is damaged (%s); making it again", folder, error)
    except FileNotFoundError:
        if folder.exists():
            LOG.log(level, "cached asset %s is damaged (%s is missing); making it again", folder, MANIFEST)
    return None


def _make(job: tuple[Path, dict[str, str], AssetRef]) -> Asset:
    root, generators, ref = job
    return AssetStore(root, generators).get(ref)
