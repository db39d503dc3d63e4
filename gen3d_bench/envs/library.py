"""Which scenes an environment runs, and their assets once they are on disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen3d_bench.envs.layout import Footprint
from gen3d_bench.envs.simulation import collision_points
from gen3d_bench.envs.world import SceneAssets
from gen3d_bench.scenes.resolve import SceneSpec, resolve_scenes
from gen3d_bench.scenes.schema import Role, Scene
from gen3d_bench.scenes.store import AssetStore, scene_sha256


@dataclass(frozen=True)
class PreparedScene:
    """A scene with its assets on disk."""

    scene: Scene
    assets: SceneAssets
    footprints: tuple[Footprint, ...]
    sha256: str

    def index(self, role: Role) -> int:
        """Of the first object with this role, in scene order."""
        return [r for _, r, _ in self.assets.objects].index(role)


class SceneLibrary:
    """The scenes of one environment; assets are made or read once, at first use."""

    def __init__(self, scenes: SceneSpec, store: AssetStore) -> None:
        """Raises UnknownSceneError."""
        self.store = store
        self.scenes: dict[str, Scene] = {scene.id: scene for scene in resolve_scenes(scenes)}
        self._prepared: dict[str, PreparedScene] = {}

    def choose(self, seed: int) -> str:
        """The scene that a seed runs where none is asked for."""
        ids = list(self.scenes)
        return ids[int(np.random.default_rng([seed, 1]).integers(len(ids)))]

    def prepare(self, scene_id: str) -> PreparedScene:
        """Raises ValueError for a scene that is not among these."""
        if not isinstance(scene_id, str) or scene_id not in self.scenes:
            raise ValueError(
                f"scene {scene_id!r} is not among this environment's {len(self.scenes)} scenes "
                f"({', '.join(list(self.scenes)[:3])} ...): name one by its id, or make the environment with others"
            )
        if scene_id not in self._prepared:
            scene = self.scenes[scene_id]
            objects = tuple((o.name, o.role, self.store.get(o.asset)) for o in scene.objects)
            assets = SceneAssets(self.store.get(scene.background), self.store.get(scene.table), objects)
            footprints = tuple(
                Footprint.of(np.vstack(collision_points(asset.folder / "collision.obj"))) for _, _, asset in objects
            )
            self._prepared[scene_id] = PreparedScene(scene, assets, footprints, scene_sha256(scene, self.store))
        return self._prepared[scene_id]
