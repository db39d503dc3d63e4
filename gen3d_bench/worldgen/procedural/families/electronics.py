"""Keyboard, computer mouse, remote control, desk lamp."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d_bench.worldgen.procedural.family import Family
from gen3d_bench.worldgen.procedural.finish import part_look
from gen3d_bench.worldgen.procedural.geometry import (
    Array,
    box,
    box_part,
    cylinder_part,
    hull_of,
    lathe,
    loft,
    rounded_polygon,
    sweep,
)
from gen3d_bench.worldgen.procedural.model import Material, ObjectModel, Surface
from gen3d_bench.worldgen.procedural.palette import COLORS, MATERIALS, color_or, pick, shade
from gen3d_bench.worldgen.procedural.patterns import label
from gen3d_bench.worldgen.procedural.solids import bent, drum, merged, planar, slab, standing
from gen3d_bench.worldgen.procedural.spec import Part, Rgb, Spec
from gen3d_bench.worldgen.procedural.textures import Texture, coordinates, lighter, mix, to_texture

_DEVICE_COLORS: tuple[Rgb, ...] = ((0.1, 0.1, 0.11), (0.88, 0.88, 0.87), (0.32, 0.33, 0.35), (0.16, 0.18, 0.24))
_ROWS: tuple[str, ...] = ("1234567890-=", "QWERTYUIOP[]", "ASDFGHJKL;'", "ZXCVBNM,./")
_GRID = 8
"""Key legends share one texture of 8 x 8 squares."""


def _readable(color: Rgb) -> Rgb:
    return (0.93, 0.93, 0.93) if sum(color) < 1.5 else (0.12, 0.12, 0.14)


def _legends(color: Rgb) -> tuple[Texture, dict[str, tuple[int, int]]]:
    """The key-cap texture and the (row, column) of each character; the last square is blank."""
    letters = "".join(_ROWS)
    image = np.zeros((256, 256, 3), np.uint8)
    image[:] = np.round(np.asarray(color) * 255)
    places = {}
    cell = 256 // _GRID
    for k, letter in enumerate(letters):
        i, j = divmod(k, _GRID)
        image[i * cell : (i + 1) * cell, j * cell : (j + 1) * cell] = label(
            letter, color, _readable(color), (cell, cell), fill=0.62
        )
        places[letter] = (i, j)
    places[""] = (_GRID - 1, _GRID - 1)
    return image, places


def _key(size: tuple[float, float, float], place: tuple[int, int], material: Material) -> Surface:
    """A key cap narrowing upwards, its legend taken from a square of the shared texture."""
    width, depth, height = size
    base = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width / 2, depth / 2)
    cap = loft([base, base - np.sign(base) * 0.0016], [0.0, height], material, crease_deg=20.0)
    unit = min(width, depth) - 0.003
    local = np.clip(cap.vertices[:, :2] / unit + 0.5, 0.02, 0.98)
    corner = np.array([place[1], _GRID - 1 - place[0]])
    return replace(cap, uv=(corner + local) / _GRID)


def keyboard(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A compact keyboard, 24-26 cm, with lettered keys, wide modifier keys and a space bar; rows run along x."""
    length, depth = rng.uniform(0.235, 0.255), rng.uniform(0.088, 0.1)
    frame = color_or(spec.color, _DEVICE_COLORS, rng)
    keys = pick(rng, (shade(frame, 1.25) if sum(frame) < 1.5 else shade(frame, 0.97), frame))
    if spec.color is None and rng.random() < 0.3:
        keys = (0.15, 0.15, 0.17) if sum(frame) > 1.5 else (0.85, 0.85, 0.84)
    key_part = spec.part("key", "keycap", "button")
    if key_part is not None and key_part.color is not None:
        keys = key_part.color
    texture, places = _legends(keys)
    cap = Material(texture=texture, roughness=0.6)
    special = Material(
        pick(rng, (shade(keys, 0.7), shade(keys, 0.7), (0.85, 0.4, 0.15), (0.2, 0.45, 0.7))), roughness=0.6
    )
    body = MATERIALS["plastic"].material(frame)
    base, cap_height = 0.010, rng.uniform(0.0045, 0.006)
    pitch_x, pitch_y = (length - 0.012) / 15, (depth - 0.012) / 6
    surfaces: list[Surface] = [box((length, depth, base), body, radius=0.004)]

    def add(column: float, row: int, units: float, letter: str, material: Material) -> None:
        x = (column + units / 2 - 7.5) * pitch_x
        y = (1.5 - row) * pitch_y
        size = (units * pitch_x - 0.0012, pitch_y - 0.0012, cap_height)
        surfaces.append(_key(size, places[letter], material).moved((x, y, base - 0.0003)))

    for row, (letters, left) in enumerate(zip(_ROWS, (1.0, 1.5, 1.75, 2.25), strict=True)):
        add(0.0, row, left, "", special)
        for k, letter in enumerate(letters):
            add(left + k, row, 1.0, letter, cap)
        used = left + len(letters)
        add(used, row, 15 - used, "", special)
    for k in range(14):
        add(k * 15 / 14, -1, 15 / 14, "", special if k in (0, 13) or 5 <= k < 9 else cap)
    column = 0.0
    for units in (1.25, 1.25, 1.25, 6.25, 1.25, 1.25, 1.25, 1.25):
        add(column, 4, units, "", cap if units > 2 else special)
        column += units
    height = base + cap_height
    return standing(merged(surfaces), [box_part((length, depth, height), (0.0, 0.0, height / 2))], 500.0, 0.7)


