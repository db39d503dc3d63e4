"""Random tasks: a thousand of them are all designed, all different, and spread over things, places and words."""

from __future__ import annotations

from collections import Counter

import numpy as np

from gen3d_bench.worldgen.designer.goals import holds
from gen3d_bench.worldgen.designer.grammar import GrammarDesigner
from gen3d_bench.worldgen.designer.protocol import Difficulty
from gen3d_bench.worldgen.designer.tasks import random_task, sources_for
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.kinship import resolve, specification


def test_a_thousand_random_tasks_make_a_thousand_scenes() -> None:
    rng, designer = np.random.default_rng(0), GrammarDesigner()
    graphs, sentences, rooms, sources, targets, relations = set(), set(), Counter(), Counter(), Counter(), Counter()
    for k in range(1000):
        task = random_task(rng)
        made = designer.design(task, k, Difficulty())  # or DesignError
        graph = made.graph
        graphs.add(graph.model_dump_json())
        sentences.add(task.sentence)
        rooms[graph.background.split(" with ")[0]] += 1
        relations[graph.relation] += 1
        sources[specification(graph.source.description).family] += 1
        targets[specification(graph.target.description).family] += 1
        assert resolve(graph.background).family == "room" and resolve(graph.context).family == "table"
    assert len(graphs) == 1000
    assert len(sentences) > 900
    assert len(rooms) >= 14 and len(sources) >= 40 and len(targets) >= 25
    assert min(relations.values()) > 300
    assert max(sources.values()) < 150 and max(targets.values()) < 150


def test_every_target_has_sources_that_fit_it() -> None:
    for family in FAMILIES:
        for source in sources_for(family):
            assert FAMILIES[source].graspable and holds(family, source)


def test_the_same_generator_gives_the_same_tasks() -> None:
    first, second = (np.random.default_rng(7) for _ in range(2))
    assert [random_task(first) for _ in range(20)] == [random_task(second) for _ in range(20)]
