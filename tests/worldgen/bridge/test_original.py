"""The official Bridge files converted: same hulls, same weights, same looks, and nothing but the official files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.bridge import COLLISION, MODELS, VISUAL, BridgeModel
from gen3d_bench.scenes.bridge_files import MODELS_FOLDER
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.schema import AssetRef
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.bridge.original import generate
from tests.shared import shared

MODEL_VALUES = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Path:
    """ManiSkill's asset folder with the official files."""
    folder = shared("assets/maniskill")
    monkeypatch.setenv("MS_ASSET_DIR", str(folder))
    return folder / "data"


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the carrot's files, to be damaged: its folder."""
    name = f"data/{MODELS_FOLDER}/{MODELS['carrot'].model_id}"
    folder = tmp_path / "ms" / name
    shutil.copytree(shared(f"assets/maniskill/{name}"), folder)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    monkeypatch.setenv("MS_ASSET_DIR", str(tmp_path / "ms"))
    return folder


@MODEL_VALUES
def test_physx_makes_the_same_of_it(model: BridgeModel, source: Path, tmp_path: Path) -> None:
    """Each of upstream's hulls, point by point, moved by what we moved the model by; and so its weight."""
    info = generate(model.name, 0, tmp_path)
    from gen3d_bench.envs.engine import keep_engines, sapien

    keep_engines(render=False)
    scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])

    def body(file: Path, pose: sapien.Pose) -> sapien.physx.PhysxRigidDynamicComponent:
        builder = scene.create_actor_builder()
        builder.add_multiple_convex_collisions_from_file(str(file), pose, density=model.density)
        return builder.build("thing").find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)

    upright = sapien.Pose(q=[np.sqrt(0.5), np.sqrt(0.5), 0, 0])
    ours = body(tmp_path / "collision.obj", upright)
    theirs = body(source / MODELS_FOLDER / model.model_id / COLLISION, sapien.Pose())
    assert len(ours.collision_shapes) == len(theirs.collision_shapes) == info.parts == model.parts
    assert ours.mass == pytest.approx(theirs.mass, rel=1e-5) and info.mass == pytest.approx(theirs.mass, rel=1e-5)
    assert info.friction == 0.5
    center = theirs.cmass_local_pose.p + np.array(model.origin)
    assert np.allclose(ours.cmass_local_pose.p, center, atol=1e-6)

    def corners(shape: sapien.physx.PhysxCollisionShapeConvexMesh) -> np.ndarray:
        return np.array([(shape.local_pose * sapien.Pose(p)).p for p in shape.vertices])

    for mine, yours in zip(ours.collision_shapes, theirs.collision_shapes, strict=True):
        wanted = corners(yours) + np.array(model.origin)
        apart = np.linalg.norm(corners(mine)[:, None] - wanted, axis=2)
        assert apart.min(axis=0).max() < 1e-6 and apart.min(axis=1).max() < 1e-6


@MODEL_VALUES
def test_it_stands_on_the_origin_and_has_its_size(model: BridgeModel, source: Path, tmp_path: Path) -> None:
    import trimesh

    info = generate(model.name, 0, tmp_path)
    low, high = trimesh.load_scene(tmp_path / "visual.glb").bounds
    assert np.allclose((low[0] + high[0], low[1], low[2] + high[2]), 0, atol=2e-7)  # Y-up
    assert np.allclose((high - low)[[0, 2, 1]], info.size, atol=1e-5) and np.allclose(info.size, model.size, atol=1e-5)


@pytest.mark.render
@MODEL_VALUES
def test_it_looks_the_same(model: BridgeModel, source: Path, tmp_path: Path) -> None:
    generate(model.name, 0, tmp_path)
    from gen3d_bench.envs.engine import keep_engines, sapien

    keep_engines(render=True)
    def picture(file: Path, pose: sapien.Pose) -> np.ndarray:
        scene = sapien.Scene([sapien.physx.PhysxCpuSystem(), sapien.render.RenderSystem()])
        scene.set_ambient_light([0.3] * 3)
        scene.add_directional_light([0.3, 0.2, -1], [2.0] * 3)
        builder = scene.create_actor_builder()
        builder.add_visual_from_file(str(file), pose)
        builder.set_initial_pose(sapien.Pose())
        builder.set_physx_body_type("static")
        builder.build("thing")
        camera = sapien.render.RenderCameraComponent(160, 120)
        camera.set_fovy(0.5)
        mount = sapien.Entity()
        mount.add_component(camera)
        mount.pose = sapien.Pose([-0.2, 0, 0.2], [np.cos(np.pi / 8), 0, np.sin(np.pi / 8), 0])
        scene.add_entity(mount)
        scene.update_render()
        camera.take_picture()
        return np.array(camera.get_picture("Color")[..., :3], float)

    ours = picture(tmp_path / "visual.glb", sapien.Pose(q=[np.sqrt(0.5), np.sqrt(0.5), 0, 0]))
    theirs = picture(source / MODELS_FOLDER / model.model_id / VISUAL, sapien.Pose(model.origin))
    seen = theirs.max(axis=2) > 0
    assert seen.mean() > 0.005
    away = np.abs(ours - theirs).max(axis=2)
    # In units of full brightness.  At an edge a pixel may fall to the other side.
    assert away[seen].mean() < 0.01 and (away > 0.1).mean() < 0.002


def test_the_same_bytes_each_time(source: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        generate("plate", 0, tmp_path / name)
    for file in ("visual.glb", "collision.obj"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("name", MODELS["carrot"].files)
def test_another_file_is_refused(copied: Path, tmp_path: Path, name: str) -> None:
    with (copied / name).open("ab") as file:
        file.write(b" ")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(StoreError, match=rf"{name}: is not the official file.*gen3d assets pull simpler"):
        generate("carrot", 0, out)
    assert not list(out.iterdir())


def test_a_missing_file_is_said_by_the_store(copied: Path, tmp_path: Path) -> None:
    (copied / VISUAL).unlink()
    store = AssetStore(tmp_path / "cache")
    with pytest.raises(StoreError, match=r"textured\.dae: cannot be read.*gen3d assets pull simpler"):
        store.get(AssetRef(generator="bridge", prompt="carrot", seed=0))


def test_there_are_six_models_and_one_of_each(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="did you mean 'carrot'"):
        generate("carot", 0, tmp_path)
    with pytest.raises(StoreError, match="its seed is 0, not 3"):
        generate("carrot", 3, tmp_path)
