"""What the viewer shows of a scene, read once: its assets, their collision parts, and where everything stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.layout import LayoutError
from gen3d_bench.envs.simulation import collision_points
from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.schema import Pose, Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.layout import TABLE_CENTER, nominal_layout

Array = NDArray[np.float64]

SHELF_X, SHELF_STEP = 0.3, 0.22
"""Where objects wait that no layout has room for: in a row along y (m)."""


@dataclass(frozen=True)
class Contents:
    """objects and parts: asset and convex parts [V, 3] (m) of every object, in scene order.  poses: likewise.

    origin: where the poses come from, for people.  notes: what the layout found, or why there is none.
    """

    scene: Scene
    room: Asset
    table: Asset
    table_parts: Sequence[Array]
    objects: tuple[Asset, ...]
    parts: tuple[Sequence[Array], ...]
    poses: tuple[Pose, ...]
    origin: str
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, scene: Scene, store: AssetStore) -> Contents:
        """At the scene's own poses; where it has none, at those that seed 0 gives.  Raises StoreError."""
        objects = tuple(store.get(thing.asset) for thing in scene.objects)
        parts = tuple(collision_points(asset.folder / "collision.obj") for asset in objects)
        table = store.get(scene.table)
        top = collision_points(table.folder / "collision.obj")
        own = tuple(thing.pose for thing in scene.objects if thing.pose is not None)
        contents = cls(scene, store.get(scene.background), table, top, objects, parts, own, "the scene's own")
        return contents if len(own) == len(objects) else contents.laid_out(0)

    def laid_out(self, seed: int) -> Contents:
        """With new poses.  Where no layout keeps the rules, things wait in a row and the notes say why."""
        try:
            rng = np.random.default_rng(seed)
            layout = nominal_layout(self.scene, self.objects, rng, table=self.table)
        except LayoutError as error:
            middle = (len(self.objects) - 1) / 2
            row = tuple(Pose(p=(SHELF_X, SHELF_STEP * (k - middle), 0.0)) for k in range(len(self.objects)))
            return replace(self, poses=row, origin="none found, in a row", notes=(str(error),))
        return replace(self, poses=layout.poses, origin=f"layout with seed {seed}", notes=layout.facts)

    @property
    def table_origin(self) -> tuple[float, float, float]:
        """Middle of the table's top (m)."""
        return (*TABLE_CENTER, 0.0)

    @property
    def room_origin(self) -> tuple[float, float, float]:
        """Middle of the floor (m): a table's bounding box reaches from its feet to its top at z = 0."""
        return (*TABLE_CENTER, -self.table.info.size[2])

    def top(self, k: int) -> Array:
        """[3] where object k is highest, above its origin (m)."""
        height = max(float(part[:, 2].max()) for part in self.parts[k])
        return np.array(self.poses[k].p) + np.array([0.0, 0.0, height])
