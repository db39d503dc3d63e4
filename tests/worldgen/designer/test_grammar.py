"""Scenes that the grammar designs: descriptions, company, difficulty, room on the table, determinism."""

from __future__ import annotations

import itertools
import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from gen3d_bench.envs.config import INITIAL_QPOS, RandomizationConfig
from gen3d_bench.envs.layout import Footprint, place
from gen3d_bench.envs.randomization import hand_obstacle
from gen3d_bench.scenes.schema import MAX_OBJECTS
from gen3d_bench.worldgen.designer.casting import Cast, cast
from gen3d_bench.worldgen.designer.company import rooms_for
from gen3d_bench.worldgen.designer.describing import described
from gen3d_bench.worldgen.designer.grammar import GrammarDesigner
from gen3d_bench.worldgen.designer.graph import SceneGraph
from gen3d_bench.worldgen.designer.naming import understood
from gen3d_bench.worldgen.designer.protocol import Design, Designer, DesignError, Difficulty, Task
from gen3d_bench.worldgen.designer.tasks import random_task
from gen3d_bench.worldgen.designer.telling_apart import means_too
from gen3d_bench.worldgen.designer.workspace import ROOM_CM2, load
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.generator import build
from gen3d_bench.worldgen.procedural.kinship import resolve, specification
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.prompts import tokens

DESIGNER: Designer = GrammarDesigner()


def design(sentence: str, seed: int = 0, distractors: int | None = None, similar: int = 0) -> Design:
    return DESIGNER.design(Task(sentence), seed, Difficulty(distractors, similar))


def random_designs(count: int, seed: int, difficulty: Difficulty) -> Iterator[Design]:
    rng = np.random.default_rng(seed)
    for k in range(count):
        yield DESIGNER.design(random_task(rng), k, difficulty)


def cast_of(graph: SceneGraph) -> Cast:
    source, target, *rest = (understood(thing.name) for _, thing in graph.things)
    return Cast(source, target, tuple(rest))


# --------------------------------------------------------------------------------------------------------- descriptions


def assert_described(graph: SceneGraph) -> None:
    """Every description keeps the words of its name, and is read as the same thing."""
    for _, thing in graph.things:
        assert set(tokens(thing.name)) <= set(tokens(thing.description)), thing
        spec, name = specification(thing.description), specification(thing.name)
        assert spec.family == name.family, thing
        assert set(spec.unknown) == set(name.unknown), thing
        for said in ("color", "material", "pattern"):
            assert getattr(name, said) in (None, getattr(spec, said)), thing
        assert name.size in (1.0, spec.size) and name.shapes <= spec.shapes, thing
    assert resolve(graph.background).family == "room"
    assert resolve(graph.context).family == "table"


@pytest.mark.parametrize("name", [
    "small red ceramic cup", "cup with the red rim", "black and white mug", "light blue bowl", "wooden spoon",
    "striped napkin", "green goblet", "plum", "white ping-pong ball", "plastic bin", "tall glass", "glass cup",
    "jar of jam", "dark wooden tray", "shiny metal pot", "polka dot plate", "cup with a wooden handle", "orange",
])
def test_descriptions_keep_what_the_name_says(name: str) -> None:
    graspable = FAMILIES[understood(name).family].graspable
    for seed in range(8):
        graph = design(f"put the {name} on the tray" if graspable else f"put the pen in the {name}", seed).graph
        assert name in (graph.source.name, graph.target.name)
        assert_described(graph)


def test_descriptions_add_what_goes_with_the_thing() -> None:
    lines = {design("put the cup on the tray", seed).graph.source.description for seed in range(40)}
    assert len(lines) > 25
    assert all(set(tokens(line)) & set(COLORS) for line in lines)
    assert {"ceramic", "plastic"} <= {word for line in lines for word in tokens(line)}


