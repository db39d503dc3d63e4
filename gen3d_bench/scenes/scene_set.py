"""Several scenes under one name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gen3d_bench.scenes.errors import UnknownSceneError, did_you_mean
from gen3d_bench.scenes.schema import Scene


@dataclass(frozen=True)
class SceneSet:
    """Scenes in a fixed order, found by position or id."""

    name: str
    version: int
    scenes: tuple[Scene, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(scene.id for scene in self.scenes)

    def __len__(self) -> int:
        return len(self.scenes)

    def __iter__(self) -> Iterator[Scene]:
        return iter(self.scenes)

    def __getitem__(self, scene_id: str) -> Scene:
        """The scene with this id.  Raises UnknownSceneError."""
        for scene in self.scenes:
            if scene.id == scene_id:
                return scene
        raise UnknownSceneError(f"scene set {self.name} has no scene {scene_id!r}{did_you_mean(scene_id, self.ids)}; "
                                f"its ids are {self.ids[0]} to {self.ids[-1]}")
