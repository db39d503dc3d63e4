"""What is trained: the model, and a help that is left out of what is saved.

A few steps of a robot say little about what is on a picture.  A model that starts from nothing learns to go by its
state and the words, which explain most of them, and stays blind.  Two helps mend that.  Each patch of the picture must
say whether the task's source or target stands there: words and looks meet in few steps, since every patch is told.  And
the token of the robot's state, to which actions attend, must say where the two stand on the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0, Pi0Inputs, Prefix
from gen3d_bench.envs.camera import Camera
from gen3d_bench.envs.config import CameraConfig
from gen3d_bench.imitation.dataset import PLACES, Frames

LEAST_SPREAD = 0.01
"""Metres."""
HEIGHT = 0.02
"""Of an object's middle above the table, about (m)."""
BLUR = 0.7
"""Standard deviation of where an object is in the picture (patches)."""


@dataclass(frozen=True)
class Batch:
    """What one process sees in a step.

    inputs: B observations.  actions: [B, C, A].  noise: [B * M, C, A].  t: [B * M].  glances: G observations of which
    only places are known, or None.  places: [B + G, 4], where source and target stand (m), NaN where that is unknown.
    patches: [B + G, 2, patches], how likely source and target are in each patch of the picture, zeros where unknown.
    """

    inputs: Pi0Inputs
    actions: Tensor
    noise: Tensor
    t: Tensor
    glances: Pi0Inputs | None
    places: Tensor
    patches: Tensor


def patches_of(places: NDArray[np.float32], config: Pi0Config) -> Tensor:
    """float32 [B, 2, patches] of places [B, 4], row by row from the upper left; zeros where a place is unknown.

    As the camera sees them from where it usually is.  An episode's camera is elsewhere by up to 5 cm a direction, hence
    BLUR.
    """
    side = config.image_size // config.patch_size
    table = places.reshape(-1, 2, 2)
    known = np.isfinite(table).all(axis=-1)
    points = np.concatenate([np.nan_to_num(table), np.full((*table.shape[:2], 1), HEIGHT)], axis=-1)
    camera = Camera.of(CameraConfig())
    cells = camera.project(points) / camera.config.reference_size * side - 0.5
    across, down = np.meshgrid(np.arange(side), np.arange(side))
    far = ((cells[:, :, None] - np.stack([across.ravel(), down.ravel()], axis=-1)) ** 2).sum(axis=-1)
    likely = torch.from_numpy(-far / (2 * BLUR**2)).softmax(dim=-1)
    return (likely * torch.from_numpy(known)[..., None]).float()


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
        self.point = nn.Sequential(nn.LayerNorm(model.config.vlm.hidden), nn.Linear(model.config.vlm.hidden, 2))
        for head in (self.locate, self.point):  # knowing nothing, whatever torch's own generator holds
            nn.init.zeros_(head[1].weight)
            nn.init.zeros_(head[1].bias)
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
        """Flow-matching loss (paper, Eq. 1); and that of places: cross-entropy of patches, and Huber's loss of how far
        off places on the table are (in spreads)."""
        prefix = self.model.prefill(batch.inputs)
        flow = self.model.errors(prefix, batch.actions, batch.noise, batch.t).mean()
        told, pointed = self._told(prefix), self._pointed(prefix)
        if batch.glances is not None:
            seen = self.model.prefill(batch.glances)
            told, pointed = torch.cat([told, self._told(seen)]), torch.cat([pointed, self._pointed(seen)])
        # What is unknown counts as right.
        wanted = torch.where(batch.places.isfinite(), (batch.places - self.center) / self.spread, told.detach())
        surprise = -(batch.patches * pointed.log_softmax(dim=-1)).sum(dim=-1).mean()
        return flow, functional.smooth_l1_loss(told, wanted) + surprise

    def judged(
        self, inputs: Pi0Inputs, actions: Tensor, noise: Tensor, t: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Flow-matching loss of observations, actions [B, C, A] sampled from the noise, places told [B, 4] (m), and the
        patches [B, 2] where source and target seem to be."""
        prefix = self.model.prefill(inputs)
        loss = self.model.errors(prefix, actions, noise, t).mean()
        places = self._told(prefix) * self.spread + self.center
        return loss, self.model.sample(inputs, noise), places, self._pointed(prefix).argmax(dim=-1)

    def _pointed(self, prefix: Prefix) -> Tensor:
        """Logits [B, 2, patches]; of the first picture where there are several."""
        pointed: Tensor = self.point(prefix.vlm_hidden[:, : self.model.config.patches]).float()
        return pointed.transpose(1, 2)

    def _told(self, prefix: Prefix) -> Tensor:
        told: Tensor = self.locate(prefix.proprio_hidden[:, -1]).float()
        return told
