"""Designs over a collection of assets: what stands beside source and target is taken from what there is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gen3d_bench.worldgen.designer.protocol import Design, Designer, DesignError, Difficulty, Task
from gen3d_bench.worldgen.pipeline.seeds import derived_seed
from gen3d_bench.worldgen.procedural.kinship import resolve
from gen3d_bench.worldgen.procedural.prompts import UnknownObjectError


@dataclass(frozen=True)
class Within:
    """A designer that only knows what the collection's objects are called.  names: of its objects."""

    designer: Designer
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.designer.name

    def design(self, task: Task, seed: int, difficulty: Difficulty) -> Design:
        """As Designer.design.  Distractors that a task names stay as they are; look-alikes are left to the designer,
        for no collection can be asked for them."""
        if task.distractors is not None or difficulty.similar:
            return self.designer.design(task, seed, difficulty)
        alone = self.designer.design(task, seed, Difficulty(0))
        taken = {_kind(alone.graph.source.name), _kind(alone.graph.target.name)}
        chance = np.random.default_rng(derived_seed(seed, "company"))
        count = int(chance.integers(1, 4)) if difficulty.distractors is None else difficulty.distractors
        chosen: list[str] = []
        for k in chance.permutation(len(self.names)):
            kind = _kind(self.names[k])
            if len(chosen) < count and kind is not None and kind not in taken:
                chosen.append(self.names[k])
                taken.add(kind)
        while True:
            try:
                return self.designer.design(replace(task, distractors=tuple(chosen)), seed, Difficulty())
            except DesignError:  # too much for the table, or one of them would fit the instruction, too
                if not chosen:
                    raise
                chosen.pop()


def _kind(name: str) -> str | None:
    """Shape family of a name; None for what nobody here can speak of."""
    try:
        return resolve(name).family
    except UnknownObjectError:
        return None
