"""Facts about SimplerEnv's Bridge scenes, compared with the official code and files where they are at hand."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.bridge import MODELS, TASKS, BridgeModel, BridgeTask
from gen3d_bench.scenes.bridge_files import DATA_SET, MODELS_FOLDER, assets_folder, maniskill_folder, missing_files
from tests.shared import shared

MODEL_VALUES = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
TASK_VALUES = pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))


@TASK_VALUES
def test_a_task_begins_in_24_ways(task: BridgeTask) -> None:
    beginnings = task.configurations
    assert len(set(beginnings)) == len(beginnings) == 24
    for one in beginnings:
        apart = np.hypot(one.source[0] - one.target[0], one.source[1] - one.target[1])
        assert 0.0999 < apart < 0.284
    assert {task.source, task.target} <= MODELS.keys()


def test_the_first_beginnings_are_upstreams() -> None:
    carrot = TASKS["simpler-carrot-on-plate"].configurations
    assert np.allclose(carrot[0].source, (-0.235, -0.075, 0.887529))
    assert np.allclose(carrot[0].target[:2], (-0.235, 0.075))
    assert carrot[1].source == carrot[0].source and carrot[1].yaw == pytest.approx(-np.pi / 2)
    assert np.allclose(carrot[2].target[:2], (-0.085, -0.075))
    stack = TASKS["simpler-stack-cube"].configurations
    assert np.allclose(stack[11].source[:2], (-0.11, 0.05)) and np.allclose(stack[12].source[:2], (-0.26, -0.1))


@TASK_VALUES
def test_the_beginnings_are_those_of_maniskill(task: BridgeTask) -> None:
    pytest.importorskip("mani_skill")
    import torch
    from mani_skill.envs.tasks.digital_twins.bridge_dataset_eval import put_on_in_scene
    from mani_skill.utils.registration import REGISTERED_ENVS

    official = REGISTERED_ENVS[task.official_id].cls
    seen: dict[str, torch.Tensor] = {}

    def listen(self: object, **given: torch.Tensor) -> None:
        seen.update(given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(put_on_in_scene.BaseBridgeEnv, "__init__", listen)
        official()
    places, turns = seen["xyz_configs"].numpy(), seen["quat_configs"].numpy()
    assert seen["obj_names"] == [MODELS[task.source].model_id, MODELS[task.target].model_id]
    for episode, ours in enumerate(task.configurations):
        place, turn = places[episode // len(turns)], turns[episode % len(turns)]
        assert np.allclose(place, (ours.source, ours.target), atol=1e-12)
        assert np.allclose(turn[0], (np.cos(ours.yaw / 2), 0, 0, np.sin(ours.yaw / 2)), atol=1e-12)
        assert np.allclose(turn[1], (1, 0, 0, 0))
    source = Path(put_on_in_scene.__file__).read_text()
    assert f'"{task.instruction}"' in source


@MODEL_VALUES
def test_facts_are_those_of_the_files(model: BridgeModel) -> None:
    root = shared("assets/maniskill") / "data"
    variant = "baked_tex_v0" if model.baked else "v0"
    known = json.loads((root / DATA_SET / f"custom/info_bridge_custom_{variant}.json").read_text())[model.model_id]
    assert known["density"] == model.density and known["scales"] == [1.0]
    assert np.allclose(known["bbox"]["min"], model.low) and np.allclose(known["bbox"]["max"], model.high)
    folder = root / MODELS_FOLDER / model.model_id
    for name, digest in model.files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    # No texture that the visual mesh names is left out.
    named = re.findall(r"<init_from>([^<]*\.(?:png|jpg))</init_from>", (folder / "textured.dae").read_text())
    assert set(named) <= model.files.keys()


@MODEL_VALUES
def test_masses_and_boxes_are_those_of_sapien(model: BridgeModel) -> None:
    folder = shared("assets/maniskill") / "data" / MODELS_FOLDER / model.model_id
    from gen3d_bench.envs.engine import keep_engines, sapien

    keep_engines(render=False)
    scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
    builder = scene.create_actor_builder()
    builder.add_multiple_convex_collisions_from_file(str(folder / "collision.obj"), density=model.density)
    body = builder.build(model.name).find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)
    assert len(body.collision_shapes) == model.parts
    assert body.mass == pytest.approx(model.mass, rel=1e-5)
    assert np.allclose(body.cmass_local_pose.p, model.center, atol=1e-7)
    origin = np.array(model.origin)
    box = np.array([model.visual_low, model.visual_high]) + origin
    assert np.allclose(box[0], (*-np.array(model.size[:2]) / 2, 0), atol=1e-9)


def test_the_folder_follows_maniskills_rule(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MS_ASSET_DIR", str(tmp_path))
    assert maniskill_folder() == tmp_path / "data"
    assert assets_folder() is None and len(missing_files(tmp_path / "data")) == 16
    for name in missing_files(tmp_path / "data"):
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    assert assets_folder() == tmp_path / "data"
    monkeypatch.delenv("MS_ASSET_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert maniskill_folder() == tmp_path / ".maniskill/data"
