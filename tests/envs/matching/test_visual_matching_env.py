"""SimplerEnv's own setting as Gymnasium and its users see it, with the official files and without."""

import os
import shutil
import warnings
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from PIL import Image

from gen3d_bench.envs import ActionChunk
from gen3d_bench.envs.matching.simulation import LookalikeSimulation, OriginalSimulation
from gen3d_bench.envs.matching.visual_matching_env import VisualMatchingEnv
from gen3d_bench.registration import matching_ids
from gen3d_bench.scenes.bridge import MODELS, TASKS
from gen3d_bench.scenes.bridge_files import DATA_SET, MODELS_FOLDER, PHOTOGRAPH, STAGE
from gen3d_bench.scenes.catalog import load_scene_set
from gen3d_bench.scenes.errors import StoreError, UnknownSceneError
from gen3d_bench.scenes.schema import Role
from tests.envs.test_pick_place_env import flat, rollout

STACK = "simpler-stack-cube"
STILL = np.array([0, 0, 0, 0, 0, 0, 1], np.float32)


@pytest.fixture
def copied(real, tmp_path, monkeypatch):
    """A copy of the official files to do harm to: ManiSkill's asset folder."""
    folder = tmp_path / "data"
    shutil.copytree(Path(os.environ["MS_ASSET_DIR"]) / "data" / DATA_SET, folder / DATA_SET)
    monkeypatch.setenv("MS_ASSET_DIR", str(tmp_path))
    return folder


def put_on_target(env):
    """The source on the target, at rest."""
    world = env.simulation.world
    scene = env._episodes.scenes[0]
    source, target = (world.objects[scene.index(role)] for role in (Role.source, Role.target))
    pose = target.entity.pose
    pose.p = pose.p + (0, 0, 0.0301)
    source.entity.pose = pose
    source.linear_velocity = source.angular_velocity = np.zeros(3)
    source.wake_up()


# ------------------------------------------------------------------------------------------------- spaces and metadata


@pytest.mark.parametrize(("env_id", "scenes", "convention"), list(matching_ids()))
def test_ids_are_what_they_say(env_id, scenes, convention, none):
    env = gym.make(env_id, obs_mode="state").unwrapped
    assert env.convention == convention
    assert list(env.scenes) == (list(TASKS) if scenes == "simpler" else [scenes])


@pytest.mark.parametrize("obs_mode", ["rgb", "state"])
def test_gymnasiums_checker_finds_nothing(obs_mode, assets):
    env_id = "Gen3D-Simpler-VisualMatching-MS3-SpoonOnTowel-v0"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Upstream's bounds are what they are: a metre, and a quarter of a turn.
        warnings.filterwarnings("ignore", message=".*recommend using a symmetric and normalized space")
        env = gym.make(env_id, obs_mode=obs_mode, image_size=64, render_mode="rgb_array")
        check_env(env.unwrapped)
        env.close()


def test_observations_and_info_are_those_of_the_benchmark(assets):
    env = gym.make("Gen3D-Simpler-VisualMatching-v0", image_size=(48, 64))
    benchmark = gym.make("Gen3D-Simpler-v0", image_size=(48, 64))
    assert env.observation_space == benchmark.observation_space
    observation, info = env.reset(seed=4)
    assert observation in env.observation_space
    assert info.keys() == benchmark.reset(seed=4)[1].keys()
    assert env.spec.max_episode_steps is None


def test_bounds_of_actions(none):
    env = VisualMatchingEnv(STACK, obs_mode="state")
    bound = np.array([1, 1, 1, np.pi / 2, np.pi / 2, np.pi / 2, 1], np.float32)
    np.testing.assert_array_equal(env.action_space.high, bound)
    np.testing.assert_array_equal(env.action_space.low, [*-bound[:6], 0])
    env.reset(seed=0)
    assert not env.step(np.array([0.3, 0, 0, 0, 0, 1.5, 1], np.float32))[4]["clipped"]
    assert env.step(np.array([1.1, 0, 0, 0, 0, 0, 1], np.float32))[4]["clipped"]
    with pytest.raises(ValueError, match="finite"):
        env.step(np.full(7, np.nan, np.float32))


# ---------------------------------------------------------------------------------------------------- which world it is


def test_the_world_is_of_the_files_or_says_what_stands_in(assets):
    env = VisualMatchingEnv("simpler", obs_mode="state")
    for scene_id in TASKS:
        _, info = env.reset(seed=1, options={"scene": scene_id})
        _, _, _, _, later = env.step(STILL)
        assert info["instruction"] == TASKS[scene_id].instruction
        assert info["stand_in"] == later["stand_in"]
        if assets == "real":
            assert type(env.simulation) is OriginalSimulation
            assert info["stand_in"] == ""
        else:
            assert type(env.simulation) is LookalikeSimulation
            assert "gen3d assets pull simpler" in info["stand_in"]


