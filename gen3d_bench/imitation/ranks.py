"""One process or several (torchrun): who computes what, and the few things on which all must agree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from gen3d_bench.agents.pi0.transformer import GemmaLayer
from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.imitation.learner import Learner


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
        """This process's part of a batch."""
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
    """The processes that torchrun started, or this one alone.  Raises SettingError."""
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    for name in ("batch", "glance_batch") if config.glances else ("batch",):
        if getattr(config, name) % world:
            raise SettingError(f"{name}: {getattr(config, name)} do not divide over {world} processes")
    kind = config.device if config.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "cuda" and not torch.cuda.is_available():
        raise SettingError("device: there is no CUDA GPU here; take auto or cpu (`gen3d doctor` says what there is)")
    device = torch.device(kind, int(os.environ.get("LOCAL_RANK", "0"))) if kind == "cuda" else torch.device(kind)
    if kind == "cuda":
        torch.cuda.set_device(device)
    if world > 1 or config.fsdp:
        store = None if "MASTER_ADDR" in os.environ else dist.HashStore()  # without torchrun this process is alone
        dist.init_process_group("nccl" if kind == "cuda" else "gloo", store=store, rank=rank, world_size=world,
                                timeout=timedelta(hours=2))  # the others wait while the first plays rollouts
    try:
        yield Ranks(rank, world, device)
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def spread(learner: Learner, ranks: Ranks, sharded: bool) -> nn.Module:
    """What is trained, as it is called in training: itself, copied over processes (DDP), or in parts (FSDP2).

    Sharding replaces the learner's parameters: only then may optimisers and averages be made of them.
    """
    if sharded:
        _shard(learner, ranks)
        return learner
    if ranks.world > 1:
        return DistributedDataParallel(learner, device_ids=[ranks.device] if ranks.device.type == "cuda" else None)
    return learner


def _shard(learner: Learner, ranks: Ranks) -> None:
    """Layer by layer, so that only one is whole at a time; the expert's are small and asked twice, and stay together
    with the rest."""
    mesh = init_device_mesh(ranks.device.type, (ranks.world,))
    model = learner.model
    layers = [*model.vision_tower.vision_model.encoder.layers, *model.joint_model.mixtures["vlm"].layers]
    for layer in layers:
        fully_shard(layer, mesh=mesh)
        if isinstance(layer, GemmaLayer):
            register_fsdp_forward_method(layer, "keys_and_values")
    fully_shard(learner, mesh=mesh)
    register_fsdp_forward_method(learner, "judged")


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor that may be sharded.  Every process must call this."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def like(tensor: Tensor, example: Tensor) -> Tensor:
    """This process's part of a tensor, where the example is sharded."""
    if isinstance(example, DTensor):
        return distribute_tensor(tensor.to(example.device), example.device_mesh, example.placements)
    return tensor
