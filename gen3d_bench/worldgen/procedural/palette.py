"""Words for colours and materials, and what they mean: sRGB values, roughness, metalness, density, friction."""

from __future__ import annotations

import colorsys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from gen3d_bench.worldgen.procedural.model import Material
from gen3d_bench.worldgen.procedural.spec import Rgb

T = TypeVar("T")

COLORS: Mapping[str, Rgb] = MappingProxyType({
    "red": (0.78, 0.11, 0.10),
    "green": (0.20, 0.56, 0.20),
    "blue": (0.13, 0.32, 0.74),
    "yellow": (0.94, 0.78, 0.12),
    "orange": (0.93, 0.47, 0.08),
    "purple": (0.46, 0.20, 0.62),
    "pink": (0.93, 0.52, 0.66),
    "brown": (0.43, 0.26, 0.14),
    "black": (0.07, 0.07, 0.08),
    "white": (0.93, 0.93, 0.91),
    "gray": (0.50, 0.51, 0.52),
    "grey": (0.50, 0.51, 0.52),
    "silver": (0.75, 0.76, 0.78),
    "gold": (0.86, 0.68, 0.29),
    "beige": (0.87, 0.79, 0.65),
    "cream": (0.95, 0.91, 0.80),
    "tan": (0.76, 0.60, 0.42),
    "teal": (0.08, 0.50, 0.50),
    "cyan": (0.15, 0.72, 0.80),
    "turquoise": (0.20, 0.70, 0.66),
    "navy": (0.09, 0.14, 0.36),
    "maroon": (0.45, 0.08, 0.12),
    "violet": (0.52, 0.30, 0.72),
    "magenta": (0.80, 0.13, 0.52),
    "olive": (0.45, 0.46, 0.16),
    "golden": (0.86, 0.68, 0.29),
    "silvery": (0.75, 0.76, 0.78),
    "ivory": (0.94, 0.92, 0.84),
    "charcoal": (0.20, 0.21, 0.23),
    "mint": (0.62, 0.86, 0.72),
    "lavender": (0.71, 0.62, 0.85),
    "lilac": (0.76, 0.64, 0.80),
    "indigo": (0.25, 0.18, 0.52),
    "crimson": (0.68, 0.07, 0.16),
    "scarlet": (0.84, 0.14, 0.08),
    "burgundy": (0.44, 0.06, 0.15),
    "coral": (0.95, 0.47, 0.38),
    "salmon": (0.94, 0.56, 0.47),
    "mustard": (0.83, 0.65, 0.13),
    "amber": (0.88, 0.58, 0.10),
    "khaki": (0.69, 0.64, 0.46),
    "aqua": (0.30, 0.78, 0.78),
    "azure": (0.16, 0.50, 0.85),
    "fuchsia": (0.84, 0.15, 0.55),
    "emerald": (0.08, 0.52, 0.32),
    "rust": (0.66, 0.29, 0.12),
    "chocolate": (0.32, 0.18, 0.10),
    "caramel": (0.73, 0.46, 0.21),
    "honey": (0.85, 0.62, 0.25),
    "sand": (0.82, 0.73, 0.56),
    "taupe": (0.55, 0.48, 0.42),
})
"""sRGB of each colour word a prompt may use."""

COLOR_PHRASES: Mapping[tuple[str, str], Rgb] = MappingProxyType({
    ("navy", "blue"): COLORS["navy"],
    ("sky", "blue"): (0.45, 0.71, 0.92),
    ("baby", "blue"): (0.62, 0.80, 0.93),
    ("royal", "blue"): (0.14, 0.26, 0.72),
    ("cobalt", "blue"): (0.08, 0.25, 0.66),
    ("ice", "blue"): (0.74, 0.88, 0.95),
    ("teal", "blue"): (0.10, 0.47, 0.56),
    ("lime", "green"): (0.55, 0.80, 0.18),
    ("mint", "green"): COLORS["mint"],
    ("olive", "green"): COLORS["olive"],
    ("forest", "green"): (0.11, 0.34, 0.15),
    ("emerald", "green"): COLORS["emerald"],
    ("sage", "green"): (0.61, 0.68, 0.55),
    ("grass", "green"): (0.32, 0.60, 0.16),
    ("apple", "green"): (0.52, 0.72, 0.22),
    ("yellow", "green"): (0.66, 0.78, 0.20),
    ("lemon", "yellow"): (0.97, 0.89, 0.25),
    ("mustard", "yellow"): COLORS["mustard"],
    ("golden", "yellow"): (0.93, 0.72, 0.16),
    ("golden", "brown"): (0.62, 0.40, 0.16),
    ("chocolate", "brown"): COLORS["chocolate"],
    ("hot", "pink"): (0.92, 0.20, 0.55),
    ("rose", "pink"): (0.90, 0.50, 0.58),
    ("rose", "gold"): (0.82, 0.58, 0.50),
    ("cherry", "red"): (0.70, 0.06, 0.14),
    ("brick", "red"): (0.62, 0.24, 0.17),
    ("burnt", "orange"): (0.78, 0.35, 0.08),
    ("off", "white"): (0.92, 0.90, 0.84),
    ("creamy", "white"): COLORS["cream"],
    ("cream", "white"): COLORS["cream"],
    ("snow", "white"): COLORS["white"],
    ("ivory", "white"): COLORS["ivory"],
    ("jet", "black"): COLORS["black"],
    ("slate", "gray"): (0.38, 0.42, 0.46),
    ("slate", "grey"): (0.38, 0.42, 0.46),
    ("charcoal", "gray"): COLORS["charcoal"],
    ("charcoal", "grey"): COLORS["charcoal"],
    ("silver", "gray"): COLORS["silver"],
    ("silver", "grey"): COLORS["silver"],
})
"""Colours that take two words."""

