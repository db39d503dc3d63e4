"""What people write for "these scenes", and what they are told where it means nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from gen3d_bench.scenes.catalog import load_scene_set
from gen3d_bench.scenes.errors import SceneError, UnknownSceneError
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.splits import split
from tests.scenes.worlds import fake_scene, scene_dict


def ids(spec: Any) -> list[str]:
    return [scene.id for scene in resolve_scenes(spec)]


@pytest.mark.parametrize(("spec", "expected"), [
    ("gen3d-042", ["gen3d-042"]),
    (42, ["gen3d-042"]),
    ("42", ["gen3d-042"]),
    ("042", ["gen3d-042"]),
    ((3, "gen3d-001", 3), ["gen3d-003", "gen3d-001"]),
    (range(98, 100), ["gen3d-098", "gen3d-099"]),
    ("H0/id/3", list(split("H0/id")[:3])),
    ("H1/ood", list(split("H1/ood"))),
    (["H0/id/1", "H0/id/3", split("H0/id")[1]], list(split("H0/id")[:3])),
])
def test_names(spec: Any, expected: list[str]) -> None:
    assert ids(spec) == expected


@pytest.mark.parametrize("spec", ["all", "gen3d-100"])
def test_all_scenes(spec: str) -> None:
    assert resolve_scenes(spec) == load_scene_set("gen3d-100").scenes


def write(file: Path, scene_id: str) -> Path:
    content = scene_dict()
    content["id"] = scene_id
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "many" / "b.json", "b")
    write(tmp_path / "many" / "a.json", "a")
    write(tmp_path / "one" / "scene.json", "one")
    (tmp_path / "one" / "notes.json").write_text("[]")
    write(tmp_path / "pack" / "x" / "scene.json", "x")
    write(tmp_path / "pack" / "y" / "scene.json", "y")
    assert ids(file) == ids(str(file)) == ["b"]
    assert ids(tmp_path / "many") == ["a", "b"]
    assert ids(str(tmp_path / "one")) == ["one"]
    assert ids([tmp_path / "pack", 0]) == ["x", "y", "gen3d-000"]
    monkeypatch.chdir(tmp_path)
    assert ids("many") == ids("./many") == ["a", "b"]


def test_a_scene_stands_for_itself() -> None:
    scene = fake_scene()
    assert resolve_scenes(scene) == resolve_scenes([scene, scene]) == (scene,)


def test_names_come_before_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "all" / "mine.json", "mine")
    monkeypatch.chdir(tmp_path)
    assert len(ids("all")) == 100
    assert ids("./all") == ["mine"]


def test_two_scenes_of_one_id(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="two different scenes have the id 'gen3d-000'"):
        resolve_scenes(["all", write(tmp_path / "a.json", "gen3d-000")])


@pytest.mark.parametrize(("spec", "words"), [
    ("gen3d-42", ["'gen3d-42'", "did you mean 'gen3d-042'", '"H0/ood"']),
    ("H0/odd", ["'H0/odd'", "'H0/ood'"]),
    ("H9/id", ["'H9/id'", "H0, H1 or H2"]),
    ("", ["''", "a scene id"]),
    ("a\0b", ["a scene id"]),
    ("kitchen", ["'kitchen'", "a scene id"]),
    ("none.json", ["none.json", "no scene file"]),
    (Path("nowhere"), ["nowhere", "no scene file or folder"]),
    (100, ["100", "0 to 99"]),
    (-1, ["-1", "0 to 99"]),
    (True, ["True"]),
    (None, ["None"]),
    (4.5, ["4.5"]),
    ([], ["no scenes"]),
    ([[0]], ["[0]"]),
])
def test_what_means_nothing(spec: Any, words: list[str]) -> None:
    with pytest.raises(UnknownSceneError) as caught:
        resolve_scenes(spec)
    assert isinstance(caught.value, ValueError)
    for word in words:
        assert word in str(caught.value)


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(UnknownSceneError, match="holds no scenes"):
        resolve_scenes(tmp_path)


def test_a_broken_scene_in_a_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.json", "a")
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(SceneError, match=r"b\.json: not valid JSON"):
        resolve_scenes(tmp_path)
