"""What is written down about one episode, the same in simulation and on the real robot."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gen3d_bench.evaluation.config import PhysicsName
from gen3d_bench.evaluation.labels import LABEL_OF_CODE, FailureLabel, labels_of

SCHEMA_VERSION = 1
ACTION_DIM = 7


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ActionLog(_Model):
    """Actions float32 [n, 7] exactly as passed to `env.step`: base64 of their little-endian bytes, row by row."""

    dtype: Literal["<f4"] = "<f4"
    shape: tuple[Annotated[int, Field(ge=0)], Literal[7]]
    data: str = Field(repr=False)

    @classmethod
    def from_array(cls, actions: ArrayLike) -> ActionLog:
        """Keep a float array [n, 7]; float32 values survive bit for bit."""
        array = np.asarray(actions, dtype="<f4")
        if array.size == 0:
            array = array.reshape(0, ACTION_DIM)
        if array.ndim != 2 or array.shape[1] != ACTION_DIM:
            raise ValueError(f"actions must have shape [n, {ACTION_DIM}]; these have {list(array.shape)}")
        return cls(shape=(len(array), ACTION_DIM), data=base64.b64encode(array.tobytes()).decode("ascii"))

    def array(self) -> NDArray[np.float32]:
        """A fresh float32 array [n, 7]."""
        raw = np.frombuffer(base64.b64decode(self.data, validate=True), dtype="<f4")
        return raw.reshape(self.shape).astype(np.float32)

    @model_validator(mode="after")
    def _decodes_to_finite_numbers(self) -> ActionLog:
        try:
            raw = base64.b64decode(self.data, validate=True)
        except binascii.Error as error:
            raise ValueError(f"actions are not valid base64: {error}") from error
        expected = 4 * self.shape[0] * self.shape[1]
        if len(raw) != expected:
            raise ValueError(f"actions of shape {list(self.shape)} need {expected} bytes; there are {len(raw)}")
        if not np.isfinite(np.frombuffer(raw, dtype="<f4")).all():
            raise ValueError("actions hold a NaN or an infinity")
        return self


class Versions(_Model):
    """What ran the episode; physics is only comparable where these agree."""

    gen3d_bench: str
    sapien: str | None = None
    gymnasium: str
    numpy: str
    python: str
    platform: str


class EpisodeSettings(_Model):
    """The environment's settings that the outcome depends on."""

    env: str
    """Gymnasium id or name of the rig."""
    obs_mode: Literal["rgb", "state"]
    image_size: tuple[int, int]
    """Height, width (pixels)."""
    randomization: Literal["train", "eval", "none"]
    physics: PhysicsName | None = "simplerenv"
    """Physics and control convention; None for a real robot.  Records from before it could be chosen leave it out."""
    chunk: int = Field(ge=1)
    """Control steps executed per policy decision."""
    stop_on_success: bool
    time_limit_s: float = Field(gt=0)
    """When an unfinished episode is ended."""


class EpisodeRecord(_Model):
    """One episode.  The headline success is `success_once`; see `metrics` for what is computed from it."""

    schema_version: Literal[1] = 1
    policy: str = Field(min_length=1)
    scene_id: str = Field(min_length=1)
    scene_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    episode: int = Field(ge=0)
    """Index among the episodes of this scene in this run."""
    seed: int = Field(ge=0)
    """Passed to `env.reset`."""
    instruction: str = Field(min_length=1)
    stand_in: str = ""
    """What stood in for the things that the scene is really about; empty if nothing did, and in older records."""
    status: Literal["ok", "policy_error"] = "ok"
    """policy_error: the policy raised or returned an invalid action; counts as a failure."""
    error: str | None = None
    """What the policy's exception said."""
    traceback: str | None = Field(default=None, repr=False)
    """Where the policy raised it; None if it only answered something wrong."""
    actions: ActionLog
    n_steps: int = Field(ge=0)
    """Control steps executed."""
    success_once: bool
    success_at_end: bool | None = None
    """Success at the time limit; None where the episode stops at its first success."""
    lifted: bool
    """The source was grasped and raised; true for every success, however the source got there, so that SR <= PSR."""
    dropped: bool
    touched_wrong: bool
    failures: frozenset[FailureLabel] = frozenset()
    failure_codes: tuple[str, ...] = ()
    """Finer reasons from the rules in `labels`; empty where a person labelled the failure."""
    time_to_finish_s: float | None = Field(default=None, ge=0)
    """Seconds from the first commanded action to the first success; None for a failure."""
    events: dict[str, bool] = Field(default_factory=dict)
    settings: EpisodeSettings
    versions: Versions
    wall_s: float = Field(ge=0)
    """How long the episode took to run, all included."""
    infer_s: float = Field(ge=0)
    """Of that, inside the policy."""

    @property
    def key(self) -> tuple[str, int]:
        """What identifies an episode within a run."""
        return self.scene_id, self.episode

    @field_validator("failure_codes")
    @classmethod
    def _known_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [code for code in codes if code not in LABEL_OF_CODE]
        if unknown:
            raise ValueError(f"unknown failure codes {', '.join(unknown)}; known: {', '.join(LABEL_OF_CODE)}")
        return codes

    @model_validator(mode="after")
    def _consistent(self) -> EpisodeRecord:
        if self.actions.shape[0] != self.n_steps:
            raise ValueError(f"{self.n_steps} control steps but {self.actions.shape[0]} actions")
        if self.success_once:
            self._check_success()
        else:
            self._check_failure()
        if (self.status == "policy_error") != (self.error is not None):
            raise ValueError('`error` goes with status "policy_error" and only with it')
        if self.traceback is not None and self.error is None:
            raise ValueError("`traceback` goes with `error` and only with it")
        if not labels_of(self.failure_codes) <= self.failures:
            raise ValueError(f"failure codes {self.failure_codes} stand for labels missing from `failures`")
        return self

    def _check_success(self) -> None:
        if self.failures or self.failure_codes:
            raise ValueError("a success carries no failure label")
        if not self.lifted:
            raise ValueError("a success counts as lifted (SR <= PSR)")
        if self.time_to_finish_s is None:
            raise ValueError("a success needs time_to_finish_s")
        if self.time_to_finish_s > self.settings.time_limit_s:
            raise ValueError(f"a success after {self.time_to_finish_s} s is beyond the time limit")

    def _check_failure(self) -> None:
        if not self.failures:
            raise ValueError("a failure needs at least one label (dynamics, semantics)")
        if self.time_to_finish_s is not None:
            raise ValueError("time_to_finish_s is for successes only")
        if self.success_at_end:
            raise ValueError("success at the end implies success_once")

    def outcome(self) -> dict[str, Any]:
        """The record without timings and traceback: equal for two runs of one episode on one machine."""
        return self.model_dump(mode="json", exclude={"wall_s", "infer_s", "traceback"})
