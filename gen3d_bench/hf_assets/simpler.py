"""The official assets of SimplerEnv's Bridge scenes: ManiSkill's data set, from the Hub to where ManiSkill keeps it.

The robot is no part of it: this package draws the WidowX from `rtb-data`.  ManiSkill's own environments want its robot
too, which its own downloader gets.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from huggingface_hub import hf_hub_download

import gen3d_bench
from gen3d_bench.hf_assets.download import only_process
from gen3d_bench.hf_assets.errors import DamagedPackError, PackError
from gen3d_bench.hf_assets.hub import LIBRARY, REPO_TYPE, Hub, in_plain_words
from gen3d_bench.hf_assets.progress import byte_bar, quiet_elsewhere
from gen3d_bench.hf_assets.unpacking import ZipLimits, unpack, unpacked_size
from gen3d_bench.scenes.bridge import MODELS
from gen3d_bench.scenes.bridge_files import DATA_SET, FACTS, MODELS_FOLDER, PHOTOGRAPH, STAGE, maniskill_folder
from gen3d_bench.scenes.io import sha256_of

LOG = logging.getLogger(__name__)
LIMITS = ZipLimits(endings=(".json", ".obj", ".mtl", ".dae", ".glb", ".gltf", ".bin", ".stl", ".ply", ".png", ".jpg",
                            ".jpeg", ".txt", ".md"))
DOWNLOADS = 2
"""How often the archive is downloaded before it is given up."""
ROBOT_HINT = ("ManiSkill's own environments also need its robot, which this package does not: "
              "`python -m mani_skill.utils.download_asset widowx250s`")


@dataclass(frozen=True)
class Archive:
    """A zip archive in a dataset repository.  sha256: hex, of the archive."""

    repo: str
    file: str
    sha256: str


OFFICIAL = Archive("haosulab/ManiSkill_bridge_v2_real2sim", "bridge_v2_real2sim_dataset.zip",
                   "618512a205b4528cafecdad14b1788ed1130879f3064deb406516ed5b9c5ba92")


def pull_simpler(hub: Hub | None = None, archive: Archive = OFFICIAL) -> Path:
    """The data set's folder in ManiSkill's asset folder ($MS_ASSET_DIR/data or ~/.maniskill/data), downloaded and
    unpacked if it is not there as it should be.

    A folder that is there and holds something else is kept under another name.  Raises PackError.
    """
    hub = hub or Hub()
    folder = maniskill_folder().absolute()
    target = folder / DATA_SET
    with only_process(archive.repo, hub), _disk(folder):
        if not (wrong := wrong_files(folder)):
            LOG.info("the official assets are there already")
        else:
            if target.exists():
                LOG.warning("%s is not as it should be: %s is missing or another file", target, wrong[0])
            _unpack(_downloaded(archive, hub), folder)
    if find_spec("mani_skill") is not None and not (folder / "robots/widowx").is_dir():
        LOG.info(ROBOT_HINT)
    return target


def wrong_files(folder: Path) -> tuple[str, ...]:
    """What is missing of the data set in a ManiSkill asset folder, or is not the official file; relative paths."""
    wanted = {f"{MODELS_FOLDER}/{model.model_id}/{name}": sha256
              for model in MODELS.values() for name, sha256 in model.files.items()}
    wrong = [name for name, sha256 in wanted.items()
             if not (folder / name).is_file() or sha256_of(folder / name) != sha256]
    return (*wrong, *(name for name in (PHOTOGRAPH, STAGE, *FACTS) if not (folder / name).is_file()))


def _downloaded(archive: Archive, hub: Hub) -> Path:
    """The archive in the Hub's cache, its checksum compared.  Raises PackError."""
    with in_plain_words(hub, archive.repo, file=archive.file), quiet_elsewhere():
        for _ in range(DOWNLOADS):
            file = Path(hf_hub_download(
                archive.repo, archive.file, repo_type=REPO_TYPE, cache_dir=hub.cache, endpoint=hub.endpoint,
                token=hub.token, library_name=LIBRARY, library_version=gen3d_bench.__version__,
            ))
            with byte_bar("Checking", file.stat().st_size) as advance:
                found = sha256_of(file, advance)
            if found == archive.sha256:
                return file
            LOG.warning("%s of %s has another checksum than it should have", archive.file, archive.repo)
            for path in (Path(os.path.realpath(file)), file):
                path.unlink(missing_ok=True)
    raise DamagedPackError(
        f"{archive.file} of {archive.repo} arrived {DOWNLOADS} times with another checksum (sha256 {found[:12]}..., "
        f"not {archive.sha256[:12]}...); nothing of it is used. Try again later; if it stays so, the data set has "
        "changed and a newer gen3d-bench is needed"
    )


def _unpack(file: Path, folder: Path) -> None:
    """Puts the data set in place: unpacked beside it, compared, and renamed."""
    target = folder / DATA_SET
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f".{target.name}.*.tmp"):  # of processes that were killed
        shutil.rmtree(leftover, ignore_errors=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        # Unpacked as a ManiSkill asset folder of its own, so that it can be looked at as one.
        (temporary / DATA_SET).mkdir(parents=True)
        with byte_bar("Unpacking", unpacked_size(file)) as advance:
            unpack(file, temporary / DATA_SET, LIMITS, advance)
        if wrong := wrong_files(temporary):
            raise PackError(f"{file}: lacks {wrong[0]}, or it is another file than this package knows; a newer "
                            "gen3d-bench is needed")
        if os.path.lexists(target):
            kept = target.with_name(f"{target.name}.old-{uuid.uuid4().hex[:8]}")
            os.replace(target, kept)
            LOG.warning("what was there is now %s; delete it if you do not need it", kept)
        os.replace(temporary / DATA_SET, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise PackError(f"the disk is full: the data set does not fit into {folder}; make room, or set "
                            "MS_ASSET_DIR to a folder on a larger disk") from error
        raise PackError(f"cannot keep the data set in {folder} ({error.strerror or error}); make it writable, or set "
                        "MS_ASSET_DIR to a folder that is") from error
