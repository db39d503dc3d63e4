"""The designer that asks a language model: what it tells the model, and what it refuses to take from it."""

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gen3d_bench.worldgen.designer.protocol import Design, Designer, DesignError, Difficulty, Task
from gen3d_bench.worldgen.llm.config import ModelConfig
from gen3d_bench.worldgen.llm.designer import OpenAIDesigner
from gen3d_bench.worldgen.llm.errors import LanguageModelError
from tests.worldgen.llm.server import Server, answer, serving

PEN = Task("put the pen in the pen holder")
CUP = Task("Put the cup on the plate.")
TWO = Difficulty(distractors=2)
Graph = dict[str, Any]


def pen_graph() -> Graph:
    return {
        "instruction": "put the pen in the pen holder", "background": "bright study with shelves",
        "context": "light oak desk", "robot": "widowx250s",
        "source": {"name": "blue pen", "description": "slim blue plastic pen with a silver clip"},
        "target": {"name": "pen holder", "description": "round black metal pen holder with an open top"},
        "relation": "IN",
        "distractors": [{"name": "eraser", "description": "small white rubber eraser with rounded corners"},
                        {"name": "red stapler", "description": "compact red metal stapler"}],
    }


def cup_graph() -> Graph:
    return {
        "instruction": "put the red cup on the plate", "background": "bright kitchen", "context": "round oak table",
        "robot": "widowx250s",
        "source": {"name": "red cup", "description": "small glossy red ceramic cup with a round handle"},
        "target": {"name": "plate", "description": "flat white porcelain plate"},
        "relation": "ON",
        "distractors": [{"name": "purple cup", "description": "small matte purple ceramic cup"},
                        {"name": "lemon", "description": "ripe yellow lemon"}],
    }


def proposal(graph: Graph | None, possible: bool = True, reason: str = "A pen and its holder.") -> dict[str, Any]:
    return {"reason": reason, "possible": possible, "graph": graph}


def designer(server: Server, tmp_path: Path, **changes: Any) -> OpenAIDesigner:
    config = ModelConfig(base_url=server.url, cache=tmp_path, timeout_s=5.0, max_retries=0, **changes)
    return OpenAIDesigner(config)


def design(tmp_path: Path, answers: list[Any], task: Task, difficulty: Difficulty = TWO, seed: int = 3,
           **changes: Any) -> tuple[Design, Server]:
    with serving([answer(value) for value in answers]) as server:
        return designer(server, tmp_path, **changes).design(task, seed, difficulty), server


def test_a_design(tmp_path: Path) -> None:
    made, server = design(tmp_path, [proposal(pen_graph())], PEN)
    assert made.graph.model_dump(mode="json") == pen_graph()
    assert made.usage.requests == 1 and made.usage.prompt_tokens == 1000
    system, user = server.requests[0]["messages"]
    assert "74 mm" in system["content"] and "0.2 m by 0.3 m" in system["content"]
    assert "Command: put the pen in the pen holder" in user["content"] and "exactly 2" in user["content"]


def test_it_is_a_designer_with_a_name(tmp_path: Path) -> None:
    made: Designer = OpenAIDesigner(ModelConfig("gpt-4o-mini", cache=tmp_path))
    assert made.name == pickle.loads(pickle.dumps(made)).name == "openai:gpt-4o-mini"


def test_the_users_own_letters_stay(tmp_path: Path) -> None:
    plain = {**cup_graph(), "instruction": "put the cup on the plate", "distractors": []}
    made, _ = design(tmp_path, [proposal(plain)], CUP, Difficulty(distractors=0))
    assert made.graph.instruction == "Put the cup on the plate."


def test_words_may_be_added_that_tell_things_apart(tmp_path: Path) -> None:
    made, _ = design(tmp_path, [proposal(cup_graph())], CUP, Difficulty(distractors=2, similar=1))
    assert made.graph.instruction == "put the red cup on the plate"


