"""What people call things: noun phrases without their articles, or a refusal where they name no one thing."""

from __future__ import annotations

from gen3d_bench.worldgen.designer import lexicon
from gen3d_bench.worldgen.designer.graph import MAX_NAME_WORDS
from gen3d_bench.worldgen.designer.text import NotOneName, Refusal, Words, shown
from gen3d_bench.worldgen.procedural.families import NOUNS
from gen3d_bench.worldgen.procedural.kin import KIN
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.prompts import tokens

_FILLERS = frozenset({"very", "really", "quite"})


def thing(words: Words, role: str) -> str:
    """The name that a noun phrase gives to one thing: "red cup" for "the red cup", "red apple" for "an apple that is
    red".

    role: "source" or "target", for messages.  Raises Refusal for pronouns, several things, and what is no noun phrase.
    """
    _one_thing(words)
    words = tuple(w for w in words if w != "," and w not in _FILLERS)
    while words and words[0] in lexicon.DETERMINERS and len(words) > 1:
        words = words[1:]
    words = _relative_clause(words)
    if not words or words == ("one",) or words[0] in lexicon.DETERMINERS | lexicon.PRONOUNS:
        said = " ".join(words)
        raise Refusal(f"{shown(said)} does not say which object: name it, as in 'the red cup'" if said
                      else f"the {role} has no name")
    _plain(words)
    return " ".join(_shortened(words))


def head_of(words: Words) -> Words:
    """The words before the first "of", "with" ... that describe the noun behind it."""
    link = next((i for i, w in enumerate(words) if w in lexicon.NOUN_LINKS and i > 0), len(words))
    return words[:link]


def is_noun(words: Words) -> bool:
    """Whether the words end with a noun for something that is made here."""
    said = tokens(" ".join(words))
    return any(" ".join(said[i:]) in nouns for i in range(len(said)) for nouns in (NOUNS, KIN))


def _one_thing(words: Words) -> None:
    """Raises Refusal if the words name several things."""
    first = next((w for w in words if w not in {"of", "the", "a", "my", "your", "our", "only", "just"}), "")
    for i, word in enumerate(words):
        if word in {"and", ","} and not _joins_attributes(words[:i], words[i + 1 :]):
            one = " ".join(_bare(words[:i]))
            raise NotOneName(f"one object at a time: {shown(' '.join(words))} names several", one)
    head = head_of(tuple(w for w in words if w != ","))
    if first in lexicon.QUANTITIES or (first.isdigit() and first != "1"):
        one = " ".join(tokens(" ".join(_bare(words[words.index(first) + 1 :]))))
        raise NotOneName(f"one object at a time: {shown(' '.join(words))} asks for several", one)
    last = head[-1] if head else ""
    single = tokens(last)
    if last.endswith("s") and single and single[0] != last and not is_noun((last + "s",)) and is_noun(head):
        one = " ".join((*_bare(head)[:-1], single[0]))
        raise NotOneName(f"one object at a time: {shown(' '.join(words))} is several", one)


def _joins_attributes(left: Words, right: Words) -> bool:
    """Whether "and" (or a comma) between the words joins what describes one thing: "black and white cup"."""
    if not left or not right:
        return False
    if any(w in lexicon.NOUN_LINKS for w in left):  # "a cup with a red rim and a blue handle"
        return not is_noun(head_of(right)) or right[0] in COLORS
    if right[0] in lexicon.DETERMINERS - {"one"} or right[0] == "and":
        return right[0] == "and"
    return left[-1] in COLORS if is_noun(left) else True


def _bare(words: Words) -> Words:
    return tuple(w for i, w in enumerate(words) if not (w in lexicon.DETERMINERS and i == 0) and w not in {"of", ","})


def _relative_clause(words: Words) -> Words:
    """"apple that is red" -> "red apple"."""
    for i, word in enumerate(words):
        if word in {"that", "which"} and i > 0:
            if words[i + 1 : i + 2] == ("is",) and 0 < len(words[i + 2 :]) <= 3:
                return (*words[i + 2 :], *words[:i])
            raise Refusal(f"{shown(' '.join(words[i:]))} is not understood: say what the thing looks like, as in "
                          "'the red cup'")
        if word == "that's" and i > 0:
            return _relative_clause((*words[:i], "that", "is", *words[i + 1 :]))
    return words


def _plain(words: Words) -> None:
    """Raises Refusal if a word does not belong into the name of a thing."""
    if words[0] in lexicon.NOUN_LINKS or words[-1] in lexicon.NOUN_LINKS:
        raise Refusal(f"{shown(' '.join(words))} is not understood as one thing: name it, as in 'the red cup'")
    for i, word in enumerate(words):
        in_tail = any(w in lexicon.NOUN_LINKS for w in words[:i])
        if i > 0 and word.endswith("ing") and words[i - 1] in {"without", "for", "by"}:
            raise Refusal(f"{shown(' '.join(words[i - 1 :]))} says how to do it, and only what is done is judged")
        if word in lexicon.REFERRING and not in_tail:
            raise Refusal(f"{shown(word)} picks a thing by its place or rank, and places change from episode to "
                          "episode: name it by its looks, as in 'the red cup'")
        if word in lexicon.PRONOUNS or (word in lexicon.DETERMINERS and not in_tail):
            raise Refusal(f"{shown(' '.join(words))} is not understood as one thing: name it, as in 'the red cup'")


def _shortened(words: Words) -> Words:
    """Without articles if there are more than MAX_NAME_WORDS words.  Raises Refusal if that is not enough."""
    if len(words) > MAX_NAME_WORDS:
        words = tuple(w for w in words if w not in {"a", "an", "the"})
    if len(words) > MAX_NAME_WORDS:
        raise NotOneName(
            f"{shown(' '.join(words))} is too long for a name, which has at most {MAX_NAME_WORDS} words",
            " ".join(head_of(words)[-2:]),
        )
    return words
