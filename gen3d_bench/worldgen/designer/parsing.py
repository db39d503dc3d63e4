"""Everyday commands come apart: what shall be put where, by which preposition, and in which surroundings."""

from __future__ import annotations

from dataclasses import dataclass

from gen3d_bench.worldgen.designer import lexicon
from gen3d_bench.worldgen.designer.lexicon import Asked
from gen3d_bench.worldgen.designer.nounphrases import thing
from gen3d_bench.worldgen.designer.places import Place, place
from gen3d_bench.worldgen.designer.text import (
    STOPS,
    NotOneName,
    Refusal,
    Words,
    shown,
    starts,
    without_end,
    without_start,
    words_of,
)

_JOINERS = frozenset({"and", "then", ",", "to"})


@dataclass(frozen=True)
class Command:
    """source, target: names as said ("red cup").  asked: what the preposition said.  place: as far as it was said.

    wording: the command with its names left out, "pick up the {source} and place it {on} the {target}".
    """

    source: str
    target: str
    asked: Asked
    preposition: str
    wording: str
    place: Place

    def sentence(self, source: str, target: str, preposition: str | None = None) -> str:
        """The command about things of these names."""
        return self.wording.format(source=source, target=target, on=preposition or self.preposition)


@dataclass(frozen=True)
class _Phrase:
    """A preposition and the words up to the next one."""

    preposition: Words
    words: Words

    def __str__(self) -> str:
        return " ".join((*self.preposition, *self.words))


def parse_command(sentence: str) -> Command:
    """What a command asks for.  Raises Refusal for everything that is not one thing put on or in another."""
    words, place_before = _without_courtesy(words_of(sentence))
    _no_other_sentence(words)
    command = _taken_and_put(words) or _put(words) or _wished(words)
    if command is None:
        raise _no_command(words)
    return Command(command.source, command.target, command.asked, command.preposition, command.wording,
                   command.place.joined(place_before))


def _without_courtesy(words: Words) -> tuple[Words, Place]:
    """The command itself in lexicon's verbs, and the place that a sentence may begin with ("in the kitchen, put ...").

    Raises Refusal for questions.
    """
    asks = words[-1] == "?"
    words = without_end(words, ())
    before = Place()
    request = False
    while True:
        if words and words[0] in {"in", "on", "at", "inside"}:
            before, words = _leading_place(words)
        found, rest = without_start(words, lexicon.OPENERS)
        if not found or rest == words:
            break
        request |= found[0] in lexicon.REQUESTS
        words = rest
    while (shorter := without_end(words, lexicon.CLOSERS)) != words:
        words = shorter
    if words and words[0] in lexicon.GERUNDS:
        words = (lexicon.GERUNDS[words[0]], *words[1:])
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


def _no_other_sentence(words: Words) -> None:
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


def _taken_and_put(words: Words) -> Command | None:
    """"pick up X and place it on Y"."""
    if words[0] not in lexicon.TAKE:
        return None
    second = next((j for j in range(2, len(words)) if words[j] in lexicon.PUT and words[j - 1] in _JOINERS), None)
    if second is None:
        return None
    end = second
    while words[end - 1] in _JOINERS:
        end -= 1
    verb, taken = _particles(words[:1], words[1:end])
    source, origins = _phrases(taken)
    put, rest = _particles(words[second : second + 1], words[second + 1 :])
    if not source:
        raise Refusal(f"{shown(' '.join(verb))} does not say what to take")
    _one_action(rest)
    moved, goals = _phrases(rest)
    if moved == ("them",):
        raise Refusal("one object at a time: 'them' is several")
    name = _source(source, goals)
    if moved and moved not in {("it",), ("that",), ("this",)} and thing(moved, "source") != name:
        raise Refusal(f"one object at a time: {shown(name)} is taken, but {shown(' '.join(moved))} is put",
                      *(f"put the {name} {goal}" for goal in goals[:1]))
    before = _origin(origins, name)
    return _command(name, goals, f"{' '.join(verb)} the {{source}} and {' '.join(put)} it", before)


