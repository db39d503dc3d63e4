"""How episodes begin and when they are a success: what a setting decides, apart from worlds and physics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.layout import LayoutError
from gen3d_bench.envs.library import PreparedScene
from gen3d_bench.envs.randomization import EpisodeSetup, RandomizationMode, draw
from gen3d_bench.envs.task import Contacts, success
from gen3d_bench.scenes.schema import Role

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

Judge = Callable[[Contacts, Array, Array], Mask]
"""Success [N] of contacts, of the forces [N, K, K + 4] (N) behind them, and of the objects' poses [N, K, 7]."""


@dataclass(frozen=True)
class Rules:
    """begin: the draw of an episode of a scene with a seed, from its source of chance; raises LayoutError.
    judge: given the scenes of N episodes and their objects' poses [N, K, 7] at the start, says from then on which of
    them are a success."""

    begin: Callable[[PreparedScene, int, np.random.Generator], EpisodeSetup]
    judge: Callable[[Sequence[PreparedScene], Array], Judge]


def benchmark_rules(config: EnvConfig, mode: RandomizationMode) -> Rules:
    """Table A.2 and Eq. A.1 of the paper."""

    def begin(scene: PreparedScene, seed: int, rng: np.random.Generator) -> EpisodeSetup:
        try:
            return draw(scene.scene, scene.footprints, mode, config.randomization, rng)
        except LayoutError as error:
            raise LayoutError(f"scene {scene.scene.id} with seed {seed}: {error}") from error

    def judge(scenes: Sequence[PreparedScene], start: Array) -> Judge:
        source = np.array([scene.index(Role.source) for scene in scenes])
        target = np.array([scene.index(Role.target) for scene in scenes])
        return lambda contacts, forces, poses: success(contacts, source, target)

    return Rules(begin, judge)
