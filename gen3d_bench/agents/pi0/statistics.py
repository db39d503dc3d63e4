"""What states and actions are normalised by, and the file beside the weights that says so."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError

from gen3d_bench.scenes.io import write_atomic
from gen3d_bench.scenes.problems import brief

Array = NDArray[np.float32]
LEAST_RANGE = 1e-3
"""A dimension that hardly varies is given this range, lest noise be blown up."""


class NormalizationError(Exception):
    """Normalisation statistics are missing or not what the model needs; the message says where and what."""


@dataclass(frozen=True)
class Normalization:
    """low and high of every dimension: percentiles 1 and 99 of the training data, which become -1 and 1 ("bound"), or
    mean and standard deviation, which become 0 and 1 ("zscore", openpi's for pi0).

    In the model's convention: rotations are Euler angles.  The gripper of actions stays as it is in "bound".
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    action_low: tuple[float, ...]
    action_high: tuple[float, ...]
    proprio_low: tuple[float, ...]
    proprio_high: tuple[float, ...]
    source: str
    """Which data they are of."""
    kind: Literal["bound", "zscore"] = "bound"
    clip: bool = True
    """Whether normalised values are held within [-1, 1]."""
    keep: tuple[int, ...] = field(default=(6,))
    """Dimensions of actions that are not normalised.  A file of "zscore" that says nothing of clip and keep means
    neither."""

    def __post_init__(self) -> None:
        problems = []
        for name in ("action", "proprio"):
            low, high = (np.array(getattr(self, f"{name}_{end}")) for end in ("low", "high"))
            if low.shape != high.shape or low.ndim != 1 or not low.size:
                problems.append(f"{name}_low has {low.size} values and {name}_high {high.size}")
            elif not (np.isfinite(low).all() and np.isfinite(high).all()):
                problems.append(f"{name}: a value is not finite")
            elif (wrong := np.flatnonzero(high <= (low if self.kind == "bound" else 0))).size:
                what = "high is not above low" if self.kind == "bound" else "the standard deviation is not positive"
                problems.append(f"{name}: {what} in dimension {wrong[0]}")
        if strange := [number for number in self.keep if not 0 <= number < len(self.action_low)]:
            problems.append(f"keep: actions have no dimension {strange[0]}")
        if problems:
            raise NormalizationError("normalisation: " + "; ".join(problems))

    @classmethod
    def bridge(cls) -> Normalization:
        """The published statistics of the Bridge data, which open-pi-zero's checkpoints were trained with."""
        return cls(
            action_low=(-0.028539553, -0.041432045, -0.025977384, -0.080208868, -0.092130601, -0.20548619, 0.0),
            action_high=(0.028122276, 0.040630318, 0.039948892, 0.081219159, 0.07724379, 0.2021405, 1.0),
            proprio_low=(0.17017078, -0.16965716, -0.054787096, -0.3655692, -0.54354876, -1.3501439, 0.052190229),
            proprio_high=(0.45273122, 0.23490807, 0.19734536, 0.37877989, 0.27723047, 1.8378054, 1.010569),
            source="Bridge V2, as published with open-pi-zero",
        )

    @classmethod
    def of(cls, actions: Array, states: Array, source: str) -> Normalization:
        """Percentiles 1 and 99 of data [N, 7] in the model's convention."""
        bounds: dict[str, Any] = {}
        for name, values in (("action", actions), ("proprio", states)):
            low, high = np.percentile(values.astype(float), [1, 99], axis=0)
            spare = np.maximum(LEAST_RANGE - (high - low), 0) / 2
            bounds[f"{name}_low"], bounds[f"{name}_high"] = (tuple(x.tolist()) for x in (low - spare, high + spare))
        for end, gripper in (("low", 0.0), ("high", 1.0)):
            bounds[f"action_{end}"] = (*bounds[f"action_{end}"][:6], gripper)
        return cls(**bounds, source=source)

    def save(self, file: Path) -> None:
        """As JSON, atomically."""
        write_atomic(file, (json.dumps(asdict(self), indent=1) + "\n").encode())

    @classmethod
    def load(cls, file: Path) -> Normalization:
        """Raises NormalizationError."""
        try:
            said = TypeAdapter(dict[str, Any]).validate_json(file.read_bytes())
            usual = {"clip": False, "keep": ()} if said.get("kind") == "zscore" else {}
            return TypeAdapter(cls).validate_json(json.dumps(usual | said))
        except FileNotFoundError as error:
            raise NormalizationError(f"no normalisation statistics at {file}: a policy without them acts at random; "
                                     "they come with the weights") from error
        except ValidationError as error:
            raise NormalizationError(f"{file} holds no normalisation statistics: {brief(error)}") from error
        except (OSError, NormalizationError) as error:
            raise NormalizationError(f"{file}: {error}") from error

    def check(self, action_dim: int, proprio_dim: int, where: object) -> None:
        """Raises NormalizationError unless there are as many values as the model has dimensions."""
        for name, have, need in (("actions", len(self.action_low), action_dim),
                                 ("states", len(self.proprio_low), proprio_dim)):
            if have != need:
                raise NormalizationError(f"{where}: statistics are for {name} of {have} dimensions, not {need}")

    # ------------------------------------------------------------------------------------------------------- applying

    def proprio(self, values: Array) -> Array:
        """Normalised [..., 7]."""
        return self._forth(values, np.array(self.proprio_low), np.array(self.proprio_high))

    def actions(self, values: Array) -> Array:
        """Normalised [..., 7]; `raw_actions` is its inverse within the bounds."""
        scaled = self._forth(values, np.array(self.action_low), np.array(self.action_high))
        scaled[..., list(self.keep)] = values[..., list(self.keep)]
        return scaled

    def beyond(self, actions: Array) -> NDArray[np.bool_]:
        """Which values of actions [..., 7] are clipped; what is kept as it is never is."""
        low, high = np.array(self.action_low), np.array(self.action_high)
        if self.kind == "zscore":
            low, high = low - high, low + high
        far = (actions < low) | (actions > high)
        far[..., list(self.keep)] = False
        return far & self.clip

    def raw_actions(self, values: Array) -> Array:
        """Of normalised [..., 7]."""
        low, high = np.array(self.action_low), np.array(self.action_high)
        raw = (values + 1) / 2 * (high - low) + low if self.kind == "bound" else values * high + low
        raw[..., list(self.keep)] = values[..., list(self.keep)]
        return raw.astype(np.float32)

    def _forth(self, values: Array, low: NDArray[Any], high: NDArray[Any]) -> Array:
        if self.kind == "bound":
            scaled = 2 * (values - low) / (high - low + 1e-8) - 1
        else:
            scaled = (values - low) / (high + 1e-6)
        return (scaled.clip(-1, 1) if self.clip else scaled).astype(np.float32)
