"""All assets at a glance: a contact sheet (PNG) and a page that needs no other file (HTML)."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from gen3d_bench.scenes.catalog import load_scene_set
from gen3d_bench.scenes.io import write_atomic
from gen3d_bench.scenes.schema import AssetInfo, AssetRef
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.preview import Image8, Showroom
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.generator import specification

GENERATOR = "procedural"

_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 24px; color: #222; background: #fff; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); gap: 14px; }
figure { margin: 0; border: 1px solid #ddd; border-radius: 6px; overflow: hidden; }
figure img { display: block; width: 100%; }
figcaption { padding: 6px 10px 9px; }
figcaption small { color: #666; display: block; }
"""


@dataclass(frozen=True)
class Entry:
    """One picture of the gallery."""

    ref: AssetRef
    info: AssetInfo
    picture: Image8


def default_prompts() -> tuple[str, ...]:
    """Every object of the 100 scenes, and the first noun of each shape family that they leave out."""
    scenes = load_scene_set().scenes
    prompts = sorted({o.asset.prompt for scene in scenes for o in scene.objects if o.asset.prompt is not None})
    shown = {specification(prompt).family for prompt in prompts}
    return (*prompts, *(family.nouns[0] for family in FAMILIES.values() if family.name not in shown))


def make_gallery(output: Path, prompts: Sequence[str] | None = None, seeds: Iterable[int] = (0,),
                 store: AssetStore | None = None, size: int = 240) -> Path:
    """Write `gallery.png` and `gallery.html` into a folder; returns the page.

    prompts: what to show, `default_prompts()` if left out.  size: width and height of a picture in pixels.
    Raises StoreError (naming the word) if a prompt cannot be made; nothing is written then.
    """
    keep = store or AssetStore()
    chosen = list(seeds)
    refs = [
        AssetRef(generator=GENERATOR, prompt=prompt, seed=seed)
        for prompt in prompts or default_prompts()
        for seed in chosen
    ]
    assets = [keep.get(ref) for ref in refs]
    showroom = Showroom((size, size))
    entries = [Entry(ref, asset.info, showroom.picture(asset.folder)) for ref, asset in zip(refs, assets, strict=True)]
    sheet = contact_sheet([e.picture for e in entries], [_name(e.ref) for e in entries])
    output.mkdir(parents=True, exist_ok=True)
    write_atomic(output / "gallery.png", _png(sheet))
    page = output / "gallery.html"
    write_atomic(page, render_page(entries).encode())
    return page


def contact_sheet(pictures: Sequence[Image8], labels: Sequence[str], columns: int = 8) -> Image8:
    """uint8 [H, W, 3]: pictures of one size in a grid, each with its label below."""
    height, width = pictures[0].shape[:2]
    band = 16
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width, rows * (height + band)), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    for k, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        x, y = k % columns * width, k // columns * (height + band)
        sheet.paste(Image.fromarray(picture), (x, y))
        draw.text((x + 4, y + height + 2), _shortened(label, width - 8, draw), fill=(20, 20, 20))
    return np.asarray(sheet)


def _shortened(text: str, width: float, draw: ImageDraw.ImageDraw) -> str:
    """A text that takes at most `width` pixels, its end left out if it is longer."""
    if draw.textlength(text) <= width:
        return text
    while text and draw.textlength(text + "...") > width:
        text = text[:-1]
    return text.rstrip() + "..."


def render_page(entries: Sequence[Entry]) -> str:
    """The HTML page, its pictures inside."""
    figures = "\n".join(_figure(entry) for entry in entries)
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Assets</title><style>{_STYLE}</style>'
            f"</head>\n<body><h1>{len(entries)} assets</h1>\n<main>\n{figures}\n</main></body></html>\n")


def _figure(entry: Entry) -> str:
    info = entry.info
    x, y, z = (round(1000 * v) for v in info.size)
    weight = f" · {1000 * info.mass:.0f} g" if info.mass is not None else ""
    facts = f"{info.category} · {x} × {y} × {z} mm{weight} · {info.parts} convex parts"
    data = base64.b64encode(_png(entry.picture)).decode()
    name = html.escape(_name(entry.ref))
    return (f'<figure><img src="data:image/png;base64,{data}" alt="{name}"><figcaption>{name}'
            f"<small>{html.escape(facts)}</small><small>{html.escape(info.provenance)}</small></figcaption></figure>")


def _name(ref: AssetRef) -> str:
    return f"{ref.prompt} #{ref.seed}"


def _png(picture: Image8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
