"""Placements never overlap, whatever the shapes."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gen3d_bench.envs.config import RandomizationConfig
from gen3d_bench.envs.layout import Footprint, LayoutError, gap, place


def rectangle(width, depth, height=0.05):
    points = np.array(
        [[x, y, z] for x in (-width / 2, width / 2) for y in (-depth / 2, depth / 2) for z in (0, height)]
    )
    return Footprint.of(points)


def distance(a, b):
    """Between two outlines that do not overlap (m): exact, where `gap` says less between two corners."""

    def from_corners(corners, outline):
        sides = np.roll(outline, -1, axis=0) - outline
        away = corners[:, None] - outline
        along = np.clip((away * sides).sum(axis=2) / (sides * sides).sum(axis=1), 0, 1)
        return np.linalg.norm(away - along[..., None] * sides, axis=2).min()

    return min(from_corners(a.outline, b.outline), from_corners(b.outline, a.outline))


def test_gap_never_says_more_than_the_distance():
    turned = rectangle(0.1, 0.1).at(0.12, 0.12, 0.3)
    assert 0 < gap(rectangle(0.1, 0.1), turned) < distance(rectangle(0.1, 0.1), turned)
    assert distance(rectangle(0.1, 0.1), rectangle(0.1, 0.1).at(0.13, 0.14, 0.0)) == pytest.approx(0.05)


def test_gap_of_two_boxes_is_their_distance():
    assert gap(rectangle(0.1, 0.1), rectangle(0.1, 0.1).at(0.13, 0.0, 0.0)) == pytest.approx(0.03)
    assert gap(rectangle(0.1, 0.1), rectangle(0.1, 0.1).at(0.08, 0.0, 0.0)) == pytest.approx(-0.02)
    turned = rectangle(0.1, 0.1).at(0.15, 0.0, np.pi / 4)
    assert gap(rectangle(0.1, 0.1), turned) == pytest.approx(0.15 - 0.05 - 0.1 / np.sqrt(2))


def test_things_above_each_other_do_not_collide():
    lamp = Footprint(rectangle(0.1, 0.1).outline, 0.2, 0.3)
    assert gap(rectangle(0.1, 0.1, height=0.05), lamp) == pytest.approx(0.15)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0.02, 0.15), st.floats(0.02, 0.12)), min_size=2, max_size=4), st.integers(0, 2**31))
@example([(0.125, 0.0625), (0.078125, 0.064453125), (0.08203125, 0.0234375)], 303)  # two corners come near
def test_placements_keep_clear_of_each_other_and_of_the_arm(sizes, seed):
    config = RandomizationConfig()
    footprints = [rectangle(*size) for size in sizes]
    arm = rectangle(0.06, 0.1).at(0.29, 0.0, 0.3)
    poses = place(footprints, [arm], config, np.random.default_rng(seed))
    assert (poses[:, 0] >= 0.2).all() and (poses[:, 0] <= 0.4).all() and (np.abs(poses[:, 1]) <= 0.15).all()
    things = [f.at(*p) for f, p in zip(footprints, poses, strict=True)] + [arm]
    for i, first in enumerate(things):
        for second in things[:i]:
            assert gap(first, second) > 0
            assert distance(first, second) >= config.clearance - 1e-12


def test_the_same_seed_gives_the_same_layout():
    footprints = [rectangle(0.1, 0.05), rectangle(0.05, 0.05)]
    first, second = (place(footprints, [], RandomizationConfig(), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_what_cannot_fit_is_said_with_what_to_do():
    with pytest.raises(LayoutError, match="smaller or fewer objects"):
        place([rectangle(0.4, 0.5)] * 2, [], RandomizationConfig(), np.random.default_rng(0))
