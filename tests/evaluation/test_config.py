import pytest

from gen3d_bench.evaluation.config import EvalConfig, SettingError, episode_seed, plan
from tests.evaluation.fake_world import make_scene


def test_a_seed_depends_on_base_scene_and_index_only():
    few = plan(EvalConfig(policy="random", episodes=2, seed=5), [make_scene("b")])
    many = plan(EvalConfig(policy="oracle", episodes=9, seed=5), [make_scene("a"), make_scene("b")])
    assert all(many[key].seed == job.seed for key, job in few.items())
    assert few["b", 1].seed == episode_seed(5, "b", 1)


def test_seeds_differ_and_fit_gymnasium():
    seeds = [episode_seed(base, f"s{scene}", i) for base in range(3) for scene in range(20) for i in range(20)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_seeds_stay_what_they_are():
    """Published results name these seeds: a change here is a change of the benchmark."""
    assert [episode_seed(0, "gen3d-042", i) for i in range(3)] == [882982025, 1874284268, 1594887042]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"episodes": 0}, "episodes: 0 is too small"),
        ({"scenes": ()}, "at least one scene"),
        ({"chunk": 0}, "chunk: 0"),
        ({"seed": -1}, "seed: -1"),
        ({"image_size": (0, 5)}, "image_size"),
        ({"stall_s": 0}, "stall_s"),
    ],
)
def test_bad_settings_are_named(changes, message):
    with pytest.raises(SettingError, match=message):
        EvalConfig(**changes)


def test_a_scene_named_twice_is_refused():
    with pytest.raises(SettingError, match="named twice: a"):
        plan(EvalConfig(), [make_scene("a"), make_scene("a")])


def test_default_folder_says_what_it_holds():
    assert EvalConfig(policy="oracle", scenes=("H0/ood",), seed=3).folder.as_posix() == "outputs/oracle-H0_ood-seed3"