def test_a_preposition_may_be_put_right_and_is_noted(tmp_path: Path) -> None:
    made, _ = design(tmp_path, [proposal({**cup_graph(), "distractors": []})], Task("put the cup in the plate"),
                     Difficulty(distractors=0))
    assert made.graph.instruction == "put the red cup on the plate" and made.graph.relation == "ON"
    assert made.notes == ("'in' is read as 'on'",)


def test_given_distractors_come_in_order(tmp_path: Path) -> None:
    task = Task(PEN.sentence, distractors=("eraser", "red  stapler"))
    made, server = design(tmp_path, [proposal(pen_graph())], task, Difficulty(distractors=5, similar=4))
    assert [thing.name for thing in made.graph.distractors] == ["eraser", "red stapler"]
    assert made.notes == ("the task names its distractors, so the difficulty adds none",)
    assert 'in this order: "eraser", "red  stapler"' in server.requests[0]["messages"][1]["content"]


def test_no_distractors_given_means_none(tmp_path: Path) -> None:
    made, _ = design(tmp_path, [proposal({**pen_graph(), "distractors": []})], Task(PEN.sentence, distractors=()))
    assert made.graph.distractors == ()


def test_the_number_of_distractors_is_drawn_from_the_seed(tmp_path: Path) -> None:
    """One to three, told to the model; the same seed tells the same."""
    def counts(cache: Path) -> list[int]:
        with serving(lambda body: answer(proposal(None, possible=False))) as server:
            made = designer(server, cache)
            for seed in range(12):
                with pytest.raises(DesignError):
                    made.design(PEN, seed, Difficulty())
        told = [body["messages"][1]["content"] for body in server.requests]
        return [next(n for n in (1, 2, 3) if f"exactly {n}," in text) for text in told]

    first = counts(tmp_path / "first")
    assert set(first) == {1, 2, 3}
    assert counts(tmp_path / "second") == first


def test_seeds_differ_even_where_the_server_ignores_them(tmp_path: Path) -> None:
    with serving([answer(proposal(pen_graph()))] * 2) as server:
        made = designer(server, tmp_path)
        made.design(PEN, 1, TWO)
        made.design(PEN, 2, TWO)
    one, two = server.requests
    assert one["messages"][1] != two["messages"][1] and (one["seed"], two["seed"]) == (1, 2)


def test_a_second_run_is_the_same_without_a_server(tmp_path: Path) -> None:
    wrong = {**pen_graph(), "relation": "ON"}
    with serving([answer(proposal(wrong)), answer(proposal(pen_graph()))]) as server:
        first = designer(server, tmp_path).design(PEN, 3, TWO)
        assert len(server.requests) == 2
    second = designer(server, tmp_path).design(PEN, 3, TWO)
    assert second.graph == first.graph and second.usage.cached == 2 and second.usage.cost_usd == 0.0


def changed(path: str, value: Any, base: Callable[[], Graph] = pen_graph) -> Graph:
    """A graph with one field (a.b or a.0.b) replaced."""
    graph = copy.deepcopy(base())
    *parents, last = path.split(".")
    part: Any = graph
    for name in parents:
        part = part[int(name)] if name.isdigit() else part[name]
    part[int(last) if last.isdigit() else last] = value
    return graph


