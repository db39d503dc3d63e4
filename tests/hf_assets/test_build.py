"""Building packs: the same worlds in files of their own, whole or not at all."""

import errno
import io
import json
import os
import shutil
from pathlib import Path

import gymnasium as gym
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import gen3d_bench  # noqa: F401 - registers the environments
from gen3d_bench.hf_assets.build import _stems, build_pack
from gen3d_bench.hf_assets.check import check_pack
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.pack import PackManifest, read_manifest
from gen3d_bench.hf_assets.paths import file_problems
from gen3d_bench.hf_assets.sources import pack_source
from gen3d_bench.scenes.io import asset_refs, load_scene
from gen3d_bench.scenes.schema import AssetRef, Pose, Scene
from gen3d_bench.scenes.splits import split
from gen3d_bench.scenes.store import AssetStore, scene_sha256
from tests.hf_assets.real_packs import DESCRIPTION, NAME, SPLITS, real_pack, real_worlds
from tests.scenes.worlds import scene_dict

pytestmark = pytest.mark.render

Scenes = tuple[Scene, ...]


@pytest.fixture
def worlds() -> Scenes:
    return real_worlds()


@pytest.fixture
def built() -> Path:
    """Not to be changed."""
    return real_pack()


@pytest.fixture
def pack(built: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(built, tmp_path / NAME))


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def manifest_of(pack: Path) -> PackManifest:
    return read_manifest(pack / "pack.json")


def test_a_pack_is_whole_and_says_what_it_is(built: Path, worlds: Scenes) -> None:
    manifest = manifest_of(built)
    assert check_pack(built) == []
    assert (manifest.name, manifest.version, manifest.ids) == (NAME, 3, tuple(scene.id for scene in worlds))
    assert manifest.splits == SPLITS
    assert manifest.licences == ("Apache-2.0", "CC-BY-4.0")
    assert list(manifest.generators) == ["procedural"]
    assert set(tree(built)) == set(manifest.files) | {"pack.json"}
    assert [scene.file for scene in manifest.scenes] == [
        "scenes/gen3d-000.json", "scenes/gen3d-042.json", "scenes/kitchen--tea.json"]


def test_every_asset_is_there_once(built: Path, worlds: Scenes) -> None:
    store = AssetStore()
    contents = {store.get(ref).sha256 for scene in worlds for _, ref in asset_refs(scene)}
    folders = sorted((built / "scenes/assets").iterdir())
    assert sorted(folder.name.rpartition("-")[2] for folder in folders) == sorted(sha[:12] for sha in contents)
    assert len(folders) == len({ref for scene in worlds for _, ref in asset_refs(scene)}) < sum(
        len(list(asset_refs(scene))) for scene in worlds)


def test_what_lies_beside_an_asset_is_not_copied(built: Path, worlds: Scenes) -> None:
    plate = Path(str(worlds[2].target.asset.path))
    assert (plate / "notes.txt").exists()
    assert not list(built.rglob("notes.txt"))


def test_worlds_of_a_pack_are_those_it_was_made_of_and_need_no_generator(built: Path, worlds: Scenes) -> None:
    scenes = [load_scene(built / packed.file, generators=()) for packed in manifest_of(built).scenes]
    for scene, original, packed in zip(scenes, worlds, manifest_of(built).scenes, strict=True):
        assert packed.sha256 == scene_sha256(original, AssetStore()) == scene_sha256(scene, AssetStore(generators={}))
    env = gym.make("Gen3D-PickPlace-v0", scenes=scenes, store=AssetStore(generators={}), obs_mode="state")
    try:
        _, info = env.reset(seed=1, options={"scene": "gen3d-042"})
        assert info["scene_sha256"] == scene_sha256(worlds[1], AssetStore())
    finally:
        env.close()


def test_previews_are_what_the_camera_sees_at_the_nominal_poses(built: Path, worlds: Scenes) -> None:
    env = gym.make("Gen3D-PickPlace-v0", scenes=list(worlds), randomization="none", render_mode="rgb_array")
    try:
        for packed in manifest_of(built).scenes:
            env.reset(seed=5, options={"scene": packed.id})
            seen = np.asarray(env.render(), float)
            with Image.open(built / packed.preview) as picture:
                assert picture.size == (640, 480)
                assert np.abs(np.asarray(picture, float) - seen).mean() < 5 < seen.std()
    finally:
        env.close()


