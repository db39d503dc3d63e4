"""A model with all that it needs in one folder:

    config.json          sizes and switches, format version, sha256 of the three files below
    model.safetensors    each tensor once
    normalization.json   statistics of states and actions
    tokenizer.json
    README.md            the training card
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError, fill, read_safetensors, skeleton
from gen3d_bench.agents.pi0.configuration import ConfigurationError, Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.agents.pi0.statistics import Normalization
from gen3d_bench.agents.pi0.tokenizer import PromptTokenizer
from gen3d_bench.scenes.io import replace_folder, sha256_of

FORMAT = 1
CONFIG, WEIGHTS, NORMALIZATION, TOKENIZER, CARD = (
    "config.json", "model.safetensors", "normalization.json", "tokenizer.json", "README.md",
)  # fmt: skip
CHECKED = {"weights_sha256": WEIGHTS, "normalization_sha256": NORMALIZATION, "tokenizer_sha256": TOKENIZER}
"""Key in the configuration -> whose checksum it is."""


@dataclass(frozen=True)
class LoadedModel:
    """A model and what goes with it.  sha256: of its weights' file."""

    model: Pi0
    normalization: Normalization
    tokenizer: PromptTokenizer
    sha256: str


def save_model(
    folder: Path,
    model: Pi0,
    normalization: Normalization,
    tokenizer: PromptTokenizer,
    card: str,
    dtype: torch.dtype | None = None,
    weights: Mapping[str, Tensor] | None = None,
) -> None:
    """Write a model folder, with weights in `dtype` (by default as they are).  A model that is there is replaced once
    the new one is complete.  weights: a state dict of whole tensors instead of the model's, which may be sharded.

    Raises CheckpointError for a folder with other things in it, NormalizationError.
    """
    from safetensors.torch import save_file

    folder = folder.resolve()
    require_replaceable(folder)
    normalization.check(7, 7, "the model's statistics")
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    tensors = model.state_dict() if weights is None else weights
    save_file({name: tensor.detach().to("cpu", dtype).contiguous() for name, tensor in tensors.items()}, new / WEIGHTS)
    normalization.save(new / NORMALIZATION)
    tokenizer.save(new / TOKENIZER)
    sums = {key: sha256_of(new / name) for key, name in CHECKED.items()}
    described = {"format": FORMAT, **sums, "model": model.config.to_json()}
    (new / CONFIG).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    (new / CARD).write_text(card, encoding="utf-8")
    replace_folder(folder, new)


def require_replaceable(folder: Path) -> None:
    """Raises CheckpointError if writing a model there would destroy anything but a model."""
    if folder.exists() and not folder.is_dir():
        raise CheckpointError(f"{folder} is a file; a model needs a folder of its own")
    others = {file.name for file in folder.glob("*")} - {CONFIG, WEIGHTS, NORMALIZATION, TOKENIZER, CARD}
    if others:
        raise CheckpointError(f"{folder} holds other things than a model ({', '.join(sorted(others)[:3])}): a model "
                              "needs a folder of its own")
    if folder.exists() and any(folder.iterdir()):
        try:
            read_config(folder / CONFIG)
        except CheckpointError as error:
            raise CheckpointError(f"{folder} holds something, and no model of gen3d-bench ({error}): a model needs a "
                                  "folder of its own") from error


def load_model(folder: Path, device: str | torch.device = "cpu", dtype: torch.dtype | None = None) -> LoadedModel:
    """Read a model folder; weights in `dtype` (by default as they are saved).

    Raises CheckpointError, NormalizationError or TokenizerError, each naming the file and what is wrong with it.
    """
    config, sums = read_config(folder / CONFIG)
    normalization = Normalization.load(folder / NORMALIZATION)
    tokenizer = PromptTokenizer.load(folder / TOKENIZER, config.text_tokens)
    weights = folder / WEIGHTS
    for name, expected in sums.items():
        try:
            found = sha256_of(folder / name)
        except OSError as error:
            raise CheckpointError(f"{folder / name} cannot be read: {error}") from error
        if found != expected:
            raise CheckpointError(f"{folder / name} is not the file that {CONFIG} speaks of (sha256 {found[:12]}, "
                                  f"expected {expected[:12]}): download it again")
    model = skeleton(config)
    fill(model, read_safetensors(weights), weights)
    return LoadedModel(model.to(device, dtype).eval(), normalization, tokenizer, sums[WEIGHTS])


def read_config(file: Path) -> tuple[Pi0Config, dict[str, str]]:
    """What a model folder's config.json says, and the sha256 of files that it gives, by name: of the weights at least.

    Raises CheckpointError.
    """
    try:
        described = json.loads(file.read_text(encoding="utf-8"))
        if described["format"] != FORMAT:
            raise CheckpointError(f"{file} has format {described['format']}, this gen3d-bench reads {FORMAT}")
        sums = {name: str(described[key]) for key, name in CHECKED.items() if key in described or name == WEIGHTS}
        return Pi0Config.from_json(described["model"]), sums
    except FileNotFoundError as error:
        inner = file.parent / "model"  # where a training run leaves its model
        hint = f"; do you mean {inner}?" if (inner / CONFIG).is_file() else ""
        raise CheckpointError(f"no model in {file.parent}: {file.name} is missing{hint}") from error
    except (OSError, ValueError, KeyError, TypeError, ConfigurationError) as error:
        raise CheckpointError(f"{file} describes no model: {error}") from error
