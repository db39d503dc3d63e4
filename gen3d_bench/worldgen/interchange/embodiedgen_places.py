"""The room and the table of an EmbodiedGen scene: its own meshes where they serve, else made from descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gen3d_bench.scenes.manifest import DamagedAssetError
from gen3d_bench.scenes.schema import AssetRef
from gen3d_bench.worldgen.assets.folders import adopt, temporary_folder
from gen3d_bench.worldgen.designer.graph import MAX_DESCRIPTION_WORDS
from gen3d_bench.worldgen.interchange.embodiedgen_furniture import UnfitError, write_room, write_table
from gen3d_bench.worldgen.interchange.embodiedgen_layout import EmbodiedGenLayout
from gen3d_bench.worldgen.interchange.limits import MeshError, read_bytes
from gen3d_bench.worldgen.interchange.surroundings import inside
from gen3d_bench.worldgen.interchange.urdf import UrdfError, find_urdf, read_urdf
from gen3d_bench.worldgen.procedural.generator import specification
from gen3d_bench.worldgen.procedural.prompts import UnknownObjectError

GENERATOR = "procedural"
MOST_PROMPT_BYTES, MOST_LETTERS = 100_000, 2_000


@dataclass(frozen=True)
class Place:
    """ref: anchored.  notes: where it comes from, if not from the layout's own mesh."""

    ref: AssetRef
    notes: tuple[str, ...] = ()


def background_place(layout: EmbodiedGenLayout, out: Path, seed: int) -> Place:
    """The room: the layout's mesh if it has one (public data sets have none), else made from its description.

    Raises SceneError for a folder outside the layout's, OSError.
    """
    node = layout.node("background")
    words = [layout.objs_desc.get(node, ""), _prompt_file(layout, node), node] if node is not None else []
    mesh = _inside(layout, node, "mesh_model.ply") if node is not None else None
    why = "the layout has no mesh of its room"
    if node is not None and mesh is not None:
        try:
            with temporary_folder(out / "assets") as folder:
                write_room(mesh, folder, node, next(filter(None, words)))
                asset = adopt(folder, out / "assets", node)
            return Place(AssetRef(path=str(asset.folder.absolute())))
        except (UnfitError, MeshError, DamagedAssetError) as error:
            why = str(error)
    prompt = place_prompt("room", words)
    return Place(_made(prompt, seed), (f"the room is made anew from {prompt!r}: {why}",))


def table_place(layout: EmbodiedGenLayout, out: Path, seed: int) -> Place:
    """The table: the layout's own if its top is flat and large enough, else made from its description.

    Raises SceneError for a folder outside the layout's, OSError.
    """
    node = layout.node("context")
    words = [layout.objs_desc.get(node, ""), node] if node is not None else []
    place = layout.folder(node) if node is not None else None
    why = "the layout has no mesh of its table"
    if node is not None and place is not None:
        try:
            with temporary_folder(out / "assets") as folder:
                urdf = read_urdf(find_urdf(place, node, layout.path.parent))
                write_table(urdf, folder, node, next(filter(None, words)))
                asset = adopt(folder, out / "assets", node)
            return Place(AssetRef(path=str(asset.folder.absolute())))
        except (UnfitError, UrdfError, MeshError, DamagedAssetError) as error:
            why = str(error)
    prompt = place_prompt("table", words)
    return Place(_made(prompt, seed), (f"the table is made anew from {prompt!r}: {why}",))


def _made(prompt: str, seed: int) -> AssetRef:
    return AssetRef(generator=GENERATOR, prompt=prompt, seed=seed)


def place_prompt(kind: Literal["room", "table"], descriptions: Iterable[str]) -> str:
    """The first description of which the built-in generator makes such a place, the word for it added if need be.

    >>> place_prompt("table", ["standalone simple wooden table, empty top", "table"])
    'standalone simple wooden table, empty top'
    >>> place_prompt("room", ["sunny gazebo"])
    'sunny gazebo room'
    >>> place_prompt("room", [])
    'room'
    """
    for description in descriptions:
        words = description.split()[:MAX_DESCRIPTION_WORDS]
        whole = " ".join(words)
        first = whole.split(",")[0].strip()
        for prompt in (whole, first, f"{first} {kind}"):
            if re.search(r"\w", first) and makes(prompt) == kind:
                return prompt
    return kind


def makes(prompt: str) -> str | None:
    """The family of what the built-in generator makes of a prompt; None if nothing."""
    try:
        return specification(prompt).family
    except UnknownObjectError:
        return None


def _prompt_file(layout: EmbodiedGenLayout, node: str) -> str:
    """The description that EmbodiedGen keeps beside a background, or nothing."""
    file = _inside(layout, node, "prompt.txt")
    if file is None:
        return ""
    try:
        text = read_bytes(file, MOST_PROMPT_BYTES).decode("utf-8", "replace")[:MOST_LETTERS]
    except MeshError:
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _inside(layout: EmbodiedGenLayout, node: str, name: str) -> Path | None:
    """A file in a node's folder, if it is there and no link that leads out of the layout's folder."""
    folder = layout.folder(node)
    file = None if folder is None else folder / name
    if file is None or not file.is_file() or not inside(file, layout.path.parent):
        return None
    return file
