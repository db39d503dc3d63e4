"""The environment as Gymnasium and its users see it, with real physics and real pictures."""

import subprocess
import sys
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import gen3d_bench  # noqa: F401
from gen3d_bench.envs import ActionChunk, PickPlaceEnv
from gen3d_bench.scenes.errors import UnknownSceneError

SCENES = ["gen3d-000", "gen3d-001"]


def rollout(env, seed, scene=None, steps=12):
    """Bytes of every observation of an episode with fixed pseudo-random actions."""
    rng = np.random.default_rng(0)
    observation, info = env.reset(seed=seed, options={"scene": scene} if scene else None)
    trace = [flat(observation)]
    for _ in range(steps):
        action = np.r_[rng.uniform(-0.03, 0.03, 3) - (0, 0, 0.01), rng.uniform(-0.1, 0.1, 3), rng.uniform()]
        observation, *_ = env.step(action.astype(np.float32))
        trace.append(flat(observation))
    return trace


def flat(observation):
    if "state" in observation:
        return b"".join(observation["state"][k].tobytes() for k in sorted(observation["state"]))
    return observation["image"].tobytes() + observation["proprio"].tobytes()


@pytest.mark.parametrize("obs_mode", ["rgb", "state"])
def test_gymnasiums_checker_finds_nothing(obs_mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gym.make("Gen3D-PickPlace-v0", scenes=SCENES, obs_mode=obs_mode, image_size=64, render_mode="rgb_array")
        check_env(env.unwrapped)
        env.close()
        env.close()


def test_ids_are_found_by_module_name_in_a_fresh_process():
    code = (
        "import gymnasium as gym; env = gym.make('gen3d_bench:Gen3D-PickPlace-Scene001-v0', obs_mode='state'); "
        "print(env.reset(seed=0)[1]['instruction'])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert result.stdout.strip() == "put the carrot on the plate", result.stderr


def test_observations_are_what_the_space_says():
    env = gym.make("Gen3D-PickPlace-v0", scenes="gen3d-001", image_size=(96, 128))
    observation, info = env.reset(seed=3)
    assert observation in env.observation_space
    assert observation["image"].shape == (96, 128, 3)
    assert observation["instruction"] == info["instruction"] == "put the carrot on the plate"
    # Bridge's start pose, up to the randomized joints: above the table, looking down, open.
    assert observation["proprio"][6] == pytest.approx(1.0)
    assert np.abs(observation["proprio"][3:6]).max() < 0.6
    assert env.unwrapped.render_mode is None


def test_render_is_the_same_view_larger():
    env = gym.make("Gen3D-PickPlace-v0", scenes="gen3d-001", render_mode="rgb_array", randomization="none")
    observation, _ = env.reset(seed=0)
    frame = env.render()
    assert frame.shape == (480, 640, 3)
    blocks = frame[:448, :].reshape(448, 640, 3).astype(float)
    small = observation["image"].astype(float)
    # Mean colours of the quarters agree although the sizes differ.
    for rows in (0, 1):
        for cols in (0, 1):
            a = blocks[rows * 224 : (rows + 1) * 224, cols * 320 : (cols + 1) * 320].mean(axis=(0, 1))
            b = small[rows * 112 : (rows + 1) * 112, cols * 112 : (cols + 1) * 112].mean(axis=(0, 1))
            assert np.abs(a - b).max() < 25


@pytest.mark.parametrize("obs_mode", ["rgb", "state"])
def test_a_seed_decides_everything_whatever_happened_before(obs_mode):
    make = {"scenes": SCENES, "obs_mode": obs_mode, "image_size": 64}
    env = PickPlaceEnv(**make)
    fresh = rollout(env, 7, "gen3d-001")
    rollout(env, 3, "gen3d-000", steps=5)
    rollout(env, 8, "gen3d-001", steps=3)
    assert rollout(env, 7, "gen3d-001") == fresh
    other = PickPlaceEnv(**make)
    assert rollout(other, 7, "gen3d-001") == fresh
    assert rollout(other, 8, "gen3d-001") != fresh


def test_a_seed_gives_the_same_bits_in_another_process():
    code = (
        "import hashlib; from gen3d_bench.envs import PickPlaceEnv; "
        "from tests.envs.test_pick_place_env import rollout; env = PickPlaceEnv('gen3d-001', image_size=64); "
        "print(hashlib.sha256(b''.join(rollout(env, 7))).hexdigest())"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300) for _ in range(2)]
    assert runs[0].stdout and runs[0].stdout == runs[1].stdout, runs[0].stderr


def test_two_environments_do_not_touch_each_other():
    alone = rollout(PickPlaceEnv("gen3d-001", image_size=64), 7, steps=4)
    first, second = PickPlaceEnv("gen3d-001", image_size=64), PickPlaceEnv("gen3d-000", image_size=(48, 80))
    second.reset(seed=1)
    interleaved = []
    rng = np.random.default_rng(0)
    interleaved.append(flat(first.reset(seed=7)[0]))
    for _ in range(4):
        action = np.r_[rng.uniform(-0.03, 0.03, 3) - (0, 0, 0.01), rng.uniform(-0.1, 0.1, 3), rng.uniform()]
        second.step(-action.astype(np.float32))
        interleaved.append(flat(first.step(action.astype(np.float32))[0]))
    assert interleaved == alone
    assert second.observe()["image"].shape == (48, 80, 3)


def test_seeds_without_being_given():
    env = PickPlaceEnv(SCENES, obs_mode="state", randomization="eval")
    assert [env.reset()[1]["seed"] for _ in range(3)] == [0, 1, 2]
    env = PickPlaceEnv(SCENES, obs_mode="state", randomization="train")
    env.reset(seed=5)
    seeds = [env.reset()[1]["seed"] for _ in range(3)]
    assert len(set(seeds)) == 3
    env.reset(seed=5)
    assert [env.reset()[1]["seed"] for _ in range(3)] == seeds


@pytest.mark.parametrize("seed", range(6))
def test_episodes_start_settled(seed):
    env = PickPlaceEnv(SCENES, obs_mode="state")
    before = env.reset(seed=seed)[0]["state"]
    assert np.linalg.norm(before["velocities"][:, :3], axis=1).max() < 1e-3
    assert np.linalg.norm(before["velocities"][:, 3:], axis=1).max() < 1e-2
    for _ in range(5):
        observation, *_ = env.step(np.array([0, 0, 0, 0, 0, 0, 1], np.float32))
    moved = np.linalg.norm(observation["state"]["objects"][:, :3] - before["objects"][:, :3], axis=1)
    assert moved.max() < 0.005
    assert np.abs(observation["state"]["qpos"] - before["qpos"]).max() < 2e-3


def test_randomization_stays_within_table_a2_and_uses_its_width():
    env = PickPlaceEnv("gen3d-001", obs_mode="state")
    heights, positions, joints = [], [], []
    for seed in range(40):
        state = env.reset(seed=seed)[0]["state"]
        setup = env._episodes.setups[0]
        heights.append(setup.robot_height)
        positions.append(setup.objects)
        joints.append(setup.qpos[:6])
        assert np.abs(setup.camera_offset).max() <= 0.05
        assert all(0 <= c <= 0.6 for c in setup.lighting.ambient) and 0.5 <= setup.lighting.scale <= 1.5
        assert state["ee_pose"][2] > 0
    positions, joints = np.vstack(positions), np.vstack(joints)
    assert 0 <= min(heights) < 0.01 and 0.04 < max(heights) <= 0.05
    assert positions[:, 0].min() >= 0.2 and positions[:, 0].max() <= 0.4 and np.abs(positions[:, 1]).max() <= 0.15
    assert np.ptp(positions[:, 1]) > 0.2 and np.ptp(positions[:, 2]) > 5
    assert np.ptp(joints, axis=0).min() > 0.15 and np.ptp(joints, axis=0).max() <= 0.2


def test_the_camera_is_reaimed_at_the_same_point_of_the_table():
    env = PickPlaceEnv("gen3d-001", image_size=32)
    point = np.array([*env.config.camera.table_point, 0.0])
    for seed in range(4):
        env.reset(seed=seed)
        (camera,) = env.simulation.world.cameras.values()
        matrix = camera.get_extrinsic_matrix()
        seen = matrix[:, :3] @ point + matrix[:, 3]
        assert np.abs(seen[:2]).max() < 1e-4 and 0.3 < seen[2] < 0.8


def test_an_unreachable_target_is_held_and_reported():
    env = PickPlaceEnv("gen3d-001", obs_mode="state")
    env.reset(seed=0)
    up = np.array([0, 0, 0.05, 0, 0, 0, 1], np.float32)
    results = [env.step(up) for _ in range(30)]
    assert results[0][4]["reachable"] and not results[-1][4]["reachable"]
    assert results[-1][4]["events"]["ik_failed"]
    targets = [r[0]["state"]["target_pose"][2] for r in results]
    assert targets[-1] == targets[-5] < 0.75
    observation, *_, info = env.step(np.array([0, 0, -0.05, 0, 0, 0, 1], np.float32))
    assert info["reachable"] and observation["state"]["target_pose"][2] < targets[-1]


def test_truncates_after_100_control_steps_and_not_before():
    env = PickPlaceEnv("gen3d-001", obs_mode="state")
    env.reset(seed=0)
    still = np.array([0, 0, 0, 0, 0, 0, 1], np.float32)
    ends = [env.step(still)[2:4] for _ in range(100)]
    assert ends == [(False, False)] * 99 + [(False, True)]


def test_a_chunk_is_its_actions_one_after_another():
    rng = np.random.default_rng(2)
    chunk = rng.uniform(-0.02, 0.02, (4, 7)).astype(np.float32)
    single, chunked = PickPlaceEnv("gen3d-001", image_size=48), ActionChunk(PickPlaceEnv("gen3d-001", image_size=48), 4)
    single.reset(seed=1)
    chunked.reset(seed=1)
    for action in chunk:
        expected, *_ = single.step(action)
    observation, _, _, _, info = chunked.step(chunk)
    assert flat(observation) == flat(expected)
    assert info["executed"] == 4 and info["elapsed_steps"] == 4
    np.testing.assert_array_equal(info["actions"], chunk)


def test_a_chunk_stops_at_the_time_limit():
    env = ActionChunk(PickPlaceEnv("gen3d-001", obs_mode="state"), 30)
    env.reset(seed=0)
    still = np.tile(np.array([0, 0, 0, 0, 0, 0, 1], np.float32), (30, 1))
    executed = [env.step(still)[4]["executed"] for _ in range(4)]
    assert executed == [30, 30, 30, 10]


def test_chunks_refuse_to_skip_other_wrappers():
    with pytest.raises(TypeError, match="apply it first"):
        ActionChunk(gym.wrappers.TransformReward(PickPlaceEnv("gen3d-001", obs_mode="state"), lambda r: 2 * r))


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (np.zeros(6), r"shape \(7,\)"),
        (np.zeros((1, 7)), r"shape \(7,\)"),
        (np.full(7, np.nan), "finite"),
        (np.array([0, 0, np.inf, 0, 0, 0, 1]), "finite"),
    ],
)
def test_bad_actions_are_refused_and_change_nothing(action, message):
    env = PickPlaceEnv("gen3d-001", obs_mode="state")
    env.reset(seed=0)
    before = flat(env.observe())
    with pytest.raises(ValueError, match=message):
        env.step(action)
    assert flat(env.observe()) == before
    assert env.step(np.array([0.3, 0, 0, 0, 0, 0, 7.0]))[4]["clipped"]
    assert not env.step(np.array([0.05, 0, 0, 0, 0, 0, 1.0], np.float32))[4]["clipped"]


