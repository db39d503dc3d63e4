"""SAPIEN's solver as SimplerEnv and ManiSkill 3 use it, against the exact kinematics."""

from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d_bench.envs import EnvConfig, PhysicsConfig, PickPlaceEnv, kinematics
from gen3d_bench.envs.config import INITIAL_QPOS
from gen3d_bench.envs.controller import IterativeController, make_controller
from gen3d_bench.envs.iterative_kinematics import arm_urdf, iterative_solver
from gen3d_bench.envs.robot_description import ARM_JOINTS, widowx

START = np.array([INITIAL_QPOS])
FAR = np.array([1.5, 0.0, 0.3])
"""Nowhere that the arm reaches (m)."""
CONFIG = PhysicsConfig.maniskill3()


def chain(root):
    """Pose [4, 4] of the end effector as a function of joint angles [6], from a URDF's joints one after another."""
    joints = {joint.find("child").attrib["link"]: joint for joint in root.findall("joint")}

    def pose(angles):
        values, link, matrix = dict(zip(ARM_JOINTS, angles, strict=True)), "ee_gripper_link", np.eye(4)
        while link in joints:
            joint = joints[link]
            origin = joint.find("origin").attrib
            step = np.eye(4)
            step[:3, 3] = [float(v) for v in origin["xyz"].split()]
            step[:3, :3] = Rotation.from_euler("xyz", [float(v) for v in origin["rpy"].split()]).as_matrix()
            if joint.attrib["type"] == "revolute":
                axis = np.array([float(v) for v in joint.find("axis").attrib["xyz"].split()])
                step[:3, :3] = step[:3, :3] @ Rotation.from_rotvec(axis * values[joint.attrib["name"]]).as_matrix()
            matrix, link = step @ matrix, joint.find("parent").attrib["link"]
        return matrix

    return pose


def random_angles(rng, count):
    return rng.uniform(kinematics.LOWER, kinematics.UPPER, (count, 6))


def test_the_urdf_is_the_arm():
    root = ElementTree.fromstring(arm_urdf(widowx()))
    moving = [joint for joint in root.findall("joint") if joint.attrib["type"] == "revolute"]
    assert tuple(joint.attrib["name"] for joint in moving) == ARM_JOINTS
    limits = [joint.find("limit").attrib for joint in moving]
    np.testing.assert_allclose([float(limit["lower"]) for limit in limits], kinematics.LOWER, atol=1e-6)
    np.testing.assert_allclose([float(limit["upper"]) for limit in limits], kinematics.UPPER, atol=1e-6)
    pose = chain(root)
    for angles in random_angles(np.random.default_rng(0), 50):
        position, rotation = kinematics.forward(angles)
        np.testing.assert_allclose(pose(angles)[:3, 3], position, atol=1e-9)
        np.testing.assert_allclose(pose(angles)[:3, :3], rotation, atol=1e-9)


def test_it_comes_near_and_not_nearer():
    """Within 1e-4 of the pose, and as far from the exact angles as tells two trajectories apart."""
    rng = np.random.default_rng(1)
    start, solver, apart = START[0, :6], iterative_solver(), []
    for _ in range(50):
        position, rotation = kinematics.forward(start + rng.uniform(-0.15, 0.15, 6))
        found = solver.solve(position, rotation, start)
        reached, turned = kinematics.forward(found)
        assert np.linalg.norm(reached - position) < 1e-4
        assert np.linalg.norm(Rotation.from_matrix(turned @ rotation.T).as_rotvec()) < 1e-4
        exact, reachable = kinematics.inverse(position, rotation, start)
        assert reachable
        apart.append(np.abs(found - exact).max())
    assert max(apart) < 1e-3
    assert np.median(apart) > 1e-6, "an exact solver would do, then"


def test_it_gives_up_on_what_is_out_of_reach():
    assert iterative_solver().solve(FAR, np.eye(3), START[0, :6]) is None


def test_a_convention_names_its_solver():
    assert type(make_controller(CONFIG, START)) is IterativeController
    assert type(make_controller(PhysicsConfig.simplerenv(), START)) is not IterativeController


def test_where_nothing_is_found_the_arm_stops_and_the_target_moves_on():
    controller = make_controller(CONFIG, START)
    up, measured, found = np.array([[0, 0, 0.05, 0, 0, 0, 0.0]]), START.copy(), []
    for _ in range(30):
        before = controller.position.copy()
        targets, reachable = controller.command(up, measured)
        np.testing.assert_allclose(controller.position, before + (0, 0, 0.05), atol=1e-12)
        found.append(bool(reachable[0]))
        if reachable[0]:
            np.testing.assert_allclose(kinematics.forward(targets[0, :6])[0], controller.position[0], atol=1e-4)
            measured = targets + 0.001  # the arm has not quite arrived
        else:
            np.testing.assert_array_equal(targets[0, :6], measured[0, :6])
            np.testing.assert_array_equal(targets[0, 6:], CONFIG.finger_closed)
    assert found[0]
    assert not found[-1]


def test_arms_of_a_batch_do_not_affect_each_other():
    both, alone = (make_controller(CONFIG, np.repeat(START, count, axis=0)) for count in (2, 1))
    both.position[1] = FAR
    actions = np.array([[0.02, 0.01, 0, 0, 0.1, 0, 1.0], [0, 0, 0, 0, 0, 0, 0.0]])
    targets, reachable = both.command(actions, np.repeat(START, 2, axis=0))
    expected, _ = alone.command(actions[:1], START)
    assert reachable.tolist() == [True, False]
    np.testing.assert_array_equal(targets[0], expected[0])
    np.testing.assert_array_equal(targets[1, :6], START[0, :6])


@pytest.mark.parametrize("physics", [CONFIG, PhysicsConfig(inverse="iterative")], ids=["maniskill3", "simplerenv"])
def test_an_arm_that_stopped_comes_back(physics):
    """In a world: what is out of reach stops the arm where it is, and does not send it anywhere."""
    env = PickPlaceEnv("gen3d-001", obs_mode="state", randomization="none", config=EnvConfig(physics=physics))
    env.reset(seed=0)
    up, down = (np.array([0, 0, z, 0, 0, 0, 1], np.float32) for z in (0.05, -0.05))
    results = [env.step(up) for _ in range(25)]
    assert not results[-1][4]["reachable"]
    assert results[-1][4]["events"]["ik_failed"]
    joints = [result[0]["state"]["qpos"][:6] for result in results[-3:]]
    assert np.ptp(joints, axis=0).max() < 0.02
    heights = [result[0]["state"]["target_pose"][2] for result in results[-3:]]
    if physics.rotation == "euler":
        np.testing.assert_allclose(np.diff(heights), 0.05, atol=1e-6)
    while not (result := env.step(down))[4]["reachable"]:
        assert result[4]["elapsed_steps"] < 80
    assert np.linalg.norm(result[0]["state"]["target_pose"][:3]) < 0.9
