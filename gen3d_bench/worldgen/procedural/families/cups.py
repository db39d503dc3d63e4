"""What people drink from: cup, mug, teacup, glass, and the teapot.

Cups are as narrow as the gripper can take from above (46 mm); a mug keeps its real width: things are put into it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d_bench.worldgen.procedural.families.plates import accent
from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import (
    METALS,
    Finish,
    banded,
    dotted,
    finish,
    gleaming,
    part_look,
    undecorated,
)
from gen3d_bench.worldgen.procedural.geometry import Array, ellipsoid_profile, lathe, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS, pick, shade
from gen3d_bench.worldgen.procedural.shapes import Line, arch, box_between, hull_box, rest_hull, vessel
from gen3d_bench.worldgen.procedural.solids import joined
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import plain

GLAZES: tuple[Rgb, ...] = (
    (0.93, 0.92, 0.88),
    (0.26, 0.45, 0.62),
    (0.78, 0.42, 0.30),
    (0.46, 0.60, 0.46),
    (0.88, 0.72, 0.36),
    (0.30, 0.33, 0.40),
    (0.72, 0.52, 0.62),
)
INSIDE_V = 0.53
"""Texture coordinate at which the inside of a thin-walled cup begins."""


def _decorated(made: Finish, spec: Spec, rng: np.random.Generator) -> Material:
    """Glaze with one of a few decorations that keep the colour's name true."""
    if made.kind in METALS | {"glass"} or made.look.texture is None or undecorated(spec):
        return made.look
    second = accent(made.color, spec, rng)
    style = int(rng.integers(4))
    if style == 0:
        return made.textured(banded(made.look.texture, second, ((0.45, 0.50),)))
    if style == 1:
        low = rng.uniform(0.22, 0.34)
        return made.textured(banded(made.look.texture, second, ((low, low + 0.03), (low + 0.05, low + 0.07))))
    if style == 2:
        return made.textured(dotted(made.look.texture, second, (10, 14), 0.16, (0.14, 0.46)))
    return made.look


def _handle(
    line: Line, wall: float, loop: tuple[float, float, float], thick: float, look: Material
) -> tuple[Surface, Array]:
    """A handle on a vessel's +X side: loop = (height of its middle, loop height, reach); and its collision box."""
    middle, width, reach = loop
    points = np.asarray(line, float)
    ends = [float(np.interp(middle + s * width / 2, points[:, 1], points[:, 0])) for s in (-1, 1)]
    start = min(ends) - 0.4 * wall
    surface = arch(width, reach + max(ends) - start, thick, look, flatten=1.25).moved((start, 0.0, middle))
    low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
    low[0] = max(ends)
    return surface, box_between(low, high)


def _handled(line: Line, wall: float, floor: float, loop: tuple[float, float, float], thick: float, made: Finish,
             spec: Spec, rng: np.random.Generator) -> ObjectModel:
    body = vessel(line, wall, floor, _decorated(made, spec, rng))
    handle, box = _handle(line, wall, loop, thick, part_look(spec, ("handle",), made.plain()))
    return ObjectModel((body.surface, handle), (*body.parts, box), made.props.density, made.props.friction, hollow=True)


