"""EmbodiedGen's scenes imported: roles, assets, what is refused and what is made anew."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trimesh

from gen3d_bench.doctor.rendering import prepare_libraries
from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.io import load_scene, save_scene
from gen3d_bench.scenes.schema import AssetRef, Scene
from gen3d_bench.scenes.store import Asset, AssetStore
from gen3d_bench.worldgen.interchange.embodiedgen_asset import import_urdf
from gen3d_bench.worldgen.interchange.embodiedgen_places import place_prompt
from gen3d_bench.worldgen.interchange.embodiedgen_read import LayoutOptions, import_layout
from gen3d_bench.worldgen.interchange.native import ImportedObject
from tests.shared import shared
from tests.worldgen.interchange.embodiedgen_files import box, layout_json, table, write_asset, write_layout, write_task


def assets_of(scene: Scene) -> dict[str, Asset]:
    store = AssetStore(Path("/nowhere"))
    return {item.name: store.get(item.asset) for item in scene.objects}


@pytest.fixture
def task(tmp_path: Path) -> Path:
    write_task(tmp_path / "task_0007")
    return tmp_path / "task_0007"


def changed(task: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    value = layout_json()
    change(value)
    return write_layout(task, value)


def test_a_task_folder_becomes_a_scene(task: Path, tmp_path: Path) -> None:
    scene = import_layout(task, tmp_path / "out")
    save_scene(scene, tmp_path / "out" / "scene.json")
    assert load_scene(tmp_path / "out" / "scene.json") == scene
    assert scene.instruction == "Put the carrot on the plate."
    assert [(item.name, item.role.value) for item in scene.objects] == [
        ("carrot", "source"), ("white plate", "target"), ("pen holder", "distractor")]
    assert [(r.subject, r.relation, r.object) for r in scene.relations] == [("carrot", "ON", "white plate")]
    assert all(item.pose is None for item in scene.objects), "the poses of the file are not trusted"
    assets = assets_of(scene)
    assert assets["carrot"].info.size == pytest.approx((0.12, 0.026, 0.026), abs=1e-4)
    assert [asset.info.mass for asset in assets.values()] == pytest.approx([0.06, 0.2, 0.12])
    assert [asset.info.friction for asset in assets.values()] == pytest.approx([0.6, 0.5, 0.6])
    assert [asset.info.parts for asset in assets.values()] == [1, 1, 5]
    assert [asset.info.hollow for asset in assets.values()] == [False, False, True]
    assert scene.background == AssetRef(generator="procedural", prompt="clean kitchen with white cabinets", seed=0)
    assert any("no mesh of its room" in note for note in scene.provenance.notes)


def test_the_same_layout_gives_the_same_bytes(task: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        import_layout(task, tmp_path / name)
    files = [sorted(p.relative_to(tmp_path / n) for p in (tmp_path / n).rglob("*") if p.is_file()) for n in ("a", "b")]
    assert files[0] == files[1] and len(files[0]) > 10
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files[0])


def test_a_flat_table_is_taken_and_turned(task: Path, tmp_path: Path) -> None:
    scene = import_layout(task, tmp_path / "out")
    info = AssetStore(Path("/nowhere")).get(scene.table).info
    assert info.kind == "table" and info.size == pytest.approx((0.8, 1.2, 0.72), abs=1e-4)
    seen = trimesh.load_scene(Path(str(scene.table.path)) / "visual.glb").bounds
    assert seen[1, 1] == pytest.approx(0, abs=1e-5), "the top is at z = 0"
    assert seen.mean(axis=0)[[0, 2]] == pytest.approx([0, 0], abs=1e-5)


def test_a_table_that_does_not_serve_is_made_anew(task: Path, tmp_path: Path) -> None:
    result = task / "asset3d" / "table" / "result"
    for parts, why in (
        (table(depth=0.4), "0.40 m deep"),
        ([*table(), box(0.3, 0.3, 0.02, (0, 0, 0.4))], "0.30 m deep"),
        ([box(0.3, 0.8, 0.7, (side, 0, 0)) for side in (-0.45, 0.45)], "only 50 % of its table's top is flat"),
    ):
        shutil.rmtree(result)
        write_asset(result, "table", parts)
        scene = import_layout(task, tmp_path / "out", LayoutOptions(seed=4))
        prompt = "standalone simple wooden table, empty top"
        assert scene.table == AssetRef(generator="procedural", prompt=prompt, seed=5)
        assert any(why in note for note in scene.provenance.notes)


def test_a_mesh_of_the_room_is_taken(task: Path, tmp_path: Path) -> None:
    room = box(5.0, 4.0, 2.6, (0, 0, 1.3))
    room.visual.vertex_colors = [180, 160, 140, 255]
    room.export(task / "background" / "mesh_model.ply")
    scene = import_layout(task, tmp_path / "out")
    info = AssetStore(Path("/nowhere")).get(scene.background).info
    assert info.kind == "room" and info.size == pytest.approx((5.0, 4.0, 2.6), abs=1e-3)
    (task / "background" / "mesh_model.ply").write_bytes(b"ply\nnonsense")
    scene = import_layout(task, tmp_path / "out")
    assert scene.background.generator == "procedural"
    assert any("mesh_model.ply" in note for note in scene.provenance.notes)


@pytest.mark.parametrize(("descriptions", "prompt"), [
    (["a cozy reading corner", "library"], "a cozy reading corner room"),
    (["", "kitchen"], "kitchen"),
    (["!!!", ""], "room"),
    (["word " * 100], " ".join(["word"] * 40) + " room"),
])  # fmt: skip
def test_rooms_are_made_from_the_first_words_that_serve(descriptions: list[str], prompt: str) -> None:
    assert place_prompt("room", descriptions) == prompt


def test_the_user_decides_roles(task: Path, tmp_path: Path) -> None:
    path = changed(task, lambda value: value["relation"].update(task_desc="tidy the table"))
    with pytest.raises(SceneError, match=r"names nothing.*target=NAME.*'pen holder'"):
        import_layout(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    scene = import_layout(path, tmp_path / "out", LayoutOptions(id="mine", source="carrot", target="pen holder"))
    assert (scene.id, scene.relations[0].relation) == ("mine", "IN"), "a pen holder is hollow"
    scene = import_layout(path, tmp_path / "out", LayoutOptions(source="carrot", target="pen holder", relation="ON"))
    assert scene.relations[0].relation == "ON" and not assets_of(scene)["pen holder"].info.hollow


def test_flagged_assets_are_refused_unless_accepted(task: Path, tmp_path: Path) -> None:
    path = changed(task, lambda value: value["quality"].update({"pen holder": "NO: two holders"}))
    with pytest.raises(SceneError, match=r"'pen holder'.*NO: two holders"):
        import_layout(path, tmp_path / "out")
    scene = import_layout(path, tmp_path / "out", LayoutOptions(accept_flagged=True))
    assert any("two holders" in note for note in scene.provenance.notes)


def test_everything_that_is_wrong_is_said_at_once(task: Path, tmp_path: Path) -> None:
    shutil.rmtree(task / "asset3d" / "white_plate")
    (task / "asset3d" / "carrot" / "result" / "carrot.urdf").write_text("<robot")
    (task / "asset3d" / "pen_holder").rename(task / "asset3d" / "holder")
    path = changed(task, lambda value: value["assets"].pop("pen holder"))
    with pytest.raises(SceneError) as error:
        import_layout(path, tmp_path / "out")
    for words in ("'carrot': ", "not valid XML", "'white plate': its folder", "'pen holder': its folder"):
        assert words in str(error.value)
    assert not list((tmp_path / "out").glob("*.json"))


def test_assets_are_looked_for_where_they_usually_lie(task: Path, tmp_path: Path) -> None:
    scene = import_layout(changed(task, lambda value: value.pop("assets")), tmp_path / "out")
    assert len(scene.objects) == 3 and AssetStore(Path("/nowhere")).get(scene.table).info.size[2] > 0.7
    assert any("assets: none for 'carrot'" in note for note in scene.provenance.notes)


def test_names_and_ids_that_no_scene_has_are_refused(task: Path, tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="id"):
        import_layout(task, tmp_path / "out", LayoutOptions(id="../up"))
    path = changed(task, lambda value: value["relation"].update(distractor_objs=["pen holder", "pen_holder"]))
    with pytest.raises(SceneError, match="already the name"):
        import_layout(path, tmp_path / "out")


def test_too_many_objects_are_refused(task: Path, tmp_path: Path) -> None:
    path = changed(task, lambda value: value["relation"].update(distractor_objs=[f"thing {k}" for k in range(7)]))
    with pytest.raises(SceneError, match="has 9 objects, a scene holds 8"):
        import_layout(path, tmp_path / "out")


def test_meshes_outside_the_assets_folder_are_not_read(task: Path, tmp_path: Path) -> None:
    mesh = task / "asset3d" / "carrot" / "result" / "mesh"
    secret = tmp_path / "secret.png"
    shutil.move(mesh / "material_0.png", secret)
    (mesh / "material.mtl").write_text("newmtl material_0\nmap_Kd ../../../../../secret.png\n")
    with pytest.raises(SceneError, match="leads out of its folder"):
        import_layout(task, tmp_path / "out")


def test_the_source_is_scaled_to_the_gripper(task: Path, tmp_path: Path) -> None:
    result = task / "asset3d" / "carrot" / "result"
    shutil.rmtree(result)
    write_asset(result, "carrot", [box(0.12, 0.08, 0.06)])
    scene = import_layout(task, tmp_path / "out")
    assert min(assets_of(scene)["carrot"].info.size[:2]) <= 0.0481
    assert any(note.startswith("carrot: ") for note in scene.provenance.notes)


@pytest.mark.parametrize("rpy", ["0 0 0", "1.5708 0 0.7", "0.3 0.4 0.5"])
def test_any_turn_of_the_mesh_is_honoured(tmp_path: Path, rpy: str) -> None:
    """The thing is built so that its URDF, however it turns the mesh, shows it upright."""
    roll, pitch, yaw = map(float, rpy.split())
    turn = trimesh.transformations.euler_matrix(roll, pitch, yaw, "sxyz")
    upright = trimesh.creation.box((0.1, 0.03, 0.05))
    if rpy.endswith("0.7"):
        upright.apply_transform(trimesh.transformations.rotation_matrix(0.7, (0, 0, 1)))
    mesh = upright.copy().apply_transform(trimesh.transformations.inverse_matrix(turn))
    urdf = write_asset(tmp_path / "asset", "thing", [mesh], origin=f'<origin xyz="0.1 0 3" rpy="{rpy}"/>')
    (tmp_path / "out").mkdir()
    made = import_urdf(urdf, tmp_path / "out", "thing")
    straight = sorted(made.info.size[:2]), made.info.size[2]
    if not rpy.endswith("0.7"):
        assert straight[0] == pytest.approx([0.03, 0.1], abs=2e-4)
    assert straight[1] == pytest.approx(0.05, abs=2e-4)


@pytest.fixture(scope="module")
def headphones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ImportedObject]:
    """The folder and facts of EmbodiedGen's own asset."""
    source, folder = shared("assets/embodiedgen/ear_hear"), tmp_path_factory.mktemp("headphones")
    return folder, import_urdf(source / "sample.urdf", folder, "headphones")


