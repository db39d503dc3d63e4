from __future__ import annotations

import pytest

from gen3d_bench.scenes.catalog import load_scene_set
from gen3d_bench.worldgen.procedural.families import FAMILIES, NOUNS
from gen3d_bench.worldgen.procedural.kinship import specification
from gen3d_bench.worldgen.procedural.palette import COLORS
from gen3d_bench.worldgen.procedural.prompts import UnknownObjectError, parse, tokens
from gen3d_bench.worldgen.procedural.spec import Part

from .names import ALL

FAMILY_OF = {
    "white ping-pong ball": "ping_pong_ball",
    "tennis ball": "tennis_ball",
    "mouse pad": "mouse_pad",
    "white mouse": "mouse",
    "glass cup": "glass",
    "coffee mug": "mug",
    "dry erase eraser": "dry_erase_eraser",
    "green eraser": "eraser",
    "regular knife": "knife",
    "sink basin": "sink_basin",
    "cardboard box": "cardboard_box",
    "red box": "box",
    "pen holder": "pen_holder",
    "pen": "pen",
    "pencil sharpener": "pencil_sharpener",
    "red pencil": "pencil",
    "open notebook": "open_notebook",
    "fruit bowl": "bowl",
    "fruit plate": "plate",
    "teacup": "teacup",
    "orange": "orange",
    "orange cup": "cup",
    "green lime": "lime",
    "a small red wicker basket": "basket",
    "Knives": "knife",
    "two mugs of tea": "mug",
    "strawberries": "strawberry",
    "tomatoes": "tomato",
    "the (yellow) Brush": "brush",
    "oak table": "table",
    "kitchen room": "room",
    "a kitchen": "room",
    "table lamp": "lamp",
}


@pytest.mark.parametrize("name", ALL)
def test_every_name_of_the_tables_resolves(name: str) -> None:
    assert specification(name).family in FAMILIES


def test_every_asset_of_the_catalog_resolves() -> None:
    for scene in load_scene_set("gen3d-100").scenes:
        assert specification(str(scene.table.prompt)).family == "table"
        assert specification(str(scene.background.prompt)).family == "room"
        for item in scene.objects:
            assert specification(str(item.asset.prompt)).family in FAMILIES


@pytest.mark.parametrize(("prompt", "family"), FAMILY_OF.items())
def test_the_head_noun_decides(prompt: str, family: str) -> None:
    assert specification(prompt).family == family


def test_every_family_is_reached_by_its_nouns() -> None:
    assert {specification(noun).family for noun in NOUNS} == set(FAMILIES)


def test_colour_material_and_words() -> None:
    spec = specification("small red wicker basket")
    assert (spec.color, spec.material) == (COLORS["red"], "wicker")
    assert "small" in spec.words


def test_an_orange_is_a_fruit_and_orange_is_a_colour() -> None:
    assert specification("orange").color is None
    assert specification("orange cup").color == COLORS["orange"]


def test_materials_within_nouns_count() -> None:
    assert specification("wooden spoon").material == "wood"
    assert specification("glass cup").material == "glass"


def test_describing_words_after_the_noun() -> None:
    spec = specification("cup of blue porcelain with dots")
    assert (spec.family, spec.color, spec.material) == ("cup", COLORS["blue"], "porcelain")


def test_shades_move_the_colour() -> None:
    dark, plain, light = (specification(f"{w} blue cup").color for w in ("dark", "big", "light"))
    assert dark is not None
    assert plain is not None
    assert light is not None
    assert sum(dark) < sum(plain) < sum(light)


def test_tokens_lower_singular_and_without_articles() -> None:
    assert tokens("The Ping-Pong Balls") == ("ping", "pong", "ball")
    assert tokens("glass dishes, boxes") == ("glass", "dish", "box")


def test_what_is_said_of_the_whole_and_of_its_parts() -> None:
    spec = specification("matte black ceramic jar with a narrow neck and slightly textured finish")
    assert (spec.color, spec.material, spec.finishes) == (COLORS["black"], "ceramic", ("matte", "textured"))
    assert spec.parts == (Part("neck", frozenset({"narrow"})),)
    plate = specification("white ceramic plate with a blue rim")
    assert plate.colors == (COLORS["white"], COLORS["blue"])
    assert plate.part("rim") == Part("rim", color=COLORS["blue"])
    assert specification("blue-rimmed white plate").colors == plate.colors
    pen = specification("ballpoint pen with a blue plastic barrel and a silver clip")
    assert (pen.color, pen.material, pen.accents) == (COLORS["blue"], "plastic", (COLORS["silver"],))


@pytest.mark.parametrize(
    ("prompt", "pattern", "colors"),
    [
        ("striped blue and white napkin", "striped", ("blue", "white")),
        ("green bowl with white polka dots", "dotted", ("green", "white")),
        ("red cup, checkered", "checkered", ("red",)),
        ("orange and white cup", None, ("orange", "white")),
        ("navy blue mug", None, ("navy",)),
    ],
)
def test_patterns_and_their_colours(prompt: str, pattern: str | None, colors: tuple[str, ...]) -> None:
    spec = specification(prompt)
    assert spec.pattern == pattern
    assert spec.colors == tuple(COLORS[c] for c in colors)


def test_what_stands_elsewhere_is_not_the_things() -> None:
    spec = specification("mug without a handle on a red wooden tray")
    assert (spec.family, spec.color, spec.material) == ("mug", None, None)
    assert spec.unknown == ("handle", "red wooden tray")


def test_unknown_noun_far_from_all_lists_the_families() -> None:
    with pytest.raises(UnknownObjectError, match=r"'zzzyx'.*known: .*apple"):
        specification("zzzyx")


@pytest.mark.parametrize("empty", ["", "   ", "the", "!?"])
def test_a_prompt_without_words_is_refused(empty: str) -> None:
    with pytest.raises(UnknownObjectError, match="names no object"):
        parse(empty, NOUNS)
