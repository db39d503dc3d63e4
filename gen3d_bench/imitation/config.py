"""The typed settings of recording and of training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from gen3d_bench.evaluation.config import WORKER_BYTES, SettingError, episode_seed, require_at_least
from gen3d_bench.machine import default_workers

DEMONSTRATIONS = 1
"""Distinguishes seeds of demonstrations from those of evaluations, so that no episode is both practised and judged."""


@dataclass(frozen=True)
class RecordConfig:
    """Which scenes are demonstrated, how often, and where the recordings go."""

    scenes: tuple[str, ...] = ("H0/id",)
    """Scene ids, scene sets, splits such as "H0/id", scene folders, or packs on the Hub ("hf://org/name@v1")."""
    episodes: int = 20
    """Episodes per scene.  A finished recording can be continued with a larger number."""
    steps: int = 0
    """Steps recorded of each episode; 0 records all, and only episodes that succeed go into the dataset.  One step
    takes a twentieth of the time: many layouts to learn from what things look like (`--glances` of
    `gen3d train imitation`)."""
    seed: int = 0
    """All seeds follow from this one; none of them is one of an evaluation."""
    noise: float = 0.5
    """Between 0 and 1: how far what is done strays from what the oracle wants, so that its ways back are shown too."""
    randomization: Literal["train", "eval", "none"] = "train"
    """Domain randomization mode of the environment."""
    image_size: tuple[int, int] = (224, 224)
    """Height and width of the pictures (pixels)."""
    workers: int = 0
    """Processes, each with one environment; 0 takes one per CPU core, fewer where memory is short."""
    output: Path = Path("outputs/demos")
    """Folder for the recordings."""
    stall_s: float = 900.0
    """A worker silent for this long is replaced and its episode tried again."""

    def __post_init__(self) -> None:
        if not self.scenes:
            raise SettingError("scenes: name at least one scene or split")
        require_at_least(1, episodes=self.episodes)
        require_at_least(0, seed=self.seed, steps=self.steps, workers=self.workers)
        if not 0 <= self.noise <= 1:
            raise SettingError(f"noise: {self.noise} is not between 0 and 1")
        if min(self.image_size) < 16:
            raise SettingError(f"image_size: {self.image_size} is too small, the least is 16 x 16 pixels")

    @property
    def worker_count(self) -> int:
        return self.workers or default_workers(WORKER_BYTES)


def demonstration_seed(base: int, scene_id: str, episode: int) -> int:
    """Seed in [0, 2**31) of one demonstration; depends on nothing but its arguments."""
    return episode_seed(base, scene_id, episode, stream=(DEMONSTRATIONS,))


@dataclass(frozen=True)
class ImitationConfig:
    """Which model learns from which demonstrations, and how."""

    data: Path = Path("outputs/demos/dataset")
    """A LeRobot dataset, as `gen3d demos record` makes them."""
    config: str = "mid128"
    """Preset of the model: bridge, openpi, mid128, small64, small128.  A model given by `init` has its own."""
    glances: Path | None = None
    """A dataset of first frames (`gen3d demos record --steps 1`), from which only where things are is learned."""
    glance_batch: int = 64
    """First frames in a step, over all processes, where there are glances."""
    places: float = 1.0
    """Weight of telling where the task's two objects stand, a help for models that start from nothing; 0 leaves flow
    matching alone (paper, Eq. 1)."""
    init: Path | None = None
    """Model to start from, instead of random weights: a folder, gen3d-pi0-small, or one on the Hub (org/name)."""
    lora: int = 0
    """Rank of adapters (LoRA) on all that sees and reads, of a model given by `init`; besides them only the action
    expert is trained then (the paper: 32).  0 trains everything."""
    output: Path = Path("outputs/imitation")
    """Folder of the run: checkpoints, logs for TensorBoard and the finished model.  A run that is there goes on."""
    steps: int = 20_000
    """Optimiser steps."""
    batch: int = 64
    """Observations in a step, over all processes."""
    draws: int = 4
    """Draws of noise and time for each observation: reading it costs far more than a draw."""
    lr: float = 1e-3
    """Peak learning rate."""
    warmup: int = 200
    """Steps until it is reached."""
    schedule: Literal["cosine", "wsd"] = "wsd"
    """After warm-up: along a cosine to the end, or constant and then linear to the end over `decay` steps.  Then a run
    that was stopped before these can be prolonged as if it had been longer from the start; one that had ended goes on
    from its low rate at the peak again."""
    decay: int = 2000
    """Steps of the schedule wsd's last part."""
    weight_decay: float = 0.01
    """Of matrices; vectors have none."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    ema: float = 0.999
    """Decay of the average of weights, which is what is judged and saved."""
    time_law: Literal["beta", "uniform"] = "beta"
    """Law of the flow's training times."""
    jitter: float = 0.1
    """Largest relative change of brightness and contrast of a picture."""
    held_out: float = 0.04
    """Share of episodes that are not trained on but measured with."""
    seed: int = 0
    """Of weights, order, noise and times."""
    eval_every: int = 500
    """Steps between measurements on held-out episodes."""
    rollouts: int = 0
    """Episodes played at each of them, too, in the simulator and by the first process."""
    rollout_scenes: tuple[str, ...] = ("H0/id",)
    """Where."""
    save_every: int = 500
    """Steps between checkpoints, of which the last two are kept."""
    log_every: int = 50
    """Steps between lines of the log."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to compute."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of matrix products (weights stay float32): by default bfloat16 on a GPU and float32 on a CPU, where it is
    faster."""
    fsdp: bool = False
    """Shard weights, gradients and optimiser over processes (FSDP2) instead of copying them (DDP)."""
    threads: int = 0
    """CPU threads; 0 leaves it to torch."""
    saved: Literal["float32", "bfloat16", "float16"] = "float32"
    """Of the finished model's weights."""
    wandb: bool = False
    """Log to Weights & Biases too, where it is installed."""

    def __post_init__(self) -> None:
        require_at_least(1, steps=self.steps, batch=self.batch, glance_batch=self.glance_batch, draws=self.draws,
                         eval_every=self.eval_every, save_every=self.save_every, log_every=self.log_every)
        require_at_least(0, warmup=self.warmup, decay=self.decay, seed=self.seed, rollouts=self.rollouts,
                         threads=self.threads, lora=self.lora)
        if self.lora and (self.init is None or self.fsdp):
            raise SettingError("lora: adapters need a model to adapt (init), and are not sharded (fsdp)")
        if self.rollouts and self.fsdp:
            raise SettingError("rollouts: a model in shards cannot play; play with the finished one (gen3d eval)")
        if self.places < 0:
            raise SettingError(f"places: {self.places} must not be negative")
        if not (self.lr > 0 and self.clip > 0):
            raise SettingError(f"lr and clip: {self.lr} and {self.clip} must be positive")
        if not (0 <= self.ema < 1 and 0 < self.held_out < 1):
            raise SettingError(f"ema and held_out: {self.ema} and {self.held_out} must be below 1, held_out above 0")
        if self.warmup + (self.decay if self.schedule == "wsd" else 0) > self.steps:
            raise SettingError(f"steps: {self.steps} are fewer than warm-up ({self.warmup}) and decay ({self.decay}) "
                               "together; lower warmup and decay for a short run")

    def learning_rate(self, step: int) -> float:
        """Of optimiser step `step`, counted from 0."""
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        if self.schedule == "wsd":
            return self.lr * min(1.0, (self.steps - step) / max(self.decay, 1))
        return self.lr * 0.5 * (1 + float(np.cos(np.pi * (step - self.warmup) / (self.steps - self.warmup))))
