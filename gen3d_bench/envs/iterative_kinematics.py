"""Inverse kinematics as SimplerEnv and ManiSkill 3 do it: SAPIEN's closed-loop solver, started from the measured
joints.

It approaches a pose in steps of a tenth and stops within 1e-4 of it, so its joint angles differ from the exact ones by
some 1e-4 rad, always on the side that the arm comes from: enough to tell two trajectories apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.robot_description import ARM_JOINTS, Body, widowx
from gen3d_bench.envs.rotations import quat_from_matrix, rpy_from_matrix

Array = NDArray[np.float64]

ITERATIONS = 100
"""After these the solver gives up."""
END_EFFECTOR = "ee_gripper_link"


class IterativeSolver:
    """One arm at a time; poses are those of `ee_gripper_link` in the robot base frame."""

    def __init__(self) -> None:
        from sapien.wrapper.pinocchio_model import PinocchioModel

        self._model = PinocchioModel(arm_urdf(widowx()), [0.0, 0.0, -9.81])
        self._model.set_joint_order(list(ARM_JOINTS))
        self._model.set_link_order([END_EFFECTOR])

    def solve(self, position: Array, rotation: Array, near: Array) -> Array | None:
        """Joint angles [6] (rad) near a pose [3] (m), [3, 3], found from `near` [6]; None where the solver gives up."""
        target = sapien.Pose(position, quat_from_matrix(rotation))
        joints, found, _ = self._model.compute_inverse_kinematics(
            0, target, initial_qpos=near, active_qmask=np.ones(6), max_iterations=ITERATIONS
        )
        return np.asarray(joints, float) if found else None


@cache
def iterative_solver() -> IterativeSolver:
    """The solver of this process."""
    return IterativeSolver()


def arm_urdf(bodies: Sequence[Body]) -> str:
    """The six joints of the arm and its end effector's frame as a URDF; links have no mass and no shape."""
    robot = Element("robot", name="arm")
    for body in bodies:
        joint = body.joint
        if joint is None or body.parent is None:
            SubElement(robot, "link", name=body.name)
        elif joint.name in ARM_JOINTS:
            axis = " ".join(map(repr, joint.axis.tolist()))
            element = _placed(robot, joint.name, "revolute", body.parent, body.name, joint.pose)
            SubElement(element, "axis", xyz=axis)
            SubElement(element, "limit", lower=repr(joint.lower), upper=repr(joint.upper), effort="1", velocity="1")
        for name, pose in body.frames:
            if name == END_EFFECTOR:
                _placed(robot, name, "fixed", body.name, name, pose)
    return tostring(robot, encoding="unicode")


def _placed(robot: Element, name: str, kind: str, parent: str, child: str, pose: Array) -> Element:
    """A joint and its child link; pose [4, 4] of the child in the parent."""
    SubElement(robot, "link", name=child)
    joint = SubElement(robot, "joint", name=name, type=kind)
    SubElement(joint, "parent", link=parent)
    SubElement(joint, "child", link=child)
    numbers = (" ".join(map(repr, values.tolist())) for values in (pose[:3, 3], rpy_from_matrix(pose[:3, :3])))
    SubElement(joint, "origin", xyz=next(numbers), rpy=next(numbers))
    return joint
