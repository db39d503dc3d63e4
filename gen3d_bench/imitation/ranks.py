"""One process or several (torchrun): who computes what, and the few things on which all must agree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from gen3d_bench.imitation.config import ImitationConfig


@dataclass(frozen=True)
class Ranks:
    """This process's number, how many there are, and where it computes."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def share(self, batch: int) -> slice:
        """This process's part of a batch.  Raises ValueError unless the batch divides."""
        if batch % self.world:
            raise ValueError(f"batch: {batch} observations do not divide over {self.world} processes")
        size = batch // self.world
        return slice(self.rank * size, (self.rank + 1) * size)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Over all processes."""
        if self.world > 1:
            dist.all_reduce(values)
            values = values / self.world
        return values

    def any(self, flag: bool) -> bool:
        """Whether a flag is up in any process: all must stop at the same step."""
        return bool(self.mean(torch.tensor(float(flag), device=self.device)) > 0) if self.world > 1 else flag

    def wait(self) -> None:
        """Until all have come here."""
        if self.world > 1:
            dist.barrier()


@contextmanager
def joined(config: ImitationConfig) -> Iterator[Ranks]:
    """The processes that torchrun started, or this one alone."""
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    kind = config.device if config.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(kind, int(os.environ.get("LOCAL_RANK", "0"))) if kind == "cuda" else torch.device(kind)
    if kind == "cuda":
        torch.cuda.set_device(device)
    if world > 1:
        dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    try:
        yield Ranks(rank, world, device)
    finally:
        if world > 1:
            dist.destroy_process_group()


def spread(model: nn.Module, ranks: Ranks) -> nn.Module:
    """What is trained, as it is called in training: itself, or copied over processes (DDP)."""
    if ranks.world > 1:
        return DistributedDataParallel(model, device_ids=[ranks.device] if ranks.device.type == "cuda" else None)
    return model
