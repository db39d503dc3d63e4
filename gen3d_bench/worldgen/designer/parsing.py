"""Everyday commands come apart: what shall be put where, by which preposition, and in which surroundings."""

from __future__ import annotations

from dataclasses import dataclass

from gen3d_bench.worldgen.designer import lexicon
from gen3d_bench.worldgen.designer.clauses import Phrase, anywhere, destinations, origin, phrases
from gen3d_bench.worldgen.designer.courtesy import only_one_command, without_courtesy
from gen3d_bench.worldgen.designer.lexicon import Asked
from gen3d_bench.worldgen.designer.nounphrases import head_of, thing
from gen3d_bench.worldgen.designer.places import Place, place
from gen3d_bench.worldgen.designer.text import NotOneName, Refusal, Words, shown, starts, without_start, words_of

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


def parse_command(sentence: str) -> Command:
    """What a command asks for.  Raises Refusal for everything that is not one thing put on or in another."""
    words, place_before = without_courtesy(words_of(sentence))
    only_one_command(words)
    for joined in (("pick", "and", "place"), ("pick", "up", "and", "place")):
        if starts(words, joined):
            words = words[len(joined) - 1 :]
    command = _taken_and_put(words) or _put(words) or _wished(words)
    if command is None:
        raise _no_command(words)
    return Command(command.source, command.target, command.asked, command.preposition, command.wording,
                   command.place.joined(place_before))


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
    source, origins = phrases(taken)
    put, rest = _particles(words[second : second + 1], words[second + 1 :])
    if not source:
        raise Refusal(f"{shown(' '.join(verb))} does not say what to take")
    _one_action(taken)
    _one_action(rest)
    moved, goals = phrases(rest)
    if moved == ("them",):
        raise Refusal("one object at a time: 'them' is several")
    name = _source(source, goals)
    if moved and moved not in {("it",), ("that",), ("this",)} and thing(moved, "source") != name:
        raise Refusal(f"one object at a time: {shown(name)} is taken, but {shown(' '.join(moved))} is put",
                      *(f"put the {name} {goal}" for goal in goals[:1]))
    before = origin(origins, name)
    return _command(name, goals, f"{' '.join(verb)} the {{source}} and {' '.join(put)} it", before)


def _put(words: Words) -> Command | None:
    """"put X on Y"."""
    if words[0] not in lexicon.PUT | lexicon.TAKE:
        return None
    verb, rest = _particles(words[:1], words[1:])
    _one_action(rest)
    source, goals = phrases(rest)
    if len(source) > 1 and not goals and source[-1] in lexicon.DIRECTIONS | lexicon.PARTICLES:
        name = thing(tuple(w for w in source if w not in lexicon.DIRECTIONS | lexicon.PARTICLES), "source")
        raise Refusal(f"{shown(source[-1])} is a direction, not an object: say what to put the {name} on or in",
                      *anywhere(name))
    if not source:
        raise Refusal("the command does not say what to put",
                      *(f"put the apple {goal}" for goal in goals[:1] if place(goal.words) is None))
    name = _source(source, goals)
    if words[0] not in lexicon.PUT and not destinations(goals)[0]:
        raise Refusal(f"the command says what to take, but not where to put it: 'pick up the {name} and put it ...'",
                      *anywhere(name))
    return _command(name, goals, f"{' '.join(verb)} the {{source}}", Place())


def _wished(words: Words) -> Command | None:
    """"I want X on Y", "X should be on Y"."""
    wish, rest = without_start(words, lexicon.WISHES)
    verbs = (*lexicon.SHALL, *lexicon.WISHED) if wish else lexicon.SHALL
    cut = next(((i, s) for i in range(1, len(rest)) for s in verbs if starts(rest, s, i)), None)
    if cut is not None:
        at, phrase = cut
        rest = (*rest[:at], *rest[at + len(phrase) :])
    elif not wish:
        return None
    source, goals = phrases(rest)
    if not source:
        return None
    return _command(_source(source, goals), goals, "put the {source}", Place())


