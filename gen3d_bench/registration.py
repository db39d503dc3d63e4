"""The Gymnasium ids of this package.

Entry points are strings, so that registering costs no simulator import: `gym.make` imports the environment.
The ids are fixed by the benchmark (100 scenes, three subsets); what a split holds is said by the scene catalog.
"""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium

ENTRY_POINT = "gen3d_bench.envs.pick_place_env:PickPlaceEnv"
VECTOR_ENTRY_POINT = "gen3d_bench.envs.vector:make_vector_env"

SUBSETS = ("H0", "H1", "H2")
SIDES = ("ID", "OOD")
SCENE_COUNT = 100


def env_ids() -> Iterator[tuple[str, str]]:
    """Every id with the scenes it runs: `("Gen3D-PickPlace-H0-OOD-v0", "H0/ood")`."""
    yield "Gen3D-PickPlace-v0", "gen3d-100"
    for subset in SUBSETS:
        for side in SIDES:
            yield f"Gen3D-PickPlace-{subset}-{side}-v0", f"{subset}/{side.lower()}"
    for number in range(SCENE_COUNT):
        yield f"Gen3D-PickPlace-Scene{number:03d}-v0", f"gen3d-{number:03d}"


def register_envs() -> None:
    """Register every id with Gymnasium.  Ids that are there already are left alone, so calling it twice is harmless.

    The environment itself truncates after 100 control steps, hence no TimeLimit wrapper.
    """
    for env_id, scenes in env_ids():
        if env_id not in gymnasium.registry:
            gymnasium.register(
                env_id, entry_point=ENTRY_POINT, vector_entry_point=VECTOR_ENTRY_POINT, kwargs={"scenes": scenes}
            )
