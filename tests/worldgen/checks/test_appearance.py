"""Looks by measures: what the words claim and the asset does not show is found; all else passes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import AssetRef
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.checks.appearance import MeasuredAppearance
from gen3d_bench.worldgen.checks.views import UNLIT, AssetViews, studio
from gen3d_bench.worldgen.procedural.geometry import lathe
from gen3d_bench.worldgen.procedural.model import Material
from gen3d_bench.worldgen.procedural.shapes import arch, vessel
from gen3d_bench.worldgen.procedural.solids import drum, slab
from gen3d_bench.worldgen.verdict import Stage, Verdict

from . import assets
from .assets import BLACK, RED, asset, request, rough

pytestmark = [pytest.mark.render, pytest.mark.usefixtures("drawing")]

CHECKER = MeasuredAppearance()
CUP = vessel([(0.02, 0.0), (0.024, 0.004), (0.025, 0.06)], 0.003, 0.005, RED)


def seen(made: Asset) -> AssetViews:
    return studio(shader=UNLIT).views(made)


def looks(made: Asset, description: str) -> Verdict:
    return CHECKER.appearance(request(description), seen(made))


def aligned(made: Asset, description: str) -> Verdict:
    return CHECKER.alignment(request(description), seen(made))


def fails(verdict: Verdict, *words: str) -> None:
    assert not verdict.passed
    for word in words:
        assert word in verdict.reason


# ----------------------------------------------------------------------------------------------------------- Figure C.1

JAR = "matte black ceramic jar with a narrow neck and slightly textured finish"
REMOTE = "black plastic remote control with raised tactile buttons"


def test_the_jar_of_figure_c1(tmp_path: Path) -> None:
    good = assets.jar(tmp_path / "good", material=rough((0.07, 0.07, 0.08)))
    for verdict in (looks(good, JAR), aligned(good, JAR)):
        assert verdict.passed, verdict.reason
    two = assets.jar(tmp_path / "two", count=2, material=rough((0.07, 0.07, 0.08)))
    fails(looks(two, JAR), "separate things instead of one")
    fails(aligned(assets.jar(tmp_path / "straight", neck=False), JAR), "with neck: no, narrowest 100%")
    smooth = assets.jar(tmp_path / "smooth", material=Material((0.07, 0.07, 0.08), roughness=0.2))
    fails(looks(smooth, JAR), "textured: roughness 0.20", "matte: roughness 0.20")


def test_the_remote_control_of_figure_c1(tmp_path: Path) -> None:
    good = aligned(assets.remote(tmp_path / "good"), REMOTE)
    assert good.passed, good.reason
    bar = assets.remote(tmp_path / "bar", like_a_handle=True)
    fails(aligned(bar, REMOTE), "remote control faced: no", "with button: no, 0 buttons")
    fails(aligned(bar, "remote control"), "remote control faced: no")


# ----------------------------------------------------------------------------------------------------------- appearance


def test_the_shipped_assets_look_as_described(store: AssetStore) -> None:
    for scene in resolve_scenes(list(range(3, 100, 14))):
        refs = [("object", thing.asset) for thing in scene.objects] + [("table", scene.table)]
        for kind, ref in refs:
            wanted = AssetRequest(kind, ref.prompt, ref.prompt, 0)  # type: ignore[arg-type]
            views = seen(store.get(ref))
            for verdict in (CHECKER.appearance(wanted, views), CHECKER.alignment(wanted, views)):
                assert verdict.passed, f"{ref}: {verdict.reason}"


@pytest.mark.parametrize("made", ["red", "yellow", "green", "blue", "purple", "brown", "black", "white"])
def test_only_the_right_colour_passes(made: str, store: AssetStore) -> None:
    views = seen(store.get(AssetRef(generator="procedural", prompt=f"{made} bowl", seed=5)))
    passed = [
        color
        for color in ("red", "yellow", "green", "blue", "purple", "brown", "black", "white")
        if CHECKER.appearance(request(f"{color} bowl"), views).passed
    ]
    assert passed == [made]


def test_a_wrong_colour_is_named(tmp_path: Path) -> None:
    cube = asset(tmp_path, "cube", [slab((0.04, 0.04, 0.04), (0.0, 0.0, 0.02), RED)])
    verdict = looks(cube, "blue cube")
    fails(verdict, "blue is 0% of what is seen, at least 20.0% wanted; it is red 100%")
    assert verdict.stage is Stage.appearance and "measured" in verdict.method
    assert looks(cube, "red cube").passed


def test_further_colours_need_less_room(tmp_path: Path) -> None:
    ring = [(0.0245, 0.052), (0.0262, 0.052), (0.0262, 0.058), (0.0245, 0.058), (0.0245, 0.052)]
    rim = lathe(ring, Material((0.13, 0.32, 0.74)))
    cup = asset(tmp_path, "cup", [CUP.surface, rim])
    assert looks(cup, "red cup with a blue rim").passed
    fails(looks(cup, "red cup with a green rim"), "green is 0%")
    fails(looks(cup, "blue cup with a red rim"), "blue is")


@pytest.mark.parametrize("words", ["striped", "dotted", "checkered"])
def test_patterns_must_be_seen(words: str, store: AssetStore, tmp_path: Path) -> None:
    fails(looks(asset(tmp_path, "cup", [CUP.surface]), f"{words} red cup"), "0% stands out")
    made = store.get(AssetRef(generator="procedural", prompt=f"{words} red cup", seed=2))
    verdict = looks(made, f"{words} red cup")
    assert verdict.passed, verdict.reason


@pytest.mark.parametrize(
    ("finish", "roughness", "metallic"), [("matte", 0.9, 0.0), ("glossy", 0.1, 0.0), ("brushed metal", 0.4, 0.7)]
)
def test_finishes_are_those_of_the_material(finish: str, roughness: float, metallic: float, tmp_path: Path) -> None:
    def cube(folder: str, rough: float, metal: float) -> Asset:
        look = Material((0.5, 0.5, 0.5), roughness=rough, metallic=metal)
        return asset(tmp_path / folder, "cube", [slab((0.04, 0.04, 0.04), (0.0, 0.0, 0.02), look)])

    assert looks(cube("good", roughness, metallic), f"{finish} cube").passed
    assert not looks(cube("bad", 1.0 - roughness, 0.0), f"{finish} cube").passed


def test_a_thing_that_is_not_all_in_the_picture(tmp_path: Path) -> None:
    views = seen(asset(tmp_path, "cube", [slab((0.04, 0.04, 0.04), (0.0, 0.0, 0.02), RED)]))
    cut = replace(views, masks=views.masks[:, :, 96:], colors=views.colors[:, :, 96:])
    fails(CHECKER.appearance(request("cube"), cut), "does not show all of it")
    fails(CHECKER.appearance(request("cube"), replace(views, masks=np.zeros_like(views.masks))), "shows nothing")
    edge_on = replace(views, front=replace(views.front, heights=np.full_like(views.front.heights, np.nan)))
    for verdict in (CHECKER.appearance(request("cube"), edge_on), CHECKER.alignment(request("cube"), edge_on)):
        fails(verdict, "seen from ahead there is nothing")


# ------------------------------------------------------------------------------------------------------------ alignment


@pytest.mark.parametrize(
    ("size", "word", "passes"),
    [(0.06, "", True), (0.06, "small", True), (0.15, "", False), (0.135, "small", False), (0.055, "large", True),
     (0.042, "large", False)],
)  # fmt: skip
def test_sizes_are_those_of_the_kind(size: float, word: str, passes: bool, tmp_path: Path) -> None:
    cup = asset(tmp_path, "cup", [CUP.surface.scaled(size / 0.06)], [part * size / 0.06 for part in CUP.parts])
    verdict = aligned(cup, f"{word} red cup")
    assert verdict.passed is passes, verdict.reason


def test_a_cup_is_hollow(tmp_path: Path) -> None:
    assert "an opening 56 mm deep" in aligned(asset(tmp_path / "cup", "cup", [CUP.surface]), "red cup").reason
    fails(aligned(asset(tmp_path / "full", "cup", [drum(0.025, 0.0, 0.06, RED)]), "red cup"), "cup hollow: no")


def test_a_handle_that_is_asked_for(tmp_path: Path) -> None:
    loop = arch(0.03, 0.02, 0.003, RED).moved((0.023, 0.0, 0.03))
    with_handle = asset(tmp_path / "with", "cup", [CUP.surface, loop])
    assert "with handle: a loop" in aligned(with_handle, "cup with a round handle").reason
    fails(aligned(asset(tmp_path / "without", "cup", [CUP.surface]), "cup with a handle"), "with handle: no")


LONG = slab((0.14, 0.02, 0.02), (0.0, 0.0, 0.01), BLACK)
SQUARE = slab((0.05, 0.05, 0.05), (0.0, 0.0, 0.025), BLACK)
ROUND = drum(0.025, 0.0, 0.05, BLACK)
TALL = drum(0.012, 0.0, 0.06, BLACK)
LOW = drum(0.03, 0.0, 0.01, BLACK)


@pytest.mark.parametrize(
    ("word", "good", "bad"),
    [
        ("long", LONG, SQUARE),
        ("square", SQUARE, LONG.scaled((0.5, 1.0, 0.4))),
        ("round", ROUND, SQUARE),
        ("tall", TALL, LOW),
        ("short", LOW, TALL),
        ("wide", LOW, TALL),
        ("oval", ROUND.scaled((1.4, 1.0, 1.0)), SQUARE),
        ("rectangular", LONG, drum(0.02, 0.0, 0.04, BLACK, top=0.001)),
    ],
)
def test_words_for_shapes(word: str, good, bad, tmp_path: Path) -> None:
    verdict = aligned(asset(tmp_path / "good", "gizmo", [good]), f"{word} gizmo")
    assert verdict.passed, verdict.reason
    fails(aligned(asset(tmp_path / "bad", "gizmo", [bad]), f"{word} gizmo"), f"said to be {word}: no")


@pytest.mark.parametrize(
    ("kind", "made"),
    [("pen", SQUARE), ("plate", SQUARE.scaled(2.0)), ("apple", LONG.scaled(0.7)), ("tennis ball", SQUARE)],
)
def test_kinds_have_shapes(kind: str, made, tmp_path: Path) -> None:
    fails(aligned(asset(tmp_path, kind, [made]), kind), f"{kind} ", ": no")


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    gizmo = asset(tmp_path, "gizmo", [SQUARE])
    verdict = aligned(gizmo, "whimsical curved gizmo with a spout")
    assert verdict.passed
    assert "not judged: " in verdict.reason
    for word in ("whimsical", "curved", "spout", "gizmo"):
        assert word in verdict.reason
    assert looks(gizmo, "transparent gizmo").reason == "one thing; not judged: clear"
    assert aligned(gizmo, "gizmo").reason == "not judged: gizmo"


# ---------------------------------------------------------------------------------------------------------------- views


def test_views_show_the_asset_and_nothing_else(tmp_path: Path) -> None:
    views = seen(assets.remote(tmp_path))
    assert views.pictures.shape == (4, 192, 192, 3) and views.pictures.dtype == np.uint8
    assert views.masks.shape == (4, 192, 192) and views.sheet.shape == (192, 768, 3)
    assert np.nanmax(views.top.heights) == pytest.approx(0.0195, abs=1e-4)
    assert np.count_nonzero(views.side.mask.any(axis=0)) * views.side.pixel == pytest.approx(0.16, abs=0.003)
    assert np.count_nonzero(views.front.mask.any(axis=0)) * views.front.pixel == pytest.approx(0.042, abs=0.003)
    again = seen(assets.remote(tmp_path / "again"))
    assert (views.pictures == again.pictures).all() and (views.colors == again.colors).all()


@pytest.mark.slow
def test_pictures_are_lit(tmp_path: Path) -> None:
    cube = asset(tmp_path, "cube", [slab((0.04, 0.04, 0.04), (0.0, 0.0, 0.02), RED)])
    lit, bare = studio().views(cube), seen(cube)
    assert lit.pictures[0][lit.masks[0]].std(axis=0)[0] > 10 > bare.pictures[0][bare.masks[0]].std(axis=0)[0]
    assert (lit.masks == bare.masks).all()


def test_without_a_renderer_nothing_is_seen(tmp_path: Path) -> None:
    code = """
from gen3d_bench.doctor.rendering import RenderingUnavailable
from gen3d_bench.worldgen.checks.views import studio
try:
    studio()
except RenderingUnavailable:
    print("unavailable")
"""
    environment = {
        **os.environ,
        "VK_ICD_FILENAMES": str(tmp_path / "none.json"),
        "VK_DRIVER_FILES": str(tmp_path / "none"),
    }
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["unavailable"]


def test_the_checker_goes_to_worker_processes(tmp_path: Path) -> None:
    views = seen(asset(tmp_path, "cube", [slab((0.04, 0.04, 0.04), (0.0, 0.0, 0.02), RED)]))
    checker, copied = pickle.loads(pickle.dumps((CHECKER, views)))
    assert checker.appearance(request("red cube"), copied) == CHECKER.appearance(request("red cube"), views)