def _no_command(words: Words) -> Refusal:
    """For words that are no command to put something somewhere."""
    instead: tuple[str, ...] = ()
    if words[0] in lexicon.OTHER_VERBS:
        return Refusal(f"{shown(words[0])} is no task here: every task puts one object on or in another")
    source, goals = phrases(words)
    if source and goals and source[0] not in lexicon.PRONOUNS:
        instead = (f"put {' '.join(words)}", f"put {' '.join(words[1:])}")
    return Refusal(f"{shown(words[0])} is no verb that puts something somewhere", *instead)


def _particles(verb: Words, rest: Words) -> tuple[Words, Words]:
    """The verb with its "up" or "down", also if that stands behind the thing; and the rest without it."""
    if len(rest) > 1 and rest[0] in {"me", "us"}:
        rest = rest[1:]
    if len(rest) > 1 and rest[0] in {"up", "down", "back", "away"}:
        return (*verb, rest[0]), rest[1:]
    if rest and rest[-1] == "up":
        return (*verb, "up"), rest[:-1]
    if len(rest) > 1 and rest[-1] in {"out", "away", "off"}:
        return verb, rest[:-1]
    return verb, rest


def _one_action(words: Words) -> None:
    """Raises Refusal if another verb follows an "and" or a comma."""
    verbs = (lexicon.PUT | lexicon.TAKE | lexicon.OTHER_VERBS) - lexicon.ADJECTIVES
    for i in range(1, len(words) - 1):
        after = next((k for k in range(i, len(words)) if words[k] not in {"and", "then", ","}), len(words))
        if after > i and after < len(words) and words[after] in verbs and after + 1 < len(words):
            raise Refusal("one command at a time: this asks for several actions", "put " + " ".join(words[:i]))
    if "then" in words:
        raise Refusal("one command at a time: 'then' begins another", "put " + " ".join(words[: words.index("then")]))


def _source(words: Words, goals: tuple[Phrase, ...]) -> str:
    """The name of what is put.  Raises Refusal, proposing to put one thing to the same goal."""
    try:
        return thing(words, "source")
    except NotOneName as refusal:
        same_goal = (f"put the {refusal.one} {goal}" for goal in goals)
        raise Refusal(str(refusal), *same_goal, *anywhere(refusal.one)) from refusal


def _target(goal: Phrase, source: str) -> str:
    """The name of what the source is put on or in.  Raises Refusal, proposing one target."""
    try:
        return thing(goal.words, "target")
    except NotOneName as refusal:
        where = " ".join(goal.preposition)
        raise Refusal(str(refusal), f"put the {source} {where} the {refusal.one}", *anywhere(source)) from refusal


def _command(source: str, said: tuple[Phrase, ...], action: str, before: Place) -> Command:
    """The command that puts the source where one of the phrases says.  Raises Refusal."""
    goals, around = destinations(said)
    instead = anywhere(source)
    for goal in goals:
        if not goal.words or head_of(goal.words)[-1] in lexicon.DIRECTIONS or set(goal.words) <= lexicon.PARTICLES:
            raise Refusal(f"{shown(str(goal))} is a direction, not an object: say what to put it on or in", *instead)
        if goal.preposition in lexicon.ELSEWHERE:
            raise Refusal(f"{shown(' '.join(goal.preposition))} is no goal here: things are put on or in others",
                          *(f"put the {source} {g}" for g in goals if g is not goal),
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
            raise Refusal("one command at a time: this puts several things", f"put the {source} {goals[0].until_and()}")
        raise Refusal(f"the goal can be read in two ways: {' or '.join(shown(str(g)) for g in goals)}",
                      *(f"put the {source} {goal}" for goal in reversed(goals)))
    preposition = " ".join(goals[0].preposition)
    return Command(source, _target(goals[0], source), lexicon.PREPOSITIONS[goals[0].preposition], preposition,
                   f"{action} {{on}} the {{target}}", before.joined(around))
