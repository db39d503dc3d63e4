"""Checking packs: whatever happens to a file is found and named, and nothing in a pack is ever run."""

import hashlib
import json
import os
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gen3d_bench.hf_assets.check import Problem, check_files, check_pack
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.pack import read_manifest
from tests.hf_assets.real_packs import NAME, real_pack

pytestmark = pytest.mark.render

SCENE = "scenes/gen3d-042.json"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """To be damaged."""
    return Path(shutil.copytree(real_pack(), tmp_path / NAME))


def flipped(file: Path) -> None:
    """Other contents of the same size."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))


def found(pack: Path) -> dict[str, str]:
    return {problem.path: problem.what for problem in check_pack(pack)}


def listed_anew(pack: Path, *paths: str) -> None:
    """The manifest as somebody would write it who changed these files on purpose."""
    manifest = json.loads((pack / "pack.json").read_text())
    for path in paths:
        data = (pack / path).read_bytes()
        manifest["files"][path] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    (pack / "pack.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (flipped, "has other contents than the manifest says"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), r"has \d+ bytes instead of \d+"),
        (lambda file: file.unlink(), "is missing"),
        (lambda file: (file.unlink(), file.mkdir()), "is not a file"),
        (lambda file: (file.unlink(), os.mkfifo(file)), "is not a file"),
        (lambda file: (file.unlink(), file.symlink_to(file)), "cannot be read|is missing"),
        (lambda file: (file.unlink(), file.symlink_to("/etc/hostname")), "outside the pack"),
    ],
)
@pytest.mark.parametrize("name", [SCENE, "README.md", "data/scenes.parquet", "previews/gen3d-000.jpg", "mesh"])
def test_a_damaged_file_is_found(name: str, damage: Callable[[Path], object], what: str, pack: Path) -> None:
    path = next(p for p in read_manifest(pack).files if p.endswith("visual.glb")) if name == "mesh" else name
    damage(pack / path)
    problems = check_pack(pack)
    assert [problem.path for problem in problems] == [path]
    assert re.search(what, problems[0].what)


def test_what_does_not_belong_is_found_but_for_what_the_hub_adds(pack: Path) -> None:
    (pack / ".gitattributes").write_text("*.glb filter=lfs")
    (pack / ".cache/huggingface/download").mkdir(parents=True)
    (pack / ".cache/huggingface/download/README.md.metadata").write_text("x")
    (pack / "empty").mkdir()
    assert found(pack) == {}
    (pack / "scenes/extra.json").write_text("{}")
    (pack / "previews/more").symlink_to("/tmp")
    assert found(pack) == dict.fromkeys(
        ("previews/more", "scenes/extra.json"), "is not of the pack: its manifest does not list it")


def test_pickles_are_reported_and_never_loaded(pack: Path, tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return os.mkdir, (str(tmp_path / "was here"),)

    (pack / "scenes/weights.pkl").write_bytes(pickle.dumps(Payload()))
    (pack / SCENE).write_bytes(pickle.dumps(Payload()))
    listed_anew(pack, SCENE)
    problems = found(pack)
    assert set(problems) == {"scenes/weights.pkl", SCENE} and "not UTF-8" in problems[SCENE]
    assert not (tmp_path / "was here").exists()


def test_a_download_cache_of_links_passes_where_its_blobs_are_allowed(pack: Path, tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "repo/blobs", tmp_path / "repo/snapshots/main"
    blobs.mkdir(parents=True)
    for path in [*read_manifest(pack).files, "pack.json"]:
        blob = blobs / hashlib.sha256((pack / path).read_bytes()).hexdigest()
        shutil.copyfile(pack / path, blob)
        (snapshot / path).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / path).symlink_to(os.path.relpath(blob, (snapshot / path).parent))
    assert check_pack(snapshot, roots=[blobs]) == []
    assert len(check_pack(snapshot)) == len(read_manifest(pack).files)


def test_files_that_agree_do_not_make_another_world_pass(pack: Path) -> None:
    """Somebody changed a scene and its entry, but not the hash by which records name the world."""
    scene = json.loads((pack / SCENE).read_text())
    scene["objects"][0]["pose"]["p"][0] += 0.01
    (pack / SCENE).write_text(json.dumps(scene))
    listed_anew(pack, SCENE)
    assert "is another world than the manifest says" in found(pack)[SCENE]


def test_a_changed_mesh_is_found_in_every_scene_that_has_it(pack: Path) -> None:
    table = json.loads((pack / SCENE).read_text())["table"]["path"]
    flipped(pack / "scenes" / table / "visual.glb")
    assert set(found(pack)) == {f"scenes/{table}/visual.glb"}
    listed_anew(pack, f"scenes/{table}/visual.glb")
    problems = found(pack)
    assert set(problems) == {SCENE, "scenes/kitchen--tea.json"}
    assert all("visual.glb has other contents" in what for what in problems.values())


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda s: s.update(table={"generator": "procedural", "prompt": "oak table", "seed": 1}), "unknown"),
        (lambda s: s["table"].update(path="../outside"), "leads out of the scene's folder"),
        (lambda s: s.update(instruction="put the wooden spoon in the sink"), "the manifest says 'gen3d-042'"),
        (lambda s: s["table"].update(path=s["background"]["path"]), "has other assets than the manifest says"),
        (lambda s: s.pop("relations"), "relations: is missing"),
    ],
)
def test_a_scene_that_is_not_the_packs_is_found(change: Callable[[Any], object], what: str, pack: Path) -> None:
    scene = json.loads((pack / SCENE).read_text())
    change(scene)
    (pack / SCENE).write_text(json.dumps(scene))
    listed_anew(pack, SCENE)
    assert set(found(pack)) == {SCENE} and what in found(pack)[SCENE]


def test_without_a_manifest_there_is_nothing_to_compare(pack: Path) -> None:
    (pack / "pack.json").unlink()
    with pytest.raises(PackError, match="no such file"):
        check_pack(pack)


def test_part_of_a_pack_can_be_checked_and_progress_is_told(pack: Path) -> None:
    manifest = read_manifest(pack)
    paths = manifest.paths(manifest.select("H0/ood"))
    for path in manifest.files.keys() - set(paths):
        (pack / path).unlink()
    done: list[int] = []
    assert check_files(pack, manifest, paths, advance=done.append) == []
    assert done == [manifest.files[path].size for path in sorted(paths)]
    (pack / paths[0]).unlink()
    assert check_files(pack, manifest, paths) == [Problem(paths[0], "is missing")]