def test_a_family_that_the_tables_do_not_know_is_found_anywhere_and_keeps_its_name() -> None:
    rng = np.random.default_rng(0)
    stranger = replace(understood("red cup"), family="teleporter")
    assert set(described(stranger, (), rng).split()) >= {"red", "cup"}
    assert load(stranger) > 200
    scene = cast(stranger, understood("mug"), None, Difficulty(2), rng)
    assert len(scene.distractors) == 2 and rooms_for("teleporter", "tray")


def test_colours_of_source_target_and_distractors_differ() -> None:
    pairs = same = 0
    for made in random_designs(150, 5, Difficulty(3)):
        colors = [specification(thing.description).color for _, thing in made.graph.things]
        for a, b in itertools.combinations([color for color in colors if color is not None], 2):
            pairs, same = pairs + 1, same + (a == b)
    assert pairs > 500 and same / pairs < 0.03


# -------------------------------------------------------------------------------------------------- company, difficulty


def test_difficulty_decides_how_many_stand_there() -> None:
    usual = Counter(len(made.graph.distractors) for made in random_designs(60, 1, Difficulty()))
    assert set(usual) == {1, 2, 3}
    for count in range(MAX_OBJECTS - 1):
        for made in random_designs(8, count, Difficulty(count)):
            assert len(made.graph.distractors) == count


@pytest.mark.parametrize(("count", "similar"), [(1, 1), (3, 1), (3, 2), (None, 2)])
def test_look_alikes_are_of_the_same_kind_and_never_meant(count: int | None, similar: int) -> None:
    rng, refused = np.random.default_rng(similar), 0
    for k in range(60):
        task = random_task(rng)
        try:
            made = DESIGNER.design(task, k, Difficulty(count, similar))
        except DesignError:  # a source of one colour only, or a target too large to stand there twice
            refused += 1
            continue
        scene = cast_of(made.graph)
        kinds = {scene.source.family, scene.target.family}
        assert sum(name.family in kinds for name in scene.distractors) == similar
        assert len(scene.distractors) == (count or len(scene.distractors)) >= similar
        assert str(scene.source) in made.graph.instruction and str(scene.target) in made.graph.instruction
        for meant, other in itertools.product((scene.source, scene.target), scene.names):
            assert meant is other or not means_too(meant, other), made.graph
        assert_described(made.graph)
    assert refused <= 6


def test_a_bare_source_gets_a_colour_beside_its_look_alike() -> None:
    designs = (design("put the cup on the tray", seed, 2, 1) for seed in range(20))
    made = next(made for made in designs if made.graph.source.name != "cup")
    graph = made.graph
    color, noun = graph.source.name.split()
    assert noun == "cup" and color in COLORS
    assert graph.instruction == f"put the {color} cup on the tray"
    other = next(thing.name for thing in graph.distractors if thing.name.endswith("cup"))
    assert other.split()[0] not in graph.source.name
    assert any(graph.source.name in note and other in note for note in made.notes)


def test_words_that_already_tell_things_apart_are_left_alone() -> None:
    for seed in range(10):
        graph = design("put the red cup on the wooden tray", seed, 2, 2).graph
        assert (graph.source.name, graph.target.name) == ("red cup", "wooden tray")
        for thing in graph.distractors:
            spec = specification(thing.description)
            assert (spec.family == "cup" and spec.color != COLORS["red"]) or spec.material != "wood"


def test_two_of_a_kind_are_told_apart() -> None:
    made = design("put the cube on the yellow cube", 3)
    assert made.graph.target.name == "yellow cube" and made.graph.source.name.endswith(" cube")
    assert "yellow" not in made.graph.source.name
    assert any(made.graph.source.name in note for note in made.notes)


def test_impossible_difficulties_are_refused() -> None:
    with pytest.raises(DesignError, match=r"fewer look-alikes|nothing tells"):
        DESIGNER.design(Task("put the orange on the tray"), 0, Difficulty(6, 6))


def test_named_distractors_are_used_exactly() -> None:
    names = ("Red Cup", "salt shaker", "blue plate")
    made = DESIGNER.design(Task("put the fork on the napkin", distractors=names), 1, Difficulty())
    assert tuple(thing.name for thing in made.graph.distractors) == names
    assert_described(made.graph)
    none = DESIGNER.design(Task("put the fork on the napkin", distractors=()), 1, Difficulty(2, 1))
    assert none.graph.distractors == () and any("names its distractors" in note for note in none.notes)


