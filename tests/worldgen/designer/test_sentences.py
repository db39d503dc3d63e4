"""The grammar on what people say: sentences it must understand, sentences it must refuse and why, and rubbish."""

from __future__ import annotations

import csv
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d_bench.scenes.catalog import load_scene_set
from gen3d_bench.worldgen.designer import lexicon
from gen3d_bench.worldgen.designer.grammar import GrammarDesigner
from gen3d_bench.worldgen.designer.protocol import MAX_TASK_LETTERS, Design, DesignError, Difficulty, Task
from gen3d_bench.worldgen.procedural.families import FAMILIES
from tests.shared import shared
from tests.worldgen.designer.sentences import ACCEPTED, REFUSED

DESIGNER = GrammarDesigner()
BARE = Difficulty(0)


def design(sentence: str, difficulty: Difficulty = BARE, seed: int = 0) -> Design:
    return DESIGNER.design(Task(sentence), seed, difficulty)


def suggestion(error: pytest.ExceptionInfo[DesignError]) -> str:
    found = re.search(r"""; try (['"])(.+)\1$""", str(error.value))
    assert found, str(error.value)
    return found.group(2)


@pytest.mark.parametrize(("sentence", "source", "relation", "target"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_understands(sentence: str, source: str, relation: str, target: str) -> None:
    graph = design(sentence).graph
    assert (graph.source.name, graph.relation, graph.target.name) == (source, relation, target)
    assert source in graph.instruction and target in graph.instruction
    assert graph.goal == (source, relation, target)


@pytest.mark.parametrize(("sentence", "why"), REFUSED, ids=[repr(row[0][:60]) for row in REFUSED])
def test_refuses_and_says_why_and_what_works(sentence: str, why: str) -> None:
    with pytest.raises(DesignError, match=re.escape(why)) as error:
        design(sentence)
    nearest = suggestion(error)
    assert design(nearest).graph.instruction == nearest


@pytest.mark.parametrize(
    ("sentence", "nearest"),
    [
        ("put the apple and the pear in the basket", "put the apple in the basket"),
        ("put two pens in the mug", "put the pen in the mug"),
        ("put the bowl on the napkin", "put the cup on the napkin"),
        ("the pen in the cup", "put the pen in the cup"),
        ("put the spoon in the cup on the tray", "put the spoon on the tray"),
        ("stack the block on the block", "put the red block on the blue block"),
        ("put the eraser on the pencil", "put the eraser on the plate"),
        ("put the sponge into the sink next to the towel", "put the sponge into the sink"),
        ("put the key in the pen holder", "put the pen in the pen holder"),
        ("put the apple on the plate. thanks for that", "put the apple on the plate"),
    ],
)
def test_suggestions_stay_near_what_was_said(sentence: str, nearest: str) -> None:
    with pytest.raises(DesignError) as error:
        design(sentence)
    assert suggestion(error) == nearest


@pytest.mark.parametrize(
    ("sentence", "instruction"),
    [
        ("Could you please PICK UP the  Mushroom and place it in the saucepan?",
         "pick up the mushroom and place it in the saucepan"),
        ("Put the carrot on the plate on the table.", "put the carrot on the plate"),
        ("i want the red cup on the tray", "put the red cup on the tray"),
        ("put an apple on top of a plate", "put the apple on top of the plate"),
        ("move the pen to the pen holder", "move the pen to the pen holder"),
        ("place the apple on the bowl", "place the apple in the bowl"),
        ("take the cup out and put it on the tray in the kitchen", "take the cup and put it on the tray"),
    ],
)
def test_instructions_keep_the_users_words(sentence: str, instruction: str) -> None:
    assert design(sentence).graph.instruction == instruction


@pytest.mark.parametrize(
    ("sentence", "room", "table"),
    [
        ("put the apple on the plate in the kitchen", "kitchen", "table"),
        ("put the pen in the mug on the desk", "", "desk"),
        ("put the pen in the mug on the white marble table in a blue office", "blue office", "white marble table"),
        ("in the living room, put the remote on the book", "living room", "table"),
        ("put the cup on the tray on the kitchen counter", "kitchen", "kitchen countertop"),
    ],
)
def test_scenery_becomes_room_and_table(sentence: str, room: str, table: str) -> None:
    graph = design(sentence).graph
    assert room in graph.background and graph.context.endswith(table)


def test_notes_say_what_was_not_taken_as_said() -> None:
    def notes(sentence: str) -> str:
        return "; ".join(design(sentence).notes)

    assert "'on' is read as 'in'" in notes("put the apple on the bowl")
    assert "'in' is read as 'on'" in notes("put the apple in the plate")
    assert "kiwi" in notes("put the kiwi on the plate") and "potato" in notes("put the kiwi on the plate")
    assert "'spatual' is read as 'spatula'" in notes("put the spatual on the plate")
    assert "bathroom" in notes("put the sponge in the sink in the bathroom")
    assert "'wobbly'" in notes("put the wobbly cup on the tray")
    assert notes("put the red cup on the tray") == ""


def test_every_paper_scene_in_the_package_comes_out_the_same() -> None:
    scenes = load_scene_set("gen3d-100").scenes
    assert len(scenes) == 100
    for scene in scenes:
        names = tuple(thing.name for thing in scene.distractors)
        made = DESIGNER.design(Task(scene.instruction, distractors=names), 0, Difficulty())
        graph = made.graph
        assert graph.instruction == scene.instruction
        assert [(role, thing.name) for role, thing in graph.things] == [(o.role, o.name) for o in scene.objects]
        assert [(r.subject, r.relation, r.object) for r in scene.relations] == [graph.goal]
        assert made.notes == ()


def test_every_row_of_the_paper_gives_its_objects() -> None:
    with shared("paper/scenes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 100
    for row in rows:
        names = tuple(name for name in row["distractors"].split(";") if name)
        task = Task(f"move the {row['object']} to the {row['target']}", distractors=names)
        graph = DESIGNER.design(task, 0, Difficulty()).graph
        assert [thing.name for _, thing in graph.things] == [row["object"], row["target"], *names]


# -------------------------------------------------------------------------------------------------------------- rubbish

_WORDS = sorted({*lexicon.PUT, *lexicon.TAKE, *lexicon.PARTICLES, *lexicon.DETERMINERS, *lexicon.PRONOUNS,
                 *lexicon.QUANTITIES, *lexicon.DIRECTIONS, *(w for p in lexicon.WHERE for w in p),
                 *(w for o in (*lexicon.OPENERS, *lexicon.CLOSERS, *lexicon.SHALL, *lexicon.WISHES) for w in o),
                 *(noun for f in FAMILIES.values() for noun in f.nouns), "and", "that", "is", "with", "of", "without",
                 "red", "wooden", "kitchen", "table", "room", "desk", ",", ".", "-", "'", "?", "ing"})  # fmt: skip


def designs_or_refuses(sentence: str, difficulty: Difficulty) -> None:
    try:
        graph = design(sentence, difficulty).graph
    except DesignError as error:
        said = str(error)
    else:
        said = f"{graph.source.name} {graph.target.name}"
        assert graph.source.name in graph.instruction and graph.target.name in graph.instruction
    assert said.isprintable() and len(said) < 1000


@settings(max_examples=250, deadline=2000)
@given(st.text(max_size=MAX_TASK_LETTERS + 20))
def test_any_text_is_designed_or_refused(text: str) -> None:
    designs_or_refuses(text, BARE)


@settings(max_examples=400, deadline=2000)
@given(st.lists(st.sampled_from(_WORDS), max_size=25), st.integers(0, 2))
def test_any_words_are_designed_or_refused(words: list[str], similar: int) -> None:
    designs_or_refuses(" ".join(words), Difficulty(2, similar))


@settings(max_examples=400, deadline=2000)
@given(st.sampled_from([row[0] for row in ACCEPTED]), st.data())
def test_mutated_commands_are_designed_or_refused(sentence: str, data: st.DataObject) -> None:
    words = sentence.split()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(words)))
        change = data.draw(st.sampled_from(["drop", "double", "insert", "swap", "letter"]))
        if change == "insert" or not words or at == len(words):
            words.insert(at, data.draw(st.sampled_from(_WORDS)))
        elif change == "drop":
            del words[at]
        elif change == "double":
            words.insert(at, words[at])
        elif change == "swap":
            words[at], words[-1] = words[-1], words[at]
        else:
            words[at] = data.draw(st.characters()) + words[at][1:]
    designs_or_refuses(" ".join(words), BARE)


@pytest.mark.parametrize("piece", ["put ", "the ", "on ", "and ", "of ", "a", "'", "-", ", ", "that is ", "ﷺ"])
def test_monotonous_sentences_take_no_time(piece: str) -> None:
    with pytest.raises(DesignError):
        design((piece * MAX_TASK_LETTERS)[:MAX_TASK_LETTERS])
