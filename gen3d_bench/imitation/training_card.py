"""The card of a trained model: what it learned from, how, on what, and what it can do."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch

from gen3d_bench import __version__
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.imitation.checkpoint import Progress
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.imitation.lessons import Lessons
from gen3d_bench.imitation.measure import Imitation
from gen3d_bench.imitation.ranks import Ranks


@dataclass(frozen=True)
class Run:
    """The facts of a finished run."""

    config: ImitationConfig
    preset: str | None
    parameters: int
    frames: int
    """Trained on."""
    episodes: int
    held_out: int
    """Episodes."""
    scenes: int
    glances: int
    steps: int
    seconds: float
    hardware: str
    found: Imitation

    @classmethod
    def of(
        cls, config: ImitationConfig, lessons: Lessons, model: Pi0, progress: Progress, found: Imitation, ranks: Ranks
    ) -> Run:
        return cls(
            config, model.config.preset_name, sum(p.numel() for p in model.parameters()), len(lessons.training),
            lessons.episodes, lessons.held_out_episodes, len(set(lessons.frames.scene_ids)),
            0 if lessons.glances is None else len(lessons.glances), progress.step, progress.seconds, hardware(ranks),
            found,
        )


def hardware(ranks: Ranks) -> str:
    """What computed, in words."""
    if ranks.device.type == "cuda":
        return f"{ranks.world} x {torch.cuda.get_device_name(ranks.device)}"
    name = platform.processor() or platform.machine()
    known = Path("/proc/cpuinfo")  # of Linux
    for line in known.read_text(encoding="utf-8").splitlines() if known.exists() else ():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' * (threads > 1)}" + (f", {ranks.world} processes" if ranks.world > 1 else "")


def training_card(run: Run) -> str:
    """README.md of the model."""
    config, found = run.config, run.found
    per_s = run.steps * config.batch / max(run.seconds, 1e-9)
    kind = f"preset {run.preset}" if run.preset else "a configuration of its own"
    return f"""---
license: apache-2.0
library_name: gen3d-bench
pipeline_tag: robotics
---

# pi0, {run.parameters / 1e6:.1f}M parameters, by imitation

A sibling of pi0 ({kind}) that has seen the oracle of gen3d-bench at work. It is where reinforcement
learning starts, not where it ends.

| | |
|---|---|
| demonstrations | {run.episodes} episodes, {run.frames} frames, {run.scenes} scenes |
{_glances(run)}{_start(config)}| held out | {run.held_out} more episodes |
| training | {run.steps} steps of {config.batch} observations x {config.draws} draws of noise and time{_also(config)} |
| optimiser | AdamW, peak lr {config.lr:g} ({config.schedule}), EMA {config.ema:g} |
| passes over the data | {run.steps * config.batch / max(run.frames, 1):.1f} |
| hardware | {run.hardware} |
| time | {timedelta(seconds=round(run.seconds))} ({per_s:.0f} observations/s) |
| seed | {config.seed} |
| error on held-out frames | {found.translation_cm:.2f} cm and {found.rotation_deg:.2f}° per axis and step |
| gripper right on them | {found.gripper:.1%} |
| flow loss on them | {found.loss:.4f}, shown the picture of another frame {found.blind_loss:.4f} |
| places of the task's two objects | told within {found.places_cm:.1f} cm per axis; patch of the picture found in \
{found.pointed:.0%} |
| gen3d-bench | {__version__} |
"""


def _glances(run: Run) -> str:
    if not run.glances:
        return ""
    return f"| glances | {run.glances} first frames of other episodes: only where things are was learned from them |\n"


def _also(config: ImitationConfig) -> str:
    return f", and {config.glance_batch} glances" if config.glances else ""


def _start(config: ImitationConfig) -> str:
    if config.init is None:
        return ""
    # A run's model lies in its subfolder "model", which tells nobody anything.
    name = config.init.resolve().parent.name if config.init.name == "model" else config.init.name
    return f"| started from | another model ({name}) |\n"
