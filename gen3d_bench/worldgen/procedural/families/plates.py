"""Low things that food is put on: plate, saucer, dish, tray."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import METALS, Finish, banded, finish, part_look, undecorated
from gen3d_bench.worldgen.procedural.geometry import Array, cylinder_part, lathe, ring_parts, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import color_or, mix, pick, shade
from gen3d_bench.worldgen.procedural.shapes import Vessel, hull_box, rect_vessel, vessel
from gen3d_bench.worldgen.procedural.solids import joined
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import coordinates, to_texture
from gen3d_bench.worldgen.procedural.textures import mix as blend

GLAZES: tuple[Rgb, ...] = (
    (0.94, 0.93, 0.90),
    (0.90, 0.88, 0.82),
    (0.55, 0.68, 0.76),
    (0.84, 0.62, 0.50),
    (0.68, 0.75, 0.62),
    (0.92, 0.84, 0.62),
)
ACCENTS: tuple[Rgb, ...] = (
    (0.16, 0.30, 0.58),
    (0.62, 0.20, 0.18),
    (0.24, 0.46, 0.34),
    (0.36, 0.34, 0.36),
    (0.80, 0.60, 0.24),
)


def accent(color: Rgb, spec: Spec, rng: np.random.Generator) -> Rgb:
    """A colour for bands: the second one asked for, or a shade of the first, so that its name stays true, or any."""
    if spec.accents:
        return spec.accents[0]
    if spec.color is not None:
        return shade(color, 0.72 if max(color) > 0.4 else 1.35)
    return mix(color_or(None, ACCENTS, rng), color, rng.uniform(0.0, 0.3))


def _plate_profile(radius: float, height: float, well: float, thick: float) -> Array:
    """[P, 2] foot ring, underside, rounded rim, rim's slope and flat well."""
    rim_in = radius - 0.0015
    return np.array(
        [
            [0.0, 0.001],
            [0.52 * radius, 0.001],
            [0.53 * radius, 0.0],
            [0.57 * radius, 0.0],
            [0.60 * radius, 0.0012],
            [well + 0.004, 0.0022],
            [0.90 * radius, height - thick * 1.15],
            [radius - 0.001, height - thick * 0.8],
            [radius, height - thick * 0.35],
            [rim_in, height],
            [0.90 * radius, height - 0.0018],
            [well + 0.003, thick + 0.0024],
            [well - 0.002, thick + 0.0006],
            [0.6 * well, thick],
            [0.0, thick],
        ]
    )


