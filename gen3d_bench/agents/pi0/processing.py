"""Between the environment and the model: pictures, prompts, states and actions, in Bridge's conventions.

The environment's actions are the robot's: metres, a rotation vector (rad), gripper 1 open and 0 closed.  The model's
are those of the Bridge data: Euler angles (static x, y, z) for rotation vectors, then normalised.  States are in
Bridge's convention already (`envs.controller.proprioception`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0Inputs
from gen3d_bench.agents.pi0.statistics import Normalization
from gen3d_bench.agents.pi0.tokenizer import PromptTokenizer
from gen3d_bench.envs.controller import ACTION_HIGH, ACTION_LOW
from gen3d_bench.envs.rotations import matrix_from_rotvec, matrix_from_rpy, rotvec_from_matrix, rpy_from_matrix

Array = NDArray[np.float32]
ROTATION = slice(3, 6)
GRIPPER = 6
OPEN_ABOVE = 0.5
"""A gripper command above this opens; exactly this closes."""
DIMENSIONS = 7
"""Of the robot's states and actions; a model with more has them padded with zeros."""


class Processor:
    """Makes model inputs of observations and robot actions of model outputs."""

    def __init__(self, config: Pi0Config, normalization: Normalization, tokenizer: PromptTokenizer) -> None:
        """Raises NormalizationError for statistics that are not of the robot's states and actions, ValueError for a
        tokenizer with ids that the model has no rows for."""
        normalization.check(DIMENSIONS, DIMENSIONS, normalization.source)
        if tokenizer.vocab_size > config.vocab_size:
            raise ValueError(f"the tokenizer has {tokenizer.vocab_size} ids, the model {config.vocab_size} rows")
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


def to_bridge(actions: Array) -> Array:
    """Rotation vectors of actions [..., 7] as Euler angles (static x, y, z)."""
    bridge = np.array(actions, np.float32)
    bridge[..., ROTATION] = rpy_from_matrix(matrix_from_rotvec(actions[..., ROTATION].astype(float)))
    return bridge


def from_bridge(actions: Array) -> Array:
    """Euler angles of actions [..., 7] as rotation vectors, and the gripper as 1 (open) or 0 (closed)."""
    robot = np.array(actions, np.float32)
    robot[..., ROTATION] = rotvec_from_matrix(matrix_from_rpy(actions[..., ROTATION].astype(float)))
    robot[..., GRIPPER] = actions[..., GRIPPER] > OPEN_ABOVE
    return robot


def fit(images: NDArray[np.uint8], config: Pi0Config) -> NDArray[np.uint8]:
    """Pictures uint8 [B, H, W, 3] at the model's size.

    Lanczos with antialiasing, as the Bridge pictures were made small for training.
    """
    side = config.image_size
    if images.shape[1:3] == (side, side):
        return images
    height, width = images.shape[1:3]
    scale = side / max(height, width)
    inner = (side, side) if config.resize == "squash" else (round(width * scale), round(height * scale))
    left, top = (side - inner[0]) // 2, (side - inner[1]) // 2
    fitted = np.zeros((len(images), side, side, 3), np.uint8)
    for picture, canvas in zip(images, fitted, strict=True):
        small = Image.fromarray(picture).resize(inner, Image.Resampling.LANCZOS)
        canvas[top : top + inner[1], left : left + inner[0]] = np.asarray(small)
    return fitted


def to_pixels(images: NDArray[np.uint8]) -> torch.Tensor:
    """float32 [B, 3, H, W] in [-1, 1] of uint8 [B, H, W, 3]."""
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
