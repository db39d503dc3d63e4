"""Closed-form kinematics of the WidowX 250 S, batched.

Joint order and signs are SimplerEnv's: waist, shoulder, elbow, forearm_roll, wrist_angle, wrist_rotate (rad).  Poses
are those of `ee_gripper_link` in the robot base frame: x is the approach direction, y the direction the fingers open.

The last three axes meet in one point, so inverse kinematics splits into a planar two-link arm (position of that point)
and an X-Y-X Euler decomposition (orientation): exact, without iteration, every solution found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHOULDER_HEIGHT = 0.072 + 0.03865
UPPER_ARM = np.array([0.04975, 0.25])
"""Shoulder to elbow, (x, z) at zero angles (m)."""
FOREARM = 0.175 + 0.075
"""Elbow to wrist centre (m)."""
HAND = 0.065 + 0.043 + 0.023 + 0.027575
"""Wrist centre to `ee_gripper_link` (m)."""
FINGERTIP = 0.0156
"""How far the fingertips reach beyond `ee_gripper_link` (m)."""

LOWER = np.array([-np.pi, np.radians(-108), np.radians(-123), -np.pi, np.radians(-100), -np.pi])
UPPER = np.array([np.pi, np.radians(114), np.radians(92), np.pi, np.radians(123), np.pi])
"""Joint limits (rad), Interbotix's own with SimplerEnv's signs."""

_UPPER_LENGTH = float(np.hypot(*UPPER_ARM))
_UPPER_ANGLE = float(np.arctan2(*UPPER_ARM))
"""Angle of shoulder -> elbow from the vertical at zero shoulder angle (rad)."""


_SIDE = np.array([1.0, 1, 1, 1, -1, -1, -1, -1])
_ELBOW = np.array([1.0, 1, -1, -1, 1, 1, -1, -1])
_WRIST = np.array([1.0, -1, 1, -1, 1, -1, 1, -1])


def _turn(a: Array, axis: int, first: int, second: int) -> Array:
    """Rotations [..., 3, 3] by angles [...] about an axis, from the first towards the second of the others."""
    turn = np.zeros((*a.shape, 3, 3))
    # Filling in is several times faster than stacking nine arrays, which counts for a batch of one.
    turn[..., axis, axis] = 1.0
    turn[..., first, first] = turn[..., second, second] = np.cos(a)
    turn[..., second, first] = sine = np.sin(a)
    turn[..., first, second] = -sine
    return turn


def _rot_x(a: Array) -> Array:
    return _turn(a, 0, 1, 2)


def _rot_y(a: Array) -> Array:
    return _turn(a, 1, 2, 0)


def _rot_z(a: Array) -> Array:
    return _turn(a, 2, 0, 1)


def forward(q: Array) -> tuple[Array, Array]:
    """Pose of the end effector: position [..., 3] (m) and rotation [..., 3, 3] for joint angles [..., 6] (rad)."""
    q = np.asarray(q, float)
    waist, shoulder, elbow = q[..., 0], q[..., 1], q[..., 2]
    tilt = shoulder + _UPPER_ANGLE
    pitch = shoulder + elbow
    reach = _UPPER_LENGTH * np.sin(tilt) + FOREARM * np.cos(pitch)
    height = SHOULDER_HEIGHT + _UPPER_LENGTH * np.cos(tilt) - FOREARM * np.sin(pitch)
    wrist = np.empty((*waist.shape, 3))
    wrist[..., 0], wrist[..., 1], wrist[..., 2] = reach * np.cos(waist), reach * np.sin(waist), height
    rotation = _rot_z(waist) @ _rot_y(pitch) @ _rot_x(q[..., 3]) @ _rot_y(q[..., 4]) @ _rot_x(q[..., 5])
    return wrist + HAND * rotation[..., :, 0], rotation


def _into_limits(q: Array, near: Array) -> Array:
    """Each angle's equivalent (mod 2 pi) nearest to `near`, moved inside the limits if a full turn does that."""
    q = near + (q - near + np.pi) % (2 * np.pi) - np.pi
    q = np.where(q > UPPER + 1e-12, q - 2 * np.pi, q)
    return np.where(q < LOWER - 1e-12, q + 2 * np.pi, q)


