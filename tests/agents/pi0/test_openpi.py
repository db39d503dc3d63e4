"""A checkpoint of openpi does here what it does there.

The other side is written from the published facts, as plain sums over one joint sequence with its own mask, positions,
time and order of weights, and shares no code with the package.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from gen3d_bench.agents.pi0.checkpoints import openpi
from gen3d_bench.agents.pi0.configuration import ExpertConfig, Pi0Config, VisionConfig
from gen3d_bench.agents.pi0.modeling import Pi0Inputs

CONFIG = Pi0Config(
    image_size=16, patch_size=8, n_images=3, vision=VisionConfig(16, 32, layers=1, heads=2), vocab_size=40,
    text_tokens=6, layers=3, heads=4, kv_heads=1, head_dim=8, vlm=ExpertConfig(24, 32), action=ExpertConfig(16, 32),
    proprio_dim=5, action_dim=5, horizon=6, positions="running", time_embedding="openpi", action_clip=None,
)  # fmt: skip
P, E = "paligemma_with_expert.paligemma.model.", "paligemma_with_expert.gemma_expert.model."
V = f"{P}vision_tower.vision_model."


def random_state() -> dict[str, Tensor]:
    rng = torch.Generator().manual_seed(3)
    c, shapes = CONFIG, dict[str, tuple[int, ...]]()
    vision, hidden = c.vision, {f"{P}language_model.": c.vlm, E: c.action}
    shapes[f"{V}embeddings.patch_embedding.weight"] = (vision.hidden, 3, 8, 8)
    shapes[f"{V}embeddings.patch_embedding.bias"] = (vision.hidden,)
    shapes[f"{V}embeddings.position_embedding.weight"] = (4, vision.hidden)
    layer = f"{V}encoder.layers.0."
    for name in ("q", "k", "v", "out"):
        shapes[f"{layer}self_attn.{name}_proj.weight"] = (vision.hidden, vision.hidden)
        shapes[f"{layer}self_attn.{name}_proj.bias"] = (vision.hidden,)
    for name, (out, into) in {"fc1": (vision.mlp, vision.hidden), "fc2": (vision.hidden, vision.mlp)}.items():
        shapes[f"{layer}mlp.{name}.weight"], shapes[f"{layer}mlp.{name}.bias"] = (out, into), (out,)
    for name in (f"{layer}layer_norm1", f"{layer}layer_norm2", f"{V}post_layernorm"):
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (vision.hidden,)
    shapes[f"{P}multi_modal_projector.linear.weight"] = (c.vlm.hidden, vision.hidden)
    shapes[f"{P}multi_modal_projector.linear.bias"] = (c.vlm.hidden,)
    shapes[f"{P}language_model.embed_tokens.weight"] = (c.vocab_size, c.vlm.hidden)
    for start, expert in hidden.items():
        shapes[f"{start}norm.weight"] = (expert.hidden,)
        for i in range(c.layers):
            at = f"{start}layers.{i}."
            shapes[f"{at}self_attn.q_proj.weight"] = (32, expert.hidden)
            shapes[f"{at}self_attn.k_proj.weight"] = shapes[f"{at}self_attn.v_proj.weight"] = (8, expert.hidden)
            shapes[f"{at}self_attn.o_proj.weight"] = (expert.hidden, 32)
            shapes[f"{at}mlp.gate_proj.weight"] = shapes[f"{at}mlp.up_proj.weight"] = (expert.mlp, expert.hidden)
            shapes[f"{at}mlp.down_proj.weight"] = (expert.hidden, expert.mlp)
            shapes[f"{at}input_layernorm.weight"] = (expert.hidden,)
            shapes[f"{at}post_attention_layernorm.weight"] = (expert.hidden,)
    of_robot = {"action_in_proj": (16, 5), "action_time_mlp_in": (16, 32), "action_time_mlp_out": (16, 16),
                "state_proj": (16, 5), "action_out_proj": (5, 16)}
    for name, (out, into) in of_robot.items():
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (out, into), (out,)
    return {name: torch.randn(shape, generator=rng) / (shape[-1] ** 0.5 if len(shape) > 1 else 4)
            for name, shape in shapes.items()}


def linear(w: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return functional.linear(x, w[f"{name}.weight"], w.get(f"{name}.bias"))


def pictures(w: dict[str, Tensor], pixels: Tensor) -> Tensor:
    x = functional.conv2d(pixels, w[f"{V}embeddings.patch_embedding.weight"],
                          w[f"{V}embeddings.patch_embedding.bias"], stride=8)
    x = x.flatten(2).transpose(1, 2) + w[f"{V}embeddings.position_embedding.weight"]
    at = f"{V}encoder.layers.0."

    def norm(name: str, y: Tensor) -> Tensor:
        return functional.layer_norm(y, (16,), w[f"{name}.weight"], w[f"{name}.bias"], 1e-6)

    y = norm(f"{at}layer_norm1", x)
    q, k, v = (linear(w, f"{at}self_attn.{n}_proj", y).reshape(len(x), -1, 2, 8) for n in "qkv")
    logits = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(8)
    x = x + linear(w, f"{at}self_attn.out_proj", torch.einsum("bhqk,bkhd->bqhd", logits.softmax(-1), v).flatten(2))
    y = functional.gelu(linear(w, f"{at}mlp.fc1", norm(f"{at}layer_norm2", x)), approximate="tanh")
    return linear(w, f"{P}multi_modal_projector.linear", norm(f"{V}post_layernorm", x + linear(w, f"{at}mlp.fc2", y)))


def rope(x: Tensor, positions: Tensor) -> Tensor:
    frequencies = 10_000.0 ** -(torch.arange(4) / 4)
    angles = positions[:, :, None, None] * frequencies
    a, b = x[..., :4], x[..., 4:]
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], dim=-1)


def velocity(w: dict[str, Tensor], inputs: Pi0Inputs, x: Tensor, time: float) -> Tensor:
    """openpi's: time 1 is noise, the answer noise - data."""
    batch = len(x)
    seen = torch.cat([pictures(w, inputs.pixel_values[:, n]) for n in range(3)], dim=1)
    words = w[f"{P}language_model.embed_tokens.weight"][inputs.text_ids] * math.sqrt(24)
    prefix = torch.cat([seen, words], dim=1)
    assert inputs.image_mask is not None
    real = torch.cat([inputs.image_mask.repeat_interleave(4, dim=1), inputs.text_mask], dim=1)
    period = 4e-3 * (4.0 / 4e-3) ** torch.linspace(0, 1, 8)
    angle = 2 * math.pi * time / period
    embedded = torch.cat([angle.sin(), angle.cos()]).expand(batch, 6, 16)
    mixed = functional.silu(linear(w, "action_time_mlp_in", torch.cat([linear(w, "action_in_proj", x), embedded], -1)))
    suffix = torch.cat([linear(w, "state_proj", inputs.proprio), linear(w, "action_time_mlp_out", mixed)], dim=1)
    count = prefix.shape[1]
    all_real = torch.cat([real, torch.ones(batch, 7, dtype=torch.bool)], dim=1)
    positions = all_real.cumsum(1).float() - 1
    block = torch.tensor([0] * count + [1] + [2] * 6)
    allowed = (block[None, :] <= block[:, None])[None] & all_real[:, None, :]
    streams = {f"{P}language_model.": prefix, E: suffix}
    for i in range(3):
        parts = []
        for start, h in streams.items():
            normed = h * torch.rsqrt(h.square().mean(-1, keepdim=True) + 1e-6)
            normed = normed * (1 + w[f"{start}layers.{i}.input_layernorm.weight"])
            parts.append([linear(w, f"{start}layers.{i}.self_attn.{n}_proj", normed).unflatten(-1, (-1, 8))
                          for n in "qkv"])
        q, k, v = (torch.cat([part[n] for part in parts], dim=1) for n in range(3))
        q, k = rope(q, positions), rope(k, positions)
        logits = torch.einsum("bqhd,bkd->bhqk", q, k[:, :, 0]) / math.sqrt(8)
        weights = logits.masked_fill(~allowed[:, None], -1e9).softmax(-1)
        attended = torch.einsum("bhqk,bkd->bqhd", weights, v[:, :, 0]).flatten(2)
        for (start, h), mine in zip(list(streams.items()), attended.split([count, 7], dim=1), strict=True):
            at = f"{start}layers.{i}."
            h = h + linear(w, f"{at}self_attn.o_proj", mine)
            normed = h * torch.rsqrt(h.square().mean(-1, keepdim=True) + 1e-6)
            normed = normed * (1 + w[f"{at}post_attention_layernorm.weight"])
            gate = functional.gelu(linear(w, f"{at}mlp.gate_proj", normed), approximate="tanh")
            streams[start] = h + linear(w, f"{at}mlp.down_proj", gate * linear(w, f"{at}mlp.up_proj", normed))
    h = streams[E][:, -6:]
    h = h * torch.rsqrt(h.square().mean(-1, keepdim=True) + 1e-6) * (1 + w[f"{E}norm.weight"])
    return linear(w, "action_out_proj", h)


@pytest.mark.parametrize("steps", [1, 10])
@pytest.mark.parametrize("lerobot", [False, True])
def test_the_same_actions(steps: int, lerobot: bool) -> None:
    state = random_state()
    rng = torch.Generator().manual_seed(4)
    mask = torch.arange(6) < torch.tensor([[6], [3]])
    inputs = Pi0Inputs(
        torch.rand(2, 3, 3, 16, 16, generator=rng) * 2 - 1, torch.randint(40, (2, 6), generator=rng), mask,
        torch.randn(2, 1, 5, generator=rng), torch.tensor([[True, True, False], [True, False, True]]),
    )  # fmt: skip
    noise = torch.randn(2, 6, 5, generator=rng)
    x, time = noise, 1.0
    for _ in range(steps):
        x = x - velocity(state, inputs, x, time) / steps
        time -= 1 / steps
    assert (x - noise).abs().max() > 0.5, "nothing happened"
    named = {f"model.{name}": tensor for name, tensor in state.items()} if lerobot else state
    ours = openpi.load(named, CONFIG).sample(inputs, noise, steps)
    torch.testing.assert_close(ours, x, atol=5e-5, rtol=0)
