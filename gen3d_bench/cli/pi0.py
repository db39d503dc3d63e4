"""`gen3d pi0 ...`: models of the reference agent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from tyro.conf import Positional, subcommand

from gen3d_bench.cli.output import console
from gen3d_bench.extras import require

NEEDED = ("torch", "safetensors", "tokenizers", "huggingface_hub")


@dataclass(frozen=True)
class Convert:
    """Make a model folder of another project's checkpoint, for `gen3d eval --policy pi0:FOLDER`, `gen3d serve` and
    `gen3d train imitation --init FOLDER`.

    Every tensor must be there and of the right shape; nothing in a checkpoint is executed.
    """

    checkpoint: Positional[Path]
    """A .pt or .safetensors file, or a folder of safetensors files with their index."""
    layout: Literal["open-pi-zero", "openpi", "paligemma"]
    """Whose it is.  openpi also means lerobot's; of paligemma the action expert starts at random."""
    tokenizer: Path
    """PaliGemma's tokenizer.json (from google/paligemma-3b-pt-224, whose terms must be accepted on the Hub)."""
    output: Path
    """Model folder to write; one that is there is replaced."""
    config: Path | None = None
    """open-pi-zero's configuration, resolved and as JSON; by default that of its Bridge model."""
    statistics: Path | None = None
    """normalization.json to go with it; by default the statistics of the Bridge data.  Layout openpi needs
    its own."""
    dtype: Literal["keep", "float32", "bfloat16", "float16"] = "keep"
    """Of the weights that are written."""

    def run(self) -> int:
        require("pi0", *NEEDED)
        import torch

        from gen3d_bench.agents.pi0.checkpoints.convert import convert

        made = convert(self.checkpoint, self.layout, self.tokenizer, self.output, config=self.config,
                       statistics=self.statistics, dtype=None if self.dtype == "keep" else getattr(torch, self.dtype))
        random = f", {len(made.untrained)} tensors of the action expert at random" if made.untrained else ""
        console().print(f"{made.parameters / 1e6:,.1f}M parameters{random}: {made.folder}", highlight=False,
                        markup=False, soft_wrap=True)
        return 0


@dataclass(frozen=True)
class Info:
    """Say what a model is: its card, sizes and checksum, all of it checked on the way."""

    model: Positional[str]
    """A model folder, a repository on the Hugging Face Hub (org/name[@revision]), or gen3d-pi0-small."""

    def run(self) -> int:
        require("pi0", *NEEDED)
        from rich.markdown import Markdown

        from gen3d_bench.agents.pi0.checkpoints.download import model_folder
        from gen3d_bench.agents.pi0.checkpoints.own import CARD, load_model

        folder = model_folder(self.model)
        loaded = load_model(folder)
        out = console()
        card = (folder / CARD).read_text(encoding="utf-8") if (folder / CARD).exists() else ""
        out.print(Markdown(card.split("---", 2)[-1]))
        config, parameters = loaded.model.config, sum(p.numel() for p in loaded.model.parameters())
        out.print(f"\nfolder   {folder}\nsha256   {loaded.sha256}\nconfig   {config.preset_name or config}\n"
                  f"weights  {parameters / 1e6:,.1f}M {str(loaded.model.dtype).removeprefix('torch.')}",
                  highlight=False, markup=False, soft_wrap=True)
        return 0


Pi0Verb: TypeAlias = Annotated[Convert, subcommand("convert")] | Annotated[Info, subcommand("info")]


@dataclass(frozen=True)
class Pi0Models:
    """Models of pi0, the reference agent: convert other projects' checkpoints, say what a model is."""

    verb: Pi0Verb

    def run(self) -> int:
        return self.verb.run()
