"""What packs cost on their way: the shipped 100 scenes, from a Hub in another process of this machine.

Plain `snapshot_download` of the same repository is the baseline.  It transfers the same files and checks nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants, snapshot_download
from huggingface_hub.utils import disable_progress_bars, enable_progress_bars

from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.build import build_pack
from gen3d_bench.hf_assets.download import fetch
from gen3d_bench.hf_assets.hub import Hub
from gen3d_bench.hf_assets.pack import read_manifest
from gen3d_bench.hf_assets.sources import pack_source
from gen3d_bench.hf_assets.upload import push
from gen3d_bench.hf_assets.verified import Checksums
from gen3d_bench.scenes.splits import SPLIT_SET
from tests.benchmarks.figures import Target, interleave

ROOT = Path(__file__).resolve().parents[2]
REPO = "ann/gen3d-100"
SCENE = "gen3d-042"
ROUNDS = 3


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "gen3d-100"
    source = pack_source(SPLIT_SET)
    build_pack(source.scenes, folder, name=source.name, version=source.version, splits=source.splits)
    return folder


@pytest.fixture(scope="module")
def hub(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A Hub that has the pack.  In a process of its own, or both ends would share one interpreter."""
    home = tmp_path_factory.mktemp("hub")
    words = [sys.executable, "-m", "tests.hf_assets.hub_server", str(home / "store"), "ann"]
    with (
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdin is not None and server.stdout is not None
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        patch.setenv("GEN3D_CACHE", str(home / "gen3d"))
        disable_progress_bars()
        try:
            hub = Hub(server.stdout.readline().strip(), home / "hf" / "hub", "secret")
            push(pack, REPO, hub=hub)
            yield hub
        finally:
            enable_progress_bars()
            server.stdin.close()


def emptied(hub: Hub) -> None:
    for folder in (hub.cache_folder, Path(os.environ["GEN3D_CACHE"])):
        shutil.rmtree(folder, ignore_errors=True)


def test_pull_of_all_scenes(benchmark, take, hub, pack):
    """Every file, each compared with its checksum."""
    plain = replace(hub, cache=hub.cache_folder.with_name("plain"))

    def empty():
        emptied(hub)
        emptied(plain)

    def pull_plainly():
        snapshot_download(REPO, repo_type="dataset", cache_dir=plain.cache, endpoint=plain.endpoint, token=plain.token)

    seconds, others = interleave(
        benchmark, lambda: fetch(PackAddress.parse(REPO), "everything", hub), {"plain": pull_plainly},
        rounds=ROUNDS, before=empty, warmup=0,
    )
    files = read_manifest(pack).files
    megabytes, median = sum(entry.size for entry in files.values()) / 1e6, float(np.median(seconds))
    note = (f"{len(files)} files, {megabytes:.0f} MB in {median:.3g} s: {megabytes / median:.3g} MB/s, "
            f"{1e3 * median / len(files):.2g} ms a file; plain {np.median(others['plain']):.3g} s")
    take("pull of 100 scenes / plain snapshot_download", np.median(seconds / others["plain"]), "x",
         Target("<=", 1.2), note)


def test_pull_of_what_is_there(benchmark, take, hub):
    """The whole command, as somebody types it a second time; and what scenes="hf://..." adds to a running program."""
    fetch(PackAddress.parse(REPO), "everything", hub)
    words = [sys.executable, "-m", "gen3d_bench", "assets", "pull", REPO]
    settings = {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(hub.cache_folder), "HF_TOKEN": "secret"}
    inside = {"inside": lambda: fetch(PackAddress.parse(REPO), "everything", hub)}
    seconds, others = interleave(
        benchmark, lambda: subprocess.run(words, cwd=ROOT, env=os.environ | settings, check=True, capture_output=True),
        inside, rounds=5, warmup=1,
    )
    note = f"{1e3 * np.median(others['inside']):.3g} ms in a process that runs"
    take("second pull of 100 scenes, whole command", np.median(seconds), " s", Target("<=", 2), note)


def test_pull_of_one_scene(benchmark, take, hub, pack):
    benchmark.pedantic(lambda: fetch(PackAddress.parse(f"{REPO}/{SCENE}"), hub=hub), setup=lambda: emptied(hub),
                       rounds=5, warmup_rounds=1)
    blobs = [blob for blob in (hub.repo_folder(REPO) / "blobs").iterdir() if blob.is_file()]
    manifest = (pack / "pack.json").stat().st_size
    note = (f"{len(blobs)} files, {sum(blob.stat().st_size for blob in blobs) / 1e6:.2g} MB, "
            f"of which the manifest {manifest / 1e6:.2g} MB")
    take("pull of one scene", np.median(benchmark.stats.stats.data), " s", Target("<=", 1), note)


def test_hashing(benchmark, take, hub, pack):
    """What checking cannot be quicker than, from the page cache."""
    files = {path: str(pack / path) for path in read_manifest(pack).files}
    megabytes = sum(os.path.getsize(file) for file in files.values()) / 1e6
    benchmark.pedantic(lambda: Checksums(pack).of(files), rounds=5, warmup_rounds=1)
    data = os.urandom(1 << 26)
    (pack.parent / "one").write_bytes(data)
    start = time.perf_counter()
    Checksums(pack).of({"one": str(pack.parent / "one")})
    one = len(data) / 1e6 / (time.perf_counter() - start)
    (pack.parent / "one").unlink()
    note = f"{len(files)} files, {min(8, os.cpu_count() or 1)} threads; {one:.3g} MB/s for one large file"
    take("hashing of a pack", megabytes / np.median(benchmark.stats.stats.data), " MB/s", None, note)
