"""Foreign objects as asset folders: upright, at the origin, in metres, within bounds, always the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from gen3d_bench.scenes.manifest import Asset, take_manifest
from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.checks.geometry import check_geometry
from gen3d_bench.worldgen.interchange.limits import MeshError
from gen3d_bench.worldgen.interchange.meshes import read_mesh
from gen3d_bench.worldgen.interchange.native import ImportedObject, ImportOptions, ObjectFiles, import_object
from gen3d_bench.worldgen.interchange.shape import Shape, joined

from .meshfiles import BLUE, RED, box_glb, cup, painted, picture

pytest.importorskip("coacd")


def files(visual: Path, **facts: object) -> ObjectFiles:
    known = {"name": "red box", "category": "box", "description": "a red and blue box", "up": "y", "mass": 0.1}
    return ObjectFiles(visual=visual, **{**known, **facts})  # type: ignore[arg-type]


def made(
    given: ObjectFiles, folder: Path, options: ImportOptions | None = None
) -> tuple[ImportedObject, Shape, list[np.ndarray]]:
    """(what import_object says, what is seen, collision parts), Z up."""
    folder.mkdir(parents=True)
    result = import_object(given, folder, options)
    assert sorted(p.name for p in folder.iterdir()) == ["asset.json", "collision.obj", "visual.glb"]
    assert AssetInfo.model_validate_json((folder / "asset.json").read_bytes()) == result.info
    up = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    seen = joined([piece.moved(up) for piece in read_mesh(folder / "visual.glb").pieces])
    parts = [piece.moved(up).points for piece in read_mesh(folder / "collision.obj", paints=False).pieces]
    assert result.info.parts == len(parts)
    assert seen.extents == pytest.approx(result.info.size, abs=1e-4)
    return result, seen, parts


@pytest.mark.parametrize(("up", "size"), [("y", (0.04, 0.03, 0.08)), ("z", (0.04, 0.08, 0.03)), (None, None)])
def test_a_box_stands_on_its_base_at_the_origin(up: str | None, size: tuple[float, ...] | None, tmp_path: Path) -> None:
    result, seen, parts = made(files(box_glb(tmp_path / "box.glb"), up=up), tmp_path / "out")
    assert result.info.size == pytest.approx(size or (0.04, 0.08, 0.03))
    for points in (seen.points, np.vstack(parts)):
        low, high = points.min(axis=0), points.max(axis=0)
        assert (low + high)[:2] == pytest.approx((0, 0), abs=1e-5)
        assert low[2] == pytest.approx(0, abs=1e-5)
        assert high - low == pytest.approx(result.info.size, abs=1e-4)
    assert any("no word on which way is up" in note for note in result.notes) == (up is None)


def test_it_passes_the_project_s_own_check(tmp_path: Path) -> None:
    result, _, _ = made(files(box_glb(tmp_path / "box.glb"), category="thing"), tmp_path / "out")
    verdict = check_geometry(Asset(tmp_path / "out", result.info, take_manifest(tmp_path / "out", {}).sha256))
    assert verdict.passed, verdict.reason


def test_looks_and_facts_are_kept(tmp_path: Path) -> None:
    visual = box_glb(tmp_path / "box.glb", roughnessFactor=0.3, metallicFactor=0.2)
    result, seen, _ = made(files(visual, friction=0.9, licence="CC0-1.0", provenance="a shop", hollow=True),
                           tmp_path / "out")  # fmt: skip
    info = result.info
    assert (info.kind, info.name, info.category) == ("object", "red box", "box")
    assert (info.description, info.friction, info.hollow) == ("a red and blue box", 0.9, True)
    assert (info.mass, info.licence, info.provenance) == (0.1, "CC0-1.0", "a shop")
    (paint,) = seen.paints
    assert (paint.roughness, paint.metallic) == (pytest.approx(0.3), pytest.approx(0.2))
    assert paint.texture is not None
    for left, color in ((True, RED), (False, BLUE)):
        side = (seen.corners[:, :, 0].mean(axis=1) < 0) == left
        assert {paint.texture.getpixel((int(u * 7.99), 0)) for u in seen.uv[side, :, 0].mean(axis=1)} == {color}
    assert any("leave no opening" in note for note in result.notes)


def test_what_is_all_metal_is_not_left_black(tmp_path: Path) -> None:
    _, seen, _ = made(files(box_glb(tmp_path / "box.glb", metallicFactor=1.0)), tmp_path / "out")
    assert seen.paints[0].metallic <= 0.6


def test_a_cup_is_hollow_and_always_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "cup.glb").write_bytes(painted(cup(), picture()).export(file_type="glb"))
    for name in ("one", "two"):
        result, _, parts = made(files(tmp_path / "cup.glb", up="z"), tmp_path / name)
    for name in ("visual.glb", "collision.obj", "asset.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert result.info.hollow
    assert 1 < len(parts) <= 16
    assert max(map(len, parts)) <= 64


def test_source_things_are_scaled_to_the_gripper_with_their_mass(tmp_path: Path) -> None:
    visual = box_glb(tmp_path / "box.glb", (0.12, 0.08, 0.1))
    result, _, _ = made(files(visual), tmp_path / "out", ImportOptions(fit_gripper=True))
    assert min(result.info.size[:2]) == pytest.approx(0.048, abs=1e-4)
    assert result.info.mass == pytest.approx(0.1 * 0.48**3, rel=0.01)
    assert any("fit the gripper" in note for note in result.notes)


def test_target_things_are_only_capped(tmp_path: Path) -> None:
    result, _, _ = made(files(box_glb(tmp_path / "a.glb", (0.12, 0.08, 0.1))), tmp_path / "a")
    assert result.info.size == pytest.approx((0.12, 0.1, 0.08))
    result, _, _ = made(files(box_glb(tmp_path / "b.glb", (0.4, 0.2, 0.2))), tmp_path / "b")
    assert result.info.size == pytest.approx((0.16, 0.08, 0.08))
    assert any("scaled by 0.4 " in note for note in result.notes)


@pytest.mark.parametrize(("scale", "size"), [(0.5, (0.02, 0.015, 0.04)), ((1, 0.5, 2), (0.04, 0.06, 0.04))])
def test_given_scales_are_of_the_axes_of_the_file(
    scale: float | tuple[float, float, float], size: tuple[float, ...], tmp_path: Path
) -> None:
    result, _, _ = made(files(box_glb(tmp_path / "box.glb"), scale=scale), tmp_path / "out")
    assert result.info.size == pytest.approx(size)


def test_a_scale_that_is_given_is_believed(tmp_path: Path) -> None:
    box = box_glb(tmp_path / "box.glb", (30.0, 0.04, 0.04))
    result, _, _ = made(files(box, scale=(0.003, 1.0, 1.0)), tmp_path / "a")
    assert result.info.size == pytest.approx((0.09, 0.04, 0.04)), "30 m is not paired with the scale of another axis"
    with pytest.raises(MeshError, match="would be 8 m long"):
        import_object(files(box_glb(tmp_path / "big.glb", (8, 2, 2)), scale=1.0), tmp_path)


@pytest.mark.parametrize("suffix", ["glb", "gltf"])
def test_gltf_stands_the_same_in_one_file_or_two(suffix: str, tmp_path: Path) -> None:
    mesh = trimesh.creation.box((0.04, 0.08, 0.03))
    trimesh.Scene(mesh).export(tmp_path / f"box.{suffix}")
    result, _, _ = made(files(tmp_path / f"box.{suffix}", up=None), tmp_path / "out")
    assert result.info.size == pytest.approx((0.04, 0.08, 0.03))


def test_millimetres_are_noticed_and_absurd_sizes_refused(tmp_path: Path) -> None:
    result, _, _ = made(files(box_glb(tmp_path / "mm.glb", (40, 80, 30))), tmp_path / "mm")
    assert result.info.size == pytest.approx((0.04, 0.03, 0.08))
    assert any("millimetres" in note for note in result.notes)
    for k, size in enumerate((1e-6, 1e7)):
        (tmp_path / f"{k}").mkdir()
        with pytest.raises(MeshError, match="give the scale"):
            import_object(files(box_glb(tmp_path / "box.glb", (size, size, size))), tmp_path / f"{k}")
        assert list((tmp_path / f"{k}").iterdir()) == []


@pytest.mark.parametrize(("facts", "mass"), [
    ({"mass": 3.0}, 0.4), ({"mass": 1e-5}, 0.005),
    ({"mass": None, "density": 500.0}, 0.048), ({"mass": None}, 0.0672), ({"mass": None, "density": 1e5}, 0.4),
])  # fmt: skip
def test_mass_is_given_or_computed_and_bounded(facts: dict[str, float | None], mass: float, tmp_path: Path) -> None:
    result, _, _ = made(files(box_glb(tmp_path / "box.glb"), **facts), tmp_path / "out")
    assert result.info.mass == pytest.approx(mass, rel=1e-3)


def test_big_meshes_and_textures_are_reduced(tmp_path: Path) -> None:
    ball = painted(trimesh.creation.icosphere(5, 0.03), picture((2048, 512)))
    (tmp_path / "ball.glb").write_bytes(ball.export(file_type="glb"))
    options = ImportOptions(max_visual_faces=3000, max_texture_side=256)
    result, seen, _ = made(files(tmp_path / "ball.glb"), tmp_path / "out", options)
    assert 2000 < len(seen.faces) <= 3000
    texture = seen.paints[0].texture
    assert texture is not None
    assert texture.size == (256, 64)
    assert f"visual reduced from 20480 to {len(seen.faces)} faces" in result.notes
    assert "texture reduced from 2048 x 512 pixels to 256 a side" in result.notes


def test_several_materials_stay_several(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    for k, color in enumerate((RED, BLUE)):
        part = trimesh.creation.box((0.03, 0.03, 0.03))
        part = painted(part, Image.new("RGB", (4, 4), color))
        scene.add_geometry(part, transform=trimesh.transformations.translation_matrix((0.03 * k, 0, 0)))
    (tmp_path / "two.glb").write_bytes(scene.export(file_type="glb"))
    _, seen, _ = made(files(tmp_path / "two.glb"), tmp_path / "out")
    assert [p.texture.getpixel((0, 0)) for p in seen.paints if p.texture is not None] == [RED, BLUE]


def test_given_parts_are_taken_and_planted(tmp_path: Path) -> None:
    visual = box_glb(tmp_path / "box.glb")
    trimesh.creation.box((0.041, 0.081, 0.031)).export(tmp_path / "box_collision.obj")
    given = files(visual, collision=tmp_path / "box_collision.obj")
    result, _, (part,) = made(given, tmp_path / "out")
    assert any(note.startswith("1 given collision parts") for note in result.notes)
    assert part[:, 2].min() == pytest.approx(0, abs=1e-6)


def test_a_thing_that_leans_is_laid_down(tmp_path: Path) -> None:
    box = trimesh.creation.box((0.04, 0.08, 0.03))
    box.apply_transform(trimesh.transformations.rotation_matrix(np.radians(15), (1, 0, 0)))
    (tmp_path / "box.glb").write_bytes(box.export(file_type="glb"))
    result, _, _ = made(files(tmp_path / "box.glb"), tmp_path / "out")
    assert result.info.size == pytest.approx((0.04, 0.03, 0.08), abs=1e-4)
    assert "turned by 15 degrees to rest on the table" in result.notes


def test_a_missing_texture_is_noted(tmp_path: Path) -> None:
    (tmp_path / "box.obj").write_text("mtllib gone.mtl\n" + trimesh.creation.box((0.04, 0.08, 0.03)).export(
        file_type="obj", include_normals=False, include_color=False))  # fmt: skip
    result, _, _ = made(files(tmp_path / "box.obj"), tmp_path / "out")
    assert any("gone.mtl" in note for note in result.notes)


def test_scales_of_zero_are_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(MeshError, match="not zero"):
        import_object(replace(files(box_glb(tmp_path / "box.glb")), scale=(1, 0, 1)), tmp_path / "out")
