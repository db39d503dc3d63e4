"""Sizes and shapes that descriptions ask for, on any model: "tall", "slim", "square", "large", within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen.procedural.geometry import Array
from gen3d_bench.worldgen.procedural.grip import can_grip
from gen3d_bench.worldgen.procedural.model import ObjectModel
from gen3d_bench.worldgen.procedural.spec import Spec

LIMITS = (0.72, 1.35)
"""Bounds on the factor on any side of a model."""
MAX_SIDE_M = 0.205
MAX_HEIGHT_M = 0.11
"""Nothing grows beyond these; what is larger already does not grow."""

Change = tuple[float, float, float]
"""Factors along the longer level side, the shorter one, and upwards."""

_STANDING: Mapping[str, Change] = MappingProxyType(
    {
        "tall": (0.95, 0.95, 1.25),
        "short": (1.0, 1.0, 0.78),
        "narrow": (0.86, 0.86, 1.0),
        "wide": (1.14, 1.14, 1.0),
        "thick": (1.10, 1.10, 1.05),
        "flat": (1.05, 1.05, 0.75),
        "deep": (1.0, 1.0, 1.25),
        "long": (1.18, 0.94, 1.0),
        "oval": (1.12, 0.82, 1.0),
    }
)
_LYING: Mapping[str, Change] = MappingProxyType(
    {
        "tall": (1.0, 1.0, 1.2),
        "short": (0.8, 1.0, 1.0),
        "narrow": (1.05, 0.86, 0.9),
        "wide": (1.0, 1.16, 1.0),
        "thick": (0.95, 1.15, 1.15),
        "flat": (1.0, 1.0, 0.8),
        "long": (1.2, 0.97, 1.0),
    }
)
_FLAT: Mapping[str, Change] = MappingProxyType(
    {
        "short": (0.84, 1.0, 1.0),
        "narrow": (1.0, 0.86, 0.9),
        "wide": (1.0, 1.14, 1.0),
        "thick": (1.0, 1.0, 1.3),
        "flat": (1.0, 1.0, 0.8),
        "deep": (1.0, 1.0, 1.25),
        "long": (1.18, 0.94, 1.0),
        "oval": (1.12, 0.82, 1.0),
    }
)
LYING = frozenset(
    {
        "banana", "carrot", "cucumber", "knife", "fork", "spoon", "spatula", "pen", "marker", "pencil", "glue_stick",
        "eraser", "dry_erase_eraser", "stapler", "screwdriver", "brush", "keyboard", "mouse", "remote_control",
    }
)  # fmt: skip
"""Families that lie along one direction."""
FLAT = frozenset(
    {
        "plate", "saucer", "dish", "tray", "napkin", "towel", "mouse_pad", "cutting_board", "chessboard", "notebook",
        "open_notebook", "book",
    }
)  # fmt: skip
"""Families that are much wider than high."""
SECTIONS: Mapping[str, int] = MappingProxyType({"square": 4, "hexagonal": 6})
"""Words for cross-sections that a round thing can be given -> number of sides."""
ROUND = frozenset(
    {
        "plate", "saucer", "cup", "teacup", "mug", "glass", "wine_glass", "bowl", "pot", "colander", "container", "jar",
        "utensil_holder", "bucket", "basket", "vase", "can", "candle", "salt_shaker", "pepper_grinder", "water_bottle",
    }
)  # fmt: skip
"""Families with a round footprint, which can be made square or six-sided."""


def takes_shape(family: str, shape: str) -> bool:
    """True if a key of `vocabulary.SHAPES` changes the models of a family that has no meaning of its own for it."""
    if shape in SECTIONS:
        return family in ROUND
    if shape == "tapered":
        return family not in LYING | FLAT
    return shape in _table(family)


def _table(family: str) -> Mapping[str, Change]:
    return _LYING if family in LYING else _FLAT if family in FLAT else _STANDING


def proportioned(model: ObjectModel, spec: Spec, own: frozenset[str], graspable: bool) -> ObjectModel:
    """The model in the size and shape that its description asks for.

    own: shape words that its family has seen to.  A graspable thing changes no further than the gripper can take.
    """
    wanted = frozenset(word for word in spec.shapes - own if takes_shape(spec.family, word))
    section = next((SECTIONS[w] for w in sorted(wanted) if w in SECTIONS), None)
    changed = model
    if section is not None:
        changed = _moved(changed, lambda points: _with_section(points, section))
    if "tapered" in wanted:
        changed = _moved(changed, _tapering(changed))
    factors = _factors(model, spec, wanted)
    if changed is model and np.allclose(factors, 1.0):
        return model
    for share in (1.0, 0.75, 0.5, 0.25) if graspable else (1.0,):
        tried = _moved(changed, lambda points, share=share: points * (1.0 + share * (factors - 1.0)))  # type: ignore[misc]
        if not graspable or can_grip(tried):
            return tried
    return model


def _sides(model: ObjectModel) -> Array:
    points = np.vstack([s.vertices for s in model.surfaces])
    return np.asarray(np.ptp(points, axis=0))


def _factors(model: ObjectModel, spec: Spec, words: frozenset[str]) -> Array:
    """[3] factors along x, y, z, within bounds."""
    table, sides = _table(spec.family), _sides(model)
    longer = shorter = upwards = spec.size
    for word in sorted(words):
        a, b, c = table.get(word, (1.0, 1.0, 1.0))
        longer, shorter, upwards = longer * a, shorter * b, upwards * c
    level = (longer, shorter) if sides[0] >= 0.98 * sides[1] else (shorter, longer)
    room = np.maximum(np.array([MAX_SIDE_M, MAX_SIDE_M, MAX_HEIGHT_M]) / sides, 1.0)
    return np.asarray(np.minimum(np.clip([*level, upwards], *LIMITS), room))


def _moved(model: ObjectModel, change: Callable[[Array], Array]) -> ObjectModel:
    """Everything seen and touched put through a function of position."""
    return replace(
        model,
        surfaces=tuple(replace(s, vertices=change(s.vertices)) for s in model.surfaces),
        collision=tuple(change(part) for part in model.collision),
    )


def _with_section(points: Array, sides: int) -> Array:
    """Points about the Z axis moved outwards from a circle to a polygon with soft corners, one flat side across +X."""
    turn = np.arctan2(points[:, 1], points[:, 0])
    within = (turn + np.pi / sides) % (2 * np.pi / sides) - np.pi / sides
    sharp = 1.0 / np.cos(within)
    corner = 1.0 / np.cos(np.pi / sides)
    softened = corner - (corner - sharp) ** 1.25 / (corner - 1.0) ** 0.25  # round where two sides meet
    shrink = {4: 0.93, 6: 0.97}[sides]
    return points * np.column_stack([shrink * softened, shrink * softened, np.ones(len(points))])


def _tapering(model: ObjectModel) -> Callable[[Array], Array]:
    """Narrower below and a little wider above for hollow things, the other way round for solid ones."""
    height = _sides(model)[2]
    below, above = (0.84, 1.03) if model.hollow else (1.03, 0.84)

    def change(points: Array) -> Array:
        factor = below + (above - below) * np.clip(points[:, 2:] / height, 0.0, 1.0)
        return points * np.column_stack([factor, factor, np.ones(len(points))])

    return change
