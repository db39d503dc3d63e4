"""Where a training run is, in a file: enough to go on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)

from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError, read_pickle
from gen3d_bench.imitation.average import Average
from gen3d_bench.imitation.learner import Learner
from gen3d_bench.imitation.ranks import Ranks

KEPT = 2
WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)
"""On the CPU and without the prefix that DDP puts before names: what one process saves, several can go on from."""
TRAINED = replace(WHOLE, ignore_frozen_params=True)
"""The same, less what never changes: of a large model with adapters that is nearly all."""


@dataclass
class Progress:
    """How far a run is.  seconds: spent training, over all its sittings."""

    step: int = 0
    seconds: float = 0.0


def save_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, average: Average, progress: Progress,
    settings: Mapping[str, Any], ranks: Ranks,
) -> None:
    """To folder/step-<n>.pt, under another name first; removes all but the newest, and what was never finished.  Every
    process must call this."""
    content = {
        "model": get_model_state_dict(model, options=TRAINED),
        "optimizer": get_optimizer_state_dict(model, optimizer, options=WHOLE),
        "average": average.state(),
        "progress": vars(progress),
        "settings": dict(settings),
    }
    if ranks.first:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"step-{progress.step:08d}.pt"
        partial = file.with_suffix(".part")
        torch.save(content, partial)
        partial.rename(file)
        for old in (*checkpoints(folder)[:-KEPT], *folder.glob("step-*.part")):
            old.unlink()
    ranks.wait()


def whole_model(learner: Learner) -> dict[str, Any]:
    """State dict of the learner's model, whole and on the CPU; only the first of several processes gets it."""
    everything = get_model_state_dict(learner, options=WHOLE)
    return {name.removeprefix("model."): tensor for name, tensor in everything.items() if name.startswith("model.")}


def checkpoints(folder: Path) -> list[Path]:
    """Oldest first."""
    return sorted(folder.glob("step-*.pt"))


def read_checkpoint(file: Path) -> dict[str, Any]:
    """Content of a checkpoint.  Nothing in it is executed.  Raises CheckpointError."""
    try:
        content: dict[str, Any] = read_pickle(file)
    except CheckpointError as error:
        raise CheckpointError(f"{error}. Delete it, and the run goes on from the one before") from error
    return content


def restore(
    content: Mapping[str, Any], model: nn.Module, optimizer: torch.optim.Optimizer, average: Average
) -> Progress:
    """Go on from a checkpoint."""
    set_model_state_dict(model, content["model"], options=StateDictOptions(full_state_dict=True, strict=False))
    set_optimizer_state_dict(model, optimizer, content["optimizer"], options=StateDictOptions(full_state_dict=True))
    average.restore(content["average"])
    return Progress(**content["progress"])
