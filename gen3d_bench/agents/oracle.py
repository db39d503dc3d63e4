"""The oracle: a scripted policy with privileged state that acts through the same actions as everyone else.

It proves scenes solvable and is the upper baseline.  Grasp from geometry, lift, carry, lower, let go; look again and
retry.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.grasping import Grasp, grasps, long_axis, surface_points
from gen3d_bench.agents.policy import EpisodeStart, Observations, slots_of
from gen3d_bench.envs.controller import ACTION_HIGH, ACTION_LOW
from gen3d_bench.envs.kinematics import FINGERTIP, forward, inverse
from gen3d_bench.envs.rotations import matrix_from_quat, rotvec_from_matrix
from gen3d_bench.envs.simulation import collision_points
from gen3d_bench.scenes.schema import Role
from gen3d_bench.scenes.store import AssetStore

Array = NDArray[np.float64]
State = Mapping[str, Array]
Moves = Generator[Array, State, State]
"""A piece of the script: yields actions, is sent states, returns the last state."""

OPEN, CLOSED = 1.0, 0.0
HOVER = 0.06
"""Height above a grasp from which the hand comes straight down (m)."""
CLEARANCE = 0.015
"""Free height under a carried thing (m)."""
CLEAR = 0.002
"""What lies higher than this does not touch the table (m)."""
NARROW = 0.034
"""Things less wide than this leave the open fingers room to spare (m)."""


@dataclass(frozen=True)
class Shape:
    """An object's collision surface [P, 3] in its own frame and whether things go in it."""

    points: Array
    hollow: bool

    def at(self, pose: Array) -> Array:
        """Points in the scene frame for a pose [7]."""
        return self.points @ matrix_from_quat(pose[3:]).T + pose[:3]


class OraclePolicy:
    """Batched first: every slot runs its own script."""

    name = "oracle"
    obs_mode: Literal["rgb", "state"] = "state"
    chunk = 1

    def __init__(self, store: AssetStore | None = None) -> None:
        self.store = store or AssetStore()
        self._scripts: dict[int, Generator[Array, State, None]] = {}

    def reset(self, episodes: Mapping[int, EpisodeStart]) -> None:
        for slot, episode in episodes.items():
            scene = episode.scene
            if scene is None:
                raise ValueError("the oracle must see the scene: it cannot act from afar")
            shapes = []
            for thing in scene.objects:
                asset = self.store.get(thing.asset)
                parts = collision_points(asset.folder / "collision.obj")
                shapes.append(Shape(surface_points(parts), asset.info.hollow))
            roles = [o.role for o in scene.objects]
            script = _script(shapes, roles.index(Role.source), roles.index(Role.target))
            next(script)
            self._scripts[slot] = script

    def infer(self, observations: Observations) -> NDArray[np.float32]:
        state = observations["state"]
        actions = [
            self._scripts[slot].send({key: np.asarray(v[row], float) for key, v in state.items()})
            for row, slot in enumerate(slots_of(observations))
        ]
        return np.asarray(actions, np.float32)[:, None]


# ----------------------------------------------------------------------------------------------------- the script


def _script(shapes: Sequence[Shape], source: int, target: int) -> Generator[Array, State, None]:
    state = yield np.zeros(7)
    failed: list[Grasp] = []
    while True:
        clouds = [shape.at(pose) for shape, pose in zip(shapes, state["objects"], strict=False)]
        obstacles = np.vstack([c for k, c in enumerate(clouds) if k != source])
        choice = _choose(clouds[source], obstacles, state, failed)
        ceiling = float(obstacles[:, 2].max())
        if choice is None:
            failed.clear()
            state = yield from _hold(state, OPEN, 2)
            continue
        state = yield from _take(state, choice, ceiling)
        if not _holding(state, shapes[source], source):
            failed.append(choice)
            state = yield from _rise(state, OPEN, ceiling)
            continue
        state = yield from _bring(state, shapes, source, target)
        while _done(state, shapes, source, target):  # only where success does not end the episode
            state = yield from _hold(state, OPEN, 1)


