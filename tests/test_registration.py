"""The Gymnasium ids."""

from __future__ import annotations

import json
import pickle

import gymnasium
import pytest

from gen3d_bench.registration import env_ids, register_envs
from gen3d_bench.scenes.resolve import resolve_scenes


def test_all_ids_are_registered() -> None:
    ids = [env_id for env_id, _ in env_ids()]
    assert len(ids) == len(set(ids)) == 1 + 6 + 100 + 4
    assert set(ids) <= set(gymnasium.registry)


@pytest.mark.parametrize(
    ("env_id", "count", "first"),
    [
        ("Gen3D-PickPlace-v0", 100, "gen3d-000"),
        ("Gen3D-PickPlace-H0-ID-v0", 50, "gen3d-049"),
        ("Gen3D-PickPlace-H2-OOD-v0", 50, "gen3d-000"),
        ("Gen3D-PickPlace-Scene042-v0", 1, "gen3d-042"),
        ("Gen3D-Simpler-v0", 3, "simpler-carrot-on-plate"),
        ("Gen3D-Simpler-CarrotOnPlate-v0", 1, "simpler-carrot-on-plate"),
        ("Gen3D-Simpler-SpoonOnTowel-v0", 1, "simpler-spoon-on-towel"),
        ("Gen3D-Simpler-StackCube-v0", 1, "simpler-stack-cube"),
    ],
)
def test_ids_run_the_scenes_that_they_name(env_id: str, count: int, first: str) -> None:
    scenes = resolve_scenes(gymnasium.spec(env_id).kwargs["scenes"])
    assert (len(scenes), scenes[0].id) == (count, first)


def test_every_id_names_scenes_that_exist() -> None:
    for _, scenes in env_ids():
        assert resolve_scenes(scenes)


def test_registering_again_changes_nothing() -> None:
    spec = gymnasium.spec("Gen3D-PickPlace-v0")
    register_envs()
    assert gymnasium.spec("Gen3D-PickPlace-v0") is spec


def test_specs_survive_json_and_pickle() -> None:
    spec = gymnasium.spec("Gen3D-PickPlace-H1-OOD-v0")
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert json.loads(spec.to_json())["kwargs"] == {"scenes": "H1/ood"}
    assert gymnasium.envs.registration.EnvSpec.from_json(spec.to_json()) == spec


def test_the_environment_truncates_itself() -> None:
    assert gymnasium.spec("Gen3D-PickPlace-v0").max_episode_steps is None
