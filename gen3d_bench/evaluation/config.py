"""What to evaluate: the typed settings of a run, the episodes they stand for and their seeds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gen3d_bench.envs.config import Convention
from gen3d_bench.machine import default_workers
from gen3d_bench.scenes.bridge import TASKS

if TYPE_CHECKING:  # the command line reads EvalConfig and should start fast
    from gen3d_bench.scenes.schema import Scene

ENV_ID = "Gen3D-PickPlace-v0"
BEGINNINGS = 24
"""Of each of SimplerEnv's tasks, in its own setting."""
RandomizationName = Literal["train", "eval", "none"]
PhysicsName = Convention
MATCHING_ENV_IDS: Mapping[PhysicsName, str] = {
    "simplerenv": "Gen3D-Simpler-VisualMatching-v0",
    "maniskill3": "Gen3D-Simpler-VisualMatching-MS3-v0",
}
SettingName = Literal["benchmark", "visual_matching"]
"""How episodes begin and when they are a success: as the benchmark says, or as SimplerEnv does for its own scenes."""
WORKER_BYTES = 1.2e9
"""Memory of a worker with a world, the renderer and a scripted policy."""
TIME_LIMIT_S = 20.0
"""When an episode of the benchmark is truncated: 100 control steps at 5 Hz."""
MATCHING_TIME_LIMIT_S = 12.0
"""The same in SimplerEnv's setting: 60 control steps."""


class SettingError(Exception):
    """A setting has a value that it cannot have; the message names both.

    No ValueError: the command line's parser would wrap that in words of its own.
    """


def require_at_least(least: int, **settings: int) -> None:
    """Raises SettingError for a setting below `least`."""
    for name, value in settings.items():
        if value < least:
            raise SettingError(f"{name}: {value} is too small, the least is {least}")


@dataclass(frozen=True)
class EvalConfig:
    """Which policy, on which scenes, how often, and where the results go."""

    policy: str = "oracle"
    """A registered name ("oracle", "random", "gen3d-pi0-small"), "pi0:" with a model folder or a repository on the
    Hub, a policy server ("ws://host:port"), or "package.module:factory", called with the seed; `gen3d eval` also looks
    for it in the current folder."""
    scenes: tuple[str, ...] = ("gen3d-100",)
    """Scene ids, scene sets, splits such as "H0/ood", scene folders, or packs on the Hub ("hf://org/name@v1")."""
    episodes: int = 10
    """Episodes per scene.  A finished run can be continued with a larger number."""
    seed: int = 0
    """All seeds follow from this one; the same seed gives every policy the same episodes."""
    workers: int = 0
    """Processes, each with one environment; 0 takes one per CPU core, fewer where memory is short."""
    image_size: tuple[int, int] = (224, 224)
    """Height and width of the policy's picture (pixels)."""
    randomization: RandomizationName = "eval"
    """Domain randomization mode of the environment; SimplerEnv's own setting has none, whatever this says."""
    physics: PhysicsName = "simplerenv"
    """Physics and control convention: SimplerEnv's Bridge set-up or ManiSkill 3's port of it."""
    setting: SettingName = "benchmark"
    """The benchmark's own, or SimplerEnv's original one for the scenes "simpler": fixed camera, a photograph behind,
    24 beginnings (episode k plays number seed + k, modulo 24, so 24 episodes play all), 12 seconds, and its rule of
    success."""
    chunk: int | None = None
    """Control steps executed per decision; by default as many as the policy decides at a time."""
    stop_on_success: bool | None = None
    """End an episode at its first success; off, it runs to the time limit and success at the end is recorded too.
    By default on, and off in SimplerEnv's setting, which counts success at the end."""
    videos: int = 12
    """Episodes shown moving in the report, failures first."""
    output: Path | None = None
    """Folder for records and report; by default outputs/<policy>-<scenes>-seed<seed>, with setting and physics before
    the seed where they are not the usual ones."""
    stall_s: float = 900.0
    """A worker silent for this long is replaced and its episode tried again."""

    def __post_init__(self) -> None:
        if not self.scenes:
            raise SettingError("scenes: name at least one scene or split")
        require_at_least(1, episodes=self.episodes, chunk=1 if self.chunk is None else self.chunk)
        require_at_least(0, seed=self.seed, workers=self.workers, videos=self.videos)
        if min(self.image_size) < 16:
            raise SettingError(f"image_size: {self.image_size} is too small, the least is 16 x 16 pixels")
        if not self.stall_s > 0:
            raise SettingError(f"stall_s: {self.stall_s} must be positive")

    @property
    def folder(self) -> Path:
        if self.output is not None:
            return self.output
        unusual = [value for name, value in (("setting", self.setting), ("physics", self.physics))
                   if value != getattr(EvalConfig, name)]
        name = "-".join([self.policy, "+".join(self.scenes), *unusual, f"seed{self.seed}"])
        return Path("outputs") / "".join(c if c.isalnum() or c in "+-._" else "_" for c in name)[:120]

    @property
    def stops(self) -> bool:
        """Whether episodes end at their first success."""
        return self.setting == "benchmark" if self.stop_on_success is None else self.stop_on_success

    @property
    def mode(self) -> RandomizationName:
        """Domain randomization that episodes have: none in SimplerEnv's setting."""
        return self.randomization if self.setting == "benchmark" else "none"

    @property
    def worker_count(self) -> int:
        return self.workers or default_workers(WORKER_BYTES)

    def identity(self, scene_ids: Sequence[str]) -> dict[str, Any]:
        """The fields that a run cannot change when it is continued, in JSON types."""
        return {
            "policy": self.policy,
            "scenes": sorted(scene_ids),
            "seed": self.seed,
            "image_size": list(self.image_size),
            "randomization": self.mode,
            "physics": self.physics,
            "setting": self.setting,
            "chunk": self.chunk,
            "stop_on_success": self.stops,
        }