def _rim_bands(profile: Array, rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """v ranges of one or two rings on the upper side of a plate."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(profile, axis=0), axis=1))])
    v = along / along[-1]
    start, stop = float(v[9]), float(v[12])
    width = rng.uniform(0.12, 0.3) * (stop - start)
    styles = (
        ((start - 0.01, start + width),),
        ((start - 0.01, start + 0.4 * width), (start + 0.7 * width, start + width)),
        ((stop - 0.3 * width, stop),),
        ((start - 0.01, start + 0.3 * width), (stop - 0.3 * width, stop)),
        (),
    )
    return pick(rng, styles)


def _round_parts(radius: float, height: float, well: float, thick: float) -> tuple[Array, ...]:
    swell = 1 / np.cos(np.pi / 12) ** 0.5
    staves = ring_parts([(0.60 * radius, 0.0), (radius * swell, height - thick), (radius * swell, height)],
                        [(0.60 * radius, thick), (well, thick)], 12)
    return (cylinder_part(0.61 * radius, 0.0, thick, 16), *staves)


def _round_plate(made: Finish, spec: Spec, rng: np.random.Generator, radius: float, height: float) -> ObjectModel:
    thick = rng.uniform(0.0034, 0.0044)
    well = radius * rng.uniform(0.64, 0.72)
    profile = _plate_profile(radius, height, well, thick)
    look = made.look
    if made.kind not in METALS | {"glass", "wood"} and look.texture is not None and not undecorated(spec):
        look = made.textured(banded(look.texture, accent(made.color, spec, rng), _rim_bands(profile, rng)))
    scallops = rng.random() < (0.9 if "fruit" in spec.words else 0.12)
    turn = 2 * np.pi * np.arange(96) / 96
    strength = np.interp(profile[:, 0], [0.75 * radius, radius], [0.0, 0.012])[:, None]
    radial = 1.0 + strength * (np.abs(np.cos(7 * turn))[None, :] - 0.7) * 1.6 if scallops else None
    body = lathe(profile, look, 96 if scallops else 64, radial=radial, crease_deg=50)
    return ObjectModel((body,), _round_parts(radius, height, well, thick), made.props.density, made.props.friction)


def _square_plate(made: Finish, rng: np.random.Generator, side: float, height: float) -> ObjectModel:
    thick = rng.uniform(0.0036, 0.0046)
    base = 0.70 * side
    made_of = rect_vessel((base, base), (side, side), height, 0.004, thick, made.look, radius=0.014)
    return ObjectModel((made_of.surface,), made_of.parts, made.props.density, made.props.friction)


def plate(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A dinner plate 15-17.5 cm across, or square if asked for; a fruit plate has a scalloped rim and painted fruit."""
    made = finish(spec, rng, ("ceramic",), GLAZES)
    if spec.shapes & {"square", "rectangular"}:
        return _square_plate(made, rng, rng.uniform(0.145, 0.16), rng.uniform(0.014, 0.017))
    if "fruit" in spec.words:
        made = replace(made, look=_fruit_print(made, rng))
    return _round_plate(made, spec, rng, rng.uniform(0.077, 0.087), rng.uniform(0.014, 0.018))


def _fruit_print(made: Finish, rng: np.random.Generator) -> Material:
    """Glaze painted with a wreath of berries and leaves around the rim."""
    size = 256
    u, rows = coordinates((size, size))
    v = 1.0 - rows
    rgb = np.ones((size, size, 3)) * made.color
    berries: tuple[Rgb, ...] = ((0.80, 0.16, 0.20), (0.93, 0.60, 0.14), (0.55, 0.18, 0.45))
    count = 12
    for k in range(count):
        for du, dv, rx, ry, tint in (
            (0.0, 0.0, 0.022, 0.020, berries[k % 3]),
            (0.036, 0.012, 0.017, 0.010, (0.25, 0.52, 0.20)),
            (-0.034, -0.010, 0.016, 0.010, (0.30, 0.58, 0.24)),
        ):
            across = ((u - (k + 0.5) / count - du + 0.5) % 1.0 - 0.5) / rx
            inside = np.hypot(across, (v - 0.615 - dv) / ry) < 1.0
            rgb = blend(rgb, tint, inside.astype(float))
    return made.textured(to_texture(rgb))


def saucer(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """12.5-14 cm across: a bowed rim about a small well, and a raised ring that keeps the cup in its place."""
    made = finish(spec, rng, ("porcelain", "ceramic"), GLAZES)
    radius, height, thick = rng.uniform(0.0625, 0.069), rng.uniform(0.014, 0.016), 0.0036
    well, ring = 0.46 * radius, 0.40 * radius
    t = np.linspace(0.0, 1.0, 7)
    bow = np.column_stack([well + (radius - 0.0012 - well) * t, thick + (height - thick) * t**1.35])
    under = bow[:-1] - (0.0, 0.0030)
    sunk = thick - 0.0012
    profile = np.vstack([[[0.0, 0.001], [well - 0.007, 0.001], [well - 0.006, 0.0], [well - 0.003, 0.0],
                          [well - 0.001, 0.0006]], under[1:], [[radius, height - 0.0014]], bow[::-1],
                         [[ring + 0.0045, thick], [ring + 0.003, thick + 0.0016], [ring + 0.0005, thick + 0.0016],
                          [ring - 0.001, sunk], [0.0, sunk]]])  # fmt: skip
    look = made.look
    if look.texture is not None and made.kind not in METALS | {"glass", "wood"} and not undecorated(spec):
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(profile, axis=0), axis=1))])
        v = along / along[-1]
        second, raised, edge = accent(made.color, spec, rng), float(v[-5]), float(v[-13])
        look = made.textured(banded(look.texture, second, ((edge - 0.012, edge + 0.02), (raised, float(v[-3])))))
    body = lathe(profile, look, 64, crease_deg=50)
    return ObjectModel((body,), _round_parts(radius, height, well, thick), made.props.density, made.props.friction)