def _choose(points: Array, obstacles: Array, state: State, failed: Sequence[Grasp]) -> Grasp | None:
    """The best grasp within reach that is unlike those that failed."""
    center = (points.min(axis=0) + points.max(axis=0)) / 2
    for grasp in grasps(points, center, obstacles):
        new = all(np.linalg.norm(grasp.tip - f.tip) > 0.006 or abs(_turn(grasp.angle, f.angle)) > 0.15 for f in failed)
        if new and _reachable(grasp, state):
            return grasp
    return None


def _turn(a: float, b: float) -> float:
    """Smallest turn from closing direction b to a, which repeat every half turn (rad)."""
    return float((a - b + np.pi / 2) % np.pi - np.pi / 2)


def _reachable(grasp: Grasp, state: State) -> bool:
    rotation = _facing_down(grasp.angle, grasp.tip, state)
    return all(_joints(state, grasp.tip + _up(height), rotation)[1] for height in (FINGERTIP, FINGERTIP + HOVER))


def _joints(state: State, position: Array, rotation: Array) -> tuple[Array, bool]:
    """Joint angles [6] that bring the hand to a pose in the scene frame, and whether there are any.

    The base may be raised: what the arm reaches is measured from it.
    """
    near = state["qpos"][:6]
    base = _up(state["ee_pose"][2] - forward(near)[0][2])
    joints, found = inverse(position - base, rotation, near)
    return joints, bool(found)


def _up(height: float) -> Array:
    return np.array([0.0, 0.0, height])


def _facing_down(angle: float, tip: Array, state: State) -> Array:
    """Hand rotation [3, 3] pointing down with the fingers closing along `angle`, of the two that do, the nearer.

    Nearer in joint angles at `tip` [3] (m): the wrist cannot turn on and on.
    """
    near = state["qpos"][:6]
    options = []
    for a in (angle, angle + np.pi):
        c, s = np.cos(a), np.sin(a)
        rotation = np.array([[0.0, c, s], [0.0, s, -c], [-1.0, 0.0, 0.0]])
        joints, found = _joints(state, tip + _up(FINGERTIP), rotation)
        options.append((float(np.abs(joints - near).max()) if found else np.inf, rotation))
    return min(options, key=lambda o: o[0])[1]


def _action(state: State, position: Array, rotation: Array, gripper: float, stride: float = 0.05) -> Array:
    """One step from the controller's target straight towards a pose, at most `stride` (m) along each axis."""
    delta = position - state["target_pose"][:3]
    turn = rotvec_from_matrix(rotation @ matrix_from_quat(state["target_pose"][3:]).T)
    share = min(1.0, stride / max(np.abs(delta).max(), 1e-9))
    share_turn = min(1.0, 0.25 / max(np.abs(turn).max(), 1e-9))
    action: Array = np.concatenate([delta * share, turn * share_turn, [gripper]])
    return np.clip(action, ACTION_LOW, ACTION_HIGH)


def _go(
    state: State,
    position: Array,
    rotation: Array,
    gripper: float,
    *,
    tolerance: float = 0.004,
    patience: int = 14,
    stride: float = 0.05,
) -> Moves:
    """Move until the hand is there (m, rad), or patience (steps) runs out."""
    for _ in range(patience):
        state = yield _action(state, position, rotation, gripper, stride)
        away = np.linalg.norm(state["ee_pose"][:3] - position)
        turned = np.linalg.norm(rotvec_from_matrix(rotation @ matrix_from_quat(state["ee_pose"][3:]).T))
        if away < tolerance and turned < 0.05:
            break
    return state


def _hold(state: State, gripper: float, steps: int) -> Moves:
    """Stay where the controller aims, with the gripper as given."""
    for _ in range(steps):
        state = yield np.array([0.0, 0, 0, 0, 0, 0, gripper])
    return state


def _close(state: State) -> Moves:
    """Close the gripper until the fingers stand still."""
    for _ in range(6):
        before = state["qpos"][6:8].mean()
        state = yield from _hold(state, CLOSED, 1)
        if before - state["qpos"][6:8].mean() < 0.0004:
            break
    return state


