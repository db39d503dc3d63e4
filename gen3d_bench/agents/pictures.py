"""Pictures at the size that a model takes."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def resized(picture: NDArray[np.uint8], side: int, how: Literal["squash", "pad"]) -> NDArray[np.uint8]:
    """uint8 [side, side, 3] of [H, W, 3]: each side on its own ("squash"), or with black bars ("pad").

    Lanczos with antialiasing, as the Bridge pictures were made small for training.
    """
    height, width = picture.shape[:2]
    if (height, width) == (side, side):
        return picture
    scale = side / max(height, width)
    inner = (side, side) if how == "squash" else (round(width * scale), round(height * scale))
    left, top = (side - inner[0]) // 2, (side - inner[1]) // 2
    canvas = np.zeros((side, side, 3), np.uint8)
    small = Image.fromarray(picture).resize(inner, Image.Resampling.LANCZOS)
    canvas[top : top + inner[1], left : left + inner[0]] = np.asarray(small)
    return canvas