def _put(words: Words) -> Command | None:
    """"put X on Y"."""
    if words[0] not in lexicon.PUT | lexicon.TAKE:
        return None
    verb, rest = _particles(words[:1], words[1:])
    _one_action(rest)
    source, goals = _phrases(rest)
    if len(source) > 1 and not goals and source[-1] in lexicon.DIRECTIONS | lexicon.PARTICLES:
        name = thing(tuple(w for w in source if w not in lexicon.DIRECTIONS | lexicon.PARTICLES), "source")
        raise Refusal(f"{shown(source[-1])} is a direction, not an object: say what to put the {name} on or in",
                      *_instead(name))
    if not source:
        raise Refusal("the command does not say what to put",
                      *(f"put the apple {goal}" for goal in goals[:1] if place(goal.words) is None))
    name = _source(source, goals)
    if words[0] not in lexicon.PUT and not _destinations(goals)[0]:
        raise Refusal(f"the command says what to take, but not where to put it: 'pick up the {name} and put it ...'",
                      *_instead(name))
    return _command(name, goals, f"{' '.join(verb)} the {{source}}", Place())


def _wished(words: Words) -> Command | None:
    """"I want X on Y", "X should be on Y"."""
    wish, rest = without_start(words, lexicon.WISHES)
    cut = next(((i, s) for i in range(1, len(rest)) for s in lexicon.SHALL if starts(rest, s, i)), None)
    if cut is not None:
        at, phrase = cut
        if phrase == ("is",) and not wish:
            return None
        rest = (*rest[:at], *rest[at + len(phrase) :])
    elif not wish:
        return None
    source, goals = _phrases(rest)
    if not source:
        return None
    return _command(_source(source, goals), goals, "put the {source}", Place())


def _no_command(words: Words) -> Refusal:
    """For words that are no command to put something somewhere."""
    instead: tuple[str, ...] = ()
    if words[0] in lexicon.OTHER_VERBS:
        return Refusal(f"{shown(words[0])} is no task here: every task puts one object on or in another")
    source, goals = _phrases(words)
    if source and goals and source[0] not in lexicon.PRONOUNS:
        instead = (f"put {' '.join(words)}", f"put {' '.join(words[1:])}")
    return Refusal(f"{shown(words[0])} is no verb that puts something somewhere", *instead)


def _particles(verb: Words, rest: Words) -> tuple[Words, Words]:
    """The verb with its "up" or "down", also if that stands behind the thing; and the rest without it."""
    if rest and rest[0] in {"up", "down", "back", "away"} and len(rest) > 1:
        return (*verb, rest[0]), rest[1:]
    if rest and rest[-1] == "up":
        return (*verb, "up"), rest[:-1]
    return verb, rest


def _one_action(words: Words) -> None:
    """Raises Refusal if another verb follows an "and" or a comma."""
    verbs = lexicon.PUT | lexicon.TAKE | lexicon.OTHER_VERBS
    for i in range(1, len(words) - 1):
        after = next((k for k in range(i, len(words)) if words[k] not in {"and", "then", ","}), len(words))
        if after > i and after < len(words) and words[after] in verbs and after + 1 < len(words):
            raise Refusal("one command at a time: this asks for several actions", "put " + " ".join(words[:i]))
    if "then" in words:
        raise Refusal("one command at a time: 'then' begins another", "put " + " ".join(words[: words.index("then")]))


def _phrases(words: Words) -> tuple[Words, tuple[_Phrase, ...]]:
    """The words before the first preposition, and every preposition with the words behind it."""
    first: list[str] = []
    found: list[tuple[Words, list[str]]] = []
    i = 0
    while i < len(words):
        preposition = _preposition(words, i)
        current = found[-1][1] if found else first
        if preposition:
            while current and current[-1] in lexicon.PARTICLES | {","}:
                current.pop()
            found.append((preposition, []))
            i += len(preposition)
        else:
            current.append(words[i])
            i += 1
    return tuple(first), tuple(_Phrase(p, tuple(said)) for p, said in found)


