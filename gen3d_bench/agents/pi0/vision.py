"""SigLIP: a picture as tokens (a vision transformer with learned positions, no class token and no pooling)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from gen3d_bench.agents.pi0.configuration import VisionConfig

EPS = 1e-6


class SiglipAttention(nn.Module):
    """Every patch attends to every patch."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.k_proj = nn.Linear(config.hidden, config.hidden)
        self.v_proj = nn.Linear(config.hidden, config.hidden)
        self.q_proj = nn.Linear(config.hidden, config.hidden)
        self.out_proj = nn.Linear(config.hidden, config.hidden)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (p(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
                   for p in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class SiglipMLP(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.hidden, config.mlp)
        self.fc2 = nn.Linear(config.mlp, config.hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(x), approximate="tanh"))


class SiglipLayer(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.self_attn = SiglipAttention(config)
        self.layer_norm1 = nn.LayerNorm(config.hidden, EPS)
        self.mlp = SiglipMLP(config)
        self.layer_norm2 = nn.LayerNorm(config.hidden, EPS)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


STEM_WIDTH = 32
"""Channels after the first convolution of a stem; every further one doubles them."""


def convolutions(hidden: int, patch_size: int) -> nn.Sequential:
    """[B, 3, H, W] -> [B, hidden, H / patch_size, W / patch_size]: by 4 at once, then by 2 until it is done."""
    layers: list[nn.Module] = [nn.Conv2d(3, STEM_WIDTH, 4, stride=4)]
    width, side = STEM_WIDTH, 4
    while side < patch_size:
        side *= 2
        wider = hidden if side == patch_size else 2 * width
        layers += [nn.GroupNorm(8, width), nn.GELU(), nn.Conv2d(width, wider, 3, stride=2, padding=1)]
        width = wider
    return nn.Sequential(*layers)


def unfilled_embedding(rows: int, width: int) -> nn.Embedding:
    """A learned table whose weights are still to come: drawing them on the meta device would load torch's compiler,
    which takes a process more than a second."""
    return nn.Embedding.from_pretrained(torch.empty(rows, width), freeze=False)


class SiglipEmbeddings(nn.Module):
    """Patches and where they are."""

    def __init__(self, config: VisionConfig, image_size: int, patch_size: int) -> None:
        super().__init__()
        self.patch_embedding: nn.Module = nn.Conv2d(3, config.hidden, patch_size, stride=patch_size)
        if config.stem == "convolutions":
            self.patch_embedding = convolutions(config.hidden, patch_size)
        self.position_embedding = unfilled_embedding((image_size // patch_size) ** 2, config.hidden)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.patch_embedding(pixels).flatten(2).transpose(1, 2) + self.position_embedding.weight


class SiglipEncoder(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(SiglipLayer(config) for _ in range(config.layers))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class SiglipTransformer(nn.Module):
    def __init__(self, config: VisionConfig, image_size: int, patch_size: int) -> None:
        super().__init__()
        self.embeddings = SiglipEmbeddings(config, image_size, patch_size)
        self.encoder = SiglipEncoder(config)
        self.post_layernorm = nn.LayerNorm(config.hidden, EPS)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.post_layernorm(self.encoder(self.embeddings(pixels)))


class SiglipVision(nn.Module):
    """pixels [B, 3, H, W] in [-1, 1] -> features [B, patches, hidden]."""

    def __init__(self, config: VisionConfig, image_size: int, patch_size: int) -> None:
        super().__init__()
        self.vision_model = SiglipTransformer(config, image_size, patch_size)

    def forward(self, pixels: Tensor) -> Tensor:
        return self.vision_model(pixels)