@dataclass(frozen=True)
class EnvSettings:
    """What an environment factory needs to know."""

    scenes: tuple[str, ...]
    """As in EvalConfig."""
    obs_mode: Literal["rgb", "state"]
    image_size: tuple[int, int]
    randomization: RandomizationName
    physics: PhysicsName
    chunk: int
    stop_on_success: bool
    render: bool
    """Whether `env.render()` will be called."""
    setting: SettingName = "benchmark"

    @property
    def env_id(self) -> str:
        return ENV_ID if self.setting == "benchmark" else MATCHING_ENV_IDS[self.physics]

    @property
    def time_limit_s(self) -> float:
        return TIME_LIMIT_S if self.setting == "benchmark" else MATCHING_TIME_LIMIT_S


@dataclass(frozen=True)
class Job:
    """One episode to run: `key` says which, `seed` goes to `env.reset`."""

    scene: Scene
    episode: int
    seed: int

    @property
    def key(self) -> tuple[str, int]:
        return self.scene.id, self.episode


def episode_seed(base: int, scene_id: str, episode: int, stream: tuple[int, ...] = ()) -> int:
    """Seed in [0, 2**31) of one episode.  It depends on nothing but its arguments: not on the policy, the order, the
    number of episodes or the other scenes, so two policies meet the same episodes.

    stream: set by those who need episodes that are none of an evaluation's.
    """
    scene = int.from_bytes(hashlib.sha256(scene_id.encode()).digest()[:8], "little")
    return int(np.random.SeedSequence([base, scene, episode], spawn_key=stream).generate_state(1)[0] >> 1)


def seed_of(config: EvalConfig, scene_id: str, episode: int) -> int:
    """Passed to `env.reset`.  SimplerEnv's beginnings are numbered, and its episodes take them in turn."""
    if config.setting == "visual_matching":
        return config.seed + episode
    return episode_seed(config.seed, scene_id, episode)


def plan(config: EvalConfig, scenes: Sequence[Scene]) -> Mapping[tuple[str, int], Job]:
    """All episodes of a run by key, scene by scene.  Raises SettingError for a scene named twice."""
    ids = [scene.id for scene in scenes]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise SettingError(f"scenes: named twice: {', '.join(twice)}")
    if config.setting == "visual_matching":
        strangers = [scene_id for scene_id in ids if scene_id not in TASKS]
        if strangers:
            raise SettingError(f"setting: visual_matching is for the scenes {', '.join(TASKS)} (\"simpler\"), not for "
                               f"{strangers[0]}{' and others' if len(strangers) > 1 else ''}")
    jobs = (Job(scene, i, seed_of(config, scene.id, i)) for scene in scenes for i in range(config.episodes))
    return {job.key: job for job in jobs}
