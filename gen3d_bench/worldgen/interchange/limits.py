"""What a foreign mesh may be at most, and the error for one that cannot or must not be read."""

from __future__ import annotations

from dataclasses import dataclass


class MeshError(ValueError):
    """A mesh file is refused or cannot be read; the message names the file, says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """Most that is read of one object.  Generous for household things, small enough for any computer's memory.

    file_bytes: each file.  vertices, faces: of all meshes of a file, as written and again with instances placed.
    nodes: of the scene graph and its meshes.  texture_pixels: each picture.  pictures: how many.  extent: m.
    """

    file_bytes: int = 64 * 1024 * 1024
    vertices: int = 2_000_000
    faces: int = 2_000_000
    nodes: int = 4_000
    depth: int = 64
    texture_pixels: int = 8192 * 8192
    pictures: int = 64
    least_extent: float = 1e-3
    most_extent: float = 100.0
