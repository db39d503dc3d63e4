"""Pick and place, judged from contact forces: success (Eq. A.1) and what happened on the way.  Batched, no simulator.

Contacts are force matrices [N, K, K + 4]: entry (i, j) is the total force (N) between object i of K and thing j, where
things are the K objects, then the table, the left finger, the right finger and the rest of the robot.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TABLE, LEFT_FINGER, RIGHT_FINGER, REST_OF_ROBOT = range(4)
"""Columns of a force matrix after its K objects."""

LIFT_HEIGHT = 0.02
"""How far a grasped object must rise to count as lifted (m)."""
PUSH_DISTANCE = 0.02
"""How far a distractor must be displaced by the robot to count as touched (m)."""
EVENTS = ("touched", "grasped", "lifted", "dropped", "touched_wrong", "grasped_wrong", "placed_wrong", "ik_failed")


@dataclass(frozen=True)
class Contacts:
    """Who touches whom, for N environments with K objects each (padding objects touch nothing).

    objects: [N, K, K]; table, left, right, robot: [N, K] (robot: any link, fingers included).
    """

    objects: Mask
    table: Mask
    left: Mask
    right: Mask
    robot: Mask

    @classmethod
    def from_forces(cls, forces: Array, threshold: float) -> Contacts:
        """forces: [N, K, K + 4] (N); threshold: least force that counts (N)."""
        touching = forces > threshold
        count = forces.shape[1]
        left, right = touching[:, :, count + LEFT_FINGER], touching[:, :, count + RIGHT_FINGER]
        robot = left | right | touching[:, :, count + REST_OF_ROBOT]
        return cls(touching[:, :, :count], touching[:, :, count + TABLE], left, right, robot)


def success(contacts: Contacts, source: NDArray[np.int64], target: NDArray[np.int64]) -> Mask:
    """Eq. A.1: contact(A, B) and not contact(A, table) and not contact(A, robot).

    source, target: indices [N] of A and B.  Returns [N].
    """
    rows = np.arange(len(source))
    on_target = contacts.objects[rows, source, target]
    return on_target & ~contacts.table[rows, source] & ~contacts.robot[rows, source]


@dataclass
class Episode:
    """What has happened so far in N episodes: sticky flags [N] by event name, kept up to date by `update`.

    touched: a finger touched the source.  grasped: both fingers did at once.  lifted: grasped, off the table and risen
    2 cm.  dropped: lifted, then let go of, and on the table or on a wrong object.  grasped_wrong: both fingers on a
    distractor (touching the target is part of the task).  touched_wrong: that, or a distractor displaced 2 cm after the
    robot touched it.  placed_wrong: source lifted, let go of, and resting on a distractor.  ik_failed: a target pose
    was out of reach.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    present: Mask
    start: Array
    """Positions [N, K, 3] (m) when the episode began."""
    flags: dict[str, Mask] = field(init=False)
    pushed: Mask = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.source)
        self.flags = {name: np.zeros(count, bool) for name in EVENTS}
        self.pushed = np.zeros(self.present.shape, bool)

    def update(self, contacts: Contacts, positions: Array, reachable: Mask, done: Mask) -> None:
        """Take in one control step.

        positions: [N, K, 3] (m).  reachable: [N], whether each action was.  done: [N], which episodes are a success.
        """
        rows = np.arange(len(self.source))
        is_source = np.zeros_like(self.present)
        is_source[rows, self.source] = True
        is_target = np.zeros_like(self.present)
        is_target[rows, self.target] = True
        distractor = self.present & ~is_source & ~is_target
        held = contacts.left & contacts.right
        grasped = held[rows, self.source]
        table = contacts.table[rows, self.source]
        free = ~contacts.robot[rows, self.source]
        risen = positions[rows, self.source, 2] - self.start[rows, self.source, 2] > LIFT_HEIGHT
        on_distractor = (contacts.objects[rows, self.source] & distractor).any(axis=1)

        flags = self.flags
        flags["touched"] |= contacts.left[rows, self.source] | contacts.right[rows, self.source]
        flags["grasped"] |= grasped
        flags["lifted"] |= grasped & risen & ~table
        let_go = flags["lifted"] & free & ~done
        flags["dropped"] |= let_go & (table | on_distractor)
        flags["placed_wrong"] |= let_go & on_distractor & ~table
        flags["grasped_wrong"] |= (held & distractor).any(axis=1)
        self.pushed |= contacts.robot & distractor
        displaced = np.linalg.norm(positions - self.start, axis=2) > PUSH_DISTANCE
        flags["touched_wrong"] |= flags["grasped_wrong"] | (self.pushed & displaced).any(axis=1)
        flags["ik_failed"] |= ~reachable
