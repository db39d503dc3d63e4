"""Upright things with caps: water bottle, salt shaker, pepper grinder."""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.families.holders import contrast, printed
from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import METALS, banded, finish, gleaming, part_look, undecorated
from gen3d_bench.worldgen.procedural.geometry import Array, ellipsoid_profile, lathe
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS, color_or, pick, shade
from gen3d_bench.worldgen.procedural.shapes import rest_hull
from gen3d_bench.worldgen.procedural.solids import joined
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import plain

STEEL = MATERIALS["steel"].material((0.80, 0.81, 0.83))
INK = Material((0.05, 0.05, 0.06), roughness=0.6)


def _ribbed(radius: float, height: float, look: Material, ribs: int = 20) -> Surface:
    """A knurled cap standing on z = 0."""
    turn = 2 * np.pi * np.arange(4 * ribs) / (4 * ribs)
    profile = [[0.0, 0.0], [radius, 0.0], [radius, height - 0.0015], [radius - 0.0015, height], [0.0, height]]
    strength = np.array([0.0, 1.0, 1.0, 0.0, 0.0])[:, None]
    return lathe(profile, look, 4 * ribs, radial=1.0 + 0.03 * strength * np.sign(np.sin(ribs * turn))[None, :])


def water_bottle(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A small water bottle, 40-43 mm wide and 92-100 mm tall: ringed and labelled, or a plain sports flask."""
    radius, height = rng.uniform(0.0200, 0.0215), rng.uniform(0.090, 0.098)
    glass = spec.material == "glass"
    sports = not glass and (spec.material in {"metal", "steel"} or rng.random() < 0.35)
    clear: tuple[Rgb, ...] = ((0.62, 0.82, 0.93), (0.68, 0.86, 0.92), (0.58, 0.78, 0.95))
    bold: tuple[Rgb, ...] = ((0.18, 0.42, 0.70), (0.22, 0.58, 0.50), (0.75, 0.26, 0.24), (0.78, 0.79, 0.80))
    color = color_or(spec.color, bold if sports else clear, rng)
    cap_high, cap_radius = 0.014, rng.uniform(0.0110, 0.0122)
    shoulder, neck = height - 0.034, height - cap_high - 0.004
    rings = np.linspace(0.004, shoulder, 22)
    ripple = 0.0 if sports or glass else 0.0005
    wall = np.column_stack([radius - ripple * (1 + np.cos(rings * 2 * np.pi / 0.0072)), rings])
    t = np.linspace(0.0, 1.0, 7)[1:]
    slope = np.column_stack(
        [radius + (cap_radius - 0.0012 - radius) * (3 * t**2 - 2 * t**3), shoulder + (neck - shoulder) * t]
    )
    profile = np.vstack(
        [
            [0.0, 0.0],
            [radius - 0.003, 0.0],
            [radius - 0.0006, 0.0015],
            wall,
            slope,
            [cap_radius - 0.0012, height - 0.005],
            [0.0, height - 0.005],
        ]
    )
    texture = plain(rng, color, 64, 0.03)
    if glass:
        texture = gleaming(texture, color, rng)
    elif undecorated(spec):
        pass
    elif sports:
        texture = banded(texture, shade(color, 1.5), ((0.62, 0.64),))
    else:
        label_color: Rgb = pick(rng, ((0.15, 0.38, 0.72), (0.12, 0.50, 0.60), (0.85, 0.90, 0.94)))
        if spec.color is not None:
            label_color = shade(color, 0.62)
        texture = printed(
            banded(texture, label_color, ((0.40, 0.62),)), "WATER", label_color, contrast(label_color), (0.43, 0.59)
        )
    look = Material(texture=texture, roughness=0.35 if sports else 0.18)
    if spec.material in METALS | {"glass"}:
        look = MATERIALS[str(spec.material)].material(texture=texture)
    body = lathe(profile, look, 40)
    cap_color: Rgb = pick(rng, ((0.14, 0.34, 0.66), (0.92, 0.93, 0.94), (0.15, 0.15, 0.16)))
    cap_look = part_look(spec, ("cap", "lid", "top", "stopper", "cork"), Material(cap_color, roughness=0.45))
    cap = _ribbed(cap_radius, cap_high, cap_look).moved((0, 0, height - cap_high))
    lower = body.vertices[body.vertices[:, 2] <= shoulder + 1e-6]
    upper = body.vertices[body.vertices[:, 2] >= shoulder - 0.004]
    parts = (_points_hull(body, lower), _points_hull(body, upper), rest_hull(cap))
    return ObjectModel((body, cap), parts, 520.0, 0.6)


def _points_hull(surface: Surface, points: Array) -> Array:
    return rest_hull(Surface(points, surface.faces[:0], surface.uv[:0]))


def salt_shaker(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """36-40 mm wide and 60-66 mm tall: a waisted glass or ceramic body marked SALT under a steel cap with holes."""
    made = finish(spec, rng, ("glass", "porcelain"))
    radius, height = rng.uniform(0.0180, 0.0200), rng.uniform(0.044, 0.049)
    top = radius * rng.uniform(0.78, 0.86)
    t = np.linspace(0.0, 1.0, 12)
    wall = np.column_stack(
        [radius + (top - radius) * t + 0.0014 * np.cos(2 * np.pi * t) - 0.0014, 0.002 + (height - 0.002) * t]
    )
    profile = np.vstack([[0.0, 0.0], [radius - 0.0015, 0.0], wall, [0.0, height]])
    texture = plain(rng, made.color, 64, 0.02)
    if made.kind == "glass":
        texture = banded(texture, (0.96, 0.96, 0.95), ((0.20, 0.58),))
    texture = printed(
        texture,
        "SALT",
        (0.96, 0.96, 0.95) if made.kind == "glass" else made.color,
        contrast((0.9, 0.9, 0.9) if made.kind == "glass" else made.color),
        (0.36, 0.54),
    )
    facets = int(pick(rng, (0, 8)))
    turn = 2 * np.pi * np.arange(40) / 40
    radial = (
        np.broadcast_to(1.0 + 0.03 * (np.abs(np.cos(facets * turn / 2)) - 0.6), (len(profile), 40)) if facets else None
    )
    body = lathe(profile, made.textured(texture), 40, radial=radial)
    cap_radius = top + 0.0012
    s = np.linspace(0.0, np.pi / 2, 9)
    dome = np.column_stack([cap_radius * np.cos(s), 0.008 + 0.008 * np.sin(s)])
    dome[-1, 0] = 0.0
    lid = part_look(spec, ("cap", "lid", "top"), STEEL)
    cap = lathe(np.vstack([[0.0, 0.0], [cap_radius, 0.0], dome]), lid, 36).moved((0, 0, height - 0.001))
    ring = [
        (0.0, 0.0),
        *((0.42 * cap_radius * np.cos(a), 0.42 * cap_radius * np.sin(a)) for a in 2 * np.pi * np.arange(6) / 6),
    ]
    holes = [lathe(ellipsoid_profile(0.0012, 0.0010, 7), INK, 10).moved(
        (x, y, height + 0.0067 + 0.008 * float(np.sqrt(1 - (x * x + y * y) / cap_radius**2)))) for x, y in ring]
    return ObjectModel((body, cap, joined(*holes)), (rest_hull(body), rest_hull(cap)), 900.0, 0.55)


def pepper_grinder(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A turned mill, 37-40 mm wide and 78-84 mm tall: base, waist, rounded head and steel knob."""
    made = finish(spec, rng, ("wood",), grain="v")
    radius, height = rng.uniform(0.0185, 0.0200), rng.uniform(0.072, 0.078)
    waist, head = radius * rng.uniform(0.58, 0.68), radius * rng.uniform(0.80, 0.90)
    h = height
    keys = np.array(
        [
            [radius, 0.0],
            [radius, 0.10],
            [0.93 * radius, 0.13],
            [radius * 0.95, 0.16],
            [0.86 * radius, 0.24],
            [waist, 0.40],
            [waist, 0.50],
            [head, 0.62],
            [head, 0.66],
        ]
    )
    z = np.linspace(0.0, 0.66, 34)
    smooth = np.interp(z, keys[:, 1], keys[:, 0])
    smooth[5:] = np.convolve(np.pad(smooth, 2, mode="edge"), np.ones(5) / 5, mode="valid")[5:]
    body = lathe(np.vstack([[0.0, 0.0], np.column_stack([smooth, z * h]), [0.0, 0.66 * h]]), made.look, 40)
    t = np.linspace(-0.35, np.pi / 2, 12)
    dome = np.column_stack([1.03 * head * np.cos(t), 0.80 * h + 0.20 * h * np.sin(t)])
    dome[-1, 0] = 0.0
    foot = float(dome[0, 1])
    crown = lathe(np.vstack([[0.0, foot - 0.003], [0.94 * head, foot - 0.003], dome]), made.look, 40)
    collar = lathe([[0.0, 0.655 * h], [0.9 * head, 0.655 * h], [0.9 * head, foot], [0.0, foot]], STEEL, 32)
    knob = lathe(ellipsoid_profile(0.0048, 0.0085, 12), STEEL, 20).moved((0, 0, h - 0.0016))
    parts = (
        rest_hull(
            lathe(np.vstack([[0.0, 0.0], [radius, 0.0], [radius, 0.16 * h], [waist, 0.42 * h], [0.0, 0.42 * h]]))
        ),
        rest_hull(
            lathe(
                [
                    [0.0, 0.40 * h],
                    [waist, 0.40 * h],
                    [waist, 0.5 * h],
                    [head, 0.62 * h],
                    [head, 0.7 * h],
                    [0.0, 0.7 * h],
                ]
            )
        ),
        rest_hull(crown),
        rest_hull(knob, limit=32, base=6),
    )
    return ObjectModel((body, collar, crown, knob), parts, made.props.density, 0.6)


_CAPS = frozenset({"screw", "twist", "metal", "plastic", "perforated"})

FAMILIES: tuple[Family, ...] = (
    Family("water_bottle", water_bottle, ("water bottle", "bottle", "flask"), True,
           parts={"cap": _CAPS, "lid": _CAPS, "top": _CAPS, "stopper": _CAPS, "cork": _CAPS,
                  "neck": frozenset({"narrow", "slim"})},
           painted=frozenset({"cap", "lid", "top", "stopper", "cork"})),
    Family("salt_shaker", salt_shaker, ("salt shaker", "saltshaker", "shaker"), True,
           parts={"cap": _CAPS, "lid": _CAPS, "top": _CAPS, "hole": frozenset({"small", "tiny"})},
           painted=frozenset({"cap", "lid", "top"})),
    Family("pepper_grinder", pepper_grinder, ("pepper grinder", "pepper mill", "pepper shaker"), True,
           parts={"knob": frozenset({"metal", "steel", "silver", "round"})}),
)  # fmt: skip
