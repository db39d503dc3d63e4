"""Toys, balls and tools of a household: cube, block, lego brick, chess pawn, balls, sponge, screwdriver, brush."""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import part_look
from gen3d_bench.worldgen.procedural.geometry import (
    Array,
    box,
    box_part,
    cylinder_part,
    ellipsoid_profile,
    lathe,
    loft,
    profile_part,
    rotation,
)
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel
from gen3d_bench.worldgen.procedural.palette import MATERIALS, color_or, pick, shade
from gen3d_bench.worldgen.procedural.patterns import label
from gen3d_bench.worldgen.procedural.solids import bent, drum, lying, lying_part, merged, slab, standing
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import (
    Texture,
    coordinates,
    mix,
    plain,
    shaded,
    to_texture,
    value_noise,
    wood,
)

_BRIGHT: tuple[Rgb, ...] = ((0.78, 0.11, 0.1), (0.2, 0.56, 0.2), (0.13, 0.32, 0.74), (0.94, 0.78, 0.12),
                            (0.93, 0.47, 0.08))
_STEEL = Material((0.72, 0.73, 0.75), roughness=0.3, metallic=0.6)


def _solid(spec: Spec, rng: np.random.Generator, color: Rgb) -> Material:
    """Painted wood with its grain showing, or what the prompt asks for."""
    if spec.material in (None, "wood"):
        return MATERIALS["wood"].material(texture=wood(rng, color, 128, contrast=rng.uniform(0.08, 0.3)))
    props = MATERIALS.get(spec.material, MATERIALS["plastic"])
    return props.material(texture=plain(rng, color))


def cube(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A cube with rounded edges, 32-38 mm."""
    side = rng.uniform(0.032, 0.038)
    color = color_or(spec.color, _BRIGHT, rng, 0.02)
    texture = plain(rng, color) if rng.random() < 0.5 else wood(rng, color, 128, contrast=0.12)
    body = box((side, side, side), MATERIALS["plastic"].material(texture=texture), radius=rng.uniform(0.001, 0.004))
    return standing([body], [box_part((side, side, side), (0, 0, side / 2))], 500.0)


def block(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A toy building block: a cuboid whose faces carry a framed letter."""
    width, height = rng.uniform(0.032, 0.038), rng.uniform(0.03, 0.036)
    length = width * rng.uniform(1.25, 1.7)
    color = color_or(spec.color, _BRIGHT, rng, 0.02)
    surfaces = [box((length, width, height), _solid(spec, rng, color), radius=0.0025)]
    ink = shade(color, 1.6) if sum(color) < 2.0 else shade(color, 0.5)
    letter = "ABCDEFGHKMRSTXYZ"[int(rng.integers(16))]
    face = Material(texture=label(letter, color, ink, (96, 96), fill=0.6, frame=True), roughness=0.6)
    patch = 0.78 * min(width, height)
    surfaces += [slab((patch, patch, 0.0006), (0.0, 0.0, height), face),
                 slab((patch, width + 0.0006, patch), (0.0, 0.0, height / 2), face),
                 slab((length + 0.0006, patch, patch), (0.0, 0.0, height / 2), face)]
    return standing(merged(surfaces), [box_part((length, width, height), (0, 0, height / 2))], 500.0)


def lego_brick(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A studded plastic brick, 2 x 2, 2 x 3 or 2 x 4, on a 16 mm pitch."""
    pitch, height, stud = 0.0158, rng.uniform(0.019, 0.022), 0.0040
    count = pick(rng, (3, 4, 4, 2))
    color = color_or(spec.color, _BRIGHT, rng, 0.02)
    plastic = Material(color, roughness=0.25)
    length, width = count * pitch, 2 * pitch
    surfaces = [box((length, width, height), plastic, radius=0.0006)]
    knob = drum(0.0049, height - 0.0004, height + stud, plastic, 20, bevel=0.0005)
    places = [((i - (count - 1) / 2) * pitch, (j - 0.5) * pitch, 0.0) for i in range(count) for j in range(2)]
    surfaces += [knob.moved(place) for place in places]
    parts = [box_part((length, width, height), (0, 0, height / 2)),
             box_part((length - 0.006, width - 0.006, stud), (0, 0, height + stud / 2))]
    return standing(merged(surfaces), parts, 450.0)


def chess_pawn(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A Staunton pawn with a broad weighted base, 5-6 cm high."""
    base, height = rng.uniform(0.0155, 0.0175), rng.uniform(0.05, 0.06)
    color = color_or(spec.color, ((0.93, 0.84, 0.66), (0.2, 0.12, 0.08), (0.9, 0.89, 0.85), (0.12, 0.12, 0.13)), rng)
    head, neck = rng.uniform(0.0105, 0.0115), 0.0084
    k = height / 0.055
    ball = [(head * np.cos(a), (0.0445 + 0.0105 * np.sin(a)) * k) for a in np.linspace(-0.75, np.pi / 2, 12)]
    profile = [(0, 0), (base, 0), (base, 0.004), (base * 0.93, 0.006), (base * 0.98, 0.008), (base * 0.9, 0.011),
               (base * 0.74, 0.0135), (0.0105, 0.019 * k), (0.0090, 0.025 * k), (neck, 0.033 * k), (0.0122, 0.0345 * k),
               (0.0128, 0.036 * k), (0.0115, 0.0375 * k), *ball[:-1], (0, ball[-1][1])]
    body = lathe(profile, MATERIALS["wood"].material(texture=wood(rng, color, 128, along="v", contrast=0.2)), 36,
                 crease_deg=50.0)
    parts = [cylinder_part(base, 0.0, 0.0105, 16), cylinder_part(base * 0.74, 0.0105, 0.033 * k, 16, neck),
             cylinder_part(0.0122, 0.033 * k, 0.0375 * k, 14),
             profile_part(ellipsoid_profile(head, 0.021 * k) + np.array([0.0, 0.034 * k]), 12, 5)]
    return standing([body], parts, 900.0)


def _ball(radius: float, texture: Texture, roughness: float, density: float, friction: float) -> ObjectModel:
    """A sphere whose hull has a small flat below, so that it comes to rest."""
    sphere = lathe(ellipsoid_profile(radius, 2 * radius, 25), Material(texture=texture, roughness=roughness), 40)
    angles = np.radians([0.0, 42.0, 75.0, 108.0, 145.0])
    t = 2 * np.pi * (np.arange(12) + 0.5) / 12
    rings = [np.column_stack([r * np.cos(t), r * np.sin(t), np.full(12, z)]) for r, z in
             ((0.24 * radius, 0.0), *((radius * np.sin(a), radius * (1 - np.cos(a))) for a in angles[1:]))]
    return standing([sphere], [np.vstack([*rings, [[0.0, 0.0, 2 * radius]]])], density, friction)


def _sphere_grid(size: int) -> Array:
    """[size, size, 3] unit directions of the pixels of a lathed sphere's texture (row 0 is the top)."""
    u, v = coordinates((size, size))
    polar, turn = np.pi * (1 - v), 2 * np.pi * u
    return np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), -np.cos(polar) + 0 * turn], axis=-1)


