"""What things are made of: from a prompt's material and colour to a textured `Material` and its physics."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gen3d_bench.worldgen.procedural.model import Material
from gen3d_bench.worldgen.procedural.palette import MATERIALS, MaterialProps, color_or, pick, shade, timber_tone
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import (
    Direction,
    Texture,
    cardboard,
    coordinates,
    granite,
    metal,
    plain,
    speckle,
    stone,
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
    timber = timber_tone(spec.words) if kind == "wood" else None
    color = color_or(spec.color or timber, own, rng)
    return Finish(kind, color, MATERIALS[kind].material(texture=surface_texture(kind, color, rng, grain)))


def undecorated(spec: Spec) -> bool:
    """True if a description leaves no room for bands and dots of a family's own choice."""
    return spec.pattern is not None or any(part.color is not None for part in spec.parts)


def part_look(spec: Spec, names: tuple[str, ...], usual: Material) -> Material:
    """The look of a part: the colour or the material that the description gives it under one of its names, or usual."""
    part = spec.part(*names)
    if part is None or (part.color is None and part.material is None):
        return usual
    if part.material is None:
        return replace(usual, base_color=part.color or usual.base_color, texture=None)
    props = MATERIALS[part.material]
    color = part.color or timber_tone(part.words) or props.tints[0]
    return props.material(color)


def surface_texture(kind: str, color: Rgb, rng: np.random.Generator, grain: Direction = "u") -> Texture:
    """A tileable texture that shows the material."""
    if kind in METALS:
        return metal(rng, color, 256, contrast=0.06)
    if kind == "wood":
        return wood(rng, color, 256, along=grain)
    if kind == "stone":
        return stone(rng, color, 256) if rng.random() < 0.5 else granite(rng, color, 256)
    if kind == "wicker":
        return wicker(rng, color, 256, stakes=32, rows=16)
    if kind in {"cardboard", "paper"}:
        return cardboard(rng, color, 128)
    if kind in {"ceramic", "clay"} and rng.random() < 0.35:
        return speckle(rng, color, 256, density=0.015)
    return plain(rng, color, 64, 0.03)


def gleaming(texture: Texture, color: Rgb, rng: np.random.Generator, size: int = 256) -> Texture:
    """[size, size, 3] the texture of a glass body with long upright reflections and a bright rim, as painters do it.

    Renderers for robots draw no refraction; this is what makes glass look like glass in them.
    """
    u, rows = coordinates((size, size))
    gleam = np.zeros((size, size))
    for at, width, strength in ((0.10, 0.018, 0.85), (0.16, 0.007, 0.6), (0.62, 0.022, 0.8), (0.86, 0.018, 0.85)):
        away = np.abs((u - at - rng.uniform(-0.02, 0.02) + 0.5) % 1.0 - 0.5)
        gleam = np.maximum(gleam, strength * np.clip(1.6 - away / width, 0, 1) * np.ones_like(rows))
    rim = np.clip(1.5 - np.abs(1.0 - rows - 0.505) / 0.008, 0, 1) * np.ones_like(u)
    step = np.arange(size) * texture.shape[0] // size
    return to_texture(blend(texture[np.ix_(step, step)] / 255.0, shade(color, 1.9), np.maximum(gleam, 0.9 * rim)))


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
