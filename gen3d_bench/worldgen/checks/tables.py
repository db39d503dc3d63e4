"""Is a table one that things can stand on: a level top at z = 0, and feet on the floor that hold it up?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.worldgen.checks.meshes import Surface, read_collision
from gen3d_bench.worldgen.visibility import Solid

if TYPE_CHECKING:
    import manifold3d

Array = NDArray[np.float64]

LEVEL = 0.001
"""How far the top may be from z = 0 where things stand (m)."""
WORKPLACE = (0.16, 0.22)
"""Half sizes of the place about the middle of the top where things stand (m along x and y)."""
FLOOR = 0.008
"""Feet end no higher than this above the lowest one (m)."""
ALMOST = 0.08
"""What ends this little above the floor was meant to reach it (m)."""
SUPPORT = 0.3
"""Share of the top's extent that the feet span at least."""
LEG_OVERLAP = 0.2
"""Legs that share so much of their common volume are one too many."""


def table_problems(asset: Asset, surfaces: Sequence[Surface]) -> Iterator[str]:
    """Of a table's surfaces and collision parts.  Raises UnreadableMesh."""
    yield from _top(asset, surfaces)
    yield from _legs([piece for surface in surfaces for piece in surface.pieces()])


def _top(asset: Asset, surfaces: Sequence[Surface]) -> Iterator[str]:
    x, y = (half * np.linspace(-1, 1, 9) for half in WORKPLACE)
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    above = np.column_stack([places, np.ones(len(places))])
    felt = 1.0 - Solid.of(read_collision(asset.folder)).cast(above, np.tile([0.0, 0.0, -1.0], (len(above), 1)))
    if np.isinf(felt).any():
        yield "the top that is felt has gaps where things stand"
    elif not (np.abs(felt) <= LEVEL).all():
        yield f"the top lies from {1000 * felt.min():.1f} to {1000 * felt.max():.1f} mm where things stand, not at 0"
    seen = np.vstack([s.vertices for s in surfaces])[:, 2].max()
    if abs(seen) > 2 * LEVEL:
        yield f"the top that is seen lies at {1000 * seen:.1f} mm, the one that is felt at 0"


def _legs(pieces: Sequence[manifold3d.Manifold]) -> Iterator[str]:
    boxes = np.array([piece.bounding_box() for piece in pieces])
    floor, width = boxes[:, 2].min(), (boxes[:, 3:].max(axis=0) - boxes[:, :3].min(axis=0))
    ends = boxes[:, 2] - floor
    standing = np.flatnonzero(ends <= FLOOR).tolist()
    short = np.flatnonzero((ends > FLOOR) & (ends < ALMOST) & (boxes[:, 5] > floor + 0.5 * width[2]))
    if len(short):
        yield f"{len(short)} of its legs end {1000 * ends[short].max():.0f} mm above the floor"
    # Where the feet touch the floor: the lowest points of every piece that reaches it.
    feet = np.vstack([_lowest(pieces[k], floor + FLOOR) for k in standing])
    spans = (feet.max(axis=0) - feet.min(axis=0)) / width[:2]
    middle = (boxes[:, :2].min(axis=0) + boxes[:, 3:5].max(axis=0)) / 2
    beside = np.abs((feet.max(axis=0) + feet.min(axis=0)) / 2 - middle) / width[:2]
    if spans.min() < SUPPORT or beside.max() > 0.5 * SUPPORT:
        yield f"its feet span {spans[0]:.0%} x {spans[1]:.0%} of it, {beside.max():.0%} off the middle: it would tip"
    legs = [k for k in standing if boxes[k, 5] > floor + 0.5 * width[2]]
    for n, k in enumerate(legs):
        for m in legs[:n]:
            shared = (pieces[k] ^ pieces[m]).volume()
            common = pieces[k].volume() + pieces[m].volume() - shared
            if shared > LEG_OVERLAP * common:
                at = (boxes[k, :2] + boxes[k, 3:5]) / 2
                yield f"two legs at ({at[0]:.2f}, {at[1]:.2f}) m overlap by {shared / common:.0%}: one is redundant"


def _lowest(piece: manifold3d.Manifold, below: float) -> Array:
    """[P, 2] places of a piece's points below a height (m)."""
    points = np.asarray(piece.to_mesh64().vert_properties)[:, :3]
    return points[points[:, 2] <= below, :2]
