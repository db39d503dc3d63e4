"""Round open vessels for the kitchen: bowl, pot, saucepan, colander."""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.families.plates import GLAZES, accent
from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import METALS, Finish, banded, dotted, finish, part_look, undecorated
from gen3d_bench.worldgen.procedural.geometry import Array, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS, pick
from gen3d_bench.worldgen.procedural.shapes import arch, hull_box, vessel
from gen3d_bench.worldgen.procedural.solids import joined
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec

ENAMELS: tuple[Rgb, ...] = (
    (0.74, 0.18, 0.15),
    (0.20, 0.36, 0.56),
    (0.90, 0.88, 0.80),
    (0.26, 0.42, 0.34),
    (0.86, 0.56, 0.20),
)
DARK = MATERIALS["plastic"].material((0.10, 0.10, 0.11))


def bowl(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """124-138 mm across and 48-56 mm deep; a fruit bowl is wider and stands on a foot."""
    made = finish(spec, rng, ("ceramic", "ceramic", "wood") if "fruit" in spec.words else ("ceramic",), GLAZES)
    fruit = "fruit" in spec.words
    rim = (rng.uniform(0.069, 0.073) if fruit else rng.uniform(0.0635, 0.069))
    height = (rng.uniform(0.052, 0.058) if fruit else rng.uniform(0.047, 0.055))
    foot = rim * rng.uniform(0.50, 0.58)
    base = 0.008 if fruit else 0.003
    t = np.linspace(0.0, 1.0, 9)[1:]
    bulge = rng.uniform(0.56, 0.68)
    wall = [(foot + (rim - foot) * float(x) ** bulge, base + (height - 0.001 - base) * float(x)) for x in t]
    line = [(0.96 * foot if fruit else foot, 0.0), (0.9 * foot if fruit else foot, base - 0.001), *wall]
    look = made.look
    bare = made.kind in METALS | {"wood", "glass"} or undecorated(spec)
    if not bare and look.texture is not None and rng.random() < 0.75:
        second = accent(made.color, spec, rng)
        bands = pick(rng, (((0.44, 0.50),), ((0.36, 0.39), (0.41, 0.44)), ((0.47, 0.53),), ((0.80, 1.0),)))
        look = made.textured(banded(look.texture, second, bands))
    body = vessel(line, 0.0042, 0.005 + (0.004 if fruit else 0.0), look, segments=56, staves=14, crease_deg=50)
    return ObjectModel((body.surface,), body.parts, made.props.density, made.props.friction, hollow=True)


def _lugs(
    radius: float, z: float, width: float, reach: float, thick: float, look: Material
) -> tuple[Surface, list[Array]]:
    """Two loop handles lying level at +Y and -Y of a round vessel."""
    loop = arch(width, reach, thick, look, sides=8).turned(
        np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    )
    left = loop.moved((0.0, radius, z))
    right = left.turned(np.diag([-1.0, -1.0, 1.0]))
    return joined(left, right), [hull_box(left), hull_box(right)]


def _pan_finish(spec: Spec, rng: np.random.Generator) -> Finish:
    """Steel or enamel."""
    return (
        finish(spec, rng, ("steel", "ceramic"), ENAMELS)
        if rng.random() < 0.6 or spec.color
        else finish(spec, rng, ("steel",))
    )


def pot(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A pot, 122-134 mm across and 56-64 mm tall, with two loop handles and a rolled rim; soup pots are taller."""
    made = _pan_finish(spec, rng)
    soup = "soup" in spec.words or "stock" in spec.words
    radius = rng.uniform(0.061, 0.067)
    height = rng.uniform(0.062, 0.067) if soup else rng.uniform(0.054, 0.060)
    belly = rng.uniform(1.0, 1.04)
    line = [(0.90 * radius, 0.0), (0.985 * radius, 0.006), (belly * radius, 0.5 * height), (radius, height - 0.001)]
    look = made.look
    if look.texture is not None:
        inside = (0.93, 0.92, 0.89) if made.kind not in METALS else tuple(0.9 * c for c in made.color)
        look = made.textured(banded(look.texture, (inside[0], inside[1], inside[2]), ((0.545, 1.0),)))
    body = vessel(line, 0.0034, 0.004, look, lip=0.0016)
    handles, boxes = _lugs(
        radius - 0.001, 0.78 * height, 0.040, 0.015, 0.0034,
        part_look(spec, ("handle",), DARK if rng.random() < 0.4 else made.plain(0.9)),
    )  # fmt: skip
    return ObjectModel(
        (body.surface, handles), (*body.parts, *boxes), made.props.density, made.props.friction, hollow=True
    )


def saucepan(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A small pan, 112-122 mm across and 46-54 mm tall, with one long handle."""
    made = _pan_finish(spec, rng)
    radius, height = rng.uniform(0.056, 0.061), rng.uniform(0.046, 0.053)
    line = [(0.88 * radius, 0.0), (0.98 * radius, 0.006), (radius, height - 0.001)]
    look = made.look
    if look.texture is not None and made.kind not in METALS:
        look = made.textured(banded(look.texture, (0.22, 0.22, 0.23), ((0.53, 1.0),)))
    body = vessel(line, 0.0032, 0.004, look, lip=0.0014)
    t = np.linspace(0.0, 1.0, 12)
    reach = rng.uniform(0.078, 0.090)
    path = np.column_stack([radius - 0.002 + reach * t, np.zeros_like(t), 0.80 * height + 0.008 * t**1.5])
    grip = rng.uniform(0.0078, 0.0088)
    radii = np.interp(t, [0, 0.18, 0.28, 0.7, 0.97, 1.0], [0.0042, 0.0042, 0.85 * grip, grip, grip, 0.6 * grip])
    grip_look = part_look(spec, ("handle",), DARK if rng.random() < 0.6 else made.plain(0.85))
    handle = sweep(path, radii, grip_look, sides=14, flatten=0.62)
    return ObjectModel((body.surface, handle), (*body.parts, hull_box(handle)), made.props.density, made.props.friction,
                       hollow=True)


def colander(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A perforated bowl, 128-140 mm across and 54-60 mm tall, on a foot ring, with two handles."""
    made = finish(spec, rng, ("steel", "plastic"))
    rim, height = rng.uniform(0.064, 0.070), rng.uniform(0.053, 0.059)
    foot = 0.56 * rim
    t = np.linspace(0.0, 1.0, 8)[1:]
    wall = [(foot + (rim - foot) * float(x) ** 0.72, 0.007 + (height - 0.008) * float(x)) for x in t]
    line = [(0.94 * foot, 0.0), (0.92 * foot, 0.006), *wall]
    look = made.look
    if look.texture is not None:
        columns = int(rng.integers(20, 26))
        hole: Rgb = (0.05, 0.05, 0.06) if sum(made.color) > 0.6 else (0.62, 0.62, 0.60)
        holes = dotted(look.texture, hole, (columns, 24), 0.27, (0.27, 0.445), aspect=0.8)
        look = made.textured(dotted(holes, hole, (columns, 24), 0.27, (0.555, 0.90), aspect=0.8))
    body = vessel(line, 0.0030, 0.009, look, lip=0.0024, segments=56, crease_deg=50)
    handles, boxes = _lugs(rim - 0.001, height - 0.007, 0.044, 0.014, 0.0028,
                           part_look(spec, ("handle",), made.plain(0.92)))
    return ObjectModel(
        (body.surface, handles), (*body.parts, *boxes), made.props.density, made.props.friction, hollow=True
    )


_PARTS = {"handle": frozenset({"two", "side", "small", "loop", "short"})}
_HANDLE = frozenset({"handle"})

FAMILIES: tuple[Family, ...] = (
    Family("bowl", bowl, ("bowl", "fruit bowl", "salad bowl", "soup bowl"), own=frozenset({"round"})),
    Family("pot", pot, ("pot", "soup pot", "cooking pot", "stock pot"), own=frozenset({"round"}), parts=_PARTS,
           painted=_HANDLE),
    Family("saucepan", saucepan, ("saucepan", "sauce pan", "pan"), own=frozenset({"round"}),
           parts={"handle": frozenset({"long", "single", "straight"})},
           painted=_HANDLE),
    Family("colander", colander, ("colander", "strainer"), own=frozenset({"round"}),
           parts={**_PARTS, "hole": frozenset({"small", "round"})},
           painted=_HANDLE),
)  # fmt: skip
