"""Whole evaluations in real spawned processes, in a fake world."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gen3d_bench.agents.registry import UnknownPolicyError
from gen3d_bench.evaluation import runner
from gen3d_bench.evaluation.config import EvalConfig, episode_seed
from gen3d_bench.evaluation.gallery import choose_videos, video_path
from gen3d_bench.evaluation.pool import WorkerError
from gen3d_bench.evaluation.runner import evaluate
from gen3d_bench.evaluation.storage import RunFolderError, read_records
from gen3d_bench.machine import cores
from tests.evaluation import run_slowly
from tests.evaluation.fake_world import (
    CrampedFake,
    DyingFake,
    SlowFake,
    broken_factory,
    confessing_factory,
    make_fake,
    resolve,
)
from tests.evaluation.make import record

ROOT = Path(__file__).resolve().parents[2]
FAKES = "tests.evaluation.fake_world"


def outcomes(folder):
    return {key: record.outcome() for key, record in read_records(folder / "records.jsonl").items()}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The slow run's outcomes when nothing disturbs it, by one worker."""
    folder = tmp_path_factory.mktemp("reference")
    evaluate(replace(run_slowly.config(folder), workers=1), env_factory=make_fake, resolve=resolve)
    return outcomes(folder)


def start_slow_run(folder, delay_s=0.05):
    command = [sys.executable, "-m", "tests.evaluation.run_slowly", str(folder), str(delay_s)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            start_new_session=True)


