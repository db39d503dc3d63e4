"""Things on a table of their own: what stands and can be taken passes, what falls, rolls or is too wide does not."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import Role
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.checks.geometry import check_geometry
from gen3d_bench.worldgen.checks.handling import check_handling
from gen3d_bench.worldgen.procedural.geometry import lathe
from gen3d_bench.worldgen.procedural.shapes import vessel
from gen3d_bench.worldgen.procedural.solids import drum, slab
from gen3d_bench.worldgen.verdict import Stage

from . import assets
from .assets import RED, asset, facts, request

BLOCK = slab((0.04, 0.04, 0.04), (0.0, 0.0, 0.02), RED)
CUP = vessel([(0.02, 0.0), (0.024, 0.004), (0.025, 0.06)], 0.003, 0.005, RED)


def test_the_shipped_objects_can_be_handled(store: AssetStore) -> None:
    """Those of four scenes, each in its role."""
    for scene in resolve_scenes(list(range(5, 100, 25))):
        holds = {Role.target: scene.relations[0].relation == "IN"}
        for thing in scene.objects:
            wanted = AssetRequest("object", thing.name, thing.name, 0, thing.role is Role.source, holds.get(thing.role))
            verdict = check_handling(wanted, store.get(thing.asset))
            assert verdict.passed, f"{scene.id}, {thing.name}: {verdict.reason}"


def test_a_pass_says_what_was_found(tmp_path: Path) -> None:
    verdict = check_handling(request("red cube", grasped=True), asset(tmp_path, "cube", [BLOCK]))
    assert verdict.passed
    assert verdict.stage is Stage.handling
    assert "firm grasps from above, the best 4" in verdict.reason
    assert pickle.loads(pickle.dumps(check_handling)) is check_handling


def says(verdict, *words: str) -> None:
    assert not verdict.passed
    for word in words:
        assert word in verdict.reason


def test_a_mushroom_too_large_for_the_gripper(tmp_path: Path) -> None:
    """Figure C.1, lower middle."""
    wanted = request("mushroom", grasped=True)
    assert check_handling(wanted, assets.mushroom(tmp_path / "small")).passed
    says(check_handling(wanted, assets.mushroom(tmp_path / "large", 0.09)), "gripper cannot take it: 90 x 90 mm")


def test_what_is_not_taken_may_be_large(tmp_path: Path) -> None:
    assert check_handling(request("mushroom"), assets.mushroom(tmp_path, 0.09)).passed


def test_a_carrot_that_rolls_off(tmp_path: Path) -> None:
    """Figure C.1, lower right."""
    wanted = request("carrot", grasped=True)
    assert check_handling(wanted, assets.carrot(tmp_path / "lying")).passed
    says(check_handling(wanted, assets.carrot(tmp_path / "rolling", round_like_a_rod=True)), "rolls or slides")


def test_a_thing_that_a_push_tips_over(tmp_path: Path) -> None:
    says(check_handling(request("pawn"), asset(tmp_path, "pawn", [drum(0.003, 0.0, 0.06, RED)])), "makes it fall over")


def test_a_thing_that_falls_over_by_itself(tmp_path: Path) -> None:
    leaning = slab((0.02, 0.02, 0.1), (0.0, 0.0, 0.05), RED)
    vertices = leaning.vertices + np.outer(leaning.vertices[:, 2], (0.5, 0.0, 0.0))
    tower = asset(tmp_path, "tower", [replace(leaning, vertices=vertices)])
    says(check_handling(request("tower"), tower), "left alone it falls over")


def test_a_thing_that_stands_on_a_point(tmp_path: Path) -> None:
    ball = lathe([(0.02 * np.sin(t), 0.02 - 0.02 * np.cos(t)) for t in np.linspace(0, np.pi, 9)], RED, 7)
    says(
        check_handling(request("ball"), asset(tmp_path, "ball", [ball.moved((0.0, 0.0, 0.02))])), "left alone it moves"
    )


@pytest.mark.parametrize(("width", "fits"), [(0.010, False), (0.02, True), (0.048, True), (0.056, False)])
def test_widths_that_the_gripper_takes(width: float, fits: bool, tmp_path: Path) -> None:
    made = asset(tmp_path, "block", [slab((0.09, width, 0.03), (0.0, 0.0, 0.015), RED)])
    verdict = check_handling(request("block", grasped=True), made)
    assert verdict.passed is fits, verdict.reason


def test_what_holds_things(tmp_path: Path) -> None:
    wanted = request("red cup", holds=True)
    good = asset(tmp_path / "good", "cup", [CUP.surface], CUP.parts, hollow=True)
    verdict = check_handling(wanted, good)
    assert verdict.passed and "an opening 55 mm deep" in verdict.reason
    says(check_handling(wanted, facts(good, hollow=False)), "does not call it hollow")
    says(
        check_handling(wanted, asset(tmp_path / "full", "cup", [CUP.surface], hollow=True)), "nothing can be put in it"
    )
    says(check_handling(wanted, assets.plate(tmp_path / "plate")), "nothing can be put in it", "10 mm deep")
    assert check_handling(request("plate", holds=False), assets.plate(tmp_path / "plate")).passed


def test_parts_that_physics_does_not_take(tmp_path: Path) -> None:
    made = asset(tmp_path, "cube", [BLOCK])
    says(check_handling(request("cube"), facts(made, parts=2)), "1 of 2 accepted")
    (tmp_path / "collision.obj").write_text("")
    says(check_handling(request("cube"), made), "collision.obj holds no parts")


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\n", "a part without volume"),
        ("v nan 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nv 1 1 1\n", "no numbers"),
        ("v 0 0 0\n", "a part without volume"),
        ("v 0 0\n", "cannot be read"),
    ],
)
def test_parts_that_are_no_bodies(points: str, reason: str, tmp_path: Path) -> None:
    for made in (asset(tmp_path / "cube", "cube", [BLOCK]), assets.table(tmp_path / "table")):
        (made.folder / "collision.obj").write_text(f"o part\n{points}")
        verdicts = [check_geometry(made), check_handling(request("cube"), made)]
        verdicts.append(check_handling(request("cube", grasped=True, holds=True), made))
        for verdict in verdicts:
            says(verdict, reason)
