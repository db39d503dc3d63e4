"""Stationery, books, household things, electronics and flat things: sound, graspable, at rest, as coloured as asked."""

from __future__ import annotations

import colorsys
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial import ConvexHull

from gen3d_bench.worldgen.procedural.assetfiles import write_collision
from gen3d_bench.worldgen.procedural.families import FAMILIES, books, desk, electronics, flat, household, stationery
from gen3d_bench.worldgen.procedural.generator import specification
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, MAX_PARTS, ObjectModel
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.spec import Spec

OURS = {f.name: f for module in (stationery, desk, books, household, electronics, flat) for f in module.FAMILIES}
GRASPABLE = [name for name, family in OURS.items() if family.graspable]
SEEDS = range(4)
FLAT_TARGETS_M = {
    "napkin": ((0.14, 0.17), (0.13, 0.17), 0.0065),
    "towel": ((0.15, 0.185), (0.13, 0.16), 0.008),
    "mouse_pad": ((0.16, 0.18), (0.13, 0.15), 0.0045),
    "cutting_board": ((0.165, 0.19), (0.12, 0.14), 0.0145),
    "chessboard": ((0.16, 0.18), (0.16, 0.18), 0.0105),
    "open_notebook": ((0.18, 0.195), (0.13, 0.145), 0.015),
}
"""Ranges of length and width, and greatest height."""


def make(name: str, seed: int, color: str | None = None) -> ObjectModel:
    return OURS[name].build(Spec(name, name, COLORS[color] if color else None), np.random.default_rng(seed))


made = lru_cache(maxsize=512)(make)
"""Many tests look at these models and none changes them."""


def bounds(points: np.ndarray) -> np.ndarray:
    return np.stack([points.min(axis=0), points.max(axis=0)])


def seen(model: ObjectModel) -> np.ndarray:
    return np.vstack([s.vertices for s in model.surfaces])


def center_of_mass(model: ObjectModel) -> np.ndarray:
    """Of the convex parts; where they overlap, the overlap counts twice, as it does in the simulator."""
    hulls = [trimesh.convex.convex_hull(part) for part in model.collision]
    return np.average([h.center_mass for h in hulls], axis=0, weights=[h.volume for h in hulls])


