"""Assets found by their description: what fits, what does not, and how they get beside a scene."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gen3d_bench.scenes.io import load_scene, save_scene
from gen3d_bench.scenes.schema import AssetRef, Relation, Role, Scene, SceneObject
from gen3d_bench.scenes.store import AssetStore, scene_sha256
from gen3d_bench.worldgen.assets.backend import AssetError, AssetRequest, Collection, NoSuchAsset, SourceUnavailable
from gen3d_bench.worldgen.assets.library import LibraryBackend
from gen3d_bench.worldgen.assets.procedural import ProceduralBackend
from tests.worldgen.assets.shelf import shelve


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    shelve(root / "a" / "cup1", "red cup", description="small red ceramic cup", hollow=True)
    shelve(root / "a" / "cup2", "blue cup", description="blue plastic cup", hollow=True)
    shelve(root / "cup3", "cup", description="wooden cup", hollow=True, manifest=False)
    shelve(root / "plate", "white plate", description="round white porcelain plate", size=(0.15, 0.15, 0.02))
    shelve(root / "holder", "pen holder", category="pen_holder", description="gray metal pen holder", hollow=True)
    shelve(root / "headphones", "headphones", description="over-ear white headphones", size=(0.06, 0.15, 0.13))
    shelve(root / "pens" / "1", "pen", description="black ballpoint pen")
    shelve(root / "pens" / "2", "pen", description="black ballpoint pen", size=(0.05, 0.04, 0.04))
    shelve(root / "desk", "oak desk", kind="table", category="table")
    return root


def ask(name: str, description: str = "", seed: int = 0, **wishes: Any) -> AssetRequest:
    return AssetRequest("object", name, description or name, seed, **wishes)


@pytest.mark.parametrize(
    ("name", "description", "found"),
    [
        ("red cup", "glossy red cup", "red cup"),
        ("cup", "blue cup with a red handle", "blue cup"),
        ("cup", "wooden cup", "cup"),
        ("dinner plate", "white dinner plate", "white plate"),
        ("pen holder", "metal pen holder", "pen holder"),
        ("pen holder", "steel pen holder", "pen holder"),
        ("plates", "white plates", "white plate"),
        ("headphone", "white over-ear headphone", "headphones"),
        ("pen", "pen", "pen"),
    ],
)
def test_the_nearest_description_is_taken(
    library: Path, tmp_path: Path, name: str, description: str, found: str
) -> None:
    made = LibraryBackend(library).make(ask(name, description), tmp_path / "out")
    assert made.asset.info.name == found
    assert (made.notes == ()) == (name == found)
    assert made.ref == AssetRef(path=str(made.asset.folder)) and made.asset.folder.parent == tmp_path / "out" / "assets"


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ask("green plate"), ["'green plate'", "'white plate' (it is white)"]),
        (ask("wooden plate"), ["'wooden plate'", "'white plate' (it is of ceramic)"]),
        (ask("teapot"), ["'teapot'", "it is something else"]),
        (ask("cup", "cup", holds=False), ["to put something on", "things are put in it"]),
        (ask("plate", "plate", holds=True), ["that holds something", "nothing can be put in it"]),
        (ask("plate", "plate", grasped=True), ["gripper can take", "finds no good place to take it"]),
        (ask("candle holder"), ["'candle holder'"]),
    ],
)
def test_what_is_not_there_is_an_error_with_the_nearest(
    library: Path, tmp_path: Path, request_: AssetRequest, words: Sequence[str]
) -> None:
    with pytest.raises(NoSuchAsset) as error:
        LibraryBackend(library).make(request_, tmp_path / "out")
    assert [word for word in words if word not in str(error.value)] == []
    assert not (tmp_path / "out").exists()


def test_the_seed_picks_among_equals_and_always_the_same(library: Path, tmp_path: Path) -> None:
    backend = LibraryBackend(library)
    picked = [backend.make(ask("pen", seed=seed), tmp_path / "out").asset.sha256 for seed in range(12)]
    assert len(set(picked)) == 2
    again = pickle.loads(pickle.dumps(LibraryBackend(library)))
    assert [again.make(ask("pen", seed=seed), tmp_path / "b").asset.sha256 for seed in range(12)] == picked
    assert len(list((tmp_path / "out" / "assets").iterdir())) == 2, "scenes share what they have in common"


def test_a_scene_of_copies_is_whole_and_moves(library: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    backend, places = LibraryBackend(library), ProceduralBackend(AssetStore(tmp_path / "cache"))
    pen, holder = (backend.make(ask(name), out).ref for name in ("pen", "pen holder"))
    room = places.make(AssetRequest("room", "room", "kitchen", 0), out).ref
    table = places.make(AssetRequest("table", "table", "oak table", 0), out).ref
    scene = Scene(
        id="a", instruction="put the pen in the pen holder", background=room, table=table,
        objects=(SceneObject(name="pen", role=Role.source, asset=pen),
                 SceneObject(name="pen holder", role=Role.target, asset=holder)),
        relations=(Relation(subject="pen", relation="IN", object="pen holder"),),
    )
    save_scene(scene, out / "a.json")
    store = AssetStore(tmp_path / "cache")
    before = scene_sha256(load_scene(out / "a.json"), store)
    out.rename(tmp_path / "moved")
    assert scene_sha256(load_scene(tmp_path / "moved" / "a.json"), store) == before


def test_damage_is_noticed_on_both_sides(library: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = LibraryBackend(library).make(ask("pen holder"), out)
    (made.asset.folder / "collision.obj").write_text("damaged")
    mended = LibraryBackend(library).make(ask("pen holder"), out)
    assert mended.asset.sha256 == made.asset.sha256 and len(list((out / "assets").iterdir())) == 1
    assert (made.asset.folder / "collision.obj").read_text() != "damaged"
    (library / "holder" / "visual.glb").write_bytes(b"damaged")
    with pytest.raises(AssetError, match=r"visual\.glb has"):
        LibraryBackend(library).make(ask("pen holder"), out)


def test_unreadable_folders_are_left_out(library: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (library / "plate" / "asset.json").write_text("{}")
    with pytest.raises(AssetError):
        LibraryBackend(library).make(ask("white plate"), tmp_path / "out")
    assert "plate is left out" in caplog.text
    with pytest.raises(SourceUnavailable, match="there is no library folder"):
        LibraryBackend(tmp_path / "none").make(ask("pen"), tmp_path / "out")


def test_tables_and_rooms_come_from_the_library_or_are_made(library: Path, tmp_path: Path) -> None:
    backend = LibraryBackend(library, ProceduralBackend(AssetStore(tmp_path / "cache")))
    desk = backend.make(AssetRequest("table", "table", "oak desk", 0), tmp_path / "out")
    assert desk.asset.info.name == "oak desk" and desk.ref.path is not None
    room = backend.make(AssetRequest("room", "room", "kitchen", 0), tmp_path / "out")
    assert room.ref == AssetRef(generator="procedural", prompt="kitchen", seed=0)
    assert "not from the library" in room.notes[-1]


def test_the_generators_cache_is_a_library(tmp_path: Path) -> None:
    store = AssetStore(tmp_path / "cache")
    for seed, prompt in enumerate(("red cup", "wicker basket", "fork", "cardboard box")):
        store.get(AssetRef(generator="procedural", prompt=prompt, seed=seed))
    backend = LibraryBackend(tmp_path / "cache" / "assets")
    made = backend.make(ask("cup", "red ceramic cup", grasped=True), tmp_path / "out")
    assert made.asset.info.name == "red cup" and made.asset.info.category == "cup"
    with pytest.raises(AssetError, match="finds no good place"):
        backend.make(ask("box", "cardboard box", grasped=True), tmp_path / "out")
    assert backend.make(ask("basket", holds=True), tmp_path / "out").asset.info.hollow


def test_of_the_generators_cache_only_objects_are_taken(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))
    shutil.copytree(library, tmp_path / "cache" / "assets")
    for backend in (LibraryBackend(), LibraryBackend(tmp_path / "cache" / "assets")):
        desk = backend.make(AssetRequest("table", "table", "oak desk", 0), tmp_path / "out")
        assert desk.ref.generator == "procedural", "the same whether an earlier scene made such a table or not"
        assert backend.make(ask("white plate"), tmp_path / "out").ref.path is not None


def test_names_and_digest_tell_what_a_library_holds(library: Path, tmp_path: Path) -> None:
    backend = LibraryBackend(library)
    assert isinstance(backend, Collection)
    assert backend.names() == ("blue cup", "cup", "headphones", "pen", "pen holder", "red cup", "white plate")
    before = backend.digest()
    shutil.copytree(library / "cup3", library / "copy")
    library.rename(tmp_path / "moved")
    assert LibraryBackend(tmp_path / "moved").digest() == before, "copies and places do not count"
    shelve(tmp_path / "moved" / "new", "fork")
    assert LibraryBackend(tmp_path / "moved").digest() != before and backend.digest() == before


def test_what_was_read_is_what_is_taken(library: Path, tmp_path: Path) -> None:
    backend = LibraryBackend(library)
    assert "pen holder" in backend.names()
    shutil.rmtree(library / "holder")
    shelve(library / "holder", "pen holder", description="gray metal pen holder", hollow=True, size=(0.08, 0.08, 0.1))
    with pytest.raises(NoSuchAsset, match=r"than when it was written|bytes instead"):
        backend.make(ask("pen holder"), tmp_path / "out")


def test_the_next_best_is_taken_of_what_was_not_rejected(library: Path, tmp_path: Path) -> None:
    backend, rejected = LibraryBackend(library), frozenset[str]()
    names: list[str] = []
    for seed in range(2):
        asset = backend.make(ask("cup", "red cup", seed, rejected=rejected), tmp_path / "out").asset
        rejected |= {asset.sha256}
        names.append(asset.info.name)
    assert names == ["red cup", "cup"]
    with pytest.raises(NoSuchAsset, match="'red cup' failed a check"):
        backend.make(ask("cup", "red cup", rejected=rejected), tmp_path / "out")


def test_a_place_that_cannot_be_written_to_is_no_fault_of_the_asset(library: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SourceUnavailable, match="cannot copy"):
        LibraryBackend(library).make(ask("pen holder"), tmp_path / "out")
