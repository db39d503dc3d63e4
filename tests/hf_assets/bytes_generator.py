"""An asset generator for packs that are only moved about: bytes that compress badly, as many as the prompt says."""

import re
from pathlib import Path

import numpy as np

from gen3d_bench.scenes.schema import AssetInfo

VERSION = 1


def generate(prompt: str, seed: int, folder: Path) -> AssetInfo:
    """prompt: "room", "table" or a thing, with "N MB" in it for a large mesh."""
    size = re.search(r"(\d+) MB", prompt)
    count = 2000 if size is None else int(size[1]) << 20
    random = np.random.default_rng([seed, *prompt.encode()])  # no two things have the same bytes
    (folder / "visual.glb").write_bytes(b"glTF\0" + random.bytes(count))
    kind = prompt if prompt in ("room", "table") else "object"
    if kind != "room":
        (folder / "collision.obj").write_text(f"o part\n# {prompt} {seed}\n", encoding="utf-8")
    return AssetInfo.model_validate(
        {"kind": kind, "name": prompt, "category": prompt, "size": (0.1, 0.1, 0.1),
         "mass": 0.1 if kind == "object" else None, "parts": 0 if kind == "room" else 1, "licence": "CC0-1.0"})
