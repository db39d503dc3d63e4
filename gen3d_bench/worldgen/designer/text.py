"""Sentences as typed by people become lower-case English words and marks, or a refusal that says what is unreadable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from gen3d_bench.worldgen.designer.protocol import MAX_TASK_LETTERS

Words = tuple[str, ...]

_PLAIN = str.maketrans({"‘": "'", "’": "'", "‛": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "„": '"',
                        "«": '"', "»": '"', "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": " , ", "―": " , ",
                        "−": "-", "…": ".", "&": " and ", "×": "x"})  # fmt: skip
_DROPPED = frozenset('"()[]{}*_~<>|')
"""Marks that people put about words."""
_TOKEN = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*|[.,;:!?]|\S")
STOPS = frozenset(".;!?")
"""Marks that end a sentence."""
_SHOWN_LETTERS = 60


class Refusal(ValueError):  # noqa: N818 - users see DesignError
    """A task that no scene is made from.  The message is the reason; `instead`: sentences near it, nearest first."""

    def __init__(self, reason: str, *instead: str) -> None:
        super().__init__(reason)
        self.instead = instead


class NotOneName(Refusal):
    """A noun phrase does not name one thing in few words; `one` is a name near it, or ""."""

    def __init__(self, reason: str, one: str) -> None:
        super().__init__(reason)
        self.one = one


def shown(text: str) -> str:
    """A short printable form of what a user wrote, in quotes."""
    cut = text if len(text) <= _SHOWN_LETTERS else text[: _SHOWN_LETTERS - 3] + "..."
    return ascii(cut) if not cut.isprintable() else repr(cut)


def words_of(sentence: str) -> Words:
    """Lower-case words, and the marks between them, of a sentence of at most MAX_TASK_LETTERS letters.

    Accents, quotes and brackets are dropped.  Raises Refusal.
    """
    text = sentence.strip()
    if not text:
        raise Refusal("the task is empty")
    if len(sentence) > MAX_TASK_LETTERS:
        raise Refusal(f"the task has {len(sentence)} letters, at most {MAX_TASK_LETTERS} are read: one short command")
    odd = next((c for c in text if unicodedata.category(c)[0] == "C"), None)
    if odd is not None:
        raise Refusal(f"the task holds the control character U+{ord(odd):04X}: one line of plain text is read")
    spelled = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    plain = "".join(" " if c in _DROPPED else c for c in spelled if not unicodedata.combining(c)).lower()
    found = tuple(_TOKEN.findall(plain.translate(_PLAIN)))
    strange = next((w for w in found if not (w.isascii() and (w[0].isalnum() or w in STOPS or w in ",:"))), None)
    if strange is not None and strange not in "'-":
        raise Refusal(f"{shown(strange)} is not read: write the command in plain English words")
    known = tuple(w for w in found if w not in "'-")
    if not any(w[0].isalpha() for w in known):
        raise Refusal("the task holds no words: write a command in English")
    return known


def starts(words: Sequence[str], phrase: Sequence[str], at: int = 0) -> bool:
    return tuple(words[at : at + len(phrase)]) == tuple(phrase)


def without_start(words: Words, phrases: Iterable[Words]) -> tuple[Words, Words]:
    """(the longest of the phrases that the words begin with, or nothing; the rest without marks before it)."""
    found = max((p for p in phrases if len(p) < len(words) and starts(words, p)), key=len, default=())
    rest = words[len(found) :]
    while rest and rest[0] in {",", ":"} and found:
        rest = rest[1:]
    return found, rest


def without_end(words: Words, phrases: Iterable[Words]) -> Words:
    """The words without the longest of the phrases that they end with, and without marks before it."""
    found = max((p for p in phrases if len(p) < len(words) and starts(words, p, len(words) - len(p))), key=len,
                default=())
    rest = words[: len(words) - len(found)]
    while rest and (rest[-1] in STOPS or rest[-1] in {",", ":"}):
        rest = rest[:-1]
    return rest
