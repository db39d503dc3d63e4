"""A small pack of real worlds with pictures, built once per process for all tests that look at one."""

import functools
import json
import shutil
import tempfile
from pathlib import Path

from gen3d_bench.hf_assets.build import build_pack
from gen3d_bench.scenes.io import load_scene, save_scene
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import AssetRef, Scene
from gen3d_bench.scenes.store import AssetStore

NAME = "three-worlds"
DESCRIPTION = "Three worlds for tests."
SPLITS = {"H0/id": ("kitchen/tea", "gen3d-042"), "H0/ood": ("gen3d-000",)}
HOSTILE_NAME = "plate | <b>*red*</b> [x](y) `z`"


@functools.cache
def _home() -> tempfile.TemporaryDirectory[str]:
    """Goes with the process."""
    return tempfile.TemporaryDirectory(prefix="gen3d-packs-")


@functools.cache
def real_worlds() -> tuple[Scene, ...]:
    """Two shipped scenes, and one that shares room, table and spoon with the second but has a plate given as files."""
    home = Path(_home().name) / "scenes"
    first, second = resolve_scenes(["gen3d-000", "gen3d-042"])
    given = home / "plates" / "plate"
    shutil.copytree(AssetStore().get(second.target.asset).folder, given)
    (given / "manifest.json").unlink()
    (given / "notes.txt").write_text("not for others")
    info = json.loads((given / "asset.json").read_text())
    info.update(name=HOSTILE_NAME, licence="CC-BY-4.0", provenance="scanned by a friend")
    (given / "asset.json").write_text(json.dumps(info))
    plate = second.target.model_copy(update={"asset": AssetRef(path=str(given))})
    objects = tuple(plate if thing == second.target else thing for thing in second.objects)
    save_scene(second.model_copy(update={"id": "kitchen/tea", "objects": objects}), home / "tea.json")
    return first, second, load_scene(home / "tea.json")


@functools.cache
def real_pack() -> Path:
    """Where the pack lies; not to be changed."""
    out = Path(_home().name) / "packs" / NAME
    build_pack(real_worlds(), out, name=NAME, version=3, description=DESCRIPTION, splits=SPLITS)
    return out
