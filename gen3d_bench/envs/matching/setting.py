"""What the original setting prescribes: physics, camera, 24 beginnings and two rules of success.

Upstream's world has the arm's base 0.5 mm above the table and turned by pi; here it is at the origin's place and facing
+x as in every scene of this package.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import INITIAL_QPOS, CameraConfig, Convention, EnvConfig, PhysicsConfig
from gen3d_bench.envs.library import PreparedScene
from gen3d_bench.envs.randomization import EpisodeSetup
from gen3d_bench.envs.world import Lighting
from gen3d_bench.scenes.bridge import MODELS, TASKS, BridgeTask
from gen3d_bench.scenes.errors import UnknownSceneError
from gen3d_bench.scenes.schema import Role, Scene

Array = NDArray[np.float64]

BASE = (0.147, 0.028)
"""The arm's base in upstream's world (m), where it faces -x."""
BASE_HEIGHT = 0.0005
"""Of the arm's base above the table (m): 0.870 above upstream's floor, the table's top 0.8695."""
TABLE_HEIGHT = 0.870 - BASE_HEIGHT
"""Of the table's top in upstream's world (m)."""
FALL_HEIGHT = 0.870 + 0.5
"""From where SimplerEnv lets every model's origin fall, in its world (m); ManiSkill's are in `BridgeTask.heights`."""
MAX_STEPS = 60
"""Control steps of an episode."""


def physics_of(convention: Convention) -> PhysicsConfig:
    """Upstream's solver, drives and control: actions in metres and radians that hardly anything bounds."""
    return replace(PhysicsConfig.of(convention), inverse="iterative", max_translation=1.0, max_rotation=math.pi / 2)


def matching_config(convention: Convention) -> EnvConfig:
    """The camera is fixed to the arm's base."""
    x, y, z = CameraConfig.position
    return EnvConfig(
        physics=physics_of(convention),
        camera=CameraConfig(position=(x, y, z + BASE_HEIGHT)),
        max_steps=MAX_STEPS,
    )


def task_of(scene_id: str) -> BridgeTask:
    """Raises UnknownSceneError for a scene that SimplerEnv does not have."""
    if scene_id not in TASKS:
        raise UnknownSceneError(f"{scene_id!r} has no visual-matching setting; only {', '.join(TASKS)} have one")
    return TASKS[scene_id]


def require_tasks(scenes: Iterable[Scene]) -> None:
    """Raises UnknownSceneError for scenes that are not SimplerEnv's, also where only the id is."""
    for scene in scenes:
        task_of(scene.id)
        if scene.distractors:
            raise UnknownSceneError(f"SimplerEnv's {scene.id!r} has no distractors, so this is another scene: give it "
                                    "an id of its own and use the benchmark's setting")


@dataclass(frozen=True)
class Beginning(EpisodeSetup):
    """models: [K, 7] poses of upstream's models in its own world, as it lets go of them."""

    models: Array


def beginning(scene: PreparedScene, seed: int, convention: Convention) -> Beginning:
    """The official configuration number `seed` modulo 24."""
    task = task_of(scene.scene.id)
    configuration = task.configurations[seed % len(task.configurations)]
    places = {
        Role.source: (MODELS[task.source], configuration.source, configuration.yaw),
        Role.target: (MODELS[task.target], configuration.target, 0.0),
    }
    objects, models = [], []
    for thing in scene.scene.objects:
        model, (x, y, z), yaw = places[thing.role]
        height = FALL_HEIGHT if convention == "simplerenv" else z
        models.append([x, y, height, math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)])
        dx, dy, _ = model.origin
        c, s = math.cos(yaw - math.pi), math.sin(yaw - math.pi)
        objects.append([BASE[0] - x - (c * dx - s * dy), BASE[1] - y - (s * dx + c * dy), yaw - math.pi])
    return Beginning(
        objects=np.array(objects),
        qpos=np.array(INITIAL_QPOS),
        robot_height=BASE_HEIGHT,
        camera_offset=np.zeros(3),
        lighting=Lighting(),
        models=np.array(models),
    )
