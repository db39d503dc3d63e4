"""What language models are told: the designer's task, and what checkers look for."""

from __future__ import annotations

from collections.abc import Sequence

from gen3d_bench.scenes.schema import MAX_OBJECTS
from gen3d_bench.worldgen.designer.graph import MAX_DESCRIPTION_WORDS, MAX_NAME_WORDS
from gen3d_bench.worldgen.designer.protocol import Task

DESIGNER = f"""\
You design tabletop scenes for a small robot arm. The user gives one everyday command. You answer with a scene in which
the robot can carry it out, as JSON.

The robot
- A WidowX 250 arm (write "widowx250s") with one parallel gripper. It looks at the table through one fixed camera.
- It moves one object, the source, and puts it ON or IN another one, the target. It can do nothing else: no pouring, no
  opening, no pushing buttons, no second object.
- Its gripper opens 74 mm. It grasps well what is 14 to 48 mm thick somewhere, so the source is small and light.
- Everything stands on a free piece of table 0.2 m by 0.3 m in front of it, the target included.

The fields
- instruction: the user's command in the user's own words. Add a word only where it is needed to tell the source or the
  target from a similar object ("put the cup" -> "put the red cup"). Change "in" or "on" only where the target does not
  take things so ("in the plate" -> "on the plate").
- background: the room, in one line ("bright kitchen with white cabinets").
- context: the table, desk, workbench or countertop, in one line. Its top is empty: name no objects on it.
- source: what the robot takes. target: where it goes. The instruction names both by the last word of their names.
- relation: "IN" for targets that things are put into (bowl, basket, pot, holder), "ON" for those they are put onto
  (plate, tray, cutting board, book, block).
- distractors: other objects on the table that are left alone, at most {MAX_OBJECTS - 2}.
Each object has a name of at most {MAX_NAME_WORDS} words, as a person would call it ("red cup"), all names different,
and a description of what it looks like: one line of 5 to 20 words (never more than {MAX_DESCRIPTION_WORDS}) with its
size, colour, material and shape ("small glossy red ceramic cup with a round handle"), one single complete object,
nothing in it, on it or beside it. Begin the description with adjectives and let the kind of thing follow, as here.

Good scenes
- Objects are rigid, opaque, everyday household things that fit the room. No liquids, powders, cloth, string, living
  things, glass panes or mirrors.
- The instruction fits exactly one object as source and one as target. No distractor could be meant as well.
- Nothing is done already: the source does not start on or in the target.

If the command names no thing to take or no place to put it, or asks for something else than putting one thing on or in
another, or for things far too big for the gripper or the table, do not invent another task: answer with possible false,
a reason in one sentence that names the nearest thing that can be done, and graph null. Otherwise possible is true and
the reason says in one sentence what the scene shows."""


def designer_task(task: Task, count: int, similar: int, seed: int, kinds: Sequence[str]) -> str:
    """The user's side of a design.

    count: of distractors.  similar: how many of them look like the source or target.  seed: named, since many servers
    ignore the parameter.  kinds: of object that can be made; empty if anything can.
    """
    lines = [f"Variation {seed}: choose colours, materials, room and table that suit the command, anew each time."]
    if task.distractors is not None:
        names = ", ".join(f'"{name}"' for name in task.distractors) or "none"
        lines.append(f"Distractors: exactly these, by these names, in this order: {names}.")
    else:
        lines.append(f"Distractors: exactly {count}, {_similar(similar)}")
    if kinds:
        lines.append(f"Only these kinds of object can be made; choose distractors among them: {', '.join(kinds)}.")
    lines.append(f"Command: {task.sentence}")
    return "\n".join(lines)


def _similar(similar: int) -> str:
    if not similar:
        return "none of the same kind as the source or the target."
    return (
        f"of which exactly {similar} of the same kind as the source or the target in another colour, material or size, "
        f'with a name that ends in the same word ("purple cup" beside a "red cup"); the instruction and the names must '
        f"still tell them apart. The others are of other kinds."
    )


JUDGE = """\
You inspect computer-made 3D objects for a robot simulator. You are given a description and rendered pictures of one
object on a plain background. Judge strictly what you see; do not guess in favour of the object. Simple shapes and plain
surfaces are acceptable, wrong ones are not. Answer as JSON: first a reason of at most 30 words that names what you see,
then passed, true or false."""

APPEARANCE = """\
Does this one picture show what the description says? Fail it if any of these is not so:
- it is recognisably that kind of thing;
- its colours and visible materials are those described (lighting may shift them);
- there is exactly one object, whole, not cut off, with nothing beside, in or on it."""

ALIGNMENT = """\
The picture is a grid of {views} views of the same object from different sides. Is it, all around, the thing that the
description says? Fail it if any of these is not so:
- from its views together it is recognisably that kind of thing, not another with similar colours;
- its parts and proportions are those of the description (no missing, doubled, melted or floating parts);
- colours and materials agree with the description from every side."""


def description(kind: str, name: str, words: str) -> str:
    """What a checker compares a picture with.  kind: "object", "table" or "room"."""
    return f"Kind: {kind}\nName: {name}\nDescription: {words}"
