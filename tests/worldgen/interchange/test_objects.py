"""Folders of objects: what is found in them, and a library that is filled object by object."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import trimesh

from gen3d_bench.scenes.manifest import read_info, read_manifest, verified
from gen3d_bench.worldgen.interchange.limits import MeshError
from gen3d_bench.worldgen.interchange.native import ImportOptions
from gen3d_bench.worldgen.interchange.objects import find_objects, import_folder

from .embodiedgen_files import box, write_asset
from .meshfiles import box_glb, glb, picture

pytest.importorskip("coacd")


def collision(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    trimesh.creation.box((0.04, 0.08, 0.03)).export(path)
    return path


def visual(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return box_glb(path)


@pytest.fixture
def simpler(tmp_path: Path) -> Path:
    """As SimplerEnv keeps its objects; the second has no visual mesh."""
    source = tmp_path / "sources"
    visual(source / "001_tea box_1" / "textured.glb")
    collision(source / "001_tea box_1" / "collision.obj")
    collision(source / "002_bear_1" / "collision.obj")
    (source / "model_db.json").write_text(json.dumps({
        "001_tea box_1": {"name": "tea box", "scales": [0.5], "density": 800}, "002_bear_1": {"density": "-3"},
        "unused": 7,
    }))  # fmt: skip
    return source


def test_folders_with_a_model_db(simpler: Path) -> None:
    tea, bear = find_objects(simpler)
    assert (tea.name, tea.scale, tea.density, tea.up) == ("tea box", 0.5, 800, None)
    assert (tea.visual.name, tea.collision and tea.collision.name) == ("textured.glb", "collision.obj")
    assert (bear.name, bear.scale, bear.density) == ("bear", None, None)
    assert bear.visual == bear.collision == simpler / "002_bear_1" / "collision.obj"


def test_files_with_an_assets_json(tmp_path: Path) -> None:
    visual(tmp_path / "pot.glb")
    collision(tmp_path / "pot_collision.glb")
    visual(tmp_path / "other.glb")
    (tmp_path / "assets.json").write_text(json.dumps([
        {"name": "pot", "label": "Pot", "category": "flower pot", "description": "a\npot", "mass": "0.2",
         "friction": "0.5"},
    ]))  # fmt: skip
    other, pot = find_objects(tmp_path)
    assert (other.name, other.category, other.collision, other.mass) == ("other", "other", None, None)
    assert (pot.name, pot.category, pot.description) == ("Pot", "flower pot", "a pot")
    assert (pot.mass, pot.friction, pot.up) == (0.2, 0.5, "y")
    assert pot.collision == tmp_path / "pot_collision.glb"


def test_one_file_and_one_of_several_formats(tmp_path: Path) -> None:
    path = visual(tmp_path / "a.glb")
    collision(tmp_path / "a.stl")
    assert [f.visual for f in find_objects(tmp_path)] == [path]
    assert [f.visual for f in find_objects(tmp_path / "a.stl")] == [tmp_path / "a.stl"]


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    outside = visual(tmp_path / "out" / "secret.glb")
    visual(tmp_path / "in" / "a.glb")
    (tmp_path / "in" / "b.glb").symlink_to(outside)
    (tmp_path / "in" / "c").symlink_to(outside.parent, target_is_directory=True)
    (tmp_path / "out" / "assets.json").write_text('[{"name": "a", "label": "stolen"}]')
    (tmp_path / "in" / "assets.json").symlink_to(tmp_path / "out" / "assets.json")
    assert [(f.visual.name, f.name) for f in find_objects(tmp_path / "in")] == [("a.glb", "a")]


@pytest.mark.parametrize(
    "text", ["{", "[[1]]", '[{"name": "a", "mass": "NaN", "label": 3}]', '{"a": [1]}', "[" * 10_000]
)
def test_broken_lists_say_nothing(text: str, tmp_path: Path) -> None:
    visual(tmp_path / "a.glb")
    (tmp_path / "assets.json").write_text(text)
    (found,) = find_objects(tmp_path)
    assert (found.name, found.mass) == ("a", None)


def test_nothing_to_import_is_said(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(MeshError, match="holds no meshes"):
        find_objects(tmp_path)
    with pytest.raises(MeshError, match="no such file"):
        find_objects(tmp_path / "gone")


def test_a_library_is_filled_and_left_alone_when_nothing_changed(simpler: Path, tmp_path: Path) -> None:
    library, told = tmp_path / "library", []
    report = import_folder(simpler, library, progress=lambda *news: told.append(news))
    assert sorted(report.imported) == ["001-tea-box-1", "002-bear-1"]
    assert told == [(1, 2, "tea box"), (2, 2, "bear")]
    assert "no visual mesh: the collision mesh is shown" in report.imported["002-bear-1"]
    tea = library / "001-tea-box-1"
    assert verified(tea, read_manifest(tea)).info.provenance == "001_tea box_1/textured.glb"
    before = {p: p.stat().st_mtime_ns for p in library.rglob("*")}

    again = import_folder(simpler, library)
    assert (again.imported, again.unchanged) == ({}, ("001-tea-box-1", "002-bear-1"))
    assert {p: p.stat().st_mtime_ns for p in library.rglob("*")} == before


def test_what_changed_or_was_damaged_is_imported_anew(simpler: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    import_folder(simpler, library)
    box_glb(simpler / "001_tea box_1" / "textured.glb", (0.042, 0.08, 0.03))
    (library / "002-bear-1" / "visual.glb").write_bytes(b"broken")
    report = import_folder(simpler, library)
    assert sorted(report.imported) == ["001-tea-box-1", "002-bear-1"]
    assert read_info(library / "001-tea-box-1").size[0] == pytest.approx(0.021)
    report = import_folder(simpler, library, ImportOptions(max_extent=0.03))
    assert len(report.imported) == 2
    assert not list(library.glob(".*"))


def test_one_that_fails_is_reported_and_the_rest_go_on(tmp_path: Path) -> None:
    visual(tmp_path / "in" / "good.glb")
    (tmp_path / "in" / "bad.glb").write_bytes(b"no mesh")
    evil = visual(tmp_path / "in" / "evil" / "x.obj")
    evil.write_text("mtllib ../../secret.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    report = import_folder(tmp_path / "in", tmp_path / "library")
    assert list(report.imported) == ["good"]
    assert sorted(report.failed) == ["bad.glb", "evil/x.obj"]
    assert "leads out" in report.failed["evil/x.obj"]
    assert [p.name for p in (tmp_path / "library").iterdir()] == ["good"]


def test_objects_of_one_name_get_folders_of_their_own(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        visual(tmp_path / "in" / folder / "Box (1).glb")
    report = import_folder(tmp_path / "in", tmp_path / "library")
    one, two = sorted(report.imported)
    assert one == "box-1" and two.startswith("box-1-")
    visual(tmp_path / "in" / "0" / "Box (1).glb")
    again = import_folder(tmp_path / "in", tmp_path / "library")
    assert len(again.imported) == 1 and sorted(again.unchanged) == [one, two], "they keep their names"


def test_nothing_of_another_origin_is_replaced(tmp_path: Path) -> None:
    library = tmp_path / "library"
    (library / "box").mkdir(parents=True)
    (library / "box" / "precious.txt").write_text("mine")
    for folder in ("a", "b"):
        report = import_folder(visual(tmp_path / folder / "box.glb").parent, library)
        assert len(report.imported) == 1 and report.failed == {}
    assert [p.name for p in (library / "box").iterdir()] == ["precious.txt"]
    assert len(list(library.iterdir())) == 3


def test_a_library_below_or_at_the_source_is_no_source(tmp_path: Path) -> None:
    visual(tmp_path / "box.glb")
    for _ in range(2):
        import_folder(tmp_path, tmp_path / "library")
    assert [p.name for p in (tmp_path / "library").iterdir()] == ["box"]
    with pytest.raises(MeshError, match="both source and library"):
        import_folder(tmp_path, tmp_path)


def test_one_file_has_its_collision_mesh(tmp_path: Path) -> None:
    path = visual(tmp_path / "cup.glb")
    collision(tmp_path / "mug_collision.obj")
    assert [f.collision for f in find_objects(path)] == [None]
    collision(tmp_path / "cup_collision.obj")
    assert [f.collision for f in find_objects(path)] == [tmp_path / "cup_collision.obj"]


def test_a_urdf_says_what_its_meshes_are(tmp_path: Path) -> None:
    result = tmp_path / "in" / "carrot" / "result"
    write_asset(result, "carrot", [box(0.12, 0.026, 0.026)], 0.06, 0.8, category="vegetable")
    (result / "mesh" / "carrot_gs.ply").write_text("ply")
    write_asset(tmp_path / "in" / "leek", "leek", [box(0.12, 0.026, 0.026)], overall="NO: two leeks")
    report = import_folder(tmp_path / "in", tmp_path / "library")
    assert list(report.imported) == ["carrot"]
    assert "two leeks" in report.failed.pop("leek/leek.urdf") and report.failed == {}
    info = read_info(tmp_path / "library" / "carrot")
    assert (info.mass, info.friction, info.category) == (0.06, 0.8, "vegetable")
    report = import_folder(tmp_path / "in", tmp_path / "library", accept_flagged=True)
    assert sorted(report.imported) == ["carrot", "leek"]


@pytest.mark.parametrize("changed", ["sub/skin.png", "a.mtl"])
def test_whatever_a_mesh_reads_counts_and_nothing_else(changed: str, tmp_path: Path) -> None:
    source, library = tmp_path / "in", tmp_path / "library"
    (source / "sub").mkdir(parents=True)
    mesh = trimesh.creation.box((0.04, 0.04, 0.04))
    lines = ["mtllib a.mtl", "usemtl m", "vt 0 0", *(f"v {x} {y} {z}" for x, y, z in mesh.vertices)]
    (source / "a.obj").write_text("\n".join([*lines, *(f"f {a}/1 {b}/1 {c}/1" for a, b, c in mesh.faces + 1), ""]))
    (source / "a.mtl").write_text("newmtl m\nmap_Kd sub/skin.png\n")
    import_folder(source, library)
    picture().save(source / "other.png")
    assert import_folder(source, library).unchanged == ("a",)
    picture((4, 4)).save(source / changed, "PNG") if changed.endswith("png") else (source / changed).write_text("")
    assert list(import_folder(source, library).imported) == ["a"]


def test_no_bad_file_keeps_the_others_out(tmp_path: Path) -> None:
    source = tmp_path / "in"
    visual(source / "good.glb")
    (source / "long.glb").write_bytes(glb({"asset": {"version": "2.0"}, "images": [{"uri": "x" * 5000 + ".png"}]}))
    (source / "loop.png").symlink_to(source / "loop.png")
    (source / "loops.glb").write_bytes(glb({"asset": {"version": "2.0"}, "images": [{"uri": "loop.png"}]}))
    (source / "link.glb").symlink_to(source / "link.glb")
    os.mkfifo(source / "pipe.glb")
    os.mkfifo(source / "pipe.urdf")
    (source / "model_db.json").write_text('{"good": {"density": ' + "9" * 400 + "}}")
    report = import_folder(source, tmp_path / "library")
    assert list(report.imported) == ["good"]
    assert sorted(report.failed) == ["long.glb", "loops.glb", "pipe.urdf"]
    assert all("\n" not in reason and len(reason) < 400 for reason in report.failed.values())
