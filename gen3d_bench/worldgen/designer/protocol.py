"""What every scene designer looks like from outside: a task goes in, a scene graph comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gen3d_bench.scenes.schema import MAX_OBJECTS
from gen3d_bench.worldgen.designer.graph import SceneGraph

MAX_TASK_LETTERS = 300


class DesignError(ValueError):
    """A task cannot be made into a scene; the message says why, and the nearest thing that can be done."""


@dataclass(frozen=True)
class Task:
    """sentence: an everyday command ("put the pen in the pen holder").

    distractors: names of what else must stand there, in order; None leaves that to the designer and its difficulty.
    id: name of the scenes made from it; None derives one from the sentence.  source: where the task comes from, for
    the provenance of its scenes; None for the sentence itself.
    """

    sentence: str
    distractors: tuple[str, ...] | None = None
    id: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Difficulty:
    """distractors: how many there are; None draws one to three.

    similar: how many of them look like the source or the target: the same kind of thing in another colour, material or
    size ("red cup" beside a "purple cup").
    """

    distractors: int | None = None
    similar: int = 0

    def __post_init__(self) -> None:
        most = MAX_OBJECTS - 2
        if self.distractors is not None and not 0 <= self.distractors <= most:
            raise ValueError(f"distractors: {self.distractors} is not from 0 to {most}")
        if not 0 <= self.similar <= (most if self.distractors is None else self.distractors):
            raise ValueError(f"similar: {self.similar} is not from 0 to the number of distractors")


@dataclass(frozen=True)
class Usage:
    """What a language model was asked for: requests, those answered from the cache, tokens, and cost (US dollars; None
    if the price is not known)."""

    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: Usage) -> Usage:
        unknown = self.cost_usd is None or other.cost_usd is None
        return Usage(
            self.requests + other.requests,
            self.cached + other.cached,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            None if unknown else (self.cost_usd or 0.0) + (other.cost_usd or 0.0),
        )


    def __sub__(self, before: Usage) -> Usage:
        """What has come since `before`."""
        unknown = self.cost_usd is None or before.cost_usd is None
        return Usage(
            self.requests - before.requests,
            self.cached - before.cached,
            self.prompt_tokens - before.prompt_tokens,
            self.completion_tokens - before.completion_tokens,
            None if unknown else (self.cost_usd or 0.0) - (before.cost_usd or 0.0),
        )


@dataclass(frozen=True)
class Design:
    """A designed scene.  notes: what a reader should know ("'goblet' is made as a glass").  usage: of a language
    model."""

    graph: SceneGraph
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()


class Designer(Protocol):
    """Makes scene graphs.  Picklable, so that worker processes can have their own.

    name: goes into the provenance of scenes ("grammar", "openai:gpt-4o").
    """

    @property
    def name(self) -> str: ...

    def design(self, task: Task, seed: int, difficulty: Difficulty) -> Design:
        """A scene for the task; another seed gives another one, the same seed the same.  Raises DesignError."""
        ...
