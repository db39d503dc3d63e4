"""The Gymnasium ids of this package.

Entry points are strings, so that registering costs no simulator import: `gym.make` imports the environment.
The ids are fixed by the benchmark (100 scenes, three subsets); what a split holds is said by the scene catalog.
"""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium

ENTRY_POINT = "gen3d_bench.envs.pick_place_env:PickPlaceEnv"
VECTOR_ENTRY_POINT = "gen3d_bench.envs.vector:make_vector_env"
MATCHING_ENTRY_POINT = "gen3d_bench.envs.matching.visual_matching_env:VisualMatchingEnv"
MATCHING_VECTOR_ENTRY_POINT = "gen3d_bench.envs.vector:make_matching_vector_env"

SUBSETS = ("H0", "H1", "H2")
SIDES = ("ID", "OOD")
SCENE_COUNT = 100
SIMPLER_TASKS = {
    "CarrotOnPlate": "simpler-carrot-on-plate",
    "SpoonOnTowel": "simpler-spoon-on-towel",
    "StackCube": "simpler-stack-cube",
}
"""SimplerEnv's tasks, as ids name them -> their scenes."""


def env_ids() -> Iterator[tuple[str, str]]:
    """Every id with the scenes it runs: `("Gen3D-PickPlace-H0-OOD-v0", "H0/ood")`."""
    yield "Gen3D-PickPlace-v0", "gen3d-100"
    for subset in SUBSETS:
        for side in SIDES:
            yield f"Gen3D-PickPlace-{subset}-{side}-v0", f"{subset}/{side.lower()}"
    for number in range(SCENE_COUNT):
        yield f"Gen3D-PickPlace-Scene{number:03d}-v0", f"gen3d-{number:03d}"
    yield "Gen3D-Simpler-v0", "simpler"
    for task, scene_id in SIMPLER_TASKS.items():
        yield f"Gen3D-Simpler-{task}-v0", scene_id


def matching_ids() -> Iterator[tuple[str, str, str]]:
    """Every id of SimplerEnv's original setting with its scenes and whose convention it keeps."""
    for infix, convention in (("", "simplerenv"), ("MS3-", "maniskill3")):
        for name, scenes in (("", "simpler"), *((f"{task}-", scene) for task, scene in SIMPLER_TASKS.items())):
            yield f"Gen3D-Simpler-VisualMatching-{infix}{name}v0", scenes, convention


def register_envs() -> None:
    """Register every id with Gymnasium.  Ids that are there already are left alone, so calling it twice is harmless.

    Environments truncate by themselves, after 100 control steps or SimplerEnv's 60, hence no TimeLimit wrapper.
    """
    for env_id, scenes in env_ids():
        if env_id not in gymnasium.registry:
            gymnasium.register(
                env_id, entry_point=ENTRY_POINT, vector_entry_point=VECTOR_ENTRY_POINT, kwargs={"scenes": scenes}
            )
    for env_id, scenes, convention in matching_ids():
        if env_id not in gymnasium.registry:
            gymnasium.register(
                env_id,
                entry_point=MATCHING_ENTRY_POINT,
                vector_entry_point=MATCHING_VECTOR_ENTRY_POINT,
                kwargs={"scenes": scenes, "convention": convention},
            )
