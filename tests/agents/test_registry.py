import subprocess
import sys

import numpy as np
import pytest

from gen3d_bench.agents.policy import EpisodeStart, Policy
from gen3d_bench.agents.random_policy import RandomPolicy
from gen3d_bench.agents.registry import UnknownPolicyError, make_policy
from gen3d_bench.envs.controller import ACTION_HIGH, ACTION_LOW
from tests.evaluation.fake_world import make_scene


def start(seed):
    return EpisodeStart(make_scene("a"), seed, "put it there")


def observations(batch):
    return {"instruction": ["put it there"] * batch, "proprio": np.zeros((batch, 7), np.float32)}


def test_random_policy_keeps_to_the_bounds_of_the_action_space():
    policy = make_policy("random", seed=1)
    assert isinstance(policy, Policy)
    policy.reset({0: start(5), 1: start(6)})
    actions = np.concatenate([policy.infer(observations(2)) for _ in range(50)])
    assert actions.shape == (100, 4, 7)
    assert actions.dtype == np.float32
    assert (actions >= ACTION_LOW).all()
    assert (actions <= ACTION_HIGH).all()
    assert set(np.unique(actions[..., 6])) == {0.0, 1.0}


def test_an_episode_depends_on_its_seed_not_on_its_slot_or_history():
    alone, together = RandomPolicy(3), RandomPolicy(3)
    alone.reset({0: start(9)})
    together.reset({0: start(8), 1: start(9)})
    expected = [alone.infer(observations(1))[0] for _ in range(3)]
    assert all(np.array_equal(e, together.infer(observations(2))[1]) for e in expected)
    together.reset({0: start(9)})
    assert np.array_equal(expected[0], together.infer(observations(2))[0])
    assert not np.array_equal(expected[0], first_chunk(4))


def first_chunk(seed):
    policy = RandomPolicy(seed)
    policy.reset({0: start(9)})
    return policy.infer(observations(1))[0]


def test_a_policy_of_ones_own_is_found_by_its_path():
    assert make_policy("tests.evaluation.fake_world:GreedyPolicy").name == "greedy"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("http://here:8000", "take ws://here:8000"),
        ("oracel", "unknown policy 'oracel'; there are oracle, random, gen3d-pi0-small, "
                   '"pi0:FOLDER" for a model of yours, "ws://host:port" for a policy server, or '
                   '"package.module:factory"'),
        ("nowhere.at_all:x", "cannot import policy"),
        ("tests.evaluation.fake_world:nothing", "has no attribute 'nothing'"),
        ("tests.evaluation.fake_world:LIMIT", "is not callable"),
    ],
)
def test_unknown_policies_are_named(name, message):
    with pytest.raises(UnknownPolicyError, match=message):
        make_policy(name)


def test_listing_policies_imports_none_of_them():
    loaded = "[m for m in sys.modules if m.endswith(('oracle', '_policy'))]"
    code = f"import gen3d_bench.agents.registry, sys; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
