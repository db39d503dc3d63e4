"""Records made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from gen3d_bench.evaluation.records import ActionLog, EpisodeRecord, EpisodeSettings, Versions

SETTINGS = EpisodeSettings(env="Gen3D-PickPlace-v0", obs_mode="state", image_size=(224, 224), randomization="eval",
                           chunk=4, stop_on_success=True, time_limit_s=20.0)
VERSIONS = Versions(gen3d_bench="0.1.0", sapien="3.0", gymnasium="1.4", numpy="2.4", python="3.11", platform="Linux")


def record(scene: str = "a", episode: int = 0, success: bool = True, **changes: Any) -> EpisodeRecord:
    """A valid record: a success after 2 s, or a failure of which the source was never grasped."""
    outcome: dict[str, Any] = (
        {"lifted": True, "time_to_finish_s": 2.0} if success
        else {"lifted": False, "failures": ["dynamics"], "failure_codes": ["missed_grasp"]}
    )
    fields: dict[str, Any] = {
        "policy": "hand-made",
        "scene_id": scene,
        "scene_sha256": "0" * 64,
        "episode": episode,
        "seed": 7,
        "instruction": "put the pen in the cup",
        "actions": ActionLog.from_array(np.zeros((10, 7))),
        "n_steps": 10,
        "success_once": success,
        "dropped": False,
        "touched_wrong": False,
        "settings": SETTINGS,
        "versions": VERSIONS,
        "wall_s": 1.0,
        "infer_s": 0.5,
        **outcome,
        **changes,
    }
    return EpisodeRecord.model_validate(fields)
