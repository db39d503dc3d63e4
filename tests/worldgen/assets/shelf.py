"""A library of plain boxes that call themselves all sorts of things."""

from __future__ import annotations

from pathlib import Path

import trimesh

from gen3d_bench.scenes.manifest import MANIFEST, manifest_text, take_manifest
from gen3d_bench.scenes.schema import AssetInfo


def shelve(
    folder: Path, name: str, category: str = "", description: str = "", hollow: bool = False,
    size: tuple[float, float, float] = (0.04, 0.04, 0.04), kind: str = "object", manifest: bool = True,
) -> Path:
    """An asset folder; the mesh is a box of the given size (m, Z up)."""
    folder.mkdir(parents=True)
    x, y, z = size
    box = trimesh.creation.box((x, z, y)).apply_translation((0, z / 2, 0))
    (folder / "visual.glb").write_bytes(trimesh.Scene(box).export(file_type="glb"))
    lines = ["o part0", *(f"v {a:.6f} {b:.6f} {c:.6f}" for a, b, c in box.vertices),
             *(f"f {a} {b} {c}" for a, b, c in box.faces + 1)]
    (folder / "collision.obj").write_text("\n".join(lines) + "\n")
    info = AssetInfo.model_validate({
        "kind": kind, "name": name, "category": category or name.split()[-1], "description": description,
        "size": size, "mass": 0.05 if kind == "object" else None, "hollow": hollow, "parts": 1,
    })
    (folder / "asset.json").write_text(info.model_dump_json(indent=2) + "\n")
    if manifest:
        (folder / MANIFEST).write_text(manifest_text(take_manifest(folder, {})))
    return folder
