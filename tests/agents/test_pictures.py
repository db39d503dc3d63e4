from __future__ import annotations

import numpy as np

from gen3d_bench.agents.pictures import resized


def test_a_picture_that_fits_is_not_touched() -> None:
    picture = np.zeros((32, 32, 3), np.uint8)
    assert resized(picture, 32, "squash") is picture


def test_squashing_fills_the_square_and_padding_keeps_proportions() -> None:
    picture = np.full((30, 60, 3), 200, np.uint8)
    assert (resized(picture, 20, "squash") == 200).all()
    padded = resized(picture, 20, "pad")
    assert (padded[5:15] == 200).all() and not padded[:5].any() and not padded[15:].any()


def test_stripes_finer_than_a_pixel_become_grey() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    small = resized(stripes, 16, "squash")[:, 2:-2]
    assert abs(small.astype(int) - 127).max() < 12, "no antialiasing: stripes come back as other stripes"
