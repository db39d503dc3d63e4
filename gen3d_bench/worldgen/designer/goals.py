"""What can be put on or in what: by the gripper, by the shape of the target, and by whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gen3d_bench.worldgen.designer.graph import Relation
from gen3d_bench.worldgen.designer.lexicon import Asked
from gen3d_bench.worldgen.designer.naming import Name
from gen3d_bench.worldgen.designer.text import Refusal
from gen3d_bench.worldgen.procedural.families import FAMILIES

FLAT = frozenset({"plate", "saucer", "dish", "tray", "napkin", "towel", "mouse_pad", "cutting_board", "chessboard",
                  "notebook", "open_notebook", "book"})  # fmt: skip
"""Families that take things ON them."""
HOLLOW = frozenset({
    "cup", "teacup", "mug", "glass", "bowl", "pot", "saucepan", "colander", "container", "jar", "pen_holder",
    "utensil_holder", "bucket", "basket", "box", "cardboard_box", "bin", "sink_basin", "vase", "wine_glass",
})  # fmt: skip
"""Families that take things IN them."""
STACKED: Mapping[str, frozenset[str]] = MappingProxyType({
    target: frozenset({"cube", "block", "lego_brick", "eraser", "pencil_sharpener"})
    for target in ("cube", "block", "lego_brick")
})  # fmt: skip
"""Families that take things ON them only if these are of some families with flat sides."""

NARROW: Mapping[str, float] = MappingProxyType(
    {"cup": 4.1, "teacup": 4.1, "glass": 4.1, "mug": 6.3, "pen_holder": 6.6, "vase": 3.0, "wine_glass": 3.5}
)
"""Families -> width of their opening (cm), where not everything goes in."""
THICKNESS: Mapping[str, float] = MappingProxyType({
    "apple": 4.2, "pear": 4.4, "orange": 4.4, "tomato": 4.5, "lemon": 4.0, "lime": 3.8, "potato": 4.4, "onion": 4.4,
    "egg": 4.2, "strawberry": 3.6, "banana": 4.1, "carrot": 3.1, "cucumber": 3.6, "broccoli": 4.5, "mushroom": 4.4,
    "cup": 5.3, "teacup": 4.6, "glass": 4.6, "teapot": 6.0, "water_bottle": 4.3, "salt_shaker": 4.1,
    "pepper_grinder": 4.0, "wine_glass": 4.6, "can": 4.7, "candle": 4.4, "knife": 2.2, "fork": 2.4, "spoon": 3.1,
    "spatula": 4.4, "pen": 1.9, "marker": 2.1, "pencil": 1.8, "glue_stick": 2.9, "eraser": 2.8,
    "dry_erase_eraser": 4.5, "pencil_sharpener": 3.0, "stapler": 4.8, "cube": 3.8, "block": 3.9, "lego_brick": 3.2,
    "chess_pawn": 3.5, "ping_pong_ball": 4.1, "tennis_ball": 4.6, "sponge": 4.5, "screwdriver": 1.9, "brush": 3.6,
    "mouse": 4.4, "remote_control": 4.4,
})  # fmt: skip
"""Graspable families -> the middle one of their three lengths (cm): what must go through an opening."""

NEAR_GRASPABLE: Mapping[str, str] = MappingProxyType({
    "plate": "teacup", "saucer": "teacup", "dish": "teacup", "tray": "remote control", "mug": "cup", "bowl": "cup",
    "pot": "teapot", "saucepan": "teapot", "colander": "cup", "container": "cup", "jar": "water bottle",
    "pen_holder": "pen", "utensil_holder": "spatula", "bucket": "cup", "basket": "apple", "box": "block",
    "cardboard_box": "block", "bin": "cup", "sink_basin": "sponge", "napkin": "sponge", "towel": "sponge",
    "mouse_pad": "mouse", "cutting_board": "knife", "chessboard": "chess pawn", "notebook": "eraser",
    "open_notebook": "eraser", "book": "eraser", "keyboard": "mouse", "lamp": "marker", "vase": "candle",
})  # fmt: skip
"""Families too wide for the gripper -> something like them that is not."""


class Goal(NamedTuple):
    """relation: what is physically meant.  note: why it is another than the one said, or None."""

    relation: Relation
    note: str | None


def relation_to(family: str) -> Relation | None:
    """How a family takes things, or None if nothing can be put on or in it."""
    if family in HOLLOW:
        return "IN"
    return "ON" if family in FLAT or family in STACKED else None


def holds(target: str, source: str) -> bool:
    """Whether a thing of one family can be put on or in one of another."""
    if target in STACKED:
        return source in STACKED[target]
    if target in NARROW:
        return THICKNESS.get(source, 0.0) <= NARROW[target] + 0.05
    return relation_to(target) is not None


def goal(source: Name, target: Name, asked: Asked) -> Goal:
    """Whether the source goes ON or IN the target.  Raises Refusal if the gripper cannot take it, or it has no room
    there."""
    to = f"the {target}"
    if not FAMILIES[source.family].graspable:
        near = NEAR_GRASPABLE.get(source.family, "cube")
        raise Refusal(
            f"the {source} cannot be grasped: nothing of it is narrow enough for the gripper, which takes 48 mm; the "
            f"nearest thing that it takes is {_a(near)}", f"put the {near} on {to}", f"put the {near} in {to}",
        )
    relation = relation_to(target.family)
    if relation is None:
        raise Refusal(f"nothing stays on or in {_a(target.noun)}: a target is hollow, as a bowl is, or flat, as a "
                      "plate is", f"put the {source} on the plate", f"put the {source} in the bowl")
    if not holds(target.family, source.family):
        why = ("it would roll or slide off" if target.family in STACKED else
               f"its opening is {NARROW[target.family]:.0f} cm wide")
        raise Refusal(f"the {source} does not fit {relation.lower()} {to}: {why}",
                      f"put the {source} {'on the plate' if target.family in STACKED else 'in the bowl'}",
                      f"put the {source} in the bowl")
    if asked in ("TO", relation):
        return Goal(relation, None)
    takes = "hollow: things go into it" if relation == "IN" else "flat: things go onto it"
    return Goal(relation, f"{asked.lower()!r} is read as {relation.lower()!r}: the {target} is {takes}")


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
