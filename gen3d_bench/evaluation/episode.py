"""Runs one episode and writes down what happened; replays one from its record."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.policy import EpisodeStart, Policy, PolicyUnavailable
from gen3d_bench.evaluation.config import EnvSettings, Job
from gen3d_bench.evaluation.labels import Evidence, failure_codes, labels_of
from gen3d_bench.evaluation.records import ACTION_DIM, ActionLog, EpisodeRecord, EpisodeSettings
from gen3d_bench.evaluation.versions import current_versions

LOG = logging.getLogger(__name__)
Actions = NDArray[np.float32]
Frame = NDArray[np.uint8]
Env = gym.Env[Any, Any]
EnvFactory = Callable[[EnvSettings], Env]
"""Makes an environment whose `step` takes a chunk float32 [C, 7]; must be picklable (a module-level function)."""


def make_env(settings: EnvSettings) -> Env:
    """The benchmark's environment, stepped by chunks."""
    from gen3d_bench.envs import ActionChunk, EnvConfig, PhysicsConfig

    config = EnvConfig(physics=PhysicsConfig.of(settings.physics))
    own: dict[str, Any] = {"randomization": settings.randomization, "config": config}
    env = gym.make(
        settings.env_id,
        scenes=list(settings.scenes),
        obs_mode=settings.obs_mode,
        image_size=settings.image_size,
        stop_on_success=settings.stop_on_success,
        render_mode="rgb_array" if settings.render else None,
        **(own if settings.setting == "benchmark" else {"convention": settings.physics}),
    )
    return cast(Env, ActionChunk(env, horizon=settings.chunk))


FRAME_STEPS = 4
"""Control steps between two frames of a replay."""


class PolicyError(Exception):
    """The policy raised, or returned something that is not an action chunk."""


@dataclass
class _Trace:
    """What accumulates over an episode."""

    actions: list[Actions]
    info: Mapping[str, Any]
    success_time_s: float | None = None
    infer_s: float = 0.0
    error: PolicyError | None = None

    def take(self, info: Mapping[str, Any], reward: float) -> None:
        """Take in one decision.  Its reward is positive if any of its control steps was a success.  Where episodes do
        not stop at success it may have passed by the end of the decision; the time is then that of this end."""
        self.info = info
        self.actions.append(np.asarray(info["actions"], dtype=np.float32))
        if self.success_time_s is None and (info["success"] or reward > 0):
            self.success_time_s = float(info["time_s"])


class ReplayError(Exception):
    """Recorded actions did not do again what is recorded."""


def run_episode(env: Env, policy: Policy, job: Job, settings: EnvSettings) -> EpisodeRecord:
    """Run one episode to its end.  A fault of the policy ends it as a failure; one of the environment is raised."""
    began = time.perf_counter()
    obs, info = env.reset(seed=job.seed, options={"scene": job.scene.id})
    trace = _Trace(actions=[], info=info)
    first = info
    try:
        start = EpisodeStart(job.scene, job.seed, str(info["instruction"]))
        _timed(trace, lambda: policy.reset({0: start}))
        ended = False
        while not ended:
            seen = as_batch(obs)
            chunk = _timed(trace, lambda: policy.infer(seen))  # noqa: B023 (called at once)
            obs, reward, terminated, truncated, info = env.step(checked_chunk(chunk, settings.chunk))
            trace.take(info, float(reward))
            ended = bool(terminated or truncated)
    except PolicyError as fault:
        trace.error = fault
        LOG.debug("scene %s, episode %d: the policy failed", *job.key, exc_info=fault)
    return _record(policy, job, settings, first, trace, time.perf_counter() - began)


def replay(env: Env, record: EpisodeRecord) -> Iterator[Frame]:
    """Step a recorded episode's actions again; yields `env.render()` after the reset, about every FRAME_STEPS control
    steps and at the end.

    Raises ReplayError at the end when what happened is not what is recorded.
    """
    _, info = env.reset(seed=record.seed, options={"scene": record.scene_id})
    yield render(env)
    actions, size = record.actions.array(), record.settings.chunk
    succeeded, steps, shown = False, 0, 0
    for first in range(0, len(actions), size):
        chunk = actions[first : first + size]
        # An episode that ended inside its last chunk ends at the same step again, so the padding is never executed.
        padding = np.repeat(chunk[-1:], size - len(chunk), axis=0)
        _, reward, _, _, info = env.step(np.concatenate([chunk, padding]))
        succeeded, steps = succeeded or float(reward) > 0, int(info["elapsed_steps"])
        if steps - shown >= FRAME_STEPS or first + size >= len(actions):
            shown = steps
            yield render(env)
    happened = {"scene": str(info["scene_sha256"])[:12], "success": succeeded, "steps": steps, **_events(info)}
    recorded = {"scene": record.scene_sha256[:12], "success": record.success_once, "steps": record.n_steps,
                **record.events}
    wrong = [f"{name} {happened[name]} instead of {value}" for name, value in recorded.items()
             if happened[name] != value]
    if wrong:
        raise ReplayError(f"the recorded actions gave {', '.join(wrong)}")


