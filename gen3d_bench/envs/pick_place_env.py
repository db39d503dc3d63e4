"""`Gen3D-PickPlace-v0`: put one object on or in another, among distractors, in generated worlds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gen3d_bench.doctor.rendering import require_rendering
from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.controller import ACTION_HIGH, ACTION_LOW, EndEffectorController
from gen3d_bench.envs.layout import Footprint
from gen3d_bench.envs.observation import ObsMode, observation_space, privileged_state, proprio
from gen3d_bench.envs.randomization import RandomizationMode, draw, generator
from gen3d_bench.envs.simulation import CpuSimulation, UnsettledError, collision_points
from gen3d_bench.envs.task import Contacts, Episode
from gen3d_bench.envs.world import SceneAssets
from gen3d_bench.scenes.resolve import SceneSpec, resolve_scenes
from gen3d_bench.scenes.schema import Role, Scene
from gen3d_bench.scenes.store import AssetStore, scene_sha256

RENDER_SIZE = (480, 640)
"""Height and width of `render()` (px)."""
LAYOUT_TRIES = 5
"""Layouts drawn until one comes to rest where it was put."""


@dataclass(frozen=True)
class _Prepared:
    """A scene with its assets on disk."""

    assets: SceneAssets
    footprints: tuple[Footprint, ...]
    sha256: str


class PickPlaceEnv(gym.Env[dict[str, Any], NDArray[np.float32]]):
    """Put the source object on or in the target object.

    Observations (`obs_mode="rgb"`), a dict of

    | key | space | meaning |
    |---|---|---|
    | image | uint8 [H, W, 3] | third-person Bridge camera |
    | proprio | float32 [7] | end effector xyz (m) and roll, pitch, yaw (rad) in the robot base frame, Bridge's convention; gripper openness in [0, 1] |
    | instruction | text | "put the pen in the pen holder" |

    With `obs_mode="state"` there is no image but "state", a dict of privileged arrays in the scene frame: qpos [8] (rad, m),
    ee_pose [7] (xyz m, quaternion wxyz), target_pose [7] (what the controller aims at), objects [8, 7] (poses in scene order,
    zeros where there is none) and velocities [8, 6] (m/s, rad/s).

    Actions, float32 [7], at 5 Hz: delta xyz (m, within +-0.05), delta rotation vector (rad, within +-0.25) about the end
    effector in base axes, gripper (1 open, 0 closed; threshold 0.5).  Values beyond the bounds are clipped, NaN is refused.
    A pose out of reach is refused by the controller, which stays where it was, and `info["reachable"]` is False.

    Reward: 1 on success, else 0.  Success (paper, Eq. A.1), from contact forces: source touches target, and neither the
    table nor the robot.  Terminates on success (unless `stop_on_success=False`), truncates after 100 control steps (20 s).

    `reset(seed=s)` decides everything: the same seed and actions give the same bits, whatever happened before.  Options:
    {"scene": id}.  Without a seed, "train" draws a new one and "eval" counts 0, 1, 2 ...
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 5}  # noqa: RUF012 - as Gymnasium declares it

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
        """scenes: a split ("H0/ood"), a set, ids, one id, a scene file or a folder of them.  image_size: (height, width) px.

        Raises UnknownSceneError, ValueError for unknown modes, RenderingUnavailable where pictures are asked for and no
        Vulkan device can make them.
        """
        if obs_mode not in ("rgb", "state"):
            raise ValueError(f'obs_mode is "rgb" or "state", not {obs_mode!r}')
        if randomization not in ("train", "eval", "none"):
            raise ValueError(f'randomization is "train", "eval" or "none", not {randomization!r}')
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f'render_mode is None or "rgb_array", not {render_mode!r}')
        size = (image_size, image_size) if isinstance(image_size, int) else tuple(image_size)
        if len(size) != 2 or min(size) < 1:
            raise ValueError(f"image_size is (height, width) in pixels, both positive, not {image_size!r}")
        self.obs_mode, self.randomization, self.render_mode = obs_mode, randomization, render_mode
        self.image_size = size
        self.stop_on_success = stop_on_success
        self.config = config or EnvConfig()
        self.store = store or AssetStore()
        self.scenes: dict[str, Scene] = {scene.id: scene for scene in resolve_scenes(scenes)}
        self._rendered = obs_mode == "rgb" or render_mode is not None
        if self._rendered:
            require_rendering()
        self._prepared: dict[str, _Prepared] = {}
        self._simulation: CpuSimulation | None = None
        self._eval_seed = 0
        self.action_space = spaces.Box(ACTION_LOW, ACTION_HIGH, dtype=np.float32)
        sentences = [scene.instruction for scene in self.scenes.values()]
        self.observation_space = observation_space(sentences, obs_mode, self.image_size)

    # ---------------------------------------------------------------------------------------------------------- reset

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        options = dict(options or {})
        wanted = options.pop("scene", None)
        if options:
            raise ValueError(f'unknown reset options {sorted(options)}; known: "scene"')
        if seed is None:
            if self.randomization == "train":
                seed = int(self.np_random.integers(2**31))
            else:
                seed, self._eval_seed = self._eval_seed, self._eval_seed + 1
        self.seed = seed
        self.scene_id = self._choose(wanted, seed)
        prepared = self._prepare(self.scene_id)
        self._begin(prepared)
        return self._observe(), self._info(success=False, reachable=True)

    def _choose(self, wanted: str | None, seed: int) -> str:
        if wanted is None:
            ids = list(self.scenes)
            return ids[int(np.random.default_rng([seed, 1]).integers(len(ids)))]
        if wanted not in self.scenes:
            raise ValueError(
                f"scene {wanted!r} is not among this environment's {len(self.scenes)} scenes "
                f"({', '.join(list(self.scenes)[:3])} ...): make it with scenes={wanted!r}"
            )
        return wanted

    def _prepare(self, scene_id: str) -> _Prepared:
        if scene_id not in self._prepared:
            scene = self.scenes[scene_id]
            objects = tuple((o.name, o.role, self.store.get(o.asset)) for o in scene.objects)
            assets = SceneAssets(self.store.get(scene.background), self.store.get(scene.table), objects)
            footprints = tuple(
                Footprint.of(np.vstack(collision_points(asset.folder / "collision.obj"))) for _, _, asset in objects
            )
            self._prepared[scene_id] = _Prepared(assets, footprints, scene_sha256(scene, self.store))
        return self._prepared[scene_id]

    def _begin(self, prepared: _Prepared) -> None:
        scene = self.scenes[self.scene_id]
        config = self.config
        rng = generator(scene, self.seed)
        self._simulation = None  # frees the old world before the new one is built
        for attempt in range(LAYOUT_TRIES):
            setup = draw(scene, prepared.footprints, self.randomization, config.randomization, rng)
            try:
                simulation = CpuSimulation(prepared.assets, config.physics, config.camera, setup, render=self._rendered)
                break
            except UnsettledError as error:
                if attempt == LAYOUT_TRIES - 1 or self.randomization == "none":
                    raise UnsettledError(f"scene {scene.id}, seed {self.seed}: {error}") from error
        self._simulation, self._setup = simulation, setup
        self._controller = EndEffectorController(config.physics, simulation.qpos())
        roles = [role for _, role, _ in prepared.assets.objects]
        self._episode = Episode(
            np.array([roles.index(Role.source)]),
            np.array([roles.index(Role.target)]),
            np.ones((1, len(roles)), bool),
            simulation.poses()[..., :3],
        )
        self.elapsed_steps = 0

    # ----------------------------------------------------------------------------------------------------------- step

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        reward, terminated, truncated, info = self.advance(action)
        return self._observe(), reward, terminated, truncated, info

    def advance(self, action: NDArray[np.float32]) -> tuple[float, bool, bool, dict[str, Any]]:
        """`step` without looking: one control step that renders nothing.  Returns reward, terminated, truncated, info."""
        simulation = self._running()
        values = np.asarray(action, dtype=np.float64)
        if values.shape != (7,):
            raise ValueError(f"an action has shape (7,): delta xyz, delta rotation, gripper; got {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError(f"an action must be finite; got {values.tolist()}")
        targets, reachable = self._controller.command(values[None], simulation.qpos())
        simulation.drive(targets)
        simulation.step()
        self.elapsed_steps += 1
        contacts = Contacts.from_forces(simulation.forces(), self.config.contact_force)
        done = bool(self._episode.update(contacts, simulation.poses()[..., :3], reachable)[0])
        terminated = done and self.stop_on_success
        truncated = self.elapsed_steps >= self.config.max_steps and not terminated
        return float(done), terminated, truncated, self._info(success=done, reachable=bool(reachable[0]))

    def _running(self) -> CpuSimulation:
        if self._simulation is None:
            raise gym.error.ResetNeeded("call reset() first")
        return self._simulation

    # ---------------------------------------------------------------------------------------------------- observation

    def observe(self) -> dict[str, Any]:
        """The present observation."""
        return self._observe()

    def _observe(self) -> dict[str, Any]:
        simulation = self._running()
        observation: dict[str, Any] = {
            "proprio": proprio(simulation.qpos()),
            "instruction": self.scenes[self.scene_id].instruction,
        }
        if self.obs_mode == "rgb":
            height, width = self.image_size
            observation["image"] = simulation.picture(width, height)[0]
        else:
            observation["state"] = privileged_state(simulation, self._controller, self._setup.robot_height)
        return observation

    def _info(self, *, success: bool, reachable: bool) -> dict[str, Any]:
        return {
            "scene_id": self.scene_id,
            "scene_sha256": self._prepared[self.scene_id].sha256,
            "instruction": self.scenes[self.scene_id].instruction,
            "seed": self.seed,
            "elapsed_steps": self.elapsed_steps,
            "time_s": self.elapsed_steps / self.config.physics.control_hz,
            "success": success,
            "reachable": reachable,
            "events": {name: bool(flag[0]) for name, flag in self._episode.flags.items()},
        }

    def render(self) -> NDArray[np.uint8] | None:
        """uint8 [480, 640, 3] from the same camera; None without a renderer."""
        if not self._rendered:
            return None
        height, width = RENDER_SIZE
        return self._running().picture(width, height)[0]

    def close(self) -> None:
        self._simulation = None
