"""Scenes over a library: designed from what it holds, and taken from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen3d_bench.scenes.schema import AssetRef
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.assets.backend import AssetError
from gen3d_bench.worldgen.assets.folders import adopt
from gen3d_bench.worldgen.designer.grammar import GrammarDesigner
from gen3d_bench.worldgen.designer.protocol import Difficulty, Task
from gen3d_bench.worldgen.pipeline.company import Within
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.run import generate

HELD = ("red apple", "white plate", "steel fork", "blue mug")


def library(folder: Path) -> Path:
    """Asset folders as an import leaves them, of things that the built-in generator makes."""
    import shutil

    store = AssetStore()
    for name in HELD:
        asset = store.get(AssetRef(generator="procedural", prompt=name, seed=5))
        made = folder / "raw"
        shutil.copytree(asset.folder, made)
        adopt(made, folder, name)
        shutil.rmtree(made, ignore_errors=True)
    return folder


def test_distractors_are_things_that_the_collection_has() -> None:
    designer = Within(GrammarDesigner(to_order=False), (*HELD, "hamburger", "toy robot"))
    for seed in range(12):
        graph = designer.design(Task("put the apple on the plate"), seed, Difficulty()).graph
        assert {thing.name for thing in graph.distractors} <= {"steel fork", "blue mug"}
    given = designer.design(Task("put the apple on the plate", ("notebook",)), 0, Difficulty()).graph
    assert [thing.name for thing in given.distractors] == ["notebook"]


@pytest.mark.render
def test_a_library_serves_what_it_has_and_says_what_it_has_not(tmp_path: Path) -> None:
    source = library(tmp_path / "library")
    config = GenerateConfig(out=tmp_path / "set", objects=f"library:{source}", workers=1)
    done = generate([Task("put the apple on the plate"), Task("put the pen on the plate")], config)
    good, bad = done.records
    assert good.accepted, good.reason
    assert bad.status == "rejected" and "pen" in bad.reason
    assert all(len(asset.attempts) == 1 for attempt in bad.attempts for asset in attempt.assets)
    files = sorted(path.name for path in (tmp_path / "set/assets").iterdir() if path.is_dir())
    assert any(name.startswith("red-apple") for name in files)


def test_a_library_that_is_not_there_is_said_before_anything_is_made(tmp_path: Path) -> None:
    config = GenerateConfig(out=tmp_path / "set", objects=f"library:{tmp_path / 'nowhere'}")
    with pytest.raises(AssetError, match="nowhere"):
        generate([Task("put the apple on the plate")], config)
    assert not (tmp_path / "set").exists()
