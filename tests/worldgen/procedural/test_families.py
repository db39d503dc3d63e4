from __future__ import annotations

import colorsys

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from gen3d_bench.worldgen.procedural.assetfiles import bounds, hull, welded
from gen3d_bench.worldgen.procedural.families import FAMILIES, NOUNS
from gen3d_bench.worldgen.procedural.generator import mass_kg, specification
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, MAX_PARTS, ObjectModel, Surface

from .names import ALL, SOURCES, TARGETS, built

SEEDS = (0, 1, 2)
MAX_TRIANGLES = 6500
GRIP_M = (0.014, 0.048)
FINGER_M = 0.012
"""Width of a fingertip: what it takes hold of must be this long."""


def closed_mesh(surface: Surface) -> trimesh.Trimesh:
    """The surface with its texture seams merged."""
    index = welded(surface.vertices)
    faces = index[surface.faces]
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    _, first = np.unique(index, return_index=True)
    return trimesh.Trimesh(surface.vertices[first], faces[whole], process=False)


@pytest.mark.parametrize("name", sorted(FAMILIES))
@pytest.mark.parametrize("seed", SEEDS)
def test_surfaces_are_closed_and_parts_convex_and_few(name: str, seed: int) -> None:
    model = built(FAMILIES[name].nouns[0], seed)
    for surface in model.surfaces:
        mesh = closed_mesh(surface)
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.volume > 0
        assert np.isfinite(surface.vertices).all()
        assert len(surface.uv) == len(surface.vertices)
    assert sum(len(s.faces) for s in model.surfaces) <= MAX_TRIANGLES
    assert 1 <= len(model.collision) <= MAX_PARTS
    for part in model.collision:
        assert len(part) <= MAX_PART_VERTICES
        assert hull(part)[2] > 0


@pytest.mark.parametrize("name", ALL)
def test_stands_on_its_base_about_its_origin(name: str) -> None:
    model = built(name, 0)
    low, high = bounds(model)
    assert low[2] == pytest.approx(0.0, abs=1e-6)
    assert low[0] < 0 < high[0]
    assert low[1] < 0 < high[1]
    assert high[2] <= (0.11 if name in {*SOURCES, *TARGETS} else 0.20)


@pytest.mark.parametrize("name", ALL)
def test_collision_fits_what_is_seen(name: str) -> None:
    model = built(name, 1)
    points = np.vstack(model.collision)
    seen = bounds(model)
    assert np.abs(points.min(axis=0) - seen[0]).max() < 0.010
    assert np.abs(points.max(axis=0) - seen[1]).max() < 0.010
    assert abs(points[:, 2].min()) < 0.001


@pytest.mark.parametrize("name", ALL)
def test_weighs_what_a_gripper_can_lift(name: str) -> None:
    assert 0.002 <= mass_kg(built(name, 0)) <= 0.4


def grip_widths(model: ObjectModel) -> NDArray[np.float64]:
    """[N] thickness (m) of finger-wide bands through the object, over 12 directions, where they rise above 9 mm."""
    meshes = [trimesh.Trimesh(*hull(part)[:2], process=False) for part in model.collision]
    points = np.vstack([trimesh.sample.sample_surface(m, 1500, seed=0)[0] for m in meshes])
    top = points[:, 2].max()
    reachable = points[points[:, 2] > top - 0.030]  # fingers reach about 3 cm down beside what they hold
    widths = []
    for turn in np.linspace(0.0, np.pi, 12, endpoint=False):
        across = reachable[:, 0] * np.cos(turn) + reachable[:, 1] * np.sin(turn)
        along = -reachable[:, 0] * np.sin(turn) + reachable[:, 1] * np.cos(turn)
        for start in np.arange(along.min(), along.max() - FINGER_M, 0.004):
            band = (along >= start) & (along <= start + FINGER_M)
            if band.sum() > 20 and reachable[band, 2].max() > 0.009:
                widths.append(np.ptp(across[band]))
    return np.array(widths)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("seed", SEEDS)
def test_sources_can_be_gripped_from_above(name: str, seed: int) -> None:
    widths = grip_widths(built(name, seed))
    assert ((widths >= GRIP_M[0]) & (widths <= GRIP_M[1])).any()


