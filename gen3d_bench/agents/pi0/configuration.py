"""What a pi0 model is made of: sizes, and the few places where its published variants differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from gen3d_bench.scenes.problems import brief


class ConfigurationError(Exception):
    """A configuration is not one that this model can have; the message names the fields."""


@dataclass(frozen=True)
class VisionConfig:
    """The SigLIP image encoder."""

    hidden: int
    mlp: int
    layers: int
    heads: int
    stem: Literal["linear", "convolutions"] = "linear"
    """What makes tokens of pixels: one linear map of each patch, SigLIP's; or a few convolutions (Xiao et al. 2021),
    with which a small model learns to see from far fewer pictures."""


@dataclass(frozen=True)
class ExpertConfig:
    """One of the two sets of transformer weights: that of pictures and words, or that of the robot."""

    hidden: int
    mlp: int
    rope_theta: float = 10_000.0


@dataclass(frozen=True)
class Pi0Config:
    """Sizes and switches of `Pi0`.

    The two experts share layers, heads, kv_heads and head_dim, since they attend to one another.  The switches are
    what open-pi-zero (the Bridge checkpoints) and openpi (Physical Intelligence's) do differently; signs and scales in
    which they differ too are folded into the weights when a checkpoint is read.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    image_size: int
    """Height and width of the picture (pixels)."""
    patch_size: int
    vision: VisionConfig
    vocab_size: int
    text_tokens: int
    """L, tokens of the prompt, padding counted."""
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    vlm: ExpertConfig
    action: ExpertConfig
    n_images: int = 1
    """N, pictures of an observation."""
    resize: Literal["squash", "pad"] = "squash"
    """How a picture of another size is made to fit: its sides independently, or with black bars."""
    image_token: int | None = None
    """The tokenizer's id of an image token.  Pictures stand before the prompt, so no such id is ever looked up."""
    proprio_dim: int = 7
    proprio_tokens: int = 1
    """P, states of the robot in an observation."""
    action_dim: int = 7
    """A."""
    horizon: int = 4
    """C, actions in a chunk."""
    softcap: float | None = None
    """Attention logits x become softcap * tanh(x / softcap)."""
    positions: Literal["restart", "running"] = "restart"
    """Rotary positions: from 1 in each expert, padding counted; or from 0 through both, over real tokens only."""
    time_embedding: Literal["bridge", "openpi"] = "bridge"
    """Angles t * period^-f with f in [0, 1] and t = 0 at noise; or 2 pi (1 - t) / period, geometric from 0.004 to 4."""
    time_max_period: float = 10_000.0
    """Of the time embedding "bridge"."""
    flow_sig_min: float = 0.0
    """Noise left in the data end of the flow, relative to that of its start."""
    steps: int = 10
    """K, Euler steps from noise to actions."""
    action_clip: float | None = 1.0
    """Bound of every sampled action (normalised)."""

    def __post_init__(self) -> None:
        problems = [
            text
            for wrong, text in (
                (self.image_size % self.patch_size, f"image_size {self.image_size} is no multiple of patch_size "
                                                    f"{self.patch_size}"),
                (self.heads % self.kv_heads, f"heads {self.heads} is no multiple of kv_heads {self.kv_heads}"),
                (self.vision.hidden % self.vision.heads, f"vision: hidden {self.vision.hidden} is no multiple of heads "
                                                         f"{self.vision.heads}"),
                (self.vision.stem == "convolutions" and self.patch_size not in (8, 16, 32, 64),
                 f"patch_size {self.patch_size} must be 8, 16, 32 or 64 for a stem of convolutions"),
                (self.head_dim % 2, f"head_dim {self.head_dim} is odd, rotary embedding needs pairs"),
                (self.action.hidden % 2, f"action: hidden {self.action.hidden} is odd, the time embedding needs pairs"),
                (self.softcap is not None and not self.softcap > 0, f"softcap {self.softcap} is not positive"),
            )
            if wrong
        ]
        problems += [f"{name} is {value}, the least is 1" for name, value in asdict(self).items()
                     if isinstance(value, int) and name != "image_token" and value < 1]
        if problems:
            raise ConfigurationError("; ".join(problems))

    @property
    def patches(self) -> int:
        """Tokens of one picture."""
        return (self.image_size // self.patch_size) ** 2

    @property
    def prefix_tokens(self) -> int:
        """T, tokens of pictures and prompt."""
        return self.n_images * self.patches + self.text_tokens

    @classmethod
    def preset(cls, name: str) -> Pi0Config:
        """One of `PRESETS`.  Raises ConfigurationError for another name."""
        if name not in PRESETS:
            raise ConfigurationError(f"unknown preset {name!r}; there are {', '.join(PRESETS)}")
        return PRESETS[name]()

    @property
    def preset_name(self) -> str | None:
        """Of the preset that this is, if it is one."""
        return next((name for name, make in PRESETS.items() if make() == self), None)

    def to_json(self) -> dict[str, Any]:
        """In JSON types; `from_json` is its inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Pi0Config:
        """Raises ConfigurationError for unknown, missing or ill-typed fields."""
        try:
            return TypeAdapter(cls).validate_python(dict(fields))
        except ValidationError as error:
            raise ConfigurationError(brief(error)) from error

    @classmethod
    def from_open_pi_zero(cls, original: Mapping[str, Any]) -> Pi0Config:
        """From a resolved configuration in open-pi-zero's own layout (its YAML as a mapping).

        Raises ConfigurationError for variants that no published checkpoint uses.
        """
        try:
            return _from_open_pi_zero(original)
        except KeyError as error:
            raise ConfigurationError(f"open-pi-zero configuration without {error}") from error


OPEN_PI_ZERO_SOFTCAP = 50.0
"""Not in its configuration files: it caps attention logits everywhere."""


def _from_open_pi_zero(original: Mapping[str, Any]) -> Pi0Config:
    vision = original["vision"]["config"]
    joint = original["joint"]["config"]
    mixtures = joint["mixture"]
    if original.get("action_expert_adaptive_mode") or joint.get("action_expert_adaptive_mode"):
        raise ConfigurationError("action_expert_adaptive_mode: adaptive normalisation is not supported; "
                                 "the published checkpoints have none")
    if mixtures["vlm"].get("use_final_norm") or not mixtures["action"].get("use_final_norm", True):
        raise ConfigurationError("use_final_norm: only the action expert has a final norm")
    if joint.get("attention_bias"):
        raise ConfigurationError("attention_bias: not supported")
    vlm, proprio, action = (
        ExpertConfig(m["hidden_size"], m["intermediate_size"], m["rope_theta"])
        for m in (mixtures["vlm"], mixtures["proprio"], mixtures["action"])
    )
    if proprio != action:
        raise ConfigurationError(f"mixture: proprio {proprio} and action {action} differ, they must be one expert")
    image_tokens = vision["num_image_tokens"]
    return Pi0Config(
        image_size=vision["image_size"],
        patch_size=vision["patch_size"],
        n_images=image_tokens // (vision["image_size"] // vision["patch_size"]) ** 2,
        vision=VisionConfig(vision["hidden_size"], vision["intermediate_size"], vision["num_hidden_layers"],
                            vision["num_attention_heads"]),
        vocab_size=original["vocab_size"],
        image_token=original["image_token_index"],
        text_tokens=original["max_image_text_tokens"] - image_tokens,
        layers=joint["num_hidden_layers"],
        heads=joint["num_attention_heads"],
        kv_heads=joint["num_key_value_heads"],
        head_dim=joint["head_dim"],
        vlm=vlm,
        action=action,
        proprio_dim=original["proprio_dim"],
        proprio_tokens=original["cond_steps"],
        action_dim=original["action_dim"],
        horizon=original["horizon_steps"],
        softcap=OPEN_PI_ZERO_SOFTCAP,
        time_max_period=original["time_max_period"],
        # Its inference configurations leave this out, as only the loss reads it; training has 0.001.
        flow_sig_min=original.get("flow_sig_min", 0.001),
        steps=original["num_inference_steps"],
        action_clip=original["final_action_clip_value"],
    )


def _bridge() -> Pi0Config:
    """open-pi-zero's model of the Bridge data: PaliGemma 3B and an expert of 0.3B."""
    return Pi0Config(
        image_size=224, patch_size=14, vision=VisionConfig(1152, 4304, layers=27, heads=16),
        vocab_size=257_216, image_token=257_152, text_tokens=20, layers=18, heads=8, kv_heads=1, head_dim=256,
        vlm=ExpertConfig(2048, 16_384), action=ExpertConfig(1024, 4096),
        softcap=OPEN_PI_ZERO_SOFTCAP, flow_sig_min=0.001,
    )  # fmt: skip


def _openpi() -> Pi0Config:
    """Physical Intelligence's pi0: three cameras, chunks of 50, actions and states padded to 32."""
    return Pi0Config(
        image_size=224, patch_size=14, n_images=3, vision=VisionConfig(1152, 4304, layers=27, heads=16),
        vocab_size=257_152, text_tokens=48, layers=18, heads=8, kv_heads=1, head_dim=256,
        vlm=ExpertConfig(2048, 16_384), action=ExpertConfig(1024, 4096),
        proprio_dim=32, action_dim=32, horizon=50, positions="running", time_embedding="openpi", action_clip=None,
        resize="pad",
    )  # fmt: skip


def _mid128() -> Pi0Config:
    """About 30M parameters: learns on one machine."""
    return Pi0Config(
        image_size=128, patch_size=16, vision=VisionConfig(256, 1024, layers=6, heads=4),
        vocab_size=4096, text_tokens=20, layers=8, heads=8, kv_heads=1, head_dim=48,
        vlm=ExpertConfig(384, 1536), action=ExpertConfig(256, 1024), time_max_period=100.0,
    )  # fmt: skip


def _small64() -> Pi0Config:
    """About 5M parameters and small pictures, for tests."""
    return Pi0Config(
        image_size=64, patch_size=8, vision=VisionConfig(128, 512, layers=4, heads=4),
        vocab_size=4096, text_tokens=20, layers=4, heads=4, kv_heads=1, head_dim=48,
        vlm=ExpertConfig(192, 768), action=ExpertConfig(128, 512), time_max_period=100.0,
    )  # fmt: skip


def _small128() -> Pi0Config:
    """About 2M parameters, fast on a CPU: the agent that ships with the package."""
    return Pi0Config(
        image_size=128, patch_size=16, vision=VisionConfig(128, 512, layers=1, heads=4, stem="convolutions"),
        vocab_size=4096, text_tokens=16, layers=3, heads=4, kv_heads=1, head_dim=32,
        vlm=ExpertConfig(128, 256), action=ExpertConfig(128, 512), time_max_period=100.0,
    )  # fmt: skip


PRESETS: Mapping[str, Callable[[], Pi0Config]] = {
    "bridge": _bridge, "openpi": _openpi, "mid128": _mid128, "small64": _small64, "small128": _small128,
}  # fmt: skip