def test_the_index_has_a_row_per_scene_that_the_hub_can_show(built: Path) -> None:
    table = pq.read_table(built / "data/scenes.parquet")
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == table.column_names
    assert features["preview"] == {"_type": "Image"}
    rows = {row["id"]: row for row in table.to_pylist()}
    assert list(rows) == ["gen3d-000", "gen3d-042", "kitchen/tea"]
    row = rows["gen3d-042"]
    assert (row["source"], row["relation"], row["target"]) == ("wooden spoon", "ON", "white plate")
    assert row["distractors"] == ["salt shaker", "napkin"] and row["n_objects"] == 4
    assert row["splits"] == ["H0/id"] and rows["gen3d-000"]["splits"] == ["H0/ood"]
    assert row["licences"] == ["Apache-2.0"] and rows["kitchen/tea"]["licences"] == ["Apache-2.0", "CC-BY-4.0"]
    for packed in manifest_of(built).scenes:
        assert rows[packed.id]["sha256"] == packed.sha256
        assert rows[packed.id]["preview"]["bytes"] == (built / packed.preview).read_bytes()
        assert Image.open(io.BytesIO(rows[packed.id]["preview"]["bytes"])).format == "JPEG"


def test_the_same_scenes_give_the_same_bytes(built: Path, worlds: Scenes, tmp_path: Path) -> None:
    said = []
    build_pack(worlds, tmp_path / "again", name=NAME, version=3, description=DESCRIPTION, splits=SPLITS,
               store=AssetStore(), progress=lambda *step: said.append(step))
    assert tree(tmp_path / "again") == tree(built)
    assert said[-1] == ("Drawing previews", 3, 3)
    assert os.listdir(tmp_path) == ["again"]


def test_a_pack_can_be_made_of_a_pack(built: Path, tmp_path: Path) -> None:
    scenes = [load_scene(built / packed.file, generators=()) for packed in manifest_of(built).select("H0/id")]
    store = AssetStore(tmp_path / "empty", {})
    manifest = build_pack(scenes, tmp_path / "part", name="part", store=store)
    assert manifest.scenes == manifest_of(built).select("H0/id")
    assert manifest.generators == manifest_of(built).generators
    assert check_pack(tmp_path / "part") == []


def test_an_older_pack_is_replaced_as_a_whole(pack: Path, worlds: Scenes) -> None:
    manifest = build_pack(worlds[:1], pack, name="one")
    assert manifest.ids == ("gen3d-000",) and check_pack(pack) == []
    assert os.listdir(pack.parent) == [pack.name]


def test_what_killed_processes_left_beside_a_pack_goes_and_what_others_write_stays(
    worlds: Scenes, tmp_path: Path
) -> None:
    for name in (".one.0123abcd.tmp", ".one.4567abcd.tmp", ".one.89ababcd.old", ".other.0123abcd.tmp"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / ".one.4567abcd.tmp" / "scenes").mkdir()
    build_pack(worlds[:1], tmp_path / "one", name="one")
    assert sorted(os.listdir(tmp_path)) == [".one.4567abcd.tmp", ".one.89ababcd.old", ".other.0123abcd.tmp", "one"]


@pytest.mark.parametrize("kind", ["folder", "file", "link", "pack with notes", "newer pack"])
def test_what_is_no_pack_is_never_replaced(kind: str, pack: Path, worlds: Scenes, tmp_path: Path) -> None:
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
        (out / "thesis.tex").write_text("years of work")
    elif kind == "file":
        out.write_text("years of work")
    elif kind == "link":
        out.symlink_to(pack)
    else:
        shutil.copytree(pack, out)
        (out / ".git").mkdir()
        if kind == "newer pack":
            (out / "pack.json").write_text('{"schema_version": 2}')
        else:
            (out / ".git" / "HEAD").write_text("ref: refs/heads/main")
    before = tree(tmp_path)
    with pytest.raises(PackError, match=r"not replaced|name a folder for the pack|newer gen3d-bench"):
        build_pack(worlds[:1], out, name="one")
    assert tree(tmp_path) == before