def test_bad_arguments_say_what_is_wrong():
    with pytest.raises(UnknownSceneError):
        PickPlaceEnv("gen3d-1234", obs_mode="state")
    for arguments in (
        {"obs_mode": "depth"},
        {"randomization": "test"},
        {"image_size": (0, 3)},
        {"render_mode": "human"},
    ):
        with pytest.raises(ValueError, match=next(iter(arguments))):
            PickPlaceEnv("gen3d-001", **{"obs_mode": "state"} | arguments)
    env = PickPlaceEnv("gen3d-001", obs_mode="state")
    with pytest.raises(gym.error.ResetNeeded):
        env.step(np.zeros(7))
    with pytest.raises(ValueError, match="gen3d-002"):
        env.reset(options={"scene": "gen3d-002"})
    with pytest.raises(ValueError, match="colour"):
        env.reset(options={"colour": "red"})


def test_sync_and_async_vectors_agree():
    make = {"num_envs": 2, "scenes": SCENES, "image_size": 32}
    still = np.tile(np.array([0, 0, 0, 0, 0, 0, 1], np.float32), (2, 1))
    seen = []
    for processes in ("none", "spawn"):
        env = gym.make_vec("Gen3D-PickPlace-v0", processes=processes, **make)
        first, _ = env.reset(seed=5)
        second, *_ = env.step(still)
        seen.append(
            (
                first["image"].tobytes(),
                second["image"].tobytes(),
                tuple(first["instruction"]),
                tuple(second["instruction"]),
            )
        )
        assert set(first["instruction"]) <= {"put the green cube on the yellow cube", "put the carrot on the plate"}
        env.close()
    assert seen[0] == seen[1]


def test_processes_take_chunks():
    env = gym.make_vec("Gen3D-PickPlace-v0", num_envs=2, scenes="gen3d-001", obs_mode="state", chunk=3)
    assert env.single_action_space.shape == (3, 7)
    env.reset(seed=0)
    *_, info = env.step(np.tile(np.array([0, 0, 0, 0, 0, 0, 1], np.float32), (2, 3, 1)))
    assert info["elapsed_steps"].tolist() == info["executed"].tolist() == [3, 3]
    env.close()


def test_shared_memory_that_would_scramble_text_is_refused():
    with pytest.raises(ValueError, match="shared_memory=False"):
        gym.make_vec(
            "Gen3D-PickPlace-v0",
            num_envs=1,
            scenes="gen3d-001",
            obs_mode="state",
            vectorization_mode="async",
            vector_kwargs={"context": "spawn"},
        )
