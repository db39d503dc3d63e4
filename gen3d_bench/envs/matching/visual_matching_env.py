"""`Gen3D-Simpler-VisualMatching-v0`: SimplerEnv's Bridge tasks as SimplerEnv sets them."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.backend import Backend
from gen3d_bench.envs.config import Convention
from gen3d_bench.envs.library import PreparedScene
from gen3d_bench.envs.matching.place import OriginalPlace
from gen3d_bench.envs.matching.setting import beginning, matching_config, require_tasks
from gen3d_bench.envs.matching.simulation import lookalike_world, original_world
from gen3d_bench.envs.matching.success import OriginalSuccess
from gen3d_bench.envs.observation import ObsMode
from gen3d_bench.envs.pick_place_env import PickPlaceEnv
from gen3d_bench.envs.rules import Judge, Rules
from gen3d_bench.scenes.bridge_files import original_place
from gen3d_bench.scenes.resolve import SceneSpec
from gen3d_bench.scenes.store import AssetStore


class VisualMatchingEnv(PickPlaceEnv):
    """SimplerEnv's three tasks on the table in their original setting, to compare with figures of SimplerEnv or, with
    `convention="maniskill3"`, of ManiSkill 3's port.

    Observations, actions and info are those of `PickPlaceEnv`; what differs is

    | | |
    |---|---|
    | picture | robot and objects in front of SimplerEnv's photograph; fixed camera and light |
    | beginning | one of 24 configurations, by `reset(options={"episode_id": k})`, else seed modulo 24 |
    | action bounds | translation +-1 m, rotation +-pi/2 rad each |
    | out of reach | the arm stops where it is, and the target moves on with every action |
    | success | upstream's rule: boxes one above the other, and a contact; letting go is not asked for |
    | end | 60 control steps (12 s); success does not end an episode: upstream reads the last `info["success"]` |

    Without the data set (`gen3d assets pull simpler`) there is no photograph: look-alikes stand in a drawn room, and
    `info["stand_in"]` says so.  Without a seed and an episode_id, seeds count up: 0, 1, 2 ...  Of several scenes a seed
    draws one, so name it where every beginning is to be played: options={"scene": id, "episode_id": k}.
    """

    reset_options = ("scene", "episode_id")

    def __init__(
        self,
        scenes: SceneSpec = "simpler",
        *,
        convention: Convention = "simplerenv",
        obs_mode: ObsMode = "rgb",
        image_size: int | tuple[int, int] = 224,
        stop_on_success: bool = False,
        render_mode: str | None = None,
        store: AssetStore | None = None,
    ) -> None:
        """convention: whose physics, control and rule of success.

        Raises as `PickPlaceEnv` does, and UnknownSceneError for scenes that SimplerEnv does not have, StoreError where
        a part of the data set is missing or damaged.
        """
        self.convention: Convention = convention
        super().__init__(
            scenes,
            obs_mode=obs_mode,
            image_size=image_size,
            randomization="none",
            stop_on_success=stop_on_success,
            render_mode=render_mode,
            config=matching_config(convention),
            store=store,
        )

    def _rules(self) -> Rules:
        def judge(scenes: Sequence[PreparedScene], start: NDArray[np.float64]) -> Judge:
            return OriginalSuccess(scenes, start, self.convention)

        return Rules(lambda scene, seed, rng: beginning(scene, seed, self.convention), judge)

    def _backend(self) -> Backend:
        scenes, how = self.scenes.values(), (self.config, self.convention, self.options.rendered)
        require_tasks(scenes)
        stand_ins = [bool(scene.provenance.stand_in) for scene in scenes]
        if all(stand_ins):
            return partial(lookalike_world, *how)
        if any(stand_ins):
            raise ValueError("scenes of real assets and scenes of look-alikes do not go into one environment")
        return partial(original_world, OriginalPlace(original_place()), *how)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        options = dict(options or {})
        episode_id = options.pop("episode_id", None)
        if episode_id is not None:
            if seed is not None:
                raise ValueError("give a seed or an episode_id: here they are the same thing")
            seed = _whole(episode_id)
        return super().reset(seed=seed, options=options)


def _whole(episode_id: Any) -> int:
    """A number of an episode: any integer from 0, of NumPy or PyTorch too.  Raises ValueError."""
    try:
        number = operator.index(episode_id)
    except TypeError:
        number = -1
    if number < 0:
        raise ValueError(f"episode_id is a whole number from 0, not {episode_id!r}")
    return number
