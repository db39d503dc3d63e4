"""What states and actions are normalised by."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gen3d_bench.agents.bridge import from_bridge
from gen3d_bench.agents.pi0.statistics import Normalization, NormalizationError
from tests.shared import shared


def test_bridge_is_the_original_adapter() -> None:
    bridge = Normalization.bridge()
    with np.load(shared("golden/pi0_bridge_adapter.npz")) as golden:
        np.testing.assert_allclose(bridge.proprio(golden["proprio_raw"]), golden["proprio_norm"], atol=1e-6)
        actions = from_bridge(bridge.raw_actions(golden["model_actions"]))
        expected = golden["env_actions"].copy()
    expected[..., 6] = (expected[..., 6] + 1) / 2  # SimplerEnv's gripper is -1 or 1
    np.testing.assert_allclose(actions, expected, atol=1e-6)


def test_percentiles_of_data_become_one() -> None:
    rng = np.random.default_rng(0)
    actions, states = rng.normal(size=(2000, 7)).astype(np.float32), rng.normal(3, 2, (2000, 7)).astype(np.float32)
    found = Normalization.of(actions, states, "noise")
    scaled = found.proprio(states)
    assert np.abs(scaled).max() == 1
    assert (np.abs(scaled) == 1).mean() == pytest.approx(0.02, abs=0.003)
    assert (found.actions(actions)[:, 6] == actions[:, 6]).all(), "the gripper stays as it is"


def test_a_dimension_that_stands_still_is_not_blown_up() -> None:
    still = np.full((100, 7), 0.3, np.float32)
    found = Normalization.of(still, still, "stillness")
    assert np.abs(found.proprio(still + 1e-5)).max() < 0.1


def test_actions_come_back() -> None:
    bridge = Normalization.bridge()
    actions = np.array([[0.01, -0.02, 0.03, 0.05, -0.05, 0.1, 0.7]], np.float32)
    np.testing.assert_allclose(bridge.raw_actions(bridge.actions(actions)), actions, atol=1e-6)


def test_zscore_is_openpis() -> None:
    found = Normalization((0.5,) * 7, (2.0,) * 7, (0.5,) * 7, (2.0,) * 7, "x", kind="zscore", clip=False, keep=())
    np.testing.assert_allclose(found.proprio(np.full((1, 7), 8.5, np.float32)), 4.0, atol=1e-5)
    np.testing.assert_allclose(found.raw_actions(np.full((1, 7), 4.0, np.float32)), 8.5, atol=1e-5)


def test_a_file_of_zscore_clips_and_keeps_nothing(tmp_path: Path) -> None:
    values = {name: [0.1] * 7 for name in ("action_low", "action_high", "proprio_low", "proprio_high")}
    (tmp_path / "n.json").write_text(json.dumps(values | {"kind": "zscore", "source": "x"}))
    found = Normalization.load(tmp_path / "n.json")
    np.testing.assert_allclose(found.proprio(np.full((1, 7), 0.4, np.float32)), 3, atol=1e-4)
    np.testing.assert_allclose(found.raw_actions(np.full((1, 7), -1, np.float32)), 0, atol=1e-6)


def test_they_survive_a_file(tmp_path: Path) -> None:
    Normalization.bridge().save(tmp_path / "n.json")
    assert Normalization.load(tmp_path / "n.json") == Normalization.bridge()


@pytest.mark.parametrize(("change", "message"), [
    ({"action_low": (0.0,) * 6}, "6 values"),
    ({"proprio_low": (9.0,) * 7}, "dimension 0"),
    ({"proprio_high": (float("nan"),) * 7}, "not finite"),
    ({"keep": (7,)}, "no dimension 7"),
])
def test_impossible_ones_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(NormalizationError, match=message):
        replace(Normalization.bridge(), **change)


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NormalizationError, match="at random"):
        Normalization.load(tmp_path / "none.json")
    Normalization.bridge().save(tmp_path / "n.json")
    fields = json.loads((tmp_path / "n.json").read_text())
    (tmp_path / "n.json").write_text(json.dumps(fields | {"mean": 1}))
    with pytest.raises(NormalizationError, match=r"n\.json.*mean"):
        Normalization.load(tmp_path / "n.json")


def test_other_dimensions_than_the_models_are_refused() -> None:
    with pytest.raises(NormalizationError, match="actions of 7 dimensions, not 6"):
        Normalization.bridge().check(6, 7, "there")
