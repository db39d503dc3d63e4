"""Convex parts: given ones are taken only if they fit, computed ones keep cavities, and failures leave a hull."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
import trimesh

from gen3d_bench.worldgen.checks.hollows import hollow_of
from gen3d_bench.worldgen.interchange.decompose import ChildError, collision_parts, decomposed, run_child
from gen3d_bench.worldgen.interchange.hulls import bodies, hull_points, is_convex, merged, reduced, volume
from gen3d_bench.worldgen.interchange.limits import MeshError
from gen3d_bench.worldgen.interchange.shape import Shape, joined

from .meshfiles import cup
from .test_cleanup import shape_of

pytest.importorskip("coacd")


def box(size: tuple[float, float, float], at: tuple[float, float, float] = (0, 0, 0)) -> Shape:
    return shape_of(trimesh.creation.box(size, trimesh.transformations.translation_matrix(at)))


LEGS = [box((0.1, 0.02, 0.02)), box((0.02, 0.02, 0.1), (-0.04, 0, 0.06))]
"""An L of two boxes."""
CRASH = (sys.executable, "-c", "import os; os.abort()")
HANG = (sys.executable, "-c", "import time; time.sleep(600)")
SAY_NO = (sys.executable, "-c", "raise SystemExit('no such luck')")
DO_NOTHING = (sys.executable, "-c", "")


def test_a_cup_keeps_its_cavity() -> None:
    seen = shape_of(cup())
    found = decomposed(seen, 16, 64, 120)
    assert hollow_of(found).depth > 0.06
    assert sum(map(volume, found)) < 0.5 * volume(hull_points(seen.points))


def test_given_parts_that_fit_are_taken() -> None:
    parts = collision_parts(joined(LEGS), LEGS, 16, 64, 1, command=CRASH)
    assert len(parts.points) == 2
    assert parts.volume == pytest.approx(0.1 * 0.02**2 + 0.02**2 * 0.1)
    assert parts.note.startswith("2 given collision parts")


def test_one_mesh_of_several_bodies_is_as_good_as_o_blocks() -> None:
    assert len(collision_parts(joined(LEGS), [joined(LEGS)], 16, 64, 1, command=CRASH).points) == 2


@pytest.mark.parametrize(("given", "reason"), [
    ([box((0.1, 0.02, 0.12), (0, 0, 0.05))], "do not fit"),
    ([box((0.1, 0.02, 0.02))], "bounding box"),
    ([part.moved(np.diag([1000.0, 1000, 1000, 1])) for part in LEGS], "bounding box"),
    ([shape_of(cup(0.05, 0.1))], "not convex"),
])  # fmt: skip
def test_given_parts_that_do_not_fit_are_replaced(given: list[Shape], reason: str) -> None:
    parts = collision_parts(joined(LEGS), given, 16, 64, 120)
    assert "computed" in parts.note
    assert reason in parts.note
    assert parts.fit.good


@pytest.mark.parametrize(("command", "reason"), [
    (CRASH, "SIGABRT"), (HANG, "more than 0.5 s"), (SAY_NO, "no such luck"), (DO_NOTHING, "no result"),
    (("/nowhere/coacd",), "could not be started"),
])  # fmt: skip
def test_whatever_becomes_of_the_child_a_hull_that_fits_is_left(command: tuple[str, ...], reason: str) -> None:
    begin = time.monotonic()
    parts = collision_parts(box((0.1, 0.02, 0.02)), None, 16, 64, 0.5, command=command)
    assert time.monotonic() - begin < 10
    assert reason in parts.note
    assert "convex hull" in parts.note
    assert len(parts.points) == 1
    assert parts.fit.good


def test_a_hull_that_does_not_fit_is_no_result() -> None:
    with pytest.raises(MeshError, match="no such luck"):
        collision_parts(joined(LEGS), None, 16, 64, 10, command=SAY_NO)


def test_nothing_is_imported_from_where_the_user_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("coacd", "numpy"):
        (tmp_path / f"{name}.py").write_text("open('run', 'w'); raise SystemExit('taken in')")
    monkeypatch.chdir(tmp_path)
    for folder in ("", str(tmp_path)):
        monkeypatch.setattr(sys, "path", [*sys.path, folder])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert len(decomposed(box((0.03, 0.03, 0.03)), 16, 64, 100)) == 1
    assert not (tmp_path / "run").exists()


def test_a_child_that_fails_is_told() -> None:
    with pytest.raises(ChildError, match="no such luck"):
        run_child(SAY_NO, 10)


def test_the_real_child_is_ended_in_time() -> None:
    with pytest.raises(ChildError, match="more than"):
        decomposed(shape_of(cup()), 16, 64, 0.01)


def test_many_parts_are_merged_where_it_matters_least() -> None:
    row = [hull_points(box((0.01, 0.01, 0.01), (0.01 * k, 0, 0)).points) for k in range(30)]
    bar = merged(row, 4, 64)
    assert len(bar) == 4
    assert sum(map(volume, bar)) == pytest.approx(30e-6)
    ring = [hull_points(body.points[np.unique(body.faces)]) for body in bodies([
        box((0.01, 0.01, 0.05), (0.05 * np.cos(t), 0.05 * np.sin(t), 0)) for t in np.linspace(0, 2 * np.pi, 40)[:-1]
    ])]  # fmt: skip
    assert hollow_of([np.vstack(p) + (0, 0, 0.025) for p in [*merged(ring, 14, 64), hull_points(
        box((0.1, 0.1, 0.004), (0, 0, -0.023)).points)]]).depth > 0.03  # fmt: skip


def test_reduced_parts_keep_their_shape() -> None:
    ball = np.asarray(trimesh.creation.icosphere(4, 0.05).vertices)
    less = reduced(ball, 64)
    assert len(less) <= 64
    assert volume(less) > 0.85 * volume(ball)
    assert np.ptp(less, axis=0) == pytest.approx(np.ptp(ball, axis=0))


def test_a_sheet_gets_a_thickness() -> None:
    sheet = np.array([[0, 0, 0], [0.1, 0, 0], [0.1, 0.1, 0], [0, 0.1, 0]], float)
    assert volume(hull_points(sheet)) == pytest.approx(0.1 * 0.1 * 0.001)


def test_convex_or_not() -> None:
    assert is_convex(shape_of(trimesh.creation.icosphere(2, 0.05)))
    assert not is_convex(shape_of(cup()))
