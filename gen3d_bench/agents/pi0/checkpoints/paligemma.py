"""PaliGemma's weights (Hugging Face) for the part of pi0 that sees and reads: where training from PaliGemma starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from gen3d_bench.agents.pi0.checkpoints.openpi import read
from gen3d_bench.agents.pi0.checkpoints.strict import fill
from gen3d_bench.agents.pi0.modeling import Pi0

NAMES = (
    (r"^(model\.)?language_model\.(model\.)?embed_tokens\.", "embed_tokens."),
    (r"^(model\.)?language_model\.(model\.)?layers\.", "joint_model.mixtures.vlm.layers."),
    (r"^(model\.)?vision_tower\.", "vision_tower."),
    (r"^(model\.)?multi_modal_projector\.", "multi_modal_projector."),
)
"""As google/paligemma-3b-pt-224 has them and as newer releases of transformers do -> ours."""
DROPPED = r"^(model\.)?language_model\.(model\.)?norm\.weight$|lm_head\.weight$"


def load_vlm(model: Pi0, weights: Mapping[str, Tensor] | str | Path) -> tuple[str, ...]:
    """Give a model's pictures and words PaliGemma's weights, from a state dict, file or folder.

    Returns the names of what PaliGemma does not have: the action expert, which stays as it was.  Raises
    CheckpointError for whatever else is missing, unexpected or misshapen.
    """
    state = weights if isinstance(weights, Mapping) else read(Path(weights))
    found = {_renamed(name): tensor for name, tensor in state.items() if not re.search(DROPPED, name)}
    others = {name: tensor for name, tensor in model.state_dict().items() if _of_robot(name)}
    fill(model, {**found, **others}, "PaliGemma" if isinstance(weights, Mapping) else weights)
    return tuple(others)


def _of_robot(name: str) -> bool:
    return name.startswith(("joint_model.mixtures.action.", "action_", "proprio_"))


def _renamed(name: str) -> str:
    for pattern, ours in NAMES:
        renamed, count = re.subn(pattern, ours, name)
        if count:
            return renamed
    return name
