"""Textures tile, keep their colour, look like what they are called, and are the same bytes for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gen3d_bench.worldgen.procedural import patterns, textures
from gen3d_bench.worldgen.procedural.textures import Texture

RED = (0.75, 0.15, 0.15)
Painter = Callable[[np.random.Generator], Texture]

TILEABLE: dict[str, Painter] = {
    "plain": lambda r: textures.plain(r, RED, 128),
    "wood": lambda r: textures.wood(r, RED, 128),
    "wicker": lambda r: textures.wicker(r, RED, 128),
    "terry": lambda r: textures.fabric(r, RED, 128, pattern="terry"),
    "gingham": lambda r: textures.fabric(r, RED, 128, pattern="gingham"),
    "metal": lambda r: textures.metal(r, RED, 128),
    "stone": lambda r: textures.stone(r, RED, 128),
    "granite": lambda r: textures.granite(r, RED, 128),
    "speckle": lambda r: textures.speckle(r, RED, 128),
    "cardboard": lambda r: textures.cardboard(r, RED, 128),
    "cork": lambda r: textures.cork(r, RED, 128),
    "carpet": lambda r: textures.carpet(r, RED, 128),
    "peel": lambda r: textures.peel(r, RED, 128),
    "tiles": lambda r: patterns.tiles(r, RED, 128),
    "bricks": lambda r: patterns.bricks(r, RED, 128),
    "parquet": lambda r: patterns.parquet(r, RED, 128),
    "floorboards": lambda r: patterns.floorboards(r, RED, 128, planks=4),
    "wallpaper": lambda r: patterns.wallpaper(r, RED, (0.8, 0.3, 0.3), 128),
}
PICTURES: dict[str, Painter] = {
    "chequers": lambda r: patterns.chequers(r, (0.9, 0.9, 0.9), (0.1, 0.1, 0.1), 128),
    "page": lambda r: patterns.page(r, size=128),
    "book_spines": lambda r: patterns.book_spines(r, 128),
}


@pytest.mark.parametrize("name", [*TILEABLE, *PICTURES])
def test_textures_are_square_images_and_depend_on_the_seed_alone(name: str) -> None:
    paint = {**TILEABLE, **PICTURES}[name]
    first, again, other = (paint(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.dtype == np.uint8
    assert first.shape == (128, 128, 3)
    assert first.flags.c_contiguous
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", TILEABLE)
def test_opposite_edges_meet(name: str) -> None:
    """The step across the seam is no larger than steps that the picture makes inside."""
    image = TILEABLE[name](np.random.default_rng(3)).astype(float)
    for axis in (0, 1):
        steps = np.abs(np.diff(image, axis=axis)).mean(axis=(1 - axis, 2))
        seam = np.abs(np.take(image, 0, axis) - np.take(image, -1, axis)).mean()
        assert seam <= 1.25 * steps.max() + 1.0


@pytest.mark.parametrize("name", [n for n in TILEABLE if n not in ("wicker", "gingham", "bricks", "tiles")])
def test_the_asked_colour_dominates(name: str) -> None:
    mean = TILEABLE[name](np.random.default_rng(4)).reshape(-1, 3).mean(axis=0) / 255.0
    assert mean[0] > 2.0 * mean[1]
    assert np.abs(mean - RED).max() < 0.25


def test_an_uneven_tiling_of_noise_is_continuous() -> None:
    field = textures.noise(np.random.default_rng(0), (96, 160), (3, 5), 4)
    assert field.shape == (96, 160)
    assert 0.0 <= field.min() < field.max() <= 1.0
    doubled = np.tile(field, (2, 2))
    assert np.abs(np.diff(doubled, axis=0)).max() < 1.3 * np.abs(np.diff(field, axis=0)).max()
    assert np.abs(np.diff(doubled, axis=1)).max() < 1.3 * np.abs(np.diff(field, axis=1)).max()


def test_grain_runs_along_the_asked_direction() -> None:
    along_u = textures.wood(np.random.default_rng(0), RED, 128, along="u").astype(float)
    along_v = textures.wood(np.random.default_rng(0), RED, 128, along="v").astype(float)
    assert np.abs(np.diff(along_u, axis=1)).mean() < 0.5 * np.abs(np.diff(along_u, axis=0)).mean()
    assert np.array_equal(along_v, along_u.transpose(1, 0, 2))


def test_planks_are_separated_by_dark_joints() -> None:
    image = textures.wood(np.random.default_rng(0), RED, 128, planks=4).astype(float).mean(axis=(1, 2))
    joints = np.argsort(image)[:4]
    assert sorted(joints.tolist()) == [0, 32, 64, 96]


def test_a_hem_changes_only_the_border() -> None:
    bare = textures.fabric(np.random.default_rng(0), RED, 128)
    hemmed = textures.fabric(np.random.default_rng(0), RED, 128, hem=0.1)
    different = (bare != hemmed).any(axis=2)
    assert different[:8].mean() > 0.5
    assert not different[20:-20, 20:-20].any()


def test_a_label_holds_its_word_inside_its_margins() -> None:
    image = patterns.label("GLUE", (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (64, 128), fill=0.8)
    ink = image.mean(axis=2) < 128
    assert image.shape == (64, 128, 3)
    assert 0.05 < ink.mean() < 0.6
    columns = np.flatnonzero(ink.any(axis=0))
    assert columns.min() >= 6
    assert columns.max() <= 121
    assert 0.65 * 128 < np.ptp(columns) < 0.85 * 128
    assert not np.array_equal(image, patterns.label("GLOW", (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (64, 128), fill=0.8))


def test_a_chessboard_has_eight_by_eight_alternating_squares() -> None:
    image = patterns.chequers(np.random.default_rng(0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 256, border=0.1)
    centres = (256 * (0.1 + 0.8 * (np.arange(8) + 0.5) / 8)).astype(int)
    light = image[np.ix_(centres, centres)].mean(axis=2) > 128
    assert np.array_equal(light, (np.add.outer(np.arange(8), np.arange(8)) % 2) == 1)
