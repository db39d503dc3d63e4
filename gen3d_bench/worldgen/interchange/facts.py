"""What lists beside foreign meshes say: EmbodiedGen's assets.json, SimplerEnv's model_db.json and info_*.json."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen3d_bench.worldgen.interchange.limits import read_bytes
from gen3d_bench.worldgen.interchange.surroundings import inside

MOST_BYTES = 4 * 2**20
"""Of a list."""
LEVELS = 3
"""How many folders up a list is looked for."""


@dataclass(frozen=True)
class Facts:
    """What is known of an object; None where nothing is.  mass: kg.  density: kg/m^3.

    y_up: whether its glTF files follow the format; those made for SAPIEN, which takes them as they are, often do not.
    """

    name: str | None = None
    category: str | None = None
    description: str | None = None
    scale: float | None = None
    mass: float | None = None
    density: float | None = None
    friction: float | None = None
    y_up: bool = True


def facts_of(key: str, folder: Path, source: Path) -> Facts:
    """What a list in the folder, or above it within `source`, says of an object; broken lists say nothing."""
    for path in _lists(folder, source):
        try:
            content = json.loads(read_bytes(path, MOST_BYTES))
        except (ValueError, RecursionError):  # MeshError is a ValueError
            continue
        if isinstance(content, dict) and isinstance(entry := content.get(key), dict):
            scales = entry.get("scales")
            scale = _number(scales[0]) if isinstance(scales, list) and scales else None
            return Facts(name=_text(entry.get("name")), scale=scale, density=_number(entry.get("density")),
                         y_up=False)  # fmt: skip
        if isinstance(content, list):
            for entry in content:
                if isinstance(entry, dict) and key in (entry.get("name"), Path(str(entry.get("model", ""))).stem):
                    return Facts(name=_text(entry.get("label")), category=_text(entry.get("category")),
                                 description=_text(entry.get("description")), mass=_number(entry.get("mass")),
                                 friction=_number(entry.get("friction")))  # fmt: skip
    return Facts()


def _lists(folder: Path, source: Path) -> Iterator[Path]:
    for place in [folder, *folder.parents][:LEVELS]:
        if not inside(place, source):
            return
        names = ["assets.json", "model_db.json", *sorted(p.name for p in place.glob("info_*.json"))]
        yield from (place / name for name in names if (place / name).is_file() and inside(place / name, source))


def _text(value: Any) -> str | None:
    return " ".join(value.split())[:300] or None if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    """A positive number, also one written as text."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number > 0 else None
