"""Colour words as people hear them: which word of "light blue" is the colour, and which colours pass for another."""

from __future__ import annotations

from collections.abc import Iterable

from gen3d_bench.worldgen.procedural.palette import COLORS

_HUES: tuple[frozenset[str], ...] = tuple(frozenset(words.split()) for words in (
    "blue navy indigo azure", "teal cyan turquoise aqua", "green olive emerald mint",
    "red maroon crimson scarlet burgundy rust", "orange coral salmon amber", "brown tan chocolate caramel taupe",
    "yellow gold golden mustard honey", "purple violet lavender lilac", "pink magenta fuchsia",
    "white cream ivory beige sand khaki", "gray grey silver silvery", "black charcoal",
))  # fmt: skip
"""Colours that pass for one another."""
_NEIGHBOURS: tuple[frozenset[str], ...] = tuple(frozenset(words.split()) for words in (
    "blue teal", "green teal", "orange red", "orange brown", "orange yellow", "gray white", "gray black", "purple pink",
    "brown white", "purple blue", "pink red",
))  # fmt: skip
"""First words of two hues that are near enough for a quarrel in bad light."""


def base_color(words: str) -> str | None:
    """The colour word in "light blue", or None."""
    return next((w for w in words.split() if w in COLORS), None)


def hue(color: str) -> str:
    """The everyday colour that a word passes for: "blue" for "navy"."""
    return next((min(hues, key=list(COLORS).index) for hues in _HUES if color in hues), color)


def hues(colors: Iterable[str | None]) -> frozenset[str]:
    return frozenset(hue(color) for color in colors if color is not None)


def unlike(color: str, others: Iterable[str]) -> bool:
    """Whether nobody would take the colour for one of the others, whatever the light."""
    mine = hue(color)
    return all(mine != hue(o) and frozenset({mine, hue(o)}) not in _NEIGHBOURS for o in others)
