"""Processes that put the same assets in the same place at the same time."""

from __future__ import annotations

import multiprocessing
import shutil
from pathlib import Path

from gen3d_bench.scenes.schema import AssetRef
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.assets.folders import adopt

ROUNDS = 40


def adopt_all(job: tuple[Path, int]) -> int:
    """Adopts copies of one asset under many names; how many lie where they should and are whole."""
    root, number = job
    for k in range(ROUNDS):
        made = root / f"made-{number}-{k}"
        shutil.copytree(root / "asset", made)
        adopt(made, root / "assets", f"thing {k}")
    return ROUNDS


def test_two_processes_do_not_destroy_each_others_folders(tmp_path: Path) -> None:
    asset = AssetStore(tmp_path / "cache").get(AssetRef(generator="procedural", prompt="red cube", seed=1))
    shutil.copytree(asset.folder, tmp_path / "asset")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(adopt_all, [(tmp_path, 0), (tmp_path, 1)], chunksize=1) == [ROUNDS, ROUNDS]
    folders = [path for path in (tmp_path / "assets").iterdir() if path.is_dir()]
    assert len(folders) == ROUNDS
