"""What it costs to begin an episode, and to make a world that nobody has seen."""

from __future__ import annotations

import time

import numpy as np
import pytest

from gen3d_bench.envs import PickPlaceEnv
from gen3d_bench.envs.world import SceneAssets, World, cpu_scene
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.store import AssetStore
from tests.benchmarks.figures import Target, interleave, milliseconds

SCENES = ["gen3d-001", "gen3d-010", "gen3d-042", "gen3d-073"]
UNSEEN = [f"gen3d-{number:03d}" for number in range(90, 100)]
"""Worlds that no other benchmark of this process builds."""
GENERATED = ["gen3d-003", "gen3d-029", "gen3d-055", "gen3d-081"]
ROUNDS = 40


def assets_of(env: PickPlaceEnv, scene: str) -> SceneAssets:
    described = env.scenes[scene]
    objects = tuple((thing.name, thing.role, env.store.get(thing.asset)) for thing in described.objects)
    return SceneAssets(env.store.get(described.background), env.store.get(described.table), objects)


def build(env: PickPlaceEnv, assets: SceneAssets) -> None:
    """The world alone: neither layout nor settling, but a picture, as the first observation has one."""
    physics = env.config.physics
    world = World(cpu_scene(physics, render=True), assets, physics, render=True)
    world.add_camera(env.config.camera, 224, 224, np.zeros(3), env.config.camera.shader)
    world.picture(224, 224, env.config.camera.shader)


def test_reset_of_the_same_scene(benchmark, take):
    """Rebuild the world, draw a layout, let it settle, look."""
    env = PickPlaceEnv(SCENES)
    assets = [assets_of(env, scene) for scene in SCENES]
    turn = iter(range(10**6))

    def before():
        """Every fourth round goes to the next scene; being there already is what is measured."""
        nonlocal k, seed
        seed = next(turn)
        k = seed // 4 % len(SCENES)
        if seed % 4 == 0:
            env.reset(seed=seed, options={"scene": SCENES[k]})

    k = seed = 0
    seconds, others = interleave(
        benchmark,
        lambda: env.reset(seed=seed, options={"scene": SCENES[k]}),
        {"bare": lambda: build(env, assets[k])},
        rounds=ROUNDS,
        before=before,
    )
    note = f"{milliseconds(others['bare'])} to build and draw the world alone"
    take("reset, same scene", 1e3 * np.median(seconds), " ms", Target("<=", 80), note)
    take("reset, same scene / building and drawing it", np.median(seconds / others["bare"]), "x")


def test_switch_to_a_scene_that_this_process_has_not_seen(benchmark, take):
    """Assets are on disk; they are verified, read and cooked."""
    AssetStore().prepare(resolve_scenes(UNSEEN))
    env = PickPlaceEnv([SCENES[0], *UNSEEN])
    env.reset(seed=0, options={"scene": SCENES[0]})
    scenes = iter(UNSEEN)
    known = {"known": lambda: env.reset(seed=0, options={"scene": SCENES[0]})}
    seconds, others = interleave(
        benchmark,
        lambda: env.reset(seed=0, options={"scene": next(scenes)}),
        known,
        rounds=len(UNSEEN),
        warmup=0,
    )
    note = f"slowest {1e3 * seconds.max():.3g} ms; back to one seen before: {milliseconds(others['known'])}"
    take("switch to an unseen scene, warm cache", 1e3 * np.median(seconds), " ms", Target("<=", 400), note)


def test_generate_a_scene(benchmark, take, tmp_path):
    """All assets of one scene, from nothing, in one process.  Processor time, for others may be using the core."""
    spent: list[float] = []
    scenes = iter(GENERATED)

    def generate():
        (scene,) = resolve_scenes(next(scenes))
        start = time.process_time()
        AssetStore(tmp_path).prepare([scene])
        spent.append(time.process_time() - start)

    benchmark.pedantic(generate, rounds=len(GENERATED))
    note = f"slowest {max(spent):.2g} s"
    take("generate one scene, processor time", np.median(spent), " s", Target("<=", 3), note)


@pytest.fixture(autouse=True)
def warm_cache():
    """What is generated here is not part of any figure."""
    AssetStore().prepare(resolve_scenes(SCENES))