def test_a_scene_that_cannot_begin_leaves_all_as_it_was(pack: Path, worlds: Scenes) -> None:
    before = tree(pack)
    on_top = worlds[1].objects[1].model_copy(update={"pose": worlds[1].objects[0].pose})
    crowded = worlds[1].model_copy(update={"objects": (worlds[1].objects[0], on_top, *worlds[1].objects[2:])})
    with pytest.raises(PackError, match=r"scene gen3d-042 cannot begin .* overlaps another"):
        build_pack([worlds[0], crowded], pack, name="one")
    assert tree(pack) == before and os.listdir(pack.parent) == [pack.name]


def test_a_full_disk_is_said_and_leaves_nothing(
    worlds: Scenes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(PackError, match="No space left on device"):
        build_pack(worlds[:1], tmp_path / "out", name="one")
    assert os.listdir(tmp_path) == []


def test_links_that_lead_out_of_an_asset_are_refused(worlds: Scenes, tmp_path: Path) -> None:
    original = Path(str(worlds[2].target.asset.path))
    blobs, linked = tmp_path / "blobs", tmp_path / "plate"
    shutil.copytree(original, blobs)
    linked.mkdir()
    for file in blobs.iterdir():
        (linked / file.name).symlink_to(file)
    plate = worlds[2].target.model_copy(update={"asset": AssetRef(path=str(linked))})
    scene = worlds[2].model_copy(update={"objects": tuple(
        plate if thing == worlds[2].target else thing for thing in worlds[2].objects)})
    with pytest.raises(PackError, match=r"is a link to .*, outside its asset"):
        build_pack([scene], tmp_path / "out", name="one")
    assert not (tmp_path / "out").exists()
    build_pack([scene], tmp_path / "out", name="one", roots=[blobs])
    assert check_pack(tmp_path / "out") == []
    assert not [file for file in (tmp_path / "out").rglob("*") if file.is_symlink()]


def test_bad_requests_are_refused_before_any_work(worlds: Scenes, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(PackError, match="at least one scene"):
        build_pack([], out, name="one")
    with pytest.raises(PackError, match="2 scenes have the id 'gen3d-000'"):
        build_pack([worlds[0], worlds[0]], out, name="one")
    with pytest.raises(PackError, match="'a/b' cannot be the name of a pack"):
        build_pack(worlds, out, name="a/b")
    with pytest.raises(PackError, match="split 'train' names 'gen3d-007'"):
        build_pack(worlds, out, name="one", splits={"train": ["gen3d-000", "gen3d-007"]})
    assert os.listdir(tmp_path) == []


PART = st.text(st.sampled_from("aA-.0"), min_size=1, max_size=4).map(lambda text: f"a{text}")


@given(st.lists(st.lists(PART, min_size=1, max_size=30).map("/".join), min_size=1, max_size=6, unique=True))
def test_files_of_scenes_have_names_that_any_disk_can_hold_apart(ids: list[str]) -> None:
    scenes = [Scene.model_validate(scene_dict() | {"id": scene_id}) for scene_id in ids]
    files = [f"scenes/{stem}.json" for stem in _stems(scenes).values()]
    assert len(set(files)) == len(ids) and not list(file_problems(files))


def test_the_shipped_set_brings_its_version_and_splits() -> None:
    source = pack_source("all")
    assert (source.name, len(source.scenes)) == ("gen3d-100", 100)
    assert source.version == pack_source("gen3d-100").version > 1
    assert source.splits["H0/ood"] == split("H0/ood") and len(source.splits) == 21
    part = pack_source("H0/id/3")
    assert (part.name, len(part.scenes), part.splits) == ("H0-id-3", 3, {})


def test_a_generated_folder_brings_its_name(worlds: Scenes, tmp_path: Path) -> None:
    home = tmp_path / "my scenes (new)"
    (home / "run" / "records").mkdir(parents=True)
    (home / "run" / "records" / "gen3d-000.json").write_text("{}")
    (home / "DATA_CARD.md").write_text("# card")
    pose = Pose(p=(0.3, 0.0, 0.0))
    moved = worlds[0].model_copy(update={"objects": (worlds[0].objects[0].model_copy(update={"pose": pose}),
                                                     *worlds[0].objects[1:])})
    (home / "gen3d-000.json").write_text(moved.model_dump_json())
    source = pack_source(str(home))
    assert (source.name, source.version, source.splits) == ("my-scenes-new", 1, {})
    assert source.scenes == (moved,)
