"""Shapes as words name them, measured on silhouettes and reliefs: long, flat, round, hollow, with a neck, a handle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.worldgen.checks.colors import lab
from gen3d_bench.worldgen.checks.hollows import Hollow, hollow
from gen3d_bench.worldgen.checks.views import AssetViews, Relief

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Finding(NamedTuple):
    """Whether a thing has a shape, and what was measured."""

    true: bool
    fact: str


class Outline(NamedTuple):
    """A silhouette.  long, short: sides of the narrowest box around it (m).

    box, disc: share of that box that it fills, and of the smallest circle about its middle.
    """

    long: float
    short: float
    box: float
    disc: float


class Shape:
    """Measures of what was seen, each taken when first asked for."""

    def __init__(self, views: AssetViews) -> None:
        self.views = views

    @cached_property
    def height(self) -> float:
        """Upwards (m)."""
        return self._extent(self.views.front, 0)

    @cached_property
    def sides(self) -> tuple[float, float, float]:
        """Longest to shortest (m): height and the sides of the footprint, whichever way it is turned."""
        longest, middle, shortest = sorted((self.height, self.footprint.long, self.footprint.short), reverse=True)
        return longest, middle, shortest

    @cached_property
    def footprint(self) -> Outline:
        """Seen from above."""
        return outline(self.views.top)

    @cached_property
    def body(self) -> Outline:
        """Seen from above without what sticks out thinly: handles, spouts."""
        return outline(without_thin_parts(self.views.top))

    @cached_property
    def profile(self) -> Array:
        """[R] width of the body at each row from the top down (m): of the two side views the narrower."""
        front, side = (without_thin_parts(relief, 0.12) for relief in (self.views.front, self.views.side))
        widths = np.minimum(front.mask.sum(axis=1) * front.pixel, side.mask.sum(axis=1) * side.pixel)
        rows = np.flatnonzero(widths)
        return np.asarray(widths[rows[0] : rows[-1] + 1], float)

    @cached_property
    def hollow(self) -> Hollow:
        return hollow(self.views.top.heights, self.views.top.pixel)

    def _extent(self, relief: Relief, axis: int) -> float:
        return float(np.count_nonzero(relief.mask.any(axis=1 - axis)) * relief.pixel)


def outline(relief: Relief) -> Outline:
    """Of a silhouette that is not empty."""
    from scipy.spatial import ConvexHull, QhullError

    points = np.argwhere(relief.mask) * relief.pixel
    area = len(points) * relief.pixel**2
    try:
        corners = points[ConvexHull(points).vertices]
    except QhullError:  # one row or column of pixels
        corners = points
    angles = np.radians(np.arange(0.0, 90.0, 3.0))
    turned = corners @ np.stack(
        [np.stack([np.cos(angles), np.sin(angles)]), np.stack([-np.sin(angles), np.cos(angles)])]
    )
    spans = np.ptp(turned, axis=1) + relief.pixel  # [2, angles]
    best = int(np.argmin(spans.prod(axis=0)))
    short, long = sorted(spans[:, best].tolist())
    radius = float(np.linalg.norm(corners - points.mean(axis=0), axis=1).max()) + relief.pixel / 2
    return Outline(long, short, min(1.0, area / (long * short)), min(1.0, area / (np.pi * radius**2)))


def without_thin_parts(relief: Relief, share: float = 0.25) -> Relief:
    """The silhouette without what is thinner than a share of its shorter side; openings count as filled."""
    from scipy import ndimage

    solid = ndimage.binary_fill_holes(relief.mask)
    depth = ndimage.distance_transform_edt(np.pad(solid, 1))[1:-1, 1:-1]
    radius = share * float(depth.max())
    kept = ndimage.distance_transform_edt(depth <= radius) <= radius
    body = solid & kept
    return Relief(np.where(body, np.nan_to_num(relief.heights), np.nan), relief.pixel)


# --------------------------------------------------------------------------------------------------------------- words


def elongated(shape: Shape) -> Finding:
    ratio = shape.sides[0] / shape.sides[1]
    return Finding(ratio >= 1.5, f"{ratio:.1f} times as long as wide")


def compact(shape: Shape) -> Finding:
    ratio = shape.sides[0] / shape.sides[2]
    return Finding(ratio <= 2.8, f"{ratio:.1f} times as long as thick")


def ball(shape: Shape) -> Finding:
    ratio = shape.sides[0] / shape.sides[2]
    return Finding(ratio <= 1.15 and shape.footprint.disc >= 0.9, f"sides differ by {ratio - 1:.0%}")


def flat(shape: Shape) -> Finding:
    ratio = shape.sides[2] / shape.sides[1]
    return Finding(ratio <= 0.45, f"thickness {ratio:.2f} of the width")


def low(shape: Shape) -> Finding:
    ratio = shape.height / shape.footprint.short
    return Finding(ratio <= 2.0, f"height {ratio:.2f} of the width")


def tall(shape: Shape) -> Finding:
    ratio = shape.height / shape.footprint.short
    return Finding(ratio >= 0.45, f"height {ratio:.2f} of the width")


def long(shape: Shape) -> Finding:
    ratio = shape.sides[0] / shape.sides[1]
    return Finding(ratio >= 1.1, f"{ratio:.1f} times as long as wide")


def wide(shape: Shape) -> Finding:
    ratio = shape.footprint.long / shape.height
    return Finding(ratio >= 0.5, f"width {ratio:.2f} of the height")


def round_(shape: Shape) -> Finding:
    """Round from above or along one side: balls, plates, pens."""
    views = (shape.body, outline(shape.views.front), outline(shape.views.side))
    best = max(view.disc for view in views)
    return Finding(best >= 0.82, f"fills {best:.0%} of a circle")


def square(shape: Shape) -> Finding:
    views = [(o.box, o.long / o.short) for o in (shape.body, outline(shape.views.front), outline(shape.views.side))]
    box, ratio = max(views, key=lambda view: view[0] - abs(view[1] - 1.0))
    return Finding(box >= 0.85 and ratio <= 1.3, f"fills {box:.0%} of a box with sides 1:{ratio:.2f}")


def rectangular(shape: Shape) -> Finding:
    box = max(outline(relief).box for relief in (shape.views.top, shape.views.front, shape.views.side))
    return Finding(box >= 0.82, f"fills {box:.0%} of a box")


def oval(shape: Shape) -> Finding:
    ratio, box = shape.body.long / shape.body.short, shape.body.box
    return Finding(ratio >= 1.08 and box <= 0.9, f"sides 1:{ratio:.2f}, fills {box:.0%} of a box")


def hollow_(shape: Shape) -> Finding:
    opening = shape.hollow
    deep = opening.depth >= max(0.012, 0.25 * shape.height)
    return Finding(deep and opening.share >= 0.2, f"an opening {opening}")


def deep(shape: Shape) -> Finding:
    return Finding(shape.hollow.depth >= 0.008, f"{1000 * shape.hollow.depth:.0f} mm deep")


def faced(shape: Shape) -> Finding:
    """A flat side up, as what has buttons; a rod has none."""
    heights = shape.views.top.heights[shape.views.top.mask]
    band = max(0.04 * shape.height, 0.0006)
    level = np.sort(heights)
    share = float((np.searchsorted(level, level + 2 * band) - np.arange(len(level))).max() / len(level))
    return Finding(share >= 0.55, f"{share:.0%} of the upper side is level")


def buttons(shape: Shape) -> Finding:
    """Small patches on the upper side that stand out from it, by colour or by height."""
    from scipy import ndimage

    top = shape.views.top
    inside = ndimage.binary_erosion(top.mask, iterations=2)
    if not inside.any():
        return Finding(False, "too small to see buttons")
    colors = lab(shape.views.top_colors)
    apart = np.linalg.norm(colors - np.median(colors[inside], axis=0), axis=-1) > 12.0
    usual = float(np.median(top.heights[inside]))
    raised = np.abs(np.nan_to_num(top.heights, nan=usual) - usual) > max(0.02 * shape.height, 0.0004)
    count = 0
    for patches in (apart, raised):
        labels, number = ndimage.label(patches & inside)
        sizes = np.bincount(labels.ravel(), minlength=number + 1)[1:]
        count = max(count, int(((sizes >= 3) & (sizes < 0.15 * inside.sum())).sum()))
    return Finding(count >= 4, f"{count} buttons or marks on the upper side")


def neck(shape: Shape) -> Finding:
    """A place near the top that is narrower than the body below and does not just taper to an end."""
    widths = shape.profile
    half = max(len(widths) // 2, 1)
    upper = widths[: max(int(0.55 * len(widths)), 1)]
    body, waist = float(widths[half // 2 :].max()), float(upper[max(len(upper) // 20, 1) :].min())
    like = np.flatnonzero(np.abs(upper - waist) <= 0.12 * waist)
    long_enough = len(like) >= 0.07 * len(widths)
    return Finding(
        waist <= 0.78 * body and long_enough, f"narrowest {waist / body:.0%} of the body's width near the top"
    )


def handle(shape: Shape) -> Finding:
    """A loop, or a thin part that sticks out."""
    from scipy import ndimage

    loop, reach = False, 0.0
    for relief in (shape.views.front, shape.views.side, shape.views.top):
        holes = ndimage.binary_fill_holes(relief.mask) & ~relief.mask
        loop |= bool(np.count_nonzero(holes) > 0.005 * np.count_nonzero(relief.mask))
        away = ndimage.distance_transform_edt(~without_thin_parts(relief, 0.4).mask)
        length = max(np.ptp(np.argwhere(relief.mask), axis=0))
        reach = max(reach, float(away[relief.mask].max()) / max(length, 1))
    fact = "a loop" if loop else f"the thinnest part sticks out by {reach:.0%} of the length"
    return Finding(loop or reach >= 0.14, fact)


TRAITS: Mapping[str, Callable[[Shape], Finding]] = MappingProxyType(
    {
        "elongated": elongated,
        "compact": compact,
        "ball": ball,
        "flat": flat,
        "tall": tall,
        "hollow": hollow_,
        "faced": faced,
        "buttons": buttons,
    }
)
"""What all things of a kind have: see `kinds`."""

WORDS: Mapping[str, Callable[[Shape], Finding]] = MappingProxyType(
    {
        "tall": tall,
        "short": low,
        "wide": wide,
        "flat": low,
        "deep": deep,
        "long": long,
        "round": round_,
        "square": square,
        "oval": oval,
        "rectangular": rectangular,
    }
)
"""Keys of `vocabulary.SHAPES` that can be measured; of those that compare, what plainly contradicts them is."""
UPWARDS = frozenset({"tall", "deep"})

PARTS: Mapping[str, Callable[[Shape], Finding]] = MappingProxyType(
    {
        "neck": neck,
        "handle": handle,
        "button": buttons,
    }
)
"""Parts that a description may speak of and that can be measured."""
