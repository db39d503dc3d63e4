"""PhysX on the CPU behind batched arrays: one environment, first axis N = 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.backend import PARKED_QPOS, placed_poses, wait_for_rest
from gen3d_bench.envs.config import CameraConfig, PhysicsConfig
from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.randomization import EpisodeSetup
from gen3d_bench.envs.robot_description import FINGER_BODIES
from gen3d_bench.envs.world import SceneAssets, World, cpu_scene

Array = NDArray[np.float64]


class CpuSimulation:
    """One world in PhysX's CPU engine: a `backend.Simulation` with N = 1, made anew for every episode."""

    def __init__(
        self, assets: SceneAssets, physics: PhysicsConfig, camera: CameraConfig, setup: EpisodeSetup, *, render: bool
    ) -> None:
        self.physics = physics
        self.camera = camera
        self.setup = setup
        self.world = self._built(cpu_scene(physics, render=render), assets, render)
        if render:
            self.world.light(setup.lighting)
        world = self.world
        count = len(world.objects)
        # Which row or column of the forces a body is.
        columns: dict[Any, int] = {body: k for k, body in enumerate(world.objects)}
        columns[world.table] = count
        for link in world.arm.links:
            finger = FINGER_BODIES.index(link.name) if link.name in FINGER_BODIES else 2
            columns[link] = count + 1 + finger
        self._columns = columns
        self._settle(assets)

    def _built(self, scene: sapien.Scene, assets: SceneAssets, render: bool) -> World:
        return World(scene, assets, self.physics, render=render, robot_height=self.setup.robot_height)

    def _settle(self, assets: SceneAssets) -> None:
        """Objects come to rest with the arm turned away; then it takes its start pose.  Raises UnsettledError."""
        world, setup = self.world, self.setup
        world.arm.set_qpos(np.array(PARKED_QPOS, np.float32))
        self.drive(np.array([PARKED_QPOS]))
        self._place()
        self._rest(assets)
        world.arm.set_qpos(setup.qpos.astype(np.float32))
        world.arm.set_qvel(np.zeros(8, np.float32))
        self.drive(setup.qpos[None])

    def _place(self) -> None:
        """Put the objects where the draw says."""
        for body, pose in zip(self.world.objects, placed_poses(self.setup), strict=True):
            body.entity.pose = sapien.Pose(pose[:3], pose[3:])

    def _rest(self, assets: SceneAssets) -> None:
        """Raises UnsettledError for objects that do not come to rest where they were put."""
        wait_for_rest(self, lambda: self.world.step(self.physics.sim_hz // 10), [assets], [self.setup])

    # ---------------------------------------------------------------------------------------------------------- state

    def qpos(self) -> Array:
        """[1, 8] joint positions."""
        return self.world.arm.qpos[None].astype(float)

    def poses(self) -> Array:
        """[1, K, 7] position and quaternion of every object."""
        poses = [body.entity.pose for body in self.world.objects]
        return np.array([[*pose.p, *pose.q] for pose in poses], float)[None]

    def velocities(self) -> Array:
        """[1, K, 6] linear (m/s) and angular (rad/s) velocity of every object."""
        return np.array([[*b.linear_velocity, *b.angular_velocity] for b in self.world.objects], float)[None]

    def forces(self) -> Array:
        """[1, K, K + 4] contact forces (N) of the last physics step, as `task.Contacts` wants them."""
        count = len(self.world.objects)
        forces = np.zeros((count, count + 4))
        columns, rate = self._columns, self.physics.sim_hz
        for contact in self.world.system.get_contacts():
            first, second = sorted([columns.get(body, -1) for body in contact.bodies])
            if not 0 <= first < count:
                continue
            x = y = z = 0.0
            for point in contact.points:  # plain numbers: arrays of three are an order slower to add up
                dx, dy, dz = point.impulse.tolist()
                x, y, z = x + dx, y + dy, z + dz
            force = math.sqrt(x * x + y * y + z * z) * rate
            forces[first, second] += force
            if second < count:
                forces[second, first] += force
        return forces[None]

    # --------------------------------------------------------------------------------------------------------- acting

    def drive(self, targets: Array) -> None:
        """Set the drive targets [1, 8] of the joints."""
        for joint, target in zip(self.world.arm.active_joints, targets[0], strict=True):
            joint.set_drive_target(float(target))

    def step(self) -> None:
        """One control step of physics."""
        self.world.step(self.physics.substeps)

    def picture(self, width: int, height: int, shader: str | None = None) -> NDArray[np.uint8]:
        """[1, height, width, 3] from the scene's camera."""
        shader = shader or self.camera.shader
        if (width, height, shader) not in self.world.cameras:
            self.world.add_camera(self.camera, width, height, self.setup.camera_offset, shader)
        return self.world.picture(width, height, shader)[None]


def collision_points(file: Path) -> Sequence[Array]:
    """Convex parts [V, 3] (m, Z up) of an asset's `collision.obj`."""
    parts: list[list[list[float]]] = []
    with file.open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("o "):
                parts.append([])
            elif line.startswith("v "):
                x, y, z = (float(v) for v in line.split()[1:4])
                parts[-1].append([x, -z, y])
    return [np.array(part) for part in parts]
