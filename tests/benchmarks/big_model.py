"""Answers observations with a Bridge-sized pi0 of random bfloat16 weights and prints seconds and memory, as JSON.

Run in a process of its own: ROUNDS.  The weights are those of no checkpoint, which costs the same as if they were.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import torch

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


def main() -> None:
    rounds = int(sys.argv[1])
    torch.set_num_threads(2)
    config = Pi0Config.preset("bridge")
    model = random_model(config)
    inputs = observations(config, 1, torch.bfloat16)
    noise = torch.randn(1, config.horizon, config.action_dim, dtype=torch.bfloat16)
    # What memory and arithmetic make unavoidable: every matrix once, on the picture's and prompt's tokens.
    weights = [p for p in model.joint_model.mixtures["vlm"].parameters() if p.ndim == 2]
    sizes = {weight.shape[1] for weight in weights}
    tokens = {size: torch.randn(config.prefix_tokens, size, dtype=torch.bfloat16) for size in sizes}
    seconds: dict[str, list[float]] = {"K10": [], "K1": [], "matrices": []}
    with torch.inference_mode():
        for _ in range(rounds + 1):
            for name, steps in (("K10", 10), ("K1", 1)):
                began = time.perf_counter()
                model.sample(inputs, noise, steps)
                seconds[name].append(time.perf_counter() - began)
            began = time.perf_counter()
            for weight in weights:
                torch.nn.functional.linear(tokens[weight.shape[1]], weight)
            seconds["matrices"].append(time.perf_counter() - began)
    medians = {name: float(np.median(values[1:])) for name, values in seconds.items()}
    print(json.dumps({**medians, "least": {name: min(values[1:]) for name, values in seconds.items()},
                      "peak_gib": peak_memory_mb() * 1e6 / 2**30}))


if __name__ == "__main__":
    main()
