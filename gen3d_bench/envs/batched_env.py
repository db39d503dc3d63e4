"""Many environments in one process, stepped together by ManiSkill's GPU backend."""

from __future__ import annotations

import copy
import importlib.util
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from gen3d_bench.envs.backend import Backend, BackendUnavailableError, Simulation
from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.controller import action_bounds
from gen3d_bench.envs.episodes import RENDER_SIZE, Episodes, ViewOptions, checked_actions
from gen3d_bench.envs.library import SceneLibrary
from gen3d_bench.envs.observation import ObsMode, observation_space
from gen3d_bench.envs.randomization import EpisodeSetup, RandomizationMode
from gen3d_bench.envs.rules import benchmark_rules
from gen3d_bench.envs.world import SceneAssets
from gen3d_bench.extras import remedy
from gen3d_bench.scenes.resolve import SceneSpec
from gen3d_bench.scenes.store import AssetStore

Device = Literal["cuda", "cpu"]
Flags = NDArray[np.bool_]
Step = tuple[dict[str, Any], NDArray[np.float64], Flags, Flags, dict[str, Any]]


class BatchedPickPlaceEnv(gym.vector.VectorEnv[dict[str, Any], NDArray[np.float32], NDArray[Any]]):
    """`num_envs` episodes of `PickPlaceEnv` that begin together and run for the same horizon, each with its own scene.

    Observations, actions, rewards and infos are `PickPlaceEnv`'s, batched as Gymnasium's own vectors batch them: arrays
    [N, ...], instructions a tuple of N sentences, infos a dict of arrays with a mask `_key` for each key.

    There is no automatic reset (`AutoresetMode.DISABLED`): PhysX's GPU engine takes no new bodies while it runs, so
    `reset` begins all episodes anew.  A sub-environment that has ended is held until then: it ignores its actions, is
    rewarded with 0, and keeps its last observation, info and flags.

    `reset(seed=s)` gives sub-environment i seed s + i; a list gives each its own.  Options: {"scene": an id, or one for
    each}.  Without a seed, "train" draws new ones and "eval" counts on.
    """

    metadata = {  # noqa: RUF012 - as Gymnasium declares it
        "render_modes": ["rgb_array"],
        "render_fps": 5,
        "autoreset_mode": AutoresetMode.DISABLED,
    }

    def __init__(
        self,
        scenes: SceneSpec = "gen3d-100",
        *,
        num_envs: int,
        obs_mode: ObsMode = "rgb",
        image_size: int | tuple[int, int] = 224,
        randomization: RandomizationMode = "train",
        stop_on_success: bool = True,
        render_mode: str | None = None,
        config: EnvConfig | None = None,
        store: AssetStore | None = None,
        device: Device = "cuda",
        backend: Backend | None = None,
    ) -> None:
        """device: "cpu" takes the same way through ManiSkill with one environment.  backend: what builds the worlds,
        where it is not ManiSkill.  Other arguments are `PickPlaceEnv`'s, and so are the errors.

        Raises BackendUnavailableError without ManiSkill or without a GPU.
        """
        if num_envs < 1:
            raise ValueError(f"num_envs is at least 1, not {num_envs}")
        if backend is None:
            require_backend(device)
        self.options = ViewOptions.checked(obs_mode, image_size, randomization, render_mode)
        self.render_mode, self.stop_on_success = render_mode, stop_on_success
        self.config = config or EnvConfig()
        self.store = store or AssetStore()
        library = SceneLibrary(scenes, self.store)
        self.scenes = library.scenes
        backend = backend or partial(_maniskill_worlds, self.config, self.options.rendered, device)
        rules = benchmark_rules(self.config, randomization)
        self._episodes = Episodes(library, self.config, self.options, backend, rules)
        self._eval_seed = 0
        self.num_envs = num_envs
        self._clear()
        sentences = [scene.instruction for scene in self.scenes.values()]
        self.single_observation_space = observation_space(sentences, obs_mode, self.options.image_size)
        self.single_action_space = spaces.Box(*action_bounds(self.config.physics), dtype=np.float32)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def _clear(self) -> None:
        """Nothing has ended, and nothing has been seen."""
        self._grippers = np.ones(self.num_envs)
        self._terminated, self._truncated = np.zeros((2, self.num_envs), bool)
        self._observation: dict[str, Any] = {}
        self._observed_at = -1
        self._infos: list[dict[str, Any]] = []

    # ---------------------------------------------------------------------------------------------------------- reset

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        options = dict(options or {})
        wanted = options.pop("scene", None)
        if options:
            raise ValueError(
                f'unknown reset options {sorted(options)}; known: "scene".  All sub-environments are reset together'
            )
        seeds = self._seeds(seed)
        if wanted is None:
            scene_ids = [self._episodes.library.choose(s) for s in seeds]
        else:
            scene_ids = [wanted] * self.num_envs if isinstance(wanted, str) else list(wanted)
            if len(scene_ids) != self.num_envs:
                raise ValueError(f"{len(scene_ids)} scenes for {self.num_envs} environments: give one, or one for each")
        self._episodes.begin(scene_ids, seeds)
        self._clear()
        self._infos = [self._episodes.info(i) for i in range(self.num_envs)]
        return self.observe(), self._stacked_infos()

    def _seeds(self, seed: int | Sequence[int | None] | None) -> list[int]:
        count = self.num_envs
        if isinstance(seed, int | np.integer):
            super().reset(seed=int(seed))
            return [int(seed) + i for i in range(count)]
        given = [None] * count if seed is None else list(seed)
        if len(given) != count:
            raise ValueError(f"{len(given)} seeds for {count} environments: give one, or one for each")
        return [self._next_seed() if s is None else int(s) for s in given]

    def _next_seed(self) -> int:
        if self.options.randomization == "train":
            return int(self.np_random.integers(2**31))
        self._eval_seed += 1
        return self._eval_seed - 1

    # ----------------------------------------------------------------------------------------------------------- step

    def step(self, actions: NDArray[np.float32]) -> Step:
        rewards, terminated, truncated, infos = self.advance(actions)
        return self.observe(), rewards, terminated, truncated, infos

    def advance(self, actions: NDArray[np.float32]) -> tuple[NDArray[np.float64], Flags, Flags, dict[str, Any]]:
        """`step` without looking: one control step that renders nothing unless an episode ends with it, whose last
        observation is then taken.  Returns rewards, terminations, truncations, infos."""
        episodes, before = self._episodes, self.ended
        values = checked_actions(actions, (self.num_envs, 7))
        done = np.zeros(self.num_envs, bool)
        if not before.all():
            # Held arms are told to stay where they aim, with the gripper as it was.
            self._grippers = np.where(before, self._grippers, values[:, 6])
            still = np.column_stack([np.zeros((self.num_envs, 6)), self._grippers])
            done = episodes.advance(np.where(before[:, None], still, values)) & ~before
            self._terminated = self._terminated | (done & self.stop_on_success)
            if episodes.elapsed_steps >= self.config.max_steps:
                self._truncated = ~self._terminated
            for i in np.flatnonzero(~before):
                self._infos[i] = episodes.info(int(i))
            if (self.ended & ~before).any():
                self._look(before)
        return done.astype(float), self._terminated.copy(), self._truncated.copy(), self._stacked_infos()

    @property
    def ended(self) -> Flags:
        """[N] whether each sub-environment is held."""
        return self._terminated | self._truncated

    # -------------------------------------------------------------------------------------------------------- looking

    def observe(self) -> dict[str, Any]:
        """The present observation; of sub-environments that have ended, their last."""
        if self._observed_at != self._episodes.elapsed_steps:
            self._look(self.ended)
        return copy.deepcopy(self._observation)

    def _look(self, held: Flags) -> None:
        seen = self._episodes.observe()
        self._observation = _keep(held, self._observation, seen) if held.any() else seen
        self._observed_at = self._episodes.elapsed_steps

    def _stacked_infos(self) -> dict[str, Any]:
        infos: dict[str, Any] = {}
        for i, info in enumerate(self._infos):
            infos = self._add_info(infos, info, i)
        return infos

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """One picture uint8 [480, 640, 3] per sub-environment from its camera; None without a renderer."""
        return tuple(self._episodes.pictures(RENDER_SIZE)) if self.options.rendered else None

    def close_extras(self, **kwargs: Any) -> None:
        self._episodes.end()


