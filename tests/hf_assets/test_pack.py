"""The manifest of a pack: what it may name, what is refused, and with which words."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.pack import MANIFEST, PackManifest, manifest_bytes, read_manifest
from gen3d_bench.hf_assets.paths import ENDINGS, file_problems, path_problem

SHA = "0" * 64
Change = Callable[[dict[str, Any]], object]


def content() -> dict[str, Any]:
    """A manifest of two scenes that share a room, as it stands in a file."""
    assets = {name: f"scenes/assets/{name}-0123456789ab" for name in ("room", "cup", "plate")}
    files = [f"{folder}/{file}" for folder in assets.values() for file in ("asset.json", "manifest.json", "visual.glb")]
    files += [f"{assets['cup']}/collision.obj", "README.md", "data/scenes.parquet"]
    scenes = []
    for scene_id, thing in (("kitchen/a", "cup"), ("b", "plate")):
        stem = scene_id.replace("/", "--")
        files += [f"scenes/{stem}.json", f"previews/{stem}.jpg"]
        scenes.append({
            "id": scene_id, "instruction": "put it there", "file": f"scenes/{stem}.json",
            "preview": f"previews/{stem}.jpg", "sha256": SHA, "assets": [assets["room"], assets[thing]],
        })
    return {
        "schema_version": 1, "name": "two-scenes", "version": 1, "licences": ["Apache-2.0"],
        "generators": {"procedural": 2}, "scenes": scenes,
        "made_with": {"gen3d_bench": "0.1.0", "python": "3.11.2", "platform": "linux-x86_64"},
        "splits": {"H0/id": ["b", "kitchen/a"], "H0/ood": ["kitchen/a"]},
        "files": {path: {"sha256": SHA, "size": 3} for path in files},
    }


def written(value: Any, folder: Path) -> Path:
    file = folder / MANIFEST
    file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return file


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    manifest = read_manifest(written(content(), tmp_path))
    (tmp_path / MANIFEST).write_bytes(manifest_bytes(manifest))
    assert read_manifest(tmp_path) == manifest
    assert manifest_bytes(read_manifest(tmp_path)) == manifest_bytes(manifest)


def test_scenes_are_selected_by_id_and_by_split() -> None:
    manifest = PackManifest.model_validate(content())
    assert [s.id for s in manifest.select()] == ["kitchen/a", "b"]
    assert [s.id for s in manifest.select("H0/id")] == ["b", "kitchen/a"]
    assert [s.id for s in manifest.select("kitchen/a")] == ["kitchen/a"]
    with pytest.raises(PackError, match=r"no scene or split 'H0/odd' \(did you mean 'H0/ood'"):
        manifest.select("H0/odd")


def test_paths_of_a_selection_are_its_scenes_and_their_assets_only() -> None:
    manifest = PackManifest.model_validate(content())
    paths = manifest.paths(manifest.select("H0/ood"))
    assert paths == (
        "scenes/assets/cup-0123456789ab/asset.json", "scenes/assets/cup-0123456789ab/collision.obj",
        "scenes/assets/cup-0123456789ab/manifest.json", "scenes/assets/cup-0123456789ab/visual.glb",
        "scenes/assets/room-0123456789ab/asset.json", "scenes/assets/room-0123456789ab/manifest.json",
        "scenes/assets/room-0123456789ab/visual.glb", "scenes/kitchen--a.json",
    )
    assert set(manifest.paths(manifest.scenes)) | {"README.md", "data/scenes.parquet"} | {
        scene.preview for scene in manifest.scenes} == set(manifest.files)


@pytest.mark.parametrize("version", [2, 99, 1.5])
def test_a_newer_schema_is_one_clear_error_before_anything_else(version: float, tmp_path: Path) -> None:
    file = written({"schema_version": version, "worlds": 3, "files": {"../x": 1}}, tmp_path)
    with pytest.raises(PackError, match=r"made by a newer gen3d-bench.*upgrade") as error:
        read_manifest(file)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "object"),
        ("{}", "schema_version|name: is missing"),
        ('{"name": "a", "name": "b"}', "'name' stands twice"),
        ("NaN", "object"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=message):
        read_manifest(written(text, tmp_path))


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"there is no such file; a pack is a folder with a pack\.json"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe{}")
    with pytest.raises(PackError, match="not UTF-8"):
        read_manifest(tmp_path)
    with open(tmp_path / MANIFEST, "wb") as file:
        os.truncate(file.fileno(), 65 << 20)
    with pytest.raises(PackError, match="too many for a manifest"):
        read_manifest(tmp_path)


def renamed(old: str, new: str) -> Change:
    return lambda value: value["files"].update({new: value["files"].pop(old)})


def added(*paths: str) -> Change:
    return lambda value: value["files"].update({path: {"sha256": SHA, "size": 1} for path in paths})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (added("/etc/passwd.json"), "begins or ends with /"),
        (added("../outside.json"), r"'\.\.' does not begin with a letter"),
        (added("scenes/./a.json"), r"'\.' does not begin"),
        (added("scenes//a.json"), "empty part"),
        (added("scenes\\a.json"), "other characters"),
        (added("C:/a.json"), "other characters"),
        (added("C:a.json"), "other characters"),
        (added("a\0.json"), "other characters"),
        (added("a\n.json"), "other characters"),
        (added("a.json\n"), "other characters"),
        (added("~/a.json"), "does not begin"),
        (added(".ssh/a.json"), "does not begin"),
        (added("a" * 300 + ".json"), "305 characters"),
        (added("readme.md"), "only in case"),
        (added("Scenes/other.json"), "'scenes' differs from 'Scenes' only in case"),
        (added("README.md/a.json"), "both a file and a folder"),
        (added("readme.MD/a.json"), "both a file and a folder"),
        (added("weights.pkl"), r"a pack holds no such files, only \.json"),
        (added("meshes.zip"), "a pack holds no such files"),
        (added("run.py"), "a pack holds no such files"),
        (added("pack.json"), "pack.json is the manifest itself"),
        (added("Pack.json"), "pack.json is the manifest itself"),
        (added("pack.json/mesh.glb"), "pack.json is the manifest itself"),
        (lambda v: v["files"].pop("scenes/b.json"), r"scenes\[1\]\.file: 'scenes/b\.json' is not among"),
        (lambda v: v["files"].pop("previews/b.jpg"), r"scenes\[1\]\.preview"),
        (lambda v: v["files"].pop("scenes/assets/room-0123456789ab/visual.glb"), r"visual\.glb is not among"),
        (lambda v: v["scenes"][0]["assets"].append("scenes/assets/other"), "'scenes/assets/other' is not a folder"),
        (lambda v: v["scenes"][0]["assets"].append("data"), "does not lie beside"),
        (lambda v: v["scenes"][1].update(id="kitchen/a"), "two have the id 'kitchen/a'"),
        (lambda v: v["scenes"][1].update(file="README.md"), "a scene is a .json file"),
        (lambda v: v["scenes"][1].update(id="../b"), r"scenes\[1\]\.id: .*found \"\.\./b\""),
        (lambda v: v["splits"].update(train=["c"]), r"splits\.train: 'c' is not a scene"),
        (lambda v: v["splits"].update(train=["b", "b"]), "stands in it twice"),
        (lambda v: v["splits"].update(b=["b"]), "the id of a scene too"),
        (lambda v: v["splits"].update({"../x": ["b"]}), "splits"),
        (lambda v: v["files"]["README.md"].update(size=-1), r"files\.README\.md\.size: .*found -1"),
        (lambda v: v["files"]["README.md"].update(size=10**30), r"size"),
        (lambda v: v["files"]["README.md"].update(sha256="abc"), r"sha256"),
        (lambda v: v.update(schema_version=0), "schema_version"),
        (lambda v: v.update(licences=["MIT", "Apache-2.0"]), "licences: must be sorted"),
        (lambda v: v.update(hooks=["rm"]), "hooks: unknown field"),
        (lambda v: v.update(scenes=[]), "scenes"),
    ],
)
def test_a_bad_manifest_is_refused_in_words(change: Change, message: str, tmp_path: Path) -> None:
    value = content()
    change(value)
    with pytest.raises(PackError, match=message) as error:
        read_manifest(written(value, tmp_path))
    assert str(tmp_path / MANIFEST) in str(error.value)


def test_many_problems_are_cut_short(tmp_path: Path) -> None:
    value = content()
    added(*(f"../{i}.json" for i in range(1000)))(value)
    with pytest.raises(PackError, match="and 988 more") as error:
        read_manifest(written(value, tmp_path))
    assert len(str(error.value).splitlines()) < 20


HOSTILE = st.text(st.sampled_from("ab.A/\\:~\0\n *é_-"), max_size=12) | st.text(max_size=20)


@given(HOSTILE)
def test_a_path_that_is_let_through_stays_inside_on_every_system(path: str) -> None:
    import ntpath
    import posixpath

    if path_problem(path) is None:
        for system in (posixpath, ntpath):
            assert not system.isabs(path) and not system.splitdrive(path)[0]
            assert system.normpath(system.join("base", path)) == system.join("base", *path.split("/"))
        assert path.isascii() and path.isprintable() and not any(p.startswith(".") for p in path.split("/"))


PART = st.text(st.sampled_from("aAbB1_"), min_size=1, max_size=2)


@given(st.sets(st.builds(lambda parts, ending: "/".join(parts) + ending, st.lists(PART, min_size=1, max_size=3),
                         st.sampled_from([*ENDINGS, ""])), max_size=6))
def test_files_that_are_let_through_can_all_be_written_where_case_does_not_count(paths: set[str]) -> None:
    if list(file_problems(paths)):
        return
    disk: dict[str, str] = {}  # lower-case name -> spelling, as a file system without case keeps it
    for path in paths:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            kind = "file" if depth == len(parts) else "folder"
            assert disk.setdefault(name.lower(), f"{kind} {name}") == f"{kind} {name}"
