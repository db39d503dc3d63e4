"""The WidowX in a pose, as shapes: where each of its bodies is, and the convex parts that it collides with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import INITIAL_QPOS
from gen3d_bench.envs.robot_description import ARM_JOINTS, FINGER_JOINTS, widowx
from gen3d_bench.envs.rotations import matrix_from_rotvec
from gen3d_bench.worldgen.visibility import Solid

Array = NDArray[np.float64]

MILLIMETRE = 0.001


def body_poses(qpos: Sequence[float] = INITIAL_QPOS) -> dict[str, Array]:
    """Pose [4, 4] of every body in the scene frame.  qpos: [8], six arm joints (rad) and two fingers (m)."""
    position = dict(zip((*ARM_JOINTS, *FINGER_JOINTS), qpos, strict=True))
    poses: dict[str, Array] = {}
    for body in widowx():
        if body.joint is None or body.parent is None:
            poses[body.name] = np.eye(4)
            continue
        moved = np.eye(4)
        if body.joint.kind == "prismatic":
            moved[:3, 3] = body.joint.axis * position[body.joint.name]
        else:
            moved[:3, :3] = matrix_from_rotvec(body.joint.axis * position[body.joint.name])
        poses[body.name] = poses[body.parent] @ body.joint.pose @ moved
    return poses


@lru_cache(maxsize=1)
def start_solids() -> tuple[Solid, ...]:
    """The arm at its start pose, one solid for each collision mesh."""
    import trimesh

    solids = []
    poses = body_poses()
    for body in widowx():
        for mesh in body.collisions:
            points = trimesh.load_mesh(mesh.file, process=False).vertices * MILLIMETRE
            pose = poses[body.name] @ mesh.pose
            solids.append(Solid.of([np.unique(points, axis=0) @ pose[:3, :3].T + pose[:3, 3]]))
    return tuple(solids)
