"""Worlds that begin and look as upstream's: objects wait as long as theirs, in front of a photograph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gen3d_bench.envs.backend import REST_SPEED, REST_SPIN
from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.matching.setting import Convention
from gen3d_bench.envs.randomization import EpisodeSetup
from gen3d_bench.envs.simulation import CpuSimulation
from gen3d_bench.envs.world import SceneAssets, World
from gen3d_bench.scenes.manifest import Asset

Picture = NDArray[np.uint8]

SETTLING = MappingProxyType({"simplerenv": (1.0, 1.5), "maniskill3": (0.1, 1.2)})
"""How long objects are given to come to rest, and how much longer if they still move then (s)."""


STAGE_POSE = sapien.Pose([0.147, 0.028, 0.8695], [0, 0, 0, 1]).inv() * sapien.Pose([2.0634, 2.8313, 0.0])
"""Of upstream's stage in the scene frame: from where the arm stands on its table."""
STAGE_TURN = sapien.Pose(q=[0.707, 0.707, 0, 0])
"""From the file's Y-up, in upstream's digits."""


class Photograph:
    """What is seen behind robot and objects, in any size."""

    def __init__(self, file: Path) -> None:
        """Raises OSError for a file that is no picture."""
        with Image.open(file) as picture:
            self._picture = picture.convert("RGB")
        self._sizes: dict[tuple[int, int], Picture] = {}

    def of_size(self, width: int, height: int) -> Picture:
        """uint8 [height, width, 3]."""
        if (width, height) not in self._sizes:
            resized = self._picture.resize((width, height), Image.Resampling.BILINEAR)
            self._sizes[width, height] = np.asarray(resized)
        return self._sizes[width, height]


class MatchingWorld(World):
    """Robot and objects on upstream's stage, whose mesh is felt but not seen."""

    def __init__(self, stage: Path, *args: Any, **kwargs: Any) -> None:
        """args, kwargs: those of `World`."""
        self._stage = stage
        super().__init__(*args, **kwargs)

    def _top(self, asset: Asset) -> sapien.physx.PhysxRigidBaseComponent:
        friction = self.physics.table_friction
        builder = self.scene.create_actor_builder()
        material = sapien.physx.PhysxMaterial(friction, friction, 0.0)
        builder.add_nonconvex_collision_from_file(str(self._stage), STAGE_TURN, material=material)
        builder.set_initial_pose(STAGE_POSE)
        return builder.build_static("table").find_component_by_type(sapien.physx.PhysxRigidBaseComponent)

    def _surround(self, assets: SceneAssets) -> None:
        """Nothing: the photograph is put behind what is drawn."""


class MatchingSimulation(CpuSimulation):
    """One world at the original place; where its files are missing, on the scene's own table and in its room."""

    def __init__(
        self,
        assets: SceneAssets,
        config: EnvConfig,
        setup: EpisodeSetup,
        *,
        convention: Convention,
        place: tuple[Photograph, Path] | None,
        render: bool,
    ) -> None:
        """place: what is seen of it, and its stage."""
        self._convention: Convention = convention
        self._place = place
        super().__init__(assets, config.physics, config.camera, setup, render=render)

    def _built(self, scene: sapien.Scene, assets: SceneAssets, render: bool) -> World:
        if self._place is None:
            return super()._built(scene, assets, render)
        height = self.setup.robot_height
        return MatchingWorld(self._place[1], scene, assets, self.physics, render=render, robot_height=height)

    def _rest(self, assets: SceneAssets) -> None:
        """As upstream an episode begins whether or not everything lies still: without damping the spoon rocks on."""
        first, more = SETTLING[self._convention]
        self.world.step(round(first * self.physics.sim_hz))
        speeds = np.abs(self.velocities()[0])
        if speeds[:, :3].max() > REST_SPEED or speeds[:, 3:].max() > REST_SPIN:
            self.world.step(round(more * self.physics.sim_hz))

    def picture(self, width: int, height: int, shader: str | None = None) -> Picture:
        drawn = super().picture(width, height, shader)
        if self._place is None:
            return drawn
        mask = self.world.drawn(width, height, shader or self.camera.shader)
        return np.where(mask[None, ..., None], drawn, self._place[0].of_size(width, height))


def matching_world(
    config: EnvConfig,
    convention: Convention,
    place: tuple[Photograph, Path] | None,
    render: bool,
    assets: Sequence[SceneAssets],
    setups: Sequence[EpisodeSetup],
) -> MatchingSimulation:
    """A `backend.Backend` once the first four arguments are given."""
    return MatchingSimulation(assets[0], config, setups[0], convention=convention, place=place, render=render)
