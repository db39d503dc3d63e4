"""The scene graph: what a designer makes of a sentence (paper, section 3), before anything is built.

Nodes are the background, the context (the table), the robot and things with a role; edges say where everything starts
and where the source shall go.  Every node that is built carries a one-line visual description: the prompt of its asset.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from gen3d_bench.scenes.schema import MAX_OBJECTS, Model, Role

MAX_NAME_WORDS = 6
MAX_DESCRIPTION_WORDS = 40
Relation = Literal["ON", "IN"]


def _line(text: str, limit: int) -> str:
    """One line of at most `limit` words, or ValueError."""
    words = text.split()
    if not words:
        raise ValueError("must not be empty")
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    if len(words) > limit:
        raise ValueError(f"must have at most {limit} words, this has {len(words)}")
    if not re.search(r"\w", text):
        raise ValueError("must hold at least one word")
    return " ".join(words)


class Thing(Model):
    """An object on the table.  name: what a person calls it ("red cup"), unique in its scene.

    description: one line that says what it looks like ("small glossy red ceramic cup with a round handle").
    """

    name: str
    description: str

    @field_validator("name")
    @classmethod
    def _short(cls, name: str) -> str:
        return _line(name, MAX_NAME_WORDS)

    @field_validator("description")
    @classmethod
    def _one_line(cls, description: str) -> str:
        return _line(description, MAX_DESCRIPTION_WORDS)


class Edge(NamedTuple):
    """`child` is `relation` `parent`: where things start, and, for the goal, where the source shall end."""

    child: str
    relation: Relation
    parent: str


class SceneGraph(Model):
    """A scene in words.  No field has a default: language models are asked for exactly this JSON schema."""

    instruction: str
    """What the robot is told: "put the pen in the pen holder"."""
    background: str
    """Description of the room: "bright kitchen with white cabinets"."""
    context: str
    """Description of the table: "round oak table"."""
    robot: Literal["widowx250s"]
    source: Thing
    """What the robot takes."""
    target: Thing
    """Where the source goes."""
    relation: Relation
    """Whether the source goes ON or IN the target."""
    distractors: Annotated[tuple[Thing, ...], Field(max_length=MAX_OBJECTS - 2)]
    """What else stands there and is left alone."""

    @field_validator("instruction", "background", "context")
    @classmethod
    def _one_line(cls, text: str) -> str:
        return _line(text, MAX_DESCRIPTION_WORDS)

    @model_validator(mode="after")
    def _distinct(self) -> SceneGraph:
        counts = Counter(thing.name.lower() for _, thing in self.things)
        twice = sorted(name for name, count in counts.items() if count > 1)
        if twice:
            raise ValueError(f"every object needs a name of its own; used twice: {', '.join(map(repr, twice))}")
        return self

    @property
    def things(self) -> tuple[tuple[Role, Thing], ...]:
        """Source, target, distractors."""
        rest = ((Role.distractor, thing) for thing in self.distractors)
        return (Role.source, self.source), (Role.target, self.target), *rest

    @property
    def start(self) -> tuple[Edge, ...]:
        """Where everything stands before the robot acts."""
        on_table = (Edge(thing.name, "ON", "context") for _, thing in self.things)
        return Edge("context", "IN", "background"), Edge("robot", "IN", "background"), *on_table

    @property
    def goal(self) -> Edge:
        """What the robot shall bring about."""
        return Edge(self.source.name, self.relation, self.target.name)
