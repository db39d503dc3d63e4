"""The control law and proprioception, against SimplerEnv's formulas, golden arrays and the simulated arm."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d_bench.envs import PhysicsConfig, PickPlaceEnv, kinematics
from gen3d_bench.envs.config import INITIAL_QPOS
from gen3d_bench.envs.controller import BRIDGE_FRAME, EndEffectorController, proprioception
from gen3d_bench.envs.rotations import matrix_from_quat, rpy_from_matrix
from tests.shared import shared

START = np.array([INITIAL_QPOS])


def homogeneous(rotation, translation):
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, translation
    return matrix


def reached(controller):
    return kinematics.forward(controller.joints)


def test_simplerenvs_law_as_products_of_transforms():
    """target' = T(p_now) d T(-p_now) target, where the arm lags behind its target."""
    controller = EndEffectorController(PhysicsConfig.simplerenv(), START)
    controller.command(np.array([[0.03, 0.02, 0.01, 0.1, -0.2, 0.15, 1.0]]), START)
    target = homogeneous(controller.rotation[0], controller.position[0])
    now, _ = kinematics.forward(START[0, :6])
    action = np.array([0.01, -0.02, 0.015, -0.05, 0.1, 0.2, 0.0])
    change = homogeneous(Rotation.from_rotvec(action[3:6]).as_matrix(), action[:3])
    expected = homogeneous(np.eye(3), now) @ change @ homogeneous(np.eye(3), -now) @ target
    controller.command(action[None], START)
    np.testing.assert_allclose(controller.position[0], expected[:3, 3], atol=1e-12)
    np.testing.assert_allclose(controller.rotation[0], expected[:3, :3], atol=1e-12)


def test_maniskills_law_reads_euler_angles_and_adds_translations():
    controller = EndEffectorController(PhysicsConfig.maniskill3(), START)
    position, rotation = kinematics.forward(START[0, :6])
    action = np.array([0.01, -0.02, 0.015, -0.05, 0.1, 0.2, 0.0])
    controller.command(action[None], START)
    np.testing.assert_allclose(controller.position[0], position + action[:3], atol=1e-12)
    turned = Rotation.from_euler("XYZ", action[3:6]).as_matrix() @ rotation
    np.testing.assert_allclose(controller.rotation[0], turned, atol=1e-12)


def test_joint_targets_reach_the_target_pose():
    controller = EndEffectorController(PhysicsConfig(), START)
    targets, ok = controller.command(np.array([[0.05, -0.05, -0.03, 0.1, 0.2, -0.25, 0.7]]), START)
    assert ok.all()
    np.testing.assert_allclose(reached(controller)[0], controller.position, atol=1e-9)
    np.testing.assert_allclose(targets[:, :6], controller.joints)


@pytest.mark.parametrize(("value", "target"), [(1.0, 0.038), (0.51, 0.038), (0.49, 0.014), (0.0, 0.014)])
def test_the_gripper_is_binary(value, target):
    controller = EndEffectorController(PhysicsConfig(), START)
    targets, _ = controller.command(np.array([[0, 0, 0, 0, 0, 0, value]]), START)
    np.testing.assert_array_equal(targets[0, 6:], [target, target])


def test_actions_are_clipped_to_their_bounds():
    one, other = (EndEffectorController(PhysicsConfig(), START) for _ in range(2))
    one.command(np.array([[9.0, 0, -9.0, 0, 9.0, 0, 5.0]]), START)
    other.command(np.array([[0.05, 0, -0.05, 0, 0.25, 0, 1.0]]), START)
    np.testing.assert_allclose(one.joints, other.joints)


def test_arms_of_a_batch_do_not_affect_each_other():
    both = EndEffectorController(PhysicsConfig(), np.vstack([START, START]))
    alone = EndEffectorController(PhysicsConfig(), START)
    actions = np.array([[0.01, 0.02, 0, 0, 0.1, 0, 1.0], [0.05, 0.05, 0.05, 0, 0, 0, 0.0]])
    for _ in range(12):  # the second one runs out of reach
        _, ok = both.command(actions, np.vstack([START, START]))
        alone.command(actions[:1], START)
    assert not ok[1]
    np.testing.assert_array_equal(both.joints[0], alone.joints[0])


