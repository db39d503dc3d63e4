"""The object names of the benchmark's scenes and of the real-robot table, as this project writes them."""

from __future__ import annotations

from functools import lru_cache

from gen3d_bench.worldgen.procedural.generator import build
from gen3d_bench.worldgen.procedural.model import ObjectModel

SOURCES = (
    "green cube",
    "carrot",
    "ceramic teapot",
    "orange",
    "banana",
    "broccoli",
    "tomato",
    "cucumber",
    "knife",
    "red cup",
    "spoon",
    "pen",
    "pear",
    "apple",
    "wooden spoon",
    "teacup",
    "marker",
    "yellow cup",
    "green apple",
    "white ping-pong ball",
    "mushroom",
    "lemon",
    "tennis ball",
    "green eraser",
    "fork",
    "purple cup",
    "white mouse",
    "water bottle",
    "cup",
    "potato",
    "black pen",
    "blue cup",
    "red marker",
    "eraser",
    "spatula",
    "red block",
    "red apple",
    "green lime",
    "yellow banana",
    "strawberry",
    "soup spoon",
    "pepper grinder",
    "glue stick",
    "pencil sharpener",
    "lego brick",
    "chess pawn",
    "sponge",
    "pink eraser",
    "yellow brush",
    "white eraser",
    "red knife",
    "blue pen",
    "green marker",
    "screwdriver",
    "blue teacup",
)
TARGETS = (
    "yellow cube", "plate", "tray", "blue napkin", "red napkin", "white dish", "saucepan", "metal colander",
    "round container", "black jar", "pot", "white plate", "bowl", "wooden tray", "basket", "blue cup", "utensil holder",
    "napkin", "gray basket", "red box", "metal tray", "pen holder", "fruit bowl", "mouse pad", "fruit plate",
    "round plate", "green napkin", "metal bowl", "notebook", "saucer", "wooden cutting board", "cutting board",
    "blue box", "wicker basket", "white bowl", "small saucer", "soup pot", "empty bowl", "white mug", "open notebook",
    "plastic bin", "green tray", "plastic bucket", "chessboard", "sink basin", "mug", "blue bowl", "yellow teacup",
)
DISTRACTORS = (
    "keyboard", "book", "glass cup", "glass", "coffee mug", "remote control", "salt shaker", "square plate",
    "black mouse", "onion", "stapler", "red pencil", "lamp", "towel", "regular knife", "black marker", "yellow marker",
    "dry erase eraser", "cardboard box", "purple teacup", "pink teapot", "blue plate", "yellow plate",
)
ALL = tuple(sorted({*SOURCES, *TARGETS, *DISTRACTORS}))


@lru_cache(maxsize=512)
def built(prompt: str, seed: int) -> ObjectModel:
    """A model that many tests look at and none changes."""
    return build(prompt, seed)
