"""Words of instructions and names: what a phrase is about, whether one thing could be meant by another's words."""

from __future__ import annotations

from gen3d_bench.worldgen.designer.graph import Relation
from gen3d_bench.worldgen.procedural.prompts import PLACES, tokens

_LINKS = frozenset({"of", "with", "for", "from", "without", "made"})
_PREPOSITIONS: dict[str, Relation] = {"in": "IN", "into": "IN", "inside": "IN", "on": "ON", "onto": "ON", "atop": "ON"}
"""Also "on top of", whose last preposition of these is "on"."""


def head(name: str) -> str:
    """What a noun phrase is about.

    >>> head("red box of crackers"), head("the pen holder")
    ('box', 'holder')
    """
    words = tokens(name)
    end = next((i for i, word in enumerate(words) if word in _LINKS and i > 0), len(words))
    return words[end - 1] if words else ""


def keeps_words(instruction: str, sentence: str) -> bool:
    """Whether an instruction says what a sentence does: its words in their order, but for "in" and "on".

    >>> keeps_words("put the red apple on the plate", "put the apple in the plate")
    True
    """
    said = iter(word for word in tokens(instruction) if word not in _PREPOSITIONS)
    return all(word in said for word in tokens(sentence) if word not in _PREPOSITIONS)


def could_be_meant(name: str, other: str, instruction: str) -> bool:
    """Whether the words by which an instruction names one thing fit another one too.

    >>> could_be_meant("red cup", "purple cup", "put the cup on the plate")
    True
    >>> could_be_meant("red cup", "purple cup", "put the red cup on the plate")
    False
    """
    said = set(tokens(name)) & set(tokens(instruction))
    return head(name) == head(other) and said <= set(tokens(other))


def told_relation(instruction: str, target: str) -> Relation | None:
    """The relation that an instruction asks for: its last preposition before the target; None if there is none.

    >>> told_relation("take the pen on the left and put it into the holder", "pen holder")
    'IN'
    """
    words = tokens(instruction)
    places = [i for i, word in enumerate(words) if word == head(target)]
    before = words[: places[-1]] if places else ()
    return next((_PREPOSITIONS[word] for word in reversed(before) if word in _PREPOSITIONS), None)


def is_table(description: str) -> bool:
    """Whether a description names a table, desk or the like."""
    return any(PLACES.get(word) == "table" for word in tokens(description))
