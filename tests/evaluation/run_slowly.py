"""An evaluation in the fake world, slow enough to be killed: `python -m tests.evaluation.run_slowly FOLDER DELAY_S`."""

import logging
import sys
from pathlib import Path

from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.evaluation.runner import evaluate
from tests.evaluation.fake_world import SlowFake, resolve


def config(folder: Path) -> EvalConfig:
    return EvalConfig(policy="tests.evaluation.fake_world:GreedyPolicy", scenes=("one", "two", "three"), episodes=5,
                      workers=2, output=folder, videos=3)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    evaluate(config(Path(sys.argv[1])), env_factory=SlowFake(float(sys.argv[2])), resolve=resolve)
