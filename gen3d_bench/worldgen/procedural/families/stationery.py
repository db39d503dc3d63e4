"""Pens, markers, pencils, glue sticks: barrels that lie on a desk.

Long things lie along x.  Barrels are thicker than life (15-18 mm) so that the gripper closes on them, and their
hulls have twelve sides, so that they come to rest.
"""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import part_look
from gen3d_bench.worldgen.procedural.geometry import Array, cylinder_part, lathe, loft
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import COLORS, MATERIALS, color_or, pick, shade, vary
from gen3d_bench.worldgen.procedural.patterns import label
from gen3d_bench.worldgen.procedural.solids import drum, lying, lying_part, slab, standing
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import Texture

_INKS: tuple[Rgb, ...] = (
    COLORS["blue"],
    COLORS["red"],
    COLORS["green"],
    COLORS["black"],
    COLORS["purple"],
    COLORS["orange"],
)
_METAL = Material((0.75, 0.76, 0.78), roughness=0.3, metallic=0.6)
_SIDES = 12


def _barrel(radius: float, length: float) -> list[Array]:
    """Twelve-sided hull of a lying barrel."""
    return [lying_part(cylinder_part(radius, 0.0, length, _SIDES), radius)]


def _tapered(points: list[tuple[float, float]], material: Material, lift: float, segments: int = 28) -> Surface:
    """A lying turned piece from (radius, x) pairs; ends are closed."""
    return lying(lathe([(0.0, points[0][1]), *points, (0.0, points[-1][1])], material, segments), lift)


def _clip(start: float, stop: float, radius: float, material: Material) -> list[Surface]:
    """A pocket clip on top of a barrel, held at `stop`."""
    length = stop - start
    return [
        slab((length, 0.0035, 0.0012), ((start + stop) / 2, 0.0, 2 * radius + 0.0022), material),
        slab((0.004, 0.0035, 0.004), (stop - 0.002, 0.0, 2 * radius + 0.0005), material),
    ]


