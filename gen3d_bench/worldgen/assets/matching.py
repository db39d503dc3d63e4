"""How well an asset that exists fits what is asked for, from the words that describe both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from gen3d_bench.extras import require
from gen3d_bench.worldgen.assets.backend import AssetError, AssetRequest, MadeAsset, NoSuchAsset
from gen3d_bench.worldgen.procedural.families import NOUNS
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.prompts import PLACES, tokens
from gen3d_bench.worldgen.procedural.vocabulary import MATERIAL_WORDS

T = TypeVar("T")

LINKS = frozenset({"with", "without", "of", "for", "from", "having", "made", "on", "in", "and", "featuring", "that"})
"""Words that end a noun phrase: what follows describes a part of the thing, not the thing."""
SAME_COLOR = {"grey": "gray", "violet": "purple"}
SAME_MATERIAL = {"steel": "metal", "porcelain": "ceramic", "clay": "ceramic", "cardboard": "paper"}
"""Materials that are a sort of another: a metal spoon may be of steel."""
LEAST_SCORE = 0.55
"""Below this, something is not what was asked for."""
MOST_TOLD = 3
"""Of what was not taken, in an error."""
LIKE_SPELLING = 85.0
"""Similarity (percent) of two nouns that counts as another spelling of one."""


@dataclass(frozen=True)
class Words:
    """What texts say of a thing: nouns, each with its family if known, colours, materials, all words."""

    nouns: tuple[tuple[str, str | None], ...]
    colors: frozenset[str]
    materials: frozenset[str]
    every: frozenset[str]


@dataclass(frozen=True)
class Match:
    """score: from 0 to 1.  why_not: what keeps it from being taken, or nothing."""

    score: float
    why_not: str = ""


def words_of(*texts: str) -> Words:
    """Of a name and longer descriptions of one thing.  Only what stands before "with", a comma and the like counts for
    its noun, colours and materials.

    >>> words_of("mug", "white ceramic mug with a red handle").colors
    frozenset({'white'})
    """
    nouns: dict[str, str | None] = {}
    colors: set[str] = set()
    materials: set[str] = set()
    every: set[str] = set()
    for text in filter(None, texts):
        every.update(tokens(text))
        said = tokens(text.split(",")[0])
        head = said[: next((i for i, word in enumerate(said) if word in LINKS and i > 0), len(said))]
        phrase, own, kind = _noun(head)
        if phrase:
            nouns[phrase] = kind
        before = head[: len(head) - own]
        colors.update(SAME_COLOR.get(word, word) for word in before if word in COLORS)
        made_of = [MATERIAL_WORDS[word] for word in before if word in MATERIAL_WORDS]
        materials.update(SAME_MATERIAL.get(material, material) for material in made_of)
    return Words(tuple(nouns.items()), frozenset(colors), frozenset(materials), frozenset(every))


def match(asked: Words, there: Words) -> Match:
    """How well what is there is what is asked for.  Colours and materials asked for must not be contradicted."""
    kind = max((_kind(one, other) for one in asked.nouns for other in there.nouns), default=0.0)
    rest = asked.every - {word for noun, _ in asked.nouns for word in noun.split()}
    covered = len(rest & there.every) / len(rest) if rest else 1.0
    score = 0.7 * kind + 0.3 * covered
    for wanted, found, how in ((asked.colors, there.colors, ""), (asked.materials, there.materials, "of ")):
        if wanted and found and not wanted & found:
            return Match(score, f"it is {how}{' and '.join(sorted(found))}")
    if kind == 0.0 or score < LEAST_SCORE:
        return Match(score, "it is something else" if kind == 0.0 else "it is too little like it")
    return Match(score)


def take(
    fitting: Sequence[tuple[float, T]], request: AssetRequest, make: Callable[[T], MadeAsset]
) -> tuple[T, MadeAsset]:
    """The best of what fits, with its score, that can be made and was not rejected before.

    fitting: in an order that always holds; the seed draws among equal scores.
    Raises NoSuchAsset, which says what is the matter with the best.
    """
    drawn = np.random.default_rng(request.seed).permutation(len(fitting))
    wrong = []
    for index in sorted(drawn, key=lambda index: -round(fitting[index][0], 9)):
        item = fitting[index][1]
        try:
            made = make(item)
        except AssetError as error:
            wrong.append(str(error))
            continue
        if made.asset.sha256 not in request.rejected:
            return item, made
        wrong.append(f"{made.asset.info.name!r} failed a check")
    raise NoSuchAsset(f"nothing that fits {request.description!r} can be used: {'; '.join(wrong[:MOST_TOLD])}")


def nearest(scored: Iterable[tuple[Match, str]]) -> str:
    """The best of what was not taken, for an error: "'blue cup' (it is blue), ..."."""
    found: dict[str, Match] = {}
    for verdict, name in sorted(scored, key=lambda item: (-item[0].score, item[1])):
        found.setdefault(name, verdict)
    return ", ".join(f"{name!r} ({verdict.why_not})" for name, verdict in list(found.items())[:MOST_TOLD]) or "nothing"


def _noun(head: tuple[str, ...]) -> tuple[str, int, str | None]:
    """(noun phrase, its number of words, family) at the end of a noun phrase."""
    for start in range(len(head)):
        phrase = " ".join(head[start:])
        family = NOUNS.get(phrase) or PLACES.get(phrase)
        if family is not None:
            return phrase, len(head) - start, family
    return (head[-1], 1, None) if head else ("", 0, None)


def _kind(asked: tuple[str, str | None], there: tuple[str, str | None]) -> float:
    """Whether two nouns name the same kind of thing: 1 by name, less by family or by spelling, 0 if not."""
    (noun, family), (other, other_family) = asked, there
    if noun == other:
        return 1.0
    if family is not None and other_family is not None:
        return 0.85 if family == other_family else 0.0
    require("worldgen", "rapidfuzz")
    from rapidfuzz.fuzz import ratio

    alike = ratio(noun, other)
    return 0.85 * alike / 100.0 if alike >= LIKE_SPELLING else 0.0
