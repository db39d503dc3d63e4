#!/usr/bin/env python3
"""Write SimplerEnv's three scenes, of the official assets and of look-alikes, to where the package keeps its scenes.

    .venv/bin/python scripts/build_simpler.py

Whoever ships a change raises the sets' versions in gen3d_bench/scenes/catalog.py.
"""

from __future__ import annotations

from math import cos, pi, sin

from gen3d_bench.envs.matching.setting import BASE
from gen3d_bench.scenes.bridge import MODELS, TASKS, BridgeTask, Vector
from gen3d_bench.scenes.catalog import SIMPLER_LOOKALIKE, SIMPLER_ORIGINAL, scene_file
from gen3d_bench.scenes.io import save_scene
from gen3d_bench.scenes.schema import AssetRef, Pose, Provenance, Relation, Role, Scene, SceneObject

ROOM = AssetRef(generator="procedural", prompt="kitchen with gray walls", seed=3)
TABLE = AssetRef(generator="procedural", prompt="cherrywood desk", seed=2)
"""Reddish wood, as in SimplerEnv's photograph, which itself is left out so that camera and light can vary."""
NAMES = {"green cube": "green block", "yellow cube": "yellow block"}
"""What a task's sentence calls them."""
STAND_IN = "procedural look-alikes of SimplerEnv's assets; `gen3d assets pull simpler` gets the real ones"


def main() -> None:
    for task in TASKS.values():
        for name, generator, stand_in in (
            (SIMPLER_ORIGINAL, "bridge", None),
            (SIMPLER_LOOKALIKE, "bridge-lookalike", STAND_IN),
        ):
            file = scene_file(name, task.scene_id)
            save_scene(build(task, generator, stand_in), file)
            print(file)


def build(task: BridgeTask, generator: str, stand_in: str | None) -> Scene:
    """Nominal poses are those of the first official beginning."""
    begins = task.configurations[0]

    def thing(name: str, role: Role, place: Vector, yaw: float) -> SceneObject:
        return SceneObject(
            name=NAMES.get(name, name),
            role=role,
            asset=AssetRef(generator=generator, prompt=name, seed=0),
            pose=_pose(place, yaw, MODELS[name].origin),
        )

    objects = (
        thing(task.source, Role.source, begins.source, begins.yaw),
        thing(task.target, Role.target, begins.target, 0.0),
    )
    return Scene(
        id=task.scene_id,
        instruction=task.instruction,
        background=ROOM,
        table=TABLE,
        objects=objects,
        relations=(Relation(subject=objects[0].name, relation="ON", object=objects[1].name),),
        provenance=Provenance(
            designer="SimplerEnv",
            source=f"ManiSkill 3's {task.official_id}; room and table are this package's",
            stand_in=stand_in,
        ),
    )


def _pose(place: Vector, yaw: float, origin: Vector) -> Pose:
    """In the scene frame, of our asset's origin; place, yaw: of the model's own, in ManiSkill's world."""
    turn = yaw - pi
    x = BASE[0] - place[0] - (cos(turn) * origin[0] - sin(turn) * origin[1])
    y = BASE[1] - place[1] - (sin(turn) * origin[0] + cos(turn) * origin[1])
    half = turn / 2
    return Pose(p=(round(x, 6), round(y, 6), 0.0), q=(round(cos(half), 9), 0.0, 0.0, round(sin(half), 9)))


if __name__ == "__main__":
    main()
