"""What the environment shows: spaces, and the arrays that go in them."""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gen3d_bench.envs.backend import Simulation
from gen3d_bench.envs.controller import EndEffectorController, proprioception
from gen3d_bench.envs.instruction import Instruction
from gen3d_bench.envs.kinematics import forward
from gen3d_bench.envs.rotations import quat_from_matrix
from gen3d_bench.scenes.schema import MAX_OBJECTS

ObsMode = Literal["rgb", "state", "rgb+state"]
"""What is seen: a picture, what only the simulator knows, or both (to record demonstrations of a policy that needs the
latter)."""
OBS_MODES: tuple[ObsMode, ...] = ("rgb", "state", "rgb+state")

PROPRIO_HIGH = np.array([1.0, 1.0, 1.0, np.pi, np.pi, np.pi, 1.0], np.float32)
PROPRIO_LOW = np.array([-1.0, -1.0, -1.0, -np.pi, -np.pi, -np.pi, 0.0], np.float32)
STATE_BOUNDS: dict[str, tuple[float, tuple[int, ...]]] = {
    "qpos": (4.0, (8,)),
    "ee_pose": (10.0, (7,)),
    "target_pose": (10.0, (7,)),
    "objects": (10.0, (MAX_OBJECTS, 7)),
    "velocities": (100.0, (MAX_OBJECTS, 6)),
}
"""Name of each privileged array -> largest magnitude and shape."""


def observation_space(instructions: Iterable[str], obs_mode: ObsMode, image_size: tuple[int, int]) -> spaces.Dict:
    """The space of one environment; see `PickPlaceEnv` for what the entries mean."""
    sentences = list(instructions)
    letters = set(string.printable).union(*sentences)
    parts: dict[str, spaces.Space[Any]] = {
        "proprio": spaces.Box(PROPRIO_LOW, PROPRIO_HIGH),
        "instruction": Instruction(max(256, *map(len, sentences)), charset="".join(sorted(letters))),
    }
    if "rgb" in obs_mode:
        parts["image"] = spaces.Box(0, 255, (*image_size, 3), np.uint8)
    if "state" in obs_mode:
        boxes: dict[str, spaces.Space[Any]] = {
            name: spaces.Box(-high, high, shape, np.float32) for name, (high, shape) in STATE_BOUNDS.items()
        }
        parts["state"] = spaces.Dict(boxes)
    return spaces.Dict(parts)


def proprio(qpos: NDArray[np.float64]) -> NDArray[np.float32]:
    """[N, 7] of measured qpos [N, 8], within the space."""
    return np.clip(proprioception(qpos), PROPRIO_LOW, PROPRIO_HIGH)


def privileged_state(
    simulation: Simulation, controller: EndEffectorController, robot_heights: NDArray[np.float64]
) -> dict[str, NDArray[np.float32]]:
    """The arrays of `STATE_BOUNDS` for N worlds, each in its scene frame; objects that a scene does not have are zeros.

    robot_heights: [N] of the bases above the table (m).
    """
    qpos, poses, speeds = simulation.qpos(), simulation.poses(), simulation.velocities()
    position, rotation = forward(qpos[:, :6])
    lift = robot_heights[:, None] * (0.0, 0.0, 1.0)
    padding = ((0, 0), (0, MAX_OBJECTS - poses.shape[1]), (0, 0))
    state = {
        "qpos": qpos,
        "ee_pose": np.concatenate([position + lift, quat_from_matrix(rotation)], axis=1),
        "target_pose": np.concatenate([controller.position + lift, quat_from_matrix(controller.rotation)], axis=1),
        "objects": np.pad(poses, padding),
        "velocities": np.pad(speeds, padding),
    }
    return {k: np.clip(v, -STATE_BOUNDS[k][0], STATE_BOUNDS[k][0]).astype(np.float32) for k, v in state.items()}
