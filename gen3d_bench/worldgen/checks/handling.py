"""One asset as a thing to handle: does it stand, stay when nudged, fit the gripper, hold what is put in it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.checks.hollows import hollow_of
from gen3d_bench.worldgen.checks.judged import ruled
from gen3d_bench.worldgen.checks.meshes import UnreadableMesh, read_collision
from gen3d_bench.worldgen.checks.standing import NUDGE, ROLL, STANDING, standing_problems
from gen3d_bench.worldgen.verdict import Stage, Verdict

if TYPE_CHECKING:
    from gen3d_bench.agents.grasping import Grasp

Array = NDArray[np.float64]

METHOD = "PhysX on a bare table, grasps from collision geometry"
LEAST_SCORE = -1.0
"""Of a grasp: worse ones are far from the middle, or across a corner."""
PATCH_DEPTH, PATCH_HEIGHT = 0.003, 0.0042
"""A finger lies against a side if what is this near to it is so high (m)."""


def check_handling(request: AssetRequest, asset: Asset) -> Verdict:
    """What the asset does as a thing: on a table, pushed, and, if it must be, between fingers or holding things."""
    try:
        parts = read_collision(asset.folder)
        problems = [*standing_problems(asset, parts)]
        facts = [f"stands for {STANDING:g} s, rests within {100 * ROLL:.0f} cm of a push at {NUDGE} m/s"]
        for problem, fact in (_grasped(request, parts), _holding(request, asset, parts)):
            problems += [problem] if problem else []
            facts += [fact] if fact else []
    except UnreadableMesh as error:
        problems, facts = [str(error)], []
    return ruled(Stage.handling, METHOD, problems, ", ".join(facts))


def _grasped(request: AssetRequest, parts: Sequence[Array]) -> tuple[str | None, str | None]:
    """(problem, fact) about taking it from above."""
    if not request.grasped:
        return None, None
    from gen3d_bench.agents.grasping import LEAST_WIDTH, OPEN_WIDTH

    firm = firm_grasps(parts)
    if firm:
        return None, f"{len(firm)} firm grasps from above, the best {1000 * firm[0].width:.0f} mm wide"
    narrow, wide = sorted(np.ptp(np.vstack(parts), axis=0)[:2])
    return (
        f"the gripper cannot take it: {1000 * narrow:.0f} x {1000 * wide:.0f} mm seen from above, and no place "
        f"{1000 * LEAST_WIDTH:.1f} to {1000 * OPEN_WIDTH:.0f} mm wide with sides to hold",
        None,
    )


def firm_grasps(parts: Sequence[Array]) -> list[Grasp]:
    """Places where the gripper, coming from above, can take a thing that stands alone and will not lose it, best
    first.

    parts: its convex parts, each [V, 3] (m, Z up).
    """
    from gen3d_bench.agents.grasping import grasps, surface_points

    points = surface_points(parts)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    found = grasps(points, middle, np.empty((0, 3)))
    return [grasp for grasp in found if grasp.score > LEAST_SCORE and _firm(points, grasp)]


def _firm(points: Array, grasp: Grasp) -> bool:
    """Whether both fingers lie against a side, and not against a dome or a corner that they would slide off."""
    from gen3d_bench.agents.grasping import FINGER_HALF_WIDTH, LEAST_WIDTH, PAD_HEIGHT

    close = np.array([np.cos(grasp.angle), np.sin(grasp.angle)])
    flat, height = points[:, :2] - grasp.tip[:2], points[:, 2] - grasp.tip[2]
    along, across = flat @ close, flat @ np.array([-close[1], close[0]])
    band = (height > 0) & (height < PAD_HEIGHT)
    held = band & (np.abs(across) < FINGER_HALF_WIDTH)
    for side in (1, -1):
        touched = held & (side * along > grasp.width / 2 - PATCH_DEPTH)
        if not touched.any() or np.ptp(height[touched]) < PATCH_HEIGHT:
            return False
    # Thinner along another direction than the fingers close: it would turn between them, and drop.
    inside = flat[band & (np.linalg.norm(flat, axis=1) < FINGER_HALF_WIDTH)]
    angles = np.pi * np.arange(16) / 16
    thinnest = np.ptp(inside @ np.stack([np.cos(angles), np.sin(angles)]), axis=0).min() if len(inside) > 8 else np.inf
    return bool(thinnest >= LEAST_WIDTH)


def _holding(request: AssetRequest, asset: Asset, parts: Sequence[Array]) -> tuple[str | None, str | None]:
    """(problem, fact) about putting things in it."""
    if request.holds is not True:
        return None, None
    opening = hollow_of(parts)
    if not opening.holds:
        return f"nothing can be put in it: its opening is {opening}", None
    if not asset.info.hollow:
        return "things can be put in it, but asset.json does not call it hollow", None
    return None, f"an opening {opening}"