def dish(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """An oval serving dish, about 18 x 13 cm: steep fluted walls about a wide floor, and a grip at each end."""
    made = finish(spec, rng, ("ceramic", "porcelain"), GLAZES)
    radius, height, thick = rng.uniform(0.066, 0.070), rng.uniform(0.0195, 0.0208), 0.0040
    turn = 2 * np.pi * np.arange(96) / 96
    flutes = rng.random() < 0.5
    radial = 1.0 + 0.010 * np.cos(24 * turn) if flutes else None
    line = [(0.88 * radius, 0.0), (0.90 * radius, 0.002), (radius, height - 0.001)]
    look = made.look
    if look.texture is not None and made.kind not in METALS | {"glass", "wood"} and not undecorated(spec):
        look = made.textured(banded(look.texture, accent(made.color, spec, rng), ((0.545, 0.585),)))
    body = vessel(line, 0.0040, thick, look, segments=96, lip=0.0022, radial=radial)
    stretch = np.array([rng.uniform(1.20, 1.28), 1.0, 1.0])
    end = radius * stretch[0]
    t = np.linspace(-np.pi / 2, np.pi / 2, 11)
    path = np.column_stack([end - 0.004 + 0.014 * np.cos(t) ** 0.7, 0.026 * np.sin(t), np.full(11, height - 0.0040)])
    right = sweep(path, 0.0042, part_look(spec, ("handle", "grip"), made.plain(0.97)), sides=12, flatten=0.75)
    left = right.turned(np.diag([-1.0, -1.0, 1.0]))
    parts = (*(part * stretch for part in body.parts), hull_box(left), hull_box(right))
    surfaces = (body.surface.scaled(stretch), joined(left, right))
    return ObjectModel(surfaces, parts, made.props.density, made.props.friction)


def _tray_handles(width: float, height: float, look: Material) -> tuple[Surface, tuple[Array, ...]]:
    """Loops at both ends of a tray, reaching out and a little up."""
    t = np.linspace(-np.pi / 2, np.pi / 2, 13)
    span, reach = 0.058, 0.017
    path = np.column_stack(
        [width / 2 - 0.003 + reach * np.cos(t) ** 0.6, span / 2 * np.sin(t), height - 0.004 + 0.002 * np.cos(t)]
    )
    right = sweep(path, 0.0032, look, sides=10)
    left = right.turned(np.diag([-1.0, -1.0, 1.0]))
    return joined(left, right), (hull_box(left), hull_box(right))


def tray(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A serving tray about 16 x 13 cm with a 15-18 mm rim, handles at its ends; round if asked for."""
    made = finish(spec, rng, ("wood", "plastic", "metal"))
    height = rng.uniform(0.015, 0.018)
    if "round" in spec.shapes:
        return _round_plate(made, spec, rng, rng.uniform(0.082, 0.088), height)
    width, depth = rng.uniform(0.155, 0.168), rng.uniform(0.128, 0.140)
    flare = rng.uniform(0.004, 0.014)
    wall = 0.006 if made.kind == "wood" else 0.0035
    radius = rng.uniform(0.003, 0.006) if made.kind == "wood" else rng.uniform(0.012, 0.024)
    body: Vessel = rect_vessel(
        (width - flare, depth - flare), (width, depth), height, wall, 0.004, made.look, radius=radius
    )
    handles, boxes = _tray_handles(width, height, part_look(spec, ("handle",), made.plain(0.85)))
    return ObjectModel((body.surface, handles), (*body.parts, *boxes), made.props.density, made.props.friction)


_HANDLE = frozenset({"handle"})
_GRIPS = frozenset({"handle", "grip"})

FAMILIES: tuple[Family, ...] = (
    Family("plate", plate, ("plate", "dinner plate", "fruit plate", "platter"), own=frozenset({"square", "round"})),
    Family("saucer", saucer, ("saucer",)),
    Family("dish", dish, ("dish", "serving dish", "oval dish"), own=frozenset({"oval", "round", "shallow"}),
           parts={"handle": frozenset({"small", "side"}), "grip": frozenset()},
           painted=_GRIPS),
    Family("tray", tray, ("tray", "serving tray"), own=frozenset({"round", "rectangular", "square"}),
           parts={"handle": frozenset({"curved", "side", "two", "raised"})},
           painted=_HANDLE),
)  # fmt: skip
