"""Tables are flat, solid and varied; rooms are light, keep clear of the table, and follow their prompt."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest
import trimesh
from scipy.spatial import ConvexHull

from gen3d_bench.worldgen.procedural.kinship import specification
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.rooms import CLEAR_X_M, CLEAR_Y_M, KINDS, build_room
from gen3d_bench.worldgen.procedural.spec import Spec
from gen3d_bench.worldgen.procedural.tables import build_table

SEEDS = range(100)


@functools.cache
def table(seed: int, prompt: str = "table") -> ObjectModel:
    return build_table(specification(prompt), np.random.default_rng(seed))


@functools.cache
def room(seed: int, prompt: str = "room") -> ObjectModel:
    return build_room(specification(prompt), np.random.default_rng(seed))


def mesh_of(surface: Surface) -> trimesh.Trimesh:
    mesh = trimesh.Trimesh(np.round(surface.vertices, 7), surface.faces, process=False)
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    return mesh


def points_on(model: ObjectModel, count: int = 20_000) -> np.ndarray:
    """[count, 3] points spread over all that is seen."""
    mesh = trimesh.util.concatenate([trimesh.Trimesh(s.vertices, s.faces, process=False) for s in model.surfaces])
    return np.asarray(trimesh.sample.sample_surface(mesh, count, seed=0)[0])


def hits_any(triangles: np.ndarray, origin: np.ndarray, ray: np.ndarray) -> bool:
    """Moeller and Trumbore's test of one ray against triangles [F, 3, 3]."""
    corner, first, second = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    cross = np.cross(ray, second)
    scale = np.einsum("fi,fi->f", first, cross)
    scale = np.where(np.abs(scale) < 1e-12, np.inf, scale)
    offset = origin - corner
    other = np.cross(offset, first)
    u, v = np.einsum("fi,fi->f", offset, cross) / scale, (other @ ray) / scale
    along = np.einsum("fi,fi->f", second, other) / scale
    return bool(((u >= 0) & (v >= 0) & (u + v <= 1) & (along > 0)).any())


def mean_color(surface: Surface) -> np.ndarray:
    texture = surface.material.texture
    own = np.asarray(surface.material.base_color)
    return own if texture is None else own * texture.reshape(-1, 3).mean(axis=0) / 255.0


def spines(model: ObjectModel) -> int:
    """Triangles painted with books: the only material of this roughness."""
    return sum(len(s.faces) for s in model.surfaces if s.material.roughness == 0.85)


@pytest.mark.parametrize("seed", range(25))
def test_a_table_is_flat_solid_and_of_table_size(seed: int) -> None:
    model = table(seed)
    points = np.vstack([s.vertices for s in model.surfaces])
    top = points_on(model)
    assert points[:, 2].max() == 0.0
    assert -0.78 - 1e-9 <= points[:, 2].min() <= -0.72 + 1e-9
    (prism,) = model.collision
    assert len(prism) <= MAX_PART_VERTICES
    assert prism[:, 2].max() == 0.0
    assert 0.02 <= np.ptp(prism[:, 2]) <= 0.05
    depth, width, _ = np.ptp(prism, axis=0)
    assert 0.69 <= depth <= 0.95
    assert 0.98 <= width <= 1.41
    # where objects are placed (in the table's frame the robot base is at x = -0.3) the top is seen at z = 0
    inside = (np.abs(top[:, 0]) < 0.25) & (np.abs(top[:, 1]) < 0.3) & (top[:, 2] > -0.004)
    assert inside.sum() > 100
    assert np.abs(top[inside, 2]).max() == 0.0
    hull = ConvexHull(prism[:, :2])
    corners = np.array([(x, y) for x in (-0.26, 0.25) for y in (-0.3, 0.3)])
    assert (hull.equations[:, :2] @ corners.T + hull.equations[:, 2:]).max() < 0.0


@pytest.mark.parametrize("seed", range(25))
def test_tables_are_closed_and_light(seed: int) -> None:
    model = table(seed)
    assert len(model.surfaces) <= 5
    assert sum(len(s.faces) for s in model.surfaces) <= 3000
    for surface in model.surfaces:
        mesh = mesh_of(surface)
        assert mesh.is_watertight
        assert mesh.volume > 0


