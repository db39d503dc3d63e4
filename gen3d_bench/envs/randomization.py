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
from gen3d_bench.envs.layout import Footprint, place
from gen3d_bench.envs.world import Lighting
from gen3d_bench.scenes.schema import Scene

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
    """Everything random about an episode.  Mode "none" takes the scene's nominal poses and the default light and camera.

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
    """[K, 3] from the scene's own poses, or where it has none, one layout that is always the same."""
    poses = [thing.pose for thing in scene.objects]
    if all(pose is not None for pose in poses):
        return np.array([[*pose.p[:2], 2 * np.arctan2(pose.q[3], pose.q[0])] for pose in poses if pose])
    rng = generator(scene, 0)
    return place(footprints, [hand_obstacle(qpos, 0.0)], config, rng, scene.objects.index(scene.source))
