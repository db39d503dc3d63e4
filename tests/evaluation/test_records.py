import json

import numpy as np
import pytest
from pydantic import ValidationError

from gen3d_bench.evaluation.records import ActionLog, EpisodeRecord
from tests.evaluation.make import record


def test_actions_survive_json_bit_for_bit():
    rng = np.random.default_rng(0)
    corner_cases = [[1e-45, -0.0, 3.4e38, 0.1, 1 / 3, 1, 0]]
    actions = np.concatenate([rng.standard_normal((50, 7)), corner_cases]).astype(np.float32)
    again = ActionLog.model_validate_json(ActionLog.from_array(actions).model_dump_json()).array()
    assert again.dtype == np.float32
    assert again.tobytes() == actions.tobytes()


def test_no_actions_are_an_empty_log():
    assert ActionLog.from_array(np.zeros((0, 7))).array().shape == (0, 7)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_actions_must_be_finite(bad):
    actions = np.zeros((3, 7), np.float32)
    actions[1, 2] = bad
    with pytest.raises(ValueError, match="NaN or an infinity"):
        ActionLog.from_array(actions)


def test_actions_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"\[n, 7\].*\[3, 6\]"):
        ActionLog.from_array(np.zeros((3, 6)))


@pytest.mark.parametrize(("data", "message"), [("AAAA", "need 28 bytes"), ("not base64!", "base64")])
def test_bytes_that_do_not_fit_are_refused(data, message):
    with pytest.raises(ValidationError, match=message):
        ActionLog(shape=(1, 7), data=data)


@pytest.mark.parametrize("success", [True, False])
def test_record_survives_json(success):
    before = record(success=success)
    assert EpisodeRecord.model_validate_json(before.model_dump_json()) == before


@pytest.mark.parametrize(
    ("success", "changes", "message"),
    [
        (True, {"failures": ["dynamics"]}, "carries no failure label"),
        (True, {"lifted": False}, "counts as lifted"),
        (True, {"time_to_finish_s": None}, "needs time_to_finish_s"),
        (True, {"time_to_finish_s": 20.2}, "beyond the time limit"),
        (False, {"failures": [], "failure_codes": []}, "at least one label"),
        (False, {"time_to_finish_s": 3.0}, "for successes only"),
        (False, {"success_at_end": True}, "implies success_once"),
        (False, {"failures": ["semantics"]}, "missing from `failures`"),
        (False, {"failure_codes": ["bad_luck"]}, "unknown failure codes bad_luck"),
        (False, {"status": "policy_error"}, "`error` goes with"),
        (True, {"n_steps": 9}, "9 control steps but 10 actions"),
        (True, {"scene_sha256": "xyz"}, "scene_sha256"),
        (True, {"time_to_finish_s": float("nan")}, "finite"),
        (True, {"surprise": 1}, "surprise"),
        (True, {"schema_version": 2}, "schema_version"),
    ],
)
def test_contradictions_are_refused(success, changes, message):
    with pytest.raises(ValidationError, match=message):
        record(success=success, **changes)


def test_outcome_leaves_out_what_differs_between_runs():
    assert record(wall_s=1.0).outcome() == record(wall_s=2.0, infer_s=1.9).outcome()
    assert record().outcome() != record(seed=8).outcome()
    json.dumps(record().outcome())
