"""How long pi0 thinks: against its own matrix products, and against figures of the original code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0
from tests.benchmarks.big_model import observations
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


def products(model: Pi0, run: Callable[[], Any]) -> Callable[[], None]:
    """Does only what the model's linear layers and convolutions do when it runs."""
    calls: list[tuple[nn.Module, torch.Tensor]] = []
    hooks = [module.register_forward_hook(lambda m, given, _: calls.append((m, given[0])))
             for module in model.modules() if isinstance(module, nn.Linear | nn.Conv2d)]
    run()
    for hook in hooks:
        hook.remove()

    def replay() -> None:
        for module, given in calls:
            module(given)

    return replay


@pytest.mark.parametrize(
    ("preset", "batch", "target_ms"), [("mid128", 1, 40), ("mid128", 16, 300), ("small128", 1, None)]
)
def test_one_flow_step(benchmark, take, preset, batch, target_ms):
    """K = 1: what PPOFlow's rollouts cost."""
    model = Pi0.initialised(Pi0Config.preset(preset), 0).eval()
    inputs = observations(model.config, batch, torch.float32)
    noise = torch.randn(batch, model.config.horizon, model.config.action_dim)
    with two_threads(), torch.inference_mode():
        bare = products(model, lambda: model.sample(inputs, noise, 1))
        ours, others = interleave(benchmark, lambda: model.sample(inputs, noise, 1), {"bare": bare}, rounds=25)
    note = f"{milliseconds(ours)}, its products {milliseconds(others['bare'])}"
    take(f"{preset}, batch {batch}, K=1 / its matrix products", np.median(ours / others["bare"]), "x", None, note)
    target = Target("<=", target_ms) if target_ms else None
    take(f"{preset}, batch {batch}, K=1", 1e3 * float(np.median(ours)), " ms", target, f"least {1e3 * ours.min():.3g}")


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
        take(f"bridge, {name} / the VLM's matrix products", measured[name] / measured["matrices"], "x", None,
             f"products {measured['matrices']:.3g} s")
    take("bridge, peak memory", measured["peak_gib"], " GiB", Target("<=", 1.05 * ORIGINAL_GIB), "")
