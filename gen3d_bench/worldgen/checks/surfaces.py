"""How shiny a surface is, from the materials of an asset's mesh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gen3d_bench.worldgen.checks.meshes import meshes


@dataclass(frozen=True)
class Sheen:
    """Means over the surface, by area: of the roughness and the metalness that glTF gives it, each from 0 to 1."""

    roughness: float
    metalness: float


def read_sheen(folder: Path) -> Sheen:
    """Of `visual.glb`.  Raises UnreadableMesh."""
    rows = []
    for mesh in meshes(folder / "visual.glb"):
        material: Any = getattr(mesh.visual, "material", None)
        values = (getattr(material, f"{name}Factor", None) for name in ("roughness", "metallic"))
        roughness, metalness = (1.0 if value is None else float(value) for value in values)  # glTF's defaults
        image = getattr(material, "metallicRoughnessTexture", None)
        if image is not None:
            _, green, blue = np.asarray(image.convert("RGB"), float).reshape(-1, 3).mean(axis=0) / 255.0
            roughness, metalness = roughness * green, metalness * blue
        rows.append((float(mesh.area), roughness, metalness))
    area, roughnesses, metals = np.array(rows).T
    return Sheen(float(np.average(roughnesses, weights=area)), float(np.average(metals, weights=area)))
