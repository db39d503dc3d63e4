"""What a prompt asks of a shape family, after parsing: "small red wicker basket" without the English."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[float, float, float]
"""sRGB in [0, 1]."""


@dataclass(frozen=True)
class Spec:
    """A parsed object description.

    prompt: the words as given.  family: key of the shape family.  color: of the first colour word, or None.
    material: "ceramic", "glass", "metal", "plastic", "wicker", "wood", "fabric", "paper", "cardboard" ..., or None.
    words: every remaining word ("small", "round", "open", "soup" ...), lower case.
    """

    prompt: str
    family: str
    color: Rgb | None = None
    material: str | None = None
    words: frozenset[str] = frozenset()