def render(env: Env) -> Frame:
    """`env.render()` as uint8 [H, W, 3]."""
    return np.asarray(env.render(), dtype=np.uint8)


def as_batch(obs: Mapping[str, Any]) -> dict[str, Any]:
    """One environment's observation as a batch of one."""
    batch: dict[str, Any] = {"instruction": [str(obs["instruction"])], "proprio": np.asarray(obs["proprio"])[None]}
    if "image" in obs:
        batch["image"] = np.asarray(obs["image"])[None]
    if "state" in obs:
        batch["state"] = {name: np.asarray(value)[None] for name, value in obs["state"].items()}
    return batch


def checked_chunk(actions: object, steps: int) -> Actions:
    """The first `steps` actions float32 [steps, 7] of a policy's answer [1, C, 7], or PolicyError."""
    try:
        array = np.asarray(actions, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise PolicyError(f"actions are not numbers: {error}") from error
    if array.ndim != 3 or array.shape[0] != 1 or array.shape[1] < steps or array.shape[2] != ACTION_DIM:
        raise PolicyError(f"actions have shape {list(array.shape)}, expected [1, {steps} or more, {ACTION_DIM}]")
    if not np.isfinite(array).all():
        raise PolicyError("actions hold a NaN or an infinity")
    return array[0, :steps]


def _timed(trace: _Trace, call: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    try:
        return call()
    except PolicyUnavailable:
        raise  # the episode is tried again
    except Exception as error:  # a policy is anybody's code: whatever it raises is a failed episode
        raise PolicyError(f"{type(error).__name__}: {error}") from error
    finally:
        trace.infer_s += time.perf_counter() - began


def _where(error: PolicyError) -> str | None:
    """Traceback of what the policy raised; None where it raised nothing but answered something wrong."""
    cause = error.__cause__
    return None if cause is None else "".join(traceback.format_exception(cause))


def _events(info: Mapping[str, Any]) -> dict[str, bool]:
    return {str(name): bool(value) for name, value in info["events"].items()}


def _record(
    policy: Policy, job: Job, settings: EnvSettings, first: Mapping[str, Any], trace: _Trace, wall_s: float
) -> EpisodeRecord:
    actions = np.concatenate(trace.actions) if trace.actions else np.zeros((0, ACTION_DIM), np.float32)
    events = _events(trace.info)
    success = trace.success_time_s is not None
    closed = bool((actions[:, 6] < 0.5).any())
    evidence = Evidence.from_events(events, closed_gripper=closed, policy_error=trace.error is not None)
    codes = () if success else failure_codes(evidence)
    return EpisodeRecord(
        policy=policy.name,
        scene_id=job.scene.id,
        scene_sha256=str(first["scene_sha256"]),
        episode=job.episode,
        seed=job.seed,
        instruction=str(first["instruction"]),
        stand_in=str(first.get("stand_in", "")),
        status="ok" if trace.error is None else "policy_error",
        error=None if trace.error is None else str(trace.error),
        traceback=None if trace.error is None else _where(trace.error),
        actions=ActionLog.from_array(actions),
        n_steps=len(actions),
        success_once=success,
        success_at_end=None if settings.stop_on_success else bool(trace.info["success"]),
        lifted=evidence.lifted or success,
        dropped=evidence.dropped,
        touched_wrong=evidence.touched_wrong,
        failures=labels_of(codes),
        failure_codes=codes,
        time_to_finish_s=trace.success_time_s,
        events=events,
        settings=EpisodeSettings(
            env=settings.env_id,
            obs_mode=settings.obs_mode,
            image_size=settings.image_size,
            randomization=settings.randomization,
            physics=settings.physics,
            chunk=settings.chunk,
            stop_on_success=settings.stop_on_success,
            time_limit_s=settings.time_limit_s,
        ),
        versions=current_versions(),
        wall_s=wall_s,
        infer_s=trace.infer_s,
    )
