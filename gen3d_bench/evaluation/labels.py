"""Why an episode failed: the rules that turn what the simulator saw into the paper's two failure labels.

The paper (section on sim-to-real performance) counts *dynamics* failures, for faults of execution such as a bad grasp
or a dropped object, and *semantics* failures, for a misread task; one failure may be both.  There a person decides;
here, in simulation, these rules do.  They look at the whole episode and every rule that applies is noted:

    code              label      applies when the episode failed and ...
    ----------------  ---------  ------------------------------------------------------------------------------------
    wrong_object      semantics  both fingers held a distractor
    wrong_place       semantics  the source was left resting on a distractor
    wrong_approach    semantics  a distractor was pushed away and the source was never touched
    collision         dynamics   a distractor was pushed away, though the source was touched too
    missed_grasp      dynamics   the source was touched but never held between both fingers
    failed_lift       dynamics   the source was held but never raised off the table
    dropped           dynamics   the source was raised, then lost or put down somewhere that is no object
    not_placed        dynamics   the source was raised, never lost, and not left on a wrong object: time ran out
    missed_reach      dynamics   nothing was touched although the gripper was closed: the fingers closed on air
    unreachable       dynamics   nothing was touched, the gripper stayed open and a commanded pose could not be reached
    no_attempt        semantics  nothing was touched, the gripper stayed open, every pose was reachable: no progress
    policy_error      dynamics   the policy raised an exception or returned an invalid action

Every failure gets at least one label: an episode in which the source was touched falls under one of missed_grasp,
failed_lift, dropped, not_placed or wrong_place; one in which only another object was pushed or held under
wrong_approach or wrong_object; one in which nothing was under missed_reach, unreachable or no_attempt.

Known limits: a person may forgive holding a wrong object that was in the way (Fig. H.15 counts as dynamics only), and
tell a source that fell onto a distractor from one that was put there; the rules take both as semantics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from gen3d_bench.envs.task import EVENTS


class FailureLabel(str, Enum):
    """The paper's two kinds of failure."""

    dynamics = "dynamics"
    semantics = "semantics"


@dataclass(frozen=True)
class Evidence:
    """What is known about a failed episode; the first eight are the environment's sticky `info["events"]`."""

    touched: bool = False
    grasped: bool = False
    lifted: bool = False
    dropped: bool = False
    touched_wrong: bool = False
    grasped_wrong: bool = False
    placed_wrong: bool = False
    ik_failed: bool = False
    closed_gripper: bool = False
    """Some action commanded the gripper closed."""
    policy_error: bool = False

    @classmethod
    def from_events(cls, events: Mapping[str, bool], *, closed_gripper: bool, policy_error: bool = False) -> Evidence:
        """Read the environment's events; a missing one is an error, an unknown one is ignored."""
        missing = [name for name in EVENTS if name not in events]
        if missing:
            raise KeyError(f'info["events"] lacks {", ".join(missing)}; it has {", ".join(sorted(events)) or "none"}')
        seen = {name: bool(events[name]) for name in EVENTS}
        return cls(**seen, closed_gripper=closed_gripper, policy_error=policy_error)

    @property
    def handled_source(self) -> bool:
        return self.touched or self.grasped or self.lifted

    @property
    def handled_wrong(self) -> bool:
        return self.touched_wrong or self.grasped_wrong

    @property
    def idle(self) -> bool:
        """Nothing was touched at all."""
        return not (self.handled_source or self.handled_wrong or self.placed_wrong)


@dataclass(frozen=True)
class FailureRule:
    """One line of the table above."""

    code: str
    label: FailureLabel
    meaning: str
    applies: Callable[[Evidence], bool]


_D, _S = FailureLabel.dynamics, FailureLabel.semantics
RULES: tuple[FailureRule, ...] = (
    FailureRule("wrong_object", _S, "held an object other than the source", lambda e: e.grasped_wrong),
    FailureRule("wrong_place", _S, "left the source on a distractor", lambda e: e.placed_wrong),
    FailureRule("wrong_approach", _S, "pushed another object away, never touched the source",
                lambda e: e.touched_wrong and not e.grasped_wrong and not e.handled_source),
    FailureRule("collision", _D, "pushed another object away while handling the source",
                lambda e: e.touched_wrong and not e.grasped_wrong and e.handled_source),
    FailureRule("missed_grasp", _D, "touched the source but never held it",
                lambda e: e.touched and not e.grasped and not e.lifted),
    FailureRule("failed_lift", _D, "held the source but never raised it", lambda e: e.grasped and not e.lifted),
    FailureRule("dropped", _D, "raised the source and lost it", lambda e: e.dropped and not e.placed_wrong),
    FailureRule("not_placed", _D, "raised the source but did not bring it to the target in time",
                lambda e: e.lifted and not e.dropped and not e.placed_wrong),
    FailureRule("missed_reach", _D, "closed the gripper on air, touched nothing",
                lambda e: e.idle and e.closed_gripper),
    FailureRule("unreachable", _D, "commanded poses out of reach, touched nothing",
                lambda e: e.idle and not e.closed_gripper and e.ik_failed),
    FailureRule("no_attempt", _S, "touched nothing and never tried to grasp",
                lambda e: e.idle and not e.closed_gripper and not e.ik_failed and not e.policy_error),
    FailureRule("policy_error", _D, "the policy raised an exception or returned an invalid action",
                lambda e: e.policy_error),
)
LABEL_OF_CODE: Mapping[str, FailureLabel] = {rule.code: rule.label for rule in RULES}


def failure_codes(evidence: Evidence) -> tuple[str, ...]:
    """Codes of all rules that apply to a failed episode, in table order; never empty."""
    return tuple(rule.code for rule in RULES if rule.applies(evidence))


def labels_of(codes: Iterable[str]) -> frozenset[FailureLabel]:
    """The labels that these codes stand for."""
    return frozenset(LABEL_OF_CODE[code] for code in codes)
