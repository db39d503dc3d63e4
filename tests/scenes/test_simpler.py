"""SimplerEnv's scenes: real assets where the official files are, look-alikes that say so where not."""

from __future__ import annotations

from math import cos, sin
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.bridge import MODELS, TASKS
from gen3d_bench.scenes.catalog import DATA, load_scene_set, scene_file
from gen3d_bench.scenes.errors import SceneError, UnknownSceneError
from gen3d_bench.scenes.generators import load_generator
from gen3d_bench.scenes.io import asset_refs, dumps
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.scene_set import SceneSet
from gen3d_bench.scenes.schema import Role
from gen3d_bench.scenes.splits import split, split_names
from gen3d_bench.scenes.store import AssetStore, scene_sha256
from tests.shared import shared

SETS = ("simpler-original", "simpler-lookalike")


@pytest.fixture
def without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The official files are not there."""
    monkeypatch.setenv("MS_ASSET_DIR", str(tmp_path))


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The official files are there."""
    monkeypatch.setenv("MS_ASSET_DIR", str(shared("assets/maniskill")))


def same_scenes(found: SceneSet, wanted: SceneSet) -> bool:
    return found.scenes == wanted.scenes


def test_look_alikes_stand_in(without: None) -> None:
    scenes = load_scene_set("simpler")
    assert scenes.name == "simpler" and same_scenes(scenes, load_scene_set("simpler-lookalike"))
    for scene in scenes:
        assert "gen3d assets pull simpler" in (scene.provenance.stand_in or "")


def test_nothing_stands_in_for_what_is_there(there: None) -> None:
    scenes = load_scene_set("simpler")
    assert same_scenes(scenes, load_scene_set("simpler-original"))
    assert not any(scene.provenance.stand_in for scene in scenes)


@pytest.mark.parametrize("name", SETS)
def test_the_scenes_are_simplerenvs(name: str) -> None:
    scenes = load_scene_set(name)
    assert scenes.ids == tuple(TASKS) == split("simpler")
    for scene, task in zip(scenes, TASKS.values(), strict=True):
        assert scene.instruction == task.instruction and not scene.distractors
        assert (scene.source.asset.prompt, scene.target.asset.prompt) == (task.source, task.target)
        assert scene.relations[0].relation == "ON"
        for thing in scene.objects:
            assert thing.name.split()[-1] in scene.instruction
        for _, ref in asset_refs(scene):
            assert load_generator(str(ref.generator)).VERSION >= 1
        text = scene_file(name, scene.id).read_text(encoding="utf-8")
        assert text == dumps(scene.model_dump(mode="json", exclude_none=True)) + "\n"
    assert len(list((DATA / name).glob("*.json"))) == 3


@pytest.mark.parametrize("name", SETS)
def test_nominal_poses_are_the_first_official_ones(name: str) -> None:
    """The models' own origins, seen from the arm, which stands at (0.147, 0.028) and faces -x upstream."""
    for scene, task in zip(load_scene_set(name), TASKS.values(), strict=True):
        begins = task.configurations[0]
        for thing, place, yaw in ((scene.source, begins.source, begins.yaw), (scene.target, begins.target, 0.0)):
            assert thing.pose is not None
            w, _, _, z = thing.pose.q
            turn = 2 * np.arctan2(z, w)
            assert np.isclose(cos(turn), -cos(yaw), atol=1e-6) and np.isclose(sin(turn), -sin(yaw), atol=1e-6)
            dx, dy, _ = MODELS[task.source if thing.role is Role.source else task.target].origin
            x = thing.pose.p[0] + cos(turn) * dx - sin(turn) * dy
            y = thing.pose.p[1] + sin(turn) * dx + cos(turn) * dy
            assert (x, y) == pytest.approx((0.147 - place[0], 0.028 - place[1]), abs=1e-6)


def test_names(without: None) -> None:
    assert resolve_scenes("simpler") == load_scene_set("simpler").scenes
    assert resolve_scenes("simpler-stack-cube") == (load_scene_set("simpler")["simpler-stack-cube"],)
    assert [s.id for s in resolve_scenes(["simpler", 3])] == [*TASKS, "gen3d-003"]
    assert not set(TASKS) & {scene.id for scene in resolve_scenes("all")}
    with pytest.raises(UnknownSceneError, match="did you mean 'simpler'"):
        resolve_scenes("simplr")
    with pytest.raises(SceneError, match="two different scenes have the id 'simpler-carrot-on-plate'"):
        resolve_scenes(list(SETS))


def test_the_frozen_splits_do_not_hold_them() -> None:
    assert "simpler" not in split_names()
    assert not any(scene_id in TASKS for name in split_names() for scene_id in split(name))


def test_worlds_of_both_kinds_are_told_apart(there: None, tmp_path: Path) -> None:
    store = AssetStore(tmp_path)
    original, lookalike = (load_scene_set(name)["simpler-stack-cube"] for name in SETS)
    assert scene_sha256(original, store) != scene_sha256(lookalike, store)
    said = lookalike.provenance.model_copy(update={"stand_in": "something else"})
    again = lookalike.model_copy(update={"provenance": said})
    assert scene_sha256(again, store) == scene_sha256(lookalike, store)  # the words are not the world
