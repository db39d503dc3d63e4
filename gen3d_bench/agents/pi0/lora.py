"""LoRA (Hu et al. 2021) as the paper fine-tunes: adapters on all that sees and reads, full training of the expert.

By `peft`.  Adapters stay beside the weights: neither `train()` nor `eval()` changes any.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError, read_safetensors
from gen3d_bench.agents.pi0.modeling import Pi0

ADAPTER = "default"
EXPERT = ("joint_model.mixtures.action.", "action_encoder.", "action_decoder.", "proprio_encoder.")
"""What is trained whole."""


def add_lora(model: Pi0, rank: int = 32, *, dropout: float = 0.0) -> None:
    """Give every linear layer of SigLIP, projector and VLM that actions depend on an adapter (scale 1), and leave
    nothing else to train but the expert.

    Adapters and expert are float32, whatever the frozen weights are: steps of 2e-5 vanish in bfloat16.
    """
    from peft import LoraConfig, inject_adapter_in_model

    idle = model.idle_parameters().keys()
    targets = [name for name, module in model.named_modules()
               if isinstance(module, nn.Linear) and not f"{name}.".startswith(EXPERT) and f"{name}.weight" not in idle]
    config = LoraConfig(r=rank, lora_alpha=rank, lora_dropout=dropout, target_modules=targets, bias="none")
    # peft freezes what it does not adapt; the expert is trained nonetheless.
    inject_adapter_in_model(config, model, adapter_name=ADAPTER)
    for name, parameter in model.named_parameters():
        trained = "lora_" in name or name.startswith(EXPERT)
        parameter.requires_grad_(trained)
        if trained:
            parameter.data = parameter.data.float()


def groups(model: Pi0) -> dict[str, list[nn.Parameter]]:
    """Trained parameters: "vlm_lora" and "expert"."""
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    return {
        "vlm_lora": [p for name, p in trained if "lora_" in name],
        "expert": [p for name, p in trained if "lora_" not in name],
    }


def merged(model: Pi0) -> dict[str, Tensor]:
    """The state dict of a plain `Pi0` that does the same, computed in float32; the model stays as it is."""
    from peft.tuners.lora import LoraLayer

    state: dict[str, Tensor] = {}
    adapted = {name: module for name, module in model.named_modules() if isinstance(module, LoraLayer)}
    for name, tensor in model.state_dict().items():
        if "lora_" in name:
            continue
        owner = name.replace(".base_layer", "").rpartition(".")[0]
        if owner in adapted and name.endswith(".weight"):
            delta = adapted[owner].get_delta_weight(ADAPTER)
            tensor = (tensor.float() + delta.float()).to(tensor.dtype)
        state[name.replace(".base_layer", "")] = tensor
    return state


def save_trained(model: Pi0, file: Path, base_sha256: str) -> None:
    """Adapters and expert only, and which weights they belong to."""
    from safetensors.torch import save_file

    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in _trained(model)}, file,
              metadata={"base_sha256": base_sha256})


def load_trained(model: Pi0, file: Path, base_sha256: str) -> None:
    """Into a model that has adapters already.  Raises CheckpointError for those of other weights or another rank."""
    from safetensors import safe_open

    state = read_safetensors(file)
    with safe_open(file, "pt") as opened:
        base = (opened.metadata() or {}).get("base_sha256")
    if base != base_sha256:
        raise CheckpointError(f"{file} belongs to weights {str(base)[:12]}, not to {base_sha256[:12]}")
    own = dict(_trained(model))
    if own.keys() != state.keys() or any(own[name].shape != state[name].shape for name in own):
        raise CheckpointError(f"{file} has {len(state)} tensors that do not fit the model's {len(own)} trained ones")
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(state[name])


def _trained(model: Pi0) -> Iterator[tuple[str, Any]]:
    return ((name, p) for name, p in model.named_parameters() if p.requires_grad)
