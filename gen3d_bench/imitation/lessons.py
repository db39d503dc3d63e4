"""What is learned from, and which of it a step sees: a function of the seed and the step's number only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from gen3d_bench.agents.pi0.flow import sample_time
from gen3d_bench.agents.pi0.modeling import Pi0Inputs
from gen3d_bench.agents.pi0.processing import Processor
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.imitation.dataset import Frames
from gen3d_bench.imitation.learner import Batch, patches_of
from gen3d_bench.imitation.measure import inputs_of
from gen3d_bench.imitation.ranks import Ranks


@dataclass(frozen=True)
class Lessons:
    """Demonstrations [frames trained on, frames held out], and glances where there are some."""

    frames: Frames
    training: NDArray[np.int64]
    held_out: NDArray[np.int64]
    glances: Frames | None

    @property
    def episodes(self) -> int:
        """Trained on."""
        return len(np.unique(self.frames.episode[self.training]))

    @property
    def held_out_episodes(self) -> int:
        return len(np.unique(self.frames.episode[self.held_out]))

    def __str__(self) -> str:
        return (f"{len(self.training)} frames of {self.episodes} episodes ({self.held_out_episodes} more held out), "
                f"{0 if self.glances is None else len(self.glances)} glances")


def make_batch(lessons: Lessons, processor: Processor, config: ImitationConfig, step: int, ranks: Ranks) -> Batch:
    """This process's share of step `step`."""
    frames, glances = lessons.frames, lessons.glances
    generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
    horizon, dim = processor.config.horizon, processor.config.action_dim
    noise = torch.randn(config.batch, config.draws, horizon, dim, generator=generator)
    t = sample_time(config.batch * config.draws, generator, config.time_law).view(config.batch, config.draws)
    mine = ranks.share(config.batch)
    chosen = lessons.training[_positions(len(lessons.training), config.batch, config.seed, step)[mine]]
    inputs = _relit(inputs_of(frames, chosen, processor), config, mine, config.batch, generator)
    actions = torch.from_numpy(processor.encode_actions(frames.chunks(chosen, horizon)))
    glimpsed, places = None, frames.places[chosen]
    if glances is not None:
        mine_too = ranks.share(config.glance_batch)
        seen = _positions(len(glances), config.glance_batch, config.seed, step)[mine_too]
        glimpsed = _relit(inputs_of(glances, seen, processor), config, mine_too, config.glance_batch, generator)
        glimpsed = glimpsed.to(ranks.device)
        places = np.concatenate([places, glances.places[seen]])
    return Batch(
        inputs.to(ranks.device), actions.to(ranks.device), noise[mine].flatten(0, 1).to(ranks.device),
        t[mine].flatten().to(ranks.device), glimpsed, torch.from_numpy(places).to(ranks.device),
        patches_of(places, processor.config).to(ranks.device),
    )


def _positions(count: int, batch: int, seed: int, step: int) -> NDArray[np.int64]:
    """Of a step's frames among `count`: all in a new order every epoch, batch after batch."""
    numbers = step * batch + np.arange(batch)
    return np.array([_order(count, seed, number // count)[number % count] for number in numbers.tolist()])


@lru_cache(maxsize=8)
def _order(count: int, seed: int, epoch: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(count)


def _relit(
    inputs: Pi0Inputs, config: ImitationConfig, mine: slice, batch: int, generator: torch.Generator
) -> Pi0Inputs:
    """With other contrast and brightness."""
    change = config.jitter * (2 * torch.rand(batch, 2, 1, 1, 1, 1, generator=generator) - 1)[mine]
    pixels = inputs.pixel_values * (1 + change[:, 0]) + change[:, 1]
    return replace(inputs, pixel_values=pixels.clamp(-1, 1))
