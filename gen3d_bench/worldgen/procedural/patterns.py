"""Laid, printed and built surfaces: tiles, parquet, bricks, chequers, rulings, book spines and labels.

As in `textures`: sRGB colours in [0, 1], uint8 [size, size, 3] out, tileable unless the docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gen3d_bench.worldgen.procedural.spec import Rgb
from gen3d_bench.worldgen.procedural.textures import (
    Field,
    Texture,
    coordinates,
    darker,
    lighter,
    mix,
    noise,
    shaded,
    to_texture,
    value_noise,
    wood,
)


def _cell_tints(rng: np.random.Generator, rows: Field, cols: Field, n: tuple[int, int], spread: float) -> Field:
    """[H, W] one random light per cell of an n[0] x n[1] board."""
    tints = rng.uniform(1 - spread, 1 + spread, n)
    return tints[np.floor(rows).astype(int) % n[0], np.floor(cols).astype(int) % n[1]]


def tiles(rng: np.random.Generator, color: Rgb, size: int = 256, *, count: int = 4, grout: Rgb = (0.75, 0.74, 0.72),
          second: Rgb | None = None, joint: float = 0.03) -> Texture:
    """`count` x `count` square tiles with grout; chequered with a second colour if one is given (even counts tile)."""
    u, v = coordinates((size, size))
    x, y = u * count + 0 * v, v * count + 0 * u
    tint = _cell_tints(rng, y, x, (count, count), 0.05)
    odd = (np.floor(x) + np.floor(y)) % 2
    base = mix(color, second or color, odd)
    rgb = shaded(base, tint * (0.95 + 0.1 * noise(rng, (size, size), (4, 4), 4)))
    edge = np.minimum(np.minimum(x % 1.0, 1 - x % 1.0), np.minimum(y % 1.0, 1 - y % 1.0))
    return to_texture(mix(rgb, grout, edge < joint))


def bricks(rng: np.random.Generator, color: Rgb, size: int = 256, *, courses: int = 10,
           mortar: Rgb = (0.78, 0.75, 0.7)) -> Texture:
    """Running bond: `courses` rows (even numbers tile), half as many bricks across."""
    u, v = coordinates((size, size))
    across = max(courses // 2 - 1, 2)
    y = v * courses + 0 * u
    x = u * across + 0.5 * (np.floor(y) % 2)
    tint = _cell_tints(rng, y, x, (courses, across), 0.16)
    rgb = shaded(color, tint * (0.86 + 0.28 * noise(rng, (size, size), (16, 16), 3)))
    gap = (np.minimum(y % 1.0, 1 - y % 1.0) < 0.08) | (np.minimum(x % 1.0, 1 - x % 1.0) < 0.03)
    return to_texture(mix(rgb, mortar, gap))


def parquet(rng: np.random.Generator, color: Rgb, size: int = 512, *, blocks: int = 4, strips: int = 4) -> Texture:
    """Basket parquet: `blocks` x `blocks` squares of `strips` boards, turned in turn (even counts tile)."""
    side = size // blocks
    variants = [wood(rng, color, side, planks=strips, along="u", contrast=0.3) for _ in range(3)]
    rows = []
    for i in range(blocks):
        row = []
        for j in range(blocks):
            block = variants[int(rng.integers(3))]
            row.append(block if (i + j) % 2 else block.transpose(1, 0, 2))
        rows.append(np.concatenate(row, axis=1))
    return np.ascontiguousarray(np.concatenate(rows))


def floorboards(rng: np.random.Generator, color: Rgb, size: int = 512, *, planks: int = 8) -> Texture:
    """Long boards along u with staggered butt joints."""
    rgb = wood(rng, color, size, planks=planks, contrast=0.28).astype(float) / 255.0
    height = size // planks
    for k in range(planks):
        joint = int(rng.integers(size))
        board = rgb[k * height : (k + 1) * height]
        board[:] = np.roll(board, joint, axis=1)
        board[:, joint : joint + max(size // 256, 1)] *= 0.45
    return to_texture(rgb)


def chequers(rng: np.random.Generator, light: Rgb, dark: Rgb, size: int = 256, *, squares: int = 8,
             border: float = 0.07, frame: Rgb | None = None) -> Texture:
    """A game board with a frame; not tileable.  `border`: frame width as a fraction of the side."""
    u, v = coordinates((size, size))
    x, y = ((c - border) / (1 - 2 * border) * squares for c in (u + 0 * v, v + 0 * u))
    inside = (x >= 0) & (x < squares) & (y >= 0) & (y < squares)
    board = mix(dark, light, (np.floor(x) + np.floor(y)) % 2)
    rgb = np.where(inside[..., None], board, np.asarray(frame or dark, float))
    line = (np.minimum(np.abs(x), np.abs(x - squares)) < 0.06) & (y > -0.06) & (y < squares + 0.06)
    line |= (np.minimum(np.abs(y), np.abs(y - squares)) < 0.06) & (x > -0.06) & (x < squares + 0.06)
    rgb = np.where(line[..., None], np.asarray(light, float), rgb)
    return to_texture(shaded(rgb, 0.92 + 0.16 * value_noise(rng, (size, size), (size // 2, 6))))


def page(rng: np.random.Generator, paper: Rgb = (0.96, 0.95, 0.91), size: int = 256, *, lines: int = 16,
         ink: Rgb = (0.16, 0.2, 0.42), written: float = 0.6) -> Texture:
    """A ruled page with a red margin and handwriting on the upper `written` part of the lines; not tileable."""
    u, v = coordinates((size, size))
    y = v * (lines + 2) - 1
    rgb = shaded(paper, 0.98 + 0.03 * noise(rng, (size, size), (3, 3), 3))
    ruled = ((y % 1.0) < 0.1) & (y > 0) & (y < lines + 0.5) & (u > 0.03)
    rgb = mix(rgb, (0.62, 0.74, 0.86), ruled * 0.9)
    rgb = mix(rgb, (0.86, 0.42, 0.42), (np.abs(u - 0.13) < 0.006) * np.ones_like(v))
    ends = rng.uniform(0.55, 0.95, lines + 2)
    row = np.clip(np.floor(y).astype(int), 0, lines + 1)
    words = value_noise(rng, (size, size), (lines + 2, 18)) > 0.36
    stroke = value_noise(rng, (size, size), (size // 4, size // 3)) > 0.5
    used = (u > 0.16) & (u < ends[row]) & (y > 0) & (y < lines * written) & (np.abs(y % 1.0 - 0.62) < 0.26)
    return to_texture(mix(rgb, ink, words * stroke * used * 0.85))


def label(text: str, color: Rgb, ink: Rgb, size: tuple[int, int] = (128, 256), *, fill: float = 0.8,
          frame: bool = False) -> Texture:
    """[H, W, 3] a word printed in the middle of a plain band; `fill`: share of the width or height that it takes."""
    height, width = size
    back, front = (tuple(round(255 * c) for c in rgb) for rgb in (color, ink))
    image = Image.new("RGB", (width, height), back)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(100)
    left, top, right, bottom = font.getbbox(text)
    scale = fill * min(width / (right - left), height / (bottom - top))
    draw.text((width / 2, height / 2), text, fill=front, font=ImageFont.load_default(max(100 * scale, 6)), anchor="mm")
    if frame:
        inset = height // 16
        draw.rectangle((inset, inset, width - 1 - inset, height - 1 - inset), outline=front, width=max(height // 40, 1))
    return np.asarray(image, np.uint8)


def book_spines(rng: np.random.Generator, size: int = 256, *, shelves: int = 1, back: Rgb = (0.16, 0.12, 0.1),
                board: Rgb | None = None) -> Texture:
    """Rows of books standing on shelves, as seen from the front; not tileable."""
    rgb = np.empty((size, size, 3))
    rgb[:] = back
    height = size // shelves
    plank = max(height // 14, 3)
    for k in range(shelves):
        bottom = (k + 1) * height - plank
        x = int(rng.integers(0, 4))
        while x < size - 6:
            width = int(rng.integers(max(size // 28, 3), max(size // 14, 5)))
            if rng.random() < 0.07:
                x += width
                continue
            tall = int(rng.uniform(0.58, 0.92) * (height - plank))
            cover = _book_color(rng)
            spine = rgb[bottom - tall : bottom, x : x + width]
            spine[:] = shaded(cover, np.ones(spine.shape[:2]))
            spine[:, -1:] *= 0.5
            spine[:, :1] *= 1.2
            band = int(rng.uniform(0.1, 0.3) * tall)
            spine[band : band + max(tall // 12, 2)] = lighter(cover, 0.6) if rng.random() < 0.6 else darker(cover)
            x += width
        rgb[bottom : bottom + plank] = board or lighter(back, 0.3)
    return to_texture(rgb)


def _book_color(rng: np.random.Generator) -> Rgb:
    hues: Sequence[Rgb] = (
        (0.62, 0.13, 0.13), (0.13, 0.27, 0.5), (0.12, 0.4, 0.27), (0.82, 0.65, 0.2), (0.86, 0.83, 0.75),
        (0.22, 0.22, 0.25), (0.5, 0.28, 0.5), (0.8, 0.42, 0.16), (0.2, 0.5, 0.56), (0.45, 0.3, 0.2),
    )
    r, g, b = np.asarray(hues[int(rng.integers(len(hues)))]) * rng.uniform(0.8, 1.15)
    return min(r, 1.0), min(g, 1.0), min(b, 1.0)


def wallpaper(rng: np.random.Generator, color: Rgb, accent: Rgb, size: int = 256, *, motif: str = "stripes",
              repeats: int = 6) -> Texture:
    """Papered wall: "stripes", "damask" or "dots" of the accent over the colour."""
    u, v = coordinates((size, size))
    n = repeats
    shift = 0.5 * (np.floor(v * n) % 2)
    x, y = (u * n + shift) % 1.0 - 0.5, (v * n) % 1.0 - 0.5
    if motif == "stripes":
        amount = ((u * n) % 1.0 < 0.45) * np.ones_like(v)
    elif motif == "damask":
        turn = np.arctan2(y, x)
        amount = (np.hypot(x, y) < 0.26 + 0.12 * np.cos(4 * turn)).astype(float)
    else:
        amount = (np.hypot(x, y) < 0.16).astype(float)
    return to_texture(shaded(mix(color, accent, 0.8 * amount), 0.97 + 0.06 * noise(rng, (size, size), (4, 4), 4)))
