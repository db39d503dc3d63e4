"""Knife, fork, spoon, spatula: lying flat, with handles 17-20 mm thick so that a gripper can lift them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import METALS, Finish, finish
from gen3d_bench.worldgen.procedural.geometry import Array, box, lathe, loft, rounded_polygon, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS, mix, pick
from gen3d_bench.worldgen.procedural.shapes import grounded, rest_hull
from gen3d_bench.worldgen.procedural.solids import bent, joined, lying
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec

HANDLES: tuple[Rgb, ...] = (
    (0.16, 0.15, 0.15),
    (0.20, 0.34, 0.52),
    (0.70, 0.20, 0.17),
    (0.90, 0.87, 0.80),
    (0.28, 0.44, 0.32),
)
STEEL = MATERIALS["steel"].material((0.80, 0.81, 0.83))


def _handle_finish(spec: Spec, rng: np.random.Generator) -> Finish:
    """What the handle is made of: what is said of it, else of the whole, else wood or plastic."""
    part = spec.part("handle", "grip")
    if part is not None:
        said = replace(spec, color=part.color or spec.color, material=part.material or spec.material,
                       words=spec.words | part.words)
        return finish(said, rng, ("wood", "plastic"), HANDLES, grain="v")
    return finish(spec, rng, ("wood", "plastic"), HANDLES, grain="v")


def _working_end(spec: Spec, made: Finish) -> Material:
    """Steel, unless the whole thing was asked for in a colour or another material."""
    if made.kind in METALS or spec.material in METALS or (spec.color is None and spec.material is None):
        return STEEL
    if spec.color is None:
        return made.look
    return Material(mix(spec.color, (0.80, 0.81, 0.83), 0.12), roughness=0.3)


def _handle(length: float, thick: float, look: Material, rng: np.random.Generator) -> Surface:
    """A chunky round-edged handle along +X from x = 0, `thick` high and a little wider, its axis at z = thick / 2."""
    t = np.linspace(0.0, 1.0, 14)
    neck = rng.uniform(0.66, 0.8)
    # Straight over most of its length: fingers slide off a handle that tapers where they hold it.
    taper = np.interp(t, [0, 0.03, 0.10, 0.76, 0.91, 0.97, 1.0], [0.66, 0.88, 1.0, 1.0, neck + 0.12, neck, 0.8 * neck])
    taper[0] *= 0.9
    wide = rng.uniform(1.0, 1.08)
    outlines = [rounded_polygon(thick * k, wide * thick * k, 0.30 * thick * k, 5) for k in taper]
    body = lying(loft(outlines, list(length * t), look, crease_deg=50))
    return body.moved((0.0, 0.0, thick / 2))


def _rivets(length: float, thick: float, at: tuple[float, ...]) -> Surface:
    """Brass-like pins through the handle, seen from above."""
    pins = [lathe([[0.0, 0.0], [0.0017, 0.0], [0.0017, thick + 0.0005], [0.0, thick + 0.0008]], STEEL, 12) for _ in at]
    return joined(*(p.moved((length * x, 0.0, 0.0)) for p, x in zip(pins, at, strict=True)))


def _model(surfaces: tuple[Surface, ...], made: Finish, groups: tuple[tuple[int, ...], ...]) -> ObjectModel:
    """Set down; one hull for each group of surfaces."""
    down = grounded(surfaces, flat=0.0006)
    parts = tuple(rest_hull(*(down[i] for i in group)) for group in groups)
    return ObjectModel(down, parts, 1500.0, 0.6)


def knife(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A table or kitchen knife 12-13 cm long: riveted handle, bolster, a blade with a belly and a point."""
    made = _handle_finish(spec, rng)
    metal = _working_end(spec, made)
    length, thick, blade = rng.uniform(0.058, 0.063), rng.uniform(0.0175, 0.019), rng.uniform(0.062, 0.068)
    width = rng.uniform(0.0175, 0.0205)
    handle = _handle(length, thick, made.look, rng)
    s = np.linspace(0.0, 1.0, 22)
    back = 0.40 * width * (1 - 0.9 * np.clip((s - 0.72) / 0.28, 0, 1) ** 2)
    edge = -0.60 * width * (1 - np.clip((s - 0.45) / 0.55, 0, 1) ** 2.4)
    outline = np.vstack([np.column_stack([blade * s, edge]), np.column_stack([blade * s[::-1], back[::-1]])[1:]])
    inset = outline * (0.99, 0.90)
    level = 0.14 * thick
    steel = loft([inset, outline, outline, inset], [0.0, 0.0010, 0.0020, 0.0030], metal, crease_deg=25)
    steel = steel.moved((length - 0.003, 0.0, level - 0.0015))
    bolster = box((0.006, 0.80 * thick, 0.66 * thick), metal, radius=0.0025).moved((length, 0.0, 0.08 * thick))
    rivets = _rivets(length, thick, (0.25, 0.5, 0.74))
    return _model((handle, steel, bolster, rivets), made, ((0,), (1,), (2,)))


