from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gen3d_bench.scenes.catalog import load_scene_set
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.gallery import contact_sheet, default_prompts, make_gallery
from gen3d_bench.worldgen.preview import View, render_asset
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.generator import generate, specification

FAST = View(shader="minimal")


@pytest.mark.render
def test_gallery_shows_every_prompt_and_seed(tmp_path: Path) -> None:
    page = make_gallery(tmp_path / "out", ("red cup", "fork"), (0, 1), AssetStore(tmp_path / "cache"), size=64)
    text = page.read_text()
    assert text.count("<figure>") == 4
    assert text.count("data:image/png;base64,") == 4
    assert "red cup #1" in text
    assert "http" not in text  # nothing is fetched
    with Image.open(tmp_path / "out" / "gallery.png") as sheet:
        assert sheet.size == (4 * 64, 64 + 16)


def test_gallery_of_an_unknown_thing_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="flurble"):
        make_gallery(tmp_path / "out", ("flurble",), (0,), AssetStore(tmp_path / "cache"))
    assert not (tmp_path / "out").exists()


@pytest.mark.render
def test_pictures_show_the_colour_in_the_middle(tmp_path: Path) -> None:
    for color, channel in (("red", 0), ("green", 1), ("blue", 2)):
        folder = tmp_path / color
        folder.mkdir()
        generate(f"{color} cube", 0, folder)
        picture = render_asset(folder, (96, 64), FAST)
        assert picture.shape == (64, 96, 3)
        middle = picture[26:42, 40:56].reshape(-1, 3).mean(axis=0)
        assert np.argmax(middle) == channel
        assert middle[channel] > 1.3 * np.delete(middle, channel).max()


def test_without_prompts_every_family_is_shown() -> None:
    prompts = default_prompts()
    assert {specification(prompt).family for prompt in prompts} == set(FAMILIES)
    assert {thing.asset.prompt for scene in load_scene_set() for thing in scene.objects} <= set(prompts)
    assert len(prompts) == len(set(prompts))


def test_long_labels_stay_below_their_picture() -> None:
    white = np.full((10, 60, 3), 255, np.uint8)
    sheet = contact_sheet([white, white], ["a description much longer than its picture is wide", ""], columns=2)
    assert (sheet[10:, :60] < 100).any()
    assert (sheet[10:, 60:] == 255).all()


@pytest.mark.render
def test_the_page_says_what_was_not_honoured(tmp_path: Path) -> None:
    page = make_gallery(tmp_path / "out", ("wobbly quince",), (0,), AssetStore(tmp_path / "cache"), size=64)
    text = page.read_text()
    assert "not honoured: wobbly" in text
    assert "no shape family makes a quince; made as the nearest, an apple" in text


def test_contact_sheet_places_pictures_row_by_row() -> None:
    pictures = [np.full((10, 20, 3), value, np.uint8) for value in (10, 60, 110)]
    sheet = contact_sheet(pictures, ["a", "b", "c"], columns=2)
    assert sheet.shape == (2 * 26, 40, 3)
    assert [sheet[5, 5, 0], sheet[5, 25, 0], sheet[31, 5, 0]] == [10, 60, 110]