def width_at(model: ObjectModel, point: np.ndarray, angle: float, half_finger: float = 0.004) -> float:
    """Extent (m) along a horizontal direction of what lies between two fingers closing on a point from above."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    spread = []
    for part in model.collision:
        hull = ConvexHull(part)
        edges = part[hull.simplices][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2, 3)
        t = np.linspace(0, 1, 41)[None, :, None]
        line = (edges[:, :1] * (1 - t) + edges[:, 1:] * t).reshape(-1, 3)[:, :2] - point[:2]
        spread.append(line[np.abs(line @ across) < half_finger] @ along)
    values = np.concatenate(spread)
    return float(np.ptp(values)) if len(values) else 0.0


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_model_is_closed_light_and_stands_on_its_origin(name: str, seed: int) -> None:
    model = made(name, seed)
    low, high = bounds(seen(model))
    assert abs(low[2]) < 1e-9
    assert np.abs((low + high)[:2]).max() < 1e-9
    assert sum(len(s.faces) for s in model.surfaces) <= 6000
    for surface in model.surfaces:
        mesh = trimesh.Trimesh(np.round(surface.vertices, 7), surface.faces, process=False)
        mesh.merge_vertices(merge_tex=True, merge_norm=True)
        assert mesh.is_watertight
        assert mesh.volume > 0
        texture = surface.material.texture
        assert texture is None or max(texture.shape[:2]) <= 256


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_hulls_are_few_small_and_follow_what_is_seen(name: str, seed: int) -> None:
    model = made(name, seed)
    assert 1 <= len(model.collision) <= MAX_PARTS
    assert all(4 <= len(part) <= MAX_PART_VERTICES for part in model.collision)
    visible, solid = bounds(seen(model)), bounds(np.vstack(model.collision))
    assert np.abs(visible - solid)[:, :2].max() < 0.011
    assert abs(solid[0, 2]) < 0.0006
    assert np.abs(visible - solid)[1, 2] < 0.0045


@pytest.mark.parametrize("name", GRASPABLE)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_gripper_from_above_can_take_it_at_its_centre_of_mass(name: str, seed: int) -> None:
    model = made(name, seed)
    center = center_of_mass(model)
    widths = [width_at(model, center, angle) for angle in np.linspace(0, np.pi, 37)]
    assert any(0.014 <= w <= 0.048 for w in widths)
    assert bounds(np.vstack(model.collision))[1, 2] >= 0.014


@pytest.mark.parametrize("name", FLAT_TARGETS_M)
@pytest.mark.parametrize("seed", SEEDS)
def test_flat_targets_are_flat_and_large_enough(name: str, seed: int) -> None:
    model = made(name, seed)
    length, width, height = np.ptp(seen(model), axis=0)
    (shortest, longest), (narrowest, widest), highest = FLAT_TARGETS_M[name]
    assert shortest <= length <= longest
    assert narrowest <= width <= widest
    assert height <= highest
    assert len(model.collision) <= 2


@pytest.mark.parametrize("name", OURS)
def test_seeds_differ_and_repeat(name: str) -> None:
    first, again, other = (make(name, seed) for seed in (1, 1, 2))
    for a, b in zip(first.surfaces, again.surfaces, strict=True):
        assert a.vertices.tobytes() == b.vertices.tobytes()
        assert np.array_equal(np.asarray(a.material.texture), np.asarray(b.material.texture))
    assert not np.allclose(np.ptp(seen(first), axis=0), np.ptp(seen(other), axis=0), atol=1e-5)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("color", ["red", "blue", "white", "black"])
def test_the_colour_of_the_name_is_seen(name: str, color: str) -> None:
    """A good part of the surface has the hue, or the lightness, that was asked for (pages and lampshades aside)."""
    model = made(name, 1, color)
    shares, total = 0.0, 0.0
    for surface in model.surfaces:
        triangles = surface.vertices[surface.faces]
        normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        area = np.linalg.norm(normals, axis=1).sum() / 2
        texture = surface.material.texture
        plain = np.array([surface.material.base_color])
        pixels = plain if texture is None else texture[::4, ::4].reshape(-1, 3) / 255.0
        shares += area * np.mean([_is(color, pixel) for pixel in pixels])
        total += area
    assert shares / total > {"open_notebook": 0.08, "lamp": 0.08, "book": 0.2}.get(name, 0.25)


def _is(color: str, rgb: np.ndarray) -> bool:
    hue, saturation, value = colorsys.rgb_to_hsv(*rgb)
    if color == "white":
        return value > 0.7 and saturation < 0.25
    if color == "black":
        return value < 0.25
    target = colorsys.rgb_to_hsv(*COLORS[color])[0]
    return saturation > 0.4 and min(abs(hue - target), 1 - abs(hue - target)) < 0.06


@pytest.mark.parametrize("name", OURS)
def test_it_stays_where_it_is_put(name: str, tmp_path: Path) -> None:
    """Set down 2 mm above a plane, a second later it lies there, upright and still."""
    sapien = pytest.importorskip("sapien")
    model = made(name, 2)
    scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
    scene.set_timestep(1 / 500)
    ground = scene.create_actor_builder()
    ground.add_box_collision(sapien.Pose([0, 0, -0.05]), [1, 1, 0.05], sapien.physx.PhysxMaterial(1.0, 1.0, 0.0))
    ground.build_static()
    path = tmp_path / f"{name}.obj"
    write_collision(model.collision, path)
    builder = scene.create_actor_builder()
    material = sapien.physx.PhysxMaterial(model.friction, model.friction, 0.0)
    upright = sapien.Pose(q=[0.5**0.5, 0.5**0.5, 0, 0])
    builder.add_multiple_convex_collisions_from_file(str(path), upright, material=material, density=model.density)
    actor = builder.build()
    actor.set_pose(sapien.Pose([0, 0, 0.002]))
    for _ in range(500):
        scene.step()
    matrix = actor.pose.to_transformation_matrix()
    assert np.linalg.norm(matrix[:2, 3]) < 0.001
    assert abs(matrix[2, 3]) < 0.001
    assert matrix[2, 2] > np.cos(np.radians(1.0))
    body = actor.find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)
    assert np.linalg.norm(body.linear_velocity) < 0.001
    assert np.linalg.norm(body.angular_velocity) < 0.01


@pytest.mark.parametrize(
    ("prompt", "family"),
    [
        ("black pen", "pen"),
        ("red pencil", "pencil"),
        ("dry erase eraser", "dry_erase_eraser"),
        ("white mouse", "mouse"),
        ("mouse pad", "mouse_pad"),
        ("open notebook", "open_notebook"),
        ("wooden cutting board", "cutting_board"),
        ("white ping-pong ball", "ping_pong_ball"),
        ("tennis ball", "tennis_ball"),
        ("chessboard", "chessboard"),
        ("chess pawn", "chess_pawn"),
        ("yellow brush", "brush"),
        ("remote control", "remote_control"),
        ("lego brick", "lego_brick"),
    ],
)
def test_names_of_the_papers_tables_find_their_family(prompt: str, family: str) -> None:
    assert specification(prompt).family == family
    assert FAMILIES[family] is OURS[family]