def _neck(
    start: float, stop: float, high: float, low: float, thick: float, look: Material, wide: float = 1.0
) -> Surface:
    """The stem between handle and working end: from (start, high) down to (stop, low), both x and z."""
    t = np.linspace(0.0, 1.0, 8)
    fall = high + (low - high) * (3 * t**2 - 2 * t**3)
    path = np.column_stack([start + (stop - start) * t, np.zeros_like(t), fall])
    return sweep(path, thick * np.interp(t, [0, 0.5, 1], [1.0, 0.85, wide]), look, sides=12, flatten=0.75)


def fork(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A fork 12.5-13 cm long with four tines that curve up."""
    made = _handle_finish(spec, rng)
    metal = _working_end(spec, made)
    length, thick = rng.uniform(0.064, 0.069), rng.uniform(0.0175, 0.019)
    handle = _handle(length, thick, made.look, rng)
    root = length + 0.018
    neck = _neck(length - 0.004, root, thick / 2, 0.0045, 0.0038, metal, wide=1.4)
    half = rng.uniform(0.0105, 0.0118)
    t = np.linspace(0.0, 1.0, 10)
    spread = half * np.interp(t, [0, 0.35, 0.8, 1.0], [0.42, 0.85, 1.0, 1.0])
    outline = np.vstack([np.column_stack([0.018 * t, -spread]), np.column_stack([0.018 * t[::-1], spread[::-1]])])
    palm = loft([outline, outline], [0.0, 0.0030], metal).moved((root - 0.004, 0.0, 0.0030))
    tines = []
    for y in np.linspace(-1, 1, 4) * (half - 0.0017):
        x = np.linspace(0.0, 0.026, 7)
        path = np.column_stack([root + 0.012 + x, np.full(7, y), 0.0045 + 0.004 * (x / 0.026) ** 2])
        tines.append(sweep(path, np.interp(x, [0, 0.02, 0.026], [0.0018, 0.0016, 0.0008]), metal, sides=8))
    return _model((handle, joined(neck, palm), joined(*tines)), made, ((0,), (1,), (2,)))


def _spoon_bowl(length: float, width: float, depth: float, look: Material) -> Surface:
    """An egg-shaped hollow shell along +X from x = 0, its rim level and its lowest point at z = 0."""
    rim, thick = depth + 0.002, 0.0016
    t = np.linspace(0.0, 1.0, 9)
    outside = np.column_stack([np.sin(t * np.pi / 2), rim - depth * np.cos(t * np.pi / 2) - 0.002 * (1 - t)])
    inside = np.column_stack([np.sin(t * np.pi / 2) * 0.90, rim - (depth - thick) * np.cos(t * np.pi / 2) - 0.0004])[
        ::-1
    ]
    profile = np.vstack([outside, inside])
    profile[0, 0] = profile[-1, 0] = 0.0
    shell = lathe(profile, look, 32, crease_deg=50)

    def egg(vertices: Array) -> Array:
        x, y = vertices[:, 0], vertices[:, 1]
        return np.column_stack([length / 2 * (1 + x), width / 2 * y * (1 + 0.16 * x), vertices[:, 2]])

    return bent(shell, egg)


def spoon(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A spoon 12.5-13.5 cm long; wooden ones are of one piece, soup spoons have a round bowl."""
    made = _handle_finish(spec, rng)
    metal = _working_end(spec, made)
    thick = rng.uniform(0.0175, 0.019)
    wooden = made.kind == "wood" and spec.material == "wood"
    soup = "soup" in spec.words
    length = rng.uniform(0.066, 0.072)
    bowl_length = rng.uniform(0.036, 0.040) if soup else rng.uniform(0.042, 0.046)
    width = rng.uniform(0.033, 0.036) if soup else rng.uniform(0.027, 0.031)
    handle = _handle(length, thick, made.look, rng)
    gap = 0.016
    scoop = made.plain(0.97) if wooden else metal  # wood grain would run together at the bottom of the bowl
    bowl = _spoon_bowl(bowl_length, width, 0.0078 if soup else 0.0066, scoop).moved((length + gap, 0.0, 0.0))
    neck = _neck(length - 0.006, length + gap + 0.004, thick / 2, 0.0078, 0.0052 if wooden else 0.0036, metal, wide=0.8)
    return _model((handle, neck, bowl), made, ((0,), (1,), (2,)))


def spatula(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A turner 13-14 cm long with a slotted blade at the end of a bent stem."""
    made = _handle_finish(spec, rng)
    metal = _working_end(spec, made)
    thick, length = rng.uniform(0.0175, 0.019), rng.uniform(0.062, 0.068)
    handle = _handle(length, thick, made.look, rng)
    blade_length, width = rng.uniform(0.044, 0.048), rng.uniform(0.038, 0.044)
    root = length + 0.022
    neck = _neck(length - 0.004, root + 0.004, thick / 2, 0.0022, 0.0036, metal)
    taper = pick(rng, (0.0, 0.10))
    slots = 4
    bar = width / (2 * slots + 1)
    blade = []
    for k in range(slots + 1):
        y = -width / 2 + bar * (2 * k + 0.5)
        blade.append(
            box((blade_length - 0.016, bar, 0.0022), metal, radius=0.0006).moved((root + blade_length / 2, y, 0.0004))
        )
    for x, run in ((root + 0.004, 0.011), (root + blade_length - 0.005, 0.011)):
        blade.append(
            box((run, width * (1 - taper if x == root + 0.004 else 1.0), 0.0026), metal, radius=0.0012).moved(
                (x, 0.0, 0.0002)
            )
        )
    return _model((handle, neck, joined(*blade)), made, ((0,), (1,), (2,)))


_PARTS = {"handle": frozenset({"thick", "sturdy", "ergonomic"}), "grip": frozenset()}
_GRIPS = frozenset({"handle", "grip"})

FAMILIES: tuple[Family, ...] = (
    Family("knife", knife, ("knife", "butter knife", "kitchen knife"), True,
           parts={**_PARTS, "blade": frozenset({"metal", "steel", "sharp", "shiny", "stainless", "silver", "gray"})},
           painted=_GRIPS),
    Family("fork", fork, ("fork",), True, parts={**_PARTS, "tine": frozenset({"four", "metal"})},
           painted=_GRIPS),
    Family("spoon", spoon, ("spoon", "wooden spoon", "soup spoon", "teaspoon", "tablespoon"), True,
           parts={**_PARTS, "bowl": frozenset({"oval", "round", "shallow"})},
           painted=_GRIPS),
    Family("spatula", spatula, ("spatula", "turner"), True,
           parts={**_PARTS, "blade": frozenset({"slotted", "flat", "metal"}), "head": frozenset({"flat", "slotted"})},
           painted=_GRIPS),
)  # fmt: skip
