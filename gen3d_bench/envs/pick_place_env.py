"""`Gen3D-PickPlace-v0`: put one object on or in another, among distractors, in generated worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gen3d_bench.envs.backend import Backend, Simulation
from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.controller import action_bounds
from gen3d_bench.envs.episodes import RENDER_SIZE, Episodes, ViewOptions, checked_actions
from gen3d_bench.envs.library import SceneLibrary
from gen3d_bench.envs.observation import ObsMode, observation_space
from gen3d_bench.envs.randomization import EpisodeSetup, RandomizationMode
from gen3d_bench.envs.rules import Rules, benchmark_rules
from gen3d_bench.envs.simulation import CpuSimulation
from gen3d_bench.envs.world import SceneAssets
from gen3d_bench.scenes.resolve import SceneSpec
from gen3d_bench.scenes.store import AssetStore


class PickPlaceEnv(gym.Env[dict[str, Any], NDArray[np.float32]]):
    """Put the source object on or in the target object.

    Observations (`obs_mode="rgb"`), a dict of

    | key | space | meaning |
    |---|---|---|
    | image | uint8 [H, W, 3] | third-person Bridge camera |
    | proprio | float32 [7] | end effector xyz (m), roll, pitch, yaw (rad, Bridge's), openness in [0, 1] |
    | instruction | text | "put the pen in the pen holder" |

    With `obs_mode="state"` there is no image but "state", a dict of privileged arrays in the scene frame: qpos [8]
    (rad, m), ee_pose [7] (xyz m, quaternion wxyz), target_pose [7] (what the controller aims at), objects [8, 7] (poses
    in scene order, zeros where there is none) and velocities [8, 6] (m/s, rad/s).  "rgb+state" has both.

    Actions, float32 [7], at 5 Hz: delta xyz (m, within +-0.05), delta rotation vector (rad, within +-0.25) about the
    end effector in base axes, gripper (1 open, 0 closed; threshold 0.5).  Values beyond the bounds are clipped and
    `info["clipped"]` says so; NaN is refused.  A pose out of reach is refused by the controller, which stays where it
    was, and `info["reachable"]` is False.

    Reward: 1 on success, else 0.  Success (paper, Eq. A.1), from contact forces: source touches target, and neither the
    table nor the robot.  Terminates on success (unless `stop_on_success=False`), truncates after 100 control steps (20
    s).

    `reset(seed=s)` decides everything: the same seed and actions give the same bits, whatever happened before.
    Options: {"scene": id}.  Without a seed, "train" draws a new one and "eval" takes the next number: 0, 1, 2 ...
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 5}  # noqa: RUF012 - as Gymnasium declares it
    reset_options: tuple[str, ...] = ("scene",)
    """Names that `reset` takes in its `options`."""

    def __init__(
        self,
        scenes: SceneSpec = "gen3d-100",
        *,
        obs_mode: ObsMode = "rgb",
        image_size: int | tuple[int, int] = 224,
        randomization: RandomizationMode = "train",
        stop_on_success: bool = True,
        render_mode: str | None = None,
        config: EnvConfig | None = None,
        store: AssetStore | None = None,
    ) -> None:
        """scenes: a split ("H0/ood"), a set, ids, one id, a scene file, a folder of them or a pack on the Hub
        ("hf://org/name").  image_size: (height, width) px; the view is squeezed to it, not cropped.

        Raises UnknownSceneError, ValueError for unknown modes, RenderingUnavailable where pictures are asked for and no
        Vulkan device can make them, PackError for a pack that cannot be had.
        """
        self.options = ViewOptions.checked(obs_mode, image_size, randomization, render_mode)
        self.obs_mode, self.image_size = self.options.obs_mode, self.options.image_size
        self.randomization, self.render_mode = self.options.randomization, render_mode
        self.stop_on_success = stop_on_success
        self.config = config or EnvConfig()
        self.store = store or AssetStore()
        library = SceneLibrary(scenes, self.store)
        self.scenes = library.scenes
        self._episodes = Episodes(library, self.config, self.options, self._backend(), self._rules())
        self._next_seed = 0
        self.action_space = spaces.Box(*action_bounds(self.config.physics), dtype=np.float32)
        sentences = [scene.instruction for scene in self.scenes.values()]
        self.observation_space = observation_space(sentences, obs_mode, self.image_size)

    def _backend(self) -> Backend:
        """What builds the worlds."""
        return partial(_one_world, self.config, self.options.rendered)

    def _rules(self) -> Rules:
        """What decides how episodes begin and when they are a success."""
        return benchmark_rules(self.config, self.randomization)

    # ---------------------------------------------------------------------------------------------------------- reset

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        options = dict(options or {})
        wanted = options.pop("scene", None)
        if options:
            raise ValueError(f"unknown reset options {sorted(options)}; known: {', '.join(self.reset_options)}")
        if seed is None:
            seed = int(self.np_random.integers(2**31)) if self.randomization == "train" else self._next_seed
        self._next_seed = seed + 1
        scene_id = self._episodes.library.choose(seed) if wanted is None else wanted
        self._episodes.begin([scene_id], [seed])
        return self.observe(), self._episodes.info(0)

    # ----------------------------------------------------------------------------------------------------------- step

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        reward, terminated, truncated, info = self.advance(action)
        return self.observe(), reward, terminated, truncated, info

    def advance(self, action: NDArray[np.float32]) -> tuple[float, bool, bool, dict[str, Any]]:
        """`step` without looking: one control step that renders nothing.  Returns reward, terminated, truncated,
        info."""
        episodes = self._episodes
        done = bool(episodes.advance(checked_actions(action, (7,))[None])[0])
        terminated = done and self.stop_on_success
        truncated = episodes.elapsed_steps >= self.config.max_steps and not terminated
        return float(done), terminated, truncated, episodes.info(0)

    # -------------------------------------------------------------------------------------------------------- looking

    def observe(self) -> dict[str, Any]:
        """The present observation."""
        return _first(self._episodes.observe())

    def render(self) -> NDArray[np.uint8] | None:
        """uint8 [480, 640, 3] from the same camera; None without a renderer."""
        if not self.options.rendered:
            return None
        return self._episodes.pictures(RENDER_SIZE)[0]

    @property
    def simulation(self) -> Simulation:
        """The worlds of the present episode, a batch of one.  Raises ResetNeeded where there is none."""
        return self._episodes.simulation

    def close(self) -> None:
        self._episodes.end()


def _one_world(
    config: EnvConfig, render: bool, assets: Sequence[SceneAssets], setups: Sequence[EpisodeSetup]
) -> CpuSimulation:
    """A `backend.Backend` once the first two arguments are given."""
    return CpuSimulation(assets[0], config.physics, config.camera, setups[0], render=render)


def _first(batch: Mapping[str, Any]) -> dict[str, Any]:
    """Of a batched observation, the first one."""
    return {key: _first(values) if isinstance(values, dict) else values[0] for key, values in batch.items()}
