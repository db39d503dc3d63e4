"""The batched environment: ManiSkill's way with one world on the CPU, and several worlds on a stand-in for the GPU."""

import gc
import subprocess
import sys
import warnings
import weakref
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import gen3d_bench  # noqa: F401
from gen3d_bench.agents.oracle import OraclePolicy
from gen3d_bench.agents.policy import EpisodeStart
from gen3d_bench.envs import ActionChunk, PickPlaceEnv
from gen3d_bench.envs.backend import BackendUnavailableError, UnsettledError
from gen3d_bench.envs.batched_env import BatchedActionChunk, BatchedPickPlaceEnv
from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.simulation import CpuSimulation
from gen3d_bench.envs.task import Contacts
from gen3d_bench.envs.world import World, cpu_scene
from gen3d_bench.scenes.schema import MAX_OBJECTS

SCENES = ["gen3d-001", "gen3d-042"]
CONFIG = EnvConfig()


class SideBySide:
    """N worlds behind one `backend.Simulation`, as the GPU's: K is MAX_OBJECTS, and absent objects are zeros."""

    def __init__(self, assets, setups, *, render):
        make = partial(CpuSimulation, physics=CONFIG.physics, camera=CONFIG.camera, render=render)
        self.parts, stuck = [], []
        for i, (own, setup) in enumerate(zip(assets, setups, strict=True)):
            try:
                self.parts.append(make(own, setup=setup))
            except UnsettledError:
                stuck.append(i)
        if stuck:
            raise UnsettledError("restless", stuck)

    def qpos(self):
        return np.concatenate([part.qpos() for part in self.parts])

    def poses(self):
        return np.concatenate([padded(part.poses(), 1) for part in self.parts])

    def velocities(self):
        return np.concatenate([padded(part.velocities(), 1) for part in self.parts])

    def forces(self):
        return np.concatenate([padded_forces(part.forces()) for part in self.parts])

    def drive(self, targets):
        for part, own in zip(self.parts, targets, strict=True):
            part.drive(own[None])

    def step(self):
        for part in self.parts:
            part.step()

    def picture(self, width, height):
        return np.concatenate([part.picture(width, height) for part in self.parts])


def padded(array, axis):
    """With zeros up to MAX_OBJECTS along an axis."""
    pads = [(0, 0)] * array.ndim
    pads[axis] = (0, MAX_OBJECTS - array.shape[axis])
    return np.pad(array, pads)


def padded_forces(forces):
    """Force matrices [N, K, K + 4] with K padded to MAX_OBJECTS."""
    count = forces.shape[1]
    between, rest = forces[..., :count], forces[..., count:]
    return np.concatenate([padded(padded(between, 1), 2), padded(rest, 1)], axis=2)


def many(num_envs, **options):
    """A batched environment on the stand-in."""
    render = options.get("obs_mode", "rgb") == "rgb"
    return BatchedPickPlaceEnv(SCENES, num_envs=num_envs, backend=partial(SideBySide, render=render), **options)


def through_maniskill(scenes="gen3d-001", **options):
    """A batched environment of one, on ManiSkill's CPU backend."""
    pytest.importorskip("mani_skill", reason="ManiSkill is not installed: pip install 'gen3d-bench[maniskill]'")
    return BatchedPickPlaceEnv(scenes, num_envs=1, device="cpu", **options)


def random_actions(rng, shape):
    """Small moves that lead down among the objects."""
    move, turn = rng.uniform(-0.03, 0.03, (*shape, 3)) - (0, 0, 0.01), rng.uniform(-0.1, 0.1, (*shape, 3))
    return np.concatenate([move, turn, rng.uniform(size=(*shape, 1))], axis=-1).astype(np.float32)


