"""Answers observations with a Bridge-sized pi0 of random bfloat16 weights and prints seconds and memory, as JSON.

Run in a process of its own: ROUNDS.  The weights are those of no checkpoint, which costs the same as if they were.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import nn

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0, Pi0Inputs
from gen3d_bench.machine import peak_memory_mb


def random_model(config: Pi0Config) -> Pi0:
    """In bfloat16, without ever being larger."""
    with torch.device("meta"):
        model = Pi0(config).to(torch.bfloat16)
    model.to_empty(device="cpu")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(-0.03, 0.03)
    return model.eval()


def observations(config: Pi0Config, batch: int, dtype: torch.dtype) -> Pi0Inputs:
    generator = torch.Generator().manual_seed(0)
    side, length = config.image_size, config.text_tokens
    return Pi0Inputs(
        torch.rand(batch, config.n_images, 3, side, side, generator=generator).mul(2).sub(1).to(dtype),
        torch.randint(3, 1000, (batch, length), generator=generator), torch.ones(batch, length, dtype=torch.bool),
        torch.zeros(batch, config.proprio_tokens, config.proprio_dim, dtype=dtype),
    )


def products(model: Pi0, run: Callable[[], object]) -> Callable[[], object]:
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


def main() -> None:
    rounds = int(sys.argv[1])
    torch.set_num_threads(2)
    config = Pi0Config.preset("bridge")
    model = random_model(config)
    inputs = observations(config, 1, torch.bfloat16)
    noise = torch.randn(1, config.horizon, config.action_dim, dtype=torch.bfloat16)
    seconds: dict[str, list[float]] = defaultdict(list)
    with torch.inference_mode():
        runs = {name: partial(model.sample, inputs, noise, steps) for name, steps in (("K10", 10), ("K1", 1))}
        for run in runs.values():
            run()
        peak_gib = peak_memory_mb() * 1e6 / 2**30  # products remember what they are of
        runs |= {f"{name} products": products(model, run) for name, run in runs.items()}
        for _ in range(rounds + 1):
            for name, run in runs.items():
                began = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - began)
    medians = {name: float(np.median(values[1:])) for name, values in seconds.items()}
    print(json.dumps({**medians, "least": {name: min(values[1:]) for name, values in seconds.items()},
                      "peak_gib": peak_gib}))


if __name__ == "__main__":
    main()
