"""How well an asset that exists fits what is asked for, from the words that describe both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from gen3d_bench.extras import require
from gen3d_bench.worldgen.procedural.families import NOUNS
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.prompts import MATERIAL_WORDS, PLACES, tokens

T = TypeVar("T")

LINKS = frozenset({"with", "without", "of", "for", "from", "having", "made", "on", "in", "and", "featuring", "that"})
"""Words that end a noun phrase: what follows describes a part of the thing, not the thing."""
SAME_COLOR = {"grey": "gray", "violet": "purple"}
LEAST_SCORE = 0.55
"""Below this, something is not what was asked for."""
LIKE_SPELLING = 85.0
"""Similarity (percent) of two nouns that counts as another spelling of one."""


@dataclass(frozen=True)
class Words:
    """What a text says: the noun (its last one or two words), its family if known, colours, materials, all words."""

    noun: str
    family: str | None
    colors: frozenset[str]
    materials: frozenset[str]
    every: frozenset[str]


@dataclass(frozen=True)
class Match:
    """score: from 0 to 1.  why_not: what keeps it from being taken, or nothing."""

    score: float
    why_not: str = ""


def words_of(*texts: str) -> Words:
    """Of a name and longer descriptions of one thing: the first text that has a noun gives it.

    >>> words_of("mug", "white ceramic mug with a red handle").colors
    frozenset({'white'})
    """
    noun, family = "", None
    colors: set[str] = set()
    materials: set[str] = set()
    every: set[str] = set()
    for text in filter(None, texts):
        said = tokens(text)
        head = said[: next((i for i, word in enumerate(said) if word in LINKS and i > 0), len(said))]
        phrase, own, kind = _noun(head)
        if phrase and not noun:
            noun, family = phrase, kind
        every.update(said)
        before = head[: len(head) - own]
        colors.update(SAME_COLOR.get(word, word) for word in before if word in COLORS)
        materials.update(MATERIAL_WORDS[word] for word in before if word in MATERIAL_WORDS)
    return Words(noun, family, frozenset(colors), frozenset(materials), frozenset(every))


def match(asked: Words, there: Words) -> Match:
    """How well what is there is what is asked for.  A colour asked for must not be contradicted."""
    kind = _kind(asked, there)
    rest = asked.every - set(asked.noun.split())
    covered = len(rest & there.every) / len(rest) if rest else 1.0
    score = 0.7 * kind + 0.3 * covered
    if asked.colors and there.colors and not asked.colors & there.colors:
        return Match(score, f"it is {' and '.join(sorted(there.colors))}")
    if asked.materials and there.materials and not asked.materials & there.materials:
        score -= 0.1
    if kind == 0.0 or score < LEAST_SCORE:
        return Match(score, "it is something else" if kind == 0.0 else "it is too little like it")
    return Match(score)


def choose(candidates: Sequence[tuple[float, T]], seed: int) -> T:
    """One of those with the best score, drawn by the seed.  candidates: at least one, in an order that always holds."""
    best = max(score for score, _ in candidates)
    equal = [item for score, item in candidates if score >= best - 1e-9]
    return equal[int(np.random.default_rng(seed).integers(len(equal)))]


def nearest(scored: Iterable[tuple[Match, str]], count: int = 3) -> str:
    """The best of what was not taken, for an error: "'blue cup' (it is blue), ..."."""
    found: dict[str, Match] = {}
    for verdict, name in sorted(scored, key=lambda item: (-item[0].score, item[1])):
        found.setdefault(name, verdict)
    return ", ".join(f"{name!r} ({verdict.why_not})" for name, verdict in list(found.items())[:count]) or "nothing"


def _noun(head: tuple[str, ...]) -> tuple[str, int, str | None]:
    """(noun phrase, its number of words, family) at the end of a noun phrase."""
    for start in range(len(head)):
        phrase = " ".join(head[start:])
        family = NOUNS.get(phrase) or PLACES.get(phrase)
        if family is not None:
            return phrase, len(head) - start, family
    return (head[-1], 1, None) if head else ("", 0, None)


def _kind(asked: Words, there: Words) -> float:
    """Whether both are the same kind of thing: 1 by name, less by family or by spelling, 0 if not."""
    if asked.noun == there.noun:
        return 1.0 if asked.noun else 0.0
    if asked.family is not None and there.family is not None:
        return 0.85 if asked.family == there.family else 0.0
    require("worldgen", "rapidfuzz")
    from rapidfuzz.fuzz import ratio

    alike = ratio(asked.noun, there.noun)
    return 0.85 * alike / 100.0 if alike >= LIKE_SPELLING else 0.0
