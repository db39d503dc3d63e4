"""An evaluation in the real environment: its contract is the one the fake world promises, and its records replay."""

import importlib.util

import numpy as np
import pytest

from gen3d_bench.agents.random_policy import RandomPolicy
from gen3d_bench.envs.task import EVENTS
from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.evaluation.runner import evaluate
from gen3d_bench.evaluation.storage import read_records

pytestmark = [
    pytest.mark.slow,
    pytest.mark.render,
    pytest.mark.skipif(importlib.util.find_spec("sapien") is None, reason="needs the simulator"),
]


class SeeingPolicy(RandomPolicy):
    """Random motion of a policy that looks at its picture."""

    name = "seeing"
    obs_mode = "rgb"

    def infer(self, observations):
        image = observations["image"]
        if image.shape != (1, 64, 96, 3) or image.dtype != np.uint8 or image.std() < 5:
            raise ValueError(f"not a picture of a scene: {image.shape}, {image.dtype}, std {image.std():.1f}")
        return super().infer(observations)


def make_seeing(seed):
    return SeeingPolicy(seed)


def test_records_of_two_processes_agree_and_replay(tmp_path):
    def run(folder, workers, videos):
        config = EvalConfig(policy="tests.evaluation.test_real_world:make_seeing", scenes=("gen3d-003",), episodes=2,
                            workers=workers, image_size=(64, 96), videos=videos, output=tmp_path / folder)
        return evaluate(config)

    done = run("two", workers=2, videos=2)
    assert done.summary.overall.episodes == 2
    assert not done.summary.missing
    for record in done.summary.records:
        assert record.status == "ok", record.error
        assert set(record.events) == set(EVENTS)
        assert record.n_steps == 100 or record.success_once
    # Films step the recorded actions in another environment, one that renders, and compare what happens.
    assert "not to be trusted" not in done.report.read_text()
    assert len(list((tmp_path / "two" / "videos").glob("*.still.webp"))) == 2
    run("one", workers=1, videos=0)
    first, second = (read_records(tmp_path / name / "records.jsonl") for name in ("one", "two"))
    assert {k: r.outcome() for k, r in first.items()} == {k: r.outcome() for k, r in second.items()}
