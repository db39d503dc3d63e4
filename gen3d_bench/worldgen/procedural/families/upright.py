"""Upright round things beside cups and jars: wine glass, vase, tin can, candle."""

from __future__ import annotations

import numpy as np

from gen3d_bench.worldgen.procedural.families.cups import glassy
from gen3d_bench.worldgen.procedural.families.holders import contrast, printed
from gen3d_bench.worldgen.procedural.families.plates import GLAZES, accent
from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import METALS, banded, finish, undecorated
from gen3d_bench.worldgen.procedural.geometry import cylinder_part, lathe, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel
from gen3d_bench.worldgen.procedural.palette import MATERIALS, color_or, pick, shade
from gen3d_bench.worldgen.procedural.shapes import rest_hull, vessel
from gen3d_bench.worldgen.procedural.solids import drum
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import plain


def wine_glass(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A stemmed glass, 43-46 mm across its bowl and 88-98 mm tall, on a round foot."""
    made, look = glassy(spec, rng)
    radius, height = rng.uniform(0.0215, 0.0228), rng.uniform(0.088, 0.098)
    stem, base = 0.46 * height, 0.86 * radius
    swell, deep = rng.uniform(0.42, 0.55), height - stem
    wall = [(0.22 * radius, 0.0), (0.30 * radius, 0.001)]
    for x in np.linspace(0.0, 1.0, 12)[1:].tolist():
        out = 0.30 + 0.70 * np.sin(np.pi / 2 * min(1.0, x / swell)) - 0.12 * max(0.0, x - swell) / (1 - swell)
        wall.append((float(out) * radius, 0.001 + (deep - 0.002) * x))
    cup = vessel(wall, 0.0018, 0.005, look)
    profile = [(0.0, 0.0), (base, 0.0), (base, 0.0012), (0.35 * base, 0.0045), (0.0042, 0.010), (0.0034, 0.5 * stem),
               (0.0042, 0.9 * stem), (0.24 * radius, stem + 0.001), (0.0, stem + 0.001)]  # fmt: skip
    shaft = lathe(profile, made.plain(1.08), 40)
    parts = [part + np.array([0.0, 0.0, stem]) for part in cup.parts]
    parts += [cylinder_part(base, 0.0, 0.004, 16), cylinder_part(0.0044, 0.004, stem, 8)]
    surfaces = (cup.surface.moved((0.0, 0.0, stem)), shaft)
    return ObjectModel(surfaces, tuple(parts), made.props.density, 0.5, hollow=True)


def vase(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A flower vase, 72-80 mm across its belly and 88-96 mm tall, with a slender neck and a flaring lip."""
    made = finish(spec, rng, ("ceramic", "ceramic", "porcelain", "glass"), GLAZES)
    belly, height = rng.uniform(0.036, 0.040), rng.uniform(0.088, 0.096)
    narrow = spec.part("neck", "mouth", "opening") is not None
    neck = belly * (0.36 if narrow else rng.uniform(0.44, 0.54))
    keys = np.array([(0.62 * belly, 0.0), (0.80 * belly, 0.12), (belly, 0.36), (0.80 * belly, 0.58), (neck, 0.76),
                     (neck, 0.86), (1.35 * neck, 0.995)])
    z = np.linspace(0.0, 0.995, 26)
    smooth = np.interp(z, keys[:, 1], keys[:, 0])
    smooth[2:-2] = np.convolve(smooth, np.ones(5) / 5, mode="valid")
    look = made.look
    if look.texture is not None and made.kind not in METALS | {"glass"} and not undecorated(spec):
        bands = pick(rng, (((0.16, 0.24),), ((0.14, 0.16), (0.2, 0.22)), ()))
        look = made.textured(banded(look.texture, accent(made.color, spec, rng), bands))
    body = vessel([(float(r), float(h) * height) for r, h in zip(smooth, z, strict=True)], 0.0028, 0.006, look)
    return ObjectModel((body.surface,), body.parts, made.props.density, made.props.friction, hollow=True)


def tin_can(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A closed tin can, 42-46 mm across and 58-66 mm tall: steel rims and lid with a ring pull, a printed label."""
    radius, height = rng.uniform(0.0212, 0.0228), rng.uniform(0.058, 0.066)
    labels: tuple[Rgb, ...] = ((0.78, 0.14, 0.12), (0.16, 0.36, 0.66), (0.24, 0.52, 0.26), (0.90, 0.72, 0.18))
    color = color_or(spec.color, labels, rng)
    steel = MATERIALS["steel"].material((0.78, 0.79, 0.80))
    text = pick(rng, ("SOUP", "BEANS", "TOMATO", "CORN"))
    paper = plain(rng, color, 64, 0.03)
    if not undecorated(spec):
        paper = banded(paper, shade(color, 1.5), ((0.06, 0.12), (0.88, 0.94)))
        paper = printed(paper, text, None, contrast(color), (0.36, 0.66), copies=3)
    rim, inset = 0.0022, 0.0024
    shell = lathe([[0.0, 0.0], [radius, 0.0], [radius + 0.0008, 0.0008], [radius, rim], [radius - 0.0006, rim + 0.0006],
                   [radius - 0.0006, height - rim - 0.0006], [radius, height - rim], [radius + 0.0008, height - 0.0008],
                   [radius, height], [radius - 0.0012, height], [radius - 0.0016, height - inset],
                   [0.0, height - inset]], steel, 44)
    wrap = drum(radius, rim + 0.002, height - rim - 0.002, Material(texture=paper, roughness=0.5), 44)
    angle = 2 * np.pi * np.arange(16) / 16
    ring = sweep(np.column_stack([0.0052 * np.cos(angle) - 0.006, 0.0042 * np.sin(angle), np.full(16, height - 0.001)]),
                 0.0009, steel, 6, closed=True)
    tab = drum(0.003, 0.0, 0.0014, steel, 16).moved((0.002, 0.0, height - inset))
    return ObjectModel((wrap, shell, ring, tab), (cylinder_part(radius, 0.0, height, 20),), 700.0, 0.55)


def candle(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A pillar candle, 34-40 mm across and 52-66 mm tall: wax with a dished top, drips and a wick."""
    radius, height = rng.uniform(0.017, 0.020), rng.uniform(0.052, 0.066)
    waxes: tuple[Rgb, ...] = ((0.93, 0.89, 0.78), (0.80, 0.22, 0.20), (0.92, 0.72, 0.36), (0.60, 0.68, 0.58))
    color = color_or(spec.color, waxes, rng)
    wax = Material(texture=plain(rng, color, 64, 0.05), roughness=0.4)
    outline = [(0.0, 0.0), (0.97 * radius, 0.0), (radius, 0.001), (radius, height - 0.003),
               (0.96 * radius, height - 0.0008), (0.88 * radius, height), (0.72 * radius, height - 0.003),
               (0.0, height - 0.004)]  # fmt: skip
    body = lathe(outline, wax, 40)
    drips = []
    for k in range(4):
        a, length = 2 * np.pi * (k + rng.uniform(-0.3, 0.3)) / 4, rng.uniform(0.010, 0.026)
        out = np.array([np.cos(a), np.sin(a)]) * (radius - 0.0006)
        path = np.array([[*out, height - 0.002], [*out, height - 0.6 * length], [*out, height - length]])
        drips.append(sweep(path, [0.0017, 0.0018, 0.0026], wax, 10))
    path = np.array([[0, 0, height - 0.006], [0.0004, 0, height + 0.004], [0.0022, 0, height + 0.008]])
    wick = sweep(path, [0.0011, 0.0010, 0.0008], Material((0.10, 0.09, 0.08), roughness=0.9), 8)
    return ObjectModel((body, *drips, wick), (rest_hull(body),), 800.0, 0.6)


FAMILIES: tuple[Family, ...] = (
    Family("wine_glass", wine_glass, ("wine glass", "wineglass", "goblet", "champagne glass"), True,
           parts={"stem": frozenset({"long", "thin", "tall", "slender"}), "foot": frozenset(), "base": frozenset()}),
    Family("vase", vase, ("vase", "flower vase"),
           parts={"neck": frozenset({"narrow", "slim", "slender", "thin"}), "mouth": frozenset({"narrow", "flared"})}),
    Family("can", tin_can, ("can", "tin can", "soup can", "food can"), True,
           parts={"label": frozenset(), "lid": frozenset()}),
    Family("candle", candle, ("candle", "pillar candle"), True, parts={"wick": frozenset({"black", "short"})}),
)  # fmt: skip
