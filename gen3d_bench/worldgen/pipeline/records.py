"""What is written down about a generated scene: every attempt, every verdict, and how long each took."""

from __future__ import annotations

from typing import Literal

from gen3d_bench.scenes.schema import Model
from gen3d_bench.worldgen.assets.backend import Kind
from gen3d_bench.worldgen.designer.graph import SceneGraph
from gen3d_bench.worldgen.designer.protocol import Usage
from gen3d_bench.worldgen.verdict import Stage, Verdict


class AssetAttempt(Model):
    """One making of an asset.  error: why there was nothing to judge.  seconds: of making; checks_s: of judging."""

    seed: int
    verdicts: tuple[Verdict, ...] = ()
    error: str | None = None
    seconds: float = 0.0
    checks_s: float = 0.0

    @property
    def passed(self) -> bool:
        return self.error is None and all(verdict.passed for verdict in self.verdicts)


class AssetRecord(Model):
    """All attempts at one asset; the last one was taken if it passed.  sha256: of the asset that was taken."""

    kind: Kind
    name: str
    description: str
    attempts: tuple[AssetAttempt, ...]
    sha256: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return bool(self.attempts) and self.attempts[-1].passed


class LayoutAttempt(Model):
    """One arrangement of the objects."""

    seed: int
    verdicts: tuple[Verdict, ...] = ()


class SceneAttempt(Model):
    """One try at a task: a design, its assets, their arrangement, and whether it can be solved."""

    seed: int
    graph: SceneGraph | None = None
    notes: tuple[str, ...] = ()
    assets: tuple[AssetRecord, ...] = ()
    layouts: tuple[LayoutAttempt, ...] = ()
    solvability: Verdict | None = None

    @property
    def passed(self) -> bool:
        return self.solvability is not None and self.solvability.passed

    @property
    def reached(self) -> bool:
        """Whether every checker that was asked could be reached."""
        return all(verdict.reached for verdict in self.verdicts)

    @property
    def verdicts(self) -> list[Verdict]:
        """Everything that was said, in order."""
        found = [v for asset in self.assets for made in asset.attempts for v in made.verdicts]
        found += [v for layout in self.layouts for v in layout.verdicts]
        return found + ([self.solvability] if self.solvability is not None else [])

    @property
    def why_not(self) -> str:
        """The first thing that was wrong; empty if nothing was."""
        for asset in self.assets:
            if not asset.passed:
                last = asset.attempts[-1]
                reason = last.error or next(f"{v.stage.value}: {v.reason}" for v in last.verdicts if not v.passed)
                return f"{asset.name}: {reason}"
        verdicts = [*(self.layouts[-1].verdicts if self.layouts else ())]
        verdicts += [self.solvability] if self.solvability is not None else []
        return next((f"{v.stage.value}: {v.reason}" for v in verdicts if not v.passed), "")


Status = Literal["accepted", "rejected", "refused", "failed"]
"""accepted: passed every check.  rejected: some check failed in every attempt.  refused: the task cannot be designed.
failed: the machine or a service did not do its part."""


class SceneRecord(Model):
    """One job, done.  reason: why it is not accepted, or empty."""

    id: str
    sentence: str
    distractors: tuple[str, ...] | None = None
    designer: str
    status: Status
    reason: str = ""
    attempts: tuple[SceneAttempt, ...] = ()
    seconds: float = 0.0
    usage: Usage = Usage()
    """Of language models, whatever came of it."""
    file_sha256: str | None = None
    """Of the scene file as it was written, to tell whether somebody has changed it."""
    peak_mb: float = 0.0
    """Most memory that the process had held by the end of this scene."""

    @property
    def accepted(self) -> bool:
        return self.status == "accepted"

    def verdicts(self, stage: Stage) -> list[Verdict]:
        """Everything that was said at one stage, over all attempts."""
        return [verdict for attempt in self.attempts for verdict in attempt.verdicts if verdict.stage is stage]