def ping_pong_ball(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A 40 mm celluloid ball with its seam and a printed maker's mark."""
    color = color_or(spec.color, ((0.95, 0.95, 0.93), (0.95, 0.6, 0.15)), rng, 0.02)
    ink = pick(rng, ((0.1, 0.2, 0.5), (0.7, 0.12, 0.12), (0.12, 0.12, 0.14)))
    if min(color) < 0.4 and sum(color) < 1.9:
        ink = (0.95, 0.95, 0.93)
    rgb = plain(rng, color, 256, 0.02).astype(float) / 255.0
    direction = _sphere_grid(256)
    rgb = mix(rgb, shade(color, 0.78), np.abs(direction[..., 0]) < 0.016)
    mark = label("40+", color, ink, (40, 64), fill=0.8)
    star = label("* * *", color, ink, (20, 64), fill=0.8)
    for column in (0, 64, 128, 192):
        rgb[78:118, column : column + 64] = mark / 255.0
        rgb[118:138, column : column + 64] = star / 255.0
    return _ball(rng.uniform(0.0198, 0.0203), to_texture(rgb), 0.35, 250.0, 0.6)


def tennis_ball(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A felt ball with the curved white seam, scaled to 44-46 mm."""
    color = color_or(spec.color, ((0.8, 0.88, 0.2), (0.76, 0.86, 0.24)), rng, 0.03)
    size = 144
    d = _sphere_grid(size) @ rotation("x", rng.uniform(0, 3)).T @ rotation("z", rng.uniform(0, 6)).T
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    a, b = 0.75, 0.25
    curve = np.column_stack([a * np.cos(t) + b * np.cos(3 * t), a * np.sin(t) - b * np.sin(3 * t),
                             2 * np.sqrt(a * b) * np.sin(2 * t)])
    nearness = (d.reshape(-1, 3) @ curve.T).max(axis=1).reshape(size, size)
    fuzz = 0.82 + 0.36 * value_noise(rng, (size, size), (64, 64))
    seam = (0.94, 0.94, 0.9) if sum(color) < 2.4 else (0.55, 0.57, 0.6)
    rgb = mix(shaded(color, fuzz), seam, np.clip((nearness - 0.9955) * 900, 0, 1))
    return _ball(rng.uniform(0.022, 0.023), to_texture(rgb), 0.95, 350.0, 0.85)


def sponge(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A kitchen sponge: porous foam with a rough scouring layer, waisted or plain."""
    length, width, height = rng.uniform(0.076, 0.09), rng.uniform(0.040, 0.0445), rng.uniform(0.027, 0.032)
    color = color_or(spec.color, ((0.96, 0.82, 0.28), (0.96, 0.62, 0.3), (0.55, 0.75, 0.9), (0.95, 0.6, 0.68)), rng)
    layer_part = spec.part("side", "layer", "scrubber", "back", "bottom")
    scour = pick(rng, ((0.13, 0.36, 0.2), (0.15, 0.25, 0.45), (0.2, 0.42, 0.16)))
    if layer_part is not None and layer_part.color is not None:
        scour = layer_part.color
    size = 192
    coarse, fine = value_noise(rng, (size, size), (26, 26)), value_noise(rng, (size, size), (60, 60))
    pores = np.clip((coarse - 0.7) * 8, 0, 1) + np.clip((fine - 0.74) * 8, 0, 1)
    foam = Material(texture=to_texture(mix(color, shade(color, 0.55), np.clip(pores, 0, 1) * 0.8)), roughness=1.0)
    felt = Material(texture=to_texture(shaded(scour, 0.7 + 0.6 * value_noise(rng, (96, 96), (48, 48)))), roughness=1.0)
    t = np.linspace(-1, 1, 13)
    waist = width / 2 * (1 - rng.choice([0.0, 0.13]) * np.cos(np.pi * t / 2) ** 4)
    outline = np.vstack([np.column_stack([length / 2 * t, -waist]), np.column_stack([length / 2 * t[::-1], waist])])
    layer, inner = rng.uniform(0.007, 0.009), outline * 0.96
    surfaces = [loft([outline * 0.985, outline, outline, inner], [layer, layer + 0.002, height - 0.002, height], foam),
                loft([inner, outline, outline], [0.0, 0.0015, layer], felt)]
    return standing(surfaces, [box_part((length, waist[6] * 2, height), (0, 0, height / 2))], 120.0, 0.9)


def screwdriver(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A short screwdriver: fluted handle with a black grip band, round shaft, flat or cross tip."""
    r, grip, shaft = rng.uniform(0.0084, 0.0092), rng.uniform(0.07, 0.078), rng.uniform(0.05, 0.058)
    color = color_or(spec.color, ((0.9, 0.2, 0.12), (0.95, 0.72, 0.1), (0.13, 0.35, 0.75), (0.15, 0.55, 0.3)), rng)
    black = Material((0.08, 0.08, 0.09), roughness=0.85)
    points = np.array([(0, 0), (0.6 * r, 0), (0.92 * r, 0.003), (r, 0.01), (r, 0.7 * grip), (0.72 * r, 0.78 * grip),
                       (0.78 * r, 0.92 * grip), (0.55 * r, grip), (0, grip)])
    flutes = 1 - 0.09 * np.clip(-np.cos(6 * 2 * np.pi * np.arange(48) / 48), 0, 1)
    radial = np.ones((len(points), 48))
    radial[3:5] = flutes
    handle = lathe(points, part_look(spec, ("handle", "grip"), Material(color, roughness=0.25)), 48, radial=radial)
    rod = 0.0032
    surfaces = [lying(handle, r),
                lying(drum(0.82 * r, 0.80 * grip, 0.91 * grip, black, 32), r),
                lying(drum(rod, grip - 0.002, grip + shaft * 0.86, _STEEL, 20), r)]
    end = grip + shaft
    if rng.random() < 0.6:
        wide = np.array([(-0.0042, -0.0008), (0.0042, -0.0008), (0.0042, 0.0008), (-0.0042, 0.0008)])
        neck = np.array([(-rod, -rod), (rod, -rod), (rod, rod), (-rod, rod)]) * 0.7
        heights = [grip + 0.84 * shaft, grip + 0.93 * shaft, end]
        blade = loft([neck, wide * (1.1, 1.6), wide], heights, _STEEL, crease_deg=20.0)
        surfaces.append(lying(blade.turned(rotation("z", np.pi / 2)), r))
    else:
        surfaces.append(lying(drum(rod, grip + 0.85 * shaft, end, _STEEL, 8, top=0.0012), r))
    parts = [lying_part(cylinder_part(r, 0.0, 0.74 * grip, 12), r),
             lying_part(cylinder_part(0.8 * r, 0.74 * grip, grip, 12), r),
             lying_part(cylinder_part(rod, grip, end, 8), r)]
    return standing(surfaces, parts, 800.0)


def brush(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A short flat paint brush: turned handle, metal ferrule, bristles with worn tips."""
    handle, ferrule, hair = rng.uniform(0.072, 0.08), rng.uniform(0.017, 0.02), rng.uniform(0.03, 0.036)
    color = color_or(spec.color, ((0.94, 0.72, 0.15), (0.78, 0.15, 0.12), (0.16, 0.4, 0.7), (0.7, 0.48, 0.28)), rng)
    wide, thick = rng.uniform(0.014, 0.017), 0.0080
    t = np.linspace(0, 2 * np.pi, 25)[:-1]

    def oval(a: float, b: float) -> Array:
        c, s = np.cos(t), np.sin(t)
        return np.column_stack([b * np.sign(c) * np.abs(c) ** 0.8, a * np.sign(s) * np.abs(s) ** 0.8])

    k = handle
    outlines = [oval(0.004, 0.004), oval(0.0076, 0.007), oval(0.0086, thick), oval(0.0078, 0.0076), oval(0.0082, thick),
                oval(0.8 * wide, 0.97 * thick), oval(0.95 * wide, 0.95 * thick)]
    paint = MATERIALS["wood"].material(texture=wood(rng, color, 128, along="v", contrast=0.12))
    paint = part_look(spec, ("handle", "grip"), paint)
    grip = loft(outlines, [0.0, 0.004, 0.25 * k, 0.5 * k, 0.65 * k, 0.92 * k, k + 0.002], paint, crease_deg=50.0)
    band = [oval(wide * f, thick * f) for f in (1.0, 1.03, 1.0, 1.03, 1.0)]
    collar = loft(band, [k, k + 0.25 * ferrule, k + 0.5 * ferrule, k + 0.75 * ferrule, k + ferrule], _STEEL)
    hue = pick(rng, ((0.85, 0.75, 0.55), (0.25, 0.2, 0.17), (0.93, 0.9, 0.82), (0.5, 0.33, 0.2)))
    bristles = spec.part("bristle", "hair", "head")
    if bristles is not None and bristles.color is not None:
        hue = bristles.color
    streaks = to_texture(shaded(hue, 0.65 + 0.6 * value_noise(rng, (64, 256), (3, 120))))
    start = k + ferrule - 0.002
    hairs = loft([oval(0.95 * wide, 0.9 * thick), oval(1.06 * wide, 0.85 * thick), oval(1.0 * wide, 0.22 * thick)],
                 [start, start + 0.55 * hair, start + hair], Material(texture=streaks, roughness=0.95), crease_deg=60.0)

    def frayed(points: Array) -> Array:
        tip = np.clip((points[:, 2] - start - 0.55 * hair) / hair, 0, 1)
        moved = points.copy()
        moved[:, 2] -= tip * 0.006 * (0.5 + 0.5 * np.cos(points[:, 1] * 2200))
        return moved

    surfaces = [lying(s, thick) for s in (grip, collar, bent(hairs, frayed))]
    total = start + hair
    parts = [lying_part(cylinder_part(0.0082, 0.0, 0.7 * k, 12), 0.0082),
             box_part((0.3 * k + ferrule, 1.8 * wide, 2 * thick), (0.7 * k + (0.3 * k + ferrule) / 2, 0, thick)),
             box_part((hair - 0.008, 2 * wide, thick), (total - hair / 2 - 0.004, 0, thick))]
    return standing(surfaces, parts, 550.0)


_GRIPS = frozenset({"handle", "grip"})

FAMILIES: tuple[Family, ...] = (
    Family("cube", cube, ("cube",), graspable=True, own=frozenset({"square"})),
    Family("block", block, ("block", "toy block", "building block"), graspable=True,
           own=frozenset({"rectangular"})),
    Family("lego_brick", lego_brick, ("lego brick", "lego", "toy brick", "lego block"), graspable=True),
    Family("chess_pawn", chess_pawn, ("chess pawn", "pawn", "chess piece"), graspable=True),
    Family("ping_pong_ball", ping_pong_ball, ("ping pong ball", "table tennis ball"), graspable=True,
           own=frozenset({"round"})),
    Family("tennis_ball", tennis_ball, ("tennis ball",), graspable=True, own=frozenset({"round"})),
    Family("sponge", sponge, ("sponge",), graspable=True,
           own=frozenset({"rectangular"}), parts={"layer": frozenset({"scouring", "rough"})},
           painted=frozenset({"layer"})),
    Family("screwdriver", screwdriver, ("screwdriver",), graspable=True,
           parts={"handle": frozenset({"fluted", "plastic", "ergonomic", "thick"}), "grip": frozenset(),
                  "shaft": frozenset({"metal", "steel", "silver"}), "tip": frozenset({"metal", "flat"})},
           painted=_GRIPS),
    Family("brush", brush, ("brush", "paint brush", "paintbrush"), graspable=True,
           parts={"handle": frozenset({"short", "wooden"}), "grip": frozenset(),
                  "bristle": frozenset({"soft", "stiff"}), "ferrule": frozenset({"metal", "silver"})},
           painted=frozenset({"handle", "grip", "bristle"})),
)  # fmt: skip
