"""Which shape family makes a thing: the family's own nouns, the nearest kin of other everyday things, and typos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from gen3d_bench.worldgen.procedural.families import FAMILIES, NOUNS
from gen3d_bench.worldgen.procedural.kin import KIN, STRANGERS, Kin
from gen3d_bench.worldgen.procedural.prompts import PLACES, UnknownObjectError, complaint, find_head, parse, zone
from gen3d_bench.worldgen.procedural.spec import Spec

MIN_TYPO_LETTERS = 5
"""Shorter words are not mended: too many of them are one letter away from another thing ("pan", "pen")."""


@dataclass(frozen=True)
class Resolution:
    """What a prompt will be made as.

    prompt: as given to the generator.  family: key of the shape family, "table" or "room".
    note: what a reader should know if that is not simply what was asked for, or None.
    reading: the prompt with its spelling mended.  noun: the word or words in it that name the thing.
    """

    prompt: str
    family: str
    note: str | None
    reading: str
    noun: str


def resolve(prompt: str) -> Resolution:
    """The shape family that a prompt means: by its own nouns, by kinship, or by mending a typo.

    Raises UnknownObjectError, naming near things, for what has no kin here.
    """
    known = _known()
    reading, mended = prompt, None
    head = find_head(reading, known)
    if head is None:
        reading, mended = _mended(prompt, known)
        head = find_head(reading, known)
    if head is None:
        raise UnknownObjectError(complaint(prompt, {**PLACES, **NOUNS}))
    noun = head.phrase
    notes = [] if mended is None else [mended]
    if noun in KIN:
        kin = FAMILIES[KIN[noun].family]
        notes.append(f"no shape family makes {_a(noun)}; made as the nearest, {_a(kin.nouns[0])}")
    return Resolution(prompt, known[noun], "; ".join(notes) or None, reading, noun)


def specification(prompt: str) -> Spec:
    """What a prompt asks of the families of this generator.  Raises UnknownObjectError."""
    resolution = resolve(prompt)
    kin = KIN.get(resolution.noun, Kin(resolution.family))
    spec = parse(resolution.reading, _known(), kin.words)
    return Spec(**{**vars(spec), "prompt": prompt})


@cache
def _known() -> Mapping[str, str]:
    return MappingProxyType({**{noun: kin.family for noun, kin in KIN.items()}, **PLACES, **NOUNS})


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _mended(prompt: str, known: Mapping[str, str]) -> tuple[str, str | None]:
    """(prompt, note) with the noun spelt right, if a known one is so near that a slip of the keys explains it."""
    words, stops = zone(prompt)
    for stop in stops:
        for length in (3, 2, 1):
            said = words[max(stop - length, 0) : stop]
            written = " ".join(said)
            if len(said) == length and written not in STRANGERS:
                right = _slip("".join(said), known)
                if right is not None:
                    reading = " ".join((*words[: stop - length], right, *words[stop:]))
                    return reading, f"{written!r} is read as {right!r}"
    return prompt, None


def _slip(written: str, known: Iterable[str]) -> str | None:
    """The known noun that some letters were meant to be, ignoring blanks, or None.

    One letter too many, missing, or two swapped; from eight letters on also a wrong one, or two of these slips.  A
    wrong letter in a short word is more likely another word ("plane" is no plate).
    """
    from rapidfuzz.distance import OSA

    best: tuple[int, str] | None = None
    for noun in sorted(known):
        letters = noun.replace(" ", "")
        if letters == written:
            return noun
        shortest = min(len(letters), len(written))
        if shortest < MIN_TYPO_LETTERS or letters[0] != written[0]:
            continue
        allowed = 2 if shortest >= 8 else 1
        distance = OSA.distance(letters, written, score_cutoff=allowed)
        replaced = len(letters) == len(written) and sorted(letters) != sorted(written)
        if distance <= allowed and not (replaced and shortest < 8) and (best is None or distance < best[0]):
            best = (distance, noun)
    return None if best is None else best[1]