def _mouse_skin(rng: np.random.Generator, color: Rgb, split: float) -> Texture:
    """Seen from above, front at +x: seams of the two buttons, shaded palm rest."""
    size = 256
    u, v = coordinates((size, size))
    line = lighter(color, 0.35) if sum(color) < 0.6 else shade(color, 0.45)
    seam = (np.abs(u - split + 0.12 * (2 * v - 1) ** 2) < 0.007) | ((np.abs(v - 0.5) < 0.007) & (u > split))
    accent = pick(rng, (color, color, shade(color, 0.75)))
    rgb = mix(color, accent, (u < split - 0.12 * (2 * v - 1) ** 2) * 1.0)
    return to_texture(mix(rgb, line, seam * 1.0))


def mouse(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A computer mouse: arched shell, two buttons, scroll wheel; its front faces +x."""
    length, width, height = rng.uniform(0.074, 0.082), rng.uniform(0.042, 0.0455), rng.uniform(0.027, 0.031)
    color = color_or(spec.color, (*_DEVICE_COLORS, COLORS["red"], COLORS["blue"]), rng, 0.02)
    t = np.linspace(0, 2 * np.pi, 41)[:-1]
    power = rng.uniform(2.4, 3.0)
    c, s = np.cos(t), np.sin(t)
    plan = np.column_stack(
        [length / 2 * np.sign(c) * np.abs(c) ** (2 / power), width / 2 * np.sign(s) * np.abs(s) ** (2 / power)]
    )
    plan[:, 1] *= 1 - rng.uniform(0.03, 0.07) * np.cos(2 * np.pi * plan[:, 0] / length)
    levels = np.sin(np.linspace(0.0, np.pi / 2, 9))
    rings = [plan * 0.96, plan, *(plan * max(np.sqrt(1 - q**2.6), 0.02) for q in levels[1:])]
    z = [0.0, 0.006, *(0.006 + (height - 0.006) * levels[1:])]
    hump = rng.uniform(0.12, 0.22)

    def arched(points: Array) -> Array:
        moved = points.copy()
        lift = np.clip((points[:, 2] - 0.006) / (height - 0.006), 0, 1)
        moved[:, 2] *= 1 - lift * hump * (1 + np.sin(np.pi * (points[:, 0] / length - 0.1))) / 2
        return moved

    skin = Material(texture=_mouse_skin(rng, color, rng.uniform(0.52, 0.58)), roughness=0.4)
    shell = bent(planar(loft(rings, z, skin, crease_deg=60.0)), arched)
    top = shell.vertices[
        np.argmin(
            np.abs(shell.vertices[:, 0] - 0.25 * length) + 5 * np.abs(shell.vertices[:, 1]) - 2 * shell.vertices[:, 2]
        ),
        2,
    ]
    dark = Material((0.16, 0.16, 0.17) if sum(color) > 0.6 else (0.45, 0.46, 0.48), roughness=0.8)
    wheel = drum(0.0075, -0.0032, 0.0032, dark, 20, bevel=0.0008).turned(np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]))
    sole = loft([plan * 0.9, plan * 0.96], [0.0, 0.001], Material((0.08, 0.08, 0.09)))
    surfaces = [shell, wheel.moved((0.27 * length, 0.0, top - 0.0052)), sole]
    if rng.random() < 0.5:
        nose = np.array([(0.48 * length, 0.0, 0.008), (0.53 * length, 0.0, 0.007), (0.56 * length, 0.001, 0.0045)])
        surfaces.append(sweep(nose, [0.0022, 0.0018, 0.0015], dark, 8))
    return standing(surfaces, [hull_of(shell)], 700.0, 0.6)


def remote_control(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A slim remote: red power button, navigation ring, number pad, coloured keys; its top is at +x."""
    length, width, height = rng.uniform(0.145, 0.165), rng.uniform(0.038, 0.044), rng.uniform(0.016, 0.019)
    color = color_or(spec.color, ((0.1, 0.1, 0.11), (0.13, 0.14, 0.17), (0.3, 0.31, 0.33), (0.85, 0.85, 0.84)), rng)
    body = MATERIALS["plastic"].material(color)
    outline = rounded_polygon(length, width, rng.uniform(0.006, 0.016), n=8)
    case = loft(
        [outline * 0.93, outline, outline, outline * 0.97], [0.0, 0.005, height - 0.002, height], body, crease_deg=50.0
    )
    button = Material(shade(color, 1.45) if sum(color) < 1.5 else shade(color, 0.6), roughness=0.8)
    button = part_look(spec, ("button", "key"), button)
    numbered = Material(lighter(color, 0.75) if sum(color) < 1.5 else shade(color, 0.4), roughness=0.8)
    numbered = part_look(spec, ("button", "key"), numbered)
    raised = (spec.part("button", "key") or Part("")).words & {"raised", "tactile", "large", "big"}
    top, rise = height - 0.0005, 0.0026 if raised else 0.0018

    def round_button(x: float, y: float, r: float, material: Material) -> Surface:
        return drum(r, top, top + rise, material, 14, bevel=0.0004).moved((x, y, 0.0))

    half, column = length / 2, width * 0.27
    surfaces: list[Surface] = [
        case,
        round_button(half - 0.012, -column, 0.0042, Material((0.85, 0.1, 0.08), roughness=0.6)),
        round_button(half - 0.012, column, 0.0034, button),
    ]
    ring_x, ring_r = half - 0.037, width * 0.34
    surfaces += [
        round_button(ring_x, 0.0, ring_r, button),
        drum(0.4 * ring_r, top + rise - 0.0002, top + rise + 0.0008, numbered, 18, bevel=0.0003).moved((ring_x, 0, 0)),
    ]
    surfaces += [
        slab(
            (0.0022, 0.0022, 0.0006),
            (ring_x + 0.7 * ring_r * np.cos(a), 0.7 * ring_r * np.sin(a), top + rise),
            numbered,
        )
        for a in np.arange(4) * np.pi / 2
    ]
    start, step = ring_x - ring_r - 0.009, rng.uniform(0.0098, 0.0112)
    rows = int((start + half - 0.022) // step)
    for i in range(rows):
        surfaces += [
            round_button(start - i * step, j * column, 0.0036, numbered if i < 4 else button) for j in (-1, 0, 1)
        ]
    foot = -half + 0.012
    for k, hue in enumerate(((0.8, 0.15, 0.12), (0.2, 0.6, 0.25), (0.92, 0.78, 0.15), (0.15, 0.35, 0.8))):
        surfaces.append(
            slab((0.0045, 0.006, rise), (foot, (1.5 - k) * width * 0.2, top + rise / 2), Material(hue, roughness=0.7))
        )
    return standing(merged(surfaces), [box_part((length * 0.98, width, height), (0.0, 0.0, height / 2))], 600.0, 0.7)


def lamp(spec: Spec, rng: np.random.Generator) -> ObjectModel:
    """A small table lamp: weighted foot, turned or plain stem, pleated or plain conical shade with a glowing bulb."""
    foot, stem, height = rng.uniform(0.040, 0.046), rng.uniform(0.005, 0.007), rng.uniform(0.165, 0.19)
    color = color_or(spec.color, ((0.2, 0.35, 0.5), (0.7, 0.25, 0.2), (0.2, 0.2, 0.22), (0.75, 0.6, 0.35)), rng)
    stand = part_look(spec, ("base", "stand", "stem", "foot"), Material(color, roughness=0.35))
    cloth = (
        color
        if spec.color is not None and rng.random() < 0.5
        else pick(rng, ((0.95, 0.88, 0.7), (0.93, 0.91, 0.86), (0.9, 0.75, 0.5)))
    )
    hood = spec.part("shade", "lampshade")
    if hood is not None and hood.color is not None:
        cloth = hood.color
    low, wide, narrow = 0.56 * height, rng.uniform(0.046, 0.052), rng.uniform(0.026, 0.034)
    belly = rng.uniform(0.009, 0.02) if rng.random() < 0.6 else stem
    profile = [
        (0, 0),
        (foot, 0),
        (foot, 0.007),
        (foot * 0.9, 0.011),
        (stem * 1.6, 0.016),
        (stem, 0.022),
        (belly, 0.045),
        (belly * 0.9, 0.06),
        (stem, 0.08),
        (stem, low + 0.02),
        (0, low + 0.02),
    ]
    pleats = rng.random() < 0.4
    radial = np.tile(1 + 0.03 * np.cos(np.arange(64) * np.pi / 2), (7, 1)) if pleats else None
    shade_profile = [
        (0, height - 0.003),
        (narrow - 0.002, height - 0.004),
        (wide - 0.002, low + 0.001),
        (wide, low),
        (narrow, height),
        (narrow - 0.003, height),
        (0, height),
    ]
    # drawn inside out first: under the shade, its rim, then up its outside to a closed top
    skirt = lathe(shade_profile, Material(cloth, roughness=0.9), 64, radial=radial, crease_deg=30.0)
    bulb = lathe(
        [(0, low + 0.012), (0.012, low + 0.018), (0.014, low + 0.03), (0.006, low + 0.048), (0, low + 0.05)],
        Material((1.0, 0.97, 0.8), roughness=0.2),
        20,
    )
    surfaces = [lathe(profile, stand, 32), skirt, bulb]
    parts = [
        cylinder_part(foot, 0.0, 0.011, 16),
        cylinder_part(max(belly, stem) * 0.9, 0.011, low + 0.02, 10),
        cylinder_part(wide, low, height, 16, narrow),
    ]
    return standing(surfaces, parts, 500.0, 0.6, mass_kg=0.3)


FAMILIES: tuple[Family, ...] = (
    Family("keyboard", keyboard, ("keyboard", "computer keyboard"), own=frozenset({"rectangular"}),
           parts={"key": frozenset({"raised", "square"}), "keycap": frozenset()},
           painted=frozenset({"key", "keycap"})),
    Family("mouse", mouse, ("mouse", "computer mouse"), graspable=True,
           own=frozenset({"curved"}), parts={"wheel": frozenset({"scroll"}), "button": frozenset({"two"})}),
    Family("remote_control", remote_control, ("remote control", "remote", "tv remote"), graspable=True,
           own=frozenset({"rectangular"}),
           parts={"button": frozenset({"raised", "tactile", "small", "round", "rubber", "large", "big"})},
           painted=frozenset({"button"})),
    Family("lamp", lamp, ("lamp", "desk lamp", "table lamp"),
           parts={"shade": frozenset({"conical", "cone"}), "lampshade": frozenset(), "base": frozenset({"round"}),
                  "stand": frozenset(), "stem": frozenset({"thin"}), "foot": frozenset({"round"})},
           painted=frozenset({"shade", "lampshade", "base", "stand", "stem", "foot"})),
)  # fmt: skip