def _rise(state: State, gripper: float, ceiling: float) -> Moves:
    pose = state["ee_pose"]
    position = np.array([*pose[:2], max(pose[2], ceiling + FINGERTIP + 0.03)])
    return (
        yield from _go(state, position, matrix_from_quat(state["target_pose"][3:]), gripper, tolerance=0.01, patience=5)
    )


def _take(state: State, grasp: Grasp, ceiling: float) -> Moves:
    rotation = _facing_down(grasp.angle, grasp.tip, state)
    tip = grasp.tip + _up(FINGERTIP)
    above = np.array([*tip[:2], max(tip[2] + HOVER, ceiling + FINGERTIP + CLEARANCE)])
    state = yield from _go(state, above, rotation, OPEN, tolerance=0.008)
    # The arm swerves a little when it hurries: slowly where the open fingers pass close by.
    stride = 0.05 if grasp.width < NARROW else 0.02
    state = yield from _go(state, tip, rotation, OPEN, tolerance=0.004, stride=stride)
    state = yield from _close(state)
    return (yield from _go(state, tip + _up(HOVER), rotation, CLOSED, tolerance=0.015, patience=4))


def _holding(state: State, shape: Shape, source: int) -> bool:
    """Whether the thing came up with the hand."""
    bottom = shape.at(state["objects"][source])[:, 2].min()
    fingers = state["qpos"][6:8].mean()
    return bool(bottom > 0.02 and fingers > 0.0155)


def _done(state: State, shapes: Sequence[Shape], source: int, target: int) -> bool:
    """Whether the thing lies over its goal and clear of the table."""
    held, goal = (shapes[k].at(state["objects"][k]) for k in (source, target))
    center = (held[:, :2].min(axis=0) + held[:, :2].max(axis=0)) / 2
    over = np.all((center > goal[:, :2].min(axis=0)) & (center < goal[:, :2].max(axis=0)))
    return bool(over and held[:, 2].min() > CLEAR)


def _bring(state: State, shapes: Sequence[Shape], source: int, target: int) -> Moves:
    """Carry what is held over the target, lower it, let go, and step back."""
    clouds = [shape.at(pose) for shape, pose in zip(shapes, state["objects"], strict=False)]
    held, goal = clouds[source], clouds[target]
    center = (goal[:, :2].min(axis=0) + goal[:, :2].max(axis=0)) / 2
    rotation = matrix_from_quat(state["target_pose"][3:])
    hand = state["ee_pose"][:3]
    # A long thing goes along the long side of a long target.
    axis, stretch = long_axis(held)
    goal_axis, goal_stretch = long_axis(goal)
    yaw = _turn(goal_axis, axis) if stretch > 1.8 and goal_stretch > 1.15 else 0.0
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1.0]])
    offset = turn @ ([*((held[:, :2].min(axis=0) + held[:, :2].max(axis=0)) / 2), held[:, 2].min()] - hand)
    rotation = turn @ rotation
    others = np.vstack([c for k, c in enumerate(clouds) if k != source])
    cruise = float(others[:, 2].max()) + CLEARANCE - offset[2]
    above = np.array([*(center - offset[:2]), cruise])
    up = np.array([*hand[:2], max(cruise, hand[2])])
    if hand[2] < cruise - 0.005:
        state = yield from _go(
            state, up, matrix_from_quat(state["target_pose"][3:]), CLOSED, tolerance=0.015, patience=6
        )
    state = yield from _go(state, above, rotation, CLOSED, tolerance=0.008)
    rim = float(goal[:, 2].max())
    inner = np.linalg.norm(goal[:, :2] - center, axis=1) < 0.03
    surface = float(goal[inner, 2].max()) if inner.any() else rim
    floor = rim if shapes[target].hollow else surface
    down = np.array([*above[:2], floor + 0.004 - offset[2]])
    state = yield from _go(state, down, rotation, CLOSED, tolerance=0.005, patience=6)
    state = yield from _hold(state, OPEN, 2)
    state = yield from _go(state, down + _up(0.05), rotation, OPEN, tolerance=0.015, patience=4)
    return (yield from _hold(state, OPEN, 4))
