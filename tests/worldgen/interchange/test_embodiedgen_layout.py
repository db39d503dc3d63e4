"""EmbodiedGen's layout files: what is read of them, and that nothing else gets in or out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.worldgen.interchange.embodiedgen_asset import flaw, judged
from gen3d_bench.worldgen.interchange.embodiedgen_layout import EmbodiedGenLayout, file_stem, read_layout
from gen3d_bench.worldgen.interchange.urdf import read_urdf
from tests.worldgen.interchange.embodiedgen_files import box, layout_json, write_asset, write_layout


def read(folder: Path, change: Callable[[dict[str, Any]], None]) -> EmbodiedGenLayout:
    value = layout_json()
    change(value)
    return read_layout(write_layout(folder, value))


def test_roles_descriptions_and_poses_are_read(tmp_path: Path) -> None:
    layout = read_layout(write_layout(tmp_path, layout_json()).parent)
    assert layout.objects == ("carrot", "white plate", "pen holder")
    assert (layout.node("background"), layout.node("context"), layout.relation.robot) == ("kitchen", "table", "franka")
    assert layout.quality == {"table": "YES", "carrot": "YES", "white plate": "YES"}
    assert layout.tree["kitchen"] == (("table", "FLOOR"), ("franka", "IN"))
    assert layout.warnings == ()


def test_quaternions_become_wxyz_of_length_one_with_one_sign(tmp_path: Path) -> None:
    layout = read_layout(write_layout(tmp_path, layout_json()))
    for node, pose in layout.position.items():
        assert math.hypot(*pose.q) == pytest.approx(1.0, abs=1e-12) and pose.q[0] > 0, node
    assert layout.position["kitchen"].q == pytest.approx((0.1528, 0, -0.9883, 0), abs=1e-4)
    assert layout.position["pen holder"].q == pytest.approx((0.2376, 0, 0, 0.9714), abs=1e-4)


def test_rounded_quaternions_pass_and_wrong_ones_do_not(tmp_path: Path) -> None:
    def turned(*q: float) -> Callable[[dict[str, Any]], None]:
        return lambda value: value["position"].update(carrot=[0, 0, 0, *q])

    for norm in (0.9999, 1.0001, 0.99995):
        assert read(tmp_path, turned(0, 0, 0, norm)).position["carrot"].q == (1, 0, 0, 0)
    assert read(tmp_path, turned(0, 0, -1, 0)).position["carrot"].q == (0, 0, 0, 1)
    wrongs = ((0, 0, 0, 0), (0, 0, 0, 2), (0, 0, 0), (0, 0, 0, 1, 0), (1e200, 0, 0, 0), ("a", 0, 0, 1), (None,) * 4)
    for wrong in wrongs:
        with pytest.raises(SceneError, match="position"):
            read(tmp_path, turned(*wrong))


def test_unknown_keys_are_kept_as_they_are(tmp_path: Path) -> None:
    def change(value: dict[str, Any]) -> None:
        value["uuid"] = {"a": [1, None, 2.5]}
        value["relation"]["difficulty"] = "hard"

    layout = read(tmp_path, change)
    assert layout.extra == {"uuid": {"a": [1, None, 2.5]}}
    assert layout.relation.model_extra == {"difficulty": "hard"}


def test_names_with_blanks_and_apostrophes(tmp_path: Path) -> None:
    layout = read(tmp_path, lambda value: value["relation"].update(manipulated_objs=["rubik's cube"]))
    assert "rubik's cube" in layout.objects and file_stem("rubik's cube") == "rubik's_cube"


def test_one_name_may_stand_without_its_list(tmp_path: Path) -> None:
    layout = read(tmp_path, lambda value: value["relation"].update(distractor_objs="pen holder"))
    assert layout.relation.distractor_objs == ("pen holder",)


@pytest.mark.parametrize("key", ["tree", "objs_desc", "objs_mapping", "assets", "quality", "position"])
def test_what_is_missing_is_tolerated(tmp_path: Path, key: str) -> None:
    layout = read(tmp_path, lambda value: value.pop(key))
    assert getattr(layout, key) == {}
    assert bool(layout.warnings) == (key in ("position", "assets"))


def test_a_missing_background_is_a_warning(tmp_path: Path) -> None:
    layout = read(tmp_path, lambda value: (value["relation"].pop("background"), value["objs_mapping"].pop("kitchen")))
    assert layout.node("background") is None and "background" in layout.warnings[0]


@pytest.mark.parametrize("folder", ["/etc", "../outside", "asset3d/../../outside", "link", "link/deeper", "loop",
                                    "a\0b", "x" * 5000])
def test_assets_stay_in_the_layouts_folder(tmp_path: Path, folder: str) -> None:
    (tmp_path / "outside" / "deeper").mkdir(parents=True)
    task = tmp_path / "task"
    task.mkdir()
    (task / "link").symlink_to(tmp_path / "outside")
    (task / "loop").symlink_to(task / "loop")
    with pytest.raises(SceneError, match=r"assets\['carrot'\]"):
        read(task, lambda value: value["assets"].update(carrot=folder))


def test_folders_that_are_not_there_are_found_missing_later(tmp_path: Path) -> None:
    layout = read_layout(write_layout(tmp_path, layout_json()))
    assert layout.folder("carrot") is None and layout.folder("nobody") is None
    (tmp_path / "asset3d" / "carrot" / "result").mkdir(parents=True)
    assert layout.folder("carrot") == tmp_path / "asset3d" / "carrot" / "result"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        ("[]", "relation"),
        ("{}", "relation"),
        ('{"relation": 3}', "relation: must be an object"),
        ('{"relation": {}, "relation": {}}', "stands twice"),
        ('{"relation": {"task_desc": NaN}}', "NaN"),
        ('{"relation": {}, "a": Infinity}', "Infinity"),
        ('{"relation": {}, "a": ' + "9" * 6000 + "}", "number too long"),
        ('{"relation": {}, "position": {"a": [' + "9" * 400 + ",0,0,0,0,0,1]}}", "position.a[0]"),
        ('{"relation": {}, "position": {"a": [1e999,0,0,0,0,0,1]}}', "finite number"),
        ('{"relation": {}, "position": {"a": [1e6,0,0,0,0,0,1]}}', "more than 1000 m"),
        ('{"relation": {}, "a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deep"),
        ('{"relation": {"task_desc": "\\ud800"}}', "surrogate"),
        ('{"relation": {}, "assets": {"a/b": "x"}}', "cannot name a node"),
        ('{"relation": {}, "assets": {"..": "x"}}', "cannot name a node"),
        ('{"relation": {}, "assets": {"a\\u0000": "x"}}', "cannot name a node"),
        ('{"relation": {"manipulated_objs": ["' + "x" * 200 + '"]}}', "cannot name a node"),
        (json.dumps({"relation": {}, "objs_desc": {f"n{k}": "" for k in range(201)}}), "201 nodes"),
        (json.dumps({"relation": {}, "a": "x" * 1_000_001}), "larger than"),
    ],
)
def test_what_is_no_layout_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "layout.json"
    path.write_text(text)
    with pytest.raises(SceneError) as error:
        read_layout(path)
    assert words in str(error.value) and str(path) in str(error.value) and len(str(error.value)) < 5000


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe{}")
    for path in (tmp_path, tmp_path / "none.json", tmp_path / "binary.json", Path("a\0b")):
        with pytest.raises(SceneError):
            read_layout(path)


TEXT = st.text(max_size=12) | st.sampled_from(["..", "/etc/passwd", "../x", "table", "carrot", "YES", "NO: x", "a\0b"])
NUMBER = st.integers(-(10**400), 10**400) | st.floats() | st.sampled_from([0, 1, -1, 1e308, 5e-324])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=25,
)
KEYS = st.sampled_from(["tree", "relation", "objs_desc", "objs_mapping", "assets", "quality", "position", "other"])


def check(text: str) -> None:
    """Either a layout, all of whose parts can be looked at, or a SceneError with a message."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "layout.json"
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            layout = read_layout(path)
        except SceneError as error:
            assert str(path) in str(error)  # noqa: PT017 - an error is one of two good outcomes
            return
        assert all(math.isclose(math.hypot(*pose.q), 1.0) for pose in layout.position.values())
        for node in layout.assets:
            found = layout.folder(node)
            assert found is None or found.resolve().is_relative_to(Path(folder).resolve())
        assert sorted(file.name for file in Path(folder).iterdir()) == ["layout.json"]


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_any_json_is_a_layout_or_a_clear_error(value: dict[str, Any]) -> None:
    check(json.dumps(value))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_part_of_a_layout_may_be_wrong(data: st.DataObject) -> None:
    value: Any = layout_json()
    place = value
    for _ in range(3):
        if not isinstance(place, (dict, list)) or not place:
            break
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(place[key], (dict, list)):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    check(json.dumps(value))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 2000))
def test_damaged_text_is_a_clear_error_or_harmless(noise: bytes, at: int) -> None:
    text = json.dumps(layout_json()).encode()
    check((text[:at] + noise + text[at + len(noise):]).decode("utf-8", "replace"))


