"""Loads weights into a model with nothing left over on either side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0

LISTED = 12
"""Lines of each kind in an error."""


class CheckpointError(Exception):
    """Weights cannot be read, or do not fit the model; the message lists what is wrong."""


def skeleton(config: Pi0Config) -> Pi0:
    """A model whose weights take no memory and hold nothing, to be filled."""
    with torch.device("meta"):
        return Pi0(config)


def fill(model: Pi0, weights: Mapping[str, Tensor], source: object) -> None:
    """Give a model these weights, without a copy.  Raises CheckpointError with every tensor that is missing, unexpected
    or misshapen; the model is then as it was."""
    expected = model.state_dict()
    problems = [
        *_section("missing", expected.keys() - weights.keys()),
        *_section("unexpected", weights.keys() - expected.keys()),
        *_section("misshapen", (
            f"{name} is {list(weights[name].shape)}, the model has {list(tensor.shape)}"
            for name, tensor in expected.items() if name in weights and weights[name].shape != tensor.shape
        )),
    ]  # fmt: skip
    if problems:
        raise CheckpointError("\n".join([f"{source} does not fit the model:", *problems]))
    # With assign, weights become parameters as they are: dtype and memory are the file's.
    model.load_state_dict(dict(weights), strict=True, assign=True)


def _section(title: str, lines: Iterable[str]) -> list[str]:
    """Lines of one kind of problem, those that differ in a layer's number only counted as one."""
    groups: dict[str, int] = {}
    for line in sorted(lines):
        pattern = re.sub(r"layers\.\d+\.", "layers.*.", line)
        groups[pattern] = groups.get(pattern, 0) + 1
    if not groups:
        return []
    shown = [f"    {pattern}" + (f" ({count} layers)" if count > 1 else "") for pattern, count in groups.items()]
    more = [f"    ... and {len(shown) - LISTED} more"] if len(shown) > LISTED else []
    return [f"  {title}: {sum(groups.values())}", *shown[:LISTED], *more]


def read_pickle(file: Path) -> Any:
    """What torch.save wrote: tensors, mapped from the file, in plain containers.  Nothing in it is executed.

    Raises CheckpointError.
    """
    try:
        return torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    except FileNotFoundError as error:
        raise CheckpointError(f"no checkpoint at {file}") from error
    except (OSError, RuntimeError, EOFError, UnpicklingError) as error:  # by where it is cut or wrong
        reason = str(error).split("\n")[0].split(". ")[0]
        raise CheckpointError(f"{file} is no checkpoint of tensors: {reason}") from error


def read_safetensors(file: Path) -> dict[str, Tensor]:
    """All tensors of a file.  Raises CheckpointError."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(file))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}") from error