def test_embodiedgens_own_asset_becomes_native(headphones: tuple[Path, ImportedObject]) -> None:
    folder, made = headphones
    assert made.info.size == pytest.approx((0.0629, 0.1331, 0.15), abs=1e-3)
    assert (made.info.mass, made.info.friction, made.info.category) == (pytest.approx(0.3), 0.5, "headphones")
    assert 2 <= made.info.parts <= 16
    speed, height, lean = settled(folder)
    assert speed < 1e-3 and abs(height) < 1e-3 and lean < 1.0, "it stays upright on the ground"


@pytest.mark.render
def test_embodiedgens_own_asset_is_drawn_with_its_texture(headphones: tuple[Path, ImportedObject]) -> None:
    prepare_libraries()
    from gen3d_bench.worldgen.preview import render_asset

    picture = render_asset(headphones[0], (160, 160)).astype(float)
    pink = (picture[..., 0] > picture[..., 1] + 25) & (picture[..., 0] > picture[..., 2] + 15)
    assert 0.02 < pink.mean() < 0.5, "its headband is pink"


def settled(folder: Path) -> tuple[float, float, float]:
    """Speed (m/s), height of its origin (m) and lean (degrees) of a native asset after two seconds on the ground."""
    prepare_libraries()
    import sapien

    scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
    scene.set_timestep(1 / 200)
    scene.add_ground(0, render=False)
    builder = scene.create_actor_builder()
    half = 0.5**0.5
    builder.add_multiple_convex_collisions_from_file(str(folder / "collision.obj"), sapien.Pose(q=[half, half, 0, 0]))
    builder.set_initial_pose(sapien.Pose([0, 0, 0.002]))
    actor = builder.build()
    for _ in range(400):
        scene.step()
    body = actor.find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)
    _, x, y, _ = map(float, actor.pose.q)
    lean = math.degrees(math.acos(max(-1.0, 1 - 2 * (x * x + y * y))))
    return float(sum(v * v for v in body.linear_velocity) ** 0.5), float(actor.pose.p[2]), lean


def test_a_layout_is_only_read(task: Path, tmp_path: Path) -> None:
    def state() -> dict[str, bytes]:
        return {str(p.relative_to(task)): p.read_bytes() for p in task.rglob("*") if p.is_file()}

    before = state()
    import_layout(task, tmp_path / "out")
    assert state() == before
    assert not list((tmp_path / "out").glob("*.json")), "nothing is saved that nobody has checked"
