"""The room and the table of an EmbodiedGen scene: its own meshes where they serve, else made from descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gen3d_bench.scenes.schema import AssetRef
from gen3d_bench.worldgen.designer.graph import MAX_DESCRIPTION_WORDS
from gen3d_bench.worldgen.interchange.embodiedgen_layout import EmbodiedGenLayout
from gen3d_bench.worldgen.procedural.generator import specification
from gen3d_bench.worldgen.procedural.prompts import UnknownObjectError

GENERATOR = "procedural"


@dataclass(frozen=True)
class Place:
    """ref: anchored.  notes: where it comes from, if not from the layout's own mesh."""

    ref: AssetRef
    notes: tuple[str, ...] = ()


def background_ref(layout: EmbodiedGenLayout, out: Path, seed: int) -> Place:
    """The room."""
    node = layout.node("background")
    words = [layout.objs_desc.get(node, ""), _prompt_file(layout, node), node] if node is not None else []
    prompt = place_prompt("room", words)
    return Place(AssetRef(generator=GENERATOR, prompt=prompt, seed=seed), (f"the room is made anew from {prompt!r}",))


def table_ref(layout: EmbodiedGenLayout, out: Path, seed: int) -> Place:
    """The table."""
    node = layout.node("context")
    prompt = place_prompt("table", [layout.objs_desc.get(node, ""), node] if node is not None else [])
    return Place(AssetRef(generator=GENERATOR, prompt=prompt, seed=seed), (f"the table is made anew from {prompt!r}",))


def place_prompt(kind: Literal["room", "table"], descriptions: Iterable[str]) -> str:
    """The first description of which the built-in generator makes such a place, the word for it added if need be.

    >>> place_prompt("table", ["standalone simple wooden table, empty top", "table"])
    'standalone simple wooden table'
    >>> place_prompt("room", ["sunny pantry"])
    'sunny pantry room'
    >>> place_prompt("room", [])
    'room'
    """
    for description in descriptions:
        words = description.split()[:MAX_DESCRIPTION_WORDS]
        whole = " ".join(words)
        first = whole.split(",")[0].strip()
        for prompt in (whole, first, f"{first} {kind}"):
            if first and _makes(prompt) == kind:
                return prompt
    return kind


def _makes(prompt: str) -> str | None:
    try:
        return specification(prompt).family
    except UnknownObjectError:
        return None


def _prompt_file(layout: EmbodiedGenLayout, node: str) -> str:
    """The description that EmbodiedGen keeps beside a background, or nothing."""
    folder = layout.folder(node)
    file = None if folder is None else folder / "prompt.txt"
    if file is None or not file.is_file() or not file.resolve().is_relative_to(layout.path.parent.resolve()):
        return ""
    with file.open("rb") as opened:
        return " ".join(opened.read(2000).decode("utf-8", "replace").split())
