"""An asset alone on a table in bare physics: it stands, and a push takes it no more than a little way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.rotations import matrix_from_quat
from gen3d_bench.scenes.manifest import Asset

if TYPE_CHECKING:
    import sapien

Body: TypeAlias = "sapien.physx.PhysxRigidDynamicComponent"
Array = NDArray[np.float64]

NUDGE = 0.2
"""Speed that a push in each of four directions gives it (m/s)."""
STANDING, NUDGED = 2.0, 3.0
"""How long it is watched, before and after the push (s)."""
DRIFT = 0.005
"""How far it may move while it only stands (m)."""
ROLL = 0.05
"""How far a push may take it (m)."""
FALLEN = 0.25
"""Share by which its height changes if it has fallen over; a ball that rolls on to its next side has not."""
HOMES = ((0.4, 0.4, 0.0), (-0.4, 0.4, 0.0), (-0.4, -0.4, 0.0), (0.4, -0.4, 0.0))
"""Where its copies stand, one for each push (m): out of each other's way, and near the origin, where numbers are
finest."""
TABLE_HALF = 1.0
REST_SPEED, REST_SPIN = 0.005, 0.05
"""Slower than this it has come to rest (m/s, rad/s)."""
WAYS = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0))


def standing_problems(asset: Asset, parts: Sequence[Array]) -> Iterator[str]:
    """Four copies stand on a table; each is pushed another way.  parts: of the asset, each [V, 3] (m)."""
    from gen3d_bench.envs.config import PhysicsConfig
    from gen3d_bench.envs.world import cpu_scene

    physics = PhysicsConfig()
    scene = cpu_scene(physics, render=False)
    homes, points = [np.array(home) for home in HOMES], np.vstack(parts)
    _lay_table(scene, physics.table_friction)
    try:
        bodies = [_put(scene, asset, home) for home in homes]
    except RuntimeError as error:
        yield f"PhysX does not take its collision parts: {error}"
        return
    for body in bodies:
        body.linear_damping, body.angular_damping = physics.linear_damping, physics.angular_damping
    _run(scene, bodies, physics.sim_hz, STANDING)
    if not all(_resting(body) for body in bodies):
        yield f"it does not come to rest within {STANDING:g} s"
    drift = max(_moved(body, home) for body, home in zip(bodies, homes, strict=True))
    if drift > DRIFT:
        yield f"left alone it moves {1000 * drift:.0f} mm"
    if _fallen(bodies, points):
        yield "left alone it falls over"
        return
    yield from _pushed(scene, bodies, points, physics.sim_hz)


def _pushed(scene: sapien.Scene, bodies: Sequence[Body], points: Array, hz: int) -> Iterator[str]:
    stood = [np.asarray(body.entity.pose.p, float) for body in bodies]
    for body, way in zip(bodies, WAYS, strict=True):
        body.wake_up()
        body.linear_velocity = NUDGE * np.array(way)
    _run(scene, bodies, hz, NUDGED)
    went = max(_moved(body, place) for body, place in zip(bodies, stood, strict=True))
    if went > ROLL:
        yield f"pushed at {NUDGE} m/s it rolls or slides {100 * went:.0f} cm in {NUDGED:g} s (at most {100 * ROLL:.0f})"
    elif _fallen(bodies, points):
        yield f"a push at {NUDGE} m/s makes it fall over"


def _lay_table(scene: sapien.Scene, friction: float) -> None:
    from gen3d_bench.envs.engine import sapien

    top = scene.create_actor_builder()
    wood = sapien.physx.PhysxMaterial(friction, friction, 0.0)
    top.add_box_collision(sapien.Pose([0.0, 0.0, -0.05]), (TABLE_HALF, TABLE_HALF, 0.05), wood)
    top.build_static("table")


def _put(scene: sapien.Scene, asset: Asset, home: Array) -> Body:
    """A copy of the asset, as `envs.world.World` makes it.  Raises RuntimeError."""
    from gen3d_bench.envs.engine import sapien
    from gen3d_bench.envs.world import UPRIGHT

    builder = scene.create_actor_builder()
    material = sapien.physx.PhysxMaterial(asset.info.friction, asset.info.friction, 0.0)
    file = str(asset.folder / "collision.obj")
    builder.add_multiple_convex_collisions_from_file(file, UPRIGHT, material=material)
    builder.set_initial_pose(sapien.Pose(home))
    body = builder.build("asset").find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)
    if len(body.collision_shapes) != asset.info.parts:
        raise RuntimeError(f"{len(body.collision_shapes)} of {asset.info.parts} accepted")
    if asset.info.mass is not None:
        ratio = asset.info.mass / body.mass
        body.mass, body.inertia = asset.info.mass, body.inertia * ratio
    return body


def _run(scene: sapien.Scene, bodies: Sequence[Body], hz: int, seconds: float) -> None:
    """Until all have gone to sleep, or the time is over."""
    for step in range(round(hz * seconds)):
        scene.physx_system.step()
        if step % 50 == 49 and all(body.is_sleeping for body in bodies):
            return


def _resting(body: Body) -> bool:
    slow = np.linalg.norm(body.linear_velocity) < REST_SPEED and np.linalg.norm(body.angular_velocity) < REST_SPIN
    return bool(body.is_sleeping or slow)


def _moved(body: Body, place: Array) -> float:
    return float(np.linalg.norm(np.asarray(body.entity.pose.p, float) - place))


def _fallen(bodies: Sequence[Body], points: Array) -> bool:
    """Whether the height of one of the copies, whose points are [P, 3] (m), has changed much."""
    rows = [matrix_from_quat(np.asarray(body.entity.pose.q, float))[2] for body in bodies]
    heights = np.ptp(points @ np.stack(rows, axis=1), axis=0)
    return bool((np.abs(heights / np.ptp(points[:, 2]) - 1.0) > FALLEN).any())