def cup(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A small tapered cup, 44-46 mm wide at the rim and 46-54 mm tall, with a handle."""
    made = finish(spec, rng, ("ceramic", "ceramic", "plastic"), GLAZES)
    rim, height = rng.uniform(0.0222, 0.0228), rng.uniform(0.046, 0.054)
    foot = rim * rng.uniform(0.75, 0.82)
    belly = foot + (rim - foot) * rng.uniform(0.55, 0.75)
    line = [(foot, 0.0), (foot + 0.0015, 0.003), (belly, 0.45 * height), (rim, height - 0.001)]
    return _handled(
        line, 0.0026, 0.004, (0.52 * height, 0.5 * height, 0.013), 0.0024, made, spec, rng
    )


def teacup(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A round-bellied porcelain cup, 45-46 mm at the rim and 33-37 mm tall, on a narrow foot ring."""
    made = finish(spec, rng, ("porcelain", "ceramic"), GLAZES)
    rim, height = rng.uniform(0.0224, 0.0229), rng.uniform(0.033, 0.037)
    foot = rng.uniform(0.0118, 0.0130)
    line = [
        (foot, 0.0),
        (foot, 0.003),
        (0.80 * rim, 0.26 * height),
        (0.93 * rim, 0.5 * height),
        (0.97 * rim, 0.75 * height),
        (rim, height - 0.001),
    ]
    return _handled(
        line, 0.0022, 0.0045, (0.58 * height, 0.52 * height, 0.012), 0.0019, made, spec, rng
    )


def mug(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A straight coffee mug of real width (70-76 mm outside) and 62-70 mm tall; its handle can be gripped."""
    made = finish(spec, rng, ("ceramic",), GLAZES)
    radius, height = rng.uniform(0.0350, 0.0380), rng.uniform(0.062, 0.070)
    waist = rng.uniform(0.95, 1.03)
    line = [(0.93 * radius, 0.0), (radius, 0.006), (waist * radius, 0.5 * height), (radius, height - 0.001)]
    return _handled(
        line, 0.0035, 0.0055, (0.5 * height, 0.62 * height, 0.024), 0.0046, made, spec, rng
    )


def glassy(spec: Spec, rng: np.random.Generator) -> tuple[Finish, Material]:
    """Glass unless another material is asked for, with the long reflections that one knows glass by."""
    made = finish(replace(spec, material=spec.material or "glass"), rng, ("glass",))
    if made.kind != "glass":
        return made, made.look
    texture = banded(plain(rng, made.color, 64, 0.02), shade(made.color, 0.80), ((0.06, 0.10), (0.49, 0.52)))
    return made, made.textured(gleaming(texture, made.color, rng))


def glass(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A drinking glass, 44-46 mm wide and 66-76 mm tall, with a thick base; faceted, ringed or smooth."""
    made, look = glassy(spec, rng)
    rim, height = rng.uniform(0.0218, 0.0227), rng.uniform(0.066, 0.076)
    foot = rim * rng.uniform(0.74, 0.9)
    line = [(foot, 0.0), (foot + 0.001, 0.002), (rim, height - 0.001)]
    facets = int(pick(rng, (0, 8, 10)))
    turn = 2 * np.pi * np.arange(40) / 40
    radial = 1.0 + 0.02 * (np.abs(np.cos(facets * turn / 2)) - 0.5) if facets else None
    body = vessel(line, 0.0024, 0.010, look, segments=40, radial=radial)
    return ObjectModel((body.surface,), body.parts, made.props.density, made.props.friction, hollow=True)


def teapot(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A pot-bellied teapot: body 44-46 mm thick across the spout's axis, lid with a knob, curved spout, loop handle."""
    made = finish(spec, rng, ("ceramic",), GLAZES)
    radius, height = rng.uniform(0.0221, 0.0228), rng.uniform(0.040, 0.045)
    look = _decorated(made, spec, rng)
    t = np.linspace(-0.36 * np.pi, 0.40 * np.pi, 22)
    belly = np.column_stack([radius * np.cos(t) ** 0.85, height / 2 * (1 + np.sin(t) / np.sin(0.36 * np.pi))])
    foot, (neck, top) = float(belly[0][0]), belly[-1].tolist()
    body = lathe(np.vstack([[0.0, 0.0], [foot, 0.0], belly[1:], [0.0, top]]), look, 44)
    opening = neck + 0.0012
    lid_line = [
        [0.0, 0.0],
        [opening, 0],
        [opening, 0.0016],
        [0.75 * opening, 0.0042],
        [0.0028, 0.0062],
        [0.0030, 0.0076],
    ]
    knob = np.add(ellipsoid_profile(0.0046, 0.0075, 10)[1:], (0.0, 0.0070))
    cover = part_look(spec, ("lid", "top", "knob"), made.plain(0.96))
    lid = lathe(np.vstack([lid_line, knob[1:]]), cover, 36).moved((0, 0, top - 0.0006))
    s = np.linspace(0.0, 1.0, 12)
    spout_path = np.column_stack(
        [radius * 0.80 + 0.024 * s, np.zeros_like(s), height * (0.34 + 0.56 * s**1.7 - 0.06 * np.sin(np.pi * s))]
    )
    spout = sweep(spout_path, np.interp(s, [0, 0.45, 0.9, 1], [0.0075, 0.0048, 0.0034, 0.0038]), made.plain(), sides=14)
    mouth = sweep(
        [spout_path[-1] - (0.0006, 0, 0.0006), spout_path[-1] + (0.0003, 0, 0.0004)], 0.0024, made.plain(0.25), sides=12
    )
    loop = arch(0.62 * height, 0.021, 0.0030, made.plain(), flatten=1.2)
    handle = loop.turned(np.diag([-1.0, -1.0, 1.0])).moved((-0.86 * radius, 0, 0.52 * height))
    arm = part_look(spec, ("handle",), made.plain())
    trim = (joined(spout, handle),) if arm == made.plain() else (spout, handle.painted(arm))
    parts = (rest_hull(body), rest_hull(lid, limit=40), hull_box(spout), hull_box(handle))
    return ObjectModel((body, lid, *trim, mouth), parts, 1100.0, MATERIALS["ceramic"].friction)


_PARTS = {"handle": frozenset({"round", "curved", "rounded", "loop", "looped", "single", "side"})}
_HANDLE = frozenset({"handle"})

FAMILIES: tuple[Family, ...] = (
    Family("cup", cup, ("cup",), True, own=frozenset({"round"}), parts=_PARTS,
           painted=_HANDLE),
    Family("teacup", teacup, ("teacup", "tea cup"), True, own=frozenset({"round"}), parts=_PARTS,
           painted=_HANDLE),
    Family("mug", mug, ("mug", "coffee mug", "coffee cup", "tea mug"), own=frozenset({"round"}), parts=_PARTS,
           painted=_HANDLE),
    Family("glass", glass, ("glass", "glass cup", "drinking glass", "water glass", "tumbler"), True),
    Family("teapot", teapot, ("teapot", "tea pot"), True,
           parts={**_PARTS, "spout": frozenset({"curved", "short"}), "lid": frozenset({"small", "round"}),
                  "knob": frozenset({"round"})},
           painted=frozenset({"handle", "lid", "knob"})),
)  # fmt: skip
