"""Whole scenes: physics as an episode begins, and whether the oracle can do it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.library import SceneLibrary
from gen3d_bench.envs.randomization import draw, generator
from gen3d_bench.envs.simulation import CpuSimulation, sapien
from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import AssetRef, Pose, Role, Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.checks.physics import check_physics, penetrations
from gen3d_bench.worldgen.checks.solvability import check_solvability
from gen3d_bench.worldgen.procedural.shapes import box_between
from gen3d_bench.worldgen.procedural.solids import slab
from gen3d_bench.worldgen.verdict import Stage

from . import assets
from .assets import RED, asset


def scene(**poses: Pose | None) -> Scene:
    """Carrot and plate, knife and bowl; by name, where they stand."""
    (found,) = resolve_scenes("gen3d-001")
    objects = tuple(o.model_copy(update={"pose": poses.get(o.name)}) for o in found.objects)
    return found.model_copy(update={"objects": objects})


def using(found: Scene, name: str, made: Asset) -> Scene:
    """The scene with another asset for an object, or for the table."""
    ref = AssetRef(path=str(made.folder))
    if name == "table":
        return found.model_copy(update={"table": ref})
    objects = tuple(o.model_copy(update={"asset": ref}) if o.name == name else o for o in found.objects)
    return found.model_copy(update={"objects": objects})


def at(x: float, y: float, z: float = 0.0) -> Pose:
    return Pose(p=(x, y, z))


def refused(store: AssetStore, found: Scene, *words: str) -> None:
    verdict = check_physics(found, store, picture=False).verdict
    assert verdict.stage is Stage.physics
    assert not verdict.passed
    for word in words:
        assert word in verdict.reason


def test_shipped_scenes_are_at_rest(store: AssetStore) -> None:
    for found in resolve_scenes(list(range(0, 100, 13))):
        verdict = check_physics(found, store, picture=False).verdict
        assert verdict.passed, f"{found.id}: {verdict.reason}"
        assert "in the workspace, at rest for 2 s" in verdict.reason


def test_a_carrot_that_starts_on_the_plate(store: AssetStore) -> None:
    """Figure C.1, lower left."""
    good = scene(carrot=at(0.22, -0.12), plate=at(0.35, 0.08))
    assert check_physics(good, store, picture=False).verdict.passed
    for z in (0.0, 0.02):
        refused(store, scene(carrot=at(0.35, 0.08, z), plate=at(0.35, 0.08)), "'carrot' starts on or in 'plate'")


def test_a_carrot_at_the_edge_of_the_table(store: AssetStore, tmp_path: Path) -> None:
    """Figure C.1, lower right."""
    narrow = asset(
        tmp_path, "table", [slab((0.4, 0.5, 0.7), (0.0, 0.0, -0.35), RED)],
        [box_between((-0.2, -0.25, -0.7), (0.2, 0.25, 0.0))], kind="table",
    )  # fmt: skip
    inside = using(scene(carrot=at(0.22, -0.12), plate=at(0.35, 0.08)), "table", narrow)
    assert check_physics(inside, store, picture=False).verdict.passed
    edge = using(scene(carrot=at(0.17, -0.17), plate=at(0.35, 0.08)), "table", narrow)
    refused(store, edge, "'carrot' stands", "from the table's edge")


def test_a_carrot_that_falls_off_the_table(store: AssetStore, tmp_path: Path) -> None:
    small = asset(
        tmp_path, "table", [slab((0.2, 0.3, 0.7), (0.0, 0.0, -0.35), RED)],
        [box_between((-0.1, -0.15, -0.7), (0.1, 0.15, 0.0))], kind="table",
    )  # fmt: skip
    refused(store, using(scene(carrot=at(0.3, -0.25)), "table", small), "not at rest where it was put", "carrot")


@pytest.mark.parametrize("carrot", [at(0.25, -0.25), at(0.45, -0.1), at(0.19, -0.12)])
def test_what_stands_outside_the_workspace(store: AssetStore, carrot: Pose) -> None:
    """On the table, in reach and at rest, but where Table A.2 puts nothing."""
    refused(store, scene(carrot=carrot, plate=at(0.35, 0.08)), "'carrot' at", "outside the workspace, x (0.2, 0.4)")


@pytest.mark.parametrize(
    ("poses", "reason"),
    [
        ({"knife": at(0.35, 0.08), "plate": at(0.35, 0.08)}, "overlaps another object"),
        ({"plate": at(0.7, 0.5)}, "out of the arm's reach"),
        ({"carrot": Pose(p=(0.3, 0.0, 0.0), q=(0.70710678, 0.70710678, 0.0, 0.0))}, "not upright"),
    ],
)
def test_poses_that_no_episode_may_start_from(store: AssetStore, poses: dict[str, Pose], reason: str) -> None:
    refused(store, scene(**poses), reason)


def test_a_scene_whose_assets_are_missing(store: AssetStore, tmp_path: Path) -> None:
    found = scene().model_copy(update={"table": AssetRef(path=str(tmp_path / "gone"))})
    refused(store, found, "gone")
    verdict = check_solvability(found, store)
    assert not verdict.passed and "gone" in verdict.reason


def test_a_source_that_comes_to_rest_on_the_target(store: AssetStore, tmp_path: Path) -> None:
    """A hammer that lies with its head on the mat, its middle beside it: settled, nothing overlaps, and done."""
    mat = asset(tmp_path / "low", "mat", [slab((0.14, 0.14, 0.01), (0.0, 0.0, 0.005), RED)])
    parts = [
        box_between((-0.02, -0.02, 0.0115), (0.02, 0.02, 0.04)),
        box_between((0.02, -0.005, 0.02), (0.12, 0.005, 0.025)),
    ]
    hammer = asset(tmp_path / "high", "hammer", [slab((0.14, 0.04, 0.04), (0.05, 0.0, 0.02), RED)], parts)
    found = using(using(scene(carrot=at(0.30, 0.08), plate=at(0.26, 0.08)), "plate", mat), "carrot", hammer)
    refused(store, found, "the task is done before the robot has moved")


def test_penetration_is_measured(store: AssetStore) -> None:
    found = scene(carrot=at(0.22, -0.12), plate=at(0.35, 0.08))
    config = EnvConfig()
    prepared = SceneLibrary(found, store).prepare(found.id)
    setup = draw(found, prepared.footprints, "none", config.randomization, generator(found, 0))
    simulation = CpuSimulation(prepared.assets, config.physics, config.camera, setup, render=False)
    names = [name for name, _, _ in prepared.assets.objects]
    assert [*penetrations(simulation, names)] == []
    carrot = simulation.world.objects[prepared.index(Role.source)]
    carrot.entity.pose = sapien.Pose([0.35, 0.08, -0.006])
    simulation.world.step(1)
    said = "; ".join(penetrations(simulation, names))
    assert "'carrot' is" in said and "mm inside" in said


@pytest.mark.render
@pytest.mark.usefixtures("drawing")
def test_the_evidence_is_what_the_robot_sees(store: AssetStore) -> None:
    judged = check_physics(scene(), store)
    assert judged.picture is not None
    assert judged.picture.shape == (240, 320, 3) and judged.picture.dtype == np.uint8
    assert judged.picture.std() > 20


def test_the_oracle_solves_a_shipped_scene(store: AssetStore) -> None:
    verdict = check_solvability(scene(), store)
    assert verdict.stage is Stage.solvability
    assert verdict.passed, verdict.reason
    assert verdict.reason.startswith("the oracle succeeds in 2 of 2 episodes, in ")
    assert check_solvability(scene(), store) == verdict


def test_the_oracle_cannot_take_what_is_too_large(store: AssetStore, tmp_path: Path) -> None:
    large = using(scene(), "carrot", assets.mushroom(tmp_path, 0.07))
    verdict = check_solvability(large, store, episodes=2, needed=2)
    assert not verdict.passed
    assert "0 of 1 episodes; it fails by" in verdict.reason


def test_a_scene_without_room(store: AssetStore, tmp_path: Path) -> None:
    huge = asset(tmp_path, "mat", [slab((0.4, 0.4, 0.01), (0.0, 0.0, 0.005), RED)])
    verdict = check_solvability(using(scene(), "bowl", huge), store)
    assert not verdict.passed
    assert "no room" in verdict.reason


@pytest.mark.parametrize("needed", [0, 4])
def test_more_successes_than_episodes_are_refused(store: AssetStore, needed: int) -> None:
    with pytest.raises(ValueError, match="needed"):
        check_solvability(scene(), store, episodes=3, needed=needed)
