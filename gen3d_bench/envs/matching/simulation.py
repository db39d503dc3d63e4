"""Worlds that begin as upstream's do, with the original files or with look-alikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.backend import REST_SPEED, REST_SPIN
from gen3d_bench.envs.config import Convention, EnvConfig
from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.matching.place import OriginalPlace, OriginalWorld
from gen3d_bench.envs.matching.setting import Beginning
from gen3d_bench.envs.randomization import EpisodeSetup
from gen3d_bench.envs.rotations import matrix_from_quat, quat_from_matrix
from gen3d_bench.envs.simulation import CpuSimulation
from gen3d_bench.envs.world import SceneAssets, World
from gen3d_bench.scenes.bridge import MODELS

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Settling:
    """How long objects are given to come to rest (s).  upright: at first, without tilting, and stopped at its end.
    free: after that.  more: on top if they still move then."""

    upright: float
    free: float
    more: float


SETTLING = MappingProxyType({"simplerenv": Settling(0.5, 0.5, 1.5), "maniskill3": Settling(0.0, 0.1, 1.2)})
UPRIGHT, FREE = [False, False, False, True, True, False], [False] * 6
"""Which motions PhysX does not let a body make: along x, y, z, about x, y, z."""


class LookalikeSimulation(CpuSimulation):
    """One world of look-alikes on the scene's own table and in its room."""

    def __init__(
        self, assets: SceneAssets, config: EnvConfig, convention: Convention, setup: EpisodeSetup, *, render: bool
    ) -> None:
        self._settling = SETTLING[convention]
        super().__init__(assets, config.physics, config.camera, setup, render=render)

    def _rest(self, assets: SceneAssets) -> None:
        """As upstream an episode begins whether or not everything lies still: without damping the spoon rocks on."""
        settling, rate = self._settling, self.physics.sim_hz
        if settling.upright:
            self._fall(round(settling.upright * rate))
        self.world.step(round(settling.free * rate))
        speeds = np.linalg.norm(self.velocities()[0].reshape(-1, 2, 3), axis=2).sum(axis=0)
        if speeds[0] > REST_SPEED or speeds[1] > REST_SPIN:
            self.world.step(round(settling.more * rate))

    def _fall(self, count: int) -> None:
        """Physics steps in which objects do not tilt, so that they land as they were put."""
        for body in self.world.objects:
            body.set_locked_motion_axes(UPRIGHT)
        self.world.step(count)
        for body in self.world.objects:
            body.set_locked_motion_axes(FREE)
            body.linear_velocity = body.angular_velocity = np.zeros(3)
            body.wake_up()


class OriginalSimulation(LookalikeSimulation):
    """One world at the original place, its state told in the scene frame and for our assets' frames."""

    def __init__(
        self,
        place: OriginalPlace,
        assets: SceneAssets,
        config: EnvConfig,
        convention: Convention,
        setup: Beginning,
        *,
        render: bool,
    ) -> None:
        self._original = place
        self._models = setup.models
        self._origins = np.array([MODELS[asset.info.name].origin for _, _, asset in assets.objects])
        self._turn = matrix_from_quat(np.array(OriginalWorld.frame.q, float))
        super().__init__(assets, config, convention, setup, render=render)

    def _built(self, scene: sapien.Scene, assets: SceneAssets, render: bool) -> World:
        return OriginalWorld(self._original, scene, assets, self.physics, render=render)

    def _place(self) -> None:
        for body, pose in zip(self.world.objects, self._models, strict=True):
            body.entity.pose = sapien.Pose(pose[:3], pose[3:])

    def poses(self) -> Array:
        poses = super().poses()
        rotations = self._turn.T @ matrix_from_quat(poses[..., 3:])
        positions = (poses[..., :3] - np.array(OriginalWorld.frame.p, float)) @ self._turn
        positions -= (rotations @ self._origins[..., None])[..., 0]
        return np.concatenate([positions, quat_from_matrix(rotations)], axis=2)

    def velocities(self) -> Array:
        velocities = super().velocities()
        return (velocities.reshape(*velocities.shape[:2], 2, 3) @ self._turn).reshape(velocities.shape)

    def picture(self, width: int, height: int, shader: str | None = None) -> NDArray[np.uint8]:
        drawn = super().picture(width, height, shader)
        mask = self.world.drawn(width, height, shader or self.camera.shader)
        return np.where(mask[None, ..., None], drawn, self._original.photograph.of_size(width, height))


def lookalike_world(
    config: EnvConfig,
    convention: Convention,
    render: bool,
    assets: Sequence[SceneAssets],
    setups: Sequence[EpisodeSetup],
) -> LookalikeSimulation:
    """A `backend.Backend` once the first three arguments are given."""
    return LookalikeSimulation(assets[0], config, convention, setups[0], render=render)


def original_world(
    place: OriginalPlace,
    config: EnvConfig,
    convention: Convention,
    render: bool,
    assets: Sequence[SceneAssets],
    setups: Sequence[EpisodeSetup],
) -> OriginalSimulation:
    """A `backend.Backend` once the first four arguments are given."""
    setup = setups[0]
    assert isinstance(setup, Beginning)
    return OriginalSimulation(place, assets[0], config, convention, setup, render=render)
