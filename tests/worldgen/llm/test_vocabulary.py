"""What phrases are about, and which relation an instruction asks for."""

import doctest

import pytest

from gen3d_bench.worldgen.llm import config, vocabulary
from gen3d_bench.worldgen.llm.vocabulary import could_be_meant, head, is_table, keeps_words, told_relation


@pytest.mark.parametrize("module", [config, vocabulary])
def test_examples(module: object) -> None:
    results = doctest.testmod(module)  # type: ignore[arg-type]
    assert results.attempted > 0 and results.failed == 0


@pytest.mark.parametrize(("name", "word"), [
    ("red cup", "cup"), ("glasses", "glass"), ("box of crackers", "box"), ("mug with a handle", "mug"), ("...", ""),
])
def test_head(name: str, word: str) -> None:
    assert head(name) == word


@pytest.mark.parametrize(("instruction", "target", "relation"), [
    ("put the pen in the pen holder", "pen holder", "IN"),
    ("Place the carrot onto the plate", "plate", "ON"),
    ("stack the red block on top of the blue block", "blue block", "ON"),
    ("take the cup on the tray and put it inside the basket", "basket", "IN"),
    ("put the cup on the plate in the middle", "plate", "ON"),
    ("move the spoon to the bowl", "bowl", None),
    ("put the pen away", "pen holder", None),
])
def test_told_relation(instruction: str, target: str, relation: str | None) -> None:
    assert told_relation(instruction, target) == relation


def test_which_things_could_be_meant() -> None:
    assert could_be_meant("cup", "red cup", "put the cup on the plate")
    assert not could_be_meant("cup", "cup holder", "put the cup on the plate")
    assert not could_be_meant("big red cup", "red cup", "put the big red cup on the plate")


def test_words_are_kept_in_order() -> None:
    assert keeps_words("Put the red cup onto the plate!", "put a cup in the plate")
    assert not keeps_words("put the plate on the cup", "put the cup on the plate")
    assert not keeps_words("put the cup on the plate", "put the red cup on the plate")


def test_tables() -> None:
    assert is_table("white wooden desk with drawers") and not is_table("blue sofa")
