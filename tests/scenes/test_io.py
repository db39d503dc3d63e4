"""Scene files: what is wrong with one is said with file, field, value and remedy; what is right survives unchanged."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.io import dumps, load_scene, save_scene, write_atomic
from gen3d_bench.scenes.schema import Pose, Scene
from tests.scenes.worlds import scene_dict

Change = Callable[[dict[str, Any]], Any]

MISTAKES: dict[str, tuple[Change, list[str]]] = {
    "wrong version": (lambda s: s.update(schema_version=2), ["schema_version", "version 2", "(1)", "convert"]),
    "version not a number": (lambda s: s.update(schema_version="1"), ["schema_version", '"1"']),
    "no version": (lambda s: s.pop("schema_version"), ["schema_version", "is missing", "add"]),
    "unknown field": (lambda s: s.update(instructions="x"), ["instructions", '"x"', "did you mean 'instruction'"]),
    "missing field": (lambda s: s.pop("instruction"), ["instruction", "is missing", "add"]),
    "missing nested field": (lambda s: s["objects"][1].pop("role"), ["objects[1].role", "is missing"]),
    "unknown nested field": (lambda s: s["objects"][1].update(rol="x"), ["objects[1].rol", "did you mean 'role'"]),
    "wrong type": (lambda s: s.update(objects=3), ["objects", "must be a list", "found 3"]),
    "text for a number": (lambda s: s["table"].update(seed="7"), ["table.seed", "whole number", '"7"']),
    "yes for a number": (lambda s: s["table"].update(seed=True), ["table.seed", "whole number", "true"]),
    "negative seed": (lambda s: s["table"].update(seed=-1), ["table.seed", "0 or more", "-1"]),
    "duplicate names": (lambda s: s["objects"][2].update(name="pen"),
                        ["objects[2].name", "'pen'", "objects[0]", "its own name"]),
    "missing source": (lambda s: s["objects"][0].update(role="distractor"), ['"source"', "none"]),
    "missing target": (lambda s: s["objects"][1].update(role="distractor"), ['"target"', "none"]),
    "two sources": (lambda s: s["objects"][2].update(role="source"), ['"source"', "2 ('pen', 'book')"]),
    "unknown role": (lambda s: s["objects"][0].update(role="hero"), ["objects[0].role", "'source'", '"hero"']),
    "relation to nothing": (lambda s: s["relations"].append({"subject": "cup", "relation": "ON", "object": "book"}),
                            ["relations[1].subject", "'cup'", "'pen', 'pen holder', 'book'"]),
    "unknown relation": (lambda s: s["relations"][0].update(relation="UNDER"), ["relations[0].relation", '"UNDER"']),
    "no relation for the task": (lambda s: s["relations"][0].update(object="book"), ["relations", "'pen holder'"]),
    "relation to itself": (lambda s: s["relations"].append({"subject": "pen", "relation": "ON", "object": "pen"}),
                           ["relations[1]", "itself"]),
    "NaN in a pose": (lambda s: s["objects"][0].update(pose={"p": [0, float("nan"), 0]}),
                      ["objects[0].pose.p[1]", "finite", "NaN"]),
    "infinity in a pose": (lambda s: s["objects"][0].update(pose={"q": [float("inf"), 0, 0, 0]}),
                           ["objects[0].pose.q[0]", "finite", "Infinity"]),
    "not a rotation": (lambda s: s["objects"][0].update(pose={"q": [1, 1, 0, 0]}),
                       ["objects[0].pose.q", "unit quaternion", "[1, 1, 0, 0]"]),
    "too few objects": (lambda s: s.update(objects=[]), ["objects", "at least 2", "this has 0"]),
    "too many objects": (lambda s: s.update(objects=s["objects"] * 3), ["objects", "at most 8", "this has 9"]),
    "half an asset": (lambda s: s["table"].pop("seed"), ["table", '{"path"}']),
    "asset of two origins": (lambda s: s["table"].update(path="x"), ["table", '{"path"}']),
    "unknown generator": (lambda s: s["table"].update(generator="magic"), ["table.generator", "'magic'", "procedural"]),
    "no such asset": (lambda s: s.update(table={"path": "missing"}), ["table.path", "'missing'", "not a folder"]),
    "asset above": (lambda s: s.update(table={"path": "../x"}), ["table.path", "'../x'", "leads out"]),
    "absolute asset": (lambda s: s.update(table={"path": "/etc"}), ["table.path", "'/etc'", "leads out"]),
    "bad id": (lambda s: s.update(id="my scene"), ["id", "letters", '"my scene"']),
    "id that leads away": (lambda s: s.update(id="a/../../b"), ["id", '"a/../../b"']),
    "empty id": (lambda s: s.update(id=""), ["id", '""']),
    "empty instruction": (lambda s: s.update(instruction=""), ["instruction", "empty"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_file_field_and_value(mistake: str, tmp_path: Path) -> None:
    change, words = MISTAKES[mistake]
    content = scene_dict()
    change(content)
    file = tmp_path / "scene.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SceneError) as caught:
        load_scene(file)
    message = str(caught.value)
    for word in [str(file), *words]:
        assert word in message
    assert "pydantic" not in message
    assert "http" not in message


@pytest.mark.parametrize(("data", "words"), [
    (b"", "line 1, column 1"),
    (b'{"schema_version": 1,', "not valid JSON"),
    (b"[]", "must be an object"),
    (b"null", "must be an object"),
    (b"\xff\xfe", "not UTF-8"),
    (b'{"id": "a", "id": "b"}', "'id' stands twice"),
    (b'{"schema_version": 1, "id": "\\ud800"}', "scene.json"),
    (b"[" * 100_000, "nested too deep"),
    (b"1" * 10_000, "too long"),
])
def test_what_is_not_a_scene_at_all(data: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "scene.json"
    file.write_bytes(data)
    with pytest.raises(SceneError, match=r"scene\.json") as caught:
        load_scene(file)
    assert words in str(caught.value)
    str(caught.value).encode("utf-8")


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="no such scene file"):
        load_scene(tmp_path / "none.json")
    with pytest.raises(SceneError, match="cannot be read"):
        load_scene(tmp_path)


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    content = scene_dict()
    content["table"]["seed"] = -1
    content["objects"][0]["colour"] = "red"
    file = tmp_path / "scene.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SceneError) as caught:
        load_scene(file)
    first, *rest = str(caught.value).splitlines()
    assert "2 problems" in first
    assert [line.split(":")[0].strip() for line in rest] == ["table.seed", "objects[0].colour"]


def posed_scene() -> Scene:
    content = scene_dict()
    content["objects"][0]["pose"] = {"p": [0.1, -0.2, 1 / 3], "q": [0.3, 0.1, 0.4, 0.8602325267042626]}
    return Scene.model_validate(content)


def test_saving_and_loading_changes_nothing(tmp_path: Path) -> None:
    scene = posed_scene()
    save_scene(scene, tmp_path / "deep" / "a.json")
    loaded = load_scene(tmp_path / "deep" / "a.json")
    save_scene(loaded, tmp_path / "b.json")
    assert loaded == scene
    assert (tmp_path / "deep" / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_file_has_one_object_a_line(tmp_path: Path) -> None:
    save_scene(Scene.model_validate(scene_dict()), tmp_path / "a.json")
    lines = (tmp_path / "a.json").read_text(encoding="utf-8").splitlines()
    assert [line.split('"')[1] for line in lines if line.startswith('  "')] == [
        "schema_version", "id", "instruction", "background", "table", "objects", "relations", "provenance"]
    assert sum('"role": "target"' in line and '"name": "pen holder"' in line for line in lines) == 1
    assert max(map(len, lines)) <= 120


def test_relative_assets_follow_a_moved_folder(tmp_path: Path) -> None:
    content = scene_dict()
    content["table"] = {"path": "assets/table"}
    for home in ("one", "two"):
        (tmp_path / home / "assets" / "table").mkdir(parents=True)
    (tmp_path / "one" / "scene.json").write_text(json.dumps(content), encoding="utf-8")
    scene = load_scene(tmp_path / "one" / "scene.json")
    assert scene.table.path == str(tmp_path / "one" / "assets" / "table")
    save_scene(scene, tmp_path / "one" / "again.json")
    assert json.loads((tmp_path / "one" / "again.json").read_text())["table"] == {"path": "assets/table"}
    with pytest.raises(SceneError, match="lies outside"):
        save_scene(scene, tmp_path / "two" / "scene.json")
    assert not (tmp_path / "two" / "scene.json").exists()


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "table").symlink_to(tmp_path / "elsewhere")
    content = scene_dict()
    content["table"] = {"path": "table"}
    (tmp_path / "pack" / "scene.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SceneError, match="leads out"):
        load_scene(tmp_path / "pack" / "scene.json")


def test_a_scene_file_may_itself_be_a_link(tmp_path: Path) -> None:
    content = scene_dict()
    content["table"] = {"path": "table"}
    (tmp_path / "blob").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "snapshot" / "table").mkdir(parents=True)
    (tmp_path / "snapshot" / "scene.json").symlink_to(tmp_path / "blob")
    assert load_scene(tmp_path / "snapshot" / "scene.json").table.path == str(tmp_path / "snapshot" / "table")


def test_failed_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    write_atomic(file, b"old")

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(SceneError, match="disk full"):
        save_scene(posed_scene(), file)
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert file.read_bytes() == b"old"


def test_files_are_readable_as_the_umask_says(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"")
    (tmp_path / "b").write_bytes(b"")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SceneError, match="cannot be written"):
        save_scene(posed_scene(), tmp_path / "file" / "scene.json")


def test_rotations_are_normalized_once() -> None:
    q = Pose(q=(0.7071, 0.7071, 0.0, 0.0)).q
    assert sum(v * v for v in q) == pytest.approx(1.0, abs=1e-15)
    assert Pose(q=q).q == q


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12)


@given(json_values)
def test_pretty_json_means_the_same(value: Any) -> None:
    try:
        plain = json.dumps(value, allow_nan=False)
    except ValueError:
        return
    assert json.loads(dumps(value)) == json.loads(plain)


@st.composite
def damaged_scenes(draw: st.DrawFn) -> Any:
    """A valid scene with one to three of its values replaced or removed, at any depth."""
    content: Any = scene_dict()
    for _ in range(draw(st.integers(1, 3))):
        place = content
        while True:
            if not place or not isinstance(place, (dict, list)):
                break
            key = draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
            if not isinstance(place[key], (dict, list)) or draw(st.booleans()):
                if draw(st.booleans()):
                    del place[key]
                else:
                    place[key] = draw(json_values)
                break
            place = place[key]
    return content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(content=json_values | damaged_scenes())
def test_any_json_is_a_scene_or_a_scene_error(content: Any, tmp_path: Path) -> None:
    file = tmp_path / "scene.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    try:
        scene = load_scene(file)
    except SceneError as error:
        assert str(file) in str(error)  # noqa: PT017
        str(error).encode("utf-8")
    else:
        save_scene(scene, file)
        assert load_scene(file) == scene


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "ignore")))
def test_any_bytes_are_a_scene_error(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "scene.json"
    file.write_bytes(data)
    with pytest.raises(SceneError):
        load_scene(file)


def test_an_instruction_that_forgets_its_objects_is_wondered_at(tmp_path, caplog):
    from gen3d_bench.scenes.catalog import scene_file

    text = scene_file("gen3d-100", "gen3d-042").read_text()
    file = tmp_path / "scene.json"
    file.write_text(text)
    load_scene(file)
    assert not caplog.records
    file.write_text(text.replace('"wooden spoon"', '"yellow screwdriver"'))
    load_scene(file)
    assert "does not name the source 'yellow screwdriver'" in caplog.text
