"""Flow matching on demonstrations (paper, Eq. 1): the loop.

What a step sees is a function of the seed and the step's number only, so a run that was stopped goes on bit for bit
(on the same kind of machine), and any number of processes computes the same steps but for rounding.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from gen3d_bench.agents.bridge import to_bridge
from gen3d_bench.agents.pi0.checkpoints.download import model_folder
from gen3d_bench.agents.pi0.checkpoints.own import load_model, require_replaceable, save_model
from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.lora import add_lora, merged
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.agents.pi0.processing import Processor
from gen3d_bench.agents.pi0.statistics import Normalization
from gen3d_bench.agents.pi0.tokenizer import OWN, PromptTokenizer
from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.extras import require
from gen3d_bench.imitation.average import Average
from gen3d_bench.imitation.checkpoint import (
    Progress,
    checkpoints,
    read_checkpoint,
    restore,
    save_checkpoint,
    whole_model,
)
from gen3d_bench.imitation.claim import claimed
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.imitation.dataset import load_frames
from gen3d_bench.imitation.episode_file import DemonstrationError
from gen3d_bench.imitation.learner import Batch, Learner
from gen3d_bench.imitation.lessons import Lessons, make_batch
from gen3d_bench.imitation.log import TrainingLog
from gen3d_bench.imitation.measure import Imitation, measure
from gen3d_bench.imitation.ranks import Ranks, joined, spread, whole
from gen3d_bench.imitation.training_card import Run, training_card

if TYPE_CHECKING:
    from gen3d_bench.imitation.rollouts import Rollouts

LOG = logging.getLogger(__name__)
MODEL, CHECKPOINTS = "model", "checkpoints"
BETAS = (0.9, 0.95)
MUCH_BEYOND = 0.05
"""Share of values that lose something to another data set's statistics; to their own, 2 % do."""