def inverse(position: Array, rotation: Array, near: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Joint angles that reach a pose, the solution nearest to `near`.

    position [..., 3] (m), rotation [..., 3, 3], near [..., 6] (rad).  Returns angles [..., 6] and a mask [...] that is
    False where no solution exists within the joint limits (the angles there equal `near`).
    """
    position, near = np.asarray(position, float), np.asarray(near, float)
    rotation = np.asarray(rotation, float)
    wrist = position - HAND * rotation[..., :, 0]
    # On the waist axis any waist angle serves: keep the present one.
    on_axis = np.hypot(wrist[..., 0], wrist[..., 1]) < 1e-9
    bearing = np.where(on_axis, near[..., 0], np.arctan2(wrist[..., 1], wrist[..., 0]))[..., None]
    radius = np.hypot(wrist[..., 0], wrist[..., 1])[..., None]
    height = wrist[..., 2, None] - SHOULDER_HEIGHT
    near = near[..., None, :]
    hand_near, rotation = near[..., 3], rotation[..., None, :, :]

    # Arrays with a last axis of 8 from here on: facing forward or backward, elbow up or down, wrist as is or flipped.
    waist = np.where(_SIDE > 0, bearing, bearing + np.pi)
    reach = _SIDE * radius
    # Law of cosines: `flex` is the bend between the two links, `tilt` the upper link's angle from the vertical.
    bend = (reach**2 + height**2 - _UPPER_LENGTH**2 - FOREARM**2) / (2 * _UPPER_LENGTH * FOREARM)
    flex = _ELBOW * np.arccos(np.clip(bend, -1.0, 1.0))
    tilt = np.arctan2(reach, height) - np.arctan2(FOREARM * np.sin(flex), _UPPER_LENGTH + FOREARM * np.cos(flex))
    shoulder = tilt - _UPPER_ANGLE
    pitch = tilt + flex - np.pi / 2
    # What is left for the wrist, as Rx(roll) Ry(angle) Rx(rotate).
    hand = np.swapaxes(_rot_z(waist) @ _rot_y(pitch), -1, -2) @ rotation
    sine = np.hypot(hand[..., 1, 0], hand[..., 2, 0])
    angle = _WRIST * np.arctan2(sine, hand[..., 0, 0])
    roll = np.where(sine < 1e-9, hand_near, np.arctan2(_WRIST * hand[..., 1, 0], -_WRIST * hand[..., 2, 0]))
    c, s = np.cos(roll), np.sin(roll)
    # Second row of (Rx(roll) Ry(angle))^T hand: it holds cos and -sin of the last angle.
    rotate = np.arctan2(-(c * hand[..., 1, 2] + s * hand[..., 2, 2]), c * hand[..., 1, 1] + s * hand[..., 2, 1])

    solutions = np.empty((*waist.shape, 6))
    for k, joint in enumerate((waist, shoulder, pitch - shoulder, roll, angle, rotate)):
        solutions[..., k] = joint
    q = _into_limits(solutions, near)
    valid = (np.abs(bend) <= 1.0) & np.all((q >= LOWER - 1e-9) & (q <= UPPER + 1e-9), axis=-1)
    distance = np.where(valid, np.abs(q - near).max(axis=-1), np.inf)
    best = np.argmin(distance, axis=-1)[..., None, None]
    found = valid.any(axis=-1)
    chosen = np.take_along_axis(q, best, axis=-2)[..., 0, :]
    return np.where(found[..., None], np.clip(chosen, LOWER, UPPER), near[..., 0, :]), found


def euler_xyz(angles: Array) -> Array:
    """Rx(a) Ry(b) Rz(c) [..., 3, 3] for angles [..., 3] (rad): how ManiSkill 3 reads the rotation of an action."""
    return _rot_x(angles[..., 0]) @ _rot_y(angles[..., 1]) @ _rot_z(angles[..., 2])
