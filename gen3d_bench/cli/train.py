"""`gen3d train`: learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tyro.conf import OmitArgPrefixes, Positional

from gen3d_bench.extras import require
from gen3d_bench.imitation.config import ImitationConfig


@dataclass(frozen=True)
class Train:
    """Train pi0 on demonstrations.  A run that was stopped goes on where it was.

    Several processes: torchrun --nproc-per-node 2 -m gen3d_bench train imitation ...
    """

    method: Positional[Literal["imitation"]]
    """How: flow matching on what the oracle did."""
    config: OmitArgPrefixes[ImitationConfig]

    def run(self) -> int:
        require("train", "torch", "pyarrow", "pandas", "tensorboard", "safetensors", "tokenizers")
        from gen3d_bench.imitation.training import train

        print(train(self.config))
        return 0
