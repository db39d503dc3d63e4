"""Every foreign object at hand, imported: it rests where it is put, can be drawn, and looks like something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.manifest import read_info, read_manifest, verified
from gen3d_bench.worldgen.interchange.native import ImportOptions
from gen3d_bench.worldgen.interchange.objects import import_folder
from tests.shared import shared

pytest.importorskip("coacd")
pytestmark = pytest.mark.slow

BRIDGE = "assets/maniskill/data/tasks/bridge_v2_real2sim_dataset/custom"
COLLECTIONS = {
    "assets/objects/sources": (17, True), "assets/objects/targets": (12, False),
    "assets/embodiedgen/glb": (7, True), BRIDGE: (9, False),
}  # fmt: skip
"""Folder -> (number of objects, whether they are to be grasped)."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("library")
    for k, (source, (count, grasped)) in enumerate(COLLECTIONS.items()):
        report = import_folder(shared(source), root / str(k), ImportOptions(fit_gripper=grasped))
        assert report.failed == {}
        assert len(report.imported) == count
    return root


def assets(library: Path) -> list[Path]:
    return sorted(path.parent for path in library.glob("*/*/asset.json"))


@pytest.mark.timeout(600)
def test_all_are_whole_and_within_bounds(library: Path) -> None:
    for folder in assets(library):
        info = verified(folder, read_manifest(folder)).info
        assert max(info.size) <= 0.161, folder
        assert 1 <= info.parts <= 16, folder
        vertices = (folder / "collision.obj").read_text().split("o part")[1:]
        assert max(block.count("\nv ") for block in vertices) <= 64, folder
        assert info.mass is not None and 0.005 <= info.mass <= 0.4, folder
    hollow = {folder.name for folder in assets(library) if read_info(folder).hollow}
    assert hollow == {"basket", "025-cup-1", "sink"}


@pytest.mark.timeout(600)
def test_all_rest_where_they_are_put(library: Path) -> None:
    sapien = pytest.importorskip("sapien")
    scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
    scene.set_timestep(1 / 240)
    stand = sapien.Pose(q=[0.5**0.5, 0.5**0.5, 0.0, 0.0])  # files are Y-up: stood up by a quarter turn about x
    floor = scene.create_actor_builder()
    floor.add_box_collision(half_size=[20.0, 1.0, 0.05])
    floor.set_initial_pose(sapien.Pose([0.0, 0.0, -0.05]))
    floor.build_static(name="floor")
    things = []
    for k, folder in enumerate(assets(library)):
        builder = scene.create_actor_builder()
        material = sapien.physx.PhysxMaterial(0.6, 0.6, 0.0)
        builder.add_multiple_convex_collisions_from_file(str(folder / "collision.obj"), stand, material=material)
        home = np.array([0.3 * k - 7.0, 0.0, 0.0005])
        builder.set_initial_pose(sapien.Pose(home))
        things.append((folder.name, home, builder.build()))
    for _ in range(480):
        scene.step()
    moved = {}
    for name, home, thing in things:
        away = float(np.linalg.norm(thing.pose.p - home))
        turned = float(2 * np.degrees(np.arccos(min(1.0, abs(float(thing.pose.q[0]))))))
        if away > 0.004 or turned > 5.0:
            moved[name] = f"{1000 * away:.1f} mm, {turned:.1f} degrees"
    assert moved == {}


@pytest.mark.render
@pytest.mark.timeout(600)
def test_all_can_be_drawn(library: Path) -> None:
    from gen3d_bench.doctor.rendering import prepare_libraries

    prepare_libraries()
    from gen3d_bench.worldgen.preview import render_assets

    folders = assets(library)
    for folder, image in zip(folders, render_assets(folders, (96, 96)), strict=True):
        floor = np.median(image.reshape(-1, 3), axis=0)
        thing = image[(np.abs(image - floor) > 25).any(axis=2)]
        assert len(thing) > 0.02 * 96 * 96, folder
        assert thing.max() > 40, folder  # nothing is black all over
