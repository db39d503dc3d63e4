"""sRGB, as colours are written and seen, and the linear values that light and glTF factors are reckoned in."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def linear(srgb: ArrayLike) -> Array:
    """Of sRGB values in [0, 1], any shape."""
    s = np.asarray(srgb, np.float64)
    values: Array = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    return values


def srgb(linear: ArrayLike) -> Array:
    """Of linear values from 0 on, any shape; what is brighter than 1 stays so."""
    v = np.asarray(linear, np.float64)
    values: Array = np.where(v <= 0.0031308, 12.92 * v, 1.055 * np.maximum(v, 1e-9) ** (1 / 2.4) - 0.055)
    return values