LONG = " ".join(["very"] * 50) + " blue pen"


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (changed("relation", "ON"), "graph.relation: the instruction asks for IN, found ON"),
        (changed("instruction", "put the pencil in the pen holder"), "must keep all words of the command"),
        (changed("source.name", "blue marker"), "graph.source.name: 'blue marker' is not named in the instruction"),
        (changed("target.name", "black cup"), "graph.target.name: 'black cup' is not named in the instruction"),
        (changed("source.description", "slim blue thing"), "graph.source.description: must say what it is"),
        (changed("source.description", LONG), "must have at most 40 words, this has 52"),
        (changed("source.description", "blue\npen"), "one line of printable text"),
        (changed("context", "a cosy sofa"), "graph.context: must describe a table"),
        (changed("robot", "franka"), "graph.robot: Input should be 'widowx250s'"),
        (changed("distractors", []), "graph.distractors: must be exactly 2, found 0"),
        (changed("distractors.0", {"name": "red pen", "description": "red pen"}), "exactly 0 must be of the same kind"),
        (changed("distractors.0.name", "Blue Pen"), "every object needs a name of its own"),
        (changed("distractors", [{"name": f"block {n}", "description": "block"} for n in range(7)]), "at most 6 items"),
    ],
)
def test_what_breaks_the_rules_is_asked_again_with_the_reason(tmp_path: Path, wrong: Graph, complaint: str) -> None:
    made, server = design(tmp_path, [proposal(wrong), proposal(pen_graph())], PEN)
    assert made.graph.model_dump(mode="json") == pen_graph()
    assert complaint in server.requests[1]["messages"][-1]["content"]
    assert json.loads(server.requests[1]["messages"][-2]["content"]) == proposal(wrong)


@pytest.mark.parametrize(
    ("wrong", "difficulty", "complaint"),
    [
        (changed("instruction", "put the cup on the plate", cup_graph), Difficulty(2, 1),
         "could mean 'purple cup' as well as the source 'red cup'"),
        (cup_graph(), Difficulty(2, 2), "exactly 2 must be of the same kind"),
        (changed("distractors.1", {"name": "small plate", "description": "small plate"}, cup_graph), Difficulty(2, 2),
         "could mean 'small plate' as well as the target 'plate'"),
    ],
)
def test_similar_things(tmp_path: Path, wrong: Graph, difficulty: Difficulty, complaint: str) -> None:
    with pytest.raises(LanguageModelError, match="asked 1 times") as error:
        design(tmp_path, [proposal(wrong)], CUP, difficulty, asks=1)
    assert complaint in str(error.value)


def test_given_distractors_must_all_be_there(tmp_path: Path) -> None:
    task = Task(PEN.sentence, distractors=("red stapler", "eraser"))
    with pytest.raises(LanguageModelError, match="must be named exactly"):
        design(tmp_path, [proposal(pen_graph())], task, asks=1)


def test_an_impossible_task(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="'pour water into the cup' cannot be made into a scene: Nothing is poured"):
        design(tmp_path, [proposal(None, False, "Nothing is poured;\nput the jug in the tray.")],
               Task("pour water into the cup"))


def test_possible_without_a_scene_is_no_answer(tmp_path: Path) -> None:
    made, server = design(tmp_path, [proposal(None), proposal(None, False, " "), proposal(pen_graph())], PEN)
    assert "graph: must not be null" in server.requests[1]["messages"][-1]["content"]
    assert "reason: say why" in server.requests[2]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("task", "complaint"),
    [
        (Task(" \n"), "no English words"),
        (Task("put the \x07pen in the cup"), "cannot be printed"),
        (Task("put the pen " * 30), "at most 40 of 300"),
        (Task("put it in " * 14), "42 words"),
        (Task(PEN.sentence, tuple("abcdefg")), "7 distractors are given, a scene has room for 6"),
        (Task(PEN.sentence, ("cup", "Cup")), "different names"),
        (Task(PEN.sentence, ("one two three four five six seven",)), "at most 6 words"),
        (Task(PEN.sentence, ("",)), "must not be empty"),
    ],
)
def test_a_task_that_no_model_need_see(tmp_path: Path, task: Task, complaint: str) -> None:
    with serving([]) as server, pytest.raises(DesignError, match=complaint):
        designer(server, tmp_path).design(task, 0, TWO)
    assert server.requests == []


def test_a_server_that_is_down_is_no_design_error(tmp_path: Path) -> None:
    with serving([]) as server:
        pass
    with pytest.raises(LanguageModelError, match="cannot be reached") as error:
        designer(server, tmp_path).design(PEN, 0, TWO)
    assert not isinstance(error.value, DesignError)
