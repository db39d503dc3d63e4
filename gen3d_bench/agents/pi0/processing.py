"""Between the environment and the model: pictures, prompts, states and actions, in Bridge's conventions.

What the model calls actions are those of the Bridge data (`agents.bridge`), normalised.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from gen3d_bench.agents.bridge import from_bridge, to_bridge
from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0Inputs
from gen3d_bench.agents.pi0.statistics import Normalization
from gen3d_bench.agents.pi0.tokenizer import PromptTokenizer, TokenizerError
from gen3d_bench.agents.pictures import resized
from gen3d_bench.envs.controller import ACTION_HIGH, ACTION_LOW

Array = NDArray[np.float32]
DIMENSIONS = 7
"""Of the robot's states and actions; a model with more has them padded with zeros."""


class Processor:
    """Makes model inputs of observations and robot actions of model outputs."""

    def __init__(self, config: Pi0Config, normalization: Normalization, tokenizer: PromptTokenizer) -> None:
        """Raises NormalizationError for statistics that are not of the robot's states and actions, TokenizerError for a
        tokenizer with ids that the model has no rows for."""
        normalization.check(DIMENSIONS, DIMENSIONS, normalization.source)
        if tokenizer.vocab_size > config.vocab_size:
            raise TokenizerError(f"the tokenizer has {tokenizer.vocab_size} ids, the model {config.vocab_size} rows")
        self.config, self.normalization, self.tokenizer = config, normalization, tokenizer

    def inputs(self, images: NDArray[np.uint8], instructions: Sequence[str], proprio: Array) -> Pi0Inputs:
        """Of images uint8 [B, H, W, 3], B instructions and proprio [B, 7].

        A model of several cameras sees the one that there is; the others are marked missing.
        """
        ids, mask = self.tokenizer.encode(instructions)
        cameras = self.config.n_images
        pixels = to_pixels(fit(images, self.config))[:, None]
        shown = None
        if cameras > 1:
            pixels = torch.cat([pixels, pixels.new_full((len(pixels), cameras - 1, *pixels.shape[2:]), -1.0)], dim=1)
            shown = torch.zeros(len(pixels), cameras, dtype=torch.bool)
            shown[:, 0] = True
        state = np.zeros((len(proprio), self.config.proprio_tokens, self.config.proprio_dim), np.float32)
        state[..., :DIMENSIONS] = self.normalization.proprio(np.asarray(proprio, np.float32))[:, None]
        return Pi0Inputs(pixels, ids, mask, torch.from_numpy(state), shown)

    def encode_actions(self, actions: Array) -> Array:
        """Model actions [..., action_dim] that stand for robot actions [..., 7]."""
        encoded = np.zeros((*actions.shape[:-1], self.config.action_dim), np.float32)
        encoded[..., :DIMENSIONS] = self.normalization.actions(to_bridge(actions))
        return encoded

    def decode_actions(self, actions: Array) -> Array:
        """Robot actions [..., 7] of model actions [..., action_dim], within the bounds of the environment."""
        raw = from_bridge(self.normalization.raw_actions(np.asarray(actions, np.float32)[..., :DIMENSIONS]))
        return np.clip(raw, ACTION_LOW, ACTION_HIGH)


def fit(images: NDArray[np.uint8], config: Pi0Config) -> NDArray[np.uint8]:
    """Pictures uint8 [B, H, W, 3] at the model's size."""
    return np.stack([resized(picture, config.image_size, config.resize) for picture in images])


def to_pixels(images: NDArray[np.uint8]) -> torch.Tensor:
    """float32 [B, 3, H, W] in [-1, 1] of uint8 [B, H, W, 3]."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
