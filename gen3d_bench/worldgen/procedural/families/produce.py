"""Round fruit and vegetables: apple, pear, orange, tomato, lemon, lime, potato, onion, strawberry.

Everything is sized for the gripper: some horizontal axis is 30-46 mm thick.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.geometry import Array, ellipsoid_profile, lathe, rotation, sweep
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import MATERIALS, color_or, mix, shade, vary
from gen3d_bench.worldgen.procedural.shapes import footing, grounded, leaf, lumpy, rest_hull
from gen3d_bench.worldgen.procedural.solids import joined, lying
from gen3d_bench.worldgen.procedural.spec import Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import (
    Field,
    Texture,
    coordinates,
    noise,
    peel,
    rescaled,
    shaded,
    to_texture,
    value_noise,
)
from gen3d_bench.worldgen.procedural.textures import mix as blend

SKIN = MATERIALS["produce"]
STALK: Rgb = (0.33, 0.22, 0.12)
LEAF: Rgb = (0.22, 0.45, 0.14)


def upward(shape: tuple[int, int]) -> tuple[Field, Field]:
    """(u [1, W], v [H, 1]) with v running up the image, as texture coordinates do."""
    u, v = coordinates(shape)
    return u, 1.0 - v


FOOTING_M = 0.0035
"""How far inside its resting facet a fruit keeps its centre of mass."""


def model(body: Surface, extras: tuple[Surface, ...] = (), *, flat: float = 0.001) -> ObjectModel:
    """A solid fruit resting on a facet at least `flat` deep (m), deeper if it would roll over.

    Of its extras the first (stem or crown) is solid too if it sticks out; leaves are seen but not touched.
    """
    for facet in flat + 0.0004 * np.arange(9):
        down, *rest = grounded((body, *extras), flat=float(facet), center=False)
        if footing(down) > FOOTING_M:
            break
    body = down
    middle = (body.vertices.min(axis=0) + body.vertices.max(axis=0)) / 2
    shift = np.array([-middle[0], -middle[1], 0.0])
    body, rest = body.moved(shift), [s.moved(shift) for s in rest]
    low, high = body.vertices.min(axis=0), body.vertices.max(axis=0)
    sticks_out = bool(rest) and bool(np.any((rest[0].vertices > high + 0.002) | (rest[0].vertices < low - 0.002)))
    extra = (rest_hull(rest[0], limit=24, base=4),) if sticks_out else ()
    return ObjectModel((body, *rest), (rest_hull(body), *extra), SKIN.density, SKIN.friction)


def _dimpled(radius: float, height: float, *, top: float, bottom: float, taper: float = 0.0, n: int = 26) -> Array:
    """[n, 2] profile of a round fruit, hollowed at the stem (m) and at the base, and narrower below by `taper`."""
    profile = ellipsoid_profile(radius, height, n, power=2.2)
    r, z = profile[:, 0].copy(), profile[:, 1].copy()
    up = z / height
    r *= 1.0 - taper * (1.0 - up) ** 2
    pit = np.exp(-((r / (0.38 * radius)) ** 2))
    z += np.where(up < 0.5, bottom, -top) * pit
    return np.column_stack([r, z])


def _lobes(points: int, segments: int, count: int, depth: float, low: float, high: float) -> Array:
    """[points, segments] factors on the radius: `count` lobes, `low` strong at the base and `high` at the top."""
    turn = 2 * np.pi * np.arange(segments) / segments
    strength = np.linspace(low, high, points)[:, None] * depth
    return 1.0 + strength * (np.abs(np.cos(count * turn / 2)) - 0.6)[None, :]


def _stem(rng: np.random.Generator, base: float, length: float, radius: float, color: Rgb = STALK) -> Surface:
    """A bent woody stem rising from (0, 0, base)."""
    t = np.linspace(0.0, 1.0, 6)
    bend = rng.uniform(-0.35, 0.35, 2)
    path = np.column_stack([bend[0] * length * t**2, bend[1] * length * t**2, base + length * t])
    thickness = radius * (1.0 - 0.35 * t + 0.5 * t**6)
    return sweep(path, thickness, Material(vary(color, rng), roughness=0.8), sides=8)


def _calyx(rng: np.random.Generator, count: int, length: float, width: float, base: float, *, lift: float, curl: float,
           color: Rgb = LEAF) -> Surface:
    """A star of pointed green leaves about the Z axis at height `base`."""
    paint = Material(vary(color, rng, 0.06), roughness=0.7)
    leaves = []
    for k in range(count):
        size = rng.uniform(0.85, 1.12)
        one = leaf(length * size, width, paint, lift=lift, curl=curl * rng.uniform(0.8, 1.2))
        leaves.append(one.turned(rotation("z", 2 * np.pi * (k + rng.uniform(-0.12, 0.12)) / count)).moved((0, 0, base)))
    return joined(*leaves)


def _speckled(rng: np.random.Generator, texture: Texture, color: Rgb, share: float, cells: int = 64) -> Texture:
    """Small spots of a colour over about `share` of a texture."""
    size = texture.shape[0]
    field = value_noise(rng, (size, size), (cells, cells))
    spots = np.clip((field - np.quantile(field[::4, ::4], 1 - share)) * 9, 0, 0.8)
    return to_texture(blend(texture / 255.0, color, spots))


def _ripe(color: Rgb) -> Rgb:
    """Plain green turned to the yellowish green that fruit have; other colours as they are."""
    return mix(color, (0.62, 0.76, 0.20), 0.55) if color[1] > 1.4 * max(color[0], color[2]) else color


def apple(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """38-44 mm; five soft lobes, dimple, stem and often a leaf."""
    radius = rng.uniform(0.0195, 0.0215)
    height = radius * rng.uniform(1.72, 1.95)
    color = _ripe(color_or(spec.color, ((0.74, 0.10, 0.10), (0.80, 0.16, 0.12), (0.66, 0.07, 0.10)), rng))
    green = color[1] > 0.9 * color[0]
    blush = mix(color, (0.86, 0.88, 0.36) if green else (0.93, 0.66, 0.26), rng.uniform(0.35, 0.6))
    skin = peel(rng, color, second=blush, pores=0.06, streaks=0.65)
    skin = _speckled(rng, skin, (0.95, 0.86, 0.62), 0.012)
    profile = _dimpled(radius, height, top=0.007, bottom=0.003, taper=rng.uniform(0.10, 0.2))
    body = lathe(profile, SKIN.material(texture=skin), 40, radial=_lobes(len(profile), 40, 5, 0.05, 1.0, 0.35))
    body = replace(body, material=replace(body.material, roughness=0.28))
    top = float(profile[-1, 1])
    extras = [_stem(rng, top - 0.001, rng.uniform(0.011, 0.015), 0.0013)]
    if rng.random() < 0.6:
        paint = Material(vary(LEAF, rng, 0.06), roughness=0.6)
        one = leaf(rng.uniform(0.015, 0.019), 0.009, paint, lift=0.008, curl=0.006)
        extras.append(one.turned(rotation("z", rng.uniform(0, 2 * np.pi))).moved((0, 0, top + 0.005)))
    return model(body, tuple(extras), flat=0.0016)


def pear(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A 40 mm belly under a narrow neck, 58-64 mm tall, standing."""
    radius, height = rng.uniform(0.0195, 0.0212), rng.uniform(0.056, 0.062)
    color = color_or(spec.color, ((0.72, 0.74, 0.24), (0.79, 0.72, 0.27), (0.60, 0.68, 0.22)), rng)
    blush = mix(color, (0.74, 0.40, 0.18), rng.uniform(0.2, 0.5))
    skin = _speckled(rng, peel(rng, color, second=blush, pores=0.08), (0.42, 0.32, 0.12), 0.03)
    t = np.linspace(0.0, 1.0, 30)
    belly = np.sqrt(np.clip(1 - ((t - 0.32) / 0.32) ** 2, 0, 1)) * (t < 0.32)
    neck = rng.uniform(0.46, 0.54)
    fall = neck + (1 - neck) * 0.5 * (1 + np.cos(np.pi * np.clip((t - 0.32) / 0.46, 0, 1)))
    cap = np.sqrt(np.clip(1 - ((t - 0.84) / 0.16) ** 2, 0, 1))
    r = radius * np.where(t < 0.32, belly, fall * np.where(t > 0.84, cap, 1.0))
    z = height * t
    r[0] = r[-1] = 0.0
    body = lumpy(lathe(np.column_stack([r, z]), SKIN.material(texture=skin), 36), rng, 0.012, 0.02)
    return model(body, (_stem(rng, height - 0.002, rng.uniform(0.011, 0.015), 0.0015),), flat=0.0042)