def assert_row_equals(batch, index, single):
    """Row `index` of a batched observation is this single one, to the last bit."""
    assert batch["instruction"][index] == single["instruction"]
    np.testing.assert_array_equal(batch["proprio"][index], single["proprio"])
    if "image" in single:
        np.testing.assert_array_equal(batch["image"][index], single["image"])
    for name, values in single.get("state", {}).items():
        np.testing.assert_array_equal(batch["state"][name][index], values, err_msg=name)


def assert_info_equals(infos, index, single):
    for key, value in single.items():
        if isinstance(value, dict):
            assert {name: bool(infos[key][name][index]) for name in value} == value
        else:
            assert infos[key][index] == value, key


# ------------------------------------------------------------------------------------------------ ManiSkill, one world


@pytest.mark.parametrize(("obs_mode", "steps"), [("state", 40), ("rgb", 8)])
def test_maniskills_world_is_the_single_ones_to_the_last_bit(obs_mode, steps):
    options = {"obs_mode": obs_mode, "image_size": (48, 64), "stop_on_success": False}
    single, batch = PickPlaceEnv("gen3d-042", **options), through_maniskill("gen3d-042", **options)
    rng = np.random.default_rng(0)
    for seed in (3, 4):
        one, info = single.reset(seed=seed)
        all_, infos = batch.reset(seed=seed)
        assert_row_equals(all_, 0, one)
        assert_info_equals(infos, 0, info)
        for _ in range(steps):
            action = random_actions(rng, (1,))
            one, reward, terminated, truncated, info = single.step(action[0])
            all_, rewards, terminations, truncations, infos = batch.step(action)
            assert_row_equals(all_, 0, one)
            assert_info_equals(infos, 0, info)
            assert (rewards[0], terminations[0], truncations[0]) == (reward, terminated, truncated)


@pytest.mark.parametrize("seed", [0, 1])
def test_an_oracle_succeeds_in_maniskills_world_with_the_same_contacts(seed):
    single, batch = PickPlaceEnv("gen3d-001", obs_mode="state"), through_maniskill(obs_mode="state")
    observation, info = single.reset(seed=seed)
    batch.reset(seed=seed)
    oracle = OraclePolicy(single.store)
    oracle.reset({0: EpisodeStart(single.scenes["gen3d-001"], seed, info["instruction"])})
    threshold, touched_by, over = CONFIG.contact_force, np.zeros((MAX_OBJECTS, MAX_OBJECTS + 4), bool), False
    while not over:
        state = {name: values[None] for name, values in observation["state"].items()}
        action = oracle.infer({"proprio": observation["proprio"][None], "state": state})[:, 0]
        observation, reward, terminated, truncated, info = single.step(action[0])
        rows, rewards, terminations, _, infos = batch.step(action)
        assert_row_equals(rows, 0, observation)
        assert_info_equals(infos, 0, info)
        assert rewards[0] == reward
        assert terminations[0] == terminated
        expected = padded_forces(single.simulation.forces())
        forces = batch._episodes.simulation.forces()
        # One pair's impulses are added as vectors here, and contact by contact there: never more, and rarely less.
        assert (forces <= expected + 1e-9).all()
        np.testing.assert_array_equal(forces > threshold, expected > threshold)
        touched_by |= forces[0] > threshold
        over = terminated or truncated
    assert terminated
    # Every kind of column has been seen: objects, the table, either finger.
    assert touched_by[:, :MAX_OBJECTS].any()
    assert touched_by[:, MAX_OBJECTS : MAX_OBJECTS + 3].any(axis=0).all()


def test_maniskills_cpu_backend_holds_one_world():
    pytest.importorskip("mani_skill", reason="ManiSkill is not installed: pip install 'gen3d-bench[maniskill]'")
    batch = BatchedPickPlaceEnv(SCENES, num_envs=2, device="cpu", obs_mode="state")
    with pytest.raises(ValueError, match="one world, not 2"):
        batch.reset(seed=0)


