"""What is known of kinds of things: how long their longest side really is, and shapes that all of them share.

Ranges are wide: they hold toys and big ones, and what is shrunk to fit a gripper.  A kind that is not here is not
judged by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

ANY_SIZE_CM = (1.0, 45.0)
"""Longest side of anything that stands on this table (cm)."""


@dataclass(frozen=True)
class Kind:
    """low, high: bounds of the longest side (cm).  traits: keys of `shapes.TRAITS` that hold for every such thing.

    colored: least share of what is seen that has the colour such a thing is said to have; patterns and labels leave
    little of it, open pages less.
    """

    low: float
    high: float
    traits: tuple[str, ...] = ()
    colored: float = 0.2


_BALL, _STICK, _SHEET, _VESSEL = ("compact",), ("elongated",), ("flat",), ("hollow",)

KINDS: Mapping[str, Kind] = MappingProxyType({
    "apple": Kind(3, 11, _BALL),
    "banana": Kind(8, 24, _STICK),
    "basket": Kind(9, 45, _VESSEL),
    "bin": Kind(9, 45, _VESSEL),
    "block": Kind(2, 14),
    "book": Kind(10, 34, _SHEET),
    "bowl": Kind(8, 32, _VESSEL),
    "box": Kind(8, 45, _VESSEL),
    "broccoli": Kind(3, 20, _BALL),
    "brush": Kind(7, 32, _STICK),
    "bucket": Kind(8, 40, _VESSEL),
    "can": Kind(4, 16),
    "candle": Kind(3, 32),
    "cardboard box": Kind(8, 45),
    "carrot": Kind(8, 26, _STICK),
    "chess pawn": Kind(2.5, 10, ("tall",)),
    "chessboard": Kind(10, 45, _SHEET),
    "colander": Kind(10, 36, _VESSEL),
    "container": Kind(6, 32, _VESSEL),
    "cube": Kind(1.5, 10, _BALL),
    "cucumber": Kind(9, 32, _STICK),
    "cup": Kind(4, 14, _VESSEL),
    "cutting board": Kind(12, 45, _SHEET),
    "dish": Kind(8, 38, _SHEET),
    "dry erase eraser": Kind(5, 18),
    "egg": Kind(2.5, 9, _BALL),
    "eggplant": Kind(6, 30),
    "eraser": Kind(2, 16),
    "fork": Kind(9, 24, _STICK),
    "glass": Kind(5, 18, _VESSEL),
    "glue stick": Kind(5, 14, _STICK),
    "jar": Kind(5, 24, _VESSEL),
    "keyboard": Kind(18, 45, _SHEET),
    "knife": Kind(9, 34, _STICK),
    "lamp": Kind(10, 45),
    "lego brick": Kind(1.2, 9),
    "lemon": Kind(3, 11, _BALL),
    "lime": Kind(3, 9, _BALL),
    "marker": Kind(8, 17, _STICK),
    "mouse": Kind(5, 14),
    "mouse pad": Kind(12, 40, _SHEET),
    "mug": Kind(5, 16, _VESSEL),
    "mushroom": Kind(2, 11, _BALL),
    "napkin": Kind(8, 45, _SHEET),
    "notebook": Kind(9, 34, _SHEET),
    "onion": Kind(3, 13, _BALL),
    "open notebook": Kind(10, 45, _SHEET, colored=0.04),
    "orange": Kind(3, 11, _BALL),
    "pear": Kind(3.5, 13, _BALL),
    "pen": Kind(8, 19, _STICK),
    "pen holder": Kind(5, 17, _VESSEL),
    "pencil": Kind(6, 21, _STICK),
    "pencil sharpener": Kind(1.8, 10),
    "pepper grinder": Kind(5, 30, ("tall",)),
    "ping pong ball": Kind(2.8, 5, ("compact", "ball")),
    "plate": Kind(9, 34, _SHEET),
    "pot": Kind(9, 36, _VESSEL),
    "potato": Kind(3, 15, _BALL),
    "remote control": Kind(9, 26, ("elongated", "faced", "buttons")),
    "salt shaker": Kind(3, 14),
    "saucepan": Kind(12, 45, _VESSEL),
    "saucer": Kind(8, 21, _SHEET),
    "screwdriver": Kind(8, 32, _STICK),
    "sink basin": Kind(12, 45, _VESSEL),
    "spatula": Kind(10, 38, _STICK),
    "sponge": Kind(4, 18),
    "spoon": Kind(9, 36, _STICK),
    "stapler": Kind(5, 22, _STICK),
    "strawberry": Kind(2, 7, _BALL),
    "teacup": Kind(4, 14, _VESSEL),
    "teapot": Kind(6, 28),
    "tennis ball": Kind(3, 7.5, ("compact", "ball")),
    "tomato": Kind(2.5, 11, _BALL),
    "towel": Kind(10, 45, _SHEET),
    "tray": Kind(10, 45, _SHEET),
    "utensil holder": Kind(6, 22, _VESSEL),
    "vase": Kind(5, 36, _VESSEL),
    "water bottle": Kind(6, 32, ("tall",)),
    "wine glass": Kind(6, 26, ("tall", "hollow")),
})  # fmt: skip
"""Singular noun -> what is known of it."""


def kind_named(category: str) -> Kind | None:
    """Of the category in an `asset.json` ("remote_control"), or None if nothing is known of it."""
    return KINDS.get(category.replace("_", " ").strip().lower())


def size_problem(name: str, size: NDArray[np.float64]) -> str | None:
    """Why a thing of this kind cannot have this size [3] (m), or None."""
    longest = 100.0 * float(np.max(size))
    kind = kind_named(name)
    low, high = (kind.low, kind.high) if kind else ANY_SIZE_CM
    if low <= longest <= high:
        return None
    what = name.replace("_", " ") if kind else "thing on this table"
    return f"{longest:.1f} cm long, where a {what} is {low:g} to {high:g} cm"
