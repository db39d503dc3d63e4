"""When objects count as at rest, on made-up worlds and on real ones of both backends."""

from types import SimpleNamespace

import numpy as np
import pytest

from gen3d_bench.envs import EnvConfig, PhysicsConfig, PickPlaceEnv
from gen3d_bench.envs.backend import DRIFT, REST_SPEED, REST_SPIN, ROCKING, SETTLE_LIMIT, UnsettledError, wait_for_rest
from gen3d_bench.envs.batched_env import BatchedPickPlaceEnv
from tests.shared import shared

SPOON = "Gen3D-Simpler-SpoonOnTowel-v0"


class Made:
    """N worlds of two objects (the second of world 1 is padding), of which one moves as a function of time says."""

    def __init__(self, position, *, worlds=1, world=0, speed=0.0, spin=0.0):
        self.time, self.waits = 0.0, 0
        self.position, self.world, self.speed, self.spin = position, world, speed, spin
        self.count = worlds

    def wait(self):
        self.time += 0.1
        self.waits += 1

    def poses(self):
        poses = np.zeros((self.count, 2, 7))
        poses[..., 3] = 1.0
        poses[self.world, 0, :3] = self.position(self.time)
        return poses

    def velocities(self):
        velocities = np.zeros((self.count, 2, 6))
        velocities[self.world, 0, 0], velocities[self.world, 0, 3] = self.speed, self.spin
        return velocities


def settle(made):
    things = [("pen", None, None), ("cup", None, None)]
    assets = [SimpleNamespace(objects=things if i == 0 else things[:1]) for i in range(made.count)]
    setups = [SimpleNamespace(objects=np.zeros((len(a.objects), 3))) for a in assets]
    wait_for_rest(made, made.wait, assets, setups)
    return made


def test_what_lies_still_is_at_rest_at_once():
    assert settle(Made(lambda t: np.zeros(3))).waits == 1
    assert settle(Made(lambda t: np.zeros(3), speed=0.9 * REST_SPEED, spin=0.9 * REST_SPIN)).waits == 1


def test_what_rocks_in_its_place_is_at_rest_after_the_longest_time():
    made = settle(Made(lambda t: np.array([0.4 * ROCKING * np.sin(9 * t), 0, 0]), speed=0.02, spin=0.5))
    assert made.waits == round(10 * SETTLE_LIMIT)


@pytest.mark.parametrize(
    "position",
    [
        lambda t: np.array([0.55 * ROCKING * np.sin(9 * t), 0, 0]),
        lambda t: np.array([0.0024 * t, 0, 0]),
        lambda t: np.array([0, 0.0024 * t, 0]),
    ],
    ids=["rocks too far", "rolls along x", "rolls along y"],
)
def test_what_goes_on_moving_is_not(position):
    with pytest.raises(UnsettledError, match=r"pen \(moved") as caught:
        settle(Made(position, speed=0.01, spin=0.5))
    assert caught.value.worlds == (0,)


def test_what_rocks_elsewhere_than_where_it_was_put_is_not_at_rest():
    with pytest.raises(UnsettledError, match="pen"):
        settle(Made(lambda t: np.array([1.1 * DRIFT, 0, 0]), spin=0.5))


def test_worlds_are_told_apart():
    with pytest.raises(UnsettledError) as caught:
        settle(Made(lambda t: np.array([0.004 * t, 0, 0]), worlds=3, world=2, speed=0.01))
    assert caught.value.worlds == (2,)


@pytest.mark.parametrize("physics", [PhysicsConfig.simplerenv(), PhysicsConfig.maniskill3()])
def test_the_real_spoon_rocks_and_episodes_begin_all_the_same(physics, monkeypatch):
    """In both backends, to the last bit; also the steps of the iterative solver."""
    monkeypatch.setenv("MS_ASSET_DIR", str(shared("assets/maniskill")))
    pytest.importorskip("mani_skill", reason="ManiSkill is not installed: pip install 'gen3d-bench[maniskill]'")
    scene, config = "simpler-spoon-on-towel", EnvConfig(physics=physics)
    single = PickPlaceEnv(scene, obs_mode="state", randomization="eval", config=config)
    batch = BatchedPickPlaceEnv(
        scene, num_envs=1, device="cpu", obs_mode="state", randomization="eval", config=config
    )
    rocking = 0
    for seed in range(3):
        one, _ = single.reset(seed=seed)
        rows, _ = batch.reset(seed=seed)
        rocking += np.linalg.norm(one["state"]["velocities"][:, 3:], axis=1).max() > REST_SPIN
        for action in ([0.02, -0.03, -0.02, 0.1, 0, 0.2, 1], [0.0, 0.02, 0.03, 0, -0.1, 0.1, 0]):
            one, *_ = single.step(np.array(action, np.float32))
            rows, *_ = batch.step(np.array([action], np.float32))
        for name, values in one["state"].items():
            np.testing.assert_array_equal(rows["state"][name][0], values, err_msg=name)
    assert rocking, "the spoon lies still, so this shows nothing"
