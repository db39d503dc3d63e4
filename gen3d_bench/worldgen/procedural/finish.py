"""What things are made of: from a prompt's material and colour to a textured `Material` and its physics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen3d_bench.worldgen.procedural.model import Material
from gen3d_bench.worldgen.procedural.palette import MATERIALS, MaterialProps, color_or, pick, shade
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import (
    Direction,
    Texture,
    cardboard,
    coordinates,
    metal,
    plain,
    speckle,
    to_texture,
    wicker,
    wood,
)
from gen3d_bench.worldgen.procedural.textures import mix as blend

METALS = frozenset({"metal", "steel"})
GLAZED = frozenset({"ceramic", "porcelain"})


@dataclass(frozen=True)
class Finish:
    """kind: key of MATERIALS.  color: sRGB.  look: what to paint surfaces with."""

    kind: str
    color: Rgb
    look: Material

    @property
    def props(self) -> MaterialProps:
        return MATERIALS[self.kind]

    def textured(self, texture: Texture) -> Material:
        """The same material with another texture."""
        return self.props.material(texture=texture)

    def plain(self, factor: float = 1.0) -> Material:
        """The same material in one flat colour, darker or lighter by `palette.shade`'s factor."""
        return self.props.material(shade(self.color, factor))


def finish(spec: Spec, rng: np.random.Generator, kinds: tuple[str, ...], colors: tuple[Rgb, ...] = (), *,
           grain: Direction = "u") -> Finish:
    """The material asked for, or one of `kinds`; in the colour asked for, or one of `colors` or the material's own.

    colors: what glaze, enamel and plastic come in here; wood, metal, glass and wicker keep their own colours.
    grain: the way the fibres of wood run.

    A plain colour word rules out metal and glass unless they are named too: "red pot" is enamelled.
    """
    kind = spec.material or pick(rng, kinds)
    if spec.color is not None and spec.material is None and kind in METALS | {"glass"}:
        kind = "ceramic"
    own = colors if colors and kind in GLAZED | {"plastic"} else MATERIALS[kind].tints
    color = color_or(spec.color, own, rng)
    return Finish(kind, color, MATERIALS[kind].material(texture=surface_texture(kind, color, rng, grain)))


def surface_texture(kind: str, color: Rgb, rng: np.random.Generator, grain: Direction = "u") -> Texture:
    """A tileable texture that shows the material."""
    if kind in METALS:
        return metal(rng, color, 256, contrast=0.06)
    if kind == "wood":
        return wood(rng, color, 256, along=grain)
    if kind == "wicker":
        return wicker(rng, color, 256, stakes=32, rows=16)
    if kind in {"cardboard", "paper"}:
        return cardboard(rng, color, 128)
    if kind in {"ceramic", "clay"} and rng.random() < 0.35:
        return speckle(rng, color, 256, density=0.015)
    return plain(rng, color, 64, 0.03)


def banded(texture: Texture, color: Rgb, bands: tuple[tuple[float, float], ...], size: int = 256) -> Texture:
    """[size, size, 3] a texture with rings of a colour at the (low, high) ranges of v."""
    _, rows = coordinates((size, size))
    v = 1.0 - rows
    step = np.arange(size) * texture.shape[0] // size
    image = texture[np.ix_(step, step)] / 255.0
    ring = np.zeros((size, size))
    for low, high in bands:
        ring = np.maximum(ring, ((v >= low) & (v <= high)) * np.ones((size, size)))
    return to_texture(blend(image, color, ring))


def dotted(
    texture: Texture,
    color: Rgb,
    grid: tuple[int, int],
    radius: float,
    v_range: tuple[float, float] = (0.0, 1.0),
    size: int = 256,
    aspect: float = 1.0,
) -> Texture:
    """[size, size, 3] a texture with round dots (or holes) on a staggered (columns, rows) grid within v_range.

    radius: of a dot, as a fraction of a column.  aspect: height of a row over width of a column, in metres.
    """
    u, rows = coordinates((size, size))
    v = 1.0 - rows
    columns, lines = grid
    row = np.floor(v * lines)
    across = (u * columns + 0.5 * (row % 2)) % 1.0 - 0.5
    up = ((v * lines) % 1.0 - 0.5) * aspect
    inside = (np.hypot(across, up) < radius) & (v >= v_range[0]) & (v <= v_range[1])
    step = np.arange(size) * texture.shape[0] // size
    return to_texture(blend(texture[np.ix_(step, step)] / 255.0, color, inside.astype(float)))
