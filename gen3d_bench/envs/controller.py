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

ACTION_LOW = np.array([-0.05] * 3 + [-0.25] * 3 + [0.0], dtype=np.float32)
ACTION_HIGH = np.array([0.05] * 3 + [0.25] * 3 + [1.0], dtype=np.float32)
"""Bounds of an action: delta xyz (m), delta rotation (rad), gripper (1 open, 0 closed)."""

BRIDGE_FRAME = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""The hand's orientation that Bridge calls zero: approach straight down."""


class EndEffectorController:
    """Keeps the target pose that delta actions move, and the joint targets that reach it.

    The target of each arm is p' = p + D (t - p) + delta, R' = D R, with D the turn asked for, t and R the previous
    target and p the measured position: translation along the base's axes, rotation about where the end effector is now.
    A target that no joint angles reach, or only ones far from the present (`PhysicsConfig.joint_step`: another posture,
    or a joint that has to unwind), is refused: the previous one stays.
    """

    def __init__(self, config: PhysicsConfig, qpos: Array) -> None:
        """qpos: [N, 8] joint positions to start from."""
        self.config = config
        self.joints = np.array(qpos[:, :6], float)
        self.position, self.rotation = kinematics.forward(self.joints)
        self.gripper = np.full(len(qpos), config.finger_open)

    def command(self, actions: Array, qpos: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Drive targets [N, 8] for actions [N, 7] at measured qpos [N, 8], and whether each pose was reachable [N]."""
        actions = np.clip(np.asarray(actions, float), ACTION_LOW, ACTION_HIGH)
        measured, _ = kinematics.forward(qpos[:, :6])
        delta, turn = actions[:, :3], actions[:, 3:6]
        if self.config.rotation == "rotvec":
            rotate = matrix_from_rotvec(turn)
            position = measured + (rotate @ (self.position - measured)[..., None])[..., 0] + delta
        else:
            rotate = kinematics.euler_xyz(turn)
            position = self.position + delta
        rotation = rotate @ self.rotation
        joints, reachable = kinematics.inverse(position, rotation, self.joints)
        reachable &= np.abs(joints - self.joints).max(axis=1) <= self.config.joint_step
        keep = reachable[:, None]
        self.position = np.where(keep, position, self.position)
        self.rotation = np.where(keep[..., None], rotation, self.rotation)
        self.joints = np.where(keep, joints, self.joints)
        self.gripper = np.where(actions[:, 6] > 0.5, self.config.finger_open, self.config.finger_closed)
        return np.concatenate([self.joints, self.gripper[:, None], self.gripper[:, None]], axis=1), reachable


def proprioception(qpos: Array) -> NDArray[np.float32]:
    """[N, 7] of measured qpos [N, 8]: xyz (m), roll, pitch, yaw (rad, Bridge's convention), openness in [0, 1]."""
    position, rotation = kinematics.forward(qpos[:, :6])
    rpy = rpy_from_matrix(rotation @ BRIDGE_FRAME.T)
    closedness = np.maximum(((0.037 - qpos[:, 6:8]) / 0.022).mean(axis=1, keepdims=True), 0.0)
    return np.concatenate([position, rpy, np.clip(1.0 - closedness, 0.0, 1.0)], axis=1).astype(np.float32)
