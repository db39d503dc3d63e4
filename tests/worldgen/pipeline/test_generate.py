"""The whole pipeline on embedded defaults: a sentence becomes a scene that an environment runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from gen3d_bench.scenes.io import load_scene
from gen3d_bench.scenes.schema import Role
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.jobs import Job, plan
from gen3d_bench.worldgen.pipeline.run import generate
from gen3d_bench.worldgen.pipeline.scene import make_scene
from gen3d_bench.worldgen.verdict import Stage
from tests.worldgen.pipeline.making import scene_files

pytestmark = pytest.mark.render
SENTENCE = "put the pen in the pen holder"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with one scene, one refusal, and things without a family of their own."""
    out = tmp_path_factory.mktemp("generated") / "scenes"
    tasks = [Task(SENTENCE), Task("paint the wall"), Task("place the plum on the saucer", ("fork",))]
    done = generate(tasks, GenerateConfig(out=out, workers=2))
    assert [record.status for record in done.records] == ["accepted", "refused", "accepted"], [
        record.reason for record in done.records]
    return out


def test_every_stage_has_passed_and_says_how(folder: Path) -> None:
    scene = load_scene(folder / "put-the-pen-in-the-pen-holder-000.json")
    assert (scene.source.name, scene.relations[0].relation, scene.target.name) == ("pen", "IN", "pen holder")
    assert set(scene.provenance.checks) == {stage.value for stage in Stage}
    assert all(said.startswith("passed (") for said in scene.provenance.checks.values())
    assert scene.provenance.source == SENTENCE


def test_nominal_poses_are_in_the_workspace(folder: Path) -> None:
    scene = load_scene(folder / "put-the-pen-in-the-pen-holder-000.json")
    for thing in scene.objects:
        assert thing.pose is not None
        x, y, z = thing.pose.p
        assert 0.2 <= x <= 0.4 and -0.15 <= y <= 0.15 and z == 0.0


def test_an_object_without_a_family_is_said_to_be_its_nearest_kin(folder: Path) -> None:
    scene = load_scene(folder / "place-the-plum-on-the-saucer-000.json")
    assert [thing.name for thing in scene.objects] == ["plum", "saucer", "fork"]
    assert [thing.role for thing in scene.objects] == [Role.source, Role.target, Role.distractor]
    assert any("plum" in note and "apple" in note for note in scene.provenance.notes)


def test_an_environment_runs_the_folder(folder: Path) -> None:
    env = gym.make("Gen3D-PickPlace-v0", scenes=str(folder))
    observation, info = env.reset(seed=3)
    assert observation["instruction"] in {SENTENCE, "place the plum on the saucer"}
    assert observation["image"].std() > 10
    env.step(np.zeros(7, np.float32))
    env.close()


def test_pictures_are_where_the_report_says(folder: Path) -> None:
    page = (folder / "report.html").read_text()
    pictures = [*(folder / "run/pictures").glob("*.webp"), *(folder / "run/evidence").rglob("*.webp")]
    assert len(pictures) > 8
    assert all(str(picture.relative_to(folder)) in page for picture in pictures)
    assert "paint" in page and "refused" in page


def test_the_same_job_gives_the_same_scene_whatever_ran_before(folder: Path, tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from gen3d_bench.scenes.io import save_scene
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.jobs import Job
from gen3d_bench.worldgen.pipeline.scene import make_scene
out = Path({str(tmp_path)!r})
made = make_scene(GenerateConfig(out=out), Job("put-the-pen-in-the-pen-holder-000", Task({SENTENCE!r})))
save_scene(made.scene, out / f"{{made.scene.id}}.json")
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    name = "put-the-pen-in-the-pen-holder-000.json"
    assert scene_files(tmp_path)[name] == scene_files(folder)[name]


def test_another_number_gives_another_scene(tmp_path: Path) -> None:
    first, second = plan([Task("put the apple on the plate")], 2)
    config = GenerateConfig(out=tmp_path)
    scenes = [make_scene(config, job).scene for job in (first, second)]
    assert scenes[0] is not None and scenes[1] is not None
    assert {thing.asset for thing in scenes[0].objects}.isdisjoint(thing.asset for thing in scenes[1].objects)


def test_a_checker_that_cannot_be_reached_lets_nothing_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # the discard port: nobody answers
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))
    made = make_scene(GenerateConfig(out=tmp_path, checker="openai"), Job("a", Task("put the apple on the plate")))
    assert made.scene is None
    assert made.record.status == "failed"
    assert "could not be reached" in made.record.reason


def test_the_command_line_says_what_was_made_and_what_was_not(tmp_path: Path) -> None:
    words = ["-m", "gen3d_bench", "generate", "fly to the moon", "--out", str(tmp_path / "set")]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "'fly' is no verb" in done.stderr
    assert "0 of 1 scenes accepted" in done.stderr
    assert done.stdout.strip() == str(tmp_path / "set/report.html")
    assert "Traceback" not in done.stderr
