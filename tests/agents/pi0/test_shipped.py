"""The agent that comes with the package: offline, small, and it acts by what it sees."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from gen3d_bench.agents.pi0.checkpoints.own import load_model
from gen3d_bench.agents.pi0.shipped import SHIPPED
from gen3d_bench.agents.policy import EpisodeStart
from gen3d_bench.agents.registry import make_policy
from gen3d_bench.envs import ActionChunk, PickPlaceEnv
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import Role

NAME = "gen3d-pi0-small"
SCENES = ("gen3d-001", "gen3d-042")


def test_it_is_small_and_whole() -> None:
    folder = SHIPPED[NAME]
    assert sum(file.stat().st_size for file in folder.iterdir()) < 40e6
    loaded = load_model(folder)
    assert all(parameter.isfinite().all() for parameter in loaded.model.parameters())
    card = (folder / "README.md").read_text()
    assert all(word in card for word in ("H0/id", "H0/ood", "simpler", "95 %"))


def test_it_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    policy = make_policy(NAME, seed=3)
    assert (policy.name, policy.obs_mode, policy.chunk) == (NAME, "rgb", 4)


@pytest.mark.render
def test_it_goes_where_the_picture_says() -> None:
    """Its hand comes nearer to the source when it sees where that is than when it is shown another episode."""
    policy = make_policy(NAME)
    env = ActionChunk(PickPlaceEnv(SCENES, obs_mode="rgb+state"), policy.chunk)
    nearest: dict[bool, list[float]] = {True: [], False: []}
    for scene in resolve_scenes(SCENES):
        source = [thing.role for thing in scene.objects].index(Role.source)
        for seed in range(3):
            other, _ = env.reset(seed=100 + seed, options={"scene": scene.id})
            for seeing in (True, False):
                observation, info = env.reset(seed=seed, options={"scene": scene.id})
                policy.reset({0: EpisodeStart(scene, seed, info["instruction"])})
                distances = []
                for _ in range(6):
                    picture = observation["image"] if seeing else other["image"]
                    chunks = policy.infer({"image": picture[None], "proprio": observation["proprio"][None],
                                           "instruction": [info["instruction"]]})
                    observation, *_ = env.step(chunks[0])
                    state = observation["state"]
                    distances.append(np.linalg.norm(state["ee_pose"][:2] - state["objects"][source][:2]))
                nearest[seeing].append(min(distances))
    env.close()
    assert np.mean(nearest[True]) < 0.7 * np.mean(nearest[False]), nearest
