"""The viewer in a real browser: it draws, obeys, and asks nobody but its own server."""

from __future__ import annotations

import io
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gen3d_bench.scenes import load_scene_set
from gen3d_bench.worldgen.viewer.scene_view import SceneView, view

pytestmark = pytest.mark.slow

SCENES = load_scene_set("gen3d-100").scenes
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SOFTWARE = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
            "--ignore-gpu-blocklist")


@dataclass
class Page:
    """An open page, and what it asked for and complained of."""

    window: SceneView
    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def picture(self) -> np.ndarray:
        """[H, W, 3] of what the page draws."""
        png = self.page.locator("canvas").first.screenshot(timeout=90_000)
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(float)

    def settled(self, ready: Callable[[np.ndarray], bool], seconds: float = 90.0) -> np.ndarray:
        """The first picture of which something is true and which the next one repeats; the last one if in vain."""
        end = time.monotonic() + seconds
        before, picture = self.picture(), self.picture()
        while time.monotonic() < end and not (ready(picture) and np.abs(picture - before).mean() < 0.5):
            before, picture = picture, self.picture()
        return picture


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    browser = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if browser is None:
        pytest.skip(f"needs a browser: none of {', '.join(BROWSERS)} is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    window = view([SCENES[0], SCENES[38]], port=0, open_browser=False, block=False)
    with playwright.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=[*SOFTWARE])
        opened = chromium.new_page(viewport={"width": 640, "height": 360})
        seen = Page(window, opened)
        opened.on("request", lambda request: seen.requests.append(request.url))
        opened.on("websocket", lambda socket: seen.requests.append(socket.url))
        opened.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
        opened.on("pageerror", lambda error: seen.errors.append(str(error)))
        opened.goto(window.url)
        opened.get_by_text(SCENES[0].instruction).wait_for(timeout=60_000)
        yield seen
        chromium.close()
    window.close()
    with socket.socket() as probe:
        assert probe.connect_ex((window.host, window.port)) != 0


def test_the_page_draws_and_a_checkbox_changes_the_picture(page: Page) -> None:
    def colored(picture: np.ndarray) -> float:
        return float((np.ptp(picture, axis=-1) > 8).mean())

    full = page.settled(lambda picture: colored(picture) > 0.3)
    assert full.std() > 30 and colored(full) > 0.3  # an empty page is white or grey
    page.page.get_by_label("Room", exact=True).uncheck(force=True)
    bare = page.settled(lambda picture: np.abs(picture - full).mean() > 4)
    assert np.abs(bare - full).mean() > 4
    # Where walls were, the page is white.
    assert (bare > 250).mean() > (full > 250).mean() + 0.05


def test_a_button_lays_out_anew(page: Page) -> None:
    page.page.get_by_role("button", name="New layout").click()
    page.page.get_by_text("layout with seed 1").wait_for(timeout=60_000)


def test_nothing_is_asked_of_anyone_else(page: Page) -> None:
    own = tuple(f"{scheme}127.0.0.1:{page.window.port}/" for scheme in ("http://", "ws://", "blob:http://"))
    assert f"http://127.0.0.1:{page.window.port}/" in page.requests
    assert any(url.startswith("ws://") for url in page.requests)
    assert [url for url in page.requests if not url.startswith((*own, "data:"))] == []


def test_the_page_has_no_complaints(page: Page) -> None:
    assert page.errors == []
