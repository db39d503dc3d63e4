"""Other projects' checkpoints as model folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from gen3d_bench.agents.pi0.checkpoints import open_pi_zero, openpi, paligemma
from gen3d_bench.agents.pi0.checkpoints.own import require_replaceable, save_model
from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.agents.pi0.processing import Processor
from gen3d_bench.agents.pi0.statistics import Normalization, NormalizationError
from gen3d_bench.agents.pi0.tokenizer import PromptTokenizer

Layout = Literal["open-pi-zero", "openpi", "paligemma"]
SEED = 0
"""Of the weights that PaliGemma does not have."""


@dataclass(frozen=True)
class Converted:
    """What was made.  untrained: names of weights that the checkpoint does not have and that start at random."""

    folder: Path
    parameters: int
    untrained: tuple[str, ...]


def convert(
    source: Path, layout: Layout, tokenizer: Path, output: Path, *, config: Path | None = None,
    statistics: Path | None = None, dtype: torch.dtype | None = None,
) -> Converted:
    """Read a checkpoint, every tensor of it accounted for, and write a model folder.

    tokenizer: PaliGemma's tokenizer.json.  config: open-pi-zero's configuration as JSON; by default its Bridge model.
    statistics: a normalization.json; by default those of the Bridge data, but for openpi.  dtype: by default as in the
    checkpoint.
    Raises CheckpointError, ConfigurationError, NormalizationError, TokenizerError.
    """
    require_replaceable(output)
    if layout == "openpi" and statistics is None:
        raise NormalizationError("statistics: openpi normalises by those of a model's own data, which come apart "
                                 "from its weights (norm_stats.json): give a normalization.json (zscore)")
    normalization = Normalization.bridge() if statistics is None else Normalization.load(statistics)
    model, untrained = _read(source, layout, config)
    tokens = PromptTokenizer.load(tokenizer, model.config.text_tokens)
    Processor(model.config, normalization, tokens)  # now, not when it is to act
    parameters = sum(parameter.numel() for parameter in model.parameters())
    save_model(output, model, normalization, tokens, _card(source, layout, parameters, normalization, untrained), dtype)
    return Converted(output, parameters, untrained)


def _read(source: Path, layout: Layout, config: Path | None) -> tuple[Pi0, tuple[str, ...]]:
    if layout == "open-pi-zero":
        return open_pi_zero.load(source, Pi0Config.preset("bridge") if config is None else config), ()
    if layout == "openpi":
        return openpi.load(source), ()
    model = Pi0.initialised(Pi0Config.preset("bridge"), SEED)
    return model, paligemma.load_vlm(model, source)


def _card(
    source: Path, layout: Layout, parameters: int, normalization: Normalization, untrained: tuple[str, ...]
) -> str:
    rest = ("Weights of the action expert are random: this is where training starts." if untrained else
            "Every weight is the checkpoint's.")
    return f"""---
library_name: gen3d-bench
pipeline_tag: robotics
---

# pi0, {parameters / 1e6:,.1f}M parameters

Converted by `gen3d pi0 convert` from `{source.name}` (layout {layout}). {rest} The licence is that of the checkpoint.

Normalised by statistics of: {normalization.source}
"""
