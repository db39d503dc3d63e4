"""What a shape family returns: textured surfaces, convex collision parts and physical properties.

Frame of every array here: metres, Z up, origin at the centre of the base (the lowest point has z = 0, and x = y = 0 is
the centre of the footprint).  The asset writer turns this into the Y-up files that glTF asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

MAX_PARTS = 16
"""Most convex collision parts an object may have: contact stays cheap."""
MAX_PART_VERTICES = 64
"""Most vertices a convex part may have: the limit of PhysX's GPU contact code."""


@dataclass(frozen=True)
class Material:
    """How a surface looks: a PBR metallic-roughness material.

    base_color: sRGB in [0, 1]; multiplies the texture (leave it white with one).
    texture: uint8 [H, W, 3] sRGB, row 0 at v = 1 (as an image is stored), or None for a plain colour.
    """

    base_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    texture: NDArray[np.uint8] | None = None
    roughness: float = 0.6
    metallic: float = 0.0


@dataclass(frozen=True)
class Surface:
    """A closed, outward-facing triangle mesh with one material.

    vertices: float64 [V, 3] (m); faces: int64 [F, 3], counter-clockwise seen from outside; uv: float64 [V, 2].
    crease_deg: edges sharper than this stay sharp when normals are computed.
    Vertices may be doubled along texture seams; merged by position the mesh is watertight.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    uv: NDArray[np.float64]
    material: Material = field(default_factory=Material)
    crease_deg: float = 40.0

    def moved(self, offset: tuple[float, float, float] | NDArray[np.float64]) -> Surface:
        return replace(self, vertices=self.vertices + np.asarray(offset, float))

    def turned(self, rotation: NDArray[np.float64]) -> Surface:
        """Rotated about the origin by a 3x3 matrix."""
        return replace(self, vertices=self.vertices @ np.asarray(rotation, float).T)

    def scaled(self, factors: float | tuple[float, float, float] | NDArray[np.float64]) -> Surface:
        """Scaled about the origin; all factors must be positive."""
        return replace(self, vertices=self.vertices * np.asarray(factors, float))

    def painted(self, material: Material) -> Surface:
        return replace(self, material=material)


@dataclass(frozen=True)
class ObjectModel:
    """A complete object.

    surfaces: what is seen.  collision: convex parts, each float64 [V <= 64, 3] hull points (m), at most 16 parts;
    hollow things are hollow here too.  density: kg/m^3 of the solid material of the *collision parts* (mass = density *
    their volume, unless mass_kg is given).  friction: Coulomb coefficient.
    hollow: True if things can be put IN it (otherwise they are put ON it).
    """

    surfaces: tuple[Surface, ...]
    collision: tuple[NDArray[np.float64], ...]
    density: float = 700.0
    friction: float = 0.6
    mass_kg: float | None = None
    hollow: bool = False
