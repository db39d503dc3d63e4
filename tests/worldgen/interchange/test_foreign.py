"""Every foreign object at hand, imported: it is sound, rests where it is put and can be drawn."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.manifest import read_info, read_manifest, verified
from gen3d_bench.worldgen.checks.geometry import check_geometry
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
UNSOUND = {"basket": "5.9 cm long, where a basket is 9 to 45 cm"}
"""Whom the check rejects, and why: a basket that fits between the fingers is a toy."""
OPEN = {"007-ketchup-bottle-1", "023-kitchen-spoon-1", "025-cup-1", "sink"}
"""Those whose surfaces have cracks that the import does not close."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("library")
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        reports = [
            pool.submit(import_folder, shared(source), root / str(k), ImportOptions(fit_gripper=grasped))
            for k, (source, (_, grasped)) in enumerate(COLLECTIONS.items())
        ]
    for report, (count, _) in zip(reports, COLLECTIONS.values(), strict=True):
        assert report.result().failed == {}
        assert len(report.result().imported) == count
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
def test_all_are_sound(library: Path) -> None:
    said = {}
    for folder in assets(library):
        verdict = check_geometry(verified(folder, read_manifest(folder)), made_here=False)
        said[folder.name] = (verdict.passed, verdict.reason)
    assert {name: reason for name, (passed, reason) in said.items() if not passed} == UNSOUND
    assert {name for name, (_, reason) in said.items() if "open surface" in reason} == OPEN


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
