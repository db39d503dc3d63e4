"""Who is the source and who the target of a task sentence, given the names of the things there are.

EmbodiedGen's layouts do not say: the receptacle may stand among the manipulated things or among the distractors, in any
order.  The sentence does, through its prepositions; where it does not, the user must.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.worldgen.designer.graph import Relation
from gen3d_bench.worldgen.procedural.families import NOUNS
from gen3d_bench.worldgen.procedural.prompts import tokens

Meaning = Literal["ON", "IN", "to", "origin", "other"]

PREPOSITIONS: Mapping[tuple[str, ...], Meaning] = MappingProxyType({
    ("on", "top", "of"): "ON", ("on",): "ON", ("onto",): "ON", ("upon",): "ON", ("atop",): "ON",
    ("in",): "IN", ("into",): "IN", ("inside",): "IN", ("inside", "of"): "IN", ("within",): "IN",
    ("to",): "to", ("at",): "to",
    ("from",): "origin", ("off",): "origin", ("off", "of"): "origin", ("out", "of"): "origin", ("that", "is", "on"):
    "origin", ("that", "is", "in"): "origin", ("which", "is", "on"): "origin", ("which", "is", "in"): "origin",
    ("from", "on", "top", "of"): "origin", ("from", "inside"): "origin", ("lying", "on"): "origin",
    ("next", "to"): "other", ("close", "to"): "other", ("beside",): "other", ("near",): "other", ("behind",): "other",
    ("in", "front", "of"): "other", ("under",): "other", ("underneath",): "other", ("below",): "other",
    ("between",): "other", ("above",): "other", ("over",): "other", ("around",): "other", ("against",): "other",
    ("to", "left", "of"): "other", ("to", "right", "of"): "other", ("on", "left", "of"): "other",
    ("on", "right", "of"): "other", ("without",): "other", ("with",): "other",
})
"""What the words before a thing say of it, articles left out: where the source goes or comes from, or neither."""
_LONGEST = max(map(len, PREPOSITIONS))
_MOVING = frozenset({("onto",), ("into",), ("to",)})
"""Say where to, whatever the verb is: what is taken "on" or "in" something comes from there."""
_TAKING = frozenset(("pick", "take", "grab", "get", "lift", "grasp", "fetch", "remove", "collect", "hold", "raise"))
_PUTTING = frozenset((
    "put", "place", "set", "lay", "drop", "move", "stack", "insert", "deposit", "store", "leave", "load", "transfer",
    "position", "rest", "balance", "hang", "arrange", "slide", "push", "return", "bring", "throw", "toss", "it", "them",
))  # fmt: skip
"""Verbs of what the robot shall do next, and what they are said of: "pick up the pen and pop it in the cup"."""
_NEGATION = re.compile(r"\b(?:not|never|cannot|avoid|dont|\w+n['’]t)\b", re.IGNORECASE)
_WHICH_SIDE = frozenset(("left", "right", "hand", "far", "near", "other", "front", "back"))
_SIDES = frozenset(("side", "edge", "corner"))
"""What stands after a thing and makes the place one beside it: "on the plate's right side"."""
_HEADS = frozenset(noun.split()[-1] for noun in NOUNS)
"""Words that make what stands before them a part of their name: "holder" in "cup holder"."""


@dataclass(frozen=True)
class Roles:
    """Names of nodes.  relation: how the sentence puts the source to the target; None if it only says "to"."""

    source: str
    target: str
    relation: Relation | None
    distractors: tuple[str, ...]


@dataclass(frozen=True)
class _Mention:
    """Where the sentence names a thing: which nodes it may be, and what the preposition before it says."""

    words: str
    nodes: tuple[str, ...]
    meaning: Meaning | None


def resolve_roles(
    sentence: str,
    manipulated: Sequence[str],
    distractors: Sequence[str],
    source: str | None = None,
    target: str | None = None,
) -> Roles:
    """Source, target and relation of a task sentence.

    manipulated, distractors: names of nodes; the source is among the former, the target anywhere.
    source, target: said by the user, and then not looked for; names of nodes.
    Raises SceneError that names the candidates where the sentence leaves a choice or names nothing that is there.
    """
    names = tuple(dict.fromkeys((*manipulated, *distractors)))
    if len(names) < 2:
        raise SceneError(f"a task needs two things, a source and a target; the layout has {_listed(names)}")
    given_source, given_target = (_given(role, name, names) for role, name in (("source", source), ("target", target)))
    if given_source is not None and given_source == given_target:
        raise SceneError(f"source and target are both {given_source!r}; name two things")
    mentions = list(_mentions(sentence, names))
    negation = _NEGATION.search(sentence)
    if negation and (given_source is None or given_target is None):
        raise SceneError(f"the sentence {sentence!r} says what is not to be done ({negation[0]!r}); "
                         f"{_way_out('source', names)}, and target=NAME as well")
    if negation:
        mentions = []
    if given_target is None:
        goals = [m for m in mentions if m.meaning in ("ON", "IN", "to") and set(m.nodes) - {given_source}]
        chosen = _one("target", sentence, goals, mentions, names, given_source, names)
    else:
        chosen = given_target
    if given_source is None:
        starts = [m for m in mentions if m.meaning is None and set(m.nodes) - {chosen}]
        first = _one("source", sentence, starts, mentions, names, chosen, manipulated)
        if first not in manipulated:
            raise SceneError(f"the sentence {sentence!r} takes {first!r}, which the layout calls a distractor; "
                             f"{_way_out('source', names)}")
    else:
        first = given_source
    said = {m.meaning for m in mentions if chosen in m.nodes} & {"ON", "IN"}
    relation: Relation | None = "ON" if said == {"ON"} else "IN" if said == {"IN"} else None
    return Roles(first, chosen, relation, tuple(n for n in names if n not in (first, chosen)))


def _given(role: str, name: str | None, names: tuple[str, ...]) -> str | None:
    if name is None:
        return None
    same = [node for node in names if node == name] or [node for node in names if tokens(node) == tokens(name)]
    if len(same) != 1:
        raise SceneError(f"{role}={name!r} is not a thing of the layout; it has {_listed(names)}")
    return same[0]


def _one(
    role: str, sentence: str, found: list[_Mention], mentions: list[_Mention], names: tuple[str, ...],
    taken: str | None, preferred: Sequence[str],
) -> str:
    """The one node that the mentions found name, those of the other role left out.  Raises SceneError."""
    options: list[tuple[str, ...]] = []
    for mention in found:
        nodes = tuple(node for node in mention.nodes if node != taken)
        liked = tuple(node for node in nodes if node in preferred)
        option = liked if len(liked) == 1 else nodes
        if option not in options:
            options.append(option)
    nodes = tuple(dict.fromkeys(node for option in options for node in option))
    if len(nodes) == 1:
        return nodes[0]
    if nodes:
        raise SceneError(f"the sentence {sentence!r} leaves open which of {_listed(nodes)} is the {role}; "
                         f"{_way_out(role, nodes)}")
    beside = [m for m in mentions if m.meaning == "other"]
    if role == "target" and beside:
        raise SceneError(f"the sentence {sentence!r} does not put anything on or in {beside[0].nodes[0]!r}, and "
                         f"nothing else can be asked of the robot; {_way_out(role, names)}")
    what = "takes" if role == "source" else "puts anything on or in"
    raise SceneError(f"the sentence {sentence!r} names nothing of the layout that it {what}; {_way_out(role, names)}")


def _way_out(role: str, nodes: Sequence[str]) -> str:
    return f"say {role}=NAME, with NAME one of {_listed(nodes)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names)) if names else "nothing"


def _mentions(sentence: str, names: tuple[str, ...]) -> Iterator[_Mention]:
    """Things named in the sentence, in its order, each with the last preposition since the one before."""
    words = tokens(sentence)
    at, taking = 0, False
    for (start, end), nodes in _places(words, names):
        meaning: Meaning | None = None
        while at < start:
            step, said = _preposition_at(words[:start], at)
            if said is not None:
                still = said in ("ON", "IN", "to") and words[at:start][:step] not in _MOVING
                meaning = "origin" if still and taking else said
            elif words[at] in ("and", "then"):
                meaning = None
            elif words[at] == "of" and meaning is not None:
                meaning = "other"  # "on the far side of"
            taking = words[at] in _TAKING or (taking and words[at] not in _PUTTING)
            at += step
        after = next((word for word in words[end:] if word not in _WHICH_SIDE), None)
        if meaning is not None and after in _SIDES:
            meaning = "other"
        yield _Mention(" ".join(words[start:end]), nodes, meaning)
        at = end


def _preposition_at(words: tuple[str, ...], at: int) -> tuple[int, Meaning | None]:
    for length in range(_LONGEST, 0, -1):
        said = PREPOSITIONS.get(words[at : at + length])
        if said is not None:
            return length, said
    return 1, None


def _places(words: tuple[str, ...], names: tuple[str, ...]) -> list[tuple[tuple[int, int], tuple[str, ...]]]:
    """((start, end), nodes) of stretches that name something, the longest where they overlap, in order.

    Of the nodes that a stretch may mean, those whose whole name it is come before those it only begins to name.
    """
    found: dict[tuple[int, int], list[str]] = {}
    for node in names:
        for span in _spans(words, tokens(node)):
            found.setdefault(span, []).append(node)
    chosen: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0] - span[1], span)):
        if all(end <= other[0] or other[1] <= start for other in chosen):
            chosen.append((start, end))
    places = []
    for start, end in sorted(chosen):
        nodes = found[start, end]
        whole = [node for node in nodes if set(_plain(tokens(node))) <= set(words[start:end])]
        places.append(((start, end), tuple(whole or nodes)))
    return places


def _spans(words: tuple[str, ...], own: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where a node with these words is named: by its head ("cup" of "big red cup", "slice" of "slice of cake"), with
    those of its other words that stand before it and its number ("apple 2") behind it.

    "pen" in "pen holder" names no pen, be there such a holder or not.
    """
    plain = _plain(own)
    heads = {plain[-1:], plain[: plain.index("of")][-1:] if "of" in plain else ()}
    for i, word in enumerate(words):
        if (word,) not in heads:
            continue
        start, end = i, i + 1
        while start > 0 and words[start - 1] in plain:
            start -= 1
        if words[end : end + 1] == own[len(plain) :] != ():
            end += 1
        if words[end : end + 1] == () or words[end] not in _HEADS:
            yield start, end


def _plain(own: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a name without a number at the end; all of them if there is nothing else."""
    return own[:-1] if len(own) > 1 and own[-1].isdecimal() else own
