"""What the task needs of a physics backend, and nothing more: batched arrays in, batched arrays out.

Axes: N worlds, K objects per world, of which a world with fewer leaves the last ones zero.  Positions are in each
world's own scene frame (m), quaternions wxyz, joint positions in rad and m.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import INITIAL_QPOS
from gen3d_bench.envs.randomization import EpisodeSetup
from gen3d_bench.envs.rotations import yaw_quat
from gen3d_bench.envs.world import SceneAssets

Array = NDArray[np.float64]

PARKED_QPOS = (3.1, *INITIAL_QPOS[1:])
"""Where the arm waits while objects settle: turned to its back."""
REST_SPEED, REST_SPIN = 0.001, 0.01
"""An object is at rest below these (m/s, rad/s)."""
SETTLE_LIMIT = 2.0
"""Longest time that objects are given to come to rest (s)."""
DRIFT = 0.005
"""Farthest that an object may move while it settles (m)."""
ROCKING = 0.002
"""What keeps rocking on its round side is at rest too if it stays within this for the second half of that time (m)."""


class Simulation(Protocol):
    """N settled worlds.  Made anew for every episode: that is what makes episodes reproducible."""

    def qpos(self) -> Array:
        """[N, 8] joint positions."""

    def poses(self) -> Array:
        """[N, K, 7] position and quaternion of every object."""

    def velocities(self) -> Array:
        """[N, K, 6] linear (m/s) and angular (rad/s) velocity of every object."""

    def forces(self) -> Array:
        """[N, K, K + 4] contact forces (N) of the last physics step, as `task.Contacts` wants them."""

    def drive(self, targets: Array) -> None:
        """Set the drive targets [N, 8] of the joints."""

    def step(self) -> None:
        """One control step of physics."""

    def picture(self, width: int, height: int) -> NDArray[np.uint8]:
        """[N, height, width, 3] from each world's camera (px)."""


Backend = Callable[[Sequence[SceneAssets], Sequence[EpisodeSetup]], Simulation]
"""Builds N worlds, each from its own assets and its own draw.  Raises UnsettledError."""


class BackendUnavailableError(RuntimeError):
    """A backend cannot run here; the message says why and what to use instead."""


class UnsettledError(RuntimeError):
    """Objects do not come to rest where they were placed.  worlds: indices of the worlds where that is so."""

    def __init__(self, message: str, worlds: Sequence[int]) -> None:
        super().__init__(message)
        self.worlds = tuple(worlds)


def placed_poses(setup: EpisodeSetup) -> Array:
    """[K, 7] poses on the table that a draw asks for."""
    return np.column_stack([setup.objects[:, :2], np.zeros(len(setup.objects)), yaw_quat(setup.objects[:, 2])])


def wait_for_rest(
    simulation: Simulation, wait: Callable[[], None], assets: Sequence[SceneAssets], setups: Sequence[EpisodeSetup]
) -> None:
    """Let objects come to rest; `wait` advances physics by a tenth of a second.

    Raises UnsettledError if they do not, or not where they were put.
    """
    ticks = int(SETTLE_LIMIT * 10)
    places = []
    for _ in range(ticks):
        wait()
        places.append(simulation.poses()[..., :3])
        speeds = simulation.velocities()
        resting = np.linalg.norm(speeds[..., :3], axis=-1) < REST_SPEED
        resting &= np.linalg.norm(speeds[..., 3:], axis=-1) < REST_SPIN
        if resting.all():
            break
    else:
        resting |= np.ptp(places[ticks // 2 :], axis=0).max(axis=-1) < ROCKING
    positions = simulation.poses()[..., :3]
    stuck: dict[int, list[str]] = {}
    for i, (world, setup) in enumerate(zip(assets, setups, strict=True)):
        drift = np.linalg.norm(positions[i, : len(setup.objects)] - placed_poses(setup)[:, :3], axis=1)
        for k, (name, _, _) in enumerate(world.objects):
            if drift[k] > DRIFT or not resting[i, k]:
                stuck.setdefault(i, []).append(f"{name} (moved {drift[k] * 1000:.1f} mm)")
    if stuck:
        names = "; ".join(", ".join(things) for things in stuck.values())
        raise UnsettledError(f"not at rest where it was put after {SETTLE_LIMIT:g} s: {names}", tuple(stuck))
