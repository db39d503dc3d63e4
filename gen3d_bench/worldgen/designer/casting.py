"""Who is in a scene beside source and target: look-alikes, usual company, or what the task names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gen3d_bench.scenes.schema import MAX_OBJECTS
from gen3d_bench.worldgen.designer.colors import base_color, hues, unlike
from gen3d_bench.worldgen.designer.company import COMPANY, SORT_OF, confusable, sort_of
from gen3d_bench.worldgen.designer.graph import MAX_NAME_WORDS
from gen3d_bench.worldgen.designer.looks import look_of
from gen3d_bench.worldgen.designer.naming import Name, understood
from gen3d_bench.worldgen.designer.protocol import Difficulty
from gen3d_bench.worldgen.designer.telling_apart import distinguished, look_alike, means_too
from gen3d_bench.worldgen.designer.text import Refusal, shown
from gen3d_bench.worldgen.designer.workspace import CROWDED_CM2, ROOM_CM2, load, load_of
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.palette import pick

_USUAL = (1, 3)
"""Fewest and most distractors of a scene whose difficulty leaves that open."""
_COLOR_CHANCE = 0.35
"""How often the name of a distractor says its colour."""
_SMALLEST_CM2 = 26.0
"""Room kept for each distractor still to come: a cube or a salt shaker fits it."""


@dataclass(frozen=True)
class Cast:
    """source, target: with words added where the instruction would fit another thing too; notes say so."""

    source: Name
    target: Name
    distractors: tuple[Name, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[Name, ...]:
        return self.source, self.target, *self.distractors

    @property
    def load(self) -> float:
        """Area (cm2) that all of it takes."""
        return load(self.source, source=True) + sum(load(name) for name in self.names[1:])


def cast(
    source: Name, target: Name, named: Sequence[str] | None, difficulty: Difficulty, rng: np.random.Generator
) -> Cast:
    """Everything that stands on the table.  named: the distractors, if the task says them.  Raises Refusal."""
    scene = _apart(source, target, rng)
    if named is not None:
        return _with_named(scene, named, difficulty, rng)
    most = difficulty.similar if difficulty.distractors is None else difficulty.distractors
    count = most if difficulty.distractors is not None else max(most, int(rng.integers(_USUAL[0], _USUAL[1] + 1)))
    for left in range(count, count - difficulty.similar, -1):
        scene = _with_look_alike(scene, left - 1, rng)
    for left in range(count - difficulty.similar, 0, -1):
        scene = _with_company(scene, left - 1, rng)
    order = rng.permutation(len(scene.distractors))
    return replace(scene, distractors=tuple(scene.distractors[int(k)] for k in order))


def _apart(source: Name, target: Name, rng: np.random.Generator) -> Cast:
    """Source and target, named so that neither could be the other.  Raises Refusal if they are the same."""
    if source.words == target.words:
        same = f"{source.noun}"
        raise Refusal(f"the {source} cannot go on or in itself: say how the two differ",
                      f"put the red {same} on the blue {same}", f"put the red {same} in the blue {same}")
    notes: tuple[str, ...] = ()
    if means_too(source, target):
        source = distinguished(source, (target,), rng)
        notes = (f"the source is called {str(source)!r}, because both are of one kind",)
    elif means_too(target, source):
        target = distinguished(target, (source,), rng)
        notes = (f"the target is called {str(target)!r}, because both are of one kind",)
    return Cast(source, target, (), notes)


def _with_named(scene: Cast, named: Sequence[str], difficulty: Difficulty, rng: np.random.Generator) -> Cast:
    """The scene with exactly the distractors that a task names.  Raises Refusal."""
    if len(named) > MAX_OBJECTS - 2:
        raise Refusal(f"{len(named)} distractors were named, a scene holds at most {MAX_OBJECTS - 2}")
    given: list[Name] = []
    for said in named:
        words = " ".join(said.split())
        if not words.isprintable() or not words.isascii() or not 1 <= len(words.split()) <= MAX_NAME_WORDS:
            raise Refusal(f"the distractor {shown(said)} is not read: write a plain English name of one to "
                          f"{MAX_NAME_WORDS} words")
        try:
            name = replace(understood(words.lower()), said=words)
        except Refusal as refusal:
            raise Refusal(f"the distractor {shown(said)}: {refusal}") from refusal
        twin = next((other for other in (*scene.names, *given) if other.words == name.words), None)
        if twin is not None:
            raise Refusal(f"the distractor {shown(said)} and {shown(str(twin))} are the same: give each another name")
        given.append(name)
    for role in ("source", "target"):
        scene = _unmistakable(scene, role, given, rng)
    scene = replace(scene, distractors=tuple(given))
    notes = list(scene.notes)
    if scene.load > CROWDED_CM2:
        notes.append(f"with the room about them the objects take {scene.load:.0f} cm2, and above {CROWDED_CM2:.0f} "
                     "hardly any find a place: name fewer or smaller distractors")
    if difficulty.similar or difficulty.distractors not in (None, len(given)):
        notes.append("the task names its distractors, so the difficulty adds none")
    return replace(scene, notes=tuple(notes))


def _unmistakable(scene: Cast, role: str, given: Sequence[Name], rng: np.random.Generator) -> Cast:
    """The scene with its source or target named so that it means none of the given distractors."""
    name = scene.source if role == "source" else scene.target
    mistaken = [other for other in given if means_too(name, other)]
    if not mistaken:
        return scene
    others = (*mistaken, *(n for n in scene.names if n.family == name.family and n is not name))
    changed = distinguished(name, others, rng)
    note = f"the {role} is called {str(changed)!r}, because {str(mistaken[0])!r} stands there too"
    notes = (*scene.notes, note)
    return replace(scene, source=changed, notes=notes) if role == "source" else replace(
        scene, target=changed, notes=notes)


def _with_look_alike(scene: Cast, left: int, rng: np.random.Generator) -> Cast:
    """The scene and one more thing of the source's or target's kind.  left: distractors still to come after it.

    Raises Refusal if neither has a look-alike that finds room.
    """
    why = Refusal("nothing like its source or target finds room on the table: ask for fewer look-alikes")
    for k in rng.permutation(2):
        role, name = ("source", scene.source) if k == 0 else ("target", scene.target)
        others = [other for other in scene.names if other.family == name.family and other is not name]
        try:
            changed, other = look_alike(name, others, rng)
        except Refusal as refusal:
            why = refusal
            continue
        notes = scene.notes
        if changed != name:
            notes += (f"the {role} is called {str(changed)!r}, because {str(other)!r} stands there too",)
        source, target = (changed, scene.target) if role == "source" else (scene.source, changed)
        larger = Cast(source, target, (*scene.distractors, other), notes)
        if larger.load + left * _SMALLEST_CM2 <= ROOM_CM2:
            return larger
    raise why


def _with_company(scene: Cast, left: int, rng: np.random.Generator) -> Cast:
    """The scene and one more thing that usually stands beside its source and target.  Raises Refusal for lack of
    room."""
    barred = confusable(scene.source.family) | confusable(scene.target.family) | {n.family for n in scene.distractors}
    room = ROOM_CM2 - scene.load - left * _SMALLEST_CM2
    usual = [f for name in (scene.source, scene.target) for f in COMPANY[sort_of(name.family)]]
    for families in (usual, list(SORT_OF)):
        fitting = [f for f in families if f not in barred and load_of(f) <= room]
        if fitting:
            return replace(scene, distractors=(*scene.distractors, _companion(pick(rng, fitting), scene, rng)))
    raise Refusal(f"beside {len(scene.names)} objects there is no room on the table for {left + 1} more: ask for fewer "
                  "distractors")


def _companion(family: str, scene: Cast, rng: np.random.Generator) -> Name:
    """Its usual name; sometimes with a colour that nothing else is called by."""
    name = understood(FAMILIES[family].nouns[0])
    taken = hues(n.color for n in scene.names)
    free = [c for c in look_of(family).colors if base_color(c) == c and unlike(c, taken)]
    colored = free and SORT_OF[family] != "food" and rng.random() < _COLOR_CHANCE
    return name.colored(pick(rng, free)) if colored else name
