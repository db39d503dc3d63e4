"""The asset generator "bridge-lookalike": stand-ins of our own for SimplerEnv's Bridge objects.

They are drawn by this package's shape families, in colours chosen by eye, and given the sizes, the weights and the one
convex hull that the official things have.  Nothing of the official files is in them.  The prompt names the model
("carrot"); the seed is 0, for there is only one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from gen3d_bench.scenes.bridge import FRICTION, BridgeModel, Vector
from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.bridge.original import known_model
from gen3d_bench.worldgen.procedural.assetfiles import LICENCE, Array, write_collision, write_glb
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.geometry import box, lathe, loft, rotation, rounded_polygon
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.shapes import rest_hull
from gen3d_bench.worldgen.procedural.solids import lying, planar
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import coordinates, noise, shaded, to_texture

VERSION = 1
"""Raised whenever the same prompt would give other bytes."""

ORANGE: Rgb = (0.90, 0.42, 0.07)
LEAF: Rgb = (0.15, 0.27, 0.17)
PALE_GREEN: Rgb = (0.84, 0.90, 0.60)
LIME: Rgb = (0.78, 0.85, 0.44)
STEEL: Rgb = (0.74, 0.74, 0.75)
SKY_BLUE: Rgb = (0.62, 0.77, 0.86)
GREEN: Rgb = (0.32, 0.55, 0.41)
YELLOW: Rgb = (0.95, 0.79, 0.44)
FACETS_M: Mapping[str, float] = MappingProxyType({"carrot": 0.0015, "spoon": 0.0008})
"""How far up round things are flattened where they lie, so that they do not roll away."""


def generate(prompt: str, seed: int, folder: Path) -> AssetInfo:
    """Writes `visual.glb` and `collision.obj`.  Raises StoreError for an unknown model."""
    made = known_model(prompt, seed)
    model = build(made)
    write_glb(model.surfaces, folder / "visual.glb")
    write_collision(model.collision, folder / "collision.obj")
    x, y, z = (round(v, 5) for v in made.size)
    return AssetInfo(
        kind="object",
        name=prompt,
        category=prompt.split()[-1],
        description=f"{prompt}, drawn after that of SimplerEnv's Bridge scenes",
        size=(x, y, z),
        mass=model.mass_kg,
        friction=model.friction,
        parts=len(model.collision),
        provenance=f"gen3d_bench look-alike v{VERSION} of {made.model_id}",
        licence=LICENCE,
    )


def build(model: BridgeModel) -> ObjectModel:
    """The stand-in for one of upstream's models."""
    surfaces = _fitted(_SHAPES[model.name](np.random.default_rng(7)), model.size, FACETS_M.get(model.name, 0.0))
    return ObjectModel(surfaces, (rest_hull(*surfaces),), friction=FRICTION, mass_kg=model.mass)


def _fitted(surfaces: tuple[Surface, ...], size: Vector, facet: float) -> tuple[Surface, ...]:
    """Stretched to a box of this size (m), standing on z = 0 about the origin; the lowest `facet` metres are level."""
    points = np.vstack([s.vertices for s in surfaces])
    low = points.min(axis=0)
    factors = np.array(size) / np.ptp(points, axis=0)
    middle = np.array([size[0] / 2, size[1] / 2, 0.0])

    def place(vertices: Array) -> Array:
        placed = (vertices - low) * factors - middle
        flat = np.where(placed[:, 2] < facet, 0.0, placed[:, 2])
        return np.column_stack([placed[:, :2], flat])

    return tuple(replace(s, vertices=place(s.vertices)) for s in surfaces)


def _reversed(surfaces: tuple[Surface, ...]) -> tuple[Surface, ...]:
    return tuple(s.turned(rotation("z", np.pi)) for s in surfaces)


