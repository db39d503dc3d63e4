"""The arm's closed-form kinematics against independent models and against themselves."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d_bench.envs import kinematics as k
from gen3d_bench.envs import rotations as r


@pytest.fixture(scope="module")
def angles():
    return np.random.default_rng(0).uniform(k.LOWER, k.UPPER, (1000, 6))


def test_initial_pose_is_simplerenvs(angles):
    position, rotation = k.forward(np.array([-0.01840777, 0.0398835, 0.22242722, -0.00460194, 1.36524296, 0.00153398]))
    np.testing.assert_allclose(position, [0.2921, -0.0061, 0.1353], atol=5e-5)
    np.testing.assert_allclose(r.quat_from_matrix(rotation), [0.6867, 0.0053, 0.7269, -0.0081], atol=5e-5)


def test_inverse_returns_to_where_it_came_from(angles):
    position, rotation = k.forward(angles)
    near = np.clip(angles + np.random.default_rng(1).normal(0, 0.02, angles.shape), k.LOWER, k.UPPER)
    found, ok = k.inverse(position, rotation, near)
    assert ok.all()
    reached, turned = k.forward(found)
    np.testing.assert_allclose(reached, position, atol=1e-12)
    np.testing.assert_allclose(turned, rotation, atol=1e-12)
    # Near a singularity another solution may be nearer; everywhere else it is the same branch.
    assert (np.abs(found - angles).max(axis=1) < 1e-6).mean() > 0.98


def test_inverse_finds_some_solution_from_anywhere(angles):
    position, rotation = k.forward(angles)
    found, ok = k.inverse(position, rotation, np.zeros_like(angles))
    assert ok.all()
    assert ((found >= k.LOWER) & (found <= k.UPPER)).all()
    np.testing.assert_allclose(k.forward(found)[0], position, atol=1e-7)


def test_out_of_reach_is_said_and_nothing_moves():
    near = np.full((2, 6), 0.1)
    position = np.array([[0.3, 0.0, 0.2], [2.0, 0.0, 0.2]])
    rotation = np.broadcast_to(k.forward(near[0])[1], (2, 3, 3))
    found, ok = k.inverse(position, rotation, near)
    assert ok[1] == np.False_
    np.testing.assert_array_equal(found[1], near[1])


def test_batch_shapes_agree_with_single(angles):
    position, rotation = k.forward(angles[:4])
    found, _ = k.inverse(position, rotation, angles[:4])
    for i in range(4):
        one, ok = k.inverse(position[i], rotation[i], angles[i])
        assert ok
        np.testing.assert_allclose(one, found[i], atol=1e-12)


def test_rotations_agree_with_scipy():
    turns = Rotation.random(500, random_state=0)
    matrix = turns.as_matrix()
    quat = r.quat_from_matrix(matrix)
    np.testing.assert_allclose(r.matrix_from_quat(quat), matrix, atol=1e-12)
    np.testing.assert_allclose(np.abs(np.sum(quat * turns.as_quat(scalar_first=True), axis=1)), 1, atol=1e-12)
    np.testing.assert_allclose(r.rotvec_from_matrix(matrix), turns.as_rotvec(), atol=1e-9)
    np.testing.assert_allclose(r.matrix_from_rotvec(turns.as_rotvec()), matrix, atol=1e-12)
    np.testing.assert_allclose(r.rpy_from_matrix(matrix), turns.as_euler("xyz"), atol=1e-9)
    np.testing.assert_allclose(k.euler_xyz(turns.as_euler("XYZ")), matrix, atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, np.pi - 1e-9, np.pi])
def test_rotation_vectors_keep_precision_at_the_ends(angle):
    vector = angle * np.array([0.6, -0.8, 0.0])
    back = r.rotvec_from_matrix(r.matrix_from_rotvec(vector))
    np.testing.assert_allclose(r.matrix_from_rotvec(back), r.matrix_from_rotvec(vector), atol=1e-12)