def _source(words: Words, goals: tuple[_Phrase, ...]) -> str:
    """The name of what is put.  Raises Refusal, proposing to put one thing to the same goal."""
    try:
        return thing(words, "source")
    except NotOneName as refusal:
        same_goal = (f"put the {refusal.one} {goal}" for goal in goals)
        raise Refusal(str(refusal), *same_goal, *_instead(refusal.one)) from refusal


def _target(goal: _Phrase, source: str) -> str:
    """The name of what the source is put on or in.  Raises Refusal, proposing one target."""
    try:
        return thing(goal.words, "target")
    except NotOneName as refusal:
        where = " ".join(goal.preposition)
        raise Refusal(str(refusal), f"put the {source} {where} the {refusal.one}", *_instead(source)) from refusal


def _instead(source: str) -> tuple[str, str]:
    return f"put the {source} on the plate", f"put the {source} in the bowl"


def _preposition(words: Words, at: int) -> Words:
    """The longest preposition there, or nothing."""
    for length in range(min(lexicon.LONGEST_PREPOSITION, len(words) - at), 0, -1):
        if words[at : at + length] in lexicon.WHERE:
            return words[at : at + length]
    return ()


def _destinations(phrases: tuple[_Phrase, ...]) -> tuple[tuple[_Phrase, ...], Place]:
    """Phrases that say where to, and the places that are only surroundings."""
    goals: list[_Phrase] = []
    around = Place()
    for phrase in phrases:
        named = place(phrase.words)
        if named is not None and (phrase.preposition in lexicon.PREPOSITIONS or phrase.preposition in lexicon.ORIGINS):
            around = around.joined(named)
        else:
            goals.append(phrase)
    return tuple(goals), around


def _origin(phrases: tuple[_Phrase, ...], source: str) -> Place:
    """The place from which a thing is taken.  Raises Refusal if that is a thing."""
    things, around = _destinations(phrases)
    if things:
        raise Refusal(f"{shown(str(things[0]))} says where the {source} starts, but everything starts on the table",
                      *_instead(source))
    return around


def _until_and(goal: _Phrase) -> _Phrase:
    stop = next((i for i, w in enumerate(goal.words) if w in {"and", ","}), len(goal.words))
    return _Phrase(goal.preposition, goal.words[:stop])


def _command(source: str, phrases: tuple[_Phrase, ...], action: str, before: Place) -> Command:
    """The command that puts the source where one of the phrases says.  Raises Refusal."""
    goals, around = _destinations(phrases)
    instead = _instead(source)
    for goal in goals:
        if not goal.words or goal.words[-1] in lexicon.DIRECTIONS or set(goal.words) <= lexicon.PARTICLES:
            raise Refusal(f"{shown(str(goal))} is a direction, not an object: say what to put it on or in", *instead)
        if goal.preposition in lexicon.ELSEWHERE:
            raise Refusal(f"{shown(' '.join(goal.preposition))} is no goal here: things are put on or in others",
                          *(f"put the {source} {p} the {' '.join(goal.words[1:])}" for p in ("on", "in")), *instead)
        if goal.preposition in lexicon.ORIGINS:
            raise Refusal(f"{shown(str(goal))} says where the {source} starts, but everything starts on the table",
                          *(f"put the {source} {g}" for g in goals if g is not goal), *instead)
    if not goals and (around.table or around.room):
        where = around.table or around.room
        raise Refusal(f"the {where} is where everything stands already: there is nothing to put the {source} on",
                      *instead)
    if not goals:
        raise Refusal(f"the command does not say where to put the {source}", *instead)
    if len(goals) > 1:
        if any(w in {"and", ","} for goal in goals[:-1] for w in goal.words):
            raise Refusal("one command at a time: this puts several things", f"put the {source} {_until_and(goals[0])}")
        raise Refusal(f"the goal can be read in two ways: {' or '.join(shown(str(g)) for g in goals)}",
                      *(f"put the {source} {goal}" for goal in reversed(goals)))
    preposition = " ".join(goals[0].preposition)
    return Command(source, _target(goals[0], source), lexicon.PREPOSITIONS[goals[0].preposition], preposition,
                   f"{action} {{on}} the {{target}}", before.joined(around))