@pytest.mark.parametrize("build", [build_table, build_room])
def test_the_same_seed_gives_the_same_bytes(build: Callable[[Spec, np.random.Generator], ObjectModel]) -> None:
    first, again = (build(Spec("", ""), np.random.default_rng(11)) for _ in range(2))
    for a, b in zip(first.surfaces, again.surfaces, strict=True):
        assert a.vertices.tobytes() == b.vertices.tobytes()
        assert a.uv.tobytes() == b.uv.tobytes()
        assert a.material.base_color == b.material.base_color
        assert np.array_equal(np.asarray(a.material.texture), np.asarray(b.material.texture))


def test_a_hundred_tables_are_distinct() -> None:
    """No two tops share both their look and their measures: colour, contrast of the texture, size, legs."""
    features = []
    for seed in SEEDS:
        model = table(seed)
        texture = model.surfaces[0].material.texture
        assert texture is not None
        size = np.ptp(np.vstack([s.vertices for s in model.surfaces]), axis=0)
        edges = [np.abs(np.diff(texture.astype(float), axis=a)).mean() / 255 for a in (0, 1)]
        features.append([*mean_color(model.surfaces[0]), *(4 * np.array(edges)), *size])
    values = np.array(features)
    distance = np.linalg.norm(values[:, None] - values[None], axis=2) + 9 * np.eye(len(values))
    assert distance.min() > 0.02
    assert np.ptp(values, axis=0)[:3].min() > 0.5


@pytest.mark.parametrize(("prompt", "channel"), [("red tablecloth table", 0), ("blue painted table", 2)])
def test_the_prompt_chooses_the_tables_colour(prompt: str, channel: int) -> None:
    for seed in range(5):
        color = mean_color(table(seed, prompt).surfaces[0])
        assert np.argmax(color) == channel
        assert color[channel] > 1.25 * np.delete(color, channel).max()


def test_kinds_of_wood_differ() -> None:
    def brightness(wood: str) -> float:
        return float(np.mean([mean_color(table(seed, f"{wood} table").surfaces[0]) for seed in range(4)]))

    assert brightness("oak") > 1.4 * brightness("walnut")


@pytest.mark.parametrize("seed", range(20))
def test_a_room_is_light_enough_for_software_rendering(seed: int) -> None:
    model = room(seed, f"{list(KINDS)[seed % len(KINDS)]} room")
    textures = [s.material.texture for s in model.surfaces if s.material.texture is not None]
    assert len({id(s.material) for s in model.surfaces}) <= 12
    assert 500 <= sum(len(s.faces) for s in model.surfaces) <= 8000
    assert max(max(t.shape[:2]) for t in textures) <= 512
    assert model.collision == ()
    for surface in model.surfaces:
        assert np.isfinite(surface.uv).all()
        assert surface.faces.max() < len(surface.vertices)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_stands_where_the_table_and_the_robot_are(seed: int) -> None:
    points = points_on(room(seed))
    near = (np.abs(points[:, 0]) < CLEAR_X_M - 0.02) & (np.abs(points[:, 1]) < CLEAR_Y_M - 0.02)
    assert points[near, 2].max() < 0.715, "only chairs lower than any table's top may come near"
    under_robot = near & (points[:, 0] < -0.15) & (np.abs(points[:, 1]) < 0.4)
    assert points[under_robot, 2].max() < 0.02


@pytest.mark.parametrize("seed", range(10))
def test_the_floor_and_walls_close_the_view(seed: int) -> None:
    """Every ray of the camera, jittered as in training, ends on the room."""
    model = room(seed)
    triangles = np.vstack([s.vertices[s.faces] for s in model.surfaces])
    eye = np.array([-0.3, -0.16, 0.75 + 0.36]) + np.random.default_rng(seed).uniform(-0.05, 0.05, 3)
    forward = np.array([1.0, 0.553, -1.085])
    forward /= np.linalg.norm(forward)
    left = np.cross([0.0, 0.0, 1.0], forward)
    left /= np.linalg.norm(left)
    up = np.cross(forward, left)
    a, b = np.meshgrid(np.linspace(-0.53, 0.53, 5), np.linspace(-0.4, 0.4, 5))
    rays = forward + a.reshape(-1, 1) * left + b.reshape(-1, 1) * up
    assert all(hits_any(triangles, eye, ray) for ray in rays)