def _carrot(rng: np.random.Generator) -> tuple[Surface, ...]:
    """Its tip towards -x; the greens are cut to a stub that widens."""
    root, _ = FAMILIES["carrot"].build(Spec("carrot", "carrot", color=ORANGE), rng).surfaces
    (root,) = _reversed((root,))
    low, high = root.vertices.min(axis=0), root.vertices.max(axis=0)
    root = root.moved(-low * (1.0, 0.0, 1.0)).scaled((0.088 / (high[0] - low[0]), 1.0, 1.0))
    stub = [(0.0, 0.0), (0.0050, 0.0), (0.0058, 0.010), (0.0094, 0.026), (0.0092, 0.030), (0.0, 0.031)]
    ribs = 1.0 + 0.07 * np.cos(9 * 2 * np.pi * np.arange(54) / 54)
    green = lathe(stub, Material(LEAF, roughness=0.9), 54, radial=np.tile(ribs, (len(stub), 1)))
    middle = float(high[2] - low[2]) / 2
    return root, lying(green).turned(rotation("y", -0.12)).moved((0.085, 0.0, middle))


def _plate(rng: np.random.Generator) -> tuple[Surface, ...]:
    (body,) = FAMILIES["plate"].build(Spec("plate", "plate"), rng).surfaces
    # Seen from above a plate this flat shows no form: a fine shade marks where the rim slopes down to the well.
    u, v = coordinates((256, 256))
    radius = np.hypot(u - 0.5, v - 0.5) * 2
    glaze = shaded(PALE_GREEN, 1.0 - 0.10 * np.exp(-(((radius - 0.76) / 0.035) ** 2)))
    return (planar(body.painted(Material(texture=to_texture(glaze), roughness=0.8))),)


def _spoon(rng: np.random.Generator) -> tuple[Surface, ...]:
    """Its bowl towards -x."""
    handle, neck, bowl = FAMILIES["spoon"].build(Spec("spoon", "spoon"), rng).surfaces
    steel = Material(STEEL, roughness=0.7)
    return _reversed((handle.painted(Material(LIME, roughness=0.8)), neck.painted(steel), bowl.painted(steel)))


def _towel(rng: np.random.Generator) -> tuple[Surface, ...]:
    """A cloth folded in four, its upper fold a little askew on the lower one."""
    cloth = Material(texture=_terry(rng), roughness=0.95)
    lower = _fold(0.100, 0.100, cloth)
    upper = _fold(0.097, 0.096, cloth).turned(rotation("z", 0.012)).moved((0.0008, -0.001, 0.0048))
    return lower, upper


def _fold(width: float, depth: float, cloth: Material) -> Surface:
    """One fold: 5 mm thick, its edges round."""
    rounds = [(0.0016, 0.0), (0.0004, 0.0008), (0.0, 0.0024), (0.0004, 0.0041), (0.0018, 0.0050)]
    outlines = [rounded_polygon(width - 2 * inset, depth - 2 * inset, 0.006 - inset, 6) for inset, _ in rounds]
    return planar(loft(outlines, [height for _, height in rounds], cloth, crease_deg=60))


def _terry(rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Loops of pile over soft creases."""
    shape = (512, 512)
    u, v = coordinates(shape)
    pile = noise(rng, shape, (96, 96), 2) - 0.5
    creases = noise(rng, shape, (4, 5), 3) - 0.5
    hem = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v))
    seam = 0.10 * np.exp(-(((hem - 0.035) / 0.006) ** 2))
    return to_texture(shaded(SKY_BLUE, 1.0 + 0.10 * pile + 0.14 * creases - seam))


def _cube(color: Rgb) -> Callable[[np.random.Generator], tuple[Surface, ...]]:
    return lambda rng: (box((0.03, 0.03, 0.03), Material(color, roughness=0.9), radius=0.0006),)


_SHAPES: Mapping[str, Callable[[np.random.Generator], tuple[Surface, ...]]] = MappingProxyType({
    "carrot": _carrot,
    "plate": _plate,
    "spoon": _spoon,
    "towel": _towel,
    "green cube": _cube(GREEN),
    "yellow cube": _cube(YELLOW),
})  # fmt: skip
