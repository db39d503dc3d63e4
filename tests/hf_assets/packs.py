"""Small packs for tests, made as every pack is made but for the pictures, which need no renderer here."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from unittest import mock

from PIL import Image

from gen3d_bench.hf_assets import build, preview
from gen3d_bench.hf_assets.build import build_pack
from gen3d_bench.hf_assets.pack import PackManifest, read_manifest
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.store import AssetStore

GENERATORS = {"bytes": "tests.hf_assets.bytes_generator"}
SPLITS = {"H0/id": ("desk", "kitchen/a"), "H0/ood": ("shelf",)}
BIG = 12
"""MB of the mesh that is cut short in tests: more than huggingface_hub writes at a time."""


def world(scene_id: str, source: str, target: str, seed: int) -> Scene:
    """A scene of two things; all scenes stand in the same room."""

    def asset(prompt: str, seed: int) -> dict[str, object]:
        return {"generator": "bytes", "prompt": prompt, "seed": seed}

    things = [{"name": name, "role": role, "asset": asset(name, seed + i)}
              for i, (name, role) in enumerate(((source, "source"), (target, "target")))]
    return Scene.model_validate({
        "id": scene_id, "instruction": f"put the {source} on the {target}",
        "background": asset("room", 0), "table": asset("table", seed), "objects": things,
        "relations": [{"subject": source, "relation": "ON", "object": target}],
    })


def worlds(seed: int = 1) -> tuple[Scene, ...]:
    return (world("desk", "pen", "book", seed), world("kitchen/a", "cup", "plate", 20 + seed),
            world("shelf", f"vase of {BIG} MB", "box", 40 + seed))


def make_pack(folder: Path, scenes: Iterable[Scene] | None = None, *, name: str = "things", version: int = 1,
              splits: Mapping[str, Sequence[str]] = SPLITS) -> PackManifest:
    """Writes a pack; `desk`, `kitchen/a` and `shelf`, the last with a large mesh, unless other scenes are given."""
    scenes = worlds() if scenes is None else tuple(scenes)
    splits = {key: kept for key, ids in splits.items() if (kept := [i for i in ids if i in {s.id for s in scenes}])}
    store = AssetStore(folder.with_name(f"{folder.name}-cache"), GENERATORS)
    with without_pictures():
        return build_pack(scenes, folder, name=name, version=version, splits=splits, store=store)


def big_mesh(pack: Path) -> str:
    """The one file that is larger than what huggingface_hub writes at a time."""
    return next(path for path, entry in read_manifest(pack).files.items() if entry.size > BIG << 20)


def a_mesh(pack: Path) -> str:
    """A small file of the scene `desk` that is kept as LFS."""
    desk = read_manifest(pack).scenes[0]
    return next(f"{folder}/visual.glb" for folder in desk.assets if "pen" in folder)


@contextlib.contextmanager
def without_pictures() -> Iterator[None]:
    """Packs made here have grey previews."""
    with mock.patch.object(preview, "previews", _grey), mock.patch.object(build, "require_rendering"):
        yield


def _grey(scenes: Sequence[Scene], _: AssetStore) -> Iterator[bytes]:
    for number, _scene in enumerate(scenes):
        picture = io.BytesIO()
        Image.new("L", (32, 24), 40 * number).save(picture, "JPEG")
        yield picture.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    """What a folder holds, but for what the Hub puts there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != ".gitattributes"}
