"""How well a model imitates episodes that it has not seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from gen3d_bench.agents.pi0.flow import sample_time
from gen3d_bench.agents.pi0.modeling import Pi0Inputs
from gen3d_bench.agents.pi0.processing import Processor
from gen3d_bench.imitation.dataset import Frames
from gen3d_bench.imitation.learner import Learner, patches_of

LOOKED_AT = 256
"""Frames that are measured, spread over the held-out ones."""
BATCH = 64


@dataclass(frozen=True)
class Imitation:
    """Means over held-out frames.  loss: of the flow, with the same noise and times every time.  blind_loss: the same,
    shown the picture of another frame; no more than loss where a model does not look.  translation_cm, rotation_deg:
    absolute error of an axis in a step of a sampled chunk.  gripper: share of right commands.  places_cm: absolute
    error of an axis of places told; pointed: share of objects whose patch of the picture is found.  NaN where no place
    is known."""

    loss: float
    blind_loss: float
    translation_cm: float
    rotation_deg: float
    gripper: float
    places_cm: float
    pointed: float

    def scalars(self) -> dict[str, float]:
        return asdict(self)

    def __str__(self) -> str:
        return (f"held out: loss {self.loss:.4f} (not looking {self.blind_loss:.4f}), off by {self.translation_cm:.2f} "
                f"cm and {self.rotation_deg:.2f}° a step, gripper right in {self.gripper:.1%}, places within "
                f"{self.places_cm:.1f} cm, patch found in {self.pointed:.0%}")


def inputs_of(frames: Frames, chosen: NDArray[np.int64], processor: Processor) -> Pi0Inputs:
    """What the model sees in these frames."""
    instructions = [frames.instructions[e] for e in frames.episode[chosen]]
    return processor.inputs(frames.pictures[chosen], instructions, frames.state[chosen])


@torch.inference_mode()
def measure(learner: Learner, frames: Frames, held_out: NDArray[np.int64], processor: Processor) -> Imitation:
    """On at most LOOKED_AT of the held-out frames."""
    device = learner.center.device
    looked_at = held_out[np.linspace(0, len(held_out) - 1, min(LOOKED_AT, len(held_out))).astype(int)]
    elsewhere = np.roll(looked_at, len(looked_at) // 2)
    generator = torch.Generator().manual_seed(0)
    parts, sizes, off_places = list[list[float]](), list[int](), list[NDArray[np.float32]]()
    found = list[NDArray[np.bool_]]()
    for part in np.array_split(np.arange(len(looked_at)), -(-len(looked_at) // BATCH)):
        chosen = looked_at[part]
        inputs = inputs_of(frames, chosen, processor).to(device)
        others = inputs_of(frames, elsewhere[part], processor).to(device)
        wanted = frames.chunks(chosen, processor.config.horizon)
        target = torch.from_numpy(processor.encode_actions(wanted)).to(device)
        noise = torch.randn(target.shape, generator=generator).to(device)
        t = sample_time(len(chosen), generator).to(device)
        loss, sampled, told, patches = learner.judged(inputs, target, noise, t)
        blind, *_ = learner.judged(replace(inputs, pixel_values=others.pixel_values), target, noise, t)
        off = np.abs(processor.decode_actions(sampled.float().cpu().numpy()) - wanted)
        off_places.append(np.abs(told.cpu().numpy() - frames.places[chosen]))
        sizes.append(len(chosen))
        right = patches_of(frames.places[chosen], processor.config)
        found.append((right.argmax(dim=-1) == patches.cpu())[right.any(dim=-1)].numpy())
        parts.append([loss.item(), blind.item(), off[..., :3].mean() * 100, np.degrees(off[..., 3:6].mean()),
                      (off[..., 6] < 0.5).mean()])
    everywhere = np.concatenate(off_places)
    known = everywhere[np.isfinite(everywhere)]
    loss, blind_loss, translation_cm, rotation_deg, gripper = np.average(parts, axis=0, weights=sizes).tolist()
    places_cm = float(known.mean()) * 100 if known.size else float("nan")
    patches_found = np.concatenate(found)
    pointed = float(patches_found.mean()) if patches_found.size else float("nan")
    return Imitation(loss, blind_loss, translation_cm, rotation_deg, gripper, places_cm, pointed)
