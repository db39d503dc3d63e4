"""Checkpoints of open-pi-zero (github.com/allenzren/open-pi-zero): the Bridge models.

Names are the model's own; the weights that state and actions share are saved twice, as `proprio` and as `action`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError, fill, read_pickle, read_safetensors, skeleton
from gen3d_bench.agents.pi0.configuration import ConfigurationError, Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0

COMPILED = "_orig_mod."
"""In names of a model that was compiled when it was saved, anywhere."""
KEPT, COPY = "joint_model.mixtures.action.", "joint_model.mixtures.proprio."


def load(
    weights: Mapping[str, Tensor] | str | Path, config: Pi0Config | Mapping[str, Any] | str | Path
) -> Pi0:
    """A model from a checkpoint, a .pt or .safetensors file or its state dict, in the dtype that it has there.

    config: ours; or open-pi-zero's own, as a resolved mapping or a JSON file that holds it (or holds it as "config").
    Raises CheckpointError, ConfigurationError.
    """
    if not isinstance(config, Pi0Config):
        config = Pi0Config.from_open_pi_zero(config if isinstance(config, Mapping) else _read_config(Path(config)))
    source = "the state dict" if isinstance(weights, Mapping) else weights
    state = dict(weights) if isinstance(weights, Mapping) else read(Path(weights))
    model = skeleton(config)
    fill(model, _untied({name.replace(COMPILED, ""): tensor for name, tensor in state.items()}, source), source)
    return model.eval()


def state_dict(model: Pi0) -> dict[str, Tensor]:
    """A model's weights as open-pi-zero names them, shared ones under both names."""
    state = model.state_dict()
    return state | {name.replace(KEPT, COPY): tensor for name, tensor in state.items() if name.startswith(KEPT)}


def read(file: Path) -> dict[str, Tensor]:
    """The state dict in a file.  Nothing in it is executed; tensors are mapped from it, not copied."""
    if file.suffix == ".safetensors":
        return read_safetensors(file)
    content = read_pickle(file)
    state = content.get("model", content) if isinstance(content, dict) else content
    if not isinstance(state, dict) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise CheckpointError(f"{file} holds neither a state dict nor one under \"model\"")
    return state


def _untied(state: Mapping[str, Tensor], source: object) -> dict[str, Tensor]:
    """Without the second copy of shared weights, which must be the same as the first."""
    kept = {name: tensor for name, tensor in state.items() if not name.startswith(COPY)}
    for name, tensor in state.items():
        if not name.startswith(COPY):
            continue
        twin = name.replace(COPY, KEPT)
        first = kept.setdefault(twin, tensor)
        if first.shape != tensor.shape or not torch.equal(first, tensor):
            apart = f"{(first.float() - tensor.float()).abs().max():.3g}" if first.shape == tensor.shape else "shape"
            raise CheckpointError(f"{source}: {name} and {twin} should be the same weights and differ (by {apart}); "
                                  "models whose state has an expert of its own are not supported")
    return kept


def _read_config(file: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file} is no configuration: {error}") from error
    found: Mapping[str, Any] = content.get("config", content)
    return found