class BatchedActionChunk(gym.vector.VectorWrapper):
    """`ActionChunk` for a `BatchedPickPlaceEnv`: actions float32 [N, C, 7], one look after each.

    A sub-environment that ends within its chunk is held from there.  Rewards are sums over the chunk, and
    `info["executed"]` [N] counts the actions carried out.
    """

    def __init__(self, env: BatchedPickPlaceEnv, horizon: int = 4) -> None:
        if horizon < 1:
            raise ValueError(f"horizon is the number of control steps per decision, at least 1; got {horizon}")
        super().__init__(env)
        self._batch, self.horizon = env, horizon
        low, high = (np.tile(bound, (horizon, 1)) for bound in action_bounds(env.config.physics))
        self.single_action_space = spaces.Box(low, high, dtype=np.float32)
        self.action_space = batch_space(self.single_action_space, env.num_envs)

    def step(self, actions: NDArray[np.float32]) -> Step:
        batch = self._batch
        chunks = checked_actions(actions, (batch.num_envs, self.horizon, 7))
        total, executed = np.zeros(batch.num_envs), np.zeros(batch.num_envs, int)
        for action in np.moveaxis(chunks, 1, 0):
            executed += ~batch.ended
            rewards, terminated, truncated, infos = batch.advance(action)
            total += rewards
            if batch.ended.all():
                break
        present = np.ones(batch.num_envs, bool)
        return batch.observe(), total, terminated, truncated, infos | {"executed": executed, "_executed": present}


def _maniskill_worlds(
    config: EnvConfig, render: bool, device: Device, assets: Sequence[SceneAssets], setups: Sequence[EpisodeSetup]
) -> Simulation:
    """A `Backend` once the first three arguments are given; imports ManiSkill, and PyTorch with it, at first use."""
    from gen3d_bench.envs.batched import BatchedSimulation

    return BatchedSimulation(assets, config.physics, config.camera, setups, render=render, device=device)


def require_backend(device: Device) -> None:
    """Raises BackendUnavailableError, which names the way out, where ManiSkill or a GPU is missing."""
    missing = [name for name in ("mani_skill", "torch") if importlib.util.find_spec(name) is None]
    if missing:
        raise BackendUnavailableError(
            f"the batched backend needs {' and '.join(missing)} ({remedy('maniskill')}), or use "
            'backend="processes" instead (one process per environment)'
        )
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise BackendUnavailableError(
            "the batched backend needs an NVIDIA GPU with CUDA, and PyTorch finds none here: use "
            'backend="processes" instead (one process per environment, physics on the CPU)'
        )


def _keep(held: Flags, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """A batched observation whose held rows are the old ones."""
    kept: dict[str, Any] = {}
    for key, values in new.items():
        if isinstance(values, dict):
            kept[key] = _keep(held, old[key], values)
        elif isinstance(values, np.ndarray):
            kept[key] = np.where(held.reshape(-1, *[1] * (values.ndim - 1)), old[key], values)
        else:
            kept[key] = values  # sentences, which stay the same
    return kept
