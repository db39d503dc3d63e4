"""N episodes of pick and place side by side: everything that the single and the batched environment have in common."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from gen3d_bench.doctor.rendering import require_rendering
from gen3d_bench.envs.backend import Backend, Simulation, UnsettledError
from gen3d_bench.envs.config import EnvConfig
from gen3d_bench.envs.controller import action_bounds, make_controller
from gen3d_bench.envs.library import PreparedScene, SceneLibrary
from gen3d_bench.envs.observation import OBS_MODES, ObsMode, privileged_state, proprio
from gen3d_bench.envs.randomization import EpisodeSetup, RandomizationMode, generator
from gen3d_bench.envs.rules import Rules
from gen3d_bench.envs.task import Contacts, Episode
from gen3d_bench.scenes.schema import Role

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

RENDER_SIZE = (480, 640)
"""Height and width of `render()` (px)."""
LARGEST_IMAGE = 4096
"""Longest side of a picture (px)."""
LAYOUT_TRIES = 5
"""Layouts drawn until one comes to rest where it was put."""


@dataclass(frozen=True)
class ViewOptions:
    """What is looked at and how much of it is random; checked when made.

    image_size: height and width (px).  render_mode: None or "rgb_array".
    """

    obs_mode: ObsMode
    image_size: tuple[int, int]
    randomization: RandomizationMode
    render_mode: str | None

    @classmethod
    def checked(
        cls,
        obs_mode: ObsMode,
        image_size: int | tuple[int, int],
        randomization: RandomizationMode,
        render_mode: str | None,
    ) -> ViewOptions:
        """Raises ValueError for unknown modes, RenderingUnavailable where pictures are asked for and cannot be made."""
        if obs_mode not in OBS_MODES:
            raise ValueError(f'obs_mode is "rgb", "state" or "rgb+state", not {obs_mode!r}')
        if randomization not in ("train", "eval", "none"):
            raise ValueError(f'randomization is "train", "eval" or "none", not {randomization!r}')
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f'render_mode is None or "rgb_array", not {render_mode!r}')
        options = cls(obs_mode, _height_and_width(image_size), randomization, render_mode)
        if options.rendered:
            require_rendering()
        return options

    @property
    def rendered(self) -> bool:
        """Whether worlds need anything to look at."""
        return "rgb" in self.obs_mode or self.render_mode is not None


def _height_and_width(image_size: int | tuple[int, int]) -> tuple[int, int]:
    pair = (image_size, image_size) if isinstance(image_size, int) else image_size
    try:
        height, width = (operator.index(value) for value in pair)
    except (TypeError, ValueError):
        height = width = 0
    if not (1 <= height <= LARGEST_IMAGE and 1 <= width <= LARGEST_IMAGE):
        raise ValueError(
            f"image_size is (height, width) in whole pixels, each from 1 to {LARGEST_IMAGE}; got {image_size!r}"
        )
    return height, width


class Episodes:
    """N episodes that begin together, each with its own scene and seed, on any backend.

    simulation, setups, controller: of the present episodes.  elapsed_steps: control steps since they began.
    success, reachable, clipped: [N], of the last control step.
    """

    def __init__(
        self, library: SceneLibrary, config: EnvConfig, options: ViewOptions, backend: Backend, rules: Rules
    ) -> None:
        self.library, self.config, self.options, self.rules = library, config, options, rules
        self._backend = backend
        self._low, self._high = action_bounds(config.physics)
        self._simulation: Simulation | None = None
        self.elapsed_steps = 0

    # ---------------------------------------------------------------------------------------------------------- begin

    def begin(self, scene_ids: Sequence[str], seeds: Sequence[int]) -> None:
        """Raises LayoutError where a scene's objects do not fit, UnsettledError where they find no rest."""
        scenes = [self.library.prepare(scene_id) for scene_id in scene_ids]
        self._simulation = None  # frees the old worlds before the new ones are built
        self.scenes, self.seeds = scenes, tuple(seeds)
        simulation = self._settled(scenes, seeds)
        poses = simulation.poses()
        self._simulation = simulation
        self.controller = make_controller(self.config.physics, simulation.qpos())
        counts = np.array([len(scene.assets.objects) for scene in scenes])
        self._episode = Episode(
            np.array([scene.index(Role.source) for scene in scenes]),
            np.array([scene.index(Role.target) for scene in scenes]),
            np.arange(poses.shape[1]) < counts[:, None],
            poses[..., :3],
        )
        self._judge = self.rules.judge(scenes, poses)
        self.elapsed_steps = 0
        self.success = np.zeros(len(scenes), bool)
        self.reachable = np.ones(len(scenes), bool)
        self.clipped: Mask = np.zeros(len(scenes), bool)

    def _settled(self, scenes: Sequence[PreparedScene], seeds: Sequence[int]) -> Simulation:
        """Worlds at rest; those that find none are drawn anew."""
        chance = [generator(scene.scene, seed) for scene, seed in zip(scenes, seeds, strict=True)]
        setups: dict[int, EpisodeSetup] = {}
        pending: Sequence[int] = range(len(scenes))
        for attempt in range(LAYOUT_TRIES):
            for i in pending:
                setups[i] = self.rules.begin(scenes[i], seeds[i], chance[i])
            self.setups = tuple(setups[i] for i in range(len(scenes)))
            try:
                return self._backend([scene.assets for scene in scenes], self.setups)
            except UnsettledError as error:
                pending = error.worlds
                if attempt == LAYOUT_TRIES - 1 or self.options.randomization == "none":
                    where = ", ".join(f"{scenes[i].scene.id} with seed {seeds[i]}" for i in pending)
                    raise UnsettledError(f"scene {where}: {error}", pending) from error
        raise AssertionError("the last attempt returns or raises")

    @property
    def simulation(self) -> Simulation:
        """Raises ResetNeeded before the first episode and after `end`."""
        if self._simulation is None:
            raise gym.error.ResetNeeded("call reset() first")
        return self._simulation

    def end(self) -> None:
        """Free the worlds."""
        self._simulation = None

    # ----------------------------------------------------------------------------------------------------------- step

    def advance(self, actions: Array) -> Mask:
        """One control step of finite actions [N, 7].  Returns success [N]; renders nothing."""
        simulation = self.simulation
        self.clipped = np.any((actions < self._low) | (actions > self._high), axis=1)
        targets, self.reachable = self.controller.command(actions, simulation.qpos())
        simulation.drive(targets)
        simulation.step()
        self.elapsed_steps += 1
        forces, poses = simulation.forces(), simulation.poses()
        contacts = Contacts.from_forces(forces, self.config.contact_force)
        self.success = self._judge(contacts, forces, poses)
        self._episode.update(contacts, poses[..., :3], self.reachable, self.success)
        return self.success

    # -------------------------------------------------------------------------------------------------------- looking

    def observe(self) -> dict[str, Any]:
        """Arrays [N, ...] of the observation space, instructions as a tuple."""
        simulation = self.simulation
        observation: dict[str, Any] = {
            "proprio": proprio(simulation.qpos()),
            "instruction": tuple(scene.scene.instruction for scene in self.scenes),
        }
        if "rgb" in self.options.obs_mode:
            observation["image"] = self.pictures(self.options.image_size)
        if "state" in self.options.obs_mode:
            heights = np.array([setup.robot_height for setup in self.setups])
            observation["state"] = privileged_state(simulation, self.controller, heights)
        return observation

    def pictures(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """uint8 [N, H, W, 3] of size (height, width)."""
        height, width = size
        return self.simulation.picture(width, height)

    def info(self, index: int) -> dict[str, Any]:
        """What is known about one episode besides its observation."""
        scene = self.scenes[index]
        return {
            "scene_id": scene.scene.id,
            "scene_sha256": scene.sha256,
            "instruction": scene.scene.instruction,
            "stand_in": scene.scene.provenance.stand_in or "",
            "seed": self.seeds[index],
            "elapsed_steps": self.elapsed_steps,
            "time_s": self.elapsed_steps / self.config.physics.control_hz,
            "success": bool(self.success[index]),
            "reachable": bool(self.reachable[index]),
            "clipped": bool(self.clipped[index]),
            "events": {name: bool(flag[index]) for name, flag in self._episode.flags.items()},
        }


def checked_actions(actions: Any, shape: tuple[int, ...]) -> Array:
    """float64 actions, or ValueError unless they are finite and of the shape."""
    values = np.asarray(actions, dtype=np.float64)
    if values.shape != shape:
        raise ValueError(f"an action has shape {shape}: delta xyz, delta rotation, gripper; got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"an action must be finite; got {values.tolist()}")
    return values
