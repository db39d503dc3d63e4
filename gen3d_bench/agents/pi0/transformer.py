"""The joint transformer: two experts of one depth that attend to one another's keys and values.

Tokens come in blocks: pictures and words | state of the robot | actions.  A block sees itself, in both directions, and
the blocks before it.  So each block can be computed with nothing but the keys and values of those before, and the
block-wise mask of a joint forward pass need never be built:

                       pictures, words   state   actions
    pictures, words           x                              `Mixture.remember` of the VLM's weights
    state                     x            x                 `Mixture.remember` of the action expert's
    actions                   x            x        x        `Mixture.forward` of the action expert's
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from gen3d_bench.agents.pi0.configuration import ExpertConfig, Pi0Config

EPS = 1e-6


@dataclass(frozen=True)
class Memory:
    """What a block remembers for those after it.

    keys, values: of each layer [B, kv_heads, S, head_dim], keys after rotary embedding.  real: bool [B, S], False at
    padding, which nobody attends to.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    real: Tensor

    def repeat(self, times: int) -> Memory:
        """Each observation `times` times, one after another."""
        return Memory(
            tuple(k.repeat_interleave(times, dim=0) for k in self.keys),
            tuple(v.repeat_interleave(times, dim=0) for v in self.values),
            self.real.repeat_interleave(times, dim=0),
        )

    def and_then(self, later: Memory) -> Memory:
        """Both blocks in one."""
        return Memory(
            tuple(torch.cat(pair, dim=2) for pair in zip(self.keys, later.keys, strict=True)),
            tuple(torch.cat(pair, dim=2) for pair in zip(self.values, later.values, strict=True)),
            torch.cat([self.real, later.real], dim=1),
        )


class RMSNorm(nn.Module):
    """x / rms(x) * (1 + weight), computed in float32."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        wide = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + EPS)
        return (wide * (1 + self.weight.float())).type_as(x)


Rotation = tuple[Tensor, Tensor]
"""cos and sin [B or 1, 1, S, head_dim] of rotary embedding."""


def rotation(positions: Tensor, head_dim: int, theta: float, dtype: torch.dtype) -> Rotation:
    """For positions [B or 1, S].  Angles are computed in float32: they reach hundreds of radians."""
    exponents = torch.arange(0, head_dim, 2, device=positions.device, dtype=torch.float32) / head_dim
    angles = positions[:, None, :, None].float() * theta**-exponents
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos().to(dtype), angles.sin().to(dtype)


def rotate(x: Tensor, by: Rotation) -> Tensor:
    """Rotary embedding of x [B, heads, S, head_dim]; the first half of head_dim pairs with the second."""
    cos, sin = by
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-second, first], dim=-1) * sin


def attend(q: Tensor, k: Tensor, v: Tensor, real: Tensor, softcap: float | None) -> Tensor:
    """q [B, heads, S, D] attends to k, v [B, kv_heads, R, D] where real [B, R]; [B, heads, S, D].

    All queries of a block see the same keys, so the queries of heads that share keys stand in one row of queries.
    """
    grouped = q.reshape(q.shape[0], k.shape[1], -1, q.shape[-1])
    mask = real[:, None, None, :]
    if softcap is None:
        return functional.scaled_dot_product_attention(grouped, k, v, attn_mask=mask).view_as(q)
    # No fused kernel caps logits on every device; the compiler fuses these lines where it can.
    logits = grouped @ k.transpose(-1, -2) * (q.shape[-1] ** -0.5)
    logits = softcap * torch.tanh(logits / softcap)
    weights = logits.masked_fill(~mask, torch.finfo(logits.dtype).min).softmax(dim=-1, dtype=torch.float32)
    return (weights.to(v.dtype) @ v).view_as(q)


class GemmaAttention(nn.Module):
    """Projections of one expert in one layer."""

    def __init__(self, config: Pi0Config, expert: ExpertConfig) -> None:
        super().__init__()
        self.head_dim, self.softcap = config.head_dim, config.softcap
        self.q_proj = nn.Linear(expert.hidden, config.heads * config.head_dim, bias=False)
        self.k_proj = nn.Linear(expert.hidden, config.kv_heads * config.head_dim, bias=False)
        self.v_proj = nn.Linear(expert.hidden, config.kv_heads * config.head_dim, bias=False)
        self.o_proj = nn.Linear(config.heads * config.head_dim, expert.hidden, bias=False)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)

    def keys_and_values(self, x: Tensor, by: Rotation) -> tuple[Tensor, Tensor]:
        return rotate(self._heads(self.k_proj(x)), by), self._heads(self.v_proj(x))

    def forward(self, x: Tensor, by: Rotation, k: Tensor, v: Tensor, real: Tensor) -> Tensor:
        q = rotate(self._heads(self.q_proj(x)), by)
        return self.o_proj(attend(q, k, v, real, self.softcap).transpose(1, 2).flatten(2))


class GemmaMLP(nn.Module):
    def __init__(self, expert: ExpertConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(expert.hidden, expert.mlp, bias=False)
        self.up_proj = nn.Linear(expert.hidden, expert.mlp, bias=False)
        self.down_proj = nn.Linear(expert.mlp, expert.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(functional.gelu(self.gate_proj(x), approximate="tanh") * self.up_proj(x))


class GemmaLayer(nn.Module):
    """One layer of one expert."""

    def __init__(self, config: Pi0Config, expert: ExpertConfig) -> None:
        super().__init__()
        self.self_attn = GemmaAttention(config, expert)
        self.mlp = GemmaMLP(expert)
        self.input_layernorm = RMSNorm(expert.hidden)
        self.post_attention_layernorm = RMSNorm(expert.hidden)

    def keys_and_values(self, x: Tensor, by: Rotation) -> tuple[Tensor, Tensor]:
        return self.self_attn.keys_and_values(self.input_layernorm(x), by)

    def forward(
        self, x: Tensor, by: Rotation, before: tuple[Tensor, Tensor] | None, real: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden states [B, S, hidden], own keys and own values.

        before: keys and values of the blocks that came before.  real: [B, R], those of before and then the own.
        """
        normed = self.input_layernorm(x)
        k, v = own = self.self_attn.keys_and_values(normed, by)
        if before is not None:
            k, v = torch.cat([before[0], k], dim=2), torch.cat([before[1], v], dim=2)
        x = x + self.self_attn(normed, by, k, v, real)
        return x + self.mlp(self.post_attention_layernorm(x)), *own