def test_without_files_the_room_is_drawn(none):
    env = VisualMatchingEnv(STACK, image_size=(480, 640))
    picture = env.reset(seed=0)[0]["image"]
    world = env.simulation.world
    assert world.drawn(640, 480, "minimal").all(), "table and room fill the picture"
    assert picture.std() > 10


def test_the_photograph_is_behind_robot_and_objects(real):
    env = VisualMatchingEnv(STACK, image_size=(480, 640), render_mode="rgb_array")
    photograph = np.asarray(Image.open(Path(os.environ["MS_ASSET_DIR"]) / "data" / PHOTOGRAPH).convert("RGB"))
    seen = env.reset(seed=0)[0]["image"]
    drawn = env.simulation.world.drawn(640, 480, "minimal")
    assert 0.02 < drawn.mean() < 0.4
    np.testing.assert_array_equal(seen[~drawn], photograph[~drawn])
    assert (seen[drawn] != photograph[drawn]).any(axis=1).mean() > 0.95
    assert not drawn[-40:].any()
    world = env.simulation.world
    (camera,) = world.cameras.values()
    for body in world.objects:
        u, v, depth = camera.get_intrinsic_matrix() @ camera.get_extrinsic_matrix() @ np.append(body.entity.pose.p, 1.0)
        assert drawn[round(v / depth), round(u / depth)]
    np.testing.assert_array_equal(env.render(), seen)
    small = VisualMatchingEnv(STACK, image_size=(48, 64)).reset(seed=0)[0]["image"]
    blocks = photograph.reshape(48, 10, 64, 10, 3).mean(axis=(1, 3))
    assert np.abs(small[-4:].astype(float) - blocks[-4:]).mean() < 6


@pytest.mark.parametrize(
    "name",
    [PHOTOGRAPH, STAGE, f"{MODELS_FOLDER}/{MODELS['carrot'].model_id}/collision.obj"],
    ids=["photograph", "stage", "model"],
)
def test_a_damaged_official_file_is_named(name, copied):
    (copied / name).write_bytes(b"not what it was")
    with pytest.raises(StoreError, match="gen3d assets pull simpler") as caught:
        VisualMatchingEnv("simpler-carrot-on-plate", obs_mode="state").reset(seed=0)
    assert str(copied / name) in str(caught.value)


@pytest.mark.parametrize("name", [PHOTOGRAPH, STAGE], ids=["photograph", "stage"])
def test_half_a_data_set_is_refused(name, copied):
    """The models are there, so the scenes are of real assets; the place is not."""
    (copied / name).unlink()
    with pytest.raises(StoreError, match=r"is not there.*gen3d assets pull simpler") as caught:
        VisualMatchingEnv(STACK, obs_mode="state")
    assert str(copied / name) in str(caught.value)
    assert gym.make("Gen3D-Simpler-StackCube-v0", obs_mode="state").reset(seed=0)[1]["stand_in"] == ""


def test_a_photograph_of_another_size_is_refused(copied):
    Image.new("RGB", (320, 240)).save(copied / PHOTOGRAPH)
    with pytest.raises(StoreError, match=r"320 x 240.*640 x 480"):
        VisualMatchingEnv(STACK, obs_mode="state")


def test_scenes_of_other_people_are_refused(none):
    for scenes in ("gen3d-001", [STACK, "gen3d-001"]):
        with pytest.raises(UnknownSceneError, match=f"gen3d-001.*{STACK}"):
            VisualMatchingEnv(scenes, obs_mode="state")
    scene = load_scene_set("simpler")[STACK]
    other = scene.objects[0].model_copy(update={"name": "red block", "role": Role.distractor})
    with pytest.raises(UnknownSceneError, match="no distractors"):
        VisualMatchingEnv(scene.model_copy(update={"objects": (*scene.objects, other)}), obs_mode="state")


def test_real_things_and_look_alikes_do_not_mix(real):
    originals, lookalikes = load_scene_set("simpler-original"), load_scene_set("simpler-lookalike")
    mixed = [originals[STACK], lookalikes["simpler-carrot-on-plate"]]
    with pytest.raises(ValueError, match="do not go into one environment"):
        VisualMatchingEnv(mixed, obs_mode="state")


# ----------------------------------------------------------------------------------------------------------- beginnings


