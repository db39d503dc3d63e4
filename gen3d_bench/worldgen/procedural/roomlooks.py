"""Materials of rooms: floors, wall finishes and matching furniture colours for each kind of room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from gen3d_bench.worldgen.procedural import patterns, textures
from gen3d_bench.worldgen.procedural.furniture import RoomLook
from gen3d_bench.worldgen.procedural.model import Material
from gen3d_bench.worldgen.procedural.palette import color_or, pick, shade, timber_tone, vary
from gen3d_bench.worldgen.procedural.spec import Part, Rgb, Spec

FLOOR_TILE_M = 1.4
WALL_TILE_M = 1.0
"""Metres that one repeat of the floor's and the walls' textures cover."""

_WOODS: tuple[Rgb, ...] = (
    (0.70, 0.52, 0.34),
    (0.80, 0.66, 0.47),
    (0.46, 0.30, 0.19),
    (0.32, 0.21, 0.15),
    (0.58, 0.40, 0.27),
    (0.62, 0.55, 0.47),
)
_WALLS: tuple[Rgb, ...] = (
    (0.84, 0.82, 0.77),
    (0.70, 0.76, 0.72),
    (0.62, 0.70, 0.78),
    (0.82, 0.72, 0.62),
    (0.78, 0.78, 0.80),
    (0.55, 0.62, 0.55),
    (0.76, 0.62, 0.58),
    (0.44, 0.52, 0.60),
    (0.80, 0.74, 0.54),
    (0.60, 0.54, 0.62),
)
_TEXTILES: tuple[Rgb, ...] = (
    (0.45, 0.50, 0.56),
    (0.62, 0.30, 0.26),
    (0.30, 0.42, 0.38),
    (0.72, 0.62, 0.48),
    (0.24, 0.32, 0.48),
    (0.70, 0.50, 0.24),
    (0.52, 0.38, 0.48),
    (0.60, 0.60, 0.58),
    (0.26, 0.46, 0.52),
)
_PAINTS: tuple[Rgb, ...] = (
    (0.82, 0.81, 0.78),
    (0.36, 0.46, 0.52),
    (0.44, 0.54, 0.44),
    (0.28, 0.30, 0.34),
    (0.74, 0.68, 0.54),
    (0.60, 0.28, 0.24),
    (0.20, 0.34, 0.42),
    (0.78, 0.66, 0.34),
)
_FLOORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "kitchen": ("tiles", "chequers", "boards", "speckle"),
        "living": ("boards", "parquet", "carpet"),
        "dining": ("boards", "parquet", "carpet", "tiles"),
        "office": ("carpet", "carpet squares", "speckle", "boards"),
        "bedroom": ("carpet", "boards", "parquet"),
        "workshop": ("concrete", "boards", "bricks"),
        "classroom": ("speckle", "parquet", "chequers"),
        "laboratory": ("speckle", "tiles", "concrete"),
        "library": ("parquet", "carpet", "boards"),
        "nursery": ("carpet", "carpet squares", "boards"),
    }
)
_FINISHES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "kitchen": ("tiles", "paint", "paint"),
        "workshop": ("bricks", "bricks", "paint", "boards"),
        "laboratory": ("paint", "tiles"),
        "classroom": ("paint", "bricks"),
        "library": ("boards", "paper", "paint"),
    }
)


FLOOR_WORDS: Mapping[str, str] = MappingProxyType(
    {"wooden": "boards", "wood": "boards", "oak": "boards", "plank": "boards", "hardwood": "boards", "walnut": "boards",
     "parquet": "parquet", "herringbone": "parquet", "tile": "tiles", "tiled": "tiles", "ceramic": "tiles",
     "marble": "tiles", "checkered": "chequers", "chequered": "chequers", "carpet": "carpet", "carpeted": "carpet",
     "concrete": "concrete", "brick": "bricks", "linoleum": "speckle", "terrazzo": "speckle"}
)  # fmt: skip
"""Words for floors -> style of floor."""
WALL_WORDS: Mapping[str, str] = MappingProxyType(
    {"brick": "bricks", "tiled": "tiles", "tile": "tiles", "wallpaper": "paper", "wallpapered": "paper",
     "striped": "paper", "paneled": "boards", "panelled": "boards", "wooden": "boards", "painted": "paint"}
)  # fmt: skip
"""Words for walls -> finish of walls."""
FURNISHED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "paint": ("cabinet", "cupboard", "cabinetry", "drawer", "furniture", "counter", "wardrobe", "dresser"),
        "cloth": ("curtain", "sofa", "couch", "armchair", "bed", "bedding", "blanket", "chair"),
        "accent": ("rug", "cushion", "pillow", "stool", "pot"),
        "pale": ("countertop", "worktop", "appliance", "fridge", "oven"),
        "trim": ("trim", "skirting", "baseboard", "molding"),
        "wood": ("shelf", "bookshelf", "bookcase", "desk", "shelving"),
    }
)
"""Material of `RoomLook` -> the things in a room that wear it."""
FLOORS = ("floor", "flooring", "carpet", "floorboard")


def room_look(kind: str, spec: Spec, rng: np.random.Generator) -> RoomLook:
    """The twelve materials of one room, in the colours and materials that its description gives walls and things."""
    looks = _furnished(kind, spec, rng)
    for name, things in FURNISHED.items():
        part = spec.part(*things)
        if part is None:
            continue
        timber = part.material == "wood"
        color = part.color or (timber_tone(part.words) or _WOODS[1] if timber else None)
        if color is not None and timber:
            grain = textures.wood(rng, color, 256, along="v", contrast=0.3)
            looks = replace(looks, **{name: Material(texture=grain, roughness=0.65)})
        elif color is not None:
            looks = replace(looks, **{name: Material(color, roughness=0.55)})
    return looks


def _furnished(kind: str, spec: Spec, rng: np.random.Generator) -> RoomLook:
    """The materials of a kind of room, with walls and floor as asked for."""
    timber = vary(pick(rng, _WOODS), rng, 0.08)
    cloth, accent = (vary(_TEXTILES[int(i)], rng, 0.08) for i in rng.choice(len(_TEXTILES), 2, replace=False))
    cool = kind in ("laboratory", "workshop", "office", "classroom")
    weave = textures.fabric(
        rng, cloth, 128, pattern=pick(rng, ("plain", "herringbone", "plain")), accent=shade(cloth, 1.3)
    )
    return RoomLook(
        floor=Material(texture=_asked_floor(kind, spec, rng), roughness=0.75),
        wall=Material(texture=_asked_wall(kind, spec, rng), roughness=0.9),
        trim=Material(pick(rng, ((0.82, 0.81, 0.78), timber, (0.30, 0.28, 0.27))), roughness=0.6),
        wood=Material(texture=textures.wood(rng, timber, 256, along="v", contrast=0.3), roughness=0.65),
        paint=Material(vary(pick(rng, _PAINTS), rng, 0.08), roughness=0.5),
        metal=Material((0.62, 0.63, 0.65), roughness=0.35, metallic=0.4),
        cloth=Material(texture=weave, roughness=0.95),
        accent=Material(accent, roughness=0.7),
        dark=Material((0.11, 0.11, 0.12), roughness=0.5),
        pale=Material((0.80, 0.81, 0.82) if cool else (0.82, 0.80, 0.75), roughness=0.5),
        leaf=Material(vary((0.18, 0.38, 0.16), rng, 0.12), roughness=0.7),
        books=Material(texture=patterns.book_spines(rng, 256), roughness=0.85),
    )


def _asked_floor(kind: str, spec: Spec, rng: np.random.Generator) -> textures.Texture:
    part = spec.part(*FLOORS) or Part("")
    words = sorted({*part.words, part.name})
    style = next((FLOOR_WORDS[w] for w in words if w in FLOOR_WORDS), None)
    usual = pick(rng, _FLOORS[kind])
    return _floor(style or usual, part.color or timber_tone(part.words), rng)


def _asked_wall(kind: str, spec: Spec, rng: np.random.Generator) -> textures.Texture:
    usual = pick(rng, _FINISHES.get(kind, ("paint", "paper", "paint")))
    style = next((WALL_WORDS[w] for w in sorted(spec.words) if w in WALL_WORDS), None)
    color = spec.color
    if color is None and spec.words & {"bright", "light", "sunny", "airy"}:
        color = shade(pick(rng, _WALLS[:5]), 1.45)
    elif color is None and spec.words & {"dark", "dim", "moody"}:
        color = shade(pick(rng, _WALLS), 0.5)
    if style == "bricks":
        color = spec.color
    if style is None and color is not None:
        style = "paint" if usual in ("bricks", "boards") else usual
    return _wall(style or usual, color, rng)


def _floor(style: str, color: Rgb | None, rng: np.random.Generator) -> textures.Texture:
    minerals = ((0.72, 0.70, 0.66), (0.52, 0.54, 0.56), (0.66, 0.52, 0.42), (0.40, 0.46, 0.44))
    timber, mineral = color_or(color, _WOODS, rng, 0.1), color_or(color, minerals, rng, 0.08)
    pile = color_or(color, _TEXTILES, rng, 0.1)
    if style == "boards":
        return patterns.floorboards(rng, timber, 512, planks=int(rng.integers(8, 14)))
    if style == "parquet":
        return patterns.parquet(rng, timber, 512, blocks=int(rng.choice([4, 6])), strips=int(rng.integers(3, 6)))
    if style == "tiles":
        return patterns.tiles(rng, mineral, 256, count=int(rng.choice([4, 6])), joint=0.02, grout=shade(mineral, 0.7))
    if style == "chequers":
        return patterns.tiles(
            rng, (0.80, 0.78, 0.73), 256, count=6, joint=0.012, second=pick(rng, ((0.14, 0.14, 0.15), mineral, pile))
        )
    if style == "carpet squares":
        return patterns.tiles(rng, pile, 256, count=4, joint=0.008, second=shade(pile, 0.8), grout=shade(pile, 0.7))
    if style == "carpet":
        return textures.carpet(rng, pile, 256)
    if style == "bricks":
        return patterns.bricks(rng, (0.56, 0.34, 0.26), 256, courses=12)
    if style == "concrete":
        cloudy = 0.82 + 0.3 * textures.noise(rng, (512, 512), (4, 4), 7)
        return textures.to_texture(textures.shaded(vary((0.50, 0.50, 0.49), rng, 0.06), cloudy))
    return textures.speckle(rng, mineral, 256, dots=pile, density=0.08)


def _wall(style: str, color: Rgb | None, rng: np.random.Generator) -> textures.Texture:
    base = color_or(color, _WALLS, rng, 0.08)
    if style == "paper":
        return patterns.wallpaper(
            rng,
            base,
            shade(base, rng.choice([0.84, 1.3])),
            256,
            motif=pick(rng, ("stripes", "damask", "dots")),
            repeats=int(rng.integers(3, 7)),
        )
    if style == "tiles":
        return patterns.tiles(rng, base, 256, count=int(rng.choice([4, 6, 8])), joint=0.03)
    if style == "bricks":
        return patterns.bricks(
            rng,
            color_or(color, ((0.58, 0.32, 0.24), (0.66, 0.62, 0.56), (0.48, 0.36, 0.32)), rng, 0.06),
            256,
            courses=12,
        )
    if style == "boards":
        return textures.wood(rng, color_or(color, _WOODS, rng), 256, planks=8, along="v")
    return textures.plain(rng, base, 64)
