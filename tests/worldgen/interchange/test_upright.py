"""Which way things stand."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from gen3d_bench.worldgen.interchange.hulls import hull_points
from gen3d_bench.worldgen.interchange.upright import (
    TURNS,
    balance,
    firmness_deg,
    likely_up,
    narrowest,
    planted,
    resting_turn,
)

CAN = hull_points(np.asarray(trimesh.creation.cylinder(0.02, 0.08, sections=64).vertices))
"""Along z."""


def test_a_can_stands_as_firmly_as_it_is_wide() -> None:
    assert firmness_deg(CAN, balance([CAN])) == pytest.approx(np.degrees(np.arctan(0.02 / 0.04)), abs=0.3)
    assert firmness_deg(CAN @ TURNS["y"].T, np.zeros(3)) < 10


@pytest.mark.parametrize(("axis", "expected"), [("y", "y"), ("z", "z")])
def test_a_can_is_stood_up(axis: str, expected: str) -> None:
    lying = CAN @ TURNS[axis]
    assert likely_up([lying], lying) == expected


def test_a_flat_thing_lies() -> None:
    plate = hull_points(np.asarray(trimesh.creation.box((0.1, 0.1, 0.01)).vertices))
    assert likely_up([plate], plate) == "z"


def test_what_leans_is_set_on_its_nearest_side() -> None:
    lean = np.radians(12)
    tilt = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    box = np.asarray(trimesh.creation.box((0.04, 0.04, 0.06)).vertices) @ tilt.T
    turn, angle = resting_turn([box])
    assert angle == pytest.approx(12, abs=0.1)
    assert np.ptp(box @ turn.T, axis=0) == pytest.approx((0.04, 0.04, 0.06), abs=1e-6)


def test_what_stands_is_left_alone() -> None:
    turn, angle = resting_turn([CAN])
    assert angle == 0
    assert turn.tolist() == np.eye(3).tolist()


def test_balance_of_two_parts_lies_between_them_by_volume() -> None:
    small = np.asarray(trimesh.creation.box((0.01, 0.01, 0.01)).vertices)
    big = np.asarray(trimesh.creation.box((0.01, 0.01, 0.03)).vertices) + (0.1, 0, 0)
    assert balance([small, big]) == pytest.approx((0.075, 0, 0))


def test_narrowest_is_across_the_diagonal_of_nothing() -> None:
    turn = np.array([[np.cos(0.5), -np.sin(0.5), 0], [np.sin(0.5), np.cos(0.5), 0], [0, 0, 1]])
    assert narrowest(np.asarray(trimesh.creation.box((0.1, 0.03, 0.2)).vertices) @ turn.T) == pytest.approx(0.03)


def test_parts_are_planted_on_the_seen_base() -> None:
    low, high = planted([CAN, CAN + (0, 0, 0.001)], -0.039)
    assert low[:, 2].min() == high[:, 2].min() == -0.039
    assert planted([CAN], 0.5)[0] is CAN


def test_all_that_counts_as_a_foot_is_pressed_flat() -> None:
    """The higher a thing the more: otherwise it would rest on fewer feet than its firmness was judged by."""
    column = np.array([[0.001, 0, 0], [-0.001, 0, 0], [0, 0.02, 0.001], [0, 0, 0.2], [0.01, 0, 0.2], [0, 0.01, 0.2]])
    assert firmness_deg(column, np.array([0.0, 0.005, 0.05])) > 0, "on three feet"
    (pressed,) = planted([column], 0.0)
    assert (pressed[:3, 2] == 0).all() and (pressed[3:] == column[3:]).all()


def test_a_pad_lower_than_what_is_pressed_keeps_its_volume() -> None:
    pad = np.asarray(trimesh.creation.box((0.02, 0.02, 0.0002)).vertices) + (0, 0, -0.0391)
    low, high = planted([pad, CAN], -0.039)
    assert np.ptp(low[:, 2]) == pytest.approx(0.0002) and low[:, 2].min() == pytest.approx(-0.039)
    assert high[:, 2].min() == -0.039