def test_contact_pairs_say_whose_they_are():
    pytest.importorskip("mani_skill", reason="ManiSkill is not installed: pip install 'gen3d-bench[maniskill]'")
    from gen3d_bench.envs.batched import ContactPairs

    env = PickPlaceEnv(SCENES, obs_mode="state")
    worlds = []
    for scene_id in SCENES:
        env.reset(seed=0, options={"scene": scene_id})
        scene = cpu_scene(CONFIG.physics, render=False)
        worlds.append(World(scene, env._episodes.scenes[0].assets, CONFIG.physics, render=False))
    pairs = ContactPairs.between(worlds, MAX_OBJECTS)
    for world, row, column, (body, other) in zip(pairs.worlds, pairs.rows, pairs.columns, pairs.bodies, strict=True):
        here = worlds[world]
        assert body == here.objects[row]
        if column < MAX_OBJECTS:
            assert row < column
            assert other == here.objects[column]
        elif column == MAX_OBJECTS:
            assert other == here.table
        else:
            fingers = {MAX_OBJECTS + 1: "left_finger_link", MAX_OBJECTS + 2: "right_finger_link"}
            assert other in here.arm.links
            assert (other.name in fingers.values()) == (column in fingers)
            assert column == MAX_OBJECTS + 3 or other.name == fingers[column]
    counts = np.array([len(world.objects) for world in worlds])
    between = np.bincount(pairs.worlds[pairs.columns < MAX_OBJECTS], minlength=2)
    np.testing.assert_array_equal(between, counts * (counts - 1) // 2)
    # Numbering the pairs shows where each of their forces goes; several links share the last column.
    sizes = np.arange(1.0, len(pairs.rows) + 1)
    matrix = pairs.matrix(sizes, 2, MAX_OBJECTS)
    np.testing.assert_array_equal(matrix[..., :MAX_OBJECTS], np.swapaxes(matrix[..., :MAX_OBJECTS], 1, 2))
    assert matrix[..., MAX_OBJECTS:].sum() == sizes[pairs.columns >= MAX_OBJECTS].sum()
    assert matrix[..., :MAX_OBJECTS].sum() == 2 * sizes[pairs.columns < MAX_OBJECTS].sum()
    for world, count in enumerate(counts):
        assert not matrix[world, count:].any()
        assert not matrix[world, :, count:MAX_OBJECTS].any()
    assert not Contacts.from_forces(0 * matrix, CONFIG.contact_force).robot.any()


@pytest.mark.parametrize("count", [1, 2, 5, 9, 64])
def test_worlds_keep_their_distance(count):
    pytest.importorskip("mani_skill", reason="ManiSkill is not installed: pip install 'gen3d-bench[maniskill]'")
    from gen3d_bench.envs.batched import grid

    places = grid(count, 10.0)
    assert places.shape == (count, 3)
    between = np.linalg.norm(places[:, None] - places[None], axis=2) + 10.0 * np.eye(count)
    assert between.min() == 10.0
    # A square, so that numbers stay small, and with them rounding.
    assert np.abs(places).max() <= 10.0 * np.sqrt(count)


def test_a_gpu_needs_a_process_of_its_own(monkeypatch):
    pytest.importorskip("mani_skill", reason="ManiSkill is not installed: pip install 'gen3d-bench[maniskill]'")
    from gen3d_bench.envs.batched import _switch_on_gpu
    from gen3d_bench.envs.engine import sapien

    # PhysX's own refusal, without the library that SAPIEN would download first.
    monkeypatch.setattr(sapien.physx, "enable_gpu", sapien.physx._enable_gpu)
    PickPlaceEnv("gen3d-001", obs_mode="state").reset(seed=0)
    with pytest.raises(BackendUnavailableError, match="process of its own"):
        _switch_on_gpu()


# --------------------------------------------------------------------------------------------- many worlds, a stand-in


def test_spaces_and_metadata():
    batch = many(3, image_size=32)
    assert batch.metadata["autoreset_mode"] is AutoresetMode.DISABLED
    observation, infos = batch.reset(seed=1)
    assert observation in batch.observation_space
    assert observation["image"].shape == (3, 32, 32, 3)
    assert batch.action_space.shape == (3, 7)
    assert list(infos["seed"]) == [1, 2, 3]
    assert infos["_seed"].all()
    assert batch.render()[0].shape == (480, 640, 3)
    batch.close()
    batch.close()


def test_each_environment_is_what_it_would_be_alone():
    batch, ids = many(2, obs_mode="state"), ["gen3d-042", "gen3d-001"]
    singles = [PickPlaceEnv(SCENES, obs_mode="state") for _ in ids]
    rows, infos = batch.reset(seed=[5, 9], options={"scene": ids})
    for i, single in enumerate(singles):
        one, info = single.reset(seed=[5, 9][i], options={"scene": ids[i]})
        assert_row_equals(rows, i, one)
        assert_info_equals(infos, i, info)
    rng = np.random.default_rng(1)
    for _ in range(20):
        actions = random_actions(rng, (2,))
        rows, rewards, terminations, truncations, infos = batch.step(actions)
        for i, single in enumerate(singles):
            one, reward, terminated, truncated, info = single.step(actions[i])
            assert_row_equals(rows, i, one)
            assert_info_equals(infos, i, info)
            assert (rewards[i], terminations[i], truncations[i]) == (reward, terminated, truncated)
    assert len(set(infos["instruction"])) == 2


def solved(batch, seed):
    """Steps two episodes of the first scene until the first ends: there the oracle plays, in the second nobody.

    Returns the first one's actions, and what the last step returned.
    """
    store, scene, played = batch.store, batch.scenes["gen3d-001"], []
    rows, infos = batch.reset(seed=seed, options={"scene": "gen3d-001"})
    oracle = OraclePolicy(store)
    oracle.reset({0: EpisodeStart(scene, seed, infos["instruction"][0])})
    while not batch.ended[0]:
        seen = {"proprio": rows["proprio"][:1], "state": {name: values[:1] for name, values in rows["state"].items()}}
        actions = np.zeros((2, 7), np.float32)
        actions[0] = oracle.infer(seen)[0, 0]
        played.append(actions[0])
        last = batch.step(actions)
        rows = last[0]
    return played, last


def test_what_has_ended_is_held_until_all_are_reset():
    batch = many(2, obs_mode="state")
    played, (end, rewards, terminations, truncations, infos) = solved(batch, 0)
    single = PickPlaceEnv("gen3d-001", obs_mode="state")
    single.reset(seed=0)
    *_, (one, _, _, _, info) = [single.step(action) for action in played]
    assert_row_equals(end, 0, one)
    assert_info_equals(infos, 0, info)
    assert list(rewards) == [1, 0]
    assert list(terminations) == [True, False]
    assert not truncations.any()
    assert infos["success"][0]
    steps, qpos = len(played), batch._episodes.simulation.qpos()[0]
    rng = np.random.default_rng(3)
    for count in range(steps + 1, CONFIG.max_steps + 1):
        rows, rewards, terminations, truncations, infos = batch.step(random_actions(rng, (2,)))
        for name, values in rows["state"].items():
            np.testing.assert_array_equal(values[0], end["state"][name][0], err_msg=name)
        assert not rewards.any()
        assert list(terminations) == [True, False]
        assert list(infos["elapsed_steps"]) == [steps, count]
        assert list(truncations) == [False, count == CONFIG.max_steps]
        assert infos["success"][0]
    # The held arm did not follow its actions either.
    assert np.abs(batch._episodes.simulation.qpos()[0] - qpos)[:6].max() < 0.02
    # All have ended: nothing moves any more.
    again, *_ = batch.step(random_actions(rng, (2,)))
    np.testing.assert_array_equal(again["state"]["objects"], rows["state"]["objects"])
    fresh, infos = batch.reset(seed=0)
    assert list(infos["elapsed_steps"]) == [0, 0]
    assert np.abs(fresh["state"]["qpos"][1] - rows["state"]["qpos"][1]).max() > 0.01


def test_observations_are_the_callers_own():
    batch = many(2, obs_mode="state")
    _, (rows, *_) = solved(batch, 0)
    expected = rows["state"]["objects"][0].copy()
    rows["state"]["objects"][:] = 7
    np.testing.assert_array_equal(batch.observe()["state"]["objects"][0], expected)


def test_chunks_are_their_actions_one_after_another():
    rng = np.random.default_rng(4)
    chunks = random_actions(rng, (3, 2, 4))
    batch = BatchedActionChunk(many(2, obs_mode="state"), 4)
    singles = [ActionChunk(PickPlaceEnv(SCENES, obs_mode="state"), 4) for _ in range(2)]
    batch.reset(seed=2)
    for i, single in enumerate(singles):
        single.reset(seed=2 + i)
    for chunk in chunks:
        rows, *_, infos = batch.step(chunk)
        for i, single in enumerate(singles):
            one, *_, info = single.step(chunk[i])
            assert_row_equals(rows, i, one)
            assert infos["executed"][i] == info["executed"] == 4
    batch = BatchedActionChunk(many(1, obs_mode="state"), 30)
    batch.reset(seed=0)
    still = np.zeros((1, 30, 7), np.float32)
    assert [int(batch.step(still)[4]["executed"][0]) for _ in range(5)] == [30, 30, 30, 10, 0]


def test_seeds_without_being_given():
    batch = many(2, obs_mode="state", randomization="eval")
    assert [list(batch.reset()[1]["seed"]) for _ in range(2)] == [[0, 1], [2, 3]]
    batch = many(2, obs_mode="state")
    batch.reset(seed=5)
    drawn = list(batch.reset()[1]["seed"])
    batch.reset(seed=5)
    assert list(batch.reset()[1]["seed"]) == drawn
    assert len(set(drawn)) == 2


class RestlessAtFirst(SideBySide):
    """Says of the second world, at first, that it finds no rest."""

    asked = 0

    def __init__(self, assets, setups, *, render):
        type(self).asked += 1
        if self.asked == 1:
            raise UnsettledError("restless", [1])
        super().__init__(assets, setups, render=render)


def test_only_restless_worlds_are_drawn_anew():
    calm, restless = many(2, obs_mode="state"), many(2, obs_mode="state")
    calm.reset(seed=0)
    restless._episodes._backend = partial(RestlessAtFirst, render=False)
    restless.reset(seed=0)
    first, second = zip(calm._episodes.setups, restless._episodes.setups, strict=True)
    np.testing.assert_array_equal(first[0].objects, first[1].objects)
    assert np.abs(second[0].objects - second[1].objects).max() > 0.01


@pytest.mark.parametrize(
    ("actions", "message"),
    [(np.zeros(7), r"shape \(2, 7\)"), (np.full((2, 7), np.nan), "finite")],
)
def test_bad_actions_are_refused(actions, message):
    batch = many(2, obs_mode="state")
    with pytest.raises(gym.error.ResetNeeded):
        batch.step(np.zeros((2, 7)))
    batch.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        batch.step(actions)


def test_bad_resets_are_refused():
    batch = many(2, obs_mode="state")
    for seed, options, message in (
        ([1, 2, 3], None, "3 seeds for 2"),
        (0, {"scene": ["gen3d-001"]}, "1 scenes for 2"),
        (0, {"scene": "gen3d-002"}, "gen3d-002"),
        (0, {"reset_mask": np.array([True, False])}, "reset together"),
    ):
        with pytest.raises(ValueError, match=message):
            batch.reset(seed=seed, options=options)


@pytest.mark.parametrize("make", [partial(PickPlaceEnv, "gen3d-001"), partial(many, 1)])
def test_worlds_are_freed_with_their_environment(make):
    gc.collect()
    gc.disable()
    try:
        env = make(obs_mode="state")
        env.reset(seed=0)
        simulation = weakref.ref(env._episodes.simulation)
        assert simulation() is not None
        del env
        assert simulation() is None
    finally:
        gc.enable()


# --------------------------------------------------------------------------------------------------- gymnasium.make_vec


def test_the_gpu_backend_says_what_it_needs():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'gen3d-bench[maniskill]'")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(BackendUnavailableError, match=r'NVIDIA GPU.*backend="processes"'):
        gym.make_vec("Gen3D-PickPlace-v0", num_envs=2, scenes=SCENES, obs_mode="state", backend="gpu")


def test_make_vec_takes_maniskills_way_in_chunks():
    pytest.importorskip("mani_skill", reason="ManiSkill is not installed: pip install 'gen3d-bench[maniskill]'")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gym.make_vec(
            "Gen3D-PickPlace-Scene001-v0", num_envs=1, obs_mode="state", backend="gpu", device="cpu", chunk=4
        )
    single = ActionChunk(PickPlaceEnv("gen3d-001", obs_mode="state"), 4)
    one, _ = single.reset(seed=6)
    rows, _ = env.reset(seed=6)
    assert_row_equals(rows, 0, one)
    chunk = random_actions(np.random.default_rng(5), (1, 4))
    assert_row_equals(env.step(chunk)[0], 0, single.step(chunk[0])[0])
    env.close()


ON_A_GPU = """
import sys
import numpy as np
from gen3d_bench.envs import BatchedPickPlaceEnv

env = BatchedPickPlaceEnv(["gen3d-001", "gen3d-042"], num_envs=4, image_size=64)
first, _ = env.reset(seed=5)
contacts = env._episodes.simulation.forces()
for _ in range(5):
    later, *_ = env.step(np.tile(np.array([0, 0, 0.02, 0, 0, 0, 1], np.float32), (4, 1)))
later, _ = env.reset(seed=6)
np.savez(sys.argv[1], images=first["image"], proprio=first["proprio"], forces=contacts, again=later["image"])
"""


def test_on_a_gpu_episodes_begin_as_on_the_cpu(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'gen3d-bench[maniskill]'")
    if not torch.cuda.is_available():
        pytest.skip("needs an NVIDIA GPU")
    file = tmp_path / "seen.npz"
    subprocess.run([sys.executable, "-c", ON_A_GPU, str(file)], check=True, timeout=280)
    seen = np.load(file)
    single = PickPlaceEnv(SCENES, image_size=64)
    for i in range(4):
        one, _ = single.reset(seed=5 + i)
        np.testing.assert_allclose(seen["proprio"][i], one["proprio"], atol=2e-3)
        assert np.abs(seen["images"][i].astype(float) - one["image"]).mean() < 6
        expected = padded_forces(single.simulation.forces())[0]
        np.testing.assert_array_equal(seen["forces"][i] > CONFIG.contact_force, expected > CONFIG.contact_force)
    # Reset with the next seed, each is what its neighbour was.
    assert np.abs(seen["again"][:3].astype(float) - seen["images"][1:]).mean() < 6


def test_unknown_backends_are_refused():
    for choice in ({"backend": "tpu"}, {"processes": "fork"}):
        with pytest.raises(ValueError, match=next(iter(choice))):
            gym.make_vec("Gen3D-PickPlace-v0", num_envs=1, scenes=SCENES, obs_mode="state", **choice)


def test_vectors_of_chunks_stack_although_chunks_end_early():
    short = EnvConfig(max_steps=6)
    env = gym.make_vec(
        "Gen3D-PickPlace-v0", num_envs=2, scenes=SCENES, obs_mode="state", processes="none", chunk=4, config=short
    )
    env.reset(seed=0)
    executed = [list(env.step(np.zeros((2, 4, 7), np.float32))[4]["executed"]) for _ in range(2)]
    assert executed == [[4, 4], [2, 2]]
