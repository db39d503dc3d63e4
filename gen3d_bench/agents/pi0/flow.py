"""Flow matching (paper, Eq. 1): the path from noise to actions.  Time runs from 0 (noise) to 1 (data), everywhere."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

TimeLaw = Literal["beta", "uniform"]
BETA_CONCENTRATION, LATEST = 1.5, 0.999
"""t = LATEST * (1 - z) with z of Beta(BETA_CONCENTRATION, 1): more often near noise (pi0; open-pi-zero's default)."""


def time_grid(steps: int) -> list[float]:
    """The K times at which `steps` Euler steps of 1 / K start."""
    return [k / steps for k in range(steps)]


def sample_time(batch: int, generator: torch.Generator, law: TimeLaw = "beta") -> Tensor:
    """[B] float32 times of a training batch, on the CPU; "uniform" has one in each B-th of [0, 1)."""
    u = torch.rand(batch, generator=generator)
    if law == "uniform":
        return (u[0] + torch.arange(batch) / batch) % (1 - 1e-5)
    return LATEST * (1 - u ** (1 / BETA_CONCENTRATION))  # u^(1/a) has the law Beta(a, 1)


def interpolate(noise: Tensor, actions: Tensor, t: Tensor, sig_min: float) -> tuple[Tensor, Tensor]:
    """Where the path from noise to actions [B, C, A] is at t [B], and its velocity there, which the model learns."""
    t = t[:, None, None].to(noise.dtype)
    return (1 - (1 - sig_min) * t) * noise + t * actions, actions - (1 - sig_min) * noise
