"""How much room things take on the table, so that a scene is never asked to hold more than can be placed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gen3d_bench.worldgen.designer.naming import Name

FOOTPRINTS: Mapping[str, tuple[float, float]] = MappingProxyType({
    "apple": (4.1, 4.1), "pear": (4.2, 4.2), "orange": (4.5, 4.5), "tomato": (4.5, 4.5), "lemon": (6.1, 4.0),
    "lime": (5.0, 3.8), "potato": (6.7, 4.4), "onion": (4.4, 4.4), "strawberry": (4.4, 3.7), "banana": (13.2, 4.0),
    "carrot": (13.7, 3.1), "cucumber": (14.0, 3.8), "broccoli": (4.4, 4.3), "mushroom": (4.4, 4.3),
    "plate": (17.5, 17.5), "saucer": (14.0, 14.0), "dish": (18.2, 14.2), "tray": (20.3, 14.0), "cup": (6.1, 4.6),
    "teacup": (6.0, 4.6), "mug": (10.7, 7.8), "glass": (4.6, 4.5), "teapot": (9.0, 4.6), "water_bottle": (4.4, 4.4),
    "salt_shaker": (3.9, 3.9), "pepper_grinder": (4.0, 4.0), "bowl": (13.8, 13.8), "pot": (16.7, 13.5),
    "saucepan": (20.3, 12.4), "colander": (17.3, 14.6), "container": (12.0, 12.0), "jar": (9.8, 9.8),
    "pen_holder": (8.7, 8.7), "utensil_holder": (10.1, 10.1), "bucket": (14.0, 14.0), "basket": (14.5, 14.5),
    "box": (14.1, 12.3), "cardboard_box": (19.3, 17.5), "bin": (14.0, 12.4), "sink_basin": (16.0, 13.9),
    "knife": (13.2, 2.2), "fork": (12.8, 2.4), "spoon": (13.2, 3.2), "spatula": (13.9, 4.3), "napkin": (16.5, 16.1),
    "towel": (18.2, 14.6), "mouse_pad": (17.7, 14.7), "cutting_board": (18.5, 13.6), "chessboard": (17.5, 17.5),
    "pen": (13.1, 2.0), "marker": (12.3, 2.0), "pencil": (13.1, 1.9), "glue_stick": (10.2, 2.9), "eraser": (5.8, 2.8),
    "dry_erase_eraser": (10.7, 4.6), "pencil_sharpener": (4.5, 3.1), "stapler": (14.2, 3.6), "notebook": (18.1, 14.1),
    "open_notebook": (18.7, 14.0), "book": (18.4, 14.1), "cube": (4.0, 4.0), "block": (6.4, 4.0),
    "lego_brick": (6.4, 3.4), "chess_pawn": (3.6, 3.6), "ping_pong_ball": (4.2, 4.2), "tennis_ball": (4.6, 4.6),
    "sponge": (9.1, 4.5), "screwdriver": (13.3, 2.0), "brush": (13.3, 3.7), "keyboard": (25.5, 10.0),
    "mouse": (8.4, 4.5), "remote_control": (16.5, 4.5), "lamp": (10.5, 10.5),
})  # fmt: skip
"""Shape family -> length and width of its largest (cm)."""
_UNKNOWN_CM = (18.0, 14.0)

GAP_CM = 0.8
"""Free distance between two things, as scenes are laid out."""
SOURCE_GAP_CM = 6.4
"""Room for the open gripper about the source, both sides together."""
ROOM_CM2 = 780.0
"""Sum of `load` up to which things find room in the workspace of 0.2 x 0.3 m (of their centres) without fail; from
about 850 on, placements begin to fail, and at 1100 all do."""


def load(name: Name, *, source: bool = False) -> float:
    """Area (cm2) that a thing takes with the room about it."""
    length, width = (side * max(name.spec.size, 1.0) for side in FOOTPRINTS.get(name.family, _UNKNOWN_CM))
    gap = SOURCE_GAP_CM if source else GAP_CM
    return (length + gap) * (width + gap)
