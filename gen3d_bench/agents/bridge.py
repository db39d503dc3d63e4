"""The conventions of the Bridge data, in which VLAs for the WidowX speak.

The environment's actions are the robot's: delta xyz (m), a rotation vector (rad), gripper 1 open and 0 closed.  Bridge
has Euler angles (static x, y, z) for the rotation vector.  States are in Bridge's convention already
(`envs.controller.proprioception`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.rotations import matrix_from_rotvec, matrix_from_rpy, rotvec_from_matrix, rpy_from_matrix

Array = NDArray[np.float32]
ROTATION = slice(3, 6)
GRIPPER = 6
OPEN_ABOVE = 0.5
"""A gripper command above this opens; exactly this closes."""


def to_bridge(actions: Array) -> Array:
    """Rotation vectors of actions [..., 7] as Euler angles (static x, y, z)."""
    bridge = np.array(actions, np.float32)
    bridge[..., ROTATION] = rpy_from_matrix(matrix_from_rotvec(actions[..., ROTATION].astype(float)))
    return bridge


def from_bridge(actions: Array) -> Array:
    """Euler angles of actions [..., 7] as rotation vectors, and the gripper as 1 (open) or 0 (closed)."""
    robot = np.array(actions, np.float32)
    robot[..., ROTATION] = rotvec_from_matrix(matrix_from_rpy(actions[..., ROTATION].astype(float)))
    robot[..., GRIPPER] = actions[..., GRIPPER] > OPEN_ABOVE
    return robot