TINGES: Mapping[str, Rgb] = MappingProxyType({
    "reddish": COLORS["red"], "greenish": COLORS["green"], "bluish": COLORS["blue"], "yellowish": COLORS["yellow"],
    "brownish": COLORS["brown"], "grayish": COLORS["gray"], "greyish": COLORS["grey"], "whitish": COLORS["white"],
    "purplish": COLORS["purple"], "pinkish": COLORS["pink"], "blackish": COLORS["black"],
})
"""Words that are a colour by themselves and tinge one that follows."""

TIMBERS: Mapping[str, Rgb] = MappingProxyType({
    "oak": (0.74, 0.56, 0.36),
    "walnut": (0.38, 0.24, 0.16),
    "bamboo": (0.80, 0.68, 0.42),
    "pine": (0.82, 0.66, 0.44),
    "cherrywood": (0.58, 0.30, 0.19),
    "birch": (0.82, 0.73, 0.58),
    "maple": (0.80, 0.64, 0.44),
    "beech": (0.80, 0.61, 0.42),
    "acacia": (0.52, 0.34, 0.20),
    "mahogany": (0.42, 0.18, 0.12),
    "teak": (0.60, 0.40, 0.22),
    "dark": (0.34, 0.21, 0.14),
    "light": (0.84, 0.70, 0.50),
    "pale": (0.86, 0.75, 0.58),
})
"""Words for kinds of wood, or how dark it is -> its sRGB."""

NEUTRALS = frozenset({"black", "white", "gray", "grey", "silver", "beige", "cream"})
"""Colours without a clear hue."""


@dataclass(frozen=True)
class MaterialProps:
    """roughness, metallic: PBR factors in [0, 1].  density: kg/m^3 of the bulk.  friction: Coulomb coefficient.

    tints: sRGB values a thing of this material has when nobody names a colour.
    """

    roughness: float
    metallic: float
    density: float
    friction: float
    tints: tuple[Rgb, ...]

    def material(self, base_color: Rgb = (1.0, 1.0, 1.0), texture: np.ndarray | None = None) -> Material:
        return Material(base_color, texture, self.roughness, self.metallic)


_CERAMIC_TINTS = ((0.93, 0.92, 0.88), (0.36, 0.55, 0.66), (0.80, 0.47, 0.33), (0.52, 0.62, 0.49), (0.88, 0.82, 0.69),
                  (0.30, 0.36, 0.46))
_PLASTIC_TINTS = ((0.80, 0.18, 0.16), (0.16, 0.40, 0.76), (0.95, 0.76, 0.16), (0.25, 0.60, 0.35), (0.90, 0.90, 0.88),
                  (0.93, 0.50, 0.15))
_METAL_TINTS = ((0.78, 0.79, 0.80), (0.72, 0.73, 0.75), (0.82, 0.81, 0.79))
_WOOD_TINTS = ((0.66, 0.45, 0.26), (0.78, 0.58, 0.36), (0.52, 0.33, 0.19), (0.85, 0.69, 0.47))
_FABRIC_TINTS = ((0.83, 0.33, 0.29), (0.33, 0.49, 0.69), (0.90, 0.86, 0.76), (0.46, 0.60, 0.45), (0.88, 0.70, 0.33))

