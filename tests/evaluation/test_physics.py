"""Which physics an evaluation runs with, and that its records and its folder say so."""

from dataclasses import replace

import pytest

from gen3d_bench.envs.config import PhysicsConfig
from gen3d_bench.evaluation.config import EnvSettings, EvalConfig
from gen3d_bench.evaluation.episode import make_env
from gen3d_bench.evaluation.runner import evaluate
from gen3d_bench.evaluation.storage import RunFolderError
from tests.evaluation.fake_world import make_fake, resolve
from tests.evaluation.make import record

SETTINGS = EnvSettings(scenes=("gen3d-003",), obs_mode="state", image_size=(64, 96), randomization="eval",
                       physics="simplerenv", chunk=4, stop_on_success=True, render=False)


@pytest.mark.parametrize(
    ("name", "physics"), [("simplerenv", PhysicsConfig.simplerenv()), ("maniskill3", PhysicsConfig.maniskill3())]
)
def test_the_environment_is_made_with_the_physics_that_is_asked_for(name, physics):
    pytest.importorskip("sapien")
    env = make_env(replace(SETTINGS, physics=name))
    assert env.unwrapped.config.physics == physics
    env.close()


def test_records_say_which_physics_and_a_run_keeps_to_it(tmp_path):
    config = EvalConfig(policy="random", scenes=("one",), episodes=1, workers=1, physics="maniskill3", videos=0,
                        output=tmp_path)
    done = evaluate(config, env_factory=make_fake, resolve=resolve)
    assert [r.settings.physics for r in done.summary.records] == ["maniskill3"]
    assert "maniskill3" in done.report.read_text()
    with pytest.raises(RunFolderError, match='physics: "maniskill3" -> "simplerenv"'):
        evaluate(replace(config, physics="simplerenv"), env_factory=make_fake, resolve=resolve)


def test_records_of_before_had_simplerenvs_physics():
    assert record().settings.physics == "simplerenv"