def test_an_episode_id_is_a_seed_and_both_are_taken_modulo_24(assets):
    env = VisualMatchingEnv("simpler-carrot-on-plate", obs_mode="state")
    seen = {}
    for number in (5, 29, 6):
        observation, info = env.reset(options={"episode_id": np.int64(number)})
        assert info["seed"] == number
        seen[number] = flat(observation)
    assert flat(env.reset(seed=5)[0]) == seen[5] == seen[29]
    assert seen[6] != seen[5]
    fresh = VisualMatchingEnv("simpler-carrot-on-plate", obs_mode="state")
    assert [fresh.reset()[1]["seed"] for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("episode_id", [-1, 1.5, "3"])
def test_episode_ids_are_whole_numbers(episode_id, none):
    env = VisualMatchingEnv(STACK, obs_mode="state")
    with pytest.raises(ValueError, match="episode_id is a whole number"):
        env.reset(options={"episode_id": episode_id})


def test_options_that_contradict_or_are_unknown_are_refused(none):
    env = VisualMatchingEnv(STACK, obs_mode="state")
    with pytest.raises(ValueError, match="a seed or an episode_id"):
        env.reset(seed=3, options={"episode_id": 3})
    with pytest.raises(ValueError, match=r"colour.*known: scene, episode_id"):
        env.reset(options={"colour": "red"})


@pytest.mark.parametrize("obs_mode", ["rgb", "state"])
def test_a_seed_decides_everything_whatever_happened_before(obs_mode, assets):
    make = {"scenes": "simpler", "obs_mode": obs_mode, "image_size": 48}
    env = VisualMatchingEnv(**make)
    fresh = rollout(env, 7, "simpler-spoon-on-towel", steps=6)
    rollout(env, 3, STACK, steps=3)
    rollout(env, 8, "simpler-spoon-on-towel", steps=2)
    assert rollout(env, 7, "simpler-spoon-on-towel", steps=6) == fresh
    other = VisualMatchingEnv(**make)
    assert rollout(other, 7, "simpler-spoon-on-towel", steps=6) == fresh
    assert rollout(other, 8, "simpler-spoon-on-towel", steps=6) != fresh


# ----------------------------------------------------------------------------------------------------------------- ends


def test_episodes_are_60_steps_and_go_on_after_success(assets):
    env = VisualMatchingEnv(STACK, obs_mode="state")
    env.reset(seed=0)
    put_on_target(env)
    seen = [env.step(STILL) for _ in range(60)]
    assert [step[2:4] for step in seen] == [(False, False)] * 59 + [(False, True)]
    assert all(reward == 1.0 and info["success"] for _, reward, _, _, info in seen)
    assert seen[-1][4]["time_s"] == 12.0


def test_they_stop_at_success_where_that_is_asked_for(assets):
    env = VisualMatchingEnv(STACK, obs_mode="state", stop_on_success=True)
    env.reset(seed=0)
    assert env.step(STILL)[2:4] == (False, False)
    put_on_target(env)
    assert env.step(STILL)[1:4] == (1.0, True, False)


# -------------------------------------------------------------------------------------------------- chunks and vectors


def test_chunks(assets):
    single, chunked = (VisualMatchingEnv(STACK, obs_mode="state") for _ in range(2))
    single.reset(seed=1)
    env = ActionChunk(chunked, 4)
    env.reset(seed=1)
    chunk = np.tile(np.array([0.01, -0.02, -0.01, 0.05, 0, 0.1, 0], np.float32), (4, 1))
    for action in chunk:
        expected, *_ = single.step(action)
    observation, _, _, _, info = env.step(chunk)
    assert flat(observation) == flat(expected)
    assert info["executed"] == 4


def test_vectors(assets):
    env_id = "Gen3D-Simpler-VisualMatching-StackCube-v0"
    env = gym.make_vec(env_id, num_envs=2, processes="none", obs_mode="state", chunk=2)
    assert env.single_action_space.shape == (2, 7)
    rows, infos = env.reset(seed=5)
    assert infos["seed"].tolist() == [5, 6]
    single = VisualMatchingEnv(STACK, obs_mode="state")
    for i, seed in enumerate((5, 6)):
        one, _ = single.reset(seed=seed)
        np.testing.assert_array_equal(rows["state"]["objects"][i], one["state"]["objects"])
    *_, infos = env.step(np.tile(STILL, (2, 2, 1)))
    assert infos["elapsed_steps"].tolist() == [2, 2]
    env.close()


def test_there_is_no_gpu_backend_of_it():
    with pytest.raises(ValueError, match=r"backend.*gpu"):
        gym.make_vec("Gen3D-Simpler-VisualMatching-v0", num_envs=2, backend="gpu")