@pytest.mark.parametrize("name", SOURCES)
def test_sources_belong_to_graspable_families(name: str) -> None:
    assert FAMILIES[specification(name).family].graspable


def room_inside(model: ObjectModel) -> float:
    """Diameter (m) of the widest upright cylinder about the axis that is free from half its height upwards."""
    half = bounds(model)[1, 2] / 2
    meshes = [trimesh.Trimesh(*hull(part)[:2], process=False) for part in model.collision]
    points = np.vstack([trimesh.sample.sample_surface(m, 3000, seed=0)[0] for m in meshes])
    upper = points[points[:, 2] > half]
    return 2 * float(np.hypot(upper[:, 0], upper[:, 1]).min())


WIDE = {"bowl": 0.09, "fruit bowl": 0.09, "pot": 0.09, "soup pot": 0.09, "saucepan": 0.09, "metal colander": 0.09,
        "basket": 0.09, "round container": 0.09, "plastic bucket": 0.09, "red box": 0.085, "plastic bin": 0.085,
        "sink basin": 0.075, "cardboard box": 0.08, "black jar": 0.068, "pen holder": 0.068, "utensil holder": 0.07,
        "mug": 0.055, "blue cup": 0.033}


@pytest.mark.parametrize(("name", "width"), WIDE.items())
@pytest.mark.parametrize("seed", SEEDS)
def test_hollow_things_are_hollow(name: str, width: float, seed: int) -> None:
    model = built(name, seed)
    assert model.hollow
    assert room_inside(model) >= width


@pytest.mark.parametrize(
    "name", ["plate", "round plate", "square plate", "fruit plate", "white dish", "tray", "metal tray"]
)
def test_plates_and_trays_are_wide_and_low(name: str) -> None:
    low, high = bounds(built(name, 1))
    assert (high - low)[:2].min() >= 0.12
    assert (high - low)[:2].max() <= 0.205  # with handles
    assert high[2] <= 0.021


def mean_color(model: ObjectModel) -> NDArray[np.float64]:
    """Mean sRGB [3] over the surface, by area."""
    total, weight = np.zeros(3), 0.0
    for surface in model.surfaces:
        area = float(closed_mesh(surface).area)
        texture = surface.material.texture
        paint = np.asarray(surface.material.base_color)
        total += area * paint * (1.0 if texture is None else texture.reshape(-1, 3).mean(axis=0) / 255.0)
        weight += area
    return total / weight


HUES = {"red": 0.0, "orange": 0.08, "yellow": 0.14, "green": 0.32, "blue": 0.61, "purple": 0.77, "pink": 0.95}


@pytest.mark.parametrize(
    "thing", ["cup", "plate", "napkin", "basket", "box", "teapot", "bowl", "tray", "marker", "eraser"]
)
@pytest.mark.parametrize("color", ["red", "yellow", "green", "blue", "purple"])
def test_colours_are_respected(thing: str, color: str) -> None:
    hue, saturation, _ = colorsys.rgb_to_hsv(*mean_color(built(f"{color} {thing}", 5)))
    away = abs((hue - HUES[color] + 0.5) % 1.0 - 0.5)
    assert away < 0.07
    assert saturation > 0.3


@pytest.mark.parametrize("thing", ["cup", "mug", "plate", "bowl", "jar"])
def test_black_and_white_are_told_apart(thing: str) -> None:
    black, white = (mean_color(built(f"{color} {thing}", 6)).mean() for color in ("black", "white"))
    assert black < 0.35
    assert white > 0.75


@pytest.mark.parametrize("name", sorted({*SOURCES, *TARGETS}))
def test_seeds_change_shape(name: str) -> None:
    sizes = [tuple(np.ptp(bounds(built(name, seed)), axis=0).round(5)) for seed in SEEDS]
    assert len(set(sizes)) > 1


def test_no_noun_means_two_families() -> None:
    nouns = [noun for family in FAMILIES.values() for noun in family.nouns]
    assert len(nouns) == len(set(nouns)) == len(NOUNS)
    assert all(key == family.name for key, family in FAMILIES.items())
