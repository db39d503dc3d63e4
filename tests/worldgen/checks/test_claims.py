"""What a description claims, whatever is written there: nothing is refused, and what nobody knows is not judged."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d_bench.worldgen.checks.claims import Claims, claims
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.vocabulary import LABELS, MEASURES, PLACED, WITH

from .assets import request

WORDS = (
    *sorted(MEASURES | WITH | PLACED | LABELS),
    *("red", "shiny", "small", "gizmo", "robot", "plate", "orange", "rim", "table", "blue-rimmed", "striped", "cup"),
    *("and", "or", "a", "very", ",", "."),
)


def of(description: str) -> Claims:
    return claims(request(description))


@given(st.text() | st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_any_description_claims_something(description: str) -> None:
    assert of(description).noun


@pytest.mark.parametrize(
    ("description", "noun", "color"),
    [
        ("red gizmo, shiny", "gizmo", "red"),
        ("toy robot, small, blue", "robot", "blue"),
        ("red, gizmo", "gizmo", "red"),
        ("gizmo with wheels, red", "gizmo", "red"),
        ("red", "thing", "red"),
        ("!!!", "thing", None),
    ],
)
def test_unknown_nouns_are_not_judged(description: str, noun: str, color: str | None) -> None:
    said = of(description)
    assert (said.noun, said.kind) == (noun, None)
    assert said.spec.color == (COLORS[color] if color else None)
    assert noun in said.unjudged
