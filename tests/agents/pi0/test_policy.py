"""pi0 as a policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gen3d_bench.agents.pi0.policy import FIRST_DECISIONS, Pi0Policy
from gen3d_bench.agents.policy import EpisodeStart, Policy
from gen3d_bench.agents.registry import make_policy
from gen3d_bench.envs.controller import ACTION_HIGH, ACTION_LOW
from tests.agents.pi0.models import saved_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_model(tmp_path_factory.mktemp("models") / "tiny")


def seen(count: int, **more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "image": rng.integers(0, 256, (count, 40, 60, 3), np.uint8),
        "proprio": np.tile(np.array([0.3, 0, 0.1, 0, 0, 0, 1], np.float32), (count, 1)),
        "instruction": ["put the carrot on the plate"] * count,
        **more,
    }


def begin(policy: Pi0Policy, *seeds: int) -> None:
    policy.reset({slot: EpisodeStart(None, seed, "") for slot, seed in enumerate(seeds)})


def test_it_is_a_policy(folder: Path) -> None:
    policy = make_policy(f"pi0:{folder}", seed=3)
    assert isinstance(policy, Policy)
    assert (policy.name, policy.obs_mode, policy.chunk) == ("tiny", "rgb", 4)


def test_a_trained_model_is_called_by_its_run(tmp_path: Path) -> None:
    assert make_policy(f"pi0:{saved_model(tmp_path / 'night/model')}").name == "night"


def test_actions_are_the_environments(folder: Path) -> None:
    policy = Pi0Policy.from_pretrained(folder)
    begin(policy, 1, 2)
    actions = policy.infer(seen(2))
    assert actions.shape == (2, 4, 7) and actions.dtype == np.float32
    assert (actions >= ACTION_LOW).all() and (actions <= ACTION_HIGH).all()
    assert set(np.unique(actions[..., 6])) <= {0.0, 1.0}


@pytest.mark.parametrize(("fast", "saved", "dtype"), [
    (True, torch.bfloat16, torch.bfloat16), (False, torch.bfloat16, torch.float32),
    (True, torch.float16, torch.float32), (True, None, torch.float32),
])
def test_a_cpu_computes_in_what_it_is_good_at(fast: bool, saved: torch.dtype | None, dtype: torch.dtype,
                                              tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gen3d_bench.agents.pi0.policy.computes_bfloat16", lambda: fast)
    policy = Pi0Policy.from_pretrained(saved_model(tmp_path / "tiny", dtype=saved), device="cpu")
    assert policy.model.dtype == dtype
    begin(policy, 1)
    assert policy.infer(seen(1)).dtype == np.float32


def test_an_episode_depends_on_its_seed_and_not_on_its_company(folder: Path) -> None:
    policy = Pi0Policy.from_pretrained(folder)
    begin(policy, 7)
    alone = [policy.infer(seen(1)) for _ in range(2)]
    begin(policy, 5, 6, 7)
    company = policy.infer(seen(3))
    later = policy.infer({**{k: v[:1] for k, v in seen(3).items()}, "slot": [2]})
    # Of the same picture: row 0 of one is row 0 of three, so compare what slot 2 saw of it.
    policy.reset({2: EpisodeStart(None, 7, "")})
    again = policy.infer({**{k: v[:1] for k, v in seen(3).items()}, "slot": [2]})
    np.testing.assert_allclose(again, alone[0], atol=1e-5)
    np.testing.assert_allclose(later, alone[1], atol=1e-5)
    assert np.abs(company[0] - company[1]).max() > 1e-3
    assert np.abs(alone[0] - alone[1]).max() > 1e-3


def test_states_unlike_those_of_training_are_remarked_upon_once(folder: Path,
                                                                 caplog: pytest.LogCaptureFixture) -> None:
    policy = Pi0Policy.from_pretrained(folder)
    begin(policy, 0)
    for _ in range(FIRST_DECISIONS + 3):
        policy.infer(seen(1))
    assert not caplog.records
    policy = Pi0Policy.from_pretrained(folder)
    begin(policy, 0)
    for _ in range(FIRST_DECISIONS + 3):
        policy.infer(seen(1, proprio=np.full((1, 7), 5.0, np.float32)))
    assert len(caplog.records) == 1 and "right statistics" in caplog.text
