"""From "small red wicker basket with a round lid" to a `Spec`: a head noun, and what is said of it and of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gen3d_bench.worldgen.procedural.palette import COLORS, TINGES
from gen3d_bench.worldgen.procedural.said import Said
from gen3d_bench.worldgen.procedural.spec import Spec
from gen3d_bench.worldgen.procedural.vocabulary import (
    BODY,
    FINISH_WORDS,
    LABELS,
    MATERIAL_WORDS,
    MEASURES,
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


def unknown_noun(prompt: str) -> str | None:
    """What a prompt without a known noun names: the last word that describes nothing, of its first phrase with one."""
    words, stops = zone(prompt)
    for start, stop in zip((0, *stops), stops, strict=False):
        named = [w for w in words[start:stop] if w not in _BREAKS and not describes(w)]
        if named:
            return named[-1]
    return None


def complaint(prompt: str, known: Mapping[str, str]) -> str:
    """Why a prompt cannot be made, and the known nouns nearest to what it names."""
    words, stops = zone(prompt)
    said = [w for w in words[: stops[-1]] if w not in _BREAKS]
    if not said:
        return f"the prompt {prompt!r} names no object; write a thing, such as 'red cup'"
    noun = unknown_noun(prompt)
    named = said[: len(said) - said[::-1].index(noun)] if noun else said
    near = nearest(" ".join(named[-2:]), known) + nearest(named[-1], known)
    hint = (
        f"nearest known: {', '.join(dict.fromkeys(near))}" if near else f"known: {', '.join(sorted({*known.values()}))}"
    )
    return f"no shape family makes {named[-1]!r} (in {prompt!r}); {hint}"


def nearest(phrase: str, known: Mapping[str, str]) -> list[str]:
    """Up to three known nouns spelt much like a phrase, nearest first."""
    from rapidfuzz import fuzz, process

    return [noun for noun, _, _ in process.extract(phrase, sorted(known), scorer=fuzz.ratio, score_cutoff=65, limit=3)]
