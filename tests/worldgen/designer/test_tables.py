"""What is known of everyday things agrees with the shape families that are made."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d_bench.worldgen.designer import lexicon
from gen3d_bench.worldgen.designer.colors import hue, unlike
from gen3d_bench.worldgen.designer.company import ALIKE, COMPANY, LIKES, ROOMS_OF, SORT_OF, SORTS
from gen3d_bench.worldgen.designer.goals import (
    FLAT,
    HOLLOW,
    NARROW,
    NEAR_GRASPABLE,
    STACKED,
    THICKNESS,
    holds,
    relation_to,
)
from gen3d_bench.worldgen.designer.looks import LOOKS
from gen3d_bench.worldgen.designer.naming import understood
from gen3d_bench.worldgen.designer.places import NEAREST_ROOMS, ROOMS, invented_room, invented_table, kind_of, place
from gen3d_bench.worldgen.designer.workspace import FOOTPRINTS
from gen3d_bench.worldgen.procedural.assetfiles import bounds
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.generator import build
from gen3d_bench.worldgen.procedural.kinship import resolve, specification
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.rooms import KINDS
from gen3d_bench.worldgen.procedural.tablelooks import LOOKS_BY_WORD
from gen3d_bench.worldgen.procedural.vocabulary import FINISH_WORDS

GRASPABLE = {name for name, family in FAMILIES.items() if family.graspable}


def test_every_family_is_known() -> None:
    families = set(FAMILIES)
    assert set(SORT_OF) == set(LOOKS) == set(FOOTPRINTS) == families  # a new family needs a line in each table
    assert sum(map(len, SORTS.values())) == len(families)
    assert set(THICKNESS) == GRASPABLE
    assert set(NEAR_GRASPABLE) == families - GRASPABLE
    assert {understood(noun).family for noun in NEAR_GRASPABLE.values()} <= GRASPABLE
    assert set(ROOMS_OF) == set(COMPANY) == set(SORTS)
    assert {room for rooms in ROOMS_OF.values() for room in rooms} <= set(KINDS)
    assert {f for group in ALIKE for f in group} | {f for fs in COMPANY.values() for f in fs} <= families
    assert all(any(holds(target, source) for sort in sorts for source in SORTS[sort])
               for target, sorts in LIKES.items())


@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_as_large_and_as_hollow_as_written(family: str) -> None:
    sizes = []
    for seed in range(3):
        model = build(FAMILIES[family].nouns[0], seed)
        low, high = bounds(model)
        sizes.append(sorted(100 * (high - low)[:2], reverse=True))
        assert model.hollow == (family in HOLLOW)
        if family in THICKNESS:
            assert sorted(100 * (high - low))[1] <= THICKNESS[family] + 0.3
    largest = np.max(sizes, axis=0)
    assert (largest <= np.array(FOOTPRINTS[family]) + 0.3).all(), largest
    assert (largest >= 0.8 * np.array(FOOTPRINTS[family])).all(), largest


def test_targets_are_of_one_kind() -> None:
    assert not FLAT & HOLLOW and not set(STACKED) & (FLAT | HOLLOW) and set(NARROW) <= HOLLOW
    assert relation_to("bowl") == "IN" and relation_to("plate") == "ON" and relation_to("pencil") is None
    assert holds("cube", "block") and not holds("cube", "apple")
    assert holds("cup", "ping_pong_ball") and not holds("cup", "tennis_ball") and holds("mug", "tennis_ball")


@pytest.mark.parametrize("family", LOOKS)
def test_looks_use_words_that_the_generator_reads(family: str) -> None:
    look, noun = LOOKS[family], FAMILIES[family].nouns[0]
    for words in (*look.colors, *look.materials, *look.finishes, *look.qualities):
        assert specification(f"{words} {noun}").unknown == (), words
    for color in look.colors:
        assert specification(f"{color} {noun}").color is not None
    for material in look.materials:
        assert specification(f"{material} {noun}").material is not None
    assert set(look.finishes) <= set(FINISH_WORDS)
    for detail in look.details:
        assert specification(f"{noun} {detail}").unknown == () and specification(f"{noun} {detail}").parts


@pytest.mark.parametrize("kind", KINDS)
def test_invented_rooms_and_tables_are_read_as_such(kind: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        room = invented_room((kind,), rng)
        assert kind_of(room) == kind and resolve(room).family == "room"
        table = specification(invented_table(room, ("white", "red"), rng))
        assert table.family == "table" and set(table.unknown) <= {*LOOKS_BY_WORD, "block"}
        assert table.color not in (COLORS["white"], COLORS["red"])


def test_places_are_told_from_things() -> None:
    for word in (*ROOMS, *NEAREST_ROOMS, "table", "desk", "counter"):
        named = place((word,))
        assert named is not None
        for words in filter(None, (named.room, named.table)):
            assert resolve(words).family in ("room", "table")
    for thing in ("table tennis ball", "kitchen towel", "desk lamp", "mushroom", "office mug", "cup with a table"):
        assert place(tuple(thing.split())) is None


def test_words_of_the_lexicon_do_not_contradict_each_other() -> None:
    assert not lexicon.PUT & lexicon.OTHER_VERBS and not lexicon.TAKE & lexicon.OTHER_VERBS
    assert not lexicon.DETERMINERS & lexicon.QUANTITIES
    assert not {*lexicon.PREPOSITIONS} & {*lexicon.ELSEWHERE} and not {*lexicon.PREPOSITIONS} & {*lexicon.ORIGINS}
    nouns = {noun for family in FAMILIES.values() for noun in family.nouns}
    assert not nouns & (lexicon.FURNITURE | lexicon.PRONOUNS | lexicon.DETERMINERS | lexicon.PARTICLES)


def test_colours_that_pass_for_each_other() -> None:
    assert hue("navy") == "blue" and hue("beige") == "white" and hue("green") == "green"
    assert not unlike("teal", ("blue",)) and not unlike("cream", ("white",)) and unlike("red", ("blue", "white"))