def train(config: ImitationConfig) -> Path:
    """Train to the end, or from where an earlier run in the same folder stopped; returns the model's folder.

    Raises SettingError, DemonstrationError, CheckpointError; KeyboardInterrupt after saving when asked to stop.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    with joined(config) as ranks, claimed(config.output, "training") if ranks.first else nullcontext():
        return _train(config, ranks)


def _train(config: ImitationConfig, ranks: Ranks) -> Path:
    require_replaceable((config.output / MODEL).resolve())
    model, processor, lessons, base = _begin(config)
    frames = lessons.frames
    for parameter in model.idle_parameters().values():
        parameter.requires_grad_(False)
    learner = Learner.of(model, frames).to(ranks.device)
    called = spread(learner, ranks, config.fsdp)
    optimizer = _optimizer(learner, config)
    average = Average(learner, config.ema)
    settings = _settings(config, lessons) | {"weights at the start": base}
    progress = _resume(config, settings, called, optimizer, average)
    with (TrainingLog(config, ranks, progress) as log, _asked_to_stop(ranks) as asked,
          _players(config, learner, processor) as rollouts):
        if progress.step == 0:
            log.say(f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f}M parameters, {lessons}, {ranks.world} "
                    f"process{'es' * (ranks.world > 1)} on {ranks.device.type}")
        found: Imitation | None = None
        while progress.step < config.steps:
            began = time.perf_counter()
            batch = make_batch(lessons, processor, config, progress.step, ranks)
            loaded = time.perf_counter()
            loss, norm = _step(called, optimizer, batch, config, progress.step, ranks)
            average.update(progress.step)
            progress.step += 1
            progress.seconds += time.perf_counter() - began
            log.step(loss, norm, config.learning_rate(progress.step - 1), loaded - began)
            stop = ranks.any(bool(asked))
            if progress.step % config.save_every == 0 or progress.step == config.steps or stop:
                save_checkpoint(config.output / CHECKPOINTS, called, optimizer, average, progress, settings, ranks)
            if progress.step % config.eval_every == 0 or progress.step == config.steps:
                with average.used():
                    found = measure(learner, frames, lessons.held_out, processor)
                    played = rollouts.play() if rollouts is not None and ranks.first else None
                log.measured(found, played)
            if stop:
                log.say(f"stopped at step {progress.step}; the same command goes on from there")
                raise KeyboardInterrupt
    with average.used():  # also while they are written: a state dict is no copy
        found = found or measure(learner, frames, lessons.held_out, processor)
        weights = merged(model) if config.lora else whole_model(learner)
        run = Run.of(config, lessons, model, progress, found, ranks)
        if ranks.first:
            save_model(config.output / MODEL, model, processor.normalization, processor.tokenizer, training_card(run),
                       getattr(torch, config.saved), weights)
    ranks.wait()
    return config.output / MODEL


@contextmanager
def _players(config: ImitationConfig, learner: Learner, processor: Processor) -> Iterator[Rollouts | None]:
    """The simulator is imported only where something is played in it."""
    if not config.rollouts:
        yield None
        return
    from gen3d_bench.imitation.rollouts import Rollouts

    with closing(Rollouts(config, learner.model, processor)) as rollouts:
        yield rollouts


def _begin(config: ImitationConfig) -> tuple[Pi0, Processor, Lessons, str]:
    """The model as it starts, what it learns from, and where its weights are from: the checksum of their file."""
    base = f"random, seed {config.seed}"
    if config.init is not None:
        loaded = load_model(model_folder(str(config.init)))
        base = loaded.sha256
        LOG.info("from %s: its configuration (%s) holds, not --config", config.init,
                 loaded.model.config.preset_name or "of its own")
        model, normalization, tokenizer = loaded.model.float().train(), loaded.normalization, loaded.tokenizer
        if config.lora:
            require("train", "peft")
            add_lora(model, config.lora)
        frames = load_frames(config.data, model.config)
        far = np.mean(normalization.beyond(to_bridge(frames.action)))
        if far > MUCH_BEYOND:
            LOG.warning("%.0f%% of the actions' values lie beyond the model's statistics (%s) and are learned clipped",
                        100 * far, normalization.source)
    else:
        model = Pi0.initialised(Pi0Config.preset(config.config), config.seed)
        tokenizer = PromptTokenizer.load(OWN, model.config.text_tokens)
        frames = load_frames(config.data, model.config)
        normalization = Normalization.of(to_bridge(frames.action), frames.state,
                                         f"{len(frames)} frames, dataset {frames.fingerprint[:12]}")
    if len(frames) == len(frames.instructions):
        raise DemonstrationError(f"{config.data} has first frames only, from which no motion is learned: give it as "
                                 "--glances, and demonstrations as --data")
    glances = None if config.glances is None else load_frames(config.glances, model.config)
    lessons = Lessons(frames, *frames.split(config.held_out, config.seed), glances)
    if not (len(lessons.training) and len(lessons.held_out)):
        raise DemonstrationError(f"{config.data}: of {len(frames.instructions)} episodes, {config.held_out:.0%} held "
                                 "out, none are left to train on or to measure with; record more or change held_out")
    return model, Processor(model.config, normalization, tokenizer), lessons, base


def _settings(config: ImitationConfig, lessons: Lessons) -> dict[str, Any]:
    """What a run cannot change when it goes on."""
    free = {"data", "glances", "output", "steps", "decay", "eval_every", "rollouts", "rollout_scenes", "save_every",
            "log_every", "device", "fsdp", "threads", "saved", "wandb"}
    fixed = {name: str(value) for name, value in asdict(config).items() if name not in free}
    glances = None if lessons.glances is None else lessons.glances.fingerprint
    return fixed | {"dataset": lessons.frames.fingerprint, "first frames": str(glances)}


def _resume(
    config: ImitationConfig, settings: dict[str, Any], model: nn.Module, optimizer: torch.optim.Optimizer,
    average: Average,
) -> Progress:
    files = checkpoints(config.output / CHECKPOINTS)
    if not files:
        return Progress()
    content = read_checkpoint(files[-1])
    changed = [f"{name} was {old}, is {settings.get(name)}" for name, old in content["settings"].items()
               if settings.get(name) != old]
    if changed:
        raise SettingError(f"output: {config.output} holds another run ({'; '.join(changed)}); choose another folder")
    progress = restore(content, model, optimizer, average)
    if progress.step > config.steps:
        raise SettingError(f"steps: {config.output} is at step {progress.step} already, more than {config.steps}")
    LOG.info("going on from step %d", progress.step)
    return progress


def _optimizer(model: nn.Module, config: ImitationConfig) -> torch.optim.Optimizer:
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [{"params": [p for p in trained if p.ndim >= 2], "weight_decay": config.weight_decay},
              {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.lr, betas=BETAS, fused=True)


def _step(
    called: nn.Module, optimizer: torch.optim.Optimizer, batch: Batch, config: ImitationConfig, step: int, ranks: Ranks
) -> tuple[torch.Tensor, torch.Tensor]:
    """Flow-matching loss and gradient norm of one optimiser step.  Raises SettingError for a loss that is no number."""
    for group in optimizer.param_groups:
        group["lr"] = config.learning_rate(step)
    half = config.precision == "bfloat16" or (config.precision == "auto" and ranks.device.type == "cuda")
    with torch.autocast(ranks.device.type, torch.bfloat16, enabled=half):
        flow, off = called(batch)
    (flow + config.places * off).backward()
    norm = whole(nn.utils.clip_grad_norm_(called.parameters(), config.clip))
    if not torch.isfinite(norm):
        raise SettingError(f"lr: at step {step} the loss is {flow.item()} and the gradient's norm {norm.item()}; "
                           "choose a lower one, or look at the data")
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return ranks.mean(flow.detach()), norm


@contextmanager
def _asked_to_stop(ranks: Ranks) -> Iterator[list[int]]:
    """Signals (SIGINT, SIGTERM) that have come since; a step is finished and saved first, unless a second one comes.
    (torchrun passes on what the terminal has sent already: of several processes all hear the first one twice.)"""
    received: list[int] = []

    def ask(number: int, frame: object) -> None:
        if received and ranks.world == 1:
            raise KeyboardInterrupt
        received.append(number)
        if ranks.first:
            LOG.warning("stopping when this step is done and saved; once more stops at once")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
