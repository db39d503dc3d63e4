"""Every number of the environment that a user may want to change, as typed frozen dataclasses."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

Convention = Literal["simplerenv", "maniskill3"]
"""Whose friction, solver settings and meaning of an action's rotation: SimplerEnv's Bridge set-up, or ManiSkill 3's
port of it."""
INITIAL_QPOS = (-0.01840777, 0.0398835, 0.22242722, -0.00460194, 1.36524296, 0.00153398, 0.037, 0.037)
"""SimplerEnv's Bridge start: waist, shoulder, elbow, forearm_roll, wrist_angle, wrist_rotate (rad), two fingers (m)."""


def _check(name: str, value: float, least: float) -> None:
    if not least <= value < math.inf:
        raise ValueError(f"{name} must be a finite number of at least {least:g}; got {value!r}")


@dataclass(frozen=True)
class PhysicsConfig:
    """Solver, friction and drives.  The defaults are SimplerEnv's Bridge set-up; `maniskill3()` is ManiSkill 3's port
    of it."""

    sim_hz: int = 500
    control_hz: int = 5
    contact_offset: float = 0.005
    position_iterations: int = 25
    velocity_iterations: int = 1
    sleep_threshold: float = 0.005
    finger_friction: float = 2.0
    finger_patch_radius: float = 0.01
    """Radius of torsional friction at the fingertips (m)."""
    table_friction: float = 1.0
    linear_damping: float = 0.1
    angular_damping: float = 0.1
    """Of objects (1/s)."""
    stiffness: tuple[float, ...] = (
        1169.7891719504198,
        730.0,
        808.4601346394447,
        1229.1299089624076,
        1272.2760456418862,
        1056.3326605132252,
    )
    damping: tuple[float, ...] = (
        330.0,
        180.0,
        152.12036565582588,
        309.6215302722146,
        201.04998711007383,
        269.51458932695414,
    )
    force_limit: tuple[float, ...] = (200.0, 200.0, 100.0, 100.0, 100.0, 100.0)
    """Of the six arm joints (N m)."""
    finger_stiffness: float = 1000.0
    finger_damping: float = 200.0
    finger_force: float = 60.0
    finger_open: float = 0.038
    finger_closed: float = 0.014
    """Targets of each finger joint (m)."""
    rotation: Literal["rotvec", "euler"] = "rotvec"
    """What the three rotation numbers of an action mean: a rotation vector about where the end effector is (SimplerEnv)
    or Euler angles X, Y, Z that turn the target in its place (ManiSkill 3)."""
    inverse: Literal["closed_form", "iterative"] = "closed_form"
    """Inverse kinematics: exact, or the approximate solver of SimplerEnv and ManiSkill 3 (see
    `controller.IterativeController`)."""
    max_translation: float = 0.05
    """Of an action, along each axis (m)."""
    max_rotation: float = 0.25
    """Of an action, each of its three numbers (rad)."""
    joint_step: float = 1.0
    """Farthest that a joint may be sent in one control step (rad).  Where the arm can only reach a pose by swinging
    over to another posture, the pose counts as out of reach.  Of the exact inverse only."""

    def __post_init__(self) -> None:
        if self.control_hz < 1 or self.sim_hz < 1 or self.sim_hz % self.control_hz:
            raise ValueError(
                f"sim_hz must be a multiple of control_hz, both positive; got {self.sim_hz} and {self.control_hz}"
            )
        if self.rotation not in ("rotvec", "euler"):
            raise ValueError(f'rotation is "rotvec" or "euler", not {self.rotation!r}')
        if self.inverse not in ("closed_form", "iterative"):
            raise ValueError(f'inverse is "closed_form" or "iterative", not {self.inverse!r}')
        for name, count in (("stiffness", 6), ("damping", 6), ("force_limit", 6)):
            if len(getattr(self, name)) != count:
                raise ValueError(f"{name} needs {count} values, one per arm joint; got {getattr(self, name)}")
        for name in ("contact_offset", "position_iterations", "finger_friction", "table_friction", "joint_step",
                     "max_translation", "max_rotation"):
            _check(name, getattr(self, name), 0.0)

    @property
    def substeps(self) -> int:
        """Physics steps per control step."""
        return self.sim_hz // self.control_hz

    @classmethod
    def of(cls, convention: Convention) -> PhysicsConfig:
        """Raises ValueError for an unknown convention."""
        known = {"simplerenv": cls.simplerenv, "maniskill3": cls.maniskill3}
        if convention not in known:
            raise ValueError(f'convention is "simplerenv" or "maniskill3", not {convention!r}')
        return known[convention]()

    @classmethod
    def simplerenv(cls) -> PhysicsConfig:
        return cls()

    @classmethod
    def maniskill3(cls) -> PhysicsConfig:
        """The convention of ManiSkill 3's Bridge environments, where the fingers lost their friction."""
        return cls(
            contact_offset=0.02,
            position_iterations=15,
            finger_friction=0.3,
            finger_patch_radius=0.0,
            table_friction=0.3,
            linear_damping=0.0,
            angular_damping=0.05,
            rotation="euler",
            inverse="iterative",
        )


