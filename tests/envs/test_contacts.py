"""Eq. A.1 on states of the real physics engine, set by hand."""

import numpy as np
import pytest

from gen3d_bench.envs import PickPlaceEnv
from gen3d_bench.envs.engine import sapien

STILL = np.array([0, 0, 0, 0, 0, 0, 1], np.float32)
SOURCE, TARGET = 0, 1


@pytest.fixture
def env():
    """Carrot and plate, with the arm away from both."""
    env = PickPlaceEnv("gen3d-001", obs_mode="state", randomization="none", stop_on_success=False)
    env.reset(seed=0)
    return env


def put(env, x, y, z):
    body = env.simulation.world.objects[SOURCE]
    body.entity.pose = sapien.Pose([x, y, z])
    body.linear_velocity = body.angular_velocity = np.zeros(3)
    body.wake_up()


def target(env):
    return env.simulation.poses()[0, TARGET, :3]


def run(env, steps):
    return [env.step(STILL)[4]["success"] for _ in range(steps)]


def test_at_the_start_everything_stands_on_the_table(env):
    forces = env.simulation.forces()[0]
    count = len(forces)
    assert (forces[:, count] > 0.01).all(), "table"
    assert (forces[:, :count] == 0).all(), "no object touches another"
    assert (forces[:, count + 1 :] == 0).all(), "the robot touches nothing"
    assert run(env, 2) == [False, False]


def test_contact_forces_carry_the_weight(env):
    env.step(STILL)
    forces = env.simulation.forces()[0]
    for k, body in enumerate(env.simulation.world.objects):
        assert forces[k, len(forces)] == pytest.approx(9.81 * body.mass, rel=0.25)


def test_resting_on_the_target_is_success_and_stays_so(env):
    x, y, _ = target(env)
    put(env, x, y, 0.03)
    results = run(env, 40)
    assert all(results[5:])
    assert env.simulation.world.objects[SOURCE].is_sleeping, "contacts must outlast falling asleep"


def test_hovering_above_the_target_is_not(env):
    x, y, _ = target(env)
    put(env, x, y, 0.5)
    assert run(env, 1) == [False]
    assert env.simulation.poses()[0, SOURCE, 2] > 0.1, "still falling"
    assert env.simulation.forces()[0, SOURCE].max() == 0


def test_leaning_against_the_target_from_the_table_is_not(env):
    x, y, _ = target(env)
    radius = env._episodes.scenes[0].footprints[TARGET].radius
    put(env, x - radius, y, 0.02)  # half of it over the rim, half over the table
    results = run(env, 10)
    forces = env.simulation.forces()[0]
    assert forces[SOURCE, len(forces)] > 0.01, "the table"
    assert forces[SOURCE, TARGET] > 0.01, "the target too: else this shows nothing"
    assert not results[-1]


def test_beside_the_target_is_not(env):
    put(env, 0.6, 0.3, 0.01)
    assert run(env, 5) == [False] * 5


def test_what_falls_off_the_table_lands_on_the_floor(env):
    put(env, 1.3, 0.0, 0.05)
    run(env, 8)
    height = env.simulation.poses()[0, SOURCE, 2]
    assert -0.8 < height < -0.65


def test_the_table_ends_where_it_looks_as_if_it_did(env):
    """Scene 1's table is oval: beside its rim, but within its bounding box, there is nothing to stand on."""
    assets = env._episodes.scenes[0].assets
    depth, width, _ = assets.table.info.size
    put(env, 0.3 + 0.47 * depth, 0.47 * width, 0.03)
    run(env, 8)
    assert env.simulation.poses()[0, SOURCE, 2] < -0.3