def test_proprioception_is_open_pi_zeros():
    golden = np.load(shared("golden/pi0_bridge_adapter.npz"))
    rotation = matrix_from_quat(golden["eef_pos"][:, 3:7])
    np.testing.assert_allclose(rpy_from_matrix(rotation @ BRIDGE_FRAME.T), golden["proprio_raw"][:, 3:6], atol=1e-9)


@pytest.mark.parametrize(("finger", "openness"), [(0.037, 1.0), (0.015, 0.0), (0.026, 0.5), (0.038, 1.0)])
def test_openness(finger, openness):
    qpos = np.array([[*INITIAL_QPOS[:6], finger, finger]])
    assert proprioception(qpos)[0, 6] == pytest.approx(openness, abs=1e-6)


@pytest.mark.parametrize("physics", [PhysicsConfig.simplerenv(), PhysicsConfig.maniskill3()])
def test_the_simulated_arm_follows_its_target(physics):
    """Gravity compensated and stiff: within 2 mm and 0.02 rad of the target once it is let stand."""
    from gen3d_bench.envs import EnvConfig

    env = PickPlaceEnv("gen3d-001", obs_mode="state", randomization="none", config=EnvConfig(physics=physics))
    env.reset(seed=0)
    for action in ([0.02, 0.03, 0.04, 0.05, -0.1, 0.1, 1], [-0.02, 0.01, 0.0, 0.1, 0.1, -0.1, 0]):
        for _ in range(3):
            env.step(np.array(action, np.float32))
    for _ in range(10):
        observation, *_ = env.step(np.array([0, 0, 0, 0, 0, 0, 0], np.float32))
    state = observation["state"]
    np.testing.assert_allclose(state["ee_pose"][:3], state["target_pose"][:3], atol=0.002)
    apart = Rotation.from_quat(state["ee_pose"][3:], scalar_first=True).inv() * Rotation.from_quat(
        state["target_pose"][3:], scalar_first=True
    )
    assert apart.magnitude() < 0.02


def test_a_pose_that_only_another_posture_reaches_is_refused():
    """Turning on and on must stop at the joint's end, not swing the arm round to begin anew."""
    for turn in ([0, 0, 0.25], [0, 0, -0.25], [0.25, 0, 0], [0, 0.25, 0]):
        controller = EndEffectorController(PhysicsConfig(), START)
        qpos, refused = START, 0
        for _ in range(60):
            before = controller.joints.copy()
            targets, ok = controller.command(np.array([[0, 0, 0, *turn, 1.0]]), qpos)
            assert np.abs(controller.joints - before).max() <= PhysicsConfig().joint_step
            refused += not ok[0]
            qpos = targets
        assert refused > 10


def test_random_actions_never_make_a_joint_leap():
    rng = np.random.default_rng(0)
    controller = EndEffectorController(PhysicsConfig(), np.repeat(START, 200, axis=0))
    qpos = np.repeat(START, 200, axis=0)
    moved = np.zeros(200, bool)
    for _ in range(60):
        before = controller.joints.copy()
        actions = np.column_stack(
            [rng.uniform(-0.05, 0.05, (200, 3)), rng.uniform(-0.25, 0.25, (200, 3)), np.ones(200)]
        )
        qpos, ok = controller.command(actions, qpos)
        assert np.abs(controller.joints - before).max() <= PhysicsConfig().joint_step
        moved |= ok
    assert moved.all()


def test_openness_floors_the_mean_of_the_fingers():
    qpos = np.array([[*INITIAL_QPOS[:6], 0.038, 0.030]])
    assert proprioception(qpos)[0, 6] == pytest.approx(1 - (0.007 - 0.001) / 2 / 0.022)
