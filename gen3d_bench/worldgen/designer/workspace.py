"""How much room things take on the table, so that a scene is never asked to hold more than can be placed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gen3d_bench.worldgen.designer.naming import Name

FOOTPRINTS: Mapping[str, tuple[float, float]] = MappingProxyType({
    "apple": (4.2, 4.2), "pear": (4.4, 4.3), "orange": (4.4, 4.4), "tomato": (4.5, 4.5), "lemon": (6.2, 4.0),
    "lime": (4.8, 3.8), "potato": (6.7, 4.4), "onion": (4.4, 4.4), "egg": (5.6, 4.2), "strawberry": (4.5, 3.6),
    "banana": (13.0, 4.1), "carrot": (13.8, 3.1), "cucumber": (13.6, 3.6), "broccoli": (4.5, 4.4),
    "mushroom": (4.4, 4.4), "plate": (17.3, 17.3), "saucer": (13.7, 13.7), "dish": (20.4, 14.6), "tray": (20.3, 13.9),
    "cup": (6.1, 4.6), "teacup": (6.0, 4.6), "mug": (10.5, 7.7), "glass": (4.6, 4.6), "teapot": (8.9, 4.6),
    "water_bottle": (4.3, 4.3), "salt_shaker": (4.1, 4.1), "pepper_grinder": (4.0, 4.0), "bowl": (13.8, 13.8),
    "pot": (16.9, 13.7), "saucepan": (20.6, 12.5), "colander": (17.2, 14.5), "container": (12.2, 12.2),
    "jar": (9.8, 9.8), "pen_holder": (9.0, 9.0), "utensil_holder": (10.1, 10.1), "bucket": (14.2, 14.1),
    "basket": (14.5, 14.5), "wine_glass": (4.6, 4.6), "vase": (7.6, 7.6), "can": (4.7, 4.7), "candle": (4.4, 4.3),
    "box": (14.2, 12.2), "cardboard_box": (19.1, 16.6), "bin": (14.6, 12.2), "sink_basin": (16.2, 13.8),
    "knife": (12.5, 2.2), "fork": (12.5, 2.4), "spoon": (13.4, 3.1), "spatula": (13.7, 4.4), "napkin": (16.1, 15.5),
    "towel": (17.9, 15.0), "mouse_pad": (17.5, 14.5), "cutting_board": (18.2, 13.4), "chessboard": (17.5, 17.5),
    "pen": (13.2, 1.7), "marker": (12.6, 1.8), "pencil": (12.9, 1.8), "glue_stick": (10.0, 2.9), "eraser": (5.7, 2.8),
    "dry_erase_eraser": (11.0, 4.5), "pencil_sharpener": (4.5, 3.0), "stapler": (13.9, 3.6), "notebook": (17.8, 14.2),
    "open_notebook": (19.0, 13.8), "book": (18.4, 13.9), "cube": (3.8, 3.8), "block": (6.0, 3.9),
    "lego_brick": (6.4, 3.2), "chess_pawn": (3.5, 3.5), "ping_pong_ball": (4.1, 4.1), "tennis_ball": (4.6, 4.6),
    "sponge": (9.0, 4.5), "screwdriver": (13.5, 1.8), "brush": (13.0, 3.6), "keyboard": (25.3, 9.9),
    "mouse": (8.8, 4.4), "remote_control": (16.5, 4.4), "lamp": (10.5, 10.5),
})  # fmt: skip
"""Shape family -> length and width of its largest (cm)."""
_UNKNOWN_CM = (18.0, 14.0)

GAP_CM = 0.8
"""Free distance between two things, as scenes are laid out."""
SOURCE_GAP_CM = 6.4
"""Room for the open gripper about the source, both sides together."""
ROOM_CM2 = 750.0
"""Sum of `load` up to which things find room in the workspace of 0.2 x 0.3 m (of their centres): all of some 2,400 sets
of six to eight did, and a few of those from here to 800 did not."""
CROWDED_CM2 = 1100.0
"""Sum of `load` above which hardly any set finds room; in between, few large things do, and many small ones do not."""


def load(name: Name, *, source: bool = False) -> float:
    """Area (cm2) that a thing takes with the room about it."""
    scale = max(name.spec.size, 1.0) if name.slots["size"] else 1.0
    return load_of(name.family, scale, SOURCE_GAP_CM if source else GAP_CM)


def load_of(family: str, scale: float = 1.0, gap: float = GAP_CM) -> float:
    """As `load`, of a family's largest."""
    length, width = FOOTPRINTS.get(family, _UNKNOWN_CM)
    return (length * scale + gap) * (width * scale + gap)
