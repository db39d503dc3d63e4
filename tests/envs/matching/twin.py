"""ManiSkill 3's own environment and ours in its convention, side by side: same files, same state, same actions."""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import INITIAL_QPOS
from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.matching.visual_matching_env import VisualMatchingEnv
from gen3d_bench.envs.rotations import matrix_from_quat, rotvec_from_matrix
from gen3d_bench.scenes.bridge import MODELS, TASKS, BridgeTask
from gen3d_bench.scenes.schema import Role
from gen3d_bench.scenes.store import AssetStore

Array = NDArray[np.float64]

TURN = np.diag([-1.0, -1.0, 1.0])
"""Rotation between the two worlds, either way."""
CAMERA = "3rd_view_camera"


@dataclass(frozen=True)
class State:
    """Of one object, as a model of upstream's, in upstream's world: position (m), quaternion and velocities."""

    position: Array
    quaternion: Array
    linear: Array
    angular: Array

    @property
    def rotation(self) -> Array:
        return matrix_from_quat(self.quaternion)


class Twin:
    """Both environments of one task.  Ours takes over the state of the other one when an episode begins."""

    def __init__(self, task: BridgeTask, *, pictures: bool = False) -> None:
        import torch
        from mani_skill.envs.tasks.digital_twins.bridge_dataset_eval.base_env import BaseBridgeEnv

        torch.set_num_threads(1)
        gc.freeze()  # upstream collects at every reset, which takes 0.3 s if it looks through the libraries too
        BaseBridgeEnv.SUPPORTED_OBS_MODES = ["none", "rgb+segmentation"]  # upstream offers the latter only
        self.task = task
        self.names = (task.source, task.target)
        self.official: Any = gym.make(
            task.official_id, obs_mode="rgb+segmentation" if pictures else "none", num_envs=1,
            sim_backend="physx_cpu", render_backend="cpu",
        ).unwrapped  # fmt: skip
        self.ours = VisualMatchingEnv(
            task.scene_id, convention="maniskill3", obs_mode="rgb" if pictures else "state", image_size=(480, 640),
            store=AssetStore(),
        )  # fmt: skip

    def close(self) -> None:
        self.official.close()
        self.ours.close()

    # ---------------------------------------------------------------------------------------------------------- begin

    def begin(self, episode_id: int) -> None:
        """An official beginning, as ManiSkill settles it."""
        import torch

        # A new scene each time: upstream's reset in place depends on what was before.
        self.official.reset(seed=0, options={"episode_id": torch.tensor([episode_id % 24]), "reconfigure": True})
        self.ours.reset(options={"episode_id": episode_id})
        self.settled_apart = self.apart()
        for name, state in zip(self.names, self.official_states(), strict=True):
            self._put(name, state)
        self._judge_anew()

    def begin_there(self, episode_id: int, shift: float) -> None:
        """The official beginning alone, with the source moved by `shift` (m) along x."""
        import torch
        from mani_skill.utils.structs.pose import Pose

        self.official.reset(seed=0, options={"episode_id": torch.tensor([episode_id % 24]), "reconfigure": True})
        actor = self._actor(self.task.source)
        pose = actor.pose.raw_pose.clone()
        pose[:, 0] += shift
        linear, angular = actor.linear_velocity.clone(), actor.angular_velocity.clone()
        actor.set_pose(Pose.create(pose))
        actor.set_linear_velocity(linear)
        actor.set_angular_velocity(angular)

    def step_there(self, action: Array) -> bool:
        """One control step of the official environment alone.  Returns success."""
        theirs = np.array([*action[:6], 2 * action[6] - 1], np.float32)
        return bool(self.official.step(theirs)[4]["success"][0])

    def drop(self, episode_id: int) -> None:
        """An official beginning before anything has moved: objects where ManiSkill lets go of them."""
        import torch
        from mani_skill.utils.structs.pose import Pose

        self.begin(episode_id)
        configuration = self.task.configurations[episode_id % 24]
        still = np.zeros(3)
        places = ((configuration.source, configuration.yaw), (configuration.target, 0.0))
        for name, (place, yaw) in zip(self.names, places, strict=True):
            state = State(np.array(place), np.array([math.cos(yaw / 2), 0, 0, math.sin(yaw / 2)]), still, still)
            actor = self._actor(name)
            pose = np.concatenate([state.position, state.quaternion])[None]
            actor.set_pose(Pose.create(torch.tensor(pose, dtype=torch.float32)))
            actor.set_linear_velocity(torch.zeros(1, 3))
            actor.set_angular_velocity(torch.zeros(1, 3))
            self._put(name, state)

    def _put(self, name: str, state: State) -> None:
        """Give our object a state of upstream's: its body lives in the same coordinates."""
        body = self._body(name)
        body.entity.pose = sapien.Pose(state.position, state.quaternion)
        body.linear_velocity, body.angular_velocity = state.linear, state.angular

    def _judge_anew(self) -> None:
        """The rule of success looks at how objects lie when an episode begins."""
        episodes = self.ours._episodes
        episodes._judge = episodes.rules.judge(episodes.scenes, self.ours.simulation.poses())

    # ----------------------------------------------------------------------------------------------------------- step

    def step(self, action: Array) -> tuple[bool, bool]:
        """One control step of both with our action [7].  Returns success there and here."""
        return self.step_there(action), bool(self.ours.advance(action)[3]["success"])

    def wait(self, seconds: float) -> None:
        """Let both worlds go on with the arms as they are."""
        count = round(seconds * 500)
        for _ in range(count):
            self.official.scene.step()
        self.ours.simulation.world.step(count)

    # ---------------------------------------------------------------------------------------------------------- state

    def official_states(self) -> list[State]:
        """Source and target there."""
        return [
            State(
                self._row(actor.pose.p), self._row(actor.pose.q), self._row(actor.linear_velocity),
                self._row(actor.angular_velocity),
            )
            for actor in map(self._actor, self.names)
        ]  # fmt: skip

    def our_states(self) -> list[State]:
        """Source and target here."""
        return [
            State(
                np.array(body.entity.pose.p, float), np.array(body.entity.pose.q, float),
                np.array(body.linear_velocity, float), np.array(body.angular_velocity, float),
            )
            for body in map(self._body, self.names)
        ]  # fmt: skip

    def apart(self) -> tuple[float, float]:
        """Largest distance (m) and angle (rad) between an object there and here."""
        distances, angles = [], []
        for theirs, ours in zip(self.official_states(), self.our_states(), strict=True):
            distances.append(float(np.linalg.norm(theirs.position - ours.position)))
            angles.append(float(np.linalg.norm(rotvec_from_matrix(theirs.rotation @ ours.rotation.T))))
        return max(distances), max(angles)

    def joints(self) -> tuple[Array, Array]:
        """[8] joint positions there and here."""
        return self._row(self.official.agent.robot.get_qpos()), self.ours.simulation.qpos()[0]

    def target_pose(self) -> tuple[Array, Array]:
        """What the official controller aims at, in the frame of the arm's base."""
        pose = self.official.agent.controller.controllers["arm"]._target_pose
        return self._row(pose.p), matrix_from_quat(self._row(pose.q))

    def pictures(self) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Both pictures [480, 640, 3] as floats of 0 to 255, and where the official one shows robot or objects."""
        seen = self.official.get_obs()["sensor_data"][CAMERA]
        kept = self.official._segmentation_ids_to_keep.numpy()
        shown = np.isin(seen["segmentation"][0, ..., 0].numpy(), kept)
        return seen["rgb"][0].numpy().astype(float), self.ours.observe()["image"].astype(float), shown

    def _actor(self, name: str) -> Any:
        return self.official.objs[MODELS[name].model_id]

    def _body(self, name: str) -> Any:
        scene = self.ours._episodes.scenes[0]
        role = Role.source if name == self.task.source else Role.target
        return self.ours.simulation.world.objects[scene.index(role)]

    @staticmethod
    def _row(values: Any) -> Array:
        """The only row of a batch."""
        return np.asarray(values[0], float)


@contextmanager
def twin_of(scene_id: str, files: Path, *, pictures: bool = False) -> Iterator[Twin]:
    """files: what MS_ASSET_DIR is to be; ManiSkill reads it when it is first imported."""
    os.environ["MS_ASSET_DIR"] = str(files)
    twin = Twin(TASKS[scene_id], pictures=pictures)
    try:
        yield twin
    finally:
        twin.close()


def reachable_wandering(seed: int, steps: int) -> Iterator[Array]:
    """Random actions [7] through free air about the start pose."""
    from gen3d_bench.envs.kinematics import forward

    rng = np.random.default_rng(seed)
    home, _ = forward(np.array(INITIAL_QPOS[:6]))
    place, turned = home.copy(), np.zeros(3)
    for _ in range(steps):
        move = np.clip(rng.uniform(-0.03, 0.03, 3) - 0.2 * (place - home - [0, 0, 0.03]), -0.05, 0.05)
        turn = np.clip(rng.uniform(-0.12, 0.12, 3) - 0.2 * turned, -0.25, 0.25)
        place, turned = place + move, turned + turn
        yield np.array([*move, *turn, float(rng.integers(2))])
