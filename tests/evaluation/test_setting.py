"""Evaluations in SimplerEnv's own setting: which episodes they are, what records say, and that they replay."""

from dataclasses import replace

import pytest

from gen3d_bench.evaluation.config import BEGINNINGS, MATCHING_ENV_IDS, EnvSettings, EvalConfig, SettingError, plan
from gen3d_bench.evaluation.episode import make_env, replay
from gen3d_bench.evaluation.rebuild import rebuild_report
from gen3d_bench.evaluation.runner import evaluate
from gen3d_bench.evaluation.storage import RunFolderError, read_manifest, read_records
from gen3d_bench.registration import matching_ids
from gen3d_bench.scenes.bridge import TASKS
from gen3d_bench.scenes.resolve import resolve_scenes
from tests.evaluation.fake_world import make_fake, resolve
from tests.shared import shared

STACK = "simpler-stack-cube"
CONFIG = EvalConfig(scenes=("simpler",), setting="visual_matching", episodes=3, videos=0, workers=1)


@pytest.mark.parametrize("seed", [0, 5])
def test_episodes_take_the_beginnings_in_turn(seed):
    jobs = plan(replace(CONFIG, seed=seed), resolve_scenes("simpler"))
    for scene_id in TASKS:
        assert [job.seed for job in jobs.values() if job.scene.id == scene_id] == [seed, seed + 1, seed + 2]
    usual = plan(replace(CONFIG, seed=seed, setting="benchmark"), resolve_scenes("simpler"))
    assert usual.keys() == jobs.keys()
    assert len({job.seed for job in usual.values()}) == len(usual)


@pytest.mark.parametrize("ids", [("gen3d-001",), ("gen3d-001", "gen3d-002"), (STACK, "gen3d-001")])
def test_other_scenes_have_no_such_setting(ids):
    with pytest.raises(SettingError, match=r"setting: visual_matching is for the scenes .*simpler.*gen3d-001"):
        plan(CONFIG, resolve_scenes(list(ids)))


def test_what_a_setting_decides_by_itself():
    assert CONFIG.mode == "none"
    assert not CONFIG.stops
    assert replace(CONFIG, stop_on_success=True).stops
    usual = replace(CONFIG, setting="benchmark")
    assert (usual.mode, usual.stops) == ("eval", True)
    assert {env_id: convention for env_id, scenes, convention in matching_ids() if scenes == "simpler"} == {
        env_id: convention for convention, env_id in MATCHING_ENV_IDS.items()
    }
    assert {len(task.configurations) for task in TASKS.values()} == {BEGINNINGS}


def test_settings_and_physics_have_folders_of_their_own():
    """The commands of the documentation, one after another, do not get into each other's way."""
    usual = EvalConfig(policy="oracle", scenes=("simpler",))
    folders = [
        replace(usual, **changes).folder.name
        for changes in ({}, {"setting": "visual_matching"}, {"setting": "visual_matching", "physics": "maniskill3"})
    ]
    assert folders == ["oracle-simpler-seed0", "oracle-simpler-visual_matching-seed0",
                       "oracle-simpler-visual_matching-maniskill3-seed0"]


def test_a_run_keeps_to_its_setting(tmp_path):
    config = EvalConfig(policy="random", scenes=("one",), episodes=1, workers=1, videos=0, output=tmp_path)
    evaluate(config, env_factory=make_fake, resolve=resolve)
    with pytest.raises(RunFolderError, match='setting: "benchmark" -> "visual_matching"'):
        evaluate(replace(config, scenes=(STACK,), setting="visual_matching"), env_factory=make_fake)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "physics"), [(True, "simplerenv"), (False, "maniskill3")], ids=["real", "look-alikes"]
)
def test_the_oracle_is_judged(files, physics, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("MS_ASSET_DIR", str(shared("assets/maniskill") if files else tmp_path / "none"))
    config = replace(CONFIG, scenes=(STACK,), physics=physics, episodes=2, videos=1, output=tmp_path / "run")
    done = evaluate(config)
    assert not done.summary.missing
    records = done.summary.records
    assert [r.seed for r in records] == [0, 1]
    for r in records:
        assert r.settings.env == MATCHING_ENV_IDS[physics]
        assert (r.settings.randomization, r.settings.physics) == ("none", physics)
        assert (r.settings.time_limit_s, r.settings.stop_on_success) == (12.0, False)
        assert r.n_steps == 60
        assert r.success_once
        assert r.success_at_end
        assert bool(r.stand_in) == (not files)
    assert done.summary.overall.successes_at_end == 2
    assert done.summary.to_json()["overall"]["successes_at_end"] == 2
    assert ("Not with the real assets" in done.report.read_text()) == (not files)
    assert ("official files" in done.report.read_text()) == files
    assert "SR at end" in done.report.read_text()
    assert "--episodes 24, not 2" in caplog.text
    assert "not to be trusted" not in done.report.read_text(), "the film's replay did what is recorded"
    # What is kept is enough to replay an episode and to write the report again.
    kept = read_records(done.folder / "records.jsonl")
    assert tuple(kept.values()) == records
    assert read_manifest(done.folder / "run.json").identity["setting"] == "visual_matching"
    settings = EnvSettings(scenes=(STACK,), obs_mode="state", image_size=(64, 64), randomization="none",
                           physics=physics, chunk=records[1].settings.chunk, stop_on_success=False, render=True,
                           setting="visual_matching")
    env = make_env(settings)
    frames = list(replay(env, records[1]))
    env.close()
    assert len(frames) == 1 + 60 // 4
    assert "SimplerEnv's own" in rebuild_report(done.folder).read_text().replace("&#39;", "'")
