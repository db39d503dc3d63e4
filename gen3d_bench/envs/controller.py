"""End-effector control: from actions to joint targets, for a batch of arms.

One law for simulation and for the real robot, which commands its joints the same way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs import kinematics
from gen3d_bench.envs.config import PhysicsConfig
from gen3d_bench.envs.rotations import matrix_from_rotvec, rpy_from_matrix

Array = NDArray[np.float64]


def action_bounds(config: PhysicsConfig) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lowest and highest action [7]: delta xyz (m), delta rotation (rad), gripper (1 open, 0 closed)."""
    high = np.array([config.max_translation] * 3 + [config.max_rotation] * 3 + [1.0], np.float32)
    return np.concatenate([-high[:6], high[6:] * 0]), high


ACTION_LOW, ACTION_HIGH = action_bounds(PhysicsConfig())
"""Bounds of an action in the benchmark."""

BRIDGE_FRAME = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""The hand's orientation that Bridge calls zero: approach straight down."""


class EndEffectorController:
    """Keeps the target pose that delta actions move, and the joint targets that reach it.

    SimplerEnv's law: the target of each arm is p' = p + D (t - p) + delta, R' = D R, with D the turn asked for, t and R
    the previous target and p the measured position: translation along the base's axes, rotation about where the end
    effector is now.  ManiSkill 3's (`PhysicsConfig.rotation` "euler") adds delta to the previous target and reads D as
    Euler angles.

    A target that no joint angles reach, or only ones far from the present (`PhysicsConfig.joint_step`: another posture,
    or a joint that has to unwind), is refused: the previous one stays.
    """

    def __init__(self, config: PhysicsConfig, qpos: Array) -> None:
        """qpos: [N, 8] joint positions to start from."""
        self.config = config
        self.joints = np.array(qpos[:, :6], float)
        self.position, self.rotation = kinematics.forward(self.joints)
        self.gripper = np.full(len(qpos), config.finger_open)
        self._low, self._high = action_bounds(config)

    def command(self, actions: Array, qpos: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Drive targets [N, 8] for actions [N, 7] at measured qpos [N, 8], and whether each pose was reachable [N]."""
        actions = np.clip(np.asarray(actions, float), self._low, self._high)
        position, rotation = self._aim(actions[:, :3], actions[:, 3:6], qpos)
        reachable = self._follow(position, rotation, qpos)
        self.gripper = np.where(actions[:, 6] > 0.5, self.config.finger_open, self.config.finger_closed)
        return np.concatenate([self.joints, self.gripper[:, None], self.gripper[:, None]], axis=1), reachable

    def _aim(self, delta: Array, turn: Array, qpos: Array) -> tuple[Array, Array]:
        """The pose [N, 3], [N, 3, 3] that an action asks for."""
        if self.config.rotation == "rotvec":
            measured, _ = kinematics.forward(qpos[:, :6])
            rotate = matrix_from_rotvec(turn)
            position = measured + (rotate @ (self.position - measured)[..., None])[..., 0] + delta
        else:
            rotate = kinematics.euler_xyz(turn)
            position = self.position + delta
        return position, rotate @ self.rotation

    def _follow(self, position: Array, rotation: Array, qpos: Array) -> NDArray[np.bool_]:
        """Make a pose the target, and find its joint angles.  Returns where it is reachable [N]."""
        joints, reachable = kinematics.inverse(position, rotation, self.joints)
        reachable &= np.abs(joints - self.joints).max(axis=1) <= self.config.joint_step
        keep = reachable[:, None]
        self.position = np.where(keep, position, self.position)
        self.rotation = np.where(keep[..., None], rotation, self.rotation)
        self.joints = np.where(keep, joints, self.joints)
        return reachable


class IterativeController(EndEffectorController):
    """What SimplerEnv and ManiSkill 3 do about inverse kinematics, for figures that are compared with theirs.

    An iterative solver starts from the measured joints and stops up to 1e-4 (m, rad) short of the target.  Where it
    finds nothing the arm stops where it is, but the target moves on with every action.
    """

    def _follow(self, position: Array, rotation: Array, qpos: Array) -> NDArray[np.bool_]:
        from gen3d_bench.envs.iterative_kinematics import iterative_solver  # SAPIEN's, which a robot machine lacks

        self.position, self.rotation = position, rotation
        solver = iterative_solver()
        solved = [solver.solve(p, r, q) for p, r, q in zip(position, rotation, qpos[:, :6], strict=True)]
        self.joints = np.array([q if s is None else s for s, q in zip(solved, qpos[:, :6], strict=True)])
        return np.array([s is not None for s in solved])


def make_controller(config: PhysicsConfig, qpos: Array) -> EndEffectorController:
    """The controller that a convention asks for, at joint positions qpos [N, 8]."""
    kinds = {"closed_form": EndEffectorController, "iterative": IterativeController}
    return kinds[config.inverse](config, qpos)


def proprioception(qpos: Array) -> NDArray[np.float32]:
    """[N, 7] of measured qpos [N, 8]: xyz (m), roll, pitch, yaw (rad, Bridge's convention), openness in [0, 1]."""
    position, rotation = kinematics.forward(qpos[:, :6])
    rpy = rpy_from_matrix(rotation @ BRIDGE_FRAME.T)
    closedness = np.maximum(((0.037 - qpos[:, 6:8]) / 0.022).mean(axis=1, keepdims=True), 0.0)
    return np.concatenate([position, rpy, np.clip(1.0 - closedness, 0.0, 1.0)], axis=1).astype(np.float32)
