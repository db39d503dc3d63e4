"""What a foreign mesh may be at most, and the error for one that cannot or must not be read."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF", "GIF")
"""What Pillow may decode.  Others (EPS, PDF, ...) start programs or have no place on a mesh."""


class MeshError(ValueError):
    """A mesh file is refused or cannot be read; the message names the file, says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """Most that is read of one file.  Generous for household things, small enough for any computer's memory.

    file_bytes: of the mesh file, and of each file that it names.  nodes, depth: of its scene graph, instances expanded.
    vertices, faces: of all its meshes, instances placed.  pictures, picture_pixels: how many, and of each; of all
    together at most twice as many pixels, and four times file_bytes.
    """

    file_bytes: int = 64 * 2**20
    nodes: int = 4000
    depth: int = 64
    vertices: int = 2_000_000
    faces: int = 2_000_000
    pictures: int = 64
    picture_pixels: int = 8192 * 8192


def read_bytes(path: Path, most: int) -> bytes:
    """A regular file's bytes, at most so many.  Raises MeshError."""
    try:
        # Not to wait for whoever would write into a pipe; what was opened is what is looked at and read.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise MeshError(f"{path}: is not a file")
            data = file.read(most + 1)
    except FileNotFoundError:
        raise MeshError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise MeshError(f"{path}: is not a file") from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL byte
        if isinstance(error, MeshError):
            raise
        raise MeshError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > most:
        raise MeshError(f"{path}: is larger than the {most / 2**20:.3g} MiB that are read of it; reduce it first")
    return data


def at_most(path: Path, what: str, count: int, limit: int) -> None:
    """Raises MeshError where a file holds more of something than is read."""
    if count > limit:
        raise MeshError(f"{path}: has {count:,} {what}, more than the {limit:,} that are read; reduce it first")


def check_picture(path: Path, name: str, data: bytes, limits: Limits) -> int:
    """Number of pixels; MeshError for a picture that is none or has too many, from its header alone.

    path, name: of the mesh and of its picture, for the message.
    """
    try:
        with Image.open(io.BytesIO(data), formats=PICTURE_FORMATS) as picture:
            width, height = picture.size
    except Image.DecompressionBombError:
        width, height = limits.picture_pixels, 2  # Pillow gives up above 179 million pixels without a number
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise MeshError(f"{path}: its texture {name} is not a picture in a format that is read "
                        f"({', '.join(PICTURE_FORMATS)})") from None
    if width * height > limits.picture_pixels:
        raise MeshError(f"{path}: its texture {name} has too many pixels (more than {limits.picture_pixels:,}); "
                        f"scale it down first")
    return width * height
