"""Mended surfaces: what is broken goes, what somebody meant stays."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from gen3d_bench.worldgen.interchange.cleanup import BEHIND, half_edges, mended, rim, two_sided
from gen3d_bench.worldgen.interchange.hulls import bodies
from gen3d_bench.worldgen.interchange.shape import Paint, Shape, joined
from gen3d_bench.worldgen.interchange.simplify import islands, simplified

from .meshfiles import BLUE, RED, picture


def shape_of(mesh: trimesh.Trimesh, paint: Paint | None = None) -> Shape:
    """Texture laid over the shape along x."""
    corners = np.asarray(mesh.triangles)
    low, high = np.asarray(mesh.bounds)
    return Shape(np.asarray(mesh.vertices), np.asarray(mesh.faces, np.int64), ((corners - low) / (high - low))[..., :2],
                 np.zeros(len(corners), np.int64), (paint or Paint(),))  # fmt: skip


def volume(shape: Shape) -> float:
    a, b, c = (shape.corners[:, k] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_faces_that_look_inwards_are_turned() -> None:
    ball = shape_of(trimesh.creation.icosphere(3, 0.05))
    wrong = np.random.default_rng(0).random(len(ball.faces)) < 0.3
    clean = mended(ball.flipped(wrong))
    assert volume(clean.shape) == pytest.approx(volume(ball))
    assert clean.closed
    assert f"{wrong.sum()} faces turned outwards" in clean.notes


def test_a_body_that_is_inside_out_is_turned() -> None:
    box = shape_of(trimesh.creation.box((0.1, 0.1, 0.1)))
    assert volume(mended(box.flipped(np.ones(12, bool))).shape) == pytest.approx(1e-3)


def test_the_wall_of_a_cavity_stays() -> None:
    outside = shape_of(trimesh.creation.icosphere(2, 0.05))
    inside = shape_of(trimesh.creation.icosphere(2, 0.03)).flipped(np.ones(320, bool))
    hollow = joined([outside, inside])
    clean = mended(hollow)
    assert volume(clean.shape) == pytest.approx(volume(hollow))
    assert clean.notes == ()


def test_doubled_and_degenerate_faces_go() -> None:
    box = shape_of(trimesh.creation.box((0.1, 0.1, 0.1)))
    flat = np.array([[0, 0, 1], [0, 1, 0]])
    dirty = replace(box, faces=np.vstack([box.faces, box.faces[:3, [1, 2, 0]], flat]),
                    uv=np.concatenate([box.uv, box.uv[:5]]), paint=np.zeros(17, np.int64))  # fmt: skip
    clean = mended(dirty)
    assert len(clean.shape.faces) == 12
    assert clean.notes == ("5 degenerate or doubled faces removed",)


def test_points_doubled_for_the_texture_become_one() -> None:
    soup = trimesh.creation.icosphere(2, 0.05)
    soup.unmerge_vertices()
    clean = mended(shape_of(soup))
    assert len(clean.shape.points) == 162
    assert clean.closed


def test_a_small_hole_is_filled_in_the_texture_around_it() -> None:
    ball = shape_of(trimesh.creation.icosphere(5, 0.05))
    around = (ball.faces == ball.faces[0, 0]).any(axis=1)
    clean = mended(ball.kept(~around))
    assert clean.closed
    assert clean.notes == ("1 small holes filled",)
    new = clean.shape.kept(np.arange(int((~around).sum()), len(clean.shape.faces)))
    low, high = ball.bounds
    assert new.uv == pytest.approx(((new.corners - low) / (high - low))[..., :2], abs=1e-9)
    assert volume(clean.shape) == pytest.approx(volume(ball), rel=0.01)


def test_the_opening_of_a_box_stays_open() -> None:
    box = shape_of(trimesh.creation.box((0.1, 0.1, 0.1)))
    top = (box.corners[:, :, 2] > 0.049).all(axis=1)
    clean = mended(box.kept(~top))
    assert len(clean.shape.faces) == 10
    assert not clean.closed


def test_open_surfaces_get_a_back_and_closed_ones_none() -> None:
    box = shape_of(trimesh.creation.box((0.1, 0.1, 0.1)))
    top = (box.corners[:, :, 2] > 0.049).all(axis=1)
    assert len(two_sided(box).faces) == 12
    both = two_sided(mended(box.kept(~top)).shape)
    assert len(both.faces) == 2 * 10 + 2 * 4, "fronts, backs, and walls along the four edges of the rim"
    assert len(rim(both.faces)) == 0
    area = np.linalg.norm(np.cross(*np.diff(both.corners[:10], axis=1).transpose(1, 0, 2)), axis=1).sum() / 2
    assert 0.5 * BEHIND * area < volume(both) <= BEHIND * area, "thinner where it bends"
    walls = both.uv[20:]
    assert (np.ptp(walls, axis=1).max(axis=1) <= 1).all() and set(map(tuple, walls.reshape(-1, 2))) <= set(
        map(tuple, both.uv[:10].reshape(-1, 2))
    ), "walls have the texture of the rim"


def test_simplified_keeps_every_colour_in_its_place() -> None:
    ball = shape_of(trimesh.creation.icosphere(5, 0.05), Paint(texture=picture((256, 8))))
    less = simplified(ball, 2000)
    assert 1500 < len(less.faces) <= 2000
    middle, uv = less.corners.mean(axis=1)[:, 0], less.uv.mean(axis=1)
    texture = less.paints[0].texture
    assert texture is not None
    for side, color in ((middle < -0.003, RED), (middle > 0.003, BLUE)):
        assert {texture.getpixel((int(u * 255), 0)) for u in uv[side, 0]} == {color}


def test_simplified_faces_do_not_reach_across_islands_of_the_texture() -> None:
    ball = shape_of(trimesh.creation.icosphere(5, 0.05))
    east = ball.corners[:, :, 0].mean(axis=1) > 0
    ball.uv[east, :, 0] = 0.6 + 0.4 * ball.uv[east, :, 0]  # two halves of the picture, a gap between them
    ball.uv[~east, :, 0] *= 0.4
    assert len(np.unique(islands(ball))) == 2
    less = simplified(ball, 2000)
    assert np.ptp(less.uv[:, :, 0], axis=1).max() < 0.15


def test_simplified_does_not_tear_a_surface_of_strips() -> None:
    whole = shape_of(trimesh.creation.icosphere(5, 0.05))
    strip = np.round(40 * whole.corners[:, :, 2].mean(axis=1) / 0.05).astype(int) // 10
    strips = joined([whole.kept(strip == k) for k in np.unique(strip)])  # none shares a point with another
    less = simplified(strips, len(strips.faces) // 4)
    assert len(less.faces) < 0.4 * len(strips.faces)
    edges = np.unique(half_edges(strips.faces)[rim(strips.faces)])
    assert cKDTree(less.points).query(strips.points[edges])[0].max() < 1e-6


def test_thousands_of_crumbs_are_no_matter_of_minutes() -> None:
    count, rng = 8000, np.random.default_rng(0)
    place = np.stack([np.arange(count) % 100, np.arange(count) // 100, np.zeros(count)], axis=1) * 0.001
    points = (place[:, None] + 0.0005 * np.vstack([np.zeros(3), np.eye(3)])).reshape(-1, 3)
    tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    faces = (4 * np.arange(count)[:, None, None] + tetrahedron).reshape(-1, 3)
    wrong = rng.permutation(4 * count)[:count] % 4 + 4 * np.arange(count)  # one face of each
    faces[wrong] = faces[wrong, ::-1]
    begin = time.process_time()
    done = mended(shape_of(trimesh.Trimesh(points, faces, process=False)))
    assert len(bodies([done.shape])) == count
    assert time.process_time() - begin < 10
    assert f"{count} faces turned outwards" in done.notes