class Mixture(nn.Module):
    """The weights of one expert in all layers.  Their input is scaled by sqrt(hidden), as Gemma's is."""

    def __init__(self, config: Pi0Config, expert: ExpertConfig, final_norm: bool) -> None:
        super().__init__()
        self.head_dim, self.theta = config.head_dim, expert.rope_theta
        self.layers = nn.ModuleList(GemmaLayer(config, expert) for _ in range(config.layers))
        if final_norm:
            self.norm = RMSNorm(expert.hidden)

    def remember(self, x: Tensor, real: Tensor, positions: Tensor, before: Memory | None) -> tuple[Memory, Tensor]:
        """What a block of tokens x [B, S, hidden] leaves for later ones, and its hidden states at the last layer's
        input: what that layer makes of them nobody reads, so it is not computed."""
        by = rotation(positions, self.head_dim, self.theta, x.dtype)
        seen = real if before is None else torch.cat([before.real, real], dim=1)
        keys, values = [], []
        for i, layer in enumerate(self.layers[:-1]):
            x, k, v = layer(x, by, None if before is None else (before.keys[i], before.values[i]), seen)
            keys.append(k)
            values.append(v)
        k, v = self.layers[-1].keys_and_values(x, by)
        return Memory((*keys, k), (*values, v), real), x

    def forward(self, x: Tensor, positions: Tensor, before: Memory) -> Tensor:
        """Output [B, S, hidden] of a block of real tokens x that comes after others."""
        by = rotation(positions, self.head_dim, self.theta, x.dtype)
        real = torch.cat([before.real, before.real.new_ones(x.shape[:2])], dim=1)
        for i, layer in enumerate(self.layers):
            x, _, _ = layer(x, by, (before.keys[i], before.values[i]), real)
        return self.norm(x)


class JointModel(nn.Module):
    """Both experts.  The state of the robot and the actions share one."""

    def __init__(self, config: Pi0Config) -> None:
        super().__init__()
        self.mixtures = nn.ModuleDict({
            "vlm": Mixture(config, config.vlm, final_norm=False),
            "action": Mixture(config, config.action, final_norm=True),
        })
