"""What a check says: passed or not, why, by which method, and the picture it looked at."""

from __future__ import annotations

from enum import Enum

from pydantic import model_validator

from gen3d_bench.scenes.schema import Model


class Stage(str, Enum):
    """Where in the pipeline something is checked.  The first three are those of Table C.1, each for one asset."""

    appearance = "appearance"
    """Does it look like what was asked for: colours, one complete thing?"""
    geometry = "geometry"
    """Is the mesh sound, and do the collision parts fit it?"""
    alignment = "alignment"
    """Is the finished 3D asset still what the words describe: kind, shape, size?"""
    handling = "handling"
    """One asset on a table: does it rest, stay when nudged, fit the gripper?"""
    layout = "layout"
    """Was room found for everything, in reach and in sight?"""
    physics = "physics"
    """The whole scene: at rest, nothing inside anything else, nothing done already?"""
    solvability = "solvability"
    """Does the oracle succeed?"""


class Verdict(Model):
    """The outcome of one check.  Whatever keeps a check from looking is a failure with that reason, never a pass."""

    stage: Stage
    passed: bool
    reason: str
    """What was found, in one line with numbers and units: also for a pass."""
    method: str
    """How it was found out ("dominant colours in CIELAB", "openai:gpt-4o"): never more than what was done."""
    evidence: str | None = None
    """File name of a picture of what was judged, relative to the folder of the run."""
    reached: bool = True
    """False where the checker could not be asked: nothing is known, so nothing has passed."""

    @model_validator(mode="after")
    def _fails_closed(self) -> Verdict:
        if self.passed and not self.reached:
            raise ValueError("a checker that could not be reached passes nothing")
        return self

    @classmethod
    def unreachable(cls, stage: Stage, method: str, why: str) -> Verdict:
        """For a checker that could not be asked."""
        return cls(stage=stage, passed=False, reason=f"the checker could not be reached: {why}", method=method,
                   reached=False)
