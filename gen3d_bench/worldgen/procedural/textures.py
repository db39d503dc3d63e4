"""Materials painted by arithmetic: deterministic, tileable sRGB textures of wood, cloth, wicker, metal and stone.

Every function takes a `numpy.random.Generator` first and a colour in sRGB [0, 1], and returns uint8 [size, size, 3]
whose left and right, top and bottom edges meet.  Columns run along u, rows along v.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gen3d_bench.worldgen.procedural.spec import Rgb

Texture = NDArray[np.uint8]
Field = NDArray[np.float64]
Direction = Literal["u", "v"]
FabricPattern = Literal["plain", "striped", "gingham", "plaid", "dots", "terry", "herringbone"]
FABRIC_PATTERNS: tuple[FabricPattern, ...] = ("plain", "striped", "gingham", "plaid", "dots", "terry", "herringbone")

# ---------------------------------------------------------------------------------------------- fields and colour


def coordinates(shape: tuple[int, int]) -> tuple[Field, Field]:
    """(u [1, W], v [H, 1]) of the pixel centres in [0, 1)."""
    height, width = shape
    return (np.arange(width) + 0.5)[None, :] / width, (np.arange(height) + 0.5)[:, None] / height


def value_noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Field:
    """[H, W] smooth tileable noise in [0, 1]: random values on a (rows, columns) lattice, smoothly joined."""
    lattice = rng.random(cells)
    (i0, i1, fi), (j0, j1, fj) = (_lattice_steps(n, c) for n, c in zip(shape, cells, strict=True))
    rows = lattice[i0] * (1 - fi)[:, None] + lattice[i1] * fi[:, None]
    return rows[:, j0] * (1 - fj) + rows[:, j1] * fj


def _lattice_steps(pixels: int, cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Field]:
    x = (np.arange(pixels) + 0.5) * cells / pixels
    low = np.floor(x).astype(np.int64)
    t = x - low
    return low % cells, (low + 1) % cells, t * t * (3 - 2 * t)


def noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int] = (4, 4), octaves: int = 4) -> Field:
    """[H, W] tileable fractal noise in [0, 1]: octaves of `value_noise`, each twice as fine and half as strong."""
    total, weight = np.zeros(shape), 0.0
    for k in range(octaves):
        finer = (min(cells[0] << k, shape[0]), min(cells[1] << k, shape[1]))
        total += value_noise(rng, shape, finer) * 0.5**k
        weight += 0.5**k
    return total / weight


def mix(a: ArrayLike, b: ArrayLike, amount: ArrayLike) -> Field:
    """[H, W, 3] colours from a to b (each [3] or [H, W, 3]) by amount [H, W] in [0, 1]."""
    t = np.asarray(amount, float)[..., None]
    return np.asarray(a, float) * (1 - t) + np.asarray(b, float) * t


def shaded(color: ArrayLike, light: ArrayLike) -> Field:
    """[H, W, 3] a colour ([3] or [H, W, 3]) multiplied by light [H, W] (1 leaves it alone)."""
    return np.asarray(color, float) * np.asarray(light, float)[..., None]


def to_texture(rgb: ArrayLike) -> Texture:
    """Rounded and clipped to uint8."""
    scaled = np.clip(np.asarray(rgb, float) * 255.0 + 0.5, 0.0, 255.0)
    return np.ascontiguousarray(scaled.astype(np.uint8))


def darker(color: Rgb, factor: float = 0.6) -> Rgb:
    r, g, b = (min(1.0, c * factor) for c in color)
    return r, g, b


def lighter(color: Rgb, amount: float = 0.4) -> Rgb:
    r, g, b = (c + (1.0 - c) * amount for c in color)
    return r, g, b


def rescaled(field: Field, low: float, high: float) -> Field:
    """A field stretched so that it runs from low to high."""
    span = float(np.ptp(field))
    return low + (high - low) * (field - field.min()) / max(span, 1e-12)


# ------------------------------------------------------------------------------------------------ materials


def plain(rng: np.random.Generator, color: Rgb, size: int = 64, variation: float = 0.04) -> Texture:
    """Paint, plastic or glaze with faint unevenness."""
    return to_texture(shaded(color, 1.0 + variation * (noise(rng, (size, size), (3, 3), 5) - 0.5) * 2))


def wood(rng: np.random.Generator, color: Rgb, size: int = 256, *, planks: int = 1, along: Direction = "u",
         contrast: float = 0.35) -> Texture:
    """Wood grain running along u or v, in `planks` boards side by side with dark joints between them."""
    board = size // planks
    rows = []
    for _ in range(planks):
        rows.append(_board(rng, color, (board, size), contrast))
    rgb = np.concatenate(rows)
    if len(rgb) < size:
        rgb = np.concatenate([rgb, rgb[: size - len(rgb)]])
    return to_texture(rgb if along == "u" else rgb.transpose(1, 0, 2))


def _board(rng: np.random.Generator, color: Rgb, shape: tuple[int, int], contrast: float) -> Field:
    """[H, W, 3] one board with grain along u, a joint on its first row if it is one of several."""
    _, v = coordinates(shape)
    rings = int(rng.integers(3, 8))
    warp = noise(rng, shape, (2, 2), 3) * rng.uniform(0.4, 0.8)
    phase = (rings * (v + warp * 0.35)) % 1.0
    late = np.where(phase < 0.85, phase / 0.85, (1 - phase) / 0.15) ** 2
    fibres = value_noise(rng, shape, (max(shape[0] // 2, 2), 6)) + value_noise(rng, shape, (max(shape[0] // 5, 2), 3))
    light = rng.uniform(0.9, 1.06) * (1.0 - contrast * (0.55 * late + 0.4 * (fibres - 1.0)))
    rgb = shaded(color, light)
    rgb *= 1.0 - late[..., None] * (0.0, 0.07, 0.16)
    if shape[0] < shape[1]:
        rgb[:1] *= 0.45
        rgb[1:2] *= 0.8
    return rgb


def wicker(rng: np.random.Generator, color: Rgb, size: int = 256, *, stakes: int = 16, rows: int = 16) -> Texture:
    """Woven willow: `rows` horizontal strands over and under `stakes` upright ones (even numbers tile)."""
    u, v = coordinates((size, size))
    across, up = u * stakes, v * rows
    row = np.floor(up).astype(int)
    bulge = np.cos(np.pi * (across + row % 2))
    round_strand = np.sqrt(np.clip(1 - (2 * (up % 1.0) - 1) ** 2, 0, 1))
    tint = rng.uniform(0.82, 1.12, rows)[row]
    strand = tint * round_strand * (0.78 + 0.32 * bulge)
    stake = 0.62 * np.sqrt(np.clip(1 - (4.5 * ((across + 0.5) % 1.0 - 0.5)) ** 2, 0, 1)) * np.ones_like(up)
    light = np.maximum(np.maximum(strand, np.where(bulge < -0.55, stake, 0.0)), 0.16)
    light = light * (0.9 + 0.2 * value_noise(rng, (size, size), (size // 3, 8)))
    return to_texture(shaded(color, light))


def fabric(rng: np.random.Generator, color: Rgb, size: int = 256, *, pattern: FabricPattern = "plain",
           accent: Rgb = (0.95, 0.94, 0.9), repeats: int = 8, hem: float = 0.0) -> Texture:
    """Cloth: a dyed pattern in color and accent over visible threads.

    repeats: pattern repeats over the texture.  hem: width of a stitched border as a fraction of the side (0: none).
    """
    shape = (size, size)
    u, v = coordinates(shape)
    threads = size // 4
    weave = 0.5 + 0.25 * np.sin(2 * np.pi * threads * u) * np.sin(2 * np.pi * threads * v)
    weave = weave + 0.35 * (value_noise(rng, shape, (size // 2, 12)) + value_noise(rng, shape, (12, size // 2)) - 1.0)
    base = mix(color, accent, _dye(rng, pattern, u, v, repeats))
    depth = 0.16
    if pattern == "terry":
        weave, depth = noise(rng, shape, (size // 4, size // 4), 2), 0.45
    light = 1.0 + depth * (weave - 0.5) + 0.10 * (noise(rng, shape, (3, 3), 3) - 0.5)
    if hem > 0:
        light = light * _hem(u, v, hem, stitches=24)
    return to_texture(shaded(base, light))


def _dye(rng: np.random.Generator, pattern: FabricPattern, u: Field, v: Field, repeats: int) -> Field:
    """[H, W] how much of the accent colour shows."""
    n = repeats
    if pattern == "striped":
        width = rng.uniform(0.25, 0.5)
        return ((u * n) % 1.0 < width) * np.ones_like(v)
    if pattern == "gingham":
        return 0.5 * (((u * n) % 1.0 < 0.5).astype(float) + ((v * n) % 1.0 < 0.5))
    if pattern == "plaid":
        a, b = (u * n / 2) % 1.0, (v * n / 2) % 1.0
        lines = [((x > 0.1) & (x < 0.4)) * 0.35 + ((x > 0.6) & (x < 0.66)) * 0.6 for x in (a, b)]
        return np.minimum(lines[0] + lines[1], 1.0)
    if pattern == "dots":
        shift = np.floor(v * n) % 2 * 0.5
        return (np.hypot((u * n + shift) % 1.0 - 0.5, (v * n) % 1.0 - 0.5) < rng.uniform(0.2, 0.3)).astype(float)
    if pattern == "herringbone":
        zigzag = np.abs((u * n) % 1.0 - 0.5) * 2
        return 0.45 * (((v * 4 * n + zigzag * 2) % 1.0) < 0.5)
    return np.zeros((v.shape[0], u.shape[1]))


def _hem(u: Field, v: Field, width: float, stitches: int) -> Field:
    """[H, W] light of a folded and stitched edge."""
    edge = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v))
    along = np.where(np.minimum(u, 1 - u) < np.minimum(v, 1 - v), v, u)
    seam = np.abs(edge - width) < 0.15 * width
    stitch = (np.abs(edge - 0.75 * width) < 0.12 * width) & ((along * stitches) % 1.0 < 0.6)
    return np.where(seam, 0.72, np.where(stitch, 1.18, np.where(edge < width, 0.93, 1.0)))


def metal(rng: np.random.Generator, color: Rgb = (0.75, 0.76, 0.78), size: int = 256, *, along: Direction = "u",
          contrast: float = 0.14) -> Texture:
    """Brushed metal with hairlines along u or v."""
    shape = (size, size)
    lines = 0.6 * value_noise(rng, shape, (size, 3)) + 0.4 * value_noise(rng, shape, (size // 3, 2))
    light = 1.0 + contrast * 2 * (lines - 0.5) + 0.06 * (noise(rng, shape, (2, 2), 2) - 0.5)
    return to_texture(shaded(color, light if along == "u" else light.T))


def stone(rng: np.random.Generator, color: Rgb, size: int = 256, *, veins: Rgb | None = None,
          sharpness: float = 6.0) -> Texture:
    """Marble: clouds of the colour crossed by warped veins (a darker shade by default)."""
    shape = (size, size)
    u, v = coordinates(shape)
    warp = noise(rng, shape, (3, 3), 5)
    turns = rng.integers(1, 3, 2) * rng.choice([-1, 1], 2)
    bands = np.abs(np.sin(np.pi * (turns[0] * u + turns[1] * v + 3.0 * warp)))
    fine = np.abs(np.sin(np.pi * (turns[1] * u - turns[0] * v + 4.0 * noise(rng, shape, (4, 4), 4))))
    amount = 0.75 * (1 - bands) ** sharpness + 0.35 * (1 - fine) ** (2 * sharpness)
    cloudy = shaded(color, 0.94 + 0.12 * noise(rng, shape, (4, 4), 4))
    return to_texture(mix(cloudy, veins or darker(color, 0.55), np.clip(amount, 0, 1)))


def granite(rng: np.random.Generator, color: Rgb, size: int = 256, *, grain: int = 3) -> Texture:
    """Granite: mineral grains of about `grain` pixels, lighter and darker than the colour."""
    shape = (size, size)
    cells = (size // grain, size // grain)
    dark = value_noise(rng, shape, cells) > 0.68
    pale = value_noise(rng, shape, cells) > 0.72
    rgb = shaded(color, 0.86 + 0.3 * noise(rng, shape, (size // 10, size // 10), 2))
    rgb = np.where(pale[..., None], mix(rgb, (1.0, 1.0, 1.0), np.full(shape, 0.35)), rgb)
    return to_texture(np.where(dark[..., None], rgb * 0.5, rgb))


def speckle(rng: np.random.Generator, color: Rgb, size: int = 256, *, dots: Rgb | None = None,
            density: float = 0.02) -> Texture:
    """Stoneware glaze: small dots (darker by default) covering about `density` of the surface."""
    shape = (size, size)
    field = value_noise(rng, shape, (size // 3, size // 3)) * value_noise(rng, shape, (size // 7, size // 7))
    mask = np.clip((field - np.quantile(field[::2, ::2], 1 - density)) * 12, 0, 1)
    base = shaded(color, 0.96 + 0.08 * noise(rng, shape, (3, 3), 4))
    return to_texture(mix(base, dots or darker(color, 0.45), 0.85 * mask))


def cardboard(rng: np.random.Generator, color: Rgb = (0.72, 0.55, 0.36), size: int = 256) -> Texture:
    """Corrugated board: faint flutes along v and paper fibres."""
    shape = (size, size)
    u, _ = coordinates(shape)
    fibres = value_noise(rng, shape, (size // 2, size // 6)) - 0.5
    flutes = 0.035 * np.sin(2 * np.pi * u * (size // 8))
    light = 1.0 + flutes + 0.10 * fibres + 0.08 * (noise(rng, shape, (3, 3), 4) - 0.5)
    return to_texture(shaded(color, light))


def cork(rng: np.random.Generator, color: Rgb = (0.76, 0.58, 0.38), size: int = 256) -> Texture:
    """Pressed cork granules."""
    shape = (size, size)
    granules = value_noise(rng, shape, (size // 8, size // 8))
    light = 0.82 + 0.3 * granules - 0.35 * (value_noise(rng, shape, (size // 5, size // 5)) > 0.82)
    return to_texture(shaded(color, light))


def carpet(rng: np.random.Generator, color: Rgb, size: int = 256, *, contrast: float = 0.35) -> Texture:
    """Pile carpet: fine tufts over broad wear."""
    shape = (size, size)
    tufts = value_noise(rng, shape, (size // 2, size // 2))
    return to_texture(shaded(color, 1 + contrast * (tufts - 0.5) + 0.15 * (noise(rng, shape, (4, 4), 3) - 0.5)))


def peel(rng: np.random.Generator, color: Rgb, size: int = 256, *, second: Rgb | None = None, pores: float = 0.25,
         streaks: float = 0.0) -> Texture:
    """Skin of a fruit: blotches towards a second colour, pores, and optional streaks along v (stem to base)."""
    shape = (size, size)
    blotch = rescaled(noise(rng, shape, (4, 4), 4), 0.0, 1.0)
    if streaks > 0:
        blotch = (1 - streaks) * blotch + streaks * rescaled(noise(rng, shape, (2, 24), 3), 0.0, 1.0)
    base = mix(color, second or darker(color, 0.8), np.clip(1.6 * blotch - 0.5, 0, 1))
    return to_texture(shaded(base, 1 - pores * np.clip(value_noise(rng, shape, (size // 4, size // 4)) - 0.5, 0, 1)))
