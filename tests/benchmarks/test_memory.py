"""What one environment with pictures occupies, and whether that grows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.store import AssetStore
from tests.benchmarks.figures import Target
from tests.benchmarks.memory import RESETS, SCENES

ROOT = Path(__file__).resolve().parents[2]


def test_memory_over_many_resets(benchmark, take):
    AssetStore().prepare(resolve_scenes(SCENES))
    output: list[str] = []

    def run():
        command = [sys.executable, "-m", "tests.benchmarks.memory"]
        output.append(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)

    benchmark.pedantic(run, rounds=1)
    measured = json.loads(output[-1].splitlines()[-1])
    resident = np.array(measured["resident"]).reshape(-1, measured["scenes"]).mean(axis=1)
    rounds = ", ".join(f"{value:.0f}" for value in resident)
    take("peak memory of an environment", measured["peak"] / 1000, " GB", Target("<=", 1.2), f"{RESETS} resets")
    # The first round over the scenes reads them all; a second one lets allocators find their level.
    growth = 100 * (resident[-1] / resident[1] - 1)
    note = f"by round over {len(SCENES)} scenes: {rounds} MB"
    take("growth of memory after two rounds", growth, " %", Target("<=", 5), note)