MATERIALS: Mapping[str, MaterialProps] = MappingProxyType({
    "ceramic": MaterialProps(0.22, 0.0, 1800.0, 0.55, _CERAMIC_TINTS),
    "porcelain": MaterialProps(0.15, 0.0, 1800.0, 0.55, ((0.95, 0.95, 0.93), (0.90, 0.93, 0.96))),
    "clay": MaterialProps(0.80, 0.0, 1600.0, 0.70, ((0.70, 0.38, 0.25), (0.60, 0.34, 0.24))),
    "glass": MaterialProps(0.05, 0.0, 1500.0, 0.50, ((0.74, 0.88, 0.92), (0.70, 0.86, 0.86), (0.78, 0.90, 0.96))),
    "metal": MaterialProps(0.32, 0.75, 2200.0, 0.45, _METAL_TINTS),
    "steel": MaterialProps(0.30, 0.80, 2200.0, 0.45, _METAL_TINTS),
    "plastic": MaterialProps(0.42, 0.0, 700.0, 0.55, _PLASTIC_TINTS),
    "rubber": MaterialProps(0.85, 0.0, 900.0, 0.95, ((0.92, 0.55, 0.62), (0.90, 0.90, 0.88), (0.35, 0.55, 0.75))),
    "wood": MaterialProps(0.62, 0.0, 600.0, 0.65, _WOOD_TINTS),
    "wicker": MaterialProps(0.82, 0.0, 350.0, 0.75, ((0.74, 0.55, 0.33), (0.62, 0.43, 0.25), (0.83, 0.68, 0.46))),
    "fabric": MaterialProps(0.95, 0.0, 300.0, 0.90, _FABRIC_TINTS),
    "paper": MaterialProps(0.88, 0.0, 500.0, 0.60, ((0.94, 0.93, 0.89), (0.91, 0.87, 0.77))),
    "cardboard": MaterialProps(0.90, 0.0, 250.0, 0.60, ((0.72, 0.54, 0.36), (0.66, 0.49, 0.32))),
    "foam": MaterialProps(0.95, 0.0, 80.0, 0.90, ((0.95, 0.83, 0.32), (0.50, 0.75, 0.45))),
    "stone": MaterialProps(0.40, 0.0, 1900.0, 0.60, ((0.86, 0.85, 0.83), (0.55, 0.55, 0.56), (0.30, 0.31, 0.33))),
    "leather": MaterialProps(0.70, 0.0, 600.0, 0.70, ((0.36, 0.21, 0.13), (0.14, 0.12, 0.12))),
    "produce": MaterialProps(0.45, 0.0, 650.0, 0.70, ((0.78, 0.11, 0.10), (0.94, 0.78, 0.12))),
})
"""What each material looks and behaves like; keys are `Spec.material` values ("produce": fruit and vegetables)."""


def timber_tone(words: Collection[str]) -> Rgb | None:
    """The colour of the wood that some words name ("oak", "dark"), or None."""
    return next((TIMBERS[w] for w in TIMBERS if w in words), None)


def vary(rgb: Rgb, rng: np.random.Generator, amount: float = 0.04) -> Rgb:
    """A colour near `rgb`, for which its name still fits: hue moved by at most amount/3, the rest by about `amount`."""
    h, s, v = colorsys.rgb_to_hsv(*rgb)
    dh, ds, dv = rng.uniform(-1.0, 1.0, 3)
    hue = (h + dh * amount / 3.0) % 1.0
    return colorsys.hsv_to_rgb(
        hue, float(np.clip(s * (1.0 + ds * amount), 0, 1)), float(np.clip(v + dv * amount, 0.02, 0.98))
    )


def mix(a: Rgb, b: Rgb, t: float) -> Rgb:
    """Linear blend in sRGB: t = 0 gives a, t = 1 gives b."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def shade(rgb: Rgb, factor: float) -> Rgb:
    """Darker (factor < 1) or lighter towards white (factor > 1; 2 is white)."""
    return mix((0.0, 0.0, 0.0), rgb, factor) if factor <= 1.0 else mix(rgb, (1.0, 1.0, 1.0), min(factor - 1.0, 1.0))


def vivid(rgb: Rgb) -> Rgb:
    """The same hue, stronger and brighter; greys stay as they are."""
    h, s, v = colorsys.rgb_to_hsv(*rgb)
    return colorsys.hsv_to_rgb(h, min(1.0, 1.15 * s), min(0.97, 1.12 * v))


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of the options, evenly."""
    return options[int(rng.integers(len(options)))]


def color_or(asked: Rgb | None, options: Sequence[Rgb], rng: np.random.Generator, amount: float = 0.04) -> Rgb:
    """The colour asked for, or one of the options, slightly varied."""
    return vary(asked if asked is not None else pick(rng, options), rng, amount)
