"""Long and branching produce: banana, carrot, cucumber, broccoli, mushroom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d_bench.worldgen.procedural.families.produce import LEAF, SKIN, upward
from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.geometry import Array, ellipsoid_profile, lathe, rotation, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import color_or, mix, shade, vary
from gen3d_bench.worldgen.procedural.shapes import grounded, lumpy, rest_hull, split_hulls
from gen3d_bench.worldgen.procedural.solids import joined
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import mix as blend
from gen3d_bench.worldgen.procedural.textures import noise, rescaled, shaded, to_texture, value_noise

SHAPE = (256, 256)


def _ridged(surface: Surface, path: Array, sides: int, ridges: int, depth: float) -> Surface:
    """A sweep whose cross-section gets `ridges` soft edges of relative height `depth`."""
    rings = surface.vertices.reshape(len(path) + 2, sides + 1, 3)
    centers = np.concatenate([path[:1], path, path[-1:]])[:, None]
    turn = 2 * np.pi * np.arange(sides + 1) / sides
    factor = 1.0 + depth * np.cos(ridges * turn)
    factor[-1] = factor[0]
    return replace(surface, vertices=(centers + (rings - centers) * factor[None, :, None]).reshape(-1, 3))


def banana(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A bow 27-31 mm thick and about 13 cm along its back, five-edged, with brown ends and freckles."""
    thick, length, bow = rng.uniform(0.0138, 0.0152), rng.uniform(0.122, 0.134), rng.uniform(1.15, 1.55)
    color = color_or(spec.color, ((0.95, 0.79, 0.17), (0.93, 0.74, 0.14), (0.92, 0.82, 0.26)), rng, 0.03)
    s = np.linspace(0.0, 1.0, 26)
    turn = bow * (s - 0.5)
    radius = length / bow
    path = np.column_stack([radius * np.sin(turn), radius * (1.0 - np.cos(turn)), np.zeros_like(s)])
    taper = np.interp(
        s, [0, 0.02, 0.07, 0.22, 0.5, 0.8, 0.88, 0.93, 1.0], [0.24, 0.34, 0.5, 0.93, 1.0, 0.84, 0.46, 0.30, 0.31]
    )
    green = float(rng.uniform(0.0, 0.35))
    _, v = upward(SHAPE)
    blotch = noise(rng, SHAPE, (5, 5), 4)
    base = blend(
        color,
        mix(color, (0.62, 0.72, 0.22), 0.8),
        np.clip((np.abs(v - 0.5) - 0.28) / 0.15, 0, 1) * green * np.ones(SHAPE),
    )
    rgb = shaded(base, 0.96 + 0.1 * (blotch - 0.5))
    freckle = value_noise(rng, SHAPE, (60, 26))
    rgb = blend(rgb, (0.42, 0.26, 0.10), 0.75 * np.clip((freckle - rng.uniform(0.90, 0.96)) * 18, 0, 1))
    ends = np.clip(np.maximum((0.05 - v) / 0.02, (v - 0.955 + 0.02 * blotch) / 0.02), 0, 1)
    rgb = blend(rgb, (0.25, 0.16, 0.08), 0.92 * ends * np.ones(SHAPE))
    skin = SKIN.material(texture=to_texture(rgb))
    body = _ridged(sweep(path, thick * taper, skin, sides=20, crease_deg=60), path, 20, 5, 0.05)
    (body,) = grounded((body,), flat=0.0012)
    low, high = body.vertices[:, 0].min(), body.vertices[:, 0].max()
    parts = split_hulls(body, 0, list(np.linspace(low, high, 6)))
    return ObjectModel((body,), tuple(parts), SKIN.density, SKIN.friction)


