"""What is drawn anew for every episode (Table A.2), from one seed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs import kinematics
from gen3d_bench.envs.config import INITIAL_QPOS, RandomizationConfig
from gen3d_bench.envs.controller import BRIDGE_FRAME
from gen3d_bench.envs.layout import Footprint, LayoutError, gap, place
from gen3d_bench.envs.world import Lighting
from gen3d_bench.scenes.schema import Pose, Role, Scene, SceneObject

Array = NDArray[np.float64]
RandomizationMode = Literal["train", "eval", "none"]


@dataclass(frozen=True)
class EpisodeSetup:
    """One draw.  objects: [K, 3] of x, y (m) and yaw (rad).  qpos: [8].  camera_offset: [3] (m).  robot_height: m."""

    objects: Array
    qpos: Array
    robot_height: float
    camera_offset: Array
    lighting: Lighting


def hand_obstacle(qpos: Array, robot_height: float) -> Footprint:
    """The volume that the hand keeps free at its start pose: a box about it, down to the fingertips."""
    position, rotation = kinematics.forward(qpos[:6])
    # Half sizes in the hand's own frame: from the wrist to the fingertips, and across the open fingers.
    corners = np.array(
        [[x, y, z] for x in (-0.16, kinematics.FINGERTIP) for y in (-0.06, 0.06) for z in (-0.035, 0.035)]
    )
    return Footprint.of(position + (0.0, 0.0, robot_height) + corners @ rotation.T)


def generator(scene: Scene, seed: int) -> np.random.Generator:
    """The one source of chance of an episode: the same for a scene and a seed, in any process."""
    return np.random.default_rng([seed, zlib.crc32(scene.id.encode())])


def draw(
    scene: Scene,
    footprints: Sequence[Footprint],
    mode: RandomizationMode,
    config: RandomizationConfig,
    rng: np.random.Generator,
) -> EpisodeSetup:
    """Everything random about an episode.  Mode "none" takes the scene's nominal poses and the default light and
    camera.

    Raises LayoutError where the objects do not fit.
    """
    qpos = np.array(INITIAL_QPOS)
    if mode == "none":
        return EpisodeSetup(_nominal(scene, footprints, config, qpos), qpos, 0.0, np.zeros(3), Lighting())
    height = float(rng.uniform(*config.robot_height))
    qpos[:6] = np.clip(qpos[:6] + rng.uniform(*config.joint_offset, 6), kinematics.LOWER, kinematics.UPPER)
    camera = rng.uniform(*config.camera_offset, 3)
    red, green, blue = rng.uniform(*config.ambient_light, 3)
    lighting = Lighting((float(red), float(green), float(blue)), float(rng.uniform(*config.light_scale)))
    objects = place(footprints, [hand_obstacle(qpos, height)], config, rng, scene.objects.index(scene.source))
    return EpisodeSetup(objects, qpos, height, camera, lighting)


def _nominal(scene: Scene, footprints: Sequence[Footprint], config: RandomizationConfig, qpos: Array) -> Array:
    """[K, 3] from the scene's own poses; things without one are placed among the others, always the same way."""
    hand = hand_obstacle(qpos, 0.0)
    poses = np.zeros((len(footprints), 3))
    given: dict[int, Footprint] = {}
    for k, thing in enumerate(scene.objects):
        if thing.pose is not None:
            poses[k] = _upright(thing.name, thing.pose)
            given[k] = _checked(thing, footprints[k].at(*poses[k]), poses[k], [hand, *given.values()])
    free = [k for k in range(len(footprints)) if k not in given]
    source = scene.objects.index(scene.source)
    if free:
        among = [hand, *given.values()]
        wanted = free.index(source) if source in free else None
        poses[free] = place([footprints[k] for k in free], among, config, generator(scene, 0), wanted)
    return poses


def _upright(name: str, pose: Pose) -> Array:
    """[3] of x, y, yaw.  Raises LayoutError for a pose that does not stand on the table."""
    w, x, y, z = pose.q
    if max(abs(x), abs(y)) > 1e-3 or abs(pose.p[2]) > 0.005:
        raise LayoutError(f"the pose of {name!r} is not upright on the table: z must be 0 and the rotation about z")
    return np.array([pose.p[0], pose.p[1], 2 * np.arctan2(z, w)])


def _checked(thing: SceneObject, here: Footprint, pose: Array, others: Sequence[Footprint]) -> Footprint:
    """The footprint of a thing at its own pose.  Raises LayoutError where it cannot stand or cannot be reached."""
    if any(gap(here, other) <= 0 for other in others):
        raise LayoutError(f"{thing.name!r} at ({pose[0]:.3f}, {pose[1]:.3f}) m overlaps another object or the hand")
    above = np.array([pose[0], pose[1], 0.05])
    _, reachable = kinematics.inverse(above, BRIDGE_FRAME, np.array(INITIAL_QPOS[:6]))
    if thing.role is not Role.distractor and not reachable:
        raise LayoutError(f"{thing.name!r} at ({pose[0]:.3f}, {pose[1]:.3f}) m is out of the arm's reach")
    return here
