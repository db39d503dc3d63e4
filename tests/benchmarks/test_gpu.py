"""How soon the Bridge-sized pi0 answers on a GPU, against what its weights and its arithmetic must take there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0
from tests.benchmarks.big_model import observations, random_model
from tests.benchmarks.figures import Target, interleave

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
PAPER_MS = {10: (267, 172), 1: (98, 73)}
"""K -> eager and compiled, on a GPU that is not named (paper, Table B.1)."""
TARGET_MS = 12
"""Of K = 1, on an H200-class card."""
MODES = {"compiled": "default", "with CUDA graphs": "reduce-overhead"}
ROUNDS = 100


def least(work: Callable[[], object], rounds: int = 10) -> float:
    """Seconds of the quickest of some calls, by the device's own clock."""
    seconds = []
    for _ in range(rounds):
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        began.record()
        work()
        ended.record()
        torch.cuda.synchronize()
        seconds.append(began.elapsed_time(ended) / 1e3)
    return min(seconds)


@pytest.fixture(scope="module")
def speeds() -> tuple[float, float]:
    """Bytes read and operations done in bfloat16 a second, at best: of a sum over 2 GB and a product of matrices."""
    many = torch.ones(2**30, dtype=torch.bfloat16, device="cuda")
    square = torch.ones(8192, 8192, dtype=torch.bfloat16, device="cuda")
    return many.nbytes / least(many.sum), 2 * 8192**3 / least(lambda: square @ square)


def floor_s(model: Pi0, steps: int, bytes_per_s: float, operations_per_s: float) -> float:
    """Reading the observation, by its arithmetic or its weights, then the expert's weights in each step."""
    config = model.config
    expert = sum(p.nbytes for p in model.joint_model.mixtures["action"].parameters())
    vision, vlm = (sum(p.numel() for p in part.parameters() if p.ndim > 1)
                   for part in (model.vision_tower, model.joint_model.mixtures["vlm"]))
    operations = 2 * (vision * config.n_images * config.patches + vlm * config.prefix_tokens)
    read = 2 * (vision + vlm) / bytes_per_s
    return max(operations / operations_per_s, read) + (1 + steps) * expert / bytes_per_s


@pytest.mark.parametrize("steps", [10, 1])
def test_latency(benchmark, take, speeds, steps):
    """One observation, bfloat16, p50 and p99; the parts of a round wait for the GPU."""
    config = Pi0Config.preset("bridge")
    model = random_model(config).cuda()
    inputs = observations(config, 1, torch.bfloat16).to("cuda", torch.bfloat16)
    noise = torch.randn(1, config.horizon, config.action_dim, dtype=torch.bfloat16, device="cuda")

    def waited(sample: Callable[..., object]) -> None:
        sample(inputs, noise, steps)
        torch.cuda.synchronize()

    with torch.inference_mode():
        works = {name: partial(waited, torch.compile(model.sample, mode=mode)) for name, mode in MODES.items()}
        eager, others = interleave(benchmark, partial(waited, model.sample), works, rounds=ROUNDS, warmup=5)
    floor = floor_s(model, steps, *speeds)
    card = torch.cuda.get_device_name()
    for name, seconds in {"eager": eager, **others}.items():
        p50, p99 = np.percentile(1e3 * seconds, [50, 99])
        target = Target("<=", TARGET_MS) if steps == 1 and name == "with CUDA graphs" else None
        paper = PAPER_MS[steps][name != "eager"]
        take(f"bridge on {card}, K={steps}, {name}", p50, " ms", target,
             f"p99 {p99:.3g} ms; the paper {paper} ms, elsewhere")
        take(f"bridge on {card}, K={steps}, {name} / its floor", p50 / (1e3 * floor), "x", None,
             f"floor {1e3 * floor:.3g} ms at {speeds[0] / 1e12:.2g} TB/s and {speeds[1] / 1e12:.3g} TFLOP/s")
