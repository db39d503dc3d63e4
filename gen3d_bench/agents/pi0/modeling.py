"""pi0 (Black et al. 2024): a vision-language model and an action expert in one transformer, with a flow head.

    pictures -> SigLIP -> projector -+
    prompt   -> embedding -----------+-> VLM weights ---- keys, values --+
    state    -> linear ------------------> expert's weights -- keys, values --+
    noisy actions, time -> encoder ------> expert's weights  <----------------+ -> decoder -> velocity

Sources: the paper of pi0, and open-pi-zero and openpi, whose checkpoints give the same numbers here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.flow import interpolate, time_grid
from gen3d_bench.agents.pi0.transformer import JointModel, Memory, RMSNorm
from gen3d_bench.agents.pi0.vision import SiglipVision, unfilled_embedding


@dataclass(frozen=True)
class Pi0Inputs:
    """Batched observations, ready for the model.

    pixel_values: [B, N, 3, H, W] in [-1, 1].  text_ids: long [B, L], padded on the right.  text_mask: bool [B, L],
    False at padding.  proprio: [B, P, proprio_dim], normalised.  image_mask: bool [B, N], False for a picture that is
    missing; None where none is.
    """

    pixel_values: Tensor
    text_ids: Tensor
    text_mask: Tensor
    proprio: Tensor
    image_mask: Tensor | None = None

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Pi0Inputs:
        """On a device, floating-point arrays in `dtype`."""
        return Pi0Inputs(
            self.pixel_values.to(device, dtype),
            self.text_ids.to(device),
            self.text_mask.to(device),
            self.proprio.to(device, dtype),
            None if self.image_mask is None else self.image_mask.to(device),
        )


@dataclass(frozen=True)
class Prefix:
    """What the model makes of an observation, once for all flow steps.

    memory: of pictures, prompt and state.  vlm_hidden: [B, T, hidden] and proprio_hidden: [B, P, hidden], hidden
    states at the last layer's input, for heads that read the observation; of vlm_hidden only where vlm_real [B, T].
    positions: [B or 1, C], rotary positions of the actions.
    """

    memory: Memory
    vlm_hidden: Tensor
    vlm_real: Tensor
    proprio_hidden: Tensor
    positions: Tensor

    def repeat(self, times: int) -> Prefix:
        """Each observation `times` times, one after another."""
        positions = self.positions if len(self.positions) == 1 else self.positions.repeat_interleave(times, dim=0)
        vlm_hidden, vlm_real, proprio_hidden = (
            x.repeat_interleave(times, dim=0) for x in (self.vlm_hidden, self.vlm_real, self.proprio_hidden)
        )
        return Prefix(self.memory.repeat(times), vlm_hidden, vlm_real, proprio_hidden, positions)


class Projector(nn.Module):
    """From SigLIP's features to the VLM's."""

    def __init__(self, config: Pi0Config) -> None:
        super().__init__()
        self.linear = nn.Linear(config.vision.hidden, config.vlm.hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)


class ActionEncoder(nn.Module):
    """Noisy actions [B, C, A] and the embedded time [B, hidden] -> [B, C, hidden]."""

    def __init__(self, config: Pi0Config) -> None:
        super().__init__()
        hidden = config.action.hidden
        self.linear_1 = nn.Linear(config.action_dim, hidden)
        self.linear_2 = nn.Linear(2 * hidden, hidden)
        self.linear_3 = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        x = self.linear_1(x)
        both = torch.cat([time[:, None].expand_as(x), x], dim=-1)
        return self.linear_3(functional.silu(self.linear_2(both)))


def embed_time(t: Tensor, config: Pi0Config) -> Tensor:
    """[B, hidden] float32 of t [B]: sines, then cosines."""
    fraction = torch.linspace(0, 1, config.action.hidden // 2, dtype=torch.float64, device=t.device)
    if config.time_embedding == "bridge":
        angles = t[:, None].double() * config.time_max_period**-fraction
    else:  # openpi's time runs from 1 (noise) to 0, its periods from 4 ms to 4 s
        angles = (1 - t[:, None].double()) * (2 * math.pi / (4e-3 * 1e3**fraction))
    return torch.cat([angles.sin(), angles.cos()], dim=-1).float()


class Pi0(nn.Module):
    """The model.  Parameters have open-pi-zero's names; time runs from 0 (noise) to 1 (data).

    Training and inference take the same path: `prefill` reads an observation, `velocity` says where noisy actions go.
    """

    def __init__(self, config: Pi0Config) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = unfilled_embedding(config.vocab_size, config.vlm.hidden)
        self.vision_tower = SiglipVision(config.vision, config.image_size, config.patch_size)
        self.multi_modal_projector = Projector(config)
        self.joint_model = JointModel(config)
        self.action_encoder = ActionEncoder(config)
        self.proprio_encoder = nn.Linear(config.proprio_dim, config.action.hidden)
        self.action_decoder = nn.Linear(config.action.hidden, config.action_dim)

    @classmethod
    def initialised(cls, config: Pi0Config, seed: int) -> Pi0:
        """A model to be trained from nothing: the same weights for the same seed, whatever torch's own generator
        holds."""
        with torch.device("meta"):
            model = cls(config)
        model.to_empty(device="cpu")
        _initialise(model, torch.Generator().manual_seed(seed))
        return model

    @classmethod
    def from_open_pi_zero(
        cls, weights: Mapping[str, Tensor] | str | Path, config: Pi0Config | Mapping[str, Any] | str | Path
    ) -> Pi0:
        """From a checkpoint of open-pi-zero, a file or its state dict, and its configuration (ours, or its own as a
        mapping or JSON file).  Raises what `checkpoints.open_pi_zero.load` does."""
        from gen3d_bench.agents.pi0.checkpoints.open_pi_zero import load

        return load(weights, config)

    def idle_parameters(self) -> dict[str, nn.Parameter]:
        """Weights that no action depends on, by name: what the VLM's last layer does besides keys and values.

        Checkpoints of PaliGemma have them, hence the model too; they get no gradient.
        """
        last = f"joint_model.mixtures.vlm.layers.{self.config.layers - 1}."
        used = ("input_layernorm", "self_attn.k_proj", "self_attn.v_proj")
        return {name: parameter for name, parameter in self.named_parameters()
                if name.startswith(last) and not name.removeprefix(last).startswith(used)}

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights that act on actions."""
        return self.action_decoder.weight.dtype

    def image_features(self, pixel_values: Tensor) -> Tensor:
        """[B, N * patches, vlm hidden] of pictures [B, N, 3, H, W]."""
        features = self.multi_modal_projector(self.vision_tower(pixel_values.flatten(0, 1)))
        return features.unflatten(0, pixel_values.shape[:2]).flatten(1, 2)

    def prefill(self, inputs: Pi0Inputs) -> Prefix:
        """Read observations."""
        pictures = self.image_features(inputs.pixel_values)
        # Gemma scales words by sqrt(hidden); pictures come as large as scaled words.
        words = self.embed_tokens(inputs.text_ids) * math.sqrt(self.config.vlm.hidden)
        shown = torch.ones_like(inputs.pixel_values[:, :, 0, 0, 0], dtype=torch.bool)
        if inputs.image_mask is not None:
            shown = inputs.image_mask
        real = torch.cat([shown.repeat_interleave(self.config.patches, dim=1), inputs.text_mask], dim=1)
        state = self.proprio_encoder(inputs.proprio) * math.sqrt(self.config.action.hidden)
        known = real.new_ones(state.shape[:2])
        of_vlm, of_state, of_actions = self._positions(real)
        vlm, expert = self.joint_model.mixtures["vlm"], self.joint_model.mixtures["action"]
        seen, vlm_hidden = vlm.remember(torch.cat([pictures, words], dim=1), real, of_vlm, None)
        felt, proprio_hidden = expert.remember(state, known, of_state, seen)
        return Prefix(seen.and_then(felt), vlm_hidden, real, proprio_hidden, of_actions)

    def _positions(self, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rotary positions [B or 1, ...] of pictures and prompt, state, and actions."""
        config = self.config
        own = torch.arange(config.proprio_tokens + config.horizon, device=real.device)[None]
        if config.positions == "restart":
            of_vlm, of_expert = torch.arange(real.shape[1], device=real.device)[None] + 1, own + 1
        else:
            of_vlm, of_expert = real.cumsum(dim=1) - 1, real.sum(dim=1, keepdim=True) + own
        return of_vlm, of_expert[:, : config.proprio_tokens], of_expert[:, config.proprio_tokens :]

    def velocity(self, prefix: Prefix, x: Tensor, t: Tensor) -> Tensor:
        """[B, C, A], where noisy actions x [B, C, A] go at time t [B] (float32)."""
        encoded = self.action_encoder(x, embed_time(t, self.config).to(x.dtype))
        encoded = encoded * math.sqrt(self.config.action.hidden)
        return self.action_decoder(self.joint_model.mixtures["action"](encoded, prefix.positions, prefix.memory))

    def sample(self, inputs: Pi0Inputs, noise: Tensor, steps: int | None = None) -> Tensor:
        """Actions [B, C, A] (normalised) from noise [B, C, A], by `steps` Euler steps (the configuration's K)."""
        actions = self.integrate(self.prefill(inputs), noise, self.config.steps if steps is None else steps)
        clip = self.config.action_clip
        return actions if clip is None else actions.clamp(-clip, clip)

    def integrate(self, prefix: Prefix, noise: Tensor, steps: int) -> Tensor:
        """`sample` of an observation that has been read, without the final clip."""
        x = noise
        for t in time_grid(steps):
            x = x + self.velocity(prefix, x, torch.full(x.shape[:1], t, device=x.device)) / steps
        return x

    def loss(self, inputs: Pi0Inputs, actions: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Flow-matching loss (paper, Eq. 1), the mean over a batch; arguments as in `forward`."""
        return self.forward(inputs, actions, noise, t).mean()

    def forward(self, inputs: Pi0Inputs, actions: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Squared errors [B * M, C, A] (float32) of the velocity: `loss` before the mean.

        actions: [B, C, A].  noise: [B * M, C, A] and t: [B * M], M draws for each observation, one after another:
        the expert sees few tokens, so further draws of an observation that has been read cost little.
        """
        return self.errors(self.prefill(inputs), actions, noise, t)

    def errors(self, prefix: Prefix, actions: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """`forward` of observations that have been read."""
        draws = len(noise) // len(actions)
        x, target = interpolate(noise, actions.repeat_interleave(draws, dim=0), t, self.config.flow_sig_min)
        prefix = prefix.repeat(draws) if draws > 1 else prefix
        return (self.velocity(prefix, x, t).float() - target.float()).square()


def _initialise(model: Pi0, generator: torch.Generator) -> None:
    """Variance-preserving weights; what is added to the residual stream is smaller the deeper the stack; the first
    velocity is zero."""
    depth = {"vision_tower": model.config.vision.layers, "joint_model": model.config.layers}
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            std = (module.weight[0].numel()) ** -0.5
            if name.endswith(("out_proj", "fc2", "o_proj", "down_proj")):
                std *= (2 * depth[name.split(".")[0]]) ** -0.5
            if name == "action_decoder":
                std = 0.0
            nn.init.normal_(module.weight, std=std, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            # Positions of patches have to be seen beside the patches.
            std = 0.5 if name.endswith("position_embedding") else module.embedding_dim**-0.5
            nn.init.normal_(module.weight, std=std, generator=generator)
        elif isinstance(module, nn.LayerNorm | nn.GroupNorm):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, RMSNorm):
            nn.init.zeros_(module.weight)
