"""From "small red wicker basket with a round lid" to a `Spec`: a head noun, and what is said of it and of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from gen3d_bench.worldgen.procedural.palette import COLOR_PHRASES, COLORS, TINGES, mix, shade, vivid
from gen3d_bench.worldgen.procedural.spec import Part, Rgb, Spec
from gen3d_bench.worldgen.procedural.vocabulary import (
    BODY,
    FINISH_WORDS,
    LABELS,
    MATERIAL_WORDS,
    MEASURES,
    METAL_TINTS,
    NEUTRAL,
    PART_ENDINGS,
    PATTERN_WORDS,
    PLACED,
    SHADES,
    SHAPES,
    SIZES,
    VIVID,
    WITH,
)

PLACES: Mapping[str, str] = MappingProxyType(
    {
        noun: family
        for family, nouns in {
            "table": "table desk countertop counter workbench tabletop worktop",
            "room": "room kitchen office bedroom studio classroom workshop garage library laboratory lab lounge cafe "
            "restaurant nursery background interior study bathroom hallway basement attic pantry shop diner den",
        }.items()
        for noun in nouns.split()
    }
)
"""Nouns that name a table or a room instead of a thing on the table."""

_IRREGULAR = MappingProxyType(
    {"knives": "knife", "mice": "mouse", "loaves": "loaf", "leaves": "leaf", "shelves": "shelf", "cookies": "cookie",
     "bookshelves": "bookshelf", "brownies": "brownie", "scarves": "scarf", "halves": "half", "pies": "pie"}
)  # fmt: skip
_SINGULAR_S = frozenset({"chess", "brass", "stainless", "canvas", "tennis", "thermos", "atlas"})
_ENDINGS = (("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ies", "y"), ("oes", "o"))
_ARTICLES = frozenset({"a", "an", "the", "some", "one"})
_COMMA = ","
_BREAKS = frozenset({_COMMA, "and", "or", "but"})


class UnknownObjectError(ValueError):
    """A prompt names a thing that no shape family makes."""


def tokens(prompt: str) -> tuple[str, ...]:
    """Lower-case words, hyphens opened, articles dropped, plurals made singular.

    >>> tokens("The (white) Ping-Pong balls")
    ('white', 'ping', 'pong', 'ball')
    """
    return tuple(w for w in _sentence(prompt) if w != _COMMA)


def _sentence(prompt: str) -> tuple[str, ...]:
    """As `tokens`, with a comma wherever the sentence pauses."""
    words = re.findall(r"[a-z0-9]+|[,;:.!?]", prompt.lower().replace("'s", ""))
    return tuple(_COMMA if not w[0].isalnum() else _singular(w) for w in words if w not in _ARTICLES)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or word in _SINGULAR_S or word.endswith(("ss", "is", "us")):
        return word
    for plural, singular in _ENDINGS:
        if word.endswith(plural) and len(word) > len(plural) + 1:
            return word[: -len(plural)] + singular
    return word[:-1] if word.endswith("s") else word


@dataclass(frozen=True)
class Head:
    """Where a prompt names its thing: words[start:stop] of the sentence; phrase: those words, joined by blanks."""

    words: tuple[str, ...]
    start: int
    stop: int

    @property
    def phrase(self) -> str:
        return " ".join(self.words[self.start : self.stop])


def zone(prompt: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """(words of a prompt, places in them where its noun may end): before each pause, and before the first link word."""
    words = _sentence(prompt)
    for k, word in enumerate(words[1:-1], start=1):
        if word == "of" and words[k - 1] in MEASURES:
            words = words[k + 1 :]
            break
    end = next((k for k, w in enumerate(words) if k > 0 and w in WITH | PLACED), len(words))
    return words, (*(k for k in range(end) if words[k] in _BREAKS), end)


def find_head(prompt: str, known: Mapping[str, str]) -> Head | None:
    """The known noun that a prompt is about, or None.

    The head of a noun phrase ends it, so the longest known phrase at the end wins ("mouse pad" is no mouse); describing
    words may still follow ("plate, white").  What follows "of", "with", "on" describes, and names nothing.
    """
    words, stops = zone(prompt)
    second_choice: Head | None = None
    for stop in stops:
        last = stop
        while last > 0 and words[last - 1] not in _BREAKS:
            for start in range(last):
                head = Head(words, start, last)
                if head.phrase in known:
                    if head.phrase not in COLORS or stop == stops[-1]:
                        return head
                    second_choice = second_choice or head  # "orange and white cup" is no orange
                    break
            if not describes(words[last - 1]):
                break
            last -= 1
    return second_choice


def parse(prompt: str, nouns: Mapping[str, str], implied: Iterable[str] = ()) -> Spec:
    """What a prompt asks for.

    nouns: phrase (of `tokens`, joined by blanks) -> family.  implied: words that go without saying, unless it says
    otherwise.  Raises UnknownObjectError naming the word and the nearest known nouns.
    """
    known = {**PLACES, **nouns}
    head = find_head(prompt, known)
    if head is None:
        raise UnknownObjectError(complaint(prompt, known))
    family = known[head.phrase]
    # "orange" is a thing, not a colour; "glass cup" is of glass
    own = () if head.phrase == family.replace("_", " ") else head.words[head.start : head.stop - 1]
    said = Said()
    said.whole(_take_endings(said, [w for w in head.words[: head.start] if w not in _BREAKS]))
    said.whole([w for w in own if w in COLORS or w in MATERIAL_WORDS])
    said.words += head.words[head.start : head.stop] if family in PLACES.values() else own
    _read_rest(said, head.words[head.stop :])
    silent = Said()
    silent.whole(tuple(implied))
    return said.spec(prompt, family, silent)


def describes(word: str) -> bool:
    """True for a word that says how a thing is and names none."""
    return word in LABELS or word in NEUTRAL or _describing(word)


def _describing(word: str) -> bool:
    tables = (COLORS, TINGES, MATERIAL_WORDS, FINISH_WORDS, PATTERN_WORDS, SIZES, SHAPES, SHADES, VIVID)
    return any(word in table for table in tables)


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


def _take_endings(said: Said, words: list[str]) -> list[str]:
    """Words before a noun without those that speak of a part, which are read: "blue-rimmed plate"."""
    while ending := next((k for k, w in enumerate(words) if w in PART_ENDINGS), None):
        start = ending - 1
        if start > 0 and words[start] in COLORS and (words[start - 1] in SHADES or words[start - 1] in VIVID):
            start -= 1
        said.part(PART_ENDINGS[words[ending]], words[start:ending])
        words = [*words[:start], *words[ending + 1 :]]
    return words


def _read_rest(said: Said, words: Sequence[str]) -> None:
    """Read what follows the noun: phrases about the thing, about its parts, and about other things."""
    phrase: list[str] = []
    other = False
    for word in (*words, _COMMA):
        if word not in _BREAKS and word not in WITH and word not in PLACED:
            phrase.append(word)
            continue
        if word == "and" and not other and all(describes(w) for w in phrase):
            continue  # "with black and white stripes": one phrase
        if phrase and other:
            said.unknown.append(" ".join(phrase))
        elif phrase:
            _read_phrase(said, phrase)
        phrase = []
        if word not in _BREAKS or word == _COMMA:
            other = word in PLACED


def _read_phrase(said: Said, phrase: list[str]) -> None:
    """Read one phrase such as "narrow neck", "slightly textured finish", "white stripe", "raised tactile button"."""
    names = [k for k, w in enumerate(phrase) if not describes(w)]
    if not names or phrase[names[-1]] in BODY:
        motif = any(PATTERN_WORDS.get(w, "plain") != "plain" for w in phrase)
        said.whole([w for w in phrase if w not in BODY], motif=motif)
    else:
        said.part(phrase[names[-1]], [w for k, w in enumerate(phrase) if k != names[-1]])


def complaint(prompt: str, known: Mapping[str, str]) -> str:
    """Why a prompt cannot be made, and the known nouns nearest to what it names."""
    words, stops = zone(prompt)
    named = [w for w in words[: stops[-1]] if w not in _BREAKS]
    if not named:
        return f"the prompt {prompt!r} names no object; write a thing, such as 'red cup'"
    near = nearest(" ".join(named[-2:]), known) + nearest(named[-1], known)
    hint = (
        f"nearest known: {', '.join(dict.fromkeys(near))}" if near else f"known: {', '.join(sorted({*known.values()}))}"
    )
    return f"no shape family makes {named[-1]!r} (in {prompt!r}); {hint}"


def nearest(phrase: str, known: Mapping[str, str]) -> list[str]:
    """Up to three known nouns spelt much like a phrase, nearest first."""
    from rapidfuzz import fuzz, process

    return [noun for noun, _, _ in process.extract(phrase, sorted(known), scorer=fuzz.ratio, score_cutoff=65, limit=3)]
