"""Small pictures and moving pictures for the report: WebP, which every current browser shows without a player."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gen3d_bench.scenes.io import write_atomic

Frame = NDArray[np.uint8]

VIDEO_SIZE = (320, 240)
PICTURE_SIZE = (320, 240)
"""Width, height (px)."""
FRAME_MS = 200
LAST_FRAME_MS = 1500
"""The end of an episode is held, so that one can see how it ended."""


def save_picture(path: Path, frame: Frame) -> None:
    """Write one frame uint8 [H, W, 3]."""
    _write(path, _small(frame, PICTURE_SIZE), quality=75)


def save_video(path: Path, frames: Iterable[Frame]) -> None:
    """Write frames as an endless animation, and the last one as a still beside it (see `still_of`)."""
    images = [_small(frame, VIDEO_SIZE) for frame in frames]
    durations = [FRAME_MS] * (len(images) - 1) + [LAST_FRAME_MS]
    _write(still_of(path), images[-1], quality=75)
    _write(path, images[0], quality=55, save_all=True, append_images=images[1:], duration=durations, loop=0, method=4)


def still_of(video: Path) -> Path:
    """Where `save_video` puts the last frame."""
    return video.with_suffix(".still.webp")


def _small(frame: Frame, size: tuple[int, int]) -> Image.Image:
    image = Image.fromarray(frame)
    image.thumbnail(size, Image.Resampling.LANCZOS)
    return image


def _write(path: Path, image: Image.Image, **options: Any) -> None:
    buffer = io.BytesIO()
    image.save(buffer, format="WEBP", **options)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, buffer.getvalue())
