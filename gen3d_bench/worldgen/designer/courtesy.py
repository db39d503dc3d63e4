"""What people say around a command: politeness, the place it is for; and sentences that are no single plain command."""

from __future__ import annotations

from gen3d_bench.worldgen.designer import lexicon
from gen3d_bench.worldgen.designer.places import Place, place
from gen3d_bench.worldgen.designer.text import STOPS, Refusal, Words, shown, starts, without_end, without_start


def without_courtesy(words: Words) -> tuple[Words, Place]:
    """The command itself in lexicon's verbs, and the place that a sentence may begin with ("in the kitchen, put ...").

    Raises Refusal for questions.
    """
    asks = words[-1] == "?"
    words = without_end(words, ())
    before = Place()
    request = False
    while True:
        start = words
        if words and words[0] in {"in", "on", "at", "inside"}:
            here, words = _leading_place(words)
            before = before.joined(here)
        found, rest = without_start(words, lexicon.OPENERS)
        if not any(len(wish) > len(found) and starts(words, wish) for wish in lexicon.WISHES):
            words = rest
        if words == start:
            break
        request |= bool(found) and found[0] in lexicon.REQUESTS
    while (shorter := without_end(words, lexicon.CLOSERS)) != words:
        words = shorter
    if words and words[0] in lexicon.GERUNDS:
        words = (lexicon.GERUNDS[words[0]], *words[1:])
    if set(words[:2]) & lexicon.NEGATIONS:
        raise Refusal(f"{shown(' '.join(words[:2]))} says what not to do: say what to do instead")
    if not words or words[0] in lexicon.QUESTIONS or (asks and not request):
        raise Refusal("this is a question, and only commands are carried out")
    return words, before


def _leading_place(words: Words) -> tuple[Place, Words]:
    verbs = lexicon.PUT | lexicon.TAKE
    stop = next((i for i, w in enumerate(words) if w == "," or (i > 1 and w in verbs)), None)
    named = place(words[1:stop]) if stop else None
    if stop is None or named is None:
        raise Refusal("the command begins with no verb: say what to put first")
    return named, words[stop + (words[stop] == ",") :]


def only_one_command(words: Words) -> None:
    """Raises Refusal for several sentences, negations, choices and conditions."""
    if set(words) & STOPS:
        first = words[: next(i for i, w in enumerate(words) if w in STOPS)]
        raise Refusal("one command at a time: this is more than one sentence", " ".join(first))
    for i, word in enumerate(words):
        tail = word in {"without", "no"} and i > 0 and words[0] in lexicon.PUT | lexicon.TAKE
        if (word in lexicon.NEGATIONS and not tail) or (word == "no" and words[i - 1 : i] != ("with",)):
            raise Refusal(f"{shown(word)} says what not to do: say what to do instead")
        if word in lexicon.ALTERNATIVES:
            raise Refusal(f"{shown(word)} leaves a choice: name one object and one place", " ".join(words[:i]))
        if word in lexicon.CONDITIONS:
            raise Refusal(f"{shown(word)} makes the command depend on something: give a plain command",
                          " ".join(words[:i]))