def running_in_group(group):
    """Processes of a group that are more than a zombie."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(stat.parent.name)
    return found


def wait_for_lines(file, count, process):
    deadline = time.monotonic() + 120
    while not file.exists() or file.read_bytes().count(b"\n") < count:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "the run makes no progress"
        time.sleep(0.01)


def test_an_evaluation_leaves_records_summary_and_report(reference, tmp_path):
    config = run_slowly.config(tmp_path)
    done = evaluate(config, env_factory=make_fake, resolve=resolve)
    assert outcomes(tmp_path) == reference  # two workers give what one gave
    assert len(reference) == 15
    assert {key: value["seed"] for key, value in reference.items()} == {
        (scene, i): episode_seed(0, scene, i) for scene in ("one", "two", "three") for i in range(5)
    }
    assert 0 < done.summary.overall.successes < 15
    assert not done.summary.missing
    written = json.loads((tmp_path / "summary.json").read_text())
    assert written["overall"]["SR"] == done.summary.overall.sr
    assert set(written["scenes"]) == {"one", "two", "three"}
    assert done.report.read_text().startswith("<!doctype html>")
    assert len(list((tmp_path / "videos").glob("*.webp"))) == 2 * config.videos
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("after", [1, 6])
def test_a_killed_run_continues_and_loses_nothing(reference, tmp_path, after):
    process = start_slow_run(tmp_path)
    wait_for_lines(tmp_path / "records.jsonl", after, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    kept = outcomes(tmp_path)
    assert after <= len(kept) < 15
    lines = (tmp_path / "records.jsonl").read_bytes()
    evaluate(run_slowly.config(tmp_path), env_factory=make_fake, resolve=resolve)
    assert (tmp_path / "records.jsonl").read_bytes().startswith(lines[: lines.rfind(b"\n") + 1])
    assert outcomes(tmp_path) == reference


def test_ctrl_c_stops_the_workers_and_says_how_to_go_on(reference, tmp_path):
    process = start_slow_run(tmp_path)
    wait_for_lines(tmp_path / "records.jsonl", 3, process)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "of 15 episodes are kept" in output
    assert "Run the same command again" in output
    deadline = time.monotonic() + 20
    while running_in_group(process.pid):
        assert time.monotonic() < deadline, "processes are left over"
        time.sleep(0.05)
    evaluate(run_slowly.config(tmp_path), env_factory=make_fake, resolve=resolve)
    assert outcomes(tmp_path) == reference


def test_a_second_run_in_a_busy_folder_is_refused_and_harms_nothing(reference, tmp_path):
    process = start_slow_run(tmp_path, delay_s=0.02)
    wait_for_lines(tmp_path / "records.jsonl", 1, process)
    with pytest.raises(RunFolderError, match="being written by another run"):
        evaluate(run_slowly.config(tmp_path), env_factory=make_fake, resolve=resolve)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert outcomes(tmp_path) == reference


def test_other_settings_in_a_used_folder_are_refused(tmp_path):
    config = replace(run_slowly.config(tmp_path), episodes=1, videos=0)
    evaluate(config, env_factory=make_fake, resolve=resolve)
    before = (tmp_path / "records.jsonl").read_bytes()
    with pytest.raises(RunFolderError, match="seed: 0 -> 1"):
        evaluate(replace(config, seed=1), env_factory=make_fake, resolve=resolve)
    assert (tmp_path / "records.jsonl").read_bytes() == before
    more = evaluate(replace(config, episodes=2), env_factory=make_fake, resolve=resolve)
    assert more.summary.overall.episodes == 6
    assert (tmp_path / "records.jsonl").read_bytes().startswith(before)


def test_another_model_in_the_same_folder_does_not_go_on_with_a_run(tmp_path, monkeypatch):
    config = replace(run_slowly.config(tmp_path), episodes=1, videos=0)
    models = iter(["aa" * 32, "aa" * 32, "bb" * 32])
    monkeypatch.setattr(runner, "policy_sha256", lambda _: next(models))
    for _ in range(2):
        evaluate(config, env_factory=make_fake, resolve=resolve)
    with pytest.raises(RunFolderError, match='model of the policy: "aa'):
        evaluate(config, env_factory=make_fake, resolve=resolve)


@pytest.mark.parametrize("raising", [False, True], ids=["killed", "raising"])
def test_a_worker_that_dies_once_costs_nothing(reference, tmp_path, raising, caplog):
    markers = tmp_path / "markers"
    markers.mkdir()
    (markers / "1").touch()
    factory = DyingFake(episode_seed(0, "two", 2), markers, raising)
    done = evaluate(run_slowly.config(tmp_path / "out"), env_factory=factory, resolve=resolve)
    assert not list(markers.iterdir())
    assert not done.summary.missing
    assert outcomes(tmp_path / "out") == reference
    reason = "RuntimeError: the physics exploded" if raising else r"worker process died (signal 9)"
    assert f"scene two, episode 2: {reason}" in caplog.text.replace("the worker process", "worker process")


def test_an_episode_that_kills_its_worker_twice_is_left_out_and_reported(reference, tmp_path):
    markers = tmp_path / "markers"
    markers.mkdir()
    for name in "12":
        (markers / name).touch()
    folder = tmp_path / "out"
    factory = DyingFake(episode_seed(0, "two", 2), markers)
    done = evaluate(replace(run_slowly.config(folder), videos=0), env_factory=factory, resolve=resolve)
    assert set(done.summary.missing) == {("two", 2)}
    assert "signal 9" in done.summary.missing["two", 2]
    assert outcomes(folder) == {key: value for key, value in reference.items() if key != ("two", 2)}
    assert "1 of 15 planned episodes" in " ".join(done.report.read_text().split())
    assert not evaluate(run_slowly.config(folder), env_factory=factory, resolve=resolve).summary.missing
    assert outcomes(folder) == reference


def test_a_scene_that_cannot_be_laid_out_is_left_out_at_once(tmp_path):
    log = tmp_path / "resets"
    config = EvalConfig(policy="random", scenes=("one", "two"), episodes=2, workers=1, videos=0,
                        output=tmp_path / "out")
    done = evaluate(config, env_factory=CrampedFake("one", log), resolve=resolve)
    reason = "LayoutError: no room for objects of 30 cm"
    assert done.summary.missing == {("one", 0): reason, ("one", 1): reason}
    assert {record.scene_id for record in done.summary.records} == {"two"}
    resets = log.read_text().splitlines()
    assert len(resets) == len({line.split()[0] for line in resets}) * 4 == 4  # once each, by one and the same worker


def test_a_policys_error_is_a_failed_episode(tmp_path):
    config = EvalConfig(policy=f"{FAKES}:FaultyPolicy", scenes=("one",), episodes=12, workers=1, output=tmp_path,
                        videos=0)
    done = evaluate(config, env_factory=make_fake, resolve=resolve)
    assert done.summary.overall.episodes == 12
    errors = {record.seed: record.error for record in done.summary.records if record.status == "policy_error"}
    assert 0 < len(errors) < 12
    for seed, error in errors.items():
        expected = "ValueError: the network is confused" if seed % 2 == 0 else "actions hold a NaN or an infinity"
        assert error == expected
    assert done.summary.overall.errors == len(errors)
    assert "the network is confused" in done.report.read_text()
    for episode in done.summary.records:
        if episode.seed % 2 == 0:
            assert 'raise ValueError("the network is confused")' in episode.traceback
        else:
            assert episode.traceback is None
    assert "fake_world.py" in done.report.read_text()


def test_environments_that_cannot_be_made_stop_the_run_with_the_reason(tmp_path):
    config = EvalConfig(policy="random", scenes=("one",), episodes=1, workers=1, output=tmp_path)
    with pytest.raises(WorkerError, match="no Vulkan device"):
        evaluate(config, env_factory=broken_factory, resolve=resolve)


def test_workers_keep_to_their_share_of_the_machine(tmp_path, monkeypatch):
    for name in ("OMP_NUM_THREADS", "LP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    config = EvalConfig(policy="random", scenes=("one",), workers=cores(), output=tmp_path)
    with pytest.raises(WorkerError, match="OMP_NUM_THREADS=1 LP_NUM_THREADS=1"):
        evaluate(config, env_factory=confessing_factory, resolve=resolve)
    assert "OMP_NUM_THREADS" not in os.environ


def test_a_worker_that_hangs_is_replaced_and_reported(tmp_path):
    config = EvalConfig(policy="random", scenes=("one",), episodes=1, workers=1, output=tmp_path, videos=0, stall_s=4.0)
    done = evaluate(config, env_factory=SlowFake(600.0), resolve=resolve)
    assert "did not answer for 4 s" in done.summary.missing["one", 0]


def test_unknown_policies_are_refused_before_anything_starts(tmp_path):
    cases = [("oracel", "oracle, random"), ("no_such_module:x", "cannot import"), (f"{FAKES}:LIMIT", "callable")]
    for name, message in cases:
        with pytest.raises(UnknownPolicyError, match=message):
            evaluate(EvalConfig(policy=name, output=tmp_path / "out"), env_factory=make_fake, resolve=resolve)
    assert not (tmp_path / "out").exists()


def test_a_policy_that_decides_too_few_steps_is_refused(tmp_path):
    config = EvalConfig(policy="random", scenes=("one",), chunk=5, workers=1, output=tmp_path)
    with pytest.raises(WorkerError, match="decides 4 control steps at a time; chunk=5"):
        evaluate(config, env_factory=make_fake, resolve=resolve)


def test_without_stopping_success_at_the_end_is_recorded(tmp_path):
    config = EvalConfig(policy=f"{FAKES}:GreedyPolicy", scenes=("one",), episodes=6, workers=1, output=tmp_path,
                        stop_on_success=False, videos=2)
    done = evaluate(config, env_factory=make_fake, resolve=resolve)
    assert {record.n_steps for record in done.summary.records} == {100}
    assert done.summary.overall.successes_at_end is not None
    assert 0 < done.summary.overall.successes_at_end <= done.summary.overall.successes


def test_films_are_replays_and_one_that_differs_from_its_record_is_said(tmp_path):
    config = replace(run_slowly.config(tmp_path), videos=1)
    first = evaluate(config, env_factory=make_fake, resolve=resolve)
    assert "not to be trusted" not in first.report.read_text()
    (film,) = (path for path in (tmp_path / "videos").iterdir() if not path.name.endswith(".still.webp"))
    file = tmp_path / "records.jsonl"
    shown = next(r for key, r in read_records(file).items() if video_path(tmp_path, key) == film)
    assert not shown.success_once
    film.unlink()
    events = {**shown.events, "touched_wrong": not shown.events["touched_wrong"]}
    forged = shown.model_copy(update={"events": events})
    file.write_text(file.read_text().replace(shown.model_dump_json(), forged.model_dump_json()))
    report = evaluate(config, env_factory=make_fake, resolve=resolve).report.read_text()
    assert "the recorded actions gave touched_wrong False instead of True" in report
    assert not film.exists()


def test_failures_are_shown_first_and_of_different_kinds():
    failures = [record("a", i, success=False) for i in range(6)]
    dropped = {"lifted": True, "failures": ["dynamics"], "failure_codes": ["dropped"]}
    odd = record("b", 9, success=False, **dropped)
    solved = [record("c", i) for i in range(6)]
    chosen = choose_videos([*solved, *failures, odd], 6)
    assert [r.success_once for r in chosen] == [False] * 4 + [True] * 2
    assert odd in chosen[:2]
    assert choose_videos([*solved, odd], 1) == [odd]
    assert len(choose_videos(solved, 4)) == 4
    assert choose_videos([], 4) == []
