"""What is trained: the model, and a help that is left out of what is saved.

A few steps of a robot say little about what is on a picture.  A model that starts from nothing learns to go by its
state and the words, which explain most of them, and stays blind.  So the token of the robot's state must also tell
where the two objects of the task stand, which only the picture says; actions attend to that token.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from gen3d_bench.agents.pi0.modeling import Pi0, Pi0Inputs, Prefix
from gen3d_bench.imitation.dataset import PLACES, Frames

LEAST_SPREAD = 0.01
"""Metres."""


@dataclass(frozen=True)
class Batch:
    """What one process sees in a step.

    inputs: B observations.  actions: [B, C, A].  noise: [B * M, C, A].  t: [B * M].  glances: G observations of which
    only places are known, or None.  places: [B + G, 4], where source and target stand (m), NaN where that is unknown.
    """

    inputs: Pi0Inputs
    actions: Tensor
    noise: Tensor
    t: Tensor
    glances: Pi0Inputs | None
    places: Tensor


class Learner(nn.Module):
    """A model that also says where things are."""

    center: Tensor
    spread: Tensor

    def __init__(self, model: Pi0, center: NDArray[np.float32], spread: NDArray[np.float32]) -> None:
        """center, spread: [4], mean and standard deviation of places (m)."""
        super().__init__()
        self.model = model
        self.locate = nn.Sequential(nn.LayerNorm(model.config.action.hidden),
                                    nn.Linear(model.config.action.hidden, PLACES))
        nn.init.zeros_(self.locate[1].weight)
        nn.init.zeros_(self.locate[1].bias)
        self.register_buffer("center", torch.from_numpy(center))
        self.register_buffer("spread", torch.from_numpy(spread))

    @classmethod
    def of(cls, model: Pi0, frames: Frames) -> Learner:
        """With the scale of these frames' places, where they are known."""
        known = frames.places[np.isfinite(frames.places).all(axis=1)]
        if not len(known):
            return cls(model, np.zeros(PLACES, np.float32), np.ones(PLACES, np.float32))
        return cls(model, known.mean(axis=0), np.maximum(known.std(axis=0), LEAST_SPREAD))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Flow-matching loss (paper, Eq. 1), and how far off places are (in spreads, Huber's loss)."""
        prefix = self.model.prefill(batch.inputs)
        flow = self.model.errors(prefix, batch.actions, batch.noise, batch.t).mean()
        told = self._told(prefix)
        if batch.glances is not None:
            told = torch.cat([told, self._told(self.model.prefill(batch.glances))])
        # What is unknown counts as right.
        wanted = torch.where(batch.places.isfinite(), (batch.places - self.center) / self.spread, told.detach())
        return flow, functional.smooth_l1_loss(told, wanted)

    def judged(self, inputs: Pi0Inputs, actions: Tensor, noise: Tensor, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Flow-matching loss of observations, actions [B, C, A] sampled from the noise, and places told [B, 4] (m)."""
        prefix = self.model.prefill(inputs)
        loss = self.model.errors(prefix, actions, noise, t).mean()
        return loss, self.model.sample(inputs, noise), self._told(prefix) * self.spread + self.center

    def _told(self, prefix: Prefix) -> Tensor:
        told: Tensor = self.locate(prefix.proprio_hidden[:, -1]).float()
        return told
