"""What a description has said so far, word by word, and the `Spec` that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gen3d_bench.worldgen.procedural.palette import COLOR_PHRASES, COLORS, TINGES, mix, shade, vivid
from gen3d_bench.worldgen.procedural.spec import Part, Rgb, Spec
from gen3d_bench.worldgen.procedural.vocabulary import (
    FINISH_WORDS,
    MATERIAL_WORDS,
    METAL_TINTS,
    NEUTRAL,
    PATTERN_WORDS,
    SHADES,
    SHAPES,
    SIZES,
    VIVID,
)


@dataclass
class Said:
    """What has been read of a description so far: lists in the order of the words."""

    colors: list[Rgb] = field(default_factory=list)
    accents: list[Rgb] = field(default_factory=list)
    materials: list[str] = field(default_factory=list)
    finishes: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def whole(self, words: Sequence[str], *, motif: bool = False) -> None:
        """Read words that are said of the thing as a whole; motif: their colours are those of its pattern."""
        said = _colors(words)
        for word in said.rest:
            self.words.append(word)
            if word in MATERIAL_WORDS:
                self.materials.append(MATERIAL_WORDS[word])
            elif word in FINISH_WORDS:
                self.finishes.append(FINISH_WORDS[word])
            elif word in PATTERN_WORDS:
                self.patterns.append(PATTERN_WORDS[word])
            elif word in SIZES:
                self.sizes.append(SIZES[word])
            elif word in SHAPES:
                self.shapes.append(SHAPES[word])
            elif word not in NEUTRAL and word not in SHADES and word not in VIVID:
                self.unknown.append(word)
        (self.accents if motif else self.colors).extend(said.colors)

    def part(self, name: str, words: Sequence[str]) -> None:
        """Read words that are said of a part of the thing."""
        said = _colors(words)
        material = next((MATERIAL_WORDS[w] for w in said.rest if w in MATERIAL_WORDS), None)
        color = said.colors[0] if said.colors else next((METAL_TINTS[w] for w in said.rest if w in METAL_TINTS), None)
        self.parts.append(Part(name, frozenset(said.rest) - NEUTRAL, color, material))

    def spec(self, prompt: str, family: str, implied: Said) -> Spec:
        """The result; what nobody said is taken from `implied`."""
        both = (self, implied)
        tint = next((METAL_TINTS[w] for w in self.words if w in METAL_TINTS), None)
        color = self.colors[0] if self.colors else tint or next(iter(implied.colors), None)
        patterns = [p for p in self.patterns if p != "plain"] or self.patterns
        accents = [*self.colors[1:], *self.accents, *(p.color for p in self.parts if p.color is not None)]
        return Spec(
            prompt,
            family,
            color,
            next((m for s in both for m in s.materials), None),
            frozenset((*self.words, *implied.words)),
            tuple(accents),
            tuple(dict.fromkeys(self.finishes or implied.finishes)),
            next(iter((*patterns, *implied.patterns)), None),
            next((f for s in both for f in s.sizes), 1.0),
            frozenset((*self.shapes, *implied.shapes)),
            tuple(self.parts),
            tuple(self.unknown),
        )


@dataclass(frozen=True)
class _Tinted:
    """Colours among some words, and the other words, both in order."""

    colors: tuple[Rgb, ...]
    rest: tuple[str, ...]


def _colors(words: Sequence[str]) -> _Tinted:
    """Colour words, with the words that shade them, taken out of others."""
    colors: list[Rgb] = []
    rest: list[str] = []
    k = 0
    while k < len(words):
        pair = (words[k], words[k + 1]) if k + 1 < len(words) else (words[k], "")
        before = words[k - 1] if k else ""
        if pair in COLOR_PHRASES:
            color, k = COLOR_PHRASES[pair], k + 1
        elif pair[0] in TINGES:
            tinge = TINGES[pair[0]]
            follows = pair[1] in COLORS
            color, k = (mix(COLORS[pair[1]], tinge, 0.35), k + 1) if follows else (mix(tinge, (0.5, 0.5, 0.5), 0.15), k)
        elif pair[0] in COLORS:
            color = COLORS[pair[0]]
        else:
            rest.append(words[k])
            k += 1
            continue
        if before in SHADES:
            color = shade(color, SHADES[before])
        elif before in VIVID:
            color = vivid(color)
        colors.append(color)
        k += 1
    return _Tinted(tuple(colors), tuple(rest))
