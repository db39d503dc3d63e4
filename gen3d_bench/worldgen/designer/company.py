"""Which things are usually found together: on a kitchen table, on a desk, among toys, in a workshop."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Sort = str
"""A kind of use: "food", "cutlery" ..."""

SORTS: Mapping[Sort, tuple[str, ...]] = MappingProxyType({
    "food": ("apple", "pear", "orange", "tomato", "lemon", "lime", "potato", "onion", "strawberry", "banana", "carrot",
             "cucumber", "broccoli", "mushroom", "egg"),
    "cutlery": ("knife", "fork", "spoon", "spatula"),
    "drinking": ("cup", "teacup", "mug", "glass", "wine_glass", "teapot", "water_bottle"),
    "spice": ("salt_shaker", "pepper_grinder"),
    "serving": ("plate", "saucer", "dish", "tray", "bowl", "napkin"),
    "cooking": ("pot", "saucepan", "colander", "cutting_board", "utensil_holder", "jar"),
    "storage": ("container", "basket", "box", "cardboard_box", "bin", "bucket", "can"),
    "washing": ("sponge", "towel", "sink_basin", "brush"),
    "writing": ("pen", "marker", "pencil", "eraser", "glue_stick", "pencil_sharpener", "dry_erase_eraser"),
    "desk": ("pen_holder", "stapler", "notebook", "open_notebook", "book", "lamp"),
    "electronics": ("keyboard", "mouse", "mouse_pad", "remote_control"),
    "toys": ("cube", "block", "lego_brick", "ping_pong_ball", "tennis_ball"),
    "games": ("chess_pawn", "chessboard"),
    "tools": ("screwdriver",),
    "decoration": ("vase", "candle"),
})  # fmt: skip
"""Sort -> its families; every family is of one sort."""

SORT_OF: Mapping[str, Sort] = MappingProxyType({name: sort for sort, names in SORTS.items() for name in names})
"""Family -> its sort."""

ROOMS_OF: Mapping[Sort, tuple[str, ...]] = MappingProxyType({
    "food": ("kitchen", "kitchen", "dining"), "cutlery": ("kitchen", "dining"),
    "drinking": ("kitchen", "dining", "living"), "spice": ("kitchen", "dining"),
    "serving": ("kitchen", "dining", "living"), "cooking": ("kitchen",),
    "storage": ("kitchen", "living", "office", "nursery", "workshop", "laboratory"),
    "washing": ("kitchen", "laboratory"),
    "writing": ("office", "classroom", "library"), "desk": ("office", "library", "classroom", "bedroom"),
    "electronics": ("office", "living", "laboratory", "bedroom"), "toys": ("nursery", "living", "bedroom", "classroom"),
    "games": ("living", "library", "nursery"), "tools": ("workshop",),
    "decoration": ("living", "dining", "bedroom"),
})  # fmt: skip
"""Sort -> kinds of rooms (`procedural.rooms.KINDS`) where it is found, likelier ones repeated."""

COMPANY: Mapping[Sort, tuple[str, ...]] = MappingProxyType({
    "food": ("knife", "fork", "plate", "mug", "cutting_board", "napkin", "salt_shaker", "glass", "bowl", "spoon"),
    "cutlery": ("plate", "napkin", "glass", "salt_shaker", "mug", "fork", "spoon", "bowl", "pepper_grinder"),
    "drinking": ("spoon", "napkin", "plate", "fork", "salt_shaker", "lemon", "book", "strawberry", "apple"),
    "spice": ("fork", "knife", "napkin", "plate", "glass", "tomato", "spoon", "onion"),
    "serving": ("fork", "spoon", "knife", "mug", "salt_shaker", "glass", "pepper_grinder", "lemon", "tomato"),
    "cooking": ("knife", "spoon", "spatula", "onion", "mug", "salt_shaker", "pepper_grinder", "carrot", "mushroom"),
    "storage": ("mug", "book", "remote_control", "notebook", "marker", "sponge", "block", "apple"),
    "washing": ("mug", "towel", "fork", "plate", "spoon", "glass", "salt_shaker"),
    "writing": ("notebook", "mug", "stapler", "book", "pencil", "eraser", "glue_stick", "pencil_sharpener", "mouse"),
    "desk": ("pen", "pencil", "eraser", "mug", "stapler", "mouse", "glue_stick", "marker", "remote_control"),
    "electronics": ("mug", "notebook", "pen", "book", "keyboard", "stapler", "water_bottle", "pencil"),
    "toys": ("book", "cube", "lego_brick", "mug", "remote_control", "ping_pong_ball", "marker", "tennis_ball"),
    "games": ("mug", "book", "glass", "remote_control", "apple", "cube", "water_bottle"),
    "tools": ("brush", "block", "marker", "mug", "pencil", "sponge", "tennis_ball"),
    "decoration": ("book", "mug", "napkin", "glass", "apple", "remote_control", "wine_glass"),
})  # fmt: skip
"""Sort of a source or target -> families that usually stand beside it."""

LIKES: Mapping[str, tuple[Sort, ...]] = MappingProxyType({
    "plate": ("food", "food", "cutlery", "drinking"), "saucer": ("drinking", "cutlery", "food", "decoration"),
    "dish": ("food", "cutlery"), "tray": ("drinking", "food", "spice", "writing", "decoration"),
    "napkin": ("food", "cutlery", "drinking"), "towel": ("food", "cutlery", "drinking", "washing"),
    "cutting_board": ("food", "food", "cutlery"), "mouse_pad": ("electronics", "writing"),
    "chessboard": ("games",), "notebook": ("writing",), "open_notebook": ("writing",),
    "book": ("writing", "electronics", "drinking"), "cup": ("writing", "toys", "cutlery"), "teacup": ("cutlery",),
    "mug": ("writing", "cutlery"), "glass": ("cutlery", "writing"), "bowl": ("food", "food", "cutlery", "toys"),
    "pot": ("food", "cutlery"), "saucepan": ("food", "cutlery"), "colander": ("food",),
    "container": ("food", "writing", "cutlery", "toys", "games"), "jar": ("cutlery", "food", "writing"),
    "pen_holder": ("writing",), "utensil_holder": ("cutlery",), "bucket": ("toys", "washing", "tools"),
    "basket": ("food", "toys", "drinking", "electronics"), "box": ("writing", "toys", "tools", "games", "food"),
    "cardboard_box": ("toys", "writing", "electronics", "tools", "food"),
    "bin": ("writing", "toys", "electronics", "tools"),
    "sink_basin": ("washing", "cutlery", "food", "drinking"), "cube": ("toys",), "block": ("toys",),
    "lego_brick": ("toys",),
})  # fmt: skip
"""Target family -> sorts of things that people put there, likelier ones repeated."""

ALIKE: tuple[frozenset[str], ...] = tuple(map(frozenset, (
    {"cup", "mug", "teacup", "glass", "wine_glass"}, {"plate", "saucer", "dish"}, {"pot", "saucepan", "teapot"},
    {"container", "jar", "pen_holder", "utensil_holder", "bucket", "basket", "box", "cardboard_box", "bin", "bowl",
     "vase", "can"},
    {"notebook", "open_notebook", "book"}, {"eraser", "dry_erase_eraser"}, {"pen", "marker"},
    {"cube", "block", "lego_brick"}, {"ping_pong_ball", "tennis_ball"}, {"salt_shaker", "pepper_grinder"},
    {"cutting_board", "chessboard", "keyboard"}, {"napkin", "towel"}, {"lemon", "lime"}, {"tray", "dish"},
    {"mouse_pad", "mouse"},
)))  # fmt: skip
"""Families that one might call by each other's names: none stands beside a source or target of the same set."""


def sort_of(family: str) -> Sort:
    """The sort of a family; one that is not listed counts as storage, which is found nearly everywhere."""
    return SORT_OF.get(family, "storage")


def confusable(family: str) -> frozenset[str]:
    """Families that an instruction about this one might be thought to mean, with itself."""
    return frozenset({family}).union(*(group for group in ALIKE if family in group))


def rooms_for(source: str, target: str) -> tuple[str, ...]:
    """Kinds of rooms where both are found, or else those of the source."""
    of_source, of_target = (ROOMS_OF[sort_of(family)] for family in (source, target))
    return tuple(room for room in of_source if room in of_target) or of_source
