"""What every policy looks like from outside, whether scripted, learned or at the other end of a socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.scenes.schema import Scene

Observations = Mapping[str, Any]
"""Batched observations, B slots: "image" uint8 [B, H, W, 3], "proprio" float32 [B, 7], "instruction" list of B str, and
in obs_mode "state" also "state", a dict of arrays [B, ...].  "slot", a list of B int, says which slots these are, in
case not all are; without it they are 0 to B - 1."""


def slots_of(observations: Observations) -> Sequence[int]:
    """The slot of each row."""
    slots: Sequence[int] | None = observations.get("slot")
    return range(len(observations["proprio"])) if slots is None else slots


@dataclass(frozen=True)
class EpisodeStart:
    """What a policy is told when an episode begins.  Only privileged policies (obs_mode "state") may look at
    `scene`."""

    scene: Scene | None
    """None where the environment is on another machine."""
    seed: int
    instruction: str


class PolicyUnavailable(Exception):  # noqa: N818 - says what is the case
    """The policy could not be asked: a fault of lines and machines, for which no episode is a failure."""


@runtime_checkable
class Policy(Protocol):
    """Observation in, action chunk out; batched first.

    name: for records and reports.  obs_mode: what it needs to see.  chunk: C, control steps per decision.
    """

    name: str
    obs_mode: Literal["rgb", "state"]
    chunk: int

    def reset(self, episodes: Mapping[int, EpisodeStart]) -> None:
        """Begin new episodes in these slots; other slots carry on."""

    def infer(self, observations: Observations) -> NDArray[np.float32]:
        """Actions float32 [B, C, 7]: delta xyz (m, +-0.05), delta rotation (rad, +-0.25), gripper (1 open, 0
        closed)."""
