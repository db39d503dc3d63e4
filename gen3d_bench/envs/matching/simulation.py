"""Worlds that begin and look as upstream's: objects wait as long as theirs, in front of a photograph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gen3d_bench.envs.backend import REST_SPEED, REST_SPIN
from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.matching.setting import Convention
from gen3d_bench.envs.randomization import EpisodeSetup
from gen3d_bench.envs.simulation import CpuSimulation
from gen3d_bench.envs.world import SceneAssets

Picture = NDArray[np.uint8]

SETTLING = MappingProxyType({"simplerenv": (1.0, 1.5), "maniskill3": (0.1, 1.2)})
"""How long objects are given to come to rest, and how much longer if they still move then (s)."""


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


class MatchingSimulation(CpuSimulation):
    """One world whose robot and objects are drawn in front of a photograph, or in the scene's room without one."""

    def __init__(
        self,
        assets: SceneAssets,
        config: EnvConfig,
        setup: EpisodeSetup,
        *,
        convention: Convention,
        photograph: Photograph | None,
        render: bool,
    ) -> None:
        self._convention: Convention = convention
        self._photograph = photograph
        super().__init__(
            assets, config.physics, config.camera, setup, render=render, surroundings=photograph is None
        )

    def _rest(self, assets: SceneAssets) -> None:
        """As upstream an episode begins whether or not everything lies still: without damping the spoon rocks on."""
        first, more = SETTLING[self._convention]
        self.world.step(round(first * self.physics.sim_hz))
        speeds = np.abs(self.velocities()[0])
        if speeds[:, :3].max() > REST_SPEED or speeds[:, 3:].max() > REST_SPIN:
            self.world.step(round(more * self.physics.sim_hz))

    def picture(self, width: int, height: int, shader: str | None = None) -> Picture:
        drawn = super().picture(width, height, shader)
        if self._photograph is None:
            return drawn
        mask = self.world.drawn(width, height, shader or self.camera.shader)
        return np.where(mask[None, ..., None], drawn, self._photograph.of_size(width, height))


def matching_world(
    config: EnvConfig,
    convention: Convention,
    photograph: Photograph | None,
    render: bool,
    assets: Sequence[SceneAssets],
    setups: Sequence[EpisodeSetup],
) -> MatchingSimulation:
    """A `backend.Backend` once the first four arguments are given."""
    return MatchingSimulation(
        assets[0], config, setups[0], convention=convention, photograph=photograph, render=render
    )
