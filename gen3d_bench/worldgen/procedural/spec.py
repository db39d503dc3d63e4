"""What a prompt asks of a shape family, after parsing: "small red wicker basket" without the English."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[float, float, float]
"""sRGB in [0, 1]."""


@dataclass(frozen=True)
class Part:
    """A part that a prompt speaks of: the rim of "plate with a blue rim", the neck of "jar with a narrow neck".

    words: what is said of it, lower case.  color, material: as in `Spec`.
    """

    name: str
    words: frozenset[str] = frozenset()
    color: Rgb | None = None
    material: str | None = None


@dataclass(frozen=True)
class Spec:
    """A parsed object description.

    prompt: the words as given.  family: key of the shape family.  color: the main colour, or None.
    material: "ceramic", "glass", "metal", "plastic", "wicker", "wood", "fabric", "paper", "cardboard" ..., or None.
    words: every word said of the whole thing that is no colour ("small", "round", "open", "soup" ...), lower case.
    accents: further colours, of the thing or of its parts.  finishes: keys of `style.FINISHES`.
    pattern: key of `style.PATTERNS`, or None.  size: factor on every length, within the family's bounds.
    shapes: keys of `vocabulary.SHAPES` ("tall", "square" ...).  parts: parts that the prompt speaks of.
    unknown: words that nothing here can act on.
    """

    prompt: str
    family: str
    color: Rgb | None = None
    material: str | None = None
    words: frozenset[str] = frozenset()
    accents: tuple[Rgb, ...] = ()
    finishes: tuple[str, ...] = ()
    pattern: str | None = None
    size: float = 1.0
    shapes: frozenset[str] = frozenset()
    parts: tuple[Part, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def colors(self) -> tuple[Rgb, ...]:
        """The main colour first, then the accents."""
        return (*(() if self.color is None else (self.color,)), *self.accents)

    @property
    def finish(self) -> str | None:
        """The first finish, which decides how rough the thing is."""
        return self.finishes[0] if self.finishes else None

    def part(self, *names: str) -> Part | None:
        """The first part spoken of that has one of these names."""
        return next((p for p in self.parts if p.name in names), None)
