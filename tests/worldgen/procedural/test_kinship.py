from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d_bench.worldgen.procedural.families import FAMILIES, NOUNS
from gen3d_bench.worldgen.procedural.kin import KIN, STRANGERS
from gen3d_bench.worldgen.procedural.kinship import Resolution, resolve, specification
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.prompts import PLACES, UnknownObjectError, parse, tokens
from gen3d_bench.worldgen.procedural.spec import Spec
from gen3d_bench.worldgen.procedural.vocabulary import FINISH_WORDS, MATERIAL_WORDS, PATTERN_WORDS, SHAPES, SIZES

from .names import ALL


@pytest.mark.parametrize("name", ALL)
def test_known_nouns_need_no_note(name: str) -> None:
    resolution = resolve(name)
    assert resolution.prompt == name
    assert resolution.note is None


@pytest.mark.parametrize(
    ("prompt", "family", "note"),
    [
        ("purple snifter", "wine_glass", "no shape family makes a snifter; made as the nearest, a wine glass"),
        ("eggplant", "cucumber", "no shape family makes an eggplant; made as the nearest, a cucumber"),
        ("urn of flowers on a table", "vase", "no shape family makes an urn; made as the nearest, a vase"),
        ("bananna", "banana", "'bananna' is read as 'banana'"),
        ("red spatlua with a long handle", "spatula", "'spatlua' is read as 'spatula'"),
        ("key board", "keyboard", "'key board' is read as 'keyboard'"),
    ],
)
def test_kin_and_typos_are_made_and_said(prompt: str, family: str, note: str) -> None:
    resolution = resolve(prompt)
    assert (resolution.family, resolution.note) == (family, note)


@pytest.mark.parametrize(
    "prompt",
    ["toy car", "kitchen cupboard", "cupp", "sauce", "grass", "plane", "tower", "hat", "pear tree", "flurble"],
)
def test_what_nothing_here_is_like_is_refused(prompt: str) -> None:
    with pytest.raises(UnknownObjectError, match=tokens(prompt)[-1]):
        resolve(prompt)


def test_kin_bring_words_that_the_description_overrules() -> None:
    assert specification("plum").color == COLORS["purple"]
    assert specification("ripe green plum").color == COLORS["green"]
    assert specification("tin can").material == "metal"


def test_the_kin_table_is_consistent() -> None:
    assert not KIN.keys() & {*NOUNS, *PLACES}
    assert not KIN.keys() & STRANGERS
    for noun, kin in KIN.items():
        assert kin.family in FAMILIES
        assert " ".join(tokens(noun)) == noun
        assert resolve(noun).family == kin.family
        assert not specification(noun).unknown


_WORDS = st.sampled_from(
    sorted({*COLORS, *MATERIAL_WORDS, *FINISH_WORDS, *PATTERN_WORDS, *SHAPES, *SIZES, *KIN, *NOUNS, "with", "a", "and",
            ",", "of", "on", "rim", "handle", "lid", "without", "flurble"})
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(_WORDS, max_size=12).map(" ".join)))
def test_any_text_gives_a_specification_or_is_refused(text: str) -> None:
    try:
        resolution, spec = resolve(text), specification(text)
    except UnknownObjectError:
        return
    assert isinstance(resolution, Resolution)
    assert isinstance(spec, Spec)
    assert resolution.family == spec.family
    assert spec.family in {*FAMILIES, "table", "room"}
    assert (resolve(text), specification(text)) == (resolution, spec)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_parse_alone_is_as_safe(text: str) -> None:
    with contextlib.suppress(UnknownObjectError):
        assert isinstance(parse(text, NOUNS), Spec)
