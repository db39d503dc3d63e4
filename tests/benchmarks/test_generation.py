"""What a new scene costs: designed, built, laid out and checked, on one core and with nothing in the cache."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.jobs import plan
from gen3d_bench.worldgen.pipeline.scene import make_scene
from gen3d_bench.worldgen.procedural.generator import generate
from tests.benchmarks.figures import Target, interleave, milliseconds

SENTENCES = (
    "put the pen in the pen holder",
    "put the carrot on the plate",
    "stack the red cube on the blue cube",
    "put the spoon in the black jar",
    "put the green apple in the basket",
    "put the eraser on the notebook",
)
PER_SENTENCE = 3
OBJECTS = {
    "broccoli": "small pale green broccoli",
    "basket": "wicker basket with a blue striped band",
    "plate": "oval white plate with a blue rim",
    "fork": "long brushed metal fork",
    "jar": "matte black ceramic jar with a narrow neck and slightly textured finish",
}
"""Plain and described."""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))


def test_a_new_scene_with_every_check(benchmark, take, tmp_path):
    """In a process that has drawn before.  The baseline makes the same scene's assets again, elsewhere: what is above
    it is designing, arranging and checking."""
    jobs = iter(plan([Task(sentence) for sentence in SENTENCES], PER_SENTENCE + 1))
    config = GenerateConfig(out=tmp_path / "set")
    make_scene(config, next(jobs))  # shaders are compiled once per process
    assets: list[float] = []
    accepted: list[bool] = []

    def make():
        made = make_scene(config, next(jobs))
        accepted.append(made.record.accepted)
        if made.scene is not None:
            store = AssetStore(tmp_path / f"again-{len(accepted)}")
            start = time.perf_counter()
            store.prepare([made.scene])
            assets.append(time.perf_counter() - start)
        return made

    rounds = PER_SENTENCE * len(SENTENCES)
    benchmark.pedantic(make, rounds=rounds)
    seconds = np.array(benchmark.stats.stats.data)
    making = np.array(assets)
    whole = float(np.median(seconds)) - float(np.median(making))  # the assets were made twice
    note = f"slowest {seconds.max():.3g} s; {sum(accepted)} of {rounds} accepted; assets alone {milliseconds(making)}"
    take("new scene with every check, one core", whole, " s", Target("<=", 10), note)
    take("new scene / its assets alone", whole / float(np.median(making)), "x")


def test_an_object_and_its_description(benchmark, take, tmp_path):
    """The files of an object in a process that has made others; what describing words add to it."""
    turn = iter(range(10**6))

    def make(prompts: Sequence[str]) -> None:
        number = next(turn)
        folder = tmp_path / str(number)
        folder.mkdir()
        generate(prompts[number // 2 % len(prompts)], number, folder)

    seconds, others = interleave(
        benchmark, lambda: make([*OBJECTS.values()]), {"plain": lambda: make([*OBJECTS])}, rounds=20
    )
    note = f"{milliseconds(others['plain'])} plain"
    take("object, described", 1e3 * np.median(seconds), " ms", Target("<=", 250), note)
    take("object, described / plain", np.median(seconds / others["plain"]), "x", Target("<=", 3))


def test_the_first_scene_of_a_new_process(benchmark, take, tmp_path):
    """`gen3d generate` as a stranger runs it: imports, shaders, one scene, the report."""
    runs = iter(range(10**6))

    def run():
        out = tmp_path / f"run-{next(runs)}"
        words = ["-m", "gen3d_bench", "generate", SENTENCES[0], "--seed", str(next(runs)), "--out", str(out)]
        subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True, env=os.environ)

    benchmark.pedantic(run, rounds=3)
    whole = float(np.median(benchmark.stats.stats.data))
    take("gen3d generate, one scene, whole command", whole, " s", Target("<=", 20))
