"""Erasers, sharpeners, staplers: blocks of a desk that a hand picks up."""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.geometry import box, box_part, hull_of, loft
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS, color_or, pick, shade
from gen3d_bench.worldgen.procedural.patterns import label
from gen3d_bench.worldgen.procedural.solids import drum, extruded, lying, planar, slab, standing
from gen3d_bench.worldgen.procedural.spec import Spec
from gen3d_bench.worldgen.procedural.textures import speckle

_METAL = Material((0.75, 0.76, 0.78), roughness=0.3, metallic=0.6)


def eraser(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A block eraser in a printed paper sleeve, or a bare bevelled one."""
    length, width, height = rng.uniform(0.048, 0.058), rng.uniform(0.022, 0.027), rng.uniform(0.0165, 0.019)
    color = color_or(
        spec.color, ((0.95, 0.95, 0.94), (0.93, 0.55, 0.62), (0.55, 0.78, 0.6), (0.5, 0.68, 0.86)), rng, 0.02
    )
    rubber = MATERIALS["rubber"]
    ink = (0.12, 0.12, 0.16) if max(color) > 0.4 and sum(color) > 1.0 else (0.95, 0.95, 0.95)
    if rng.random() < 0.5:
        slant = rng.uniform(0.005, 0.009)
        outline = [(0.0, 0.0), (length - slant, 0.0), (length, height), (slant, height)]
        body = extruded(np.array(outline) - (length / 2, 0.0), width, rubber.material(color), bevel=0.0015)
        print_on = (0.55 * length, 0.62 * width)
        face = rubber.material(texture=label("ERASER", color, ink, (96, 224), fill=0.86))
        surfaces = [body, planar(slab((*print_on, 0.0008), (0.0, 0.0, height - 0.0002), face))]
    else:
        gum = rubber.material(texture=speckle(rng, color, 64, density=0.006))
        sleeve = length * rng.uniform(0.55, 0.65)
        paper = (
            pick(rng, ((0.13, 0.32, 0.74), (0.78, 0.11, 0.10), (0.12, 0.12, 0.14), (0.2, 0.5, 0.3)))
            if spec.color is None
            else shade(color, 0.6 if sum(color) < 2.4 else 0.86)
        )
        stripe = label(
            "ERASER", paper, (0.96, 0.96, 0.96) if sum(paper) < 2.0 else ink, (128, 192), fill=0.82, frame=True
        )
        surfaces = [
            box((length, width, height), gum, radius=0.0028),
            slab(
                (sleeve, width + 0.0008, height - 0.0004),
                ((length - sleeve) / 2 - 0.004, 0.0, height / 2 + 0.0004),
                Material(texture=stripe, roughness=0.8),
            ),
        ]
    return standing(surfaces, [box_part((length, width, height), (0.0, 0.0, height / 2))], 1100.0, 0.95)


def dry_erase_eraser(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A whiteboard eraser: layered felt under a moulded plastic back."""
    length, width = rng.uniform(0.098, 0.11), rng.uniform(0.042, 0.0455)
    felt, back = rng.uniform(0.013, 0.016), rng.uniform(0.014, 0.017)
    color = color_or(spec.color, ((0.13, 0.14, 0.16), (0.13, 0.32, 0.74), (0.78, 0.14, 0.12), (0.2, 0.5, 0.35)), rng)
    layers = int(rng.integers(5, 8))
    wool = [Material(c, roughness=1.0) for c in ((0.32, 0.33, 0.35), (0.68, 0.68, 0.66))]
    step = length / layers
    surfaces: list[Surface] = [
        slab((step, width * 0.97, felt), ((k + 0.5) * step - length / 2, 0.0, felt / 2), wool[k % 2])
        for k in range(layers)
    ]
    half, top = length / 2, felt + back
    outline = [
        (-half, felt),
        (half, felt),
        (half, felt + 0.5 * back),
        (0.75 * half, top - 0.002),
        (0.3 * half, top),
        (-0.3 * half, top),
        (-0.75 * half, top - 0.002),
        (-half, felt + 0.5 * back),
    ]
    surfaces.append(extruded(outline, width, MATERIALS["plastic"].material(color), bevel=0.0025))
    words = label("ERASER", color, (0.95, 0.95, 0.95) if sum(color) < 2.0 else (0.2, 0.2, 0.25), (64, 256), fill=0.85)
    surfaces.append(
        slab((0.55 * half, width * 0.45, 0.0008), (0.0, 0.0, top), MATERIALS["plastic"].material(texture=words))
    )
    return standing(
        surfaces,
        [
            box_part((length, width, felt + 0.6 * back), (0, 0, (felt + 0.6 * back) / 2)),
            box_part((0.7 * length, width, top), (0, 0, top / 2)),
        ],
        300.0,
        0.8,
    )


def pencil_sharpener(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A wedge sharpener, half as large again as life: waisted block, slanted blade with its screw, pencil hole."""
    length, width, height = rng.uniform(0.038, 0.044), rng.uniform(0.026, 0.030), rng.uniform(0.020, 0.023)
    metal = spec.material == "metal" or (spec.color is None and rng.random() < 0.3)
    color = color_or(spec.color, ((0.75, 0.76, 0.78),) if metal else MATERIALS["plastic"].tints, rng)
    body = Material(color, roughness=0.35, metallic=0.55) if metal else MATERIALS["plastic"].material(color)
    t = np.linspace(-1, 1, 9)
    waist = width / 2 * (1 - rng.uniform(0.14, 0.22) * (1 - np.abs(t)) ** 0.8)
    outline = np.vstack([np.column_stack([length / 2 * t, -waist]), np.column_stack([length / 2 * t[::-1], waist])])
    low = 0.8 * height
    block = loft([outline, outline, outline * 0.97], [0.0, low - 0.001, low], body, crease_deg=35.0)
    slope = (height - low) / length
    tilted = block.vertices.copy()
    tilted[:, 2] += np.where(tilted[:, 2] > 0.5 * low, slope * 2 * (tilted[:, 0] + length / 2) - (height - low), 0.0)
    block = Surface(tilted, block.faces, block.uv, body, 35.0)
    blade = slab((0.72 * length, 0.46 * width, 0.0018), (0.0, 0.0, 0.0), _METAL)
    turn = np.arctan(2 * slope)
    tilt = np.array([[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]])
    dark = Material((0.03, 0.03, 0.03), roughness=1.0)
    groove = slab((0.8 * length, 0.1 * width, 0.0016), (0.0, 0.29 * width, -0.0002), dark)
    screw = [
        drum(0.0042, 0.0, 0.0024, Material((0.85, 0.75, 0.5), roughness=0.3, metallic=0.6), 16),
        slab((0.0062, 0.0012, 0.0006), (0.0, 0.0, 0.0024), dark),
    ]
    surfaces = [block, *(s.turned(tilt).moved((0.0, 0.0, low + 0.0004)) for s in (blade, groove, *screw))]
    for side, radius in ((1, 0.0068), (-1, 0.0025)):
        mouth = (side * length / 2, 0.0, 0.46 * height)
        surfaces += [lying(drum(1.22 * radius, -0.0003, 0.0003, _METAL, 20), 0.0).moved(mouth),
                     lying(drum(radius, -0.0006, 0.0006, dark, 20), 0.0).moved(mouth)]
    ridges = [
        slab((0.0016, 0.0012, 0.7 * low), (x, side * (width / 2 * 0.89), 0.4 * low), Material(shade(color, 0.6)))
        for x in np.linspace(-0.16, 0.16, 5) * length
        for side in (-1, 1)
    ]
    return standing([*surfaces, *ridges], [hull_of(block)], 1000.0)


def stapler(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A desk stapler: base plate, metal magazine, arm raised about a rear hinge."""
    length, width = rng.uniform(0.125, 0.14), rng.uniform(0.03, 0.036)
    color = color_or(spec.color, ((0.12, 0.12, 0.14), (0.78, 0.12, 0.12), (0.13, 0.32, 0.74), (0.35, 0.37, 0.4)), rng)
    plastic = MATERIALS["plastic"]
    body, sole = plastic.material(color), Material(shade(color, 0.5), roughness=0.8)
    half = length / 2
    rear, front = rng.uniform(0.042, 0.048), rng.uniform(0.036, 0.041)
    arm = [
        (-half, 0.022),
        (half - 0.004, 0.026),
        (half, 0.03),
        (half - 0.006, front - 0.002),
        (0.5 * half, front + 0.003),
        (-0.5 * half, rear),
        (-0.85 * half, rear - 0.002),
        (-half, rear - 0.012),
    ]
    surfaces = [
        box((length * 0.98, width, 0.006), sole, radius=0.003),
        extruded(
            [
                (-half * 0.96, 0.006),
                (half * 0.9, 0.006),
                (half * 0.9, 0.0085),
                (-half * 0.5, 0.010),
                (-half * 0.7, 0.022),
                (-half * 0.96, 0.022),
            ],
            width * 0.8,
            body,
        ),
        slab((0.016, width * 0.5, 0.0012), (half * 0.78, 0.0, 0.0090), _METAL),
        slab((length * 0.93, width * 0.48, 0.009), (0.004, 0.0, 0.0205), _METAL),
        extruded(arm, width * 0.86, body, bevel=0.003),
        slab((0.5 * length, width * 0.5, 0.001), (0.16 * half, 0.0, 0.0), _METAL)
        .turned(np.array([[0.9955, 0, 0.095], [0, 1, 0], [-0.095, 0, 0.9955]]))
        .moved((0.0, 0.0, front + 0.0035)),
        lying(drum(0.004, -width / 2, width / 2, _METAL, 16), 0.0)
        .turned(np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]]))
        .moved((-half * 0.85, 0.0, 0.017)),
    ]
    hull = np.vstack([np.array([[x, s * width * 0.43, z] for x, z in arm]) for s in (-1, 1)])
    parts = [
        box_part((length * 0.98, width, 0.01), (0.0, 0.0, 0.005)),
        hull,
        box_part((length * 0.9, width * 0.48, 0.018), (0.0, 0.0, 0.017)),
    ]
    return standing(surfaces, parts, 900.0, 0.6)


FAMILIES: tuple[Family, ...] = (
    Family("eraser", eraser, ("eraser", "rubber"), graspable=True, own=frozenset({"rectangular"})),
    Family("dry_erase_eraser", dry_erase_eraser, ("dry erase eraser", "whiteboard eraser"), graspable=True),
    Family("pencil_sharpener", pencil_sharpener, ("pencil sharpener", "sharpener"), graspable=True),
    Family("stapler", stapler, ("stapler",), graspable=True),
)