def _wrapped(words: Texture) -> Texture:
    """A label printed twice around a lying barrel, along it, with one print on top."""
    twice = np.tile(np.rot90(words), (1, 2, 1))
    return np.ascontiguousarray(np.roll(twice, twice.shape[1] // 4, axis=1))


def pen(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A click or cap ballpoint pen: cone tip, rubber grip, coloured barrel, clip."""
    r, length = rng.uniform(0.0076, 0.0084), rng.uniform(0.118, 0.132)
    color = color_or(spec.color, _INKS, rng, 0.02)
    plastic = MATERIALS["plastic"]
    body = plastic.material(color)
    trim = (
        _METAL if rng.random() < 0.6 else plastic.material(shade(color, 0.5) if max(color) > 0.3 else (0.8, 0.8, 0.8))
    )
    trim = part_look(spec, ("clip", "trim", "accent"), trim)
    grip = Material(shade(color, 0.55) if max(color) > 0.2 else (0.2, 0.2, 0.22), roughness=0.9)
    grip, point = part_look(spec, ("grip",), grip), part_look(spec, ("tip", "point"), _METAL)
    end = part_look(spec, ("cap", "button", "end", "clicker"), trim)
    cone, sleeve = rng.uniform(0.015, 0.02), rng.uniform(0.03, 0.038)
    surfaces = [
        _tapered([(0.0012, 0.0), (0.0014, 0.004), (0.0026, 0.005), (0.9 * r, cone)], point, r),
        _tapered([(0.9 * r, cone), (r, cone + 0.002), (0.93 * r, cone + sleeve / 2), (r, cone + sleeve)], grip, r),
        _tapered([(r, cone + sleeve), (0.96 * r, length - 0.012), (0.9 * r, length - 0.010)], body, r),
        _tapered([(0.98 * r, 0.72 * length), (0.98 * r, 0.75 * length)], trim, r),
    ]
    if rng.random() < 0.6:
        surfaces.append(_tapered([(0.45 * r, length - 0.011), (0.45 * r, length - 0.001), (0.3 * r, length)], end, r))
    else:
        surfaces.append(_tapered([(0.9 * r, length - 0.011), (0.85 * r, length - 0.003), (0.5 * r, length)], end, r))
    surfaces += _clip(length - 0.05, length - 0.010, 0.96 * r, trim)
    return standing(surfaces, _barrel(r, length), 700.0)


def marker(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A felt marker: fat barrel with a printed band, cap in the ink's colour."""
    r, length = rng.uniform(0.0083, 0.0090), rng.uniform(0.112, 0.126)
    color = color_or(spec.color, _INKS, rng, 0.02)
    plastic = MATERIALS["plastic"]
    ink = part_look(spec, ("cap", "lid", "tip"), plastic.material(color))
    pale = rng.random() < 0.4 and spec.color is None
    barrel = plastic.material((0.92, 0.92, 0.9)) if pale else plastic.material(color)
    cap = rng.uniform(0.34, 0.4) * length
    ink_print = color if sum(color) < 2.2 else (0.2, 0.2, 0.25)
    words = label(pick(rng, ("MARKER", "PERMANENT", "MARKER")), (0.95, 0.95, 0.94), ink_print, (96, 256), fill=0.62)
    printed = plastic.material(texture=_wrapped(words))
    surfaces = [
        _tapered([(0.8 * r, 0.0), (r, 0.0012), (r, cap - 0.001), (0.93 * r, cap)], ink, r),
        _tapered([(0.8 * r, cap - 0.001), (0.8 * r, cap + 0.002)], plastic.material(shade(color, 0.5)), r),
        _tapered([(0.95 * r, cap + 0.002), (0.95 * r, length - 0.008), (0.85 * r, length - 0.008)], barrel, r),
        lying(drum(0.965 * r, cap + 0.008, length - 0.016, printed, 28), r),
        _tapered([(r, length - 0.008), (r, length - 0.001), (0.85 * r, length)], ink, r),
    ]
    surfaces += [
        _tapered([(r * 1.01, x), (r * 1.01, x + 0.0008)], plastic.material(shade(color, 0.7)), r)
        for x in np.linspace(0.006, 0.016, 4)
    ]
    if rng.random() < 0.7:
        surfaces += _clip(cap * 0.15, cap * 0.85, r, ink)
    return standing(surfaces, _barrel(r, length), 600.0)


def pencil(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A six-sided pencil: sharpened wood and lead, metal ferrule, pink eraser."""
    r, length = rng.uniform(0.0084, 0.0090), rng.uniform(0.116, 0.130)
    color = color_or(
        spec.color, (COLORS["yellow"], COLORS["green"], COLORS["blue"], COLORS["red"], COLORS["orange"]), rng, 0.03
    )
    plastic = MATERIALS["plastic"]
    cone = rng.uniform(0.02, 0.025)
    lead = Material(shade(color, 0.8) if spec.color is not None else (0.15, 0.15, 0.16), roughness=0.5)
    ferrule, rubber = length - 0.024, length - 0.012
    t = np.pi / 6 + np.pi / 3 * np.arange(6)
    hexagon = np.column_stack([np.cos(t), np.sin(t)]) * r
    flat = r * np.cos(np.pi / 6)
    surfaces = [
        _tapered([(0.0005, 0.0), (0.0022, 0.26 * cone)], lead, flat),
        _tapered([(0.0022, 0.26 * cone), (0.87 * r, cone)], MATERIALS["wood"].material((0.87, 0.7, 0.48)), flat),
        lying(loft([hexagon, hexagon], [cone - 0.003, ferrule], plastic.material(color), crease_deg=20.0), flat),
        _tapered(
            [
                (0.86 * r, ferrule - 0.001),
                (0.8 * r, ferrule + 0.004),
                (0.86 * r, ferrule + 0.006),
                (0.8 * r, ferrule + 0.008),
                (0.86 * r, rubber),
            ],
            Material((0.82, 0.7, 0.4), roughness=0.35, metallic=0.6),
            flat,
        ),
        _tapered(
            [(0.82 * r, rubber), (0.82 * r, length - 0.003), (0.6 * r, length)],
            part_look(spec, ("eraser", "end"), Material((0.9, 0.5, 0.52), roughness=0.9)),
            flat,
        ),
    ]
    hull = np.vstack([np.column_stack([hexagon, np.full(6, z)]) for z in (0.4 * cone, length)])
    return standing(surfaces, [lying_part(hull, flat)], 550.0)


def glue_stick(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A lying glue stick: printed tube, cap, ribbed turning knob; all of it in the colour asked for, if one is."""
    r, length = rng.uniform(0.0125, 0.0145), rng.uniform(0.088, 0.1)
    tube = color_or(spec.color, ((0.95, 0.94, 0.92), (0.95, 0.8, 0.15), (0.9, 0.9, 0.92)), rng, 0.02)
    cap_part = spec.part("cap", "lid")
    accent = vary(pick(rng, ((0.85, 0.15, 0.12), (0.93, 0.5, 0.1), (0.15, 0.4, 0.75), (0.2, 0.55, 0.3))), rng)
    ink = accent if sum(tube) > 1.4 else (0.96, 0.96, 0.94)
    if spec.color is not None:
        accent, ink = shade(tube, 0.85), (0.13, 0.15, 0.22) if sum(tube) > 1.4 else ink
    if cap_part is not None and cap_part.color is not None:
        accent = cap_part.color
    plastic = MATERIALS["plastic"]
    words = label(pick(rng, ("GLUE", "GLUE STICK")), tube, ink, (112, 256), fill=0.8)
    words = words.copy()
    words[:8] = words[-8:] = np.round(np.asarray(ink) * 255)
    printed = plastic.material(texture=_wrapped(words))
    knob, cap = 0.012, length - rng.uniform(0.022, 0.028)
    ribs = 1.0 + 0.04 * np.sign(np.sin(np.arange(48) * np.pi / 2 + 0.1))
    turning = lathe(
        [(0, 0), (0.8 * r, 0), (0.86 * r, 0.001), (0.86 * r, knob), (0, knob)],
        plastic.material(accent),
        48,
        radial=np.tile(ribs, (5, 1)),
    )
    surfaces = [
        lying(turning, r),
        lying(drum(0.97 * r, knob, cap, printed, 32), r),
        _tapered([(r, cap), (r, length - 0.002), (0.9 * r, length)], plastic.material(accent), r, 32),
        _tapered([(0.99 * r, cap - 0.002), (0.99 * r, cap - 0.0005)], plastic.material(shade(accent, 0.6)), r, 32),
    ]
    return standing(surfaces, _barrel(r, length), 700.0)


FAMILIES: tuple[Family, ...] = (
    Family("pen", pen, ("pen", "ballpoint pen", "ink pen"), graspable=True,
           parts={"clip": frozenset({"metal", "pocket"}), "grip": frozenset({"rubber"}), "tip": frozenset({"fine"}),
                  "trim": frozenset({"metal"}), "cap": frozenset(), "button": frozenset({"click"})},
           painted=frozenset({"clip", "grip", "tip", "trim", "cap", "button"})),
    Family("marker", marker, ("marker", "felt pen", "marker pen", "highlighter"), graspable=True,
           parts={"cap": frozenset({"matching"}), "lid": frozenset(), "tip": frozenset(), "label": frozenset()},
           painted=frozenset({"cap", "lid", "tip"})),
    Family("pencil", pencil, ("pencil",), graspable=True, own=frozenset({"hexagonal"}),
           parts={"eraser": frozenset({"attached"}), "tip": frozenset({"sharp", "sharpened"})},
           painted=frozenset({"eraser"})),
    Family("glue_stick", glue_stick, ("glue stick", "glue"), graspable=True,
           parts={"cap": frozenset(), "lid": frozenset(), "label": frozenset()},
           painted=frozenset({"cap", "lid"})),
)  # fmt: skip
