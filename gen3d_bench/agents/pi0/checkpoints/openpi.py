"""Checkpoints of openpi (Physical Intelligence) in PyTorch, and of lerobot's pi0: the same names after `model.`.

What they do differently is in the preset `openpi`; where only a sign or a factor differs, it goes into the weights:
their time runs the other way, so their velocity is the negative of ours; they do not scale the expert's inputs by
sqrt(hidden); they put actions before the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError, fill, read_safetensors, skeleton
from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0

LEROBOT = "model."
VLM, EXPERT = "paligemma_with_expert.paligemma.model.", "paligemma_with_expert.gemma_expert.model."
HEAD = "paligemma_with_expert.paligemma.lm_head.weight"
EMBEDDING = f"{VLM}language_model.embed_tokens.weight"
DROPPED = (HEAD, f"{VLM}language_model.norm.weight", "paligemma_with_expert.gemma_expert.lm_head.weight")
"""What makes words of hidden states, which nothing here does."""
PREFIXES = {
    f"{VLM}language_model.embed_tokens.": "embed_tokens.",
    f"{VLM}language_model.layers.": "joint_model.mixtures.vlm.layers.",
    f"{VLM}vision_tower.": "vision_tower.",
    f"{VLM}multi_modal_projector.": "multi_modal_projector.",
    f"{EXPERT}layers.": "joint_model.mixtures.action.layers.",
    f"{EXPERT}norm.": "joint_model.mixtures.action.norm.",
    "action_in_proj.": "action_encoder.linear_1.",
    "action_time_mlp_in.": "action_encoder.linear_2.",
    "action_time_mlp_out.": "action_encoder.linear_3.",
    "state_proj.": "proprio_encoder.",
    "action_out_proj.": "action_decoder.",
}  # fmt: skip
"""Start of a name there -> here."""


def load(weights: Mapping[str, Tensor] | str | Path, config: Pi0Config | None = None) -> Pi0:
    """A model from a state dict, a .safetensors file, or a folder with one or several and an index.

    config: by default the preset `openpi`.  All weights get the dtype of the embeddings: files have norms and patches
    in float32 beside a bfloat16 rest.  Raises CheckpointError.
    """
    config = config or Pi0Config.preset("openpi")
    source = "the state dict" if isinstance(weights, Mapping) else weights
    model = skeleton(config)
    state = weights if isinstance(weights, Mapping) else read(Path(weights))
    fill(model, translate(state, config), source)
    return model.to(model.embed_tokens.weight.dtype).eval()


def translate(state: Mapping[str, Tensor], config: Pi0Config) -> dict[str, Tensor]:
    """Our names and conventions for a state dict of theirs; names that it cannot place stay as they are."""
    if all(name.startswith(LEROBOT) for name in state):
        state = {name.removeprefix(LEROBOT): tensor for name, tensor in state.items()}
    if HEAD in state and EMBEDDING not in state:  # tied, and saved under one name
        state = {**state, EMBEDDING: state[HEAD]}
    scale = config.action.hidden**-0.5
    changes: Mapping[str, Callable[[Tensor], Tensor]] = {
        "action_encoder.linear_2.weight": lambda w: torch.cat(w.chunk(2, dim=1)[::-1], dim=1),
        "action_encoder.linear_3.weight": lambda w: w * scale,
        "action_encoder.linear_3.bias": lambda b: b * scale,
        "proprio_encoder.weight": lambda w: w * scale,
        "proprio_encoder.bias": lambda b: b * scale,
        "action_decoder.weight": torch.neg,
        "action_decoder.bias": torch.neg,
    }  # fmt: skip
    ours = {_renamed(name): tensor for name, tensor in state.items() if name not in DROPPED}
    return {name: changes[name](tensor) if name in changes else tensor for name, tensor in ours.items()}


def _renamed(name: str) -> str:
    for theirs, ours in PREFIXES.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name


def read(path: Path) -> dict[str, Tensor]:
    """All tensors of a file or of a folder's files."""
    if path.is_file():
        return read_safetensors(path)
    index = path / "model.safetensors.index.json"
    if index.is_file():
        files = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    else:
        files = sorted(file.name for file in path.glob("*.safetensors"))
    if not files:
        raise CheckpointError(f"no .safetensors in {path}")
    return {name: tensor for file in files for name, tensor in read_safetensors(path / file).items()}