def carrot(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A tapering root, 27-32 mm at its thick end and 11-12 cm long, ringed, with a green tuft."""
    thick, length = rng.uniform(0.0138, 0.0158), rng.uniform(0.100, 0.112)
    color = color_or(spec.color, ((0.92, 0.46, 0.10), (0.90, 0.40, 0.08)), rng, 0.03)
    s = np.linspace(0.0, 1.0, 24)
    shoulder = np.sqrt(np.clip(1 - ((0.06 - s) / 0.06) ** 2, 0, 1)) * (s < 0.06) + (s >= 0.06)
    taper = np.maximum(shoulder * (1 - 0.72 * s**1.15) * np.sqrt(np.clip((1.02 - s) / 0.12, 0.02, 1)), 0.06)
    wobble = 1 + 0.03 * np.sin(s * rng.uniform(18, 26) + rng.uniform(0, 6))
    # the axis sinks towards the tip, so that the root lies on its side and does not tip over
    path = np.column_stack([length * s, 0.003 * np.sin(s * rng.uniform(2, 4)), thick * taper * wobble])
    _, v = upward(SHAPE)
    lines = value_noise(rng, SHAPE, (44, 7)) * (value_noise(rng, SHAPE, (20, 3)) > 0.45)
    rgb = shaded(color, 0.97 + 0.12 * (noise(rng, SHAPE, (4, 4), 3) - 0.5))
    rgb = blend(rgb, shade(color, 0.55), 0.8 * np.clip((lines - 0.62) * 6, 0, 1))
    rgb = blend(rgb, (0.45, 0.48, 0.16), np.clip((0.045 - v) / 0.03, 0, 0.85) * np.ones(SHAPE))
    body = sweep(path, thick * taper * wobble, SKIN.material(texture=to_texture(rgb)), sides=20)
    stalks = []
    paint = Material(vary(LEAF, rng, 0.06), roughness=0.7)
    for _ in range(9):
        out = rng.uniform(-0.55, 0.55, 2)
        t = np.linspace(0, 1, 5)
        reach = rng.uniform(0.017, 0.026)
        rise = np.maximum(0.8 * thick + reach * out[1] * t**1.5, 0.007)  # the root carries the weight, not the tuft
        stalk = np.column_stack([0.002 - reach * t, reach * out[0] * t**1.5, rise])
        stalks.append(sweep(stalk, np.array([0.0016, 0.0013, 0.0016, 0.0032, 0.0012]), paint, sides=6))
    body, tuft = grounded((body, joined(*stalks)), flat=0.0016)
    parts = (*split_hulls(body, 0, list(np.linspace(body.vertices[:, 0].min(), body.vertices[:, 0].max(), 3))),
             rest_hull(tuft, limit=32, base=4))
    return ObjectModel((body, tuft), parts, SKIN.density, SKIN.friction)


def cucumber(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """Dark green, striped and warty, 31-36 mm thick and 12-13.5 cm long, a little bent."""
    thick, length = rng.uniform(0.0155, 0.0178), rng.uniform(0.120, 0.134)
    color = color_or(spec.color, ((0.16, 0.38, 0.13), (0.20, 0.44, 0.15), (0.13, 0.34, 0.14)), rng)
    s = np.linspace(-1.0, 1.0, 26)
    taper = np.clip(1 - np.abs(np.sin(s * np.pi / 2)) ** 8, 0.0, 1) ** 0.5
    taper = np.maximum(taper, 0.12) * (1 - 0.08 * s)
    bend = rng.uniform(0.001, 0.005)
    path = np.column_stack([length / 2 * np.sin(s * np.pi / 2), bend * s**2, np.zeros_like(s)])
    u, v = upward(SHAPE)
    pale = np.clip(
        np.abs(((u * int(rng.integers(8, 11)) + 0.3 * noise(rng, SHAPE, (6, 2), 2)) % 1.0) - 0.5) * 8 - 2.9, 0, 1
    )
    rgb = blend(shaded(color, 0.94 + 0.2 * (noise(rng, SHAPE, (8, 8), 3) - 0.5)), mix(color, (0.72, 0.82, 0.45), 0.55),
                0.75 * pale * np.clip(np.abs(v - 0.45) * 2.2, 0.15, 1))
    warts = value_noise(rng, SHAPE, (46, 40))
    rgb = blend(rgb, mix(color, (0.75, 0.84, 0.5), 0.5), np.clip((warts - 0.93) * 20, 0, 1))
    rgb = blend(rgb, (0.55, 0.60, 0.26), np.clip((0.05 - v) / 0.04, 0, 0.9) * np.ones(SHAPE))
    body = sweep(path, thick * taper, SKIN.material(texture=to_texture(rgb)), sides=22)
    body = lumpy(body, rng, 0.004, 0.01)
    nub = sweep([[-0.003, 0, 0], [0.003, 0, 0]], [0.0022, 0.0028], Material((0.42, 0.46, 0.2), roughness=0.8), sides=8)
    nub = nub.moved(path[0])
    body, nub = grounded((body, nub), flat=0.0014)
    parts = split_hulls(body, 0, list(np.linspace(body.vertices[:, 0].min(), body.vertices[:, 0].max(), 3)), limit=60)
    return ObjectModel((body, nub), tuple(parts), SKIN.density, SKIN.friction)


def _floret(rng: np.random.Generator, radius: float, paint: Material) -> Surface:
    """A knobbly ball."""
    ball = lathe(ellipsoid_profile(radius, 1.9 * radius, 12), paint, 14, crease_deg=180).moved((0, 0, -0.95 * radius))
    return lumpy(ball, rng, 0.085, 0.0028, 10)


def broccoli(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A head of knobbly florets 40-45 mm across on a pale branching stalk, about 55 mm tall."""
    spread, height = rng.uniform(0.0122, 0.0132), rng.uniform(0.040, 0.044)
    color = color_or(spec.color, ((0.21, 0.43, 0.13), (0.26, 0.48, 0.15), (0.18, 0.38, 0.14)), rng)
    grain = value_noise(rng, (128, 128), (44, 44))
    rgb = blend(shade(color, 0.68), mix(color, (0.62, 0.76, 0.36), 0.5), np.clip(1.7 * grain - 0.35, 0, 1))
    crown = Material(texture=to_texture(rgb), roughness=0.85)
    stalk_color: Rgb = vary((0.66, 0.76, 0.44), rng)
    pale = Material(
        texture=to_texture(shaded(stalk_color, 0.92 + 0.16 * noise(rng, (64, 64), (2, 12), 2))), roughness=0.6
    )
    florets, branches = [], []
    places = [(0.0, 0.0, height + 0.003)]
    for count, ring, lift in ((6, 0.66, 0.000), (9, 1.0, -0.0075)):
        start = rng.uniform(0, 2 * np.pi)
        for k in range(count):
            a = start + 2 * np.pi * k / count + rng.uniform(-0.12, 0.12)
            places.append(
                (ring * spread * np.cos(a), ring * spread * np.sin(a), height + lift + rng.uniform(-0.001, 0.001))
            )
    for x, y, z in places:
        size = rng.uniform(0.0078, 0.0090)
        florets.append(_floret(rng, size, crown).turned(rotation("x", rng.uniform(0, 3))).moved((x, y, z)))
        branch = np.array([[0.25 * x, 0.25 * y, 0.015], [0.55 * x, 0.55 * y, 0.5 * (z + 0.012)], [x, y, z]])
        branches.append(sweep(branch, [0.0046, 0.0036, 0.0042], pale, sides=8))
    foot = lathe([[0.0, 0.0], [0.0130, 0.0], [0.0140, 0.001], [0.0108, 0.012], [0.0105, 0.023], [0.0, 0.026]], pale, 18)
    head = grounded((joined(*florets), joined(foot, *branches)), center=False)
    width = float(np.ptp(head[0].vertices[:, :2], axis=0).max())
    fit = min(1.0, 0.0455 / width)
    head = tuple(s.scaled((fit, fit, 1.0)) for s in head)
    stem = replace(foot, vertices=foot.vertices[foot.vertices[:, 2] < 0.024] * (fit, fit, 1.0))
    parts = (rest_hull(stem, limit=40), rest_hull(head[0]))
    return ObjectModel(head, parts, 450.0, SKIN.friction)


def mushroom(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A cap 39-45 mm across over a stout stem, gills below, 38-44 mm tall."""
    cap, height = rng.uniform(0.0195, 0.0222), rng.uniform(0.038, 0.043)
    color = color_or(spec.color, ((0.88, 0.82, 0.72), (0.66, 0.48, 0.33), (0.76, 0.62, 0.46), (0.92, 0.89, 0.83)), rng)
    brim = height - rng.uniform(0.0165, 0.0195)
    t = np.linspace(0, np.pi / 2, 14)
    dome = np.column_stack([cap * np.cos(t) ** 0.82, brim + (height - brim) * np.sin(t)])
    under = np.array(
        [[0.0, brim + 0.004], [0.35 * cap, brim + 0.003], [0.86 * cap, brim - 0.0015], [0.96 * cap, brim - 0.0018]]
    )
    dome[-1, 0] = 0.0
    profile = np.vstack([under, dome])
    u, v = upward(SHAPE)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(profile, axis=0), axis=1))])
    edge = float(along[2] / along[-1])
    skin = shaded(color, 0.95 + 0.16 * (noise(rng, SHAPE, (5, 5), 4) - 0.5))
    scales = value_noise(rng, SHAPE, (26, 34))
    skin = blend(
        skin, shade(color, 0.72), 0.6 * np.clip((scales - 0.72) * 5, 0, 1) * np.clip((v - edge - 0.1) * 3, 0, 1)
    )
    gills = shaded((0.52, 0.38, 0.28), 0.8 + 0.4 * (np.sin(2 * np.pi * 60 * u) > 0) * np.ones(SHAPE))
    rgb = np.where((v < edge)[..., None] * np.ones((1, 256, 1), bool), gills, skin)
    top = lumpy(lathe(profile, Material(texture=to_texture(rgb), roughness=0.6), 36), rng, 0.012, 0.02)
    pale = mix((0.93, 0.90, 0.83), color, 0.25)
    fibres = to_texture(shaded(pale, 0.9 + 0.2 * rescaled(noise(rng, (64, 64), (2, 16), 2), 0, 1)))
    r = rng.uniform(0.0098, 0.0112)
    line = [
        [0.0, 0.0],
        [1.02 * r, 0],
        [1.12 * r, 0.002],
        [0.95 * r, 0.5 * brim],
        [1.05 * r, brim + 0.004],
        [0.0, brim + 0.005],
    ]
    stem = lathe(line, Material(texture=fibres, roughness=0.75), 24)
    stem, top = grounded((stem, top), center=False)
    return ObjectModel((top, stem), (rest_hull(stem, limit=40), rest_hull(top)), 450.0, SKIN.friction)


FAMILIES: tuple[Family, ...] = (
    Family("banana", banana, ("banana", "plantain"), True, own=frozenset({"curved"})),
    Family("carrot", carrot, ("carrot",), True, own=frozenset({"tapered"}),
           parts={"top": frozenset({"green", "leafy"}), "leaf": frozenset({"green"}), "stem": frozenset({"green"})}),
    Family("cucumber", cucumber, ("cucumber", "zucchini", "courgette"), True),
    Family("broccoli", broccoli, ("broccoli", "broccoli floret"), True,
           parts={"floret": frozenset({"green"}), "stalk": frozenset({"pale", "thick"}), "stem": frozenset({"thick"})}),
    Family("mushroom", mushroom, ("mushroom", "champignon"), True, own=frozenset({"round"}),
           parts={"cap": frozenset({"round", "rounded"}), "stem": frozenset({"short", "thick"})}),
)  # fmt: skip