@dataclass(frozen=True)
class CameraConfig:
    """The third-person Bridge camera.  Intrinsics are those of its 640 x 480 picture; other sizes are that picture
    resized, as policies trained on Bridge expect (so a square one is squeezed, not cropped)."""

    position: tuple[float, float, float] = (0.0, -0.16, 0.36)
    """In the scene frame (m)."""
    direction: tuple[float, float, float] = (1.0, 0.553, -1.085)
    """Of the principal ray."""
    fx: float = 623.588
    fy: float = 623.588
    cx: float = 319.501
    cy: float = 239.545
    reference_size: tuple[int, int] = (640, 480)
    """Width and height (px) that the intrinsics belong to."""
    near: float = 0.01
    far: float = 10.0
    shader: str = "minimal"
    """SAPIEN shader pack: "minimal" is what SimplerEnv's pictures look like and the fastest; "default" adds shadows."""

    @property
    def table_point(self) -> tuple[float, float]:
        """(x, y) where the principal ray meets the table (m)."""
        t = -self.position[2] / self.direction[2]
        return self.position[0] + t * self.direction[0], self.position[1] + t * self.direction[1]


@dataclass(frozen=True)
class RandomizationConfig:
    """Domain randomization, exactly Table A.2 of the paper.  Ranges are [low, high], sampled uniformly."""

    object_x: tuple[float, float] = (0.2, 0.4)
    object_y: tuple[float, float] = (-0.15, 0.15)
    object_yaw: tuple[float, float] = (0.0, 2 * math.pi)
    ambient_light: tuple[float, float] = (0.0, 0.6)
    """Each of red, green and blue."""
    robot_height: tuple[float, float] = (0.0, 0.05)
    joint_offset: tuple[float, float] = (-0.1, 0.1)
    """Each of the six arm joints (rad)."""
    camera_offset: tuple[float, float] = (-0.05, 0.05)
    """Each of x, y, z (m); the camera is then re-aimed at the same point of the table."""
    light_scale: tuple[float, float] = (0.5, 1.5)
    """Brightness of the directional lights, relative to the default."""
    clearance: float = 0.008
    """Least free distance between two objects (m)."""
    source_clearance: float = 0.032
    """Least free distance about the source (m): the open fingers must fit beside it."""
    attempts: int = 20000
    """Placements tried before a scene is said not to fit."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, tuple) and not (len(value) == 2 and -math.inf < value[0] <= value[1] < math.inf):
                raise ValueError(f"{name} is a range [low, high]; got {value}")
        _check("clearance", self.clearance, 0.0)
        _check("source_clearance", self.source_clearance, 0.0)
        _check("attempts", self.attempts, 1)


@dataclass(frozen=True)
class EnvConfig:
    """Everything that defines `Gen3D-PickPlace-v0` except which scenes it runs."""

    physics: PhysicsConfig = field(default_factory=PhysicsConfig)
    camera: CameraConfig = field(default_factory=CameraConfig)
    randomization: RandomizationConfig = field(default_factory=RandomizationConfig)
    max_steps: int = 100
    """Control steps until truncation: 25 chunks of 4, 20 s."""
    contact_force: float = 0.01
    """Least total normal force (N) that counts as contact."""

    def __post_init__(self) -> None:
        _check("max_steps", self.max_steps, 1)
        _check("contact_force", self.contact_force, 0.0)
