"""What the robot's camera sees of a scene, drawn by the simulator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import INITIAL_QPOS, CameraConfig, PhysicsConfig
from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.world import Lighting, SceneAssets, World, cpu_scene
from gen3d_bench.worldgen.viewer.contents import Contents


def camera_picture(contents: Contents) -> NDArray[np.uint8]:
    """uint8 [480, 640, 3] from the default camera, things at the poses shown, the arm at its start.

    Raises RuntimeError where SAPIEN cannot draw.
    """
    things = zip(contents.scene.objects, contents.objects, strict=True)
    objects = tuple((thing.name, thing.role, asset) for thing, asset in things)
    physics, camera = PhysicsConfig(), CameraConfig()
    assets = SceneAssets(contents.room, contents.table, objects)
    world = World(cpu_scene(physics, render=True), assets, physics, render=True)
    world.light(Lighting())
    world.arm.set_qpos(np.array(INITIAL_QPOS, np.float32))
    for body, pose in zip(world.objects, contents.poses, strict=True):
        body.entity.pose = sapien.Pose(pose.p, pose.q)
    width, height = camera.reference_size
    world.add_camera(camera, width, height, np.zeros(3), camera.shader)
    return world.picture(width, height, camera.shader)
