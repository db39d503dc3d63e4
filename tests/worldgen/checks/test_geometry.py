"""Sound meshes pass; whatever is wrong with one is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.checks.geometry import check_geometry
from gen3d_bench.worldgen.procedural.assetfiles import hull
from gen3d_bench.worldgen.procedural.geometry import lathe
from gen3d_bench.worldgen.procedural.model import Surface
from gen3d_bench.worldgen.procedural.shapes import vessel
from gen3d_bench.worldgen.procedural.solids import drum, slab
from gen3d_bench.worldgen.verdict import Stage

from . import assets
from .assets import RED, asset


def test_the_shipped_assets_are_sound(store: AssetStore) -> None:
    """Those of eight scenes, tables and rooms too."""
    for scene in resolve_scenes(list(range(0, 100, 13))):
        for ref in (scene.table, scene.background, *(thing.asset for thing in scene.objects)):
            verdict = check_geometry(store.get(ref))
            assert verdict.passed, f"{ref}: {verdict.reason}"
            assert verdict.stage is Stage.geometry


@pytest.mark.parametrize(
    "make", [assets.jar, assets.table, assets.remote, assets.mushroom, assets.carrot, assets.plate]
)
def test_sound_assets_pass(make, tmp_path: Path) -> None:
    verdict = check_geometry(make(tmp_path))
    assert verdict.passed, verdict.reason


def says(made: Asset, *words: str, made_here: bool = True) -> None:
    verdict = check_geometry(made, made_here=made_here)
    assert not verdict.passed
    for word in words:
        assert word in verdict.reason


def test_two_jars_are_not_one(tmp_path: Path) -> None:
    """Figure C.1, upper left."""
    says(assets.jar(tmp_path, count=2), "2 separate bodies")


def test_redundant_legs(tmp_path: Path) -> None:
    """Figure C.1, upper middle."""
    says(assets.table(tmp_path, redundant=True), "two legs at (0.30, 0.42) m overlap", "redundant")


@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        ({"short": 0.03}, "1 of its legs end 30 mm above the floor"),
        ({"legs": 2}, "would tip"),
        ({"top": 0.01}, "its top lies 10 mm above"),
        ({"slope": 0.02}, "the top lies from -4.0 to 4.0 mm"),
    ],
)
def test_tables_that_do_not_stand(flaw, reason: str, tmp_path: Path) -> None:
    says(assets.table(tmp_path, **flaw), reason)


BLOCK = slab((0.04, 0.04, 0.04), (0.0, 0.0, 0.02), RED)
CUP = vessel([(0.02, 0.0), (0.024, 0.004), (0.025, 0.06)], 0.003, 0.005, RED)


def without(surface: Surface, *faces: int) -> Surface:
    return replace(surface, faces=np.delete(surface.faces, faces, axis=0))


def test_a_hole_in_the_surface(tmp_path: Path) -> None:
    says(asset(tmp_path, "cube", [without(BLOCK, 0)]), "not closed", "3 of 18 edges")


def test_a_hole_too_small_to_see_is_forgiven(tmp_path: Path) -> None:
    ball = lathe([(0.02 * np.sin(t), 0.02 - 0.02 * np.cos(t)) for t in np.linspace(0, np.pi, 40)], RED, 48)
    assert check_geometry(asset(tmp_path / "good", "cube", [without(ball, 900)])).passed
    says(asset(tmp_path / "bad", "cube", [without(ball, *range(900, 960))]), "not closed")


def sides(surface: Surface) -> list[Surface]:
    """A mesh of its own for every face, as exporters write one for each material."""
    return [replace(surface, faces=face[None], material=replace(RED, roughness=0.1 + 0.05 * k))
            for k, face in enumerate(surface.faces)]  # fmt: skip


def test_a_surface_in_many_meshes_is_closed_if_they_meet(tmp_path: Path) -> None:
    part = [BLOCK.vertices]
    assert check_geometry(asset(tmp_path / "whole", "cube", sides(BLOCK), part)).passed
    says(asset(tmp_path / "holed", "cube", sides(BLOCK)[:-1], part), "not closed", "3 of 18 edges")


def test_a_sheet_seen_from_both_sides_is_one_piece_and_no_hole(tmp_path: Path) -> None:
    corners = np.array([[-0.02, 0.0, 0.04], [0.02, 0.0, 0.04], [0.02, 0.0, 0.06], [-0.02, 0.0, 0.06]])
    front = np.array([[0, 1, 2], [0, 2, 3]])
    flag = replace(BLOCK, vertices=corners, uv=np.zeros((4, 2)), faces=np.vstack([front, front[:, ::-1]]))
    part = [np.vstack([BLOCK.vertices, corners])]
    verdict = check_geometry(asset(tmp_path / "both", "cube", [BLOCK, flag], part))
    assert verdict.passed and "one body in 2 pieces" in verdict.reason
    says(asset(tmp_path / "one", "cube", [BLOCK, replace(flag, faces=front)], part), "not closed", "4 of 5 edges")
    says(asset(tmp_path / "away", "cube", [BLOCK, flag.moved((0.0, 0.0, 0.01))], part), "2 separate bodies")


def test_what_exists_already_may_be_open_but_says_so(tmp_path: Path) -> None:
    verdict = check_geometry(asset(tmp_path, "cube", [without(BLOCK, 0)]), made_here=False)
    assert verdict.passed
    assert "open surface, 3 of 18 edges do not join two faces; collision parts are closed" in verdict.reason


def test_what_exists_already_is_forgiven_nothing_else(tmp_path: Path) -> None:
    """Figure C.1: two things, legs that are there twice; also where the surfaces are open."""
    half = without(BLOCK, 0)
    foreign = {"made_here": False}
    pair = [half.moved((0.0, y, 0.0)) for y in (-0.025, 0.025)]
    says(asset(tmp_path / "two", "cube", pair), "2 separate bodies", **foreign)
    says(asset(tmp_path / "again", "cube", [half, half.moved((0.001, 0.0, 0.0))]), "is there twice", **foreign)
    says(assets.jar(tmp_path / "jars", count=2), "2 separate bodies", **foreign)
    says(assets.table(tmp_path / "legs", redundant=True), "redundant", **foreign)
    turned = replace(BLOCK, faces=BLOCK.faces[:, ::-1])
    says(asset(tmp_path / "turned", "cube", [turned]), "inside out", **foreign)
    corner = without(slab((0.01, 0.01, 0.01), (0.0, 0.0, 0.04), RED), 0)
    says(asset(tmp_path / "both", "cube", [turned, corner], [BLOCK.vertices]), "inside out", **foreign)
    says(asset(tmp_path / "felt", "cube", [half], [1.5 * BLOCK.vertices]), "felt where nothing is seen", **foreign)
    says(asset(tmp_path / "size", "cube", [half.scaled(10.0)]), "40.0 cm long", **foreign)


def test_a_cup_that_is_there_twice(tmp_path: Path) -> None:
    """Its walls hardly overlap if one is a little aside."""
    again = CUP.surface.moved((0.0015, 0.0, 0.0))
    says(asset(tmp_path, "cup", [CUP.surface, again], CUP.parts, hollow=True), "is there twice")


def test_a_surface_turned_inside_out(tmp_path: Path) -> None:
    turned = replace(BLOCK, faces=BLOCK.faces[:, ::-1])
    says(asset(tmp_path, "cube", [turned]), "inside out")


def test_one_face_turned_the_wrong_way(tmp_path: Path) -> None:
    faces = BLOCK.faces.copy()
    faces[3] = faces[3, ::-1]
    says(asset(tmp_path, "cube", [replace(BLOCK, faces=faces)]), "not closed")


def test_vertices_that_are_no_numbers(tmp_path: Path) -> None:
    vertices = BLOCK.vertices.copy()
    made = asset(tmp_path, "cube", [BLOCK])
    data = (tmp_path / "visual.glb").read_bytes()
    vertex = np.float32([0.02, 0.0, 0.02]).tobytes()
    assert vertices.max() == 0.04 and vertex in data
    (tmp_path / "visual.glb").write_bytes(data.replace(vertex, np.float32([np.nan, 0.0, 0.02]).tobytes()))
    says(made, "no numbers")


def test_triangles_without_area(tmp_path: Path) -> None:
    faces = np.vstack([BLOCK.faces, [[0, 1, 1]]])
    says(asset(tmp_path, "cube", [replace(BLOCK, faces=faces)]), "1 of 13 triangles have no area")


def test_a_file_that_is_no_mesh(tmp_path: Path) -> None:
    made = asset(tmp_path, "cube", [BLOCK])
    (tmp_path / "visual.glb").write_bytes(b"not a mesh")
    says(made, "visual.glb cannot be read")


def test_a_piece_that_is_there_twice(tmp_path: Path) -> None:
    again = BLOCK.moved((0.0004, 0.0, 0.0))
    says(asset(tmp_path, "cube", [BLOCK, again]), "is there twice")


def test_pieces_that_stick_in_each_other_are_one_body(tmp_path: Path) -> None:
    knob = drum(0.006, 0.038, 0.05, RED)
    assert check_geometry(asset(tmp_path, "cube", [BLOCK, knob])).passed
    says(asset(tmp_path, "cube", [BLOCK, knob.moved((0.0, 0.0, 0.006))]), "2 separate bodies")


def test_what_is_within_another_belongs_to_it(tmp_path: Path) -> None:
    """A bulb in its shade, which hangs on nothing."""
    shade = vessel([(0.045, 0.0), (0.048, 0.03), (0.05, 0.06)], 0.003, 0.004, RED).surface
    stone = slab((0.01, 0.01, 0.01), (0.0, 0.0, 0.03), RED)
    assert check_geometry(asset(tmp_path / "in", "bowl", [shade, stone], hollow=False)).passed
    says(asset(tmp_path / "out", "bowl", [shade, stone.moved((0.0, 0.0, 0.06))]), "2 separate bodies")


def test_a_size_that_asset_json_does_not_say(tmp_path: Path) -> None:
    says(asset(tmp_path, "cube", [BLOCK], size=(0.04, 0.04, 0.06)), "4.0 x 4.0 x 4.0 cm", "4.0 x 4.0 x 6.0 cm")


@pytest.mark.parametrize(("factor", "reason"), [(10.0, "40.0 cm long, where a cube is"), (0.1, "0.4 cm long")])
def test_sizes_that_its_kind_does_not_have(factor: float, reason: str, tmp_path: Path) -> None:
    says(asset(tmp_path, "cube", [BLOCK.scaled(factor)]), reason)


def test_a_thing_too_thin_to_touch(tmp_path: Path) -> None:
    says(asset(tmp_path, "napkin", [slab((0.15, 0.15, 0.0004), (0.0, 0.0, 0.0002), RED)]), "0.40 mm thin")


def test_an_origin_that_is_not_at_the_base(tmp_path: Path) -> None:
    says(asset(tmp_path / "high", "cube", [BLOCK.moved((0.0, 0.0, 0.05))]), "50 mm above")
    says(asset(tmp_path / "aside", "cube", [BLOCK.moved((0.03, 0.0, 0.0))]), "30 mm beside the origin")


def test_a_cup_whose_collision_part_fills_it(tmp_path: Path) -> None:
    assert check_geometry(asset(tmp_path / "good", "cup", [CUP.surface], CUP.parts, hollow=True)).passed
    says(asset(tmp_path / "bad", "cup", [CUP.surface], hollow=True), "calls it hollow", "0 mm deep")


def test_parts_that_are_felt_where_nothing_is_seen(tmp_path: Path) -> None:
    says(asset(tmp_path, "cube", [BLOCK], [1.5 * BLOCK.vertices]), "felt where nothing is seen")


def test_what_parts_have_between_them_is_not_felt(tmp_path: Path) -> None:
    """The surface is open, so that nothing is inside it; but no finger gets between the parts."""
    low, high = BLOCK.vertices.copy(), BLOCK.vertices.copy()
    low[:, 2], high[:, 2] = np.minimum(low[:, 2], 0.0198), np.maximum(high[:, 2], 0.0202)
    inner = replace(BLOCK.scaled(0.98).moved((0.0, 0.0, 0.0004)), faces=BLOCK.faces[:, ::-1])
    shell = [without(BLOCK, 0), without(inner, 0)]
    verdict = check_geometry(asset(tmp_path, "cube", shell, [low, high]), made_here=False)
    assert "felt" not in verdict.reason


def test_parts_that_leave_much_of_it_bare(tmp_path: Path) -> None:
    half = BLOCK.vertices.copy()
    half[:, 0] = np.minimum(half[:, 0], 0.0)
    says(asset(tmp_path, "cube", [BLOCK], [half]), "outside the collision parts")


def test_too_many_parts_and_points(tmp_path: Path) -> None:
    cell = hull(BLOCK.vertices)[0]
    says(asset(tmp_path / "parts", "cube", [BLOCK], [cell] * 17), "17 collision parts", "at most 16 of 64")
    ball = np.random.default_rng(0).normal(size=(65, 3))
    ball *= 0.02 / np.linalg.norm(ball, axis=1, keepdims=True)
    says(asset(tmp_path / "points", "cube", [BLOCK], [ball + (0, 0, 0.02)]), "up to 65 points")


def test_parts_that_are_not_convex(tmp_path: Path) -> None:
    made = asset(tmp_path, "cube", [BLOCK])
    lines = (tmp_path / "collision.obj").read_text().replace("o part0\n", "o part0\nv 0 0.025 0\n")
    (tmp_path / "collision.obj").write_text(lines)
    says(made, "1 of 1 collision parts are not convex")


def test_parts_that_asset_json_does_not_know_of(tmp_path: Path) -> None:
    says(assets.facts(asset(tmp_path, "cube", [BLOCK]), parts=3), "has 1 parts, asset.json says 3")


@pytest.mark.parametrize("text", ["", "o part0\n", "o part0\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\n", "o a\nv x y z\n"])
def test_parts_that_cannot_be_read(text: str, tmp_path: Path) -> None:
    made = asset(tmp_path, "cube", [BLOCK])
    (tmp_path / "collision.obj").write_text(text)
    says(made, "collision.obj")