def test_a_named_distractor_that_would_fit_the_instruction_changes_it() -> None:
    made = DESIGNER.design(Task("put the cup on the tray", distractors=("red cup",)), 1, Difficulty())
    assert made.graph.source.name not in ("cup", "red cup")
    assert made.graph.source.name in made.graph.instruction and "red cup" in made.notes[0]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("fork",), "the same"),
        (("mug", "Mug"), "the same"),
        (("dragon",), "no shape family"),
        (("table",), "surroundings"),
        (("",), "not read"),
        (("a very long name for one small cup",), "not read"),
        (("tas\x00se",), "not read"),
        (("mug", "cup", "knife", "bowl", "plate", "lemon", "lime"), "at most 6"),
    ],
)
def test_named_distractors_that_cannot_stand_there_are_refused(names: tuple[str, ...], why: str) -> None:
    with pytest.raises(DesignError, match=why):
        DESIGNER.design(Task("put the fork on the napkin", distractors=names), 0, Difficulty())


def test_too_many_large_named_distractors_are_noted() -> None:
    names = ("plate", "book", "chessboard", "keyboard", "dish")
    made = DESIGNER.design(Task("put the cup on the tray", distractors=names), 0, Difficulty())
    assert any("cm2" in note for note in made.notes)


# ----------------------------------------------------------------------------------------------------- room, in numbers


def test_no_scene_asks_for_more_room_than_there_is() -> None:
    for made in random_designs(60, 2, Difficulty(MAX_OBJECTS - 2)):
        assert cast_of(made.graph).load <= ROOM_CM2


def test_the_fullest_scenes_find_room_on_the_table() -> None:
    config, hand = RandomizationConfig(), hand_obstacle(np.array(INITIAL_QPOS), 0.0)
    made_of_six = random_designs(40, 2, Difficulty(MAX_OBJECTS - 2))
    for made in sorted(made_of_six, key=lambda made: -cast_of(made.graph).load)[:4]:
        models = [build(thing.description, 0) for _, thing in made.graph.things]
        footprints = [Footprint.of(np.vstack([s.vertices for s in model.surfaces])) for model in models]
        place(footprints, [hand], config, np.random.default_rng(0), source=0)  # or LayoutError


# ---------------------------------------------------------------------------------------------------------- determinism

_CODE = """
from gen3d_bench.worldgen.designer.grammar import GrammarDesigner
from gen3d_bench.worldgen.designer.protocol import Difficulty, Task
for seed in range(6):
    made = GrammarDesigner().design(Task("put the cup on the tray"), seed, Difficulty(4, 2))
    print(made.graph.model_dump_json(), made.notes)
"""


def test_the_same_in_every_process() -> None:
    outputs = set()
    for hash_seed in ("0", "77"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True, env=env)
        outputs.add(done.stdout)
    assert len(outputs) == 1 and len(set(outputs.pop().splitlines())) == 6


def test_case_and_blanks_change_nothing_and_the_seed_everything() -> None:
    assert design("Put the  CUP on the tray ", 4) == design("put the cup on the tray", 4)
    graphs = {design("put the cup on the tray", seed).graph.model_dump_json() for seed in range(100)}
    assert len(graphs) == 100


def test_the_designer_can_be_sent_to_a_worker() -> None:
    sent = pickle.loads(pickle.dumps(DESIGNER))
    assert sent.name == "grammar"
    assert sent.design(Task("put the pen in the mug"), 1, Difficulty()) == design("put the pen in the mug", 1)


def test_what_a_thing_shall_hold_is_said_to_be_missing() -> None:
    design = GrammarDesigner().design(Task("put the glass of water on the tray"), 0, Difficulty(0))
    assert design.notes == ("the glass is empty: no water is in it",)
    assert GrammarDesigner().design(Task("put the cup of steel on the tray"), 0, Difficulty(0)).notes == ()
