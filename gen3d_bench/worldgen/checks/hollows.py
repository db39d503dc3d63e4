"""How much a thing holds, from its heights seen from above: what rain would fill is what things can be put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.worldgen.visibility import Solid

Array = NDArray[np.float64]

CELL = 0.002
"""Of the grid on which heights are taken from collision parts (m): no wall is thinner."""
SHALLOW = 0.003
"""A dip less deep than this is no opening (m)."""
LEAST_DEPTH, LEAST_WIDTH = 0.015, 0.015
"""Of what things can be put in (m): a plate is less deep."""


@dataclass(frozen=True)
class Hollow:
    """depth: from the lowest place of the rim down to the deepest place inside (m).

    width: of the widest circle that fits in the opening (m).  share: of the outline seen from above that is opening.
    """

    depth: float
    width: float
    share: float

    @property
    def holds(self) -> bool:
        """Whether things can be put in it."""
        return self.depth >= LEAST_DEPTH and self.width >= LEAST_WIDTH

    def __str__(self) -> str:
        return f"{1000 * self.depth:.0f} mm deep, {1000 * self.width:.0f} mm wide"


def water(heights: Array) -> Array:
    """[N, M] how deep rain would stand (m) on heights [N, M] (m, not finite where there is nothing) above z = 0."""
    from scipy import ndimage
    from skimage.morphology import reconstruction

    ground = np.pad(np.where(np.isfinite(heights), heights, 0.0), 1)
    seed = np.full_like(ground, max(float(ground.max()), 0.0))
    seed[[0, -1]] = ground[[0, -1]]
    seed[:, [0, -1]] = ground[:, [0, -1]]
    # Water does not flow between cells that meet at a corner only: a slanting wall one cell thick is tight.
    cross = ndimage.generate_binary_structure(2, 1)
    level = reconstruction(np.maximum(seed, ground), ground, method="erosion", footprint=cross)
    depth: Array = (np.asarray(level, float) - ground)[1:-1, 1:-1]
    return depth


def hollow(heights: Array, cell: float) -> Hollow:
    """Of heights [N, M] (m, not finite where there is nothing) on a grid of `cell` (m), standing on z = 0."""
    from scipy import ndimage

    depth = np.pad(water(heights), 1)
    opening = depth > SHALLOW
    if not opening.any():
        return Hollow(float(depth.max()), 0.0, 0.0)
    width = 2.0 * cell * float(ndimage.distance_transform_edt(opening).max())
    outline = int(np.count_nonzero(ndimage.binary_fill_holes(np.pad(np.isfinite(heights) & (heights > 0), 1))))
    return Hollow(float(depth.max()), width, int(np.count_nonzero(opening)) / max(outline, 1))


def hollow_of(parts: Sequence[Array]) -> Hollow:
    """Of convex parts [V, 3] (m), as they are felt."""
    return hollow(felt_heights(parts)[0], CELL)


def felt_heights(parts: Sequence[Array]) -> tuple[Array, Array]:
    """(heights [N, M] of convex parts [V, 3], -inf beside them, places [N, M, 2] where they were taken), all in m."""
    points = np.vstack(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (np.arange(low[k] + CELL / 2, high[k], CELL) for k in range(2))
    heights = np.full((len(y), len(x)), -np.inf)
    for part in parts:  # each over its own cells only
        begin, end = part.min(axis=0), part.max(axis=0)
        cells = np.ix_((y >= begin[1]) & (y <= end[1]), (x >= begin[0]) & (x <= end[0]))
        across, along = np.meshgrid(x[cells[1].ravel()], y[cells[0].ravel()])
        above = np.column_stack([across.ravel(), along.ravel(), np.full(across.size, high[2] + 1.0)])
        fallen = Solid.of([part]).cast(above, np.tile([0.0, 0.0, -1.0], (len(above), 1)))
        heights[cells] = np.maximum(heights[cells], (high[2] + 1.0 - fallen).reshape(across.shape))
    return heights, np.stack(np.meshgrid(x, y), axis=-1)
