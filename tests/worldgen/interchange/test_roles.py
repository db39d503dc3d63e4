"""Who is source and who is target, for the sentences people write."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.worldgen.interchange.roles import resolve_roles


@pytest.mark.parametrize(
    ("sentence", "manipulated", "distractors", "source", "target", "relation"),
    [
        ("put the carrot on the plate", ["carrot", "plate"], ["knife"], "carrot", "plate", "ON"),
        ("put the carrot on the plate", ["carrot"], ["knife", "plate"], "carrot", "plate", "ON"),
        ("Put the pen in the pen holder.", ["pen holder", "pen"], [], "pen", "pen holder", "IN"),
        ("put the pen into the holder", ["pen", "pen_holder"], ["cup"], "pen", "pen_holder", "IN"),
        ("In the basket, put the green apple", ["green apple"], ["basket", "red apple"], "green apple", "basket", "IN"),
        ("pick up the mushroom and place it in the saucepan", ["mushroom", "saucepan"], [], "mushroom", "saucepan",
         "IN"),
        ("move the spoon from the plate to the bowl", ["spoon", "plate", "bowl"], [], "spoon", "bowl", None),
        ("take the strawberries off the cutting board and put them on top of the napkin",
         ["strawberry", "napkin"], ["cutting board"], "strawberry", "napkin", "ON"),
        ("put the cup on the coaster", ["red cup", "coaster"], ["blue cup"], "red cup", "coaster", "ON"),
        ("put the red cup on the coaster", ["red cup", "coaster"], ["cup"], "red cup", "coaster", "ON"),
        ("put the cup on the coaster", ["cup", "coaster"], ["red cup"], "cup", "coaster", "ON"),
        ("put the rubik's cube on the book", ["rubik's cube", "book"], [], "rubik's cube", "book", "ON"),
        ("put apple 2 in the bowl", ["apple 1", "apple 2", "bowl"], [], "apple 2", "bowl", "IN"),
        ("put the slice of cake on the plate", ["slice of cake", "plate"], [], "slice of cake", "plate", "ON"),
        ("put the slice on the plate", ["slice of cake", "plate"], [], "slice of cake", "plate", "ON"),
        ("put the carrot on the plate on the table", ["carrot", "plate"], [], "carrot", "plate", "ON"),
        ("put the ball that is on the towel into the cup", ["ball", "cup"], ["towel"], "ball", "cup", "IN"),
        ("stack the green cube on the yellow cube", ["green cube", "yellow cube"], [], "green cube", "yellow cube",
         "ON"),
        ("put the mug next to the vase on the tray", ["mug", "tray"], ["vase"], "mug", "tray", "ON"),
        ("get the apple in the bowl and put it on the plate", ["apple", "plate"], ["bowl"], "apple", "plate", "ON"),
        ("pick the apple on the plate, pop it in the bowl", ["apple", "plate", "bowl"], [], "apple", "bowl", "IN"),
        ("take the pen into the cup", ["pen", "cup"], [], "pen", "cup", "IN"),
        ("take the pen on the book to the cup", ["pen", "cup", "book"], [], "pen", "cup", None),
        ("pick up the pen and the cap and stack the pen on the box", ["pen", "box"], [], "pen", "box", "ON"),
        ("put the knife on the side plate", ["knife", "side plate"], [], "knife", "side plate", "ON"),
        ("put a piece of cake on top of the plate", ["cake", "plate"], [], "cake", "plate", "ON"),
        ("put the knife on the plate on the right", ["knife", "plate"], [], "knife", "plate", "ON"),
    ],
)
def test_sentences_say_who_is_who(
    sentence: str, manipulated: list[str], distractors: list[str], source: str, target: str, relation: str | None
) -> None:
    roles = resolve_roles(sentence, manipulated, distractors)
    assert (roles.source, roles.target, roles.relation) == (source, target, relation)
    assert set(roles.distractors) == {*manipulated, *distractors} - {source, target}


@pytest.mark.parametrize(
    ("sentence", "manipulated", "distractors", "words"),
    [
        ("put the apple in the bowl", ["apple 1", "apple 2", "bowl"], [], ["apple 1", "apple 2", "source=NAME"]),
        ("put the cup on the plate", ["cup"], ["red plate", "blue plate"], ["red plate", "blue plate", "target=NAME"]),
        ("put the fork on the plate on the tray", ["fork"], ["plate", "tray"], ["plate", "tray", "target=NAME"]),
        ("put the apple and the pear in the bowl", ["apple", "pear", "bowl"], [], ["apple", "pear", "source=NAME"]),
        ("put the carrot in the cup holder", ["carrot"], ["cup"], ["target=NAME"]),
        ("pick up the mushroom", ["mushroom"], ["bowl"], ["target=NAME", "bowl"]),
        ("put the mushroom beside the bowl", ["mushroom"], ["bowl"], ["bowl", "on or in"]),
        ("tidy up", ["mushroom"], ["bowl"], ["mushroom", "bowl"]),
        ("", ["mushroom"], ["bowl"], ["mushroom", "bowl"]),
        ("put the knife on the plate", ["plate", "carrot"], ["knife"], ["knife", "distractor"]),
        ("put the knife away", ["knife"], [], ["two things"]),
        ("put it on the plate", ["plate"], ["knife"], ["source=NAME", "knife"]),
        *((f"put the fork {where}", ["fork"], ["plate"], ["plate", "on or in"]) for where in (
            "on the right side of the plate", "on the left-hand side of the plate", "on the far side of the plate",
            "at the left of the plate", "on the side of the plate", "to the side of the plate", "on the plate's edge",
            "on the plate's right-hand side", "in the middle of the plate", "to the far right of the plate",
        )),
        ("pick up the apple on the plate", ["apple", "plate"], [], ["plate", "target=NAME"]),
        ("take the pen in the cup", ["pen", "cup"], [], ["cup", "target=NAME"]),
        ("do not put the pen in the cup", ["pen", "cup"], [], ["'not'", "source=NAME", "target=NAME"]),
        ("Don't put the pen in the cup", ["pen", "cup"], [], ["source=NAME", "target=NAME"]),
        ("never put the pen in the cup", ["pen", "cup"], [], ["'never'"]),
    ],
)
def test_what_a_sentence_leaves_open_is_an_error_with_candidates(
    sentence: str, manipulated: list[str], distractors: list[str], words: list[str]
) -> None:
    with pytest.raises(SceneError) as error:
        resolve_roles(sentence, manipulated, distractors)
    assert [word for word in words if word not in str(error.value)] == []


def test_the_user_decides() -> None:
    roles = resolve_roles("tidy up", ["mushroom"], ["red bowl", "fork"], source="mushroom", target="the Red Bowl")
    assert (roles.source, roles.target, roles.relation) == ("mushroom", "red bowl", None)
    roles = resolve_roles("put the apple in the bowl", ["apple 1", "apple 2", "bowl"], [], source="apple 2")
    assert (roles.source, roles.target, roles.relation) == ("apple 2", "bowl", "IN")
    roles = resolve_roles("don't put the pen on the cup", ["pen", "cup"], [], source="pen", target="cup")
    assert (roles.source, roles.target, roles.relation) == ("pen", "cup", None)
    with pytest.raises(SceneError, match="both"):
        resolve_roles("tidy up", ["mushroom"], ["bowl"], source="bowl", target="bowl")
    with pytest.raises(SceneError, match="not a thing of the layout"):
        resolve_roles("tidy up", ["mushroom"], ["bowl"], source="cup")


WORDS = ["put", "the", "pen", "on", "in", "into", "from", "next", "to", "holder", "cup", "red", "apple", "2", "of"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=14).map(" ".join),
    st.lists(st.sampled_from(["pen", "pen holder", "red cup", "cup", "apple 1", "apple 2", "of", "!"]), max_size=5),
    st.lists(st.sampled_from(["plate", "holder", "cup holder", "1"]), max_size=3),
)
def test_any_sentence_gives_roles_or_a_clear_error(
    sentence: str, manipulated: list[str], distractors: list[str]
) -> None:
    try:
        roles = resolve_roles(sentence, manipulated, distractors)
    except SceneError as error:
        assert str(error)  # noqa: PT017 - an error is one of two good outcomes
        return
    assert roles.source != roles.target and roles.source in manipulated
    assert {roles.source, roles.target, *roles.distractors} == {*manipulated, *distractors}
