"""Prepositional phrases: where a thing shall go, where it comes from, and in what surroundings all of it happens."""

from __future__ import annotations

from dataclasses import dataclass

from gen3d_bench.worldgen.designer import lexicon
from gen3d_bench.worldgen.designer.places import Place, place
from gen3d_bench.worldgen.designer.text import Refusal, Words, shown


@dataclass(frozen=True)
class Phrase:
    """A preposition and the words up to the next one."""

    preposition: Words
    words: Words

    def __str__(self) -> str:
        return " ".join((*self.preposition, *self.words))

    def until_and(self) -> Phrase:
        """The phrase without a second thing in it."""
        stop = next((i for i, w in enumerate(self.words) if w in {"and", ","}), len(self.words))
        return Phrase(self.preposition, self.words[:stop])


def phrases(words: Words) -> tuple[Words, tuple[Phrase, ...]]:
    """The words before the first preposition, and every preposition with the words behind it."""
    first: list[str] = []
    found: list[tuple[Words, list[str]]] = []
    i = 0
    while i < len(words):
        preposition = _preposition(words, i)
        current = found[-1][1] if found else first
        if preposition:
            while current and (current[-1] in lexicon.PARTICLES | {","} or _is_clause(current)):
                current.pop()
            found.append((preposition, []))
            i += len(preposition)
        else:
            current.append(words[i])
            i += 1
    return tuple(first), tuple(Phrase(p, tuple(said)) for p, said in found)


def _is_clause(words: list[str]) -> bool:
    """Whether the words end with "that is", as in "the cup that is on the table"."""
    which = len(words) > 1 and words[-1] in {"that's", "that", "which"}
    return which or (len(words) > 2 and words[-1] == "is" and words[-2] in {"that", "which"})


def _preposition(words: Words, at: int) -> Words:
    """The longest preposition there, or nothing."""
    for length in range(min(lexicon.LONGEST_PREPOSITION, len(words) - at), 0, -1):
        if words[at : at + length] in lexicon.WHERE:
            return words[at : at + length]
    return ()


def destinations(said: tuple[Phrase, ...]) -> tuple[tuple[Phrase, ...], Place]:
    """Phrases that say where to, and the places that are only surroundings."""
    goals: list[Phrase] = []
    around = Place()
    for phrase in said:
        named = place(phrase.words)
        if named is not None and (phrase.preposition in lexicon.PREPOSITIONS or phrase.preposition in lexicon.ORIGINS):
            around = around.joined(named)
        else:
            goals.append(phrase)
    return tuple(goals), around


def origin(said: tuple[Phrase, ...], source: str) -> Place:
    """The place from which a thing is taken.  Raises Refusal if that is a thing."""
    things, around = destinations(said)
    if things:
        raise Refusal(f"{shown(str(things[0]))} says where the {source} starts, but everything starts on the table",
                      *anywhere(source))
    return around


def anywhere(source: str) -> tuple[str, str]:
    """Commands that put a thing where nearly everything can be put."""
    return f"put the {source} on the plate", f"put the {source} in the bowl"
