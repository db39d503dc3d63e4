"""Settings that make no sense are refused by name."""

import numpy as np
import pytest

from gen3d_bench.envs import EnvConfig, PhysicsConfig, PickPlaceEnv, RandomizationConfig


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: PhysicsConfig(sim_hz=512), "sim_hz"),
        (lambda: PhysicsConfig(sim_hz=3), "sim_hz"),
        (lambda: PhysicsConfig(rotation="quaternion"), "rotation"),
        (lambda: PhysicsConfig(stiffness=(1.0,) * 5), "stiffness"),
        (lambda: PhysicsConfig(finger_friction=-1.0), "finger_friction"),
        (lambda: RandomizationConfig(object_x=(0.4, 0.2)), "object_x"),
        (lambda: RandomizationConfig(robot_height=(0.0, float("inf"))), "robot_height"),
        (lambda: RandomizationConfig(attempts=0), "attempts"),
        (lambda: EnvConfig(max_steps=-3), "max_steps"),
        (lambda: EnvConfig(contact_force=float("nan")), "contact_force"),
    ],
)
def test_nonsense_is_refused(make, name):
    with pytest.raises(ValueError, match=name):
        make()


def test_the_two_conventions_differ_where_the_simulators_do():
    ours, theirs = PhysicsConfig.simplerenv(), PhysicsConfig.maniskill3()
    assert (ours.finger_friction, theirs.finger_friction) == (2.0, 0.3)
    assert (ours.table_friction, theirs.table_friction) == (1.0, 0.3)
    assert (ours.linear_damping, ours.angular_damping) == (0.1, 0.1)
    assert (theirs.linear_damping, theirs.angular_damping) == (0.0, 0.05)
    assert (ours.rotation, theirs.rotation) == ("rotvec", "euler")
    assert ours.stiffness == theirs.stiffness
    assert ours.substeps == theirs.substeps == 100


@pytest.mark.parametrize("size", [3.5, (2.5, 3.5), (0, 3), (3,), 100_000, "big"])
def test_image_sizes_are_whole_and_sensible(size):
    with pytest.raises(ValueError, match="image_size"):
        PickPlaceEnv("gen3d-001", obs_mode="state", image_size=size)


def test_fewer_steps_truncate_earlier():
    env = PickPlaceEnv("gen3d-001", obs_mode="state", config=EnvConfig(max_steps=3))
    env.reset(seed=0)
    still = np.array([0, 0, 0, 0, 0, 0, 1], np.float32)
    assert [env.step(still)[3] for _ in range(3)] == [False, False, True]
