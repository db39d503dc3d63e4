"""The oracle in real worlds, and the grasps it plans."""

import numpy as np
import pytest

from gen3d_bench.agents.grasping import grasps, long_axis, surface_points
from gen3d_bench.agents.oracle import OraclePolicy
from gen3d_bench.agents.policy import EpisodeStart, Policy
from gen3d_bench.envs import PickPlaceEnv


def box(x, y, z, center=(0.3, 0.0)):
    corners = np.array([[i, j, k] for i in (-x / 2, x / 2) for j in (-y / 2, y / 2) for k in (0, z)])
    return surface_points([corners + (*center, 0.0)])


NOTHING = np.full((1, 3), 5.0)


def best(points, obstacles=NOTHING):
    found = grasps(points, (points.min(axis=0) + points.max(axis=0)) / 2, obstacles)
    return found[0] if found else None


def test_takes_a_bar_across_its_middle():
    grasp = best(box(0.12, 0.02, 0.02))
    assert abs(np.cos(grasp.angle)) < 0.1
    assert grasp.width == pytest.approx(0.02, abs=0.002)
    np.testing.assert_allclose(grasp.tip[:2], [0.3, 0.0], atol=0.01)


def test_what_is_too_wide_is_left_alone():
    plate = box(0.15, 0.15, 0.05)
    corners = grasps(plate, np.array([0.3, 0.0, 0.025]), NOTHING)
    assert all(0.0125 <= g.width <= 0.05 for g in corners)
    assert all(np.linalg.norm(g.tip[:2] - (0.3, 0.0)) > 0.04 for g in corners), "nothing but its corners fits the hand"


def test_goes_down_no_farther_than_the_table_and_the_palm_allow():
    assert best(box(0.03, 0.03, 0.015)).tip[2] > 0
    assert best(box(0.03, 0.03, 0.09)).tip[2] == pytest.approx(0.06)


def test_neighbours_take_away_the_grasps_whose_fingers_they_block():
    bar = box(0.12, 0.02, 0.02)
    wall = box(0.12, 0.01, 0.05, center=(0.3, 0.03))
    grasp = best(bar, wall)
    assert grasp is None or abs(np.cos(grasp.angle)) > 0.2 or abs(grasp.tip[0] - 0.3) > 0.05


def test_long_axis_of_a_turned_bar():
    angle, stretch = long_axis(box(0.12, 0.02, 0.02))
    assert abs(np.sin(angle)) < 0.05
    assert stretch > 4


@pytest.fixture(scope="module")
def env():
    return PickPlaceEnv("gen3d-100", obs_mode="state")


def play(env, scene_id, seed):
    policy = OraclePolicy(env.store)
    observation, info = env.reset(seed=seed, options={"scene": scene_id})
    policy.reset({0: EpisodeStart(env.scenes[scene_id], seed, info["instruction"])})
    terminated = truncated = False
    actions = []
    while not (terminated or truncated):
        batch = {
            "proprio": observation["proprio"][None],
            "instruction": [observation["instruction"]],
            "state": {k: v[None] for k, v in observation["state"].items()},
        }
        chunk = policy.infer(batch)
        assert chunk.shape == (1, policy.chunk, 7)
        assert chunk.dtype == np.float32
        actions.append(chunk[0, 0])
        observation, _, terminated, truncated, info = env.step(chunk[0, 0])
    return terminated, info, np.array(actions)


def test_it_is_a_policy(env):
    assert isinstance(OraclePolicy(env.store), Policy)


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_proves_the_worlds_solvable(env, first):
    """Every world once, with full randomization; over many episodes the oracle solves more than 99 in 100."""
    results = {f"gen3d-{n:03d}": play(env, f"gen3d-{n:03d}", seed=1000)[0] for n in range(first, first + 10)}
    assert sum(results.values()) >= 9, f"unsolved: {[k for k, solved in results.items() if not solved]}"


def test_acts_within_the_bounds_and_the_same_way_twice(env):
    success, info, actions = play(env, "gen3d-001", 5)
    assert success
    assert info["events"]["lifted"]
    assert np.abs(actions[:, :3]).max() <= 0.05 + 1e-7
    assert np.abs(actions[:, 3:6]).max() <= 0.25 + 1e-7
    np.testing.assert_array_equal(play(env, "gen3d-001", 5)[2], actions)
