"""`Gen3D-Simpler-VisualMatching-v0`: SimplerEnv's Bridge tasks as SimplerEnv sets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.backend import Backend
from gen3d_bench.envs.library import PreparedScene
from gen3d_bench.envs.matching.place import OriginalPlace
from gen3d_bench.envs.matching.setting import Convention, beginning, matching_config, task_of
from gen3d_bench.envs.matching.simulation import lookalike_world, original_world
from gen3d_bench.envs.matching.success import OriginalSuccess
from gen3d_bench.envs.observation import ObsMode
from gen3d_bench.envs.pick_place_env import PickPlaceEnv
from gen3d_bench.envs.rules import Judge, Rules
from gen3d_bench.scenes.bridge import original_place
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
    | success | upstream's rule: boxes one above the other, and a contact; letting go is not asked for |
    | end | 60 control steps (12 s); success does not end an episode, upstream reads it at the last step |

    Without the data set (`gen3d assets pull simpler`) there is no photograph: look-alikes stand in a drawn room, and
    `info["stand_in"]` says so.
    """

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
        """convention: whose physics, control and rule of success.  Raises as `PickPlaceEnv` does, and
        UnknownSceneError for scenes that SimplerEnv does not have."""
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
        for scene_id in self.scenes:
            task_of(scene_id)

    def _rules(self) -> Rules:
        def judge(scenes: Sequence[PreparedScene], start: NDArray[np.float64]) -> Judge:
            return OriginalSuccess(scenes, start, self.convention)

        return Rules(lambda scene, seed, rng: beginning(scene, seed, self.convention), judge)

    def _backend(self) -> Backend:
        how = self.config, self.convention, self.options.rendered
        files = original_place()
        if files is None or any(scene.provenance.stand_in for scene in self.scenes.values()):
            return partial(lookalike_world, *how)
        return partial(original_world, OriginalPlace(files), *how)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        options = dict(options or {})
        episode_id = options.pop("episode_id", None)
        if episode_id is not None:
            if seed is not None:
                raise ValueError("give a seed or an episode_id: here they are the same thing")
            seed = int(episode_id)
        return super().reset(seed=seed, options=options)