@pytest.mark.parametrize(("said", "passed"), [
    ("YES", True), (True, True), ({"overall": "yes, one cup"}, True), ({"flag": True, "why": 1}, True),
    ("NO: two", False), (None, False), ({"overall": None}, False), ({"MeshGeoChecker": "NO"}, False), (0, False),
    ("unknown", False), ({"overall": {"flag": "YES"}}, False), (["YES"], False), ("Not bad: YES", False), ("", False),
])  # fmt: skip
def test_only_a_verdict_that_says_yes_passes(tmp_path: Path, said: object, passed: bool) -> None:
    layout = read(tmp_path, lambda value: value["quality"].update(carrot=said))
    assert (flaw(layout.quality["carrot"]) is None) == passed


@pytest.mark.parametrize(("quality", "wrong"), [
    ("", None), ("<overall>YES</overall>", None), ("<A>4.7</A><B>YES</B>", None), ("<overall/>", "no verdict"),
    ("<A>4.7</A><MeshGeoChecker>NO: two</MeshGeoChecker>", "MeshGeoChecker: NO: two"), ("<A>maybe</A>", "A: maybe"),
    ("<A>NO</A><overall>YES</overall>", None), ("<A>YES</A><overall>unknown</overall>", "unknown"),
])  # fmt: skip
def test_a_checker_decides_where_nothing_is_said_overall(tmp_path: Path, quality: str, wrong: str | None) -> None:
    path = write_asset(tmp_path, "cup", [box(0.1, 0.1, 0.1)])
    path.write_text(re.sub("<quality>.*</quality>", f"<quality>{quality}</quality>", path.read_text(), flags=re.DOTALL))
    assert flaw(judged(read_urdf(path))) == wrong
