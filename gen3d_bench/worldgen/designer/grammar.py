"""The scene designer that needs no network: a grammar of commands, and what is known of everyday things."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gen3d_bench.worldgen.designer.casting import Cast, cast
from gen3d_bench.worldgen.designer.clauses import anywhere
from gen3d_bench.worldgen.designer.colors import base_color
from gen3d_bench.worldgen.designer.company import LIKES, SORTS, rooms_for
from gen3d_bench.worldgen.designer.describing import described
from gen3d_bench.worldgen.designer.goals import Goal, goal, holds
from gen3d_bench.worldgen.designer.graph import SceneGraph, Thing
from gen3d_bench.worldgen.designer.naming import Name, understood
from gen3d_bench.worldgen.designer.parsing import Command, parse_command
from gen3d_bench.worldgen.designer.places import (
    Place,
    decorated_room,
    furnished_table,
    invented_room,
    invented_table,
    rooms_with,
)
from gen3d_bench.worldgen.designer.protocol import Design, DesignError, Difficulty, Task
from gen3d_bench.worldgen.designer.text import Refusal, shown
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.vocabulary import MATERIAL_WORDS

VERSION = 1
"""Raised whenever the same task, seed and difficulty would give another scene."""


@dataclass(frozen=True)
class GrammarDesigner:
    """Makes scene graphs from everyday English commands, on this machine and in milliseconds.

    to_order: whether things will be made to their description; only then is it worth a note how they will look.
    """

    name: str = "grammar"
    to_order: bool = True

    def design(self, task: Task, seed: int, difficulty: Difficulty) -> Design:
        """As Designer.design: the sentence and the seed decide everything that the sentence leaves open."""
        try:
            command, source, target = _read(task.sentence)
            aim = goal(source, target, command.asked)
        except Refusal as refusal:
            near = next(_possible((*refusal.instead, *anywhere("apple"))))
            raise DesignError(f"no scene can be made of {shown(task.sentence)}: {refusal}; try {near!r}") from refusal
        rng = _generator(task.sentence, seed)
        try:
            things = cast(source, target, task.distractors, difficulty, rng)
        except Refusal as refusal:
            near = next(_possible(refusal.instead), "")
            hint = f"; try {near!r}" if near else ""
            raise DesignError(f"no scene can be made of {shown(task.sentence)}: {refusal}{hint}") from refusal
        return _design(command, aim, things, rng, self.to_order)


def _design(command: Command, aim: Goal, things: Cast, rng: np.random.Generator, to_order: bool) -> Design:
    """The scene of a command in which everything has its name: descriptions and surroundings are invented."""
    words = _descriptions(things, rng)
    background, context = _surroundings(command.place, things, words, rng)
    graph = SceneGraph(
        instruction=command.sentence(
            str(things.source), str(things.target), None if aim.note is None else aim.relation.lower()
        ),
        background=background,
        context=context,
        robot="widowx250s",
        source=Thing(name=str(things.source), description=words[0]),
        target=Thing(name=str(things.target), description=words[1]),
        relation=aim.relation,
        distractors=tuple(Thing(name=str(name), description=said)
                          for name, said in zip(things.distractors, words[2:], strict=True)),
    )
    remarks = [note for name in things.names for note in _remarks(name)] if to_order else []
    notes = (aim.note, command.place.note, *remarks, *things.notes)
    return Design(graph, tuple(dict.fromkeys(note for note in notes if note)))


def _generator(sentence: str, seed: int) -> np.random.Generator:
    """The random stream of a sentence and seed, equal in every process; case and blanks do not count."""
    text = f"{VERSION}\n{' '.join(sentence.casefold().split())}\n{seed}"
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).digest()
    return np.random.default_rng([int.from_bytes(digest[i : i + 4], "little") for i in range(0, 32, 4)])


def _read(sentence: str) -> tuple[Command, Name, Name]:
    """A command and what its source and target are.  Raises Refusal."""
    command = parse_command(sentence)
    try:
        target = understood(command.target)
    except Refusal as refusal:
        raise Refusal(str(refusal), *refusal.instead, *anywhere(command.source)) from refusal
    try:
        source = understood(command.source)
    except Refusal as refusal:
        usual = tuple(f"put the {name} {where} the {command.target}" for name in _usual_sources(target)
                      for where in ("on", "in"))
        raise Refusal(str(refusal), *refusal.instead, *usual) from refusal
    return command, source, target


def _usual_sources(target: Name) -> Iterator[str]:
    for sort in LIKES.get(target.family, ()):
        for family in SORTS[sort]:
            if FAMILIES[family].graspable and holds(target.family, family) and family != target.family:
                yield FAMILIES[family].nouns[0]


def _possible(sentences: tuple[str, ...]) -> Iterator[str]:
    """Those of the sentences that a scene can be made of as they stand."""
    for sentence in dict.fromkeys(sentences):
        try:
            command, source, target = _read(sentence)
            aim = goal(source, target, command.asked)
        except Refusal:
            continue
        if source.words != target.words and aim.note is None:
            yield sentence


def _descriptions(things: Cast, rng: np.random.Generator) -> list[str]:
    """One line for source, target and distractors, in colours that differ as far as their names allow."""
    taken = {name.color for name in things.names if name.color is not None}
    lines: list[str] = []
    for name in things.names:
        alone = sum(other.family == name.family for other in things.names) == 1
        line = described(name, taken, rng, details=alone)
        taken |= {color for color in map(base_color, line.split()) if color is not None} - {name.noun}
        lines.append(line)
    return lines


def _surroundings(place: Place, things: Cast, lines: list[str], rng: np.random.Generator) -> tuple[str, str]:
    """Descriptions of the room and the table: as said, or where source and target are usually found."""
    kinds = rooms_with(place.table or "", rooms_for(things.source.family, things.target.family))
    room = decorated_room(place.room, rng) if place.room else invented_room(kinds, rng)
    taken = {color for line in lines[:2] for color in map(base_color, line.split()) if color is not None}
    table = furnished_table(place.table, room, taken, rng) if place.table else invented_table(room, taken, rng)
    return room, table


def _remarks(name: Name) -> Iterator[str]:
    """What a reader should know of how a thing is made."""
    if name.note:
        yield name.note
    if name.spec.unknown:
        yield f"nothing that is made here shows {', '.join(map(repr, name.spec.unknown))}"
    link, *contents = name.behind or ("",)
    if link == "of" and not MATERIAL_WORDS.keys() & set(contents):  # a glass of water, not a bowl of steel
        yield f"the {name.noun} is empty: no {' '.join(contents)} is in it"
