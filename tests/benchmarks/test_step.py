"""What the environment adds to the physics and the picture that it cannot do without."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d_bench.envs import ActionChunk, PickPlaceEnv
from tests.benchmarks.figures import Target, interleave, milliseconds
from tests.benchmarks.replay import CHUNK, Bare, Lockstep, Recording, record

SCENES = ["gen3d-001", "gen3d-010", "gen3d-042", "gen3d-073"]
ROUNDS = 60


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return record(SCENES, seeds=[0, 1])


def test_control_step(benchmark, take, recordings):
    """Control, physics, contacts, events and success of one control step, without a picture."""
    pair = Lockstep(PickPlaceEnv(SCENES, obs_mode="state"), Bare(SCENES, render=False), recordings)

    def ours():
        for action in pair.actions:
            pair.env.advance(action)

    bare = {"bare": lambda: pair.bare.advance(pair.targets)}
    seconds, others = interleave(benchmark, ours, bare, rounds=ROUNDS, before=pair.next)
    note = f"{milliseconds(seconds / CHUNK)}, bare {milliseconds(others['bare'] / CHUNK)}"
    ratio = np.median(seconds / others["bare"])
    take("control step without picture / bare SAPIEN", ratio, "x", Target("<=", 1.25), note)


def test_decision(benchmark, take, recordings):
    """Four control steps, one picture, proprioception and the success check."""
    pair = Lockstep(ActionChunk(PickPlaceEnv(SCENES), CHUNK), Bare(SCENES, render=True), recordings)

    def bare():
        pair.bare.advance(pair.targets)
        pair.bare.picture()

    seconds, others = interleave(
        benchmark, lambda: pair.env.step(pair.actions), {"bare": bare}, rounds=ROUNDS, before=pair.next
    )
    note = f"{milliseconds(seconds)}, bare {milliseconds(others['bare'])}"
    take("decision / bare SAPIEN", np.median(seconds / others["bare"]), "x", Target("<=", 1.2), note)
