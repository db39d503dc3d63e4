"""What table tops are made of: woods, stones, paints, cloths, tiles; each with a fitting colour of edge and legs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen.procedural import patterns, textures
from gen3d_bench.worldgen.procedural.model import Material
from gen3d_bench.worldgen.procedural.palette import color_or, mix, pick, shade, timber_tone, vary
from gen3d_bench.worldgen.procedural.spec import Part, Rgb, Spec
from gen3d_bench.worldgen.procedural.style import FINISHES

_WOODS: tuple[Rgb, ...] = (
    (0.72, 0.52, 0.32),
    (0.84, 0.68, 0.46),
    (0.50, 0.31, 0.18),
    (0.34, 0.21, 0.14),
    (0.62, 0.36, 0.22),
    (0.78, 0.62, 0.44),
    (0.55, 0.45, 0.36),
    (0.82, 0.72, 0.57),
)
_PAINTS: tuple[Rgb, ...] = (
    (0.80, 0.79, 0.76),
    (0.42, 0.55, 0.62),
    (0.55, 0.62, 0.50),
    (0.30, 0.33, 0.38),
    (0.80, 0.72, 0.58),
    (0.62, 0.40, 0.36),
    (0.25, 0.38, 0.45),
    (0.78, 0.70, 0.46),
    (0.70, 0.72, 0.74),
    (0.16, 0.17, 0.19),
)
_STONES: tuple[Rgb, ...] = (
    (0.84, 0.83, 0.81),
    (0.18, 0.20, 0.20),
    (0.55, 0.50, 0.45),
    (0.78, 0.70, 0.60),
    (0.30, 0.40, 0.36),
    (0.62, 0.64, 0.66),
)
_CLOTHS: tuple[Rgb, ...] = (
    (0.72, 0.18, 0.18),
    (0.20, 0.36, 0.60),
    (0.30, 0.48, 0.34),
    (0.76, 0.70, 0.58),
    (0.80, 0.60, 0.25),
    (0.50, 0.34, 0.50),
    (0.36, 0.40, 0.44),
    (0.85, 0.55, 0.45),
)

@dataclass(frozen=True)
class TableLook:
    """Look of a table top: face material and its texture scale (m per repeat), colour of edge and legs."""

    face: Material
    tile: float
    trim: Rgb
    cloth: bool = False


Painter = Callable[[Rgb | None, Rgb, np.random.Generator], TableLook]
"""(colour asked for, colour of wooden legs, generator) -> look."""


CLOTH_PATTERNS: Mapping[str, textures.FabricPattern] = MappingProxyType(
    {"plain": "plain", "solid": "plain", "striped": "striped", "checkered": "gingham", "chequered": "gingham",
     "checked": "gingham", "gingham": "gingham", "plaid": "plaid", "tartan": "plaid", "dotted": "dots", "polka": "dots"}
)  # fmt: skip
"""Words for patterns of a tablecloth -> how it is dyed."""
TABLE_PARTS = frozenset({"top", "tabletop", "cloth", "tablecloth", "surface", "leg", "base", "frame", "pedestal"})
"""Parts of a table that can be given a colour or a material."""


def table_look(spec: Spec, rng: np.random.Generator) -> TableLook:
    """The look that a description asks for ("white marble table", "red tablecloth"); the rest is random."""
    face = spec.part("top", "tabletop", "cloth", "tablecloth", "surface") or Part("")
    words = spec.words | face.words | {face.name}
    color = face.color or spec.color or timber_tone(words)
    asked = next((LOOKS_BY_WORD[w] for w in sorted(words) if w in LOOKS_BY_WORD), None)
    options = (asked,) if asked else LOOKS_BY_MATERIAL.get(face.material or spec.material or "", LOOKS)
    if not asked and not (face.material or spec.material) and timber_tone(words - {"light", "dark", "pale"}):
        options = LOOKS_BY_MATERIAL["wood"]
    pattern = next((CLOTH_PATTERNS[w] for w in sorted(words) if w in CLOTH_PATTERNS), None)
    if options == (tablecloth,) and pattern is not None:
        options = (partial(tablecloth, asked=pattern),)
    legs = pick(rng, (*_WOODS, (0.80, 0.79, 0.76), (0.12, 0.12, 0.13)))
    look = pick(rng, options)(None if color is None else _toned(color), legs, rng)
    if spec.finishes:
        look = replace(look, face=replace(look.face, roughness=FINISHES[spec.finishes[0]].roughness))
    leg = spec.part("leg", "base", "frame", "pedestal")
    if leg is not None and (leg.color or leg.material):
        steel = leg.material in {"metal", "steel"}
        usual = (0.62, 0.63, 0.65) if steel else _WOODS[0]
        look = replace(look, trim=leg.color or timber_tone(leg.words) or usual)
    return look


def _toned(color: Rgb) -> Rgb:
    """A colour as furniture has it: a little greyer, and never so bright that a lamp overhead burns it out."""
    r, g, b = mix(color, (0.5, 0.48, 0.45), 0.15)
    peak = max(r, g, b, 0.8) / 0.8
    return r / peak, g / peak, b / peak


def _timber(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> tuple[Rgb, Rgb]:
    """Colour of a wooden top, and of its legs, which mostly match."""
    timber = color_or(color, _WOODS, rng, 0.08)
    return timber, timber if rng.random() < 0.6 else legs


def planks(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    timber, trim = _timber(color, legs, rng)
    along: textures.Direction = "v" if rng.random() < 0.7 else "u"
    face = textures.wood(
        rng, timber, 512, planks=int(rng.integers(4, 10)), along=along, contrast=rng.uniform(0.2, 0.45)
    )
    return TableLook(Material(texture=face, roughness=rng.uniform(0.4, 0.75)), rng.uniform(0.7, 1.0), trim)


def solid_wood(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    timber, trim = _timber(color, legs, rng)
    face = textures.wood(rng, timber, 512, along=pick(rng, ("v", "v", "u")), contrast=rng.uniform(0.2, 0.45))
    return TableLook(Material(texture=face, roughness=rng.uniform(0.35, 0.7)), rng.uniform(0.7, 1.0), trim)


def butcher_block(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    timber, trim = _timber(color, legs, rng)
    face = patterns.floorboards(rng, timber, 512, planks=int(rng.integers(14, 22)))
    turned = np.ascontiguousarray(face.transpose(1, 0, 2))
    return TableLook(Material(texture=turned, roughness=0.6), rng.uniform(0.7, 1.0), trim)


def parquet(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    timber, trim = _timber(color, legs, rng)
    face = patterns.parquet(rng, timber, 512, blocks=int(rng.choice([4, 6, 8])), strips=int(rng.integers(3, 6)))
    return TableLook(Material(texture=face, roughness=0.55), rng.uniform(0.5, 0.9), trim)


def painted(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    base = color_or(color, _PAINTS, rng, 0.08)
    boards, contrast = int(rng.integers(5, 9)), rng.uniform(0.06, 0.16)
    face = textures.wood(rng, base, 512, planks=boards, along="v", contrast=contrast)
    return TableLook(Material(texture=face, roughness=0.6), 0.9, pick(rng, (shade(base, 0.85), legs)))


def laminate(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    base = color_or(color, _PAINTS, rng, 0.1)
    if rng.random() < 0.5:
        face = textures.plain(rng, base, 128)
    else:
        face = textures.speckle(rng, base, 256, dots=shade(base, rng.choice([0.7, 1.3])), density=0.03)
    return TableLook(Material(texture=face, roughness=0.45), 0.5, pick(rng, (legs, shade(base, 0.6))))


def tablecloth(
    color: Rgb | None, legs: Rgb, rng: np.random.Generator, asked: textures.FabricPattern | None = None
) -> TableLook:
    dye = color_or(color, _CLOTHS, rng, 0.06)
    pattern = pick(rng, textures.FABRIC_PATTERNS[:5]) if asked is None else asked
    accent = pick(rng, ((0.85, 0.84, 0.8), textures.lighter(dye, 0.35), shade(dye, 0.55)))
    face = textures.fabric(rng, dye, 256, pattern=pattern, accent=accent, repeats=int(rng.choice([4, 6, 8])))
    return TableLook(Material(texture=face, roughness=0.95), rng.uniform(0.25, 0.5), legs, cloth=True)


def tiled(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    base = color_or(color, _PAINTS, rng, 0.08)
    second = shade(base, rng.uniform(0.6, 1.4)) if rng.random() < 0.6 else None
    grout = pick(rng, ((0.70, 0.69, 0.67), (0.35, 0.34, 0.33)))
    face = patterns.tiles(rng, base, 256, count=4, second=second, grout=grout)
    return TableLook(Material(texture=face, roughness=0.35), rng.uniform(0.3, 0.6), legs)


def marble(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    base = color_or(color, _STONES, rng, 0.05)
    veins = textures.lighter(base, 0.6) if sum(base) < 1.2 else None
    face = textures.stone(rng, base, 512, veins=veins, sharpness=rng.uniform(4, 9))
    trim = pick(rng, (legs, (0.75, 0.64, 0.4)))
    return TableLook(Material(texture=face, roughness=0.25), rng.uniform(0.7, 1.1), trim)


def granite(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    face = textures.granite(rng, color_or(color, _STONES, rng, 0.08), 256)
    return TableLook(Material(texture=face, roughness=0.35), rng.uniform(0.3, 0.45), legs)


def terrazzo(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    chips = vary(pick(rng, _PAINTS), rng, 0.1)
    face = textures.speckle(rng, color_or(color, _STONES, rng, 0.08), 256, dots=chips, density=rng.uniform(0.05, 0.16))
    return TableLook(Material(texture=face, roughness=0.4), rng.uniform(0.35, 0.6), legs)


def steel(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    face = textures.metal(rng, color or vary((0.66, 0.67, 0.69), rng, 0.08), 256, along=pick(rng, ("u", "v")))
    return TableLook(Material(texture=face, roughness=0.4, metallic=0.3), rng.uniform(0.6, 1.0), (0.55, 0.56, 0.58))


def cork(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    face = textures.cork(rng, color_or(color, ((0.70, 0.54, 0.36), (0.58, 0.44, 0.31)), rng), 256)
    return TableLook(Material(texture=face, roughness=0.95), rng.uniform(0.2, 0.3), legs)


def slate(color: Rgb | None, legs: Rgb, rng: np.random.Generator) -> TableLook:
    base = color_or(color, ((0.22, 0.24, 0.26), (0.20, 0.27, 0.25), (0.30, 0.27, 0.27)), rng)
    rgb = textures.shaded(base, 0.8 + 0.4 * textures.noise(rng, (256, 256), (3, 6), 6))
    return TableLook(Material(texture=textures.to_texture(rgb), roughness=0.8), 0.9, legs)


LOOKS: tuple[Painter, ...] = (
    *(planks,) * 3,
    *(solid_wood,) * 2,
    butcher_block,
    parquet,
    *(marble,) * 2,
    granite,
    terrazzo,
    *(painted,) * 2,
    *(laminate,) * 2,
    *(tablecloth,) * 3,
    *(tiled,) * 2,
    steel,
    cork,
    slate,
)
"""Looks of tables that nobody described, likelier ones repeated."""

LOOKS_BY_MATERIAL: Mapping[str, tuple[Painter, ...]] = MappingProxyType(
    {
        "wood": (planks, solid_wood, butcher_block, parquet),
        "metal": (steel,),
        "steel": (steel,),
        "ceramic": (tiled,),
        "fabric": (tablecloth,),
        "stone": (marble, granite),
        "glass": (laminate,),
        "plastic": (laminate,),
    }
)
LOOKS_BY_WORD: Mapping[str, Painter] = MappingProxyType(
    {
        "marble": marble,
        "stone": marble,
        "granite": granite,
        "terrazzo": terrazzo,
        "painted": painted,
        "tiled": tiled,
        "laminate": laminate,
        "tablecloth": tablecloth,
        "cloth": tablecloth,
        "cork": cork,
        "slate": slate,
        "parquet": parquet,
        "butcher": butcher_block,
    }
)
