"""Colours as people name them, measured in CIELAB: which of a dozen basic words a colour passes for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SAME_COLOR = 12.0
"""CIEDE2000 distance below which colours pass for the same, whatever they are called."""

_EVERY = (0.0, 360.0)
REGIONS: Mapping[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = MappingProxyType({
    "black": (_EVERY, (0, 16), (0, 34)),
    "gray": (_EVERY, (0, 12), (22, 84)),
    "white": (_EVERY, (0, 18), (72, 100)),
    "red": ((348, 48), (28, 140), (10, 60)),
    "pink": ((320, 48), (10, 75), (50, 96)),
    "beige": ((50, 114), (5, 36), (56, 98)),
    "orange": ((40, 82), (34, 140), (38, 90)),
    "brown": ((22, 92), (8, 58), (6, 66)),
    "yellow": ((74, 114), (26, 140), (54, 100)),
    "green": ((102, 215), (9, 140), (8, 96)),
    "blue": ((180, 312), (8, 140), (5, 96)),
    "purple": ((300, 350), (9, 140), (6, 90)),
})  # fmt: skip
"""Basic word -> ranges of hue (degrees, which may pass through 0), chroma and lightness in CIELAB; they overlap where
people disagree."""
NEUTRALS = frozenset({"black", "gray", "white"})


def lab(rgb: Array) -> Array:
    """sRGB [..., 3] in [0, 1] to CIELAB."""
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(rgb), float)


def named(colors: Array) -> Mask:
    """[N, 12]: which basic words pass for CIELAB colours [N, 3], in the order of REGIONS."""
    lightness, chroma = colors[:, 0], np.hypot(colors[:, 1], colors[:, 2])
    hue = np.degrees(np.arctan2(colors[:, 2], colors[:, 1])) % 360.0
    columns = []
    for hues, chromas, lights in REGIONS.values():
        within = (hues[0] <= hue) & (hue <= hues[1]) if hues[0] <= hues[1] else (hue >= hues[0]) | (hue <= hues[1])
        columns.append(within & _between(chroma, chromas) & _between(lightness, lights))
    return np.asarray(np.stack(columns, axis=1), bool)


def _between(values: Array, bounds: tuple[float, float]) -> Mask:
    return (bounds[0] <= values) & (values <= bounds[1])


def passes_for(colors: Array, wanted: Array) -> Mask:
    """[N]: which CIELAB colours [N, 3] people may call by the word for `wanted` [3]."""
    from skimage.color import deltaE_ciede2000

    near = np.asarray(deltaE_ciede2000(colors, np.broadcast_to(wanted, colors.shape))) < SAME_COLOR
    shared = (named(colors) & named(wanted[None])).any(axis=1)
    return np.asarray(near | shared, bool)


def word_for(color: Array) -> str:
    """The basic word for a CIELAB colour [3]: of those that pass, the one whose region it lies deepest in."""
    passing = [word for word, passes in zip(REGIONS, named(color[None])[0], strict=True) if passes]
    hue, chroma = float(np.degrees(np.arctan2(color[2], color[1]))), float(np.hypot(color[1], color[2]))
    near = {word: _off_center(color[0], hue, word) for word in passing}
    gray = [word for word in near if word in NEUTRALS and chroma < 14]
    return min(gray or near or ["mixed"], key=lambda word: near.get(word, 0.0))


def _off_center(lightness: float, hue: float, word: str) -> float:
    """How far, relative to its size, a colour lies from the middle of a word's region."""
    (low, high), _, lights = REGIONS[word]
    if word in NEUTRALS:
        return abs(lightness - sum(lights) / 2) / (lights[1] - lights[0])
    width = (high - low) % 360.0
    return abs((hue - low - width / 2 + 180.0) % 360.0 - 180.0) / width


def described(colors: Array, most: int = 3) -> str:
    """What CIELAB colours [N, 3] are mostly called: "red 78 %, black 20 %"."""
    step = np.array([12.0, 16.0, 16.0])
    cells, which = np.unique(np.round(colors / step).astype(int), axis=0, return_inverse=True)
    counts = np.bincount(which.reshape(-1))
    shares: dict[str, float] = {}
    for cell, count in zip(cells, counts, strict=True):
        word = word_for(cell * step)
        shares[word] = shares.get(word, 0.0) + count / len(colors)
    top = sorted(shares.items(), key=lambda item: -item[1])[:most]
    return ", ".join(f"{word} {share:.0%}" for word, share in top if share >= 0.005)
