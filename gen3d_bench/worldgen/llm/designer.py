"""The scene designer that asks a language model (paper, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from gen3d_bench.scenes.schema import MAX_OBJECTS, Model
from gen3d_bench.worldgen.designer.graph import MAX_DESCRIPTION_WORDS, SceneGraph, Thing
from gen3d_bench.worldgen.designer.protocol import MAX_TASK_LETTERS, Design, DesignError, Difficulty, Task
from gen3d_bench.worldgen.llm.client import LanguageModel
from gen3d_bench.worldgen.llm.config import ModelConfig
from gen3d_bench.worldgen.llm.errors import quoted
from gen3d_bench.worldgen.llm.prompts import DESIGNER, designer_task
from gen3d_bench.worldgen.llm.vocabulary import could_be_meant, head, is_table, keeps_words, told_relation
from gen3d_bench.worldgen.procedural.prompts import tokens


class Proposal(Model):
    """A scene, or why there can be none.  The reason comes first: models answer better once they have said why."""

    reason: str
    possible: bool
    graph: SceneGraph | None


class OpenAIDesigner:
    """Designs scenes with a language model.  kinds: of object that can be made, to choose distractors from; empty if
    anything can."""

    def __init__(self, config: ModelConfig, kinds: Sequence[str] = ()) -> None:
        self.name = config.label
        self.kinds = tuple(kinds)
        self.model = LanguageModel(config)

    def design(self, task: Task, seed: int, difficulty: Difficulty) -> Design:
        """As Designer.design; given distractors come before the difficulty.

        Raises DesignError for a task that is malformed or that the model declares impossible, and LanguageModelError
        where the model gives no valid answer.
        """
        _require_sound(task)
        brief = _Brief.of(task, seed, difficulty)
        messages = [
            {"role": "system", "content": DESIGNER},
            {"role": "user", "content": designer_task(task, brief.count, brief.similar, seed, self.kinds)},
        ]
        answer = self.model.ask(messages, Proposal, seed, brief.problems)
        graph = answer.value.graph
        if not answer.value.possible or graph is None:
            raise DesignError(f"{task.sentence!r} cannot be made into a scene: {quoted(answer.value.reason)}")
        if tokens(graph.instruction) == tokens(task.sentence):  # the user's own letters, not the model's
            graph = graph.model_copy(update={"instruction": " ".join(task.sentence.split())})
        return Design(graph, tuple(brief.notes(graph)), answer.usage)


def _require_sound(task: Task) -> None:
    """Raises DesignError for what no model need be asked."""
    if not " ".join(task.sentence.split()).isprintable():
        raise DesignError(f"the task holds letters that cannot be printed: {task.sentence!a}; write plain text")
    if not tokens(task.sentence):
        raise DesignError("the task holds no English words; write a command, such as 'put the pen in the pen holder'")
    letters, words = len(task.sentence), len(task.sentence.split())
    if letters > MAX_TASK_LETTERS or words > MAX_DESCRIPTION_WORDS:
        raise DesignError(
            f"the task has {words} words of {letters} letters, at most {MAX_DESCRIPTION_WORDS} of {MAX_TASK_LETTERS} "
            f"can be a scene's instruction; write one short sentence"
        )
    given = task.distractors or ()
    if len(given) > MAX_OBJECTS - 2:
        raise DesignError(f"{len(given)} distractors are given, a scene has room for {MAX_OBJECTS - 2}; leave some out")
    if len({name.casefold() for name in given}) < len(given):
        raise DesignError(f"distractors need different names, given are {', '.join(map(repr, given))}")
    for name in given:
        try:
            Thing(name=name, description=name)
        except ValidationError as error:
            message = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise DesignError(f"the distractor {name!r} cannot be used: its name {message}") from None


@dataclass(frozen=True)
class _Brief:
    """What a proposal has to keep to.  count: of distractors.  similar: how many look like the source or target."""

    task: Task
    difficulty: Difficulty
    count: int
    similar: int

    @classmethod
    def of(cls, task: Task, seed: int, difficulty: Difficulty) -> _Brief:
        if task.distractors is not None:
            return cls(task, difficulty, len(task.distractors), 0)
        drawn = int(np.random.default_rng(seed).integers(1, 4))
        count = max(drawn, difficulty.similar) if difficulty.distractors is None else difficulty.distractors
        return cls(task, difficulty, count, difficulty.similar)

    def notes(self, graph: SceneGraph) -> Iterator[str]:
        """What a reader should know of a scene that was taken."""
        told = told_relation(self.task.sentence, graph.target.name)
        if told is not None and told != graph.relation:
            yield f"{told.lower()!r} is read as {graph.relation.lower()!r}"
        if self.task.distractors is not None and self.difficulty not in (Difficulty(), Difficulty(self.count)):
            yield "the task names its distractors, so the difficulty adds none"

    def problems(self, proposal: Proposal) -> list[str]:
        """What is wrong with a proposal beyond its schema."""
        if not proposal.possible:
            return [] if proposal.reason.strip() else ["reason: say why the command cannot be made into a scene"]
        if proposal.graph is None:
            return ["graph: must not be null where possible is true"]
        graph = proposal.graph
        return [*self._words(graph), *self._distractors(graph), *_ambiguities(graph)]

    def _words(self, graph: SceneGraph) -> Iterator[str]:
        said = tokens(graph.instruction)
        if not keeps_words(graph.instruction, self.task.sentence):
            yield (f"graph.instruction: must keep all words of the command in their order: {self.task.sentence!r}; "
                   f"found {graph.instruction!r}")
        for role, thing in (("source", graph.source), ("target", graph.target)):
            if head(thing.name) not in said:
                yield (f"graph.{role}.name: {thing.name!r} is not named in the instruction {graph.instruction!r}; "
                       f"its last word must stand there")
            if head(thing.name) not in tokens(thing.description):
                yield (f"graph.{role}.description: must say what it is, with the word {head(thing.name)!r}; "
                       f"found {thing.description!r}")
        told = told_relation(graph.instruction, graph.target.name)
        if told not in (None, graph.relation):
            yield f"graph.relation: the instruction asks for {told}, found {graph.relation}"
        if not is_table(graph.context):
            yield f"graph.context: must describe a table, desk, workbench or countertop; found {graph.context!r}"

    def _distractors(self, graph: SceneGraph) -> Iterator[str]:
        names = [thing.name for thing in graph.distractors]
        if self.task.distractors is not None:
            given = [" ".join(name.split()) for name in self.task.distractors]
            if [name.casefold() for name in names] != [name.casefold() for name in given]:
                yield f"graph.distractors: must be named exactly {given}, in this order; found {names}"
            return
        if len(names) != self.count:
            yield f"graph.distractors: must be exactly {self.count}, found {len(names)}: {names}"
        kinds = {head(graph.source.name), head(graph.target.name)}
        alike = [name for name in names if head(name) in kinds]
        if len(alike) != self.similar:
            yield (f"graph.distractors: exactly {self.similar} must be of the same kind as the source or target (a "
                   f"name that ends in {' or '.join(map(repr, sorted(kinds)))}), found {len(alike)}: {alike}")


def _ambiguities(graph: SceneGraph) -> Iterator[str]:
    for i, other in enumerate(graph.distractors):
        for role, thing in (("source", graph.source), ("target", graph.target)):
            if could_be_meant(thing.name, other.name, graph.instruction):
                yield (f"graph.distractors[{i}].name: the instruction {graph.instruction!r} could mean {other.name!r} "
                       f"as well as the {role} {thing.name!r}; name the {role} more exactly, or change this one")
