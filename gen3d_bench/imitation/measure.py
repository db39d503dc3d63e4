"""How well a model imitates episodes that it has not seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from gen3d_bench.agents.pi0.flow import sample_time
from gen3d_bench.agents.pi0.modeling import Pi0, Pi0Inputs
from gen3d_bench.agents.pi0.processing import Processor
from gen3d_bench.imitation.dataset import Frames

LOOKED_AT = 256
"""Frames that are measured, spread over the held-out ones."""
BATCH = 64


@dataclass(frozen=True)
class Imitation:
    """Means over held-out frames.  loss: of the flow, with the same noise and times every time.  translation_cm,
    rotation_deg: absolute error of an axis in a step of a sampled chunk.  gripper: share of right commands."""

    loss: float
    translation_cm: float
    rotation_deg: float
    gripper: float

    def scalars(self) -> dict[str, float]:
        return asdict(self)

    def __str__(self) -> str:
        return (f"held out: loss {self.loss:.4f}, off by {self.translation_cm:.2f} cm and {self.rotation_deg:.2f}° a "
                f"step, gripper right in {self.gripper:.1%}")


def inputs_of(frames: Frames, chosen: NDArray[np.int64], processor: Processor) -> Pi0Inputs:
    """What the model sees in these frames."""
    instructions = [frames.instructions[e] for e in frames.episode[chosen]]
    return processor.inputs(frames.pictures[chosen], instructions, frames.state[chosen])


@torch.inference_mode()
def measure(model: Pi0, frames: Frames, held_out: NDArray[np.int64], processor: Processor) -> Imitation:
    """On at most LOOKED_AT of the held-out frames."""
    device = next(model.parameters()).device
    looked_at = held_out[np.linspace(0, len(held_out) - 1, min(LOOKED_AT, len(held_out))).astype(int)]
    generator = torch.Generator().manual_seed(0)
    sums = np.zeros(4)
    for chosen in np.array_split(looked_at, -(-len(looked_at) // BATCH)):
        inputs = inputs_of(frames, chosen, processor).to(device)
        wanted = frames.chunks(chosen, model.config.horizon)
        target = torch.from_numpy(processor.encode_actions(wanted)).to(device)
        noise = torch.randn(target.shape, generator=generator).to(device)
        t = sample_time(len(chosen), generator).to(device)
        loss = model.loss(inputs, target, noise, t).item()
        done = processor.decode_actions(model.sample(inputs, noise).float().cpu().numpy())
        off = np.abs(done - wanted)
        means = [loss, off[..., :3].mean() * 100, np.degrees(off[..., 3:6].mean()), (off[..., 6] < 0.5).mean()]
        sums += np.array(means) * len(chosen)
    return Imitation(*(sums / len(looked_at)).tolist())
