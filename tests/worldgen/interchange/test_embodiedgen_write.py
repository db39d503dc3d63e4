"""Scenes written in EmbodiedGen's format: its simulators load them, and they come back as they were."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from gen3d_bench.doctor.rendering import prepare_libraries
from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import AssetRef, Pose, Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.interchange.embodiedgen_layout import read_layout
from gen3d_bench.worldgen.interchange.embodiedgen_read import import_layout
from gen3d_bench.worldgen.interchange.embodiedgen_write import export_scene


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> AssetStore:
    return AssetStore(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def exported(store: AssetStore, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scene, Path]:
    scene = resolve_scenes("gen3d-005")[0]
    return scene, export_scene(scene, store, tmp_path_factory.mktemp("export") / "task_0000").parent


def test_the_folder_is_laid_out_as_embodiedgens(exported: tuple[Scene, Path]) -> None:
    scene, folder = exported
    layout = read_layout(folder)
    relation = layout.relation
    assert (relation.task_desc, relation.robot, relation.context) == (scene.instruction, "widowx250s", "table")
    assert relation.manipulated_objs == ("broccoli", "white dish") and relation.distractor_objs == ("cutting board",)
    assert set(layout.position) == {*layout.assets, "widowx250s"}
    assert set(layout.objs_mapping.values()) == {"background", "context", "manipulated_objs", "distractor_objs"}
    assert layout.warnings == ()
    for node, role in layout.objs_mapping.items():
        place, stem = folder / layout.assets[node], node.replace(" ", "_")
        files = ["gs_model.ply", "mesh_model.ply", "prompt.txt"] if role == "background" else [
            f"{stem}.urdf", f"mesh/{stem}.obj", f"mesh/{stem}.glb", f"mesh/{stem}_collision.obj", "mesh/material.mtl"]
        assert [name for name in files if not (place / name).is_file()] == []


def test_nothing_is_written_twice_or_by_halves(exported: tuple[Scene, Path], store: AssetStore, tmp_path: Path) -> None:
    scene, folder = exported
    with pytest.raises(SceneError, match="not empty"):
        export_scene(scene, store, folder)
    broken = scene.model_copy(update={"table": AssetRef(path=str(tmp_path / "none"))})
    with pytest.raises(Exception, match="none"):
        export_scene(broken, store, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_same_scene_gives_the_same_bytes(exported: tuple[Scene, Path], store: AssetStore, tmp_path: Path) -> None:
    scene, folder = exported
    again = export_scene(scene, store, tmp_path / "again").parent
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        assert file.read_bytes() == (again / file.relative_to(folder)).read_bytes(), file.name


def test_poses_are_moved_to_embodiedgens_world(store: AssetStore, tmp_path: Path) -> None:
    scene = resolve_scenes("gen3d-005")[0]
    half = float(np.sqrt(0.5))
    poses = {"broccoli": Pose(p=(0.25, -0.1, 0)), "white dish": Pose(p=(0.3, 0.1, 0), q=(half, 0, 0, half))}
    objects = tuple(o.model_copy(update={"pose": poses.get(o.name)}) for o in scene.objects)
    path = export_scene(scene.model_copy(update={"objects": objects}), store, tmp_path / "a")
    position = json.loads(path.read_text())["position"]
    top = store.get(scene.table).info.size[2]
    assert position["broccoli"] == pytest.approx([-0.05, -0.1, top, 0, 0, 0, 1])
    assert position["white dish"] == pytest.approx([0, 0.1, top, 0, 0, half, half]), "quaternions are xyzw"
    assert position["widowx250s"] == pytest.approx([-0.3, 0, top, 0, 0, 0, 1]), "at the height of the table top"
    assert position["table"] == pytest.approx([0, 0, top, 0, 0, 0, 1])


@pytest.mark.parametrize("scene_id", ["gen3d-005", "gen3d-042", "gen3d-077"])
def test_scenes_come_back_as_they_were(store: AssetStore, tmp_path: Path, scene_id: str) -> None:
    scene = resolve_scenes(scene_id)[0]
    folder = export_scene(scene, store, tmp_path / "task").parent
    back = import_layout(folder, tmp_path / "back")
    assert back.instruction == scene.instruction and back.relations == scene.relations
    assert (back.background, back.table) == (scene.background, scene.table)
    before = {item.name: item for item in scene.objects}
    assert {(item.name, item.role) for item in back.objects} == {(item.name, item.role) for item in scene.objects}
    for item in back.objects:
        was, now = store.get(before[item.name].asset).info, store.get(item.asset).info
        assert now.size == pytest.approx(was.size, abs=1e-3), item.name
        assert now.mass == pytest.approx(was.mass, rel=1e-3), item.name
        assert now.friction == pytest.approx(was.friction, abs=0.005), item.name
        assert (now.parts, now.hollow, now.category) == (was.parts, was.hollow, was.category), item.name


def test_splats_lie_on_the_room(exported: tuple[Scene, Path], store: AssetStore) -> None:
    scene, folder = exported
    data = (folder / "background" / "gs_model.ply").read_bytes()
    head, _, body = data.partition(b"end_header\n")
    names = [line.split()[2].decode() for line in head.splitlines() if line.startswith(b"property float")]
    values = np.frombuffer(body, "<f4").reshape(-1, len(names))
    columns = {name: values[:, k] for k, name in enumerate(names)}
    assert names == ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", "scale_2", "rot_0",
                     "rot_1", "rot_2", "rot_3"]
    low, high = trimesh.load_scene(store.get(scene.background).folder / "visual.glb").bounds
    points = values[:, :3]
    assert (points.min(axis=0) >= low - 1e-4).all() and (points.max(axis=0) <= high + 1e-4).all()
    rotations = values[:, 10:14]
    assert np.allclose(np.linalg.norm(rotations, axis=1), 1, atol=1e-5)
    floor = np.abs(points[:, 1]) < 1e-4
    w, x, y, z = rotations[floor].T
    normal_y = 2 * (y * z - w * x)  # of the disc's own z axis
    flat = np.isclose(np.abs(normal_y), 1, atol=1e-4)
    assert floor.sum() > 100 and flat.mean() > 0.99, "discs lie flat on the floor, but for the feet of its walls"
    colors = 0.5 + 0.28209479 * np.column_stack([columns[f"f_dc_{k}"] for k in range(3)])
    assert colors.min() > -1e-5 and colors.max() < 1 + 1e-5 and colors.std() > 0.02
    mesh = trimesh.load_mesh(folder / "background" / "mesh_model.ply", process=False)
    assert np.allclose(mesh.bounds, [low, high], atol=1e-4)


def loaded(folder: Path) -> tuple[Any, dict[str, Any]]:
    """The scene as `sim-cli` builds it: first meshes of the URDF, the layout's quaternion after the one that turns
    Y-up meshes, objects lifted by 4 mm, the table static, PhysX's own masses."""
    prepare_libraries()
    import sapien

    layout = json.loads((folder / "layout.json").read_text())
    scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
    scene.set_timestep(1 / 200)
    scene.add_ground(0, render=False)
    actors = {}
    upright = sapien.Pose(q=[0.7071, 0.7071, 0, 0])
    for node, place in layout["assets"].items():
        if layout["objs_mapping"][node] == "background":
            continue
        root = ElementTree.parse(folder / place / f"{node.replace(' ', '_')}.urdf").getroot()
        collision = root.find(".//collision/geometry/mesh")
        static, dynamic = (root.find(f".//collision/gazebo/{name}") for name in ("mu1", "mu2"))
        assert collision is not None and static is not None and dynamic is not None
        x, y, z, qx, qy, qz, qw = layout["position"][node]
        context = node == layout["relation"]["context"]
        builder = scene.create_actor_builder()
        builder.set_physx_body_type("static" if context else "dynamic")
        material = sapien.physx.PhysxMaterial(float(static.text or 0), float(dynamic.text or 0), 0.05)
        builder.add_multiple_convex_collisions_from_file(str(folder / place / collision.attrib["filename"]),
                                                         material=material)
        builder.set_initial_pose(sapien.Pose([x, y, z + (0 if context else 0.004)], [qw, qx, qy, qz]) * upright)
        actors[node] = builder.build(name=node)
    return scene, actors


def test_things_rest_on_the_table_in_embodiedgens_simulator(exported: tuple[Scene, Path], store: AssetStore) -> None:
    scene, folder = exported
    world, actors = loaded(folder)
    start = {node: np.array(actor.pose.p) for node, actor in actors.items()}
    for _ in range(400):
        world.step()
    top = store.get(scene.table).info.size[2]
    for item in scene.objects:
        moved = np.array(actors[item.name].pose.p) - start[item.name]
        assert actors[item.name].pose.p[2] == pytest.approx(top, abs=0.004), item.name
        assert np.linalg.norm(moved) < 0.01, item.name
