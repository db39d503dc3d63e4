"""Scene sets: those that come with the package, and those that an address names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from gen3d_bench.scenes.bridge_files import assets_folder
from gen3d_bench.scenes.errors import UnknownSceneError, did_you_mean
from gen3d_bench.scenes.io import load_scene
from gen3d_bench.scenes.remote import is_address, source_of
from gen3d_bench.scenes.scene_set import SceneSet

DATA = Path(__file__).with_name("data")
SIMPLER = "simpler"
"""SimplerEnv's scenes, of the official files where they are there and of look-alikes where not."""
SIMPLER_ORIGINAL, SIMPLER_LOOKALIKE = "simpler-original", "simpler-lookalike"
SET_VERSIONS: Mapping[str, int] = MappingProxyType({
    "gen3d-100": 2,
    SIMPLER: 1,
    SIMPLER_ORIGINAL: 1,
    SIMPLER_LOOKALIKE: 1,
})  # fmt: skip
"""Name of each set -> its version, raised whenever a scene of the set changes."""


def scene_file(set_name: str, scene_id: str) -> Path:
    """Where a scene of a set lies."""
    return _folder(set_name) / f"{scene_id}.json"


def _folder(set_name: str) -> Path:
    if set_name == SIMPLER:
        return DATA / (SIMPLER_LOOKALIKE if assets_folder() is None else SIMPLER_ORIGINAL)
    return DATA / set_name


def scene_ids(set_name: str) -> tuple[str, ...]:
    """Ids of a set in order, without reading its scenes.  Raises UnknownSceneError."""
    if set_name not in SET_VERSIONS:
        raise UnknownSceneError(f"unknown scene set {set_name!r}{did_you_mean(set_name, SET_VERSIONS)}; "
                                f"there are: {', '.join(SET_VERSIONS)}")
    return tuple(sorted(file.stem for file in _folder(set_name).glob("*.json")))


def load_scene_set(name: str = "gen3d-100") -> SceneSet:
    """A set that comes with the package, read from its files, or the scenes of a pack on the Hub ("hf://org/name@v1").

    What is on the Hub is downloaded on first use and checked against its checksums.
    Raises UnknownSceneError, and for an address what is wrong with the pack or with getting it.
    """
    if is_address(name):
        return source_of(name).load_scene_set(name)
    scenes = tuple(load_scene(scene_file(name, scene_id)) for scene_id in scene_ids(name))
    return SceneSet(name, SET_VERSIONS[name], scenes)
