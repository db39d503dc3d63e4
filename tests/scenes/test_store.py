"""The asset cache: made once, whole or not at all, checked before use, repaired when damaged."""

import logging
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gen3d_bench.cache import cache_folder
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.generators import GENERATORS, load_generator
from gen3d_bench.scenes.io import asset_refs, load_scene, map_assets, save_scene
from gen3d_bench.scenes.manifest import MANIFEST, Asset
from gen3d_bench.scenes.schema import AssetRef, Pose, Scene
from gen3d_bench.scenes.store import AssetStore, scene_sha256
from tests.scenes import fake_generator
from tests.scenes.worlds import FAKE, fake_scene, scene_dict

CUP = AssetRef(generator="fake", prompt="red cup", seed=7)
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for everything that the fake generator was asked for, in any process."""
    file = tmp_path / "generated.log"
    file.touch()
    monkeypatch.setenv("FAKE_GENERATOR_LOG", str(file))
    return file


def store(root: Path) -> AssetStore:
    return AssetStore(root, FAKE)


def generated(log: Path) -> list[str]:
    return log.read_text().splitlines()


def files(root: Path) -> list[str]:
    return sorted(p.name for p in root.rglob("*") if p.is_file() and p.suffix != ".lock")


WHOLE = ["asset.json", "collision.obj", "manifest.json", "visual.glb"]


def test_an_asset_is_made_once(root: Path, log: Path) -> None:
    first = store(root)
    asset = first.get(CUP)
    assert first.get(CUP) is asset
    assert store(root).get(CUP) == asset
    assert generated(log) == ["red cup 7"]
    assert files(root) == WHOLE
    assert asset.info.name == "red cup"
    assert asset.folder.parent == root / "assets" / "fake-v3"
    assert asset.folder.name.startswith("red-cup-7-")


def test_every_part_of_the_key_counts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(prompt: str, seed: int) -> Asset:
        return store(root).get(AssetRef(generator="fake", prompt=prompt, seed=seed))

    assets = [get("cup", 0), get("cup", 1), get("Cup", 0), get("cup!", 0)]
    monkeypatch.setattr(fake_generator, "VERSION", 4)
    assets.append(get("cup", 0))
    assert len({asset.folder for asset in assets}) == 5


def test_the_hash_is_that_of_the_contents(tmp_path: Path) -> None:
    one, two = store(tmp_path / "one").get(CUP), store(tmp_path / "two").get(CUP)
    other = store(tmp_path / "one").get(CUP.model_copy(update={"seed": 8}))
    assert one.sha256 == two.sha256 != other.sha256


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("damage", ["truncated", "changed", "deleted"])
def test_a_damaged_asset_is_made_again(name: str, damage: str, root: Path, log: Path,
                                       caplog: pytest.LogCaptureFixture) -> None:
    asset = store(root).get(CUP)
    file = asset.folder / name
    whole = file.read_bytes()
    if damage == "deleted":
        file.unlink()
    else:
        file.write_bytes(whole[:-9] if damage == "truncated" else bytes([whole[0] ^ 1]) + whole[1:])
    with caplog.at_level(logging.WARNING):
        assert store(root).get(CUP) == asset
    assert file.read_bytes() == whole
    assert len(generated(log)) == 2
    assert files(root) == WHOLE
    assert len(caplog.records) == 1
    assert str(asset.folder) in caplog.text
    assert name in caplog.text
    assert "making it again" in caplog.text


@pytest.mark.parametrize("name", [None, *WHOLE])
def test_files_and_folders_in_each_others_place_are_replaced(
    name: str | None, root: Path, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asset = store(root).get(CUP)
    if name is None:
        shutil.rmtree(asset.folder)
        asset.folder.write_text("a file where the asset's folder should be")
    else:
        (asset.folder / name).unlink()
        (asset.folder / name).mkdir()
    with caplog.at_level(logging.WARNING):
        assert store(root).get(CUP) == asset
    assert len(generated(log)) == 2
    assert files(root) == WHOLE
    assert not list(root.rglob("*.tmp"))
    assert len(caplog.records) == 1
    assert "is damaged" in caplog.text


def test_a_link_that_leads_nowhere_is_replaced(root: Path) -> None:
    asset = store(root).get(CUP)
    shutil.rmtree(asset.folder)
    asset.folder.symlink_to(root / "nowhere")
    assert store(root).get(CUP) == asset


def test_files_that_others_drop_beside_meshes_do_no_harm(root: Path, log: Path) -> None:
    asset = store(root).get(CUP)
    (asset.folder / "collision.obj.cache").write_bytes(b"of a physics engine")
    assert store(root).get(CUP) == asset
    assert len(generated(log)) == 1


def test_a_complete_cache_may_be_read_only(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = store(root).get(CUP)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("mkdir", "write_text", "write_bytes"):
        monkeypatch.setattr(Path, name, refuse)
    assert store(root).get(CUP) == asset
    with pytest.raises(StoreError, match="Permission denied"):
        store(root).get(AssetRef(generator="fake", prompt="blue cup", seed=7))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="set GEN3D_CACHE") as caught:
        store(tmp_path / "file" / "cache").get(CUP)
    assert str(tmp_path / "file" / "cache") in str(caught.value)


def test_a_generator_that_fails_leaves_nothing(root: Path) -> None:
    with pytest.raises(StoreError, match="cannot make asset fake:fail#0: no shape family makes 'fail'"):
        store(root).get(AssetRef(generator="fake", prompt="fail", seed=0))
    assert files(root) == []
    assert not list(root.rglob("*.tmp"))


def test_unknown_generators(root: Path) -> None:
    with pytest.raises(StoreError, match=r"unknown asset generator 'magic'; known generators: .*procedural"):
        AssetStore(root).get(AssetRef(generator="magic", prompt="cup", seed=0))
    with pytest.raises(StoreError, match="'gone' cannot be imported"):
        AssetStore(root, {"gone": "no_such_module"}).get(AssetRef(generator="gone", prompt="cup", seed=0))


def _get(root: Path, prompt: str) -> Asset:
    return store(root).get(AssetRef(generator="fake", prompt=prompt, seed=0))


def test_processes_at_once_make_one_asset(root: Path, log: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assets = pool.starmap(_get, [(root, "slow cup")] * 3, chunksize=1)
    assert len(set(assets)) == 1
    assert generated(log) == ["slow cup 0"]
    assert files(root) == WHOLE


def test_a_killed_process_leaves_nothing_that_is_used(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"from tests.scenes.test_store import _get; from pathlib import Path; _get(Path({str(root)!r}), 'hang')"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY)
    try:
        deadline = time.monotonic() + 60
        while not list(root.rglob("visual.glb")) and time.monotonic() < deadline:
            time.sleep(0.02)
        half_written = list(root.rglob("visual.glb"))
        assert half_written
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not [p for p in root.rglob("visual.glb") if not p.parent.name.endswith(".tmp")]
    monkeypatch.setattr(time, "sleep", lambda _: None)
    asset = _get(root, "hang")
    assert files(root) == WHOLE
    assert not half_written[0].exists()
    assert asset.folder.is_dir()


@pytest.mark.parametrize("workers", [1, 2])
def test_prepare_makes_everything_once(workers: int, root: Path, log: Path) -> None:
    scene = fake_scene()
    twin = scene.model_copy(update={"id": "twin"})
    seen = []
    prepared = store(root)
    prepared.prepare([scene, twin], workers, lambda done, total, ref: seen.append((done, total, ref)))
    assert [(done, total) for done, total, _ in seen] == [(i, 5) for i in range(1, 6)]
    assert {ref for _, _, ref in seen} == {ref for _, ref in asset_refs(scene)}
    assert len(generated(log)) == 5
    for _, ref in asset_refs(scene):
        assert prepared.get(ref) == store(root).get(ref)
    assert len(generated(log)) == 5
    prepared.prepare([scene], workers, lambda *_: pytest.fail("nothing was left to do"))


@pytest.mark.parametrize("workers", [1, 2])
def test_prepare_says_which_asset_failed(workers: int, root: Path) -> None:
    content = scene_dict("fake")
    content["objects"][2]["asset"]["prompt"] = "fail"
    with pytest.raises(StoreError, match="fake:fail#4"):
        store(root).prepare([Scene.model_validate(content)], workers)
    assert not list(root.rglob("*.tmp"))


def test_scene_hashes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = fake_scene()
    whole = scene_sha256(scene, store(root))
    assert len(whole) == 64
    assert scene_sha256(scene, store(root.parent / "other cache")) == whole
    moved = scene.objects[0].model_copy(update={"pose": Pose(p=(0.1, 0.0, 0.0))})
    assert scene_sha256(scene.model_copy(update={"objects": (moved, *scene.objects[1:])}), store(root)) != whole
    monkeypatch.setattr(fake_generator, "VERSION", 4)
    assert scene_sha256(scene, store(root)) == whole
    real = fake_generator.generate
    monkeypatch.setattr(fake_generator, "VERSION", 5)
    monkeypatch.setattr(fake_generator, "generate", lambda prompt, seed, folder: real(f"better {prompt}", seed, folder))
    assert scene_sha256(scene, store(root)) != whole


def scene_with_folder(home: Path, asset: Asset) -> Path:
    """A scene file whose table is a copy of an asset, lying beside it."""
    home.mkdir()
    (home / "table").mkdir()
    for name in WHOLE:
        (home / "table" / name).write_bytes((asset.folder / name).read_bytes())
    scene = fake_scene().model_copy(update={"table": AssetRef(path=str(home / "table"))})
    save_scene(scene, home / "scene.json")
    return home / "scene.json"


def test_assets_of_a_folder(root: Path, tmp_path: Path) -> None:
    made = store(root).get(CUP)
    scenes = [load_scene(scene_with_folder(tmp_path / name, made), FAKE) for name in ("one", "two")]
    asset = store(root).get(scenes[0].table)
    assert (asset.folder, asset.info, asset.sha256) == (tmp_path / "one" / "table", made.info, made.sha256)
    assert scene_sha256(scenes[0], store(root)) == scene_sha256(scenes[1], store(root))
    (tmp_path / "one" / "table" / MANIFEST).unlink()
    assert store(root).get(scenes[0].table).sha256 == made.sha256


def test_a_world_is_the_same_wherever_its_assets_come_from(root: Path, tmp_path: Path) -> None:
    """Generated here, or the same files beside the scene, with or without a note of who made them."""
    scene = fake_scene()
    for where, ref in asset_refs(scene):
        shutil.copytree(store(root).get(ref).folder, tmp_path / "pack" / where)
    places = iter(asset_refs(scene))
    given = map_assets(scene, lambda _: AssetRef(path=str(tmp_path / "pack" / next(places)[0])))
    whole = scene_sha256(scene, store(root))
    assert scene_sha256(given, store(root)) == whole
    for file in tmp_path.glob(f"pack/*/{MANIFEST}"):
        file.unlink()
    assert scene_sha256(given, store(root)) == whole
    swapped = scene.model_copy(update={"table": scene.background, "background": scene.table})
    assert scene_sha256(swapped, store(root)) != whole
    (tmp_path / "pack" / "table" / "visual.glb").write_bytes(b"another mesh")
    assert scene_sha256(given, store(root)) != whole


def test_damaged_assets_of_a_folder_are_refused(root: Path, tmp_path: Path) -> None:
    scene = load_scene(scene_with_folder(tmp_path / "one", store(root).get(CUP)), FAKE)
    mesh = tmp_path / "one" / "table" / "visual.glb"
    mesh.write_bytes(mesh.read_bytes()[:-5])
    with pytest.raises(StoreError, match=r"visual\.glb has \d+ bytes instead of \d+; copy or download"):
        store(root).get(scene.table)
    mesh.unlink()
    with pytest.raises(StoreError, match=r"visual\.glb is missing"):
        store(root).get(scene.table)
    with pytest.raises(StoreError, match="is relative"):
        store(root).get(AssetRef(path="table"))


def test_the_cache_folder_is_chosen_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "mine"))
    assert AssetStore().root == tmp_path / "mine"
    monkeypatch.delenv("GEN3D_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "gen3d_bench"
    assert not os.path.exists(cache_folder())


def test_the_real_generator_gives_the_same_bytes_in_every_cache(tmp_path: Path) -> None:
    ref = AssetRef(generator="procedural", prompt="green apple", seed=2002)
    one, two = (AssetStore(tmp_path / name).get(ref) for name in ("one", "two"))
    assert one.sha256 == two.sha256
    assert one.info.kind == "object"


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_that_scenes_may_name_is_there(name: str) -> None:
    assert load_generator(name).VERSION >= 1
    assert callable(load_generator(name).generate)
