"""The arrays that the original code made: the model in its naming, its inputs, and what it answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0, Pi0Inputs
from tests.shared import shared

ATOL = 2e-5


@dataclass(frozen=True)
class Golden:
    model: Pi0
    inputs: Pi0Inputs
    arrays: dict[str, Tensor]
    facts: dict[str, Any]

    def close(self, name: str, value: Tensor) -> None:
        torch.testing.assert_close(value, self.arrays[name], atol=ATOL, rtol=0)


def load_golden(name: str = "pi0_tiny_a") -> Golden:
    folder = shared("golden")
    facts = json.loads((folder / f"{name}.json").read_text())
    config = Pi0Config.from_open_pi_zero(facts["config"])
    with np.load(folder / f"{name}.npz") as file:
        arrays = {key: torch.from_numpy(file[key]) for key in file.files}
    pictures = config.prefix_tokens - config.text_tokens
    inputs = Pi0Inputs(
        arrays["pixel_values"][:, None],
        arrays["input_ids"][:, pictures:],
        arrays["attention_mask"][:, pictures:].bool(),
        arrays["proprios"],
    )
    return Golden(Pi0.from_open_pi_zero(folder / f"{name}.safetensors", facts["config"]), inputs, arrays, facts)