def test_a_hundred_rooms_are_distinct() -> None:
    """Colours of the floor, the walls and the furniture, and where the walls stand."""
    features = []
    for seed in SEEDS:
        model = room(seed)
        floor, wall = model.surfaces[0], model.surfaces[1]
        reach = np.vstack([s.vertices for s in model.surfaces]).max(axis=0)
        features.append([*mean_color(floor), *mean_color(wall), *(0.3 * reach[:2]), len(model.surfaces) / 30])
    values = np.array(features)
    distance = np.linalg.norm(values[:, None] - values[None], axis=2) + 9 * np.eye(len(values))
    assert distance.min() > 0.02


def test_the_prompt_chooses_the_room_and_its_walls() -> None:
    for seed in range(5):
        wall = mean_color(room(seed, "an office with blue walls").surfaces[1])
        assert wall[2] > wall[0]
        assert spines(room(seed, "library")) > 0, "a library is lined with books"
        assert spines(room(seed, "kitchen")) == 0


def test_a_room_has_what_its_description_names() -> None:
    for seed in range(4):
        studied = room(seed, "cozy study with green walls and bookshelves")
        wall = mean_color(studied.surfaces[1])
        assert np.argmax(wall) == 1
        assert spines(studied) > 0
        floor = mean_color(room(seed, "bedroom with a dark red carpet").surfaces[0])
        assert floor[0] > 1.8 * max(floor[1], floor[2])
        looks = {id(s.material): s.material for s in room(seed, "bright kitchen with purple cabinets").surfaces}
        colors = [m.base_color for m in looks.values() if m.texture is None]
        assert any(np.allclose(c, COLORS["purple"], atol=0.03) for c in colors)


def test_bright_rooms_are_brighter_than_dark_ones() -> None:
    def wall(word: str) -> float:
        return float(np.mean([mean_color(room(seed, f"{word} bedroom").surfaces[1]) for seed in range(6)]))

    assert wall("bright") > 1.5 * wall("dark")


@pytest.mark.parametrize(("prompt", "shape"), [
    ("simple round wooden table with a light natural finish", "round"), ("square white table", "square"),
    ("rectangular oak table", "rectangular"), ("oval walnut table", "oval"),
])  # fmt: skip
@pytest.mark.parametrize("seed", range(4))
def test_tables_have_the_shape_that_is_asked_for(prompt: str, shape: str, seed: int) -> None:
    model = table(seed, prompt)
    (prism,) = model.collision
    depth, width, _ = np.ptp(prism, axis=0)
    filled = ConvexHull(prism[:, :2]).volume / (depth * width)  # pi / 4 for an ellipse, 1 for a rectangle
    assert (filled < 0.87) == (shape in ("round", "oval"))
    assert (abs(depth - width) < 1e-9) == (shape in ("round", "square"))
    corners = np.array([(x, y) for x in (-0.26, 0.25) for y in (-0.3, 0.3)])
    equations = ConvexHull(prism[:, :2]).equations
    assert (equations[:, :2] @ corners.T + equations[:, 2:]).max() < 0.0
    feet = np.vstack([s.vertices for s in model.surfaces])
    low = feet[feet[:, 2] < -0.3, :2]
    assert (equations[:, :2] @ low.T + equations[:, 2:]).max() < 0.05


def test_tables_wear_what_is_asked_for() -> None:
    for seed in range(4):
        cloth = mean_color(table(seed, "square table with a red tablecloth").surfaces[0])
        assert cloth[0] > 1.25 * max(cloth[1], cloth[2])
        plain = table(seed, "table with a plain red tablecloth").surfaces[0].material.texture
        striped = table(seed, "table with a striped red tablecloth").surfaces[0].material.texture
        assert striped is not None
        assert plain is not None
        assert striped.std(axis=1).max() > 3 * plain.std(axis=1).max()
        light, dark = (mean_color(table(seed, f"{w} wooden table").surfaces[0]).mean() for w in ("light", "dark"))
        assert light > 1.5 * dark
        shine = [table(seed, f"{w} oak table").surfaces[0].material.roughness for w in ("glossy", "matte")]
        assert shine[0] < 0.3 < shine[1]
        legs = [s.material.base_color for s in table(seed, "oak table with black legs").surfaces]
        assert any(max(c) < 0.2 for c in legs)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_room_can_be_asked_for(kind: str) -> None:
    first, other = room(0, f"{kind} room"), room(1, f"{kind} room")
    assert sum(len(s.faces) for s in first.surfaces) != sum(len(s.faces) for s in other.surfaces)
