"""Splits: 50 scenes each and their complements, nested, drawn by a stated seed, and never changing."""

import hashlib
import json
import random

import pytest

from gen3d_bench.scenes.catalog import DATA, scene_ids
from gen3d_bench.scenes.errors import UnknownSceneError
from gen3d_bench.scenes.splits import SIZES, SUBSETS, split, split_names

FROZEN = "31c43f5fecaca7573191f2a95870ea559b63a2908d1600519da9ff6d8d1e1e7c"


@pytest.mark.parametrize("subset", SUBSETS)
def test_a_subset_and_its_complement_are_all_scenes(subset: str) -> None:
    inside, outside = split(f"{subset}/id"), split(f"{subset}/ood")
    assert len(inside) == len(set(inside)) == len(outside) == 50
    assert set(inside) | set(outside) == set(scene_ids("gen3d-100"))
    assert list(outside) == sorted(outside)


@pytest.mark.parametrize("subset", SUBSETS)
def test_smaller_training_sets_begin_larger_ones(subset: str) -> None:
    for size in SIZES:
        assert split(f"{subset}/id/{size}") == split(f"{subset}/id")[:size]
    assert SIZES == (1, 3, 10, 25, 50)


def test_the_subsets_differ() -> None:
    assert len({frozenset(split(f"{subset}/id")) for subset in SUBSETS}) == 3


def test_the_file_says_how_it_was_drawn() -> None:
    content = json.loads((DATA / "splits.json").read_text(encoding="utf-8"))
    ids = [f"gen3d-{i:03d}" for i in range(100)]
    for subset in SUBSETS:
        assert content[subset] == random.Random(content["seeds"][subset]).sample(ids, 50)


def test_the_splits_are_frozen() -> None:
    text = "\n".join(" ".join([name, *split(name)]) for name in split_names())
    assert hashlib.sha256(text.encode()).hexdigest() == FROZEN


@pytest.mark.parametrize("name", ["H3/id", "H0", "H0/all", "H0/id/2", "H0/ood/10", "h0/id", ""])
def test_an_unknown_split_says_what_there_is(name: str) -> None:
    with pytest.raises(UnknownSceneError, match="a split is H0, H1 or H2, then /ood, /id or /id/N") as caught:
        split(name)
    assert repr(name) in str(caught.value)
