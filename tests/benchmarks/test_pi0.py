"""How long pi0 thinks: against its own matrix products, and against figures of the original code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.agents.pi0.policy import computes_bfloat16
from tests.benchmarks.big_model import observations, products
from tests.benchmarks.figures import Target, interleave, milliseconds

ROOT = Path(__file__).resolve().parents[2]
ORIGINAL_S = {"K10": 2.576, "K1": 2.272}
"""open-pi-zero's code on 2 cores of an AMD EPYC with avx512_bf16, eager, bfloat16: quiet medians."""
ORIGINAL_GIB = 6.4


@contextmanager
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("preset", "batch", "target_ms"), [("mid128", 1, 40), ("mid128", 16, 300), ("small128", 1, None)]
)
def test_one_flow_step(benchmark, take, preset, batch, target_ms, dtype):
    """K = 1: what PPOFlow's rollouts cost."""
    if dtype == torch.bfloat16 and not computes_bfloat16():
        pytest.skip("this CPU does not compute in bfloat16")
    model = Pi0.initialised(Pi0Config.preset(preset), 0).eval().to(dtype)
    inputs = observations(model.config, batch, dtype)
    noise = torch.randn(batch, model.config.horizon, model.config.action_dim, dtype=dtype)
    with two_threads(), torch.inference_mode():
        bare = products(model, lambda: model.sample(inputs, noise, 1))
        ours, others = interleave(benchmark, lambda: model.sample(inputs, noise, 1), {"bare": bare}, rounds=25)
    note = f"{milliseconds(ours)}, its products {milliseconds(others['bare'])}"
    what = f"{preset}, {str(dtype).removeprefix('torch.')}, batch {batch}, K=1"
    take(f"{what} / its matrix products", np.median(ours / others["bare"]), "x", None, note)
    target = Target("<=", target_ms) if target_ms else None
    take(what, 1e3 * float(np.median(ours)), " ms", target, f"least {1e3 * ours.min():.3g}")


@pytest.mark.skipif(shutil.which("g++") is None, reason="compiling for a CPU needs a C++ compiler")
def test_compiled(benchmark, take):
    """By torch.compile, one observation: `gen3d serve --compiled`."""
    dtype = torch.bfloat16 if computes_bfloat16() else torch.float32
    model = Pi0.initialised(Pi0Config.preset("mid128"), 0).eval()
    torch.nn.init.normal_(model.action_decoder.weight, std=0.05)  # without it nothing that is seen matters
    model.to(dtype)
    inputs = observations(model.config, 1, dtype)
    noise = torch.randn(1, model.config.horizon, model.config.action_dim, dtype=dtype)
    with two_threads(), torch.inference_mode():
        eager = partial(model.sample, inputs, noise, 1)
        compiled = partial(torch.compile(model.sample), inputs, noise, 1)
        began = time.perf_counter()
        torch.testing.assert_close(compiled(), eager(), atol=0.05, rtol=0)
        first_s = time.perf_counter() - began
        ours, others = interleave(benchmark, compiled, {"eager": eager}, rounds=25)
    note = f"{milliseconds(ours)}, eager {milliseconds(others['eager'])}; the first took {first_s:.0f} s"
    take(f"mid128, {str(dtype).removeprefix('torch.')}, batch 1, K=1, compiled / eager",
         np.median(ours / others["eager"]), "x", None, note)


def test_bridge(benchmark, take):
    """3.24B parameters, bfloat16, one observation, two threads, in a process of its own."""
    output: list[str] = []

    def run():
        command = [sys.executable, "-m", "tests.benchmarks.big_model", "5"]
        output.append(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)

    benchmark.pedantic(run, rounds=1)
    measured = json.loads(output[-1].splitlines()[-1])
    for name, original in ORIGINAL_S.items():
        note = f"{measured[name]:.3g} s, least {measured['least'][name]:.3g} s; the original {original} s"
        take(f"bridge, {name} / the original, elsewhere", measured[name] / original, "x", Target("<=", 1.05), note)
        products = measured[f"{name} products"]
        take(f"bridge, {name} / its matrix products", measured[name] / products, "x", None,
             f"products {products:.3g} s")
    take("bridge, peak memory", measured["peak_gib"], " GiB", Target("<=", 1.05 * ORIGINAL_GIB), "")