def orange(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """40-45 mm, pored skin, a green stem button."""
    radius = rng.uniform(0.020, 0.0222)
    color = color_or(spec.color, ((0.94, 0.50, 0.07), (0.92, 0.44, 0.06), (0.96, 0.56, 0.10)), rng, 0.03)
    skin = _speckled(rng, peel(rng, color, second=shade(color, 0.93), pores=0.16), shade(color, 0.84), 0.12, 110)
    height = 2 * radius * rng.uniform(0.92, 0.98)
    body = lathe(_dimpled(radius, height, top=0.0016, bottom=0.001), SKIN.material(texture=skin), 40)
    body = lumpy(body, rng, 0.006, 0.012)
    top = float(body.vertices[:, 2].max())
    button = lathe(ellipsoid_profile(0.0022, 0.002, 8), Material((0.36, 0.42, 0.16), roughness=0.8), 12)
    star = _calyx(rng, 5, 0.0042, 0.003, top - 0.0012, lift=0.0, curl=0.0004, color=(0.38, 0.46, 0.18))
    return model(body, (button.moved((0, 0, top - 0.0018)), star), flat=0.001)


def tomato(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """40-46 mm wide and flat, glossy, with a green star on top."""
    radius = rng.uniform(0.0205, 0.0225)
    height = radius * rng.uniform(1.5, 1.68)
    color = color_or(spec.color, ((0.82, 0.13, 0.07), (0.86, 0.20, 0.08)), rng)
    skin = peel(rng, color, second=mix(color, (0.93, 0.42, 0.12), 0.35), pores=0.02, streaks=0.3)
    profile = _dimpled(radius, height, top=0.0045, bottom=0.002)
    count = int(rng.integers(5, 8))
    body = lathe(profile, SKIN.material(texture=skin), 42, radial=_lobes(len(profile), 42, count, 0.055, 0.3, 1.0))
    body = replace(body, material=replace(body.material, roughness=0.2))
    top = float(profile[-1, 1])
    star = _calyx(rng, int(rng.integers(5, 7)), 0.0145, 0.0052, top + 0.0005, lift=0.011, curl=0.010)
    return model(body, (_stem(rng, top, 0.008, 0.0014, (0.28, 0.46, 0.16)), star), flat=0.001)


def _citrus(spec: Spec, rng: np.random.Generator, colors: tuple[Rgb, ...], radius: float, length: float,
            nipple: float) -> ObjectModel:
    """A lying citrus fruit with a tip at each end."""
    color = _ripe(color_or(spec.color, colors, rng, 0.03))
    skin = _speckled(rng, peel(rng, color, second=shade(color, 0.9), pores=0.15), shade(color, 0.86), 0.10, 100)
    t = np.linspace(-np.pi / 2, np.pi / 2, 28)
    tip = np.exp(-((np.abs(np.sin(t)) - 1) ** 2) / 0.0022)
    x = (length / 2 - nipple) * np.sin(t) + np.sign(t) * nipple * tip * (t != 0)
    r = radius * np.cos(t) ** 0.92
    r[0] = r[-1] = 0.0
    body = lumpy(lying(lathe(np.column_stack([r, x]), SKIN.material(texture=skin), 32)), rng, 0.008, 0.012)
    button = lathe(ellipsoid_profile(0.0026, 0.002, 8), Material((0.40, 0.36, 0.16), roughness=0.8), 10)
    end = float(body.vertices[:, 0].min())
    return model(body, (lying(button).moved((end - 0.0008, 0.0, 0.0)),), flat=0.0012)


def lemon(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """36-40 mm thick, 55-60 mm long, with a nipple at each end."""
    return _citrus(spec, rng, ((0.95, 0.84, 0.16), (0.93, 0.80, 0.12)), rng.uniform(0.018, 0.020),
                   rng.uniform(0.055, 0.061), 0.0055)


def lime(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """34-38 mm thick, rounder than a lemon, green."""
    return _citrus(spec, rng, ((0.36, 0.58, 0.14), (0.44, 0.62, 0.18)), rng.uniform(0.017, 0.019),
                   rng.uniform(0.043, 0.048), 0.0028)


def potato(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A lumpy brown tuber, 38-44 mm thick and 58-68 mm long, with eyes."""
    radius, length = rng.uniform(0.019, 0.0212), rng.uniform(0.058, 0.066)
    color = color_or(spec.color, ((0.72, 0.54, 0.33), (0.65, 0.47, 0.28), (0.78, 0.62, 0.40)), rng)
    skin = peel(rng, color, second=shade(color, 0.78), pores=0.35)
    skin = _speckled(rng, _speckled(rng, skin, shade(color, 0.4), 0.035, 26), shade(color, 0.5), 0.03, 90)
    body = lying(lathe(ellipsoid_profile(radius, length, 26, 2.35), Material(texture=skin, roughness=0.85), 32))
    body = lumpy(body.scaled((1.0, 1.0, 0.88)), rng, 0.045, 0.016)
    width = float(np.ptp(body.vertices[:, 1]))
    return model(body.scaled((1.0, min(1.0, 0.045 / width), 1.0)), flat=0.0015)


def onion(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A 40-45 mm bulb in papery streaks, drawn out to a dry tip, with roots below."""
    radius, height = rng.uniform(0.0205, 0.0222), rng.uniform(0.048, 0.054)
    color = color_or(spec.color, ((0.76, 0.50, 0.22), (0.70, 0.42, 0.18), (0.80, 0.58, 0.30)), rng)
    shape = (256, 256)
    streaks = rescaled(noise(rng, shape, (2, 40), 3), 0.0, 1.0)
    _, v = upward(shape)
    rgb = blend(color, shade(color, 0.72), np.clip(1.3 * streaks - 0.3, 0, 0.9))
    rgb = blend(rgb, mix(color, (0.85, 0.74, 0.52), 0.7), np.clip((v - 0.72) / 0.2, 0, 0.85) * np.ones(shape))
    t = np.linspace(0.0, 1.0, 30)
    bulb = np.sqrt(np.clip(1 - ((t - 0.38) / 0.38) ** 2, 0, 1))
    tip = 0.10 + 0.9 * np.clip(1 - ((t - 0.38) / 0.50) ** 2, 0, 1) ** 1.5
    r = radius * np.where(t < 0.38, bulb, np.minimum(1.0, tip))
    r[0] = r[-1] = 0.0
    body = lathe(np.column_stack([r, height * t]), Material(texture=to_texture(rgb), roughness=0.38), 36)
    hairs = Material((0.80, 0.72, 0.55), roughness=0.9)
    roots = []
    for k in range(9):
        turn = 2 * np.pi * k / 9 + rng.uniform(-0.2, 0.2)
        out = np.array([np.cos(turn), np.sin(turn)]) * rng.uniform(0.008, 0.012)
        path = np.array([[0.3 * out[0], 0.3 * out[1], 0.0022], [*(0.7 * out), 0.0012], [*out, 0.0009]])
        roots.append(sweep(path, 0.0005, hairs, sides=4))
    return model(body, (joined(*roots).moved((0, 0, 0.0012)),), flat=0.0015)


def strawberry(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A lying cone 30-34 mm thick with seeds, its green crown to one side."""
    radius, length = rng.uniform(0.0155, 0.0170), rng.uniform(0.036, 0.041)
    color = color_or(spec.color, ((0.83, 0.09, 0.10), (0.78, 0.06, 0.10)), rng, 0.03)
    shape = (256, 256)
    u, v = upward(shape)
    rows, columns = 11.0, 14.0
    across, up = u * columns + np.floor(v * rows) % 2 * 0.5, v * rows
    dx, dy = (across % 1.0 - 0.5) / 0.16, (up % 1.0 - 0.5) / 0.26
    seed = np.clip(1.6 - np.hypot(dx, dy), 0, 1)
    pit = np.clip(1.6 - 0.5 * np.hypot(dx, dy), 0, 1)
    rgb = shaded(color, 1.0 - 0.3 * pit + 0.14 * (noise(rng, shape, (6, 6), 3) - 0.5))
    rgb = blend(rgb, (0.93, 0.78, 0.36), seed)
    rgb = blend(rgb, mix(color, (0.95, 0.85, 0.62), 0.7), np.clip((v - 0.90) / 0.08, 0, 1) * np.ones(shape))
    t = np.linspace(0.0, 1.0, 24)
    cone = np.sin(np.pi / 2 * np.clip(t / 0.62, 0, 1)) ** 0.82
    r = radius * cone * np.sqrt(1 - np.clip((t - 0.62) / 0.38, 0, 1) ** 3)
    r[0] = r[-1] = 0.0
    body = lathe(np.column_stack([r, length * t]), Material(texture=to_texture(rgb), roughness=0.32), 32)
    crown = _calyx(rng, 8, 0.0165, 0.0062, length - 0.0005, lift=0.006, curl=0.010, color=(0.28, 0.56, 0.18))
    stem = _stem(rng, length, 0.003, 0.0012, (0.35, 0.55, 0.22))
    whole = lumpy(body, rng, 0.015, 0.015)
    tilt = rotation("y", np.pi / 2 + 0.12)
    turned = [s.turned(tilt) for s in (whole, crown, stem)]
    low = float(turned[0].vertices[:, 2].min()) + 0.0016
    turned = [replace(s, vertices=np.maximum(s.vertices, (-np.inf, -np.inf, low))) for s in turned]
    return model(turned[0], tuple(turned[1:]), flat=0.0010)


def egg(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A hen's egg lying on its side, 38-42 mm thick and 50-56 mm long, brown or white, faintly speckled."""
    radius, length = rng.uniform(0.0190, 0.0208), rng.uniform(0.050, 0.056)
    color = color_or(spec.color, ((0.86, 0.66, 0.48), (0.92, 0.80, 0.66), (0.94, 0.92, 0.87)), rng, 0.03)
    shell = _speckled(rng, peel(rng, color, second=shade(color, 0.95), pores=0.05), shade(color, 0.8), 0.015, 90)
    profile = ellipsoid_profile(radius, length, 28)
    up = profile[:, 1] / length
    profile[:, 0] *= 1.0 - 0.16 * (up - 0.5) - 0.25 * np.clip(up - 0.5, 0.0, 0.5) ** 2
    body = lying(lathe(profile, Material(texture=shell, roughness=0.5), 36))
    width = float(np.ptp(body.vertices[:, 1]))
    return model(body.scaled((1.0, min(1.0, 0.044 / width), 1.0)), flat=0.0012)


_ROUND = frozenset({"round"})
_STEM = {"stem": frozenset({"short", "small", "thin", "brown", "green"})}

FAMILIES: tuple[Family, ...] = (
    Family("apple", apple, ("apple",), True, own=_ROUND, parts=_STEM),
    Family("pear", pear, ("pear",), True, parts=_STEM),
    Family("orange", orange, ("orange", "tangerine", "mandarin", "clementine"), True, own=_ROUND),
    Family("tomato", tomato, ("tomato",), True, own=_ROUND, parts=_STEM),
    Family("lemon", lemon, ("lemon",), True, own=frozenset({"oval"})),
    Family("lime", lime, ("lime",), True, own=_ROUND),
    Family("potato", potato, ("potato",), True, own=frozenset({"oval"})),
    Family("onion", onion, ("onion", "shallot"), True, own=_ROUND),
    Family("egg", egg, ("egg", "hard boiled egg", "chicken egg"), True, own=frozenset({"oval", "round"})),
    Family("strawberry", strawberry, ("strawberry",), True, own=frozenset({"tapered"}),
           parts={"leaf": frozenset({"green"}), "top": frozenset({"green"}),
           "crown": frozenset({"green"}), "seed": frozenset({"small", "tiny", "yellow"})}),
)  # fmt: skip
