"""Bridge's conventions, against the original adapter's arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d_bench.agents.bridge import from_bridge, to_bridge
from gen3d_bench.envs.controller import BRIDGE_FRAME, proprioception
from gen3d_bench.envs.kinematics import forward
from gen3d_bench.envs.rotations import matrix_from_quat, matrix_from_rpy, quat_from_matrix, rpy_from_matrix
from tests.shared import shared

angle = st.floats(-0.25, 0.25, width=32)


@given(st.lists(angle, min_size=3, max_size=3))
@settings(max_examples=50, deadline=None)
def test_there_and_back(turn: list[float]) -> None:
    action = np.array([[0.01, 0.02, -0.03, *turn, 1.0]], np.float32)
    np.testing.assert_allclose(from_bridge(to_bridge(action)), action, atol=1e-6)


def test_the_gripper_opens_above_a_half_only() -> None:
    actions = np.zeros((3, 7), np.float32)
    actions[:, 6] = 0.4999, 0.5, 0.5001
    assert from_bridge(actions)[:, 6].tolist() == [0, 0, 1]


def test_euler_angles_are_about_fixed_axes() -> None:
    about_x, then_z = matrix_from_rpy(np.array([0.3, 0, 0])), matrix_from_rpy(np.array([0, 0, 0.4]))
    np.testing.assert_allclose(matrix_from_rpy(np.array([0.3, 0, 0.4])), then_z @ about_x, atol=1e-12)
    angles = np.array([[0.1, -0.2, 3.0], [-3.0, 1.2, 0.5]])
    np.testing.assert_allclose(rpy_from_matrix(matrix_from_rpy(angles)), angles, atol=1e-12)


def test_states_are_those_of_the_original_adapter() -> None:
    with np.load(shared("golden/pi0_bridge_adapter.npz")) as golden:
        poses, expected = golden["eef_pos"], golden["proprio_raw"]
    rpy = rpy_from_matrix(matrix_from_quat(poses[:, 3:7]) @ BRIDGE_FRAME.T)
    np.testing.assert_allclose(np.concatenate([poses[:, :3], rpy, poses[:, 7:]], axis=1), expected, atol=1e-6)


def test_the_environment_shows_such_states() -> None:
    qpos = np.array([[0.1, -0.7, 0.4, 0.05, 1.2, -0.2, 0.03, 0.03]])
    position, rotation = forward(qpos[:, :6])
    seen = proprioception(qpos)[0]
    rpy = rpy_from_matrix(matrix_from_quat(quat_from_matrix(rotation[0])) @ BRIDGE_FRAME.T)
    np.testing.assert_allclose(seen[:6], [*position[0], *rpy], atol=1e-6)
    assert seen[6] == pytest.approx((0.03 - 0.015) / 0.022, abs=1e-5)
