"""Batched rotations and rigid transforms in numpy.

Quaternions are wxyz with shape [..., 4]; rotation matrices [..., 3, 3]; rotation vectors [..., 3] (rad).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def matrix_from_quat(q: Array) -> Array:
    """[..., 4] unit quaternions to [..., 3, 3]."""
    w, x, y, z = np.moveaxis(np.asarray(q, float), -1, 0)
    rows = [
        1 - 2 * (y * y + z * z),
        2 * (x * y - w * z),
        2 * (x * z + w * y),
        2 * (x * y + w * z),
        1 - 2 * (x * x + z * z),
        2 * (y * z - w * x),
        2 * (x * z - w * y),
        2 * (y * z + w * x),
        1 - 2 * (x * x + y * y),
    ]
    return np.stack(rows, axis=-1).reshape(*np.shape(w), 3, 3)


def quat_from_matrix(m: Array) -> Array:
    """[..., 3, 3] to [..., 4] with w >= 0 (Shepperd's method: the largest component is never divided by a small
    one)."""
    m = np.asarray(m, float)
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    # Four times the products of every two components: each row is the quaternion, times four times one of them.
    table = np.empty((*m.shape[:-2], 4, 4))
    table[..., 0, 0] = 1 + xx + yy + zz
    table[..., 1, 1] = 1 + xx - yy - zz
    table[..., 2, 2] = 1 - xx + yy - zz
    table[..., 3, 3] = 1 - xx - yy + zz
    table[..., 0, 1] = table[..., 1, 0] = m[..., 2, 1] - m[..., 1, 2]
    table[..., 0, 2] = table[..., 2, 0] = m[..., 0, 2] - m[..., 2, 0]
    table[..., 0, 3] = table[..., 3, 0] = m[..., 1, 0] - m[..., 0, 1]
    table[..., 1, 2] = table[..., 2, 1] = m[..., 1, 0] + m[..., 0, 1]
    table[..., 2, 3] = table[..., 3, 2] = m[..., 2, 1] + m[..., 1, 2]
    table[..., 3, 1] = table[..., 1, 3] = m[..., 0, 2] + m[..., 2, 0]
    best = np.argmax(np.diagonal(table, axis1=-2, axis2=-1), axis=-1)
    q = np.take_along_axis(table, best[..., None, None], axis=-2)[..., 0, :]
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(q[..., :1] < 0, -q, q)


def matrix_from_rotvec(v: Array) -> Array:
    """[..., 3] rotation vectors to [..., 3, 3] (Rodrigues)."""
    v = np.asarray(v, float)
    angle = np.linalg.norm(v, axis=-1)[..., None, None]
    k = np.zeros((*v.shape, 3))
    k[..., 2, 1], k[..., 0, 2], k[..., 1, 0] = v[..., 0], v[..., 1], v[..., 2]
    k -= np.swapaxes(k, -1, -2)
    # sinc keeps full precision down to zero: np.sinc(x) = sin(pi x) / (pi x)
    a = np.sinc(angle / np.pi)
    b = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2
    return np.eye(3) + a * k + b * (k @ k)


def rotvec_from_matrix(m: Array) -> Array:
    """[..., 3, 3] to rotation vectors [..., 3] with angle in [0, pi]."""
    q = quat_from_matrix(m)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)


def rpy_from_matrix(m: Array) -> Array:
    """[..., 3, 3] to roll, pitch, yaw [..., 3] (rad): static x-y-z ("sxyz"), R = Rz(yaw) Ry(pitch) Rx(roll)."""
    m = np.asarray(m, float)
    horizontal = np.hypot(m[..., 0, 0], m[..., 1, 0])
    locked = horizontal < 1e-9
    roll = np.where(locked, np.arctan2(-m[..., 1, 2], m[..., 1, 1]), np.arctan2(m[..., 2, 1], m[..., 2, 2]))
    yaw = np.where(locked, 0.0, np.arctan2(m[..., 1, 0], m[..., 0, 0]))
    return np.stack([roll, np.arctan2(-m[..., 2, 0], horizontal), yaw], axis=-1)


def matrix_from_rpy(rpy: Array) -> Array:
    """[..., 3] roll, pitch, yaw (rad) to [..., 3, 3]: static x-y-z ("sxyz"), R = Rz(yaw) Ry(pitch) Rx(roll)."""
    x, y, z = (matrix_from_rotvec(np.asarray(rpy, float)[..., k, None] * np.eye(3)[k]) for k in range(3))
    return z @ y @ x


def yaw_quat(yaw: Array) -> Array:
    """Quaternions [..., 4] of rotations about Z by yaw [...] (rad)."""
    half = np.asarray(yaw, float) / 2
    zero = np.zeros_like(half)
    return np.stack([np.cos(half), zero, zero, np.sin(half)], axis=-1)
