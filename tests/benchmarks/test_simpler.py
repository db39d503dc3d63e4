"""SimplerEnv's scenes here against ManiSkill's own environments of them: same task, same actions, same picture size.

A step is one control step with a picture.  A decision is four control steps: we draw one picture for it, upstream four.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import gymnasium as gym
import numpy as np
import pytest
from numpy.typing import NDArray

from gen3d_bench.envs import ActionChunk, CameraConfig, EnvConfig, PhysicsConfig, PickPlaceEnv
from gen3d_bench.envs.matching.visual_matching_env import VisualMatchingEnv
from gen3d_bench.scenes.bridge import TASKS
from tests.benchmarks.figures import Array, Target, interleave, milliseconds
from tests.envs.matching.twin import reachable_wandering
from tests.shared import shared

CHUNK = 4
EPISODE = 24
"""Control steps until both sides begin anew."""
ROUNDS = 48


@pytest.fixture
def official(request, monkeypatch):
    """ManiSkill's environment of a task with pictures of a size (width, height), one torch thread.

    Upstream keeps its focal length whatever the size, so that small pictures show a small part.  Here they show what
    ours show.
    """
    monkeypatch.setenv("MS_ASSET_DIR", str(shared("assets/maniskill")))
    torch = pytest.importorskip("torch")
    pytest.importorskip("mani_skill.envs")
    torch.set_num_threads(1)
    scene_id, (width, height) = request.param
    env = gym.make(
        TASKS[scene_id].official_id,
        obs_mode="rgb+segmentation",
        num_envs=1,
        sim_backend="physx_cpu",
        render_backend="cpu",
        sensor_configs={"width": width, "height": height, "intrinsic": intrinsics(width, height)},
    )
    yield env
    env.close()


def intrinsics(width: int, height: int) -> Array:
    """[3, 3] of the camera's whole view in a picture of this size (px)."""
    camera = CameraConfig()
    x, y = width / camera.reference_size[0], height / camera.reference_size[1]
    return np.array([[camera.fx * x, 0, camera.cx * x], [0, camera.fy * y, camera.cy * y], [0, 0, 1]])


def moves() -> Iterator[NDArray[np.float32]]:
    """Actions [7] without end, the same for everybody."""
    for seed in itertools.count():
        for action in reachable_wandering(seed, EPISODE):
            yield action.astype(np.float32)


def theirs(action: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.append(action[:6], 2 * action[6] - 1)


def our_envs(scene_id: str) -> dict[str, PickPlaceEnv]:
    """With upstream's physics, so that only the work differs."""
    return {
        "original setting": VisualMatchingEnv(scene_id, convention="maniskill3"),
        "our setting": PickPlaceEnv(
            scene_id, randomization="none", stop_on_success=False, config=EnvConfig(PhysicsConfig.maniskill3())
        ),
    }


@pytest.mark.parametrize("official", [(scene_id, (224, 224)) for scene_id in TASKS], indirect=True, ids=TASKS)
def test_step(benchmark, take, request, official):
    """One control step and a picture of 224 x 224."""
    scene_id, _ = request.node.callspec.params["official"]
    envs = our_envs(scene_id)
    actions, count = moves(), itertools.count()
    current: list[NDArray[np.float32]] = []

    def before() -> None:
        if next(count) % EPISODE == 0:
            official.reset(seed=0)
            for env in envs.values():
                env.reset(seed=0)
        current[:] = [next(actions)]

    others = {
        "official": lambda: official.step(theirs(current[0])),
        "our": lambda: envs["our setting"].step(current[0]),
    }
    seconds, others = interleave(
        benchmark, lambda: envs["original setting"].step(current[0]), others, rounds=ROUNDS, before=before
    )
    for what, ours in (("its setting", seconds), ("our setting", others["our"])):
        _compare(take, f"{scene_id}: 224x224, official / our step, {what}", others["official"], ours, Target(">=", 1.4))


@pytest.mark.parametrize("official", [(scene_id, (640, 480)) for scene_id in TASKS], indirect=True, ids=TASKS)
def test_decision(benchmark, take, request, official):
    """Four control steps for a policy that looks once, at 224 x 224, against upstream's four pictures of 640 x 480."""
    scene_id, _ = request.node.callspec.params["official"]
    envs = {name: ActionChunk(env, CHUNK) for name, env in our_envs(scene_id).items()}
    actions, count = moves(), itertools.count()
    current: list[NDArray[np.float32]] = []

    def before() -> None:
        if next(count) % (EPISODE // CHUNK) == 0:
            official.reset(seed=0)
            for env in envs.values():
                env.reset(seed=0)
        current[:] = itertools.islice(actions, CHUNK)

    def upstream() -> None:
        for action in current:
            official.step(theirs(action))

    others = {"official": upstream, "our": lambda: envs["our setting"].step(np.array(current))}
    seconds, others = interleave(
        benchmark, lambda: envs["original setting"].step(np.array(current)), others, rounds=ROUNDS, before=before
    )
    for what, ours in (("its setting", seconds), ("our setting", others["our"])):
        name = f"{scene_id}: official 640x480 / our decision, {what}"
        _compare(take, name, others["official"], ours, Target(">=", 5))


def _compare(take, name: str, official: Array, ours: Array, target: Target) -> None:
    note = f"ManiSkill {milliseconds(official)}, ours {milliseconds(ours)}"
    take(name, float(np.median(official / ours)), "x", target, note)
