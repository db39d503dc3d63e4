"""Exponential moving average of weights: what is judged and saved, since single steps are noisy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from gen3d_bench.imitation.ranks import like, whole


class Average:
    """Of all trainable parameters, float32."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self._parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self._average = {name: p.detach().clone() for name, p in self._parameters.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After optimiser step `step`, counted from 0.  At first the average is over the few steps that there were."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, average in self._average.items():
            average.lerp_(self._parameters[name].detach(), 1 - decay)

    @contextmanager
    def used(self) -> Iterator[None]:
        """The model has the averaged weights inside."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for name, parameter in self._parameters.items():
            held = parameter.detach().clone()
            parameter.copy_(self._average[name])
            self._average[name].copy_(held)

    def state(self) -> dict[str, Tensor]:
        """Whole and on the CPU.  Every process must call this."""
        return {name: whole(average).cpu() for name, average in self._average.items()}

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor]) -> None:
        """From `state()`."""
        for name, average in self._average.items():
            average.copy_(like(state[name], average))
