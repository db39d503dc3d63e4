"""The original place: upstream's files in upstream's coordinates, so that PhysX does the same sums.

What lies still, rolls or rocks there moves here bit for bit as in ManiSkill 3.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gen3d_bench.envs.config import CameraConfig, PhysicsConfig
from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.matching.setting import BASE, BASE_HEIGHT, TABLE_HEIGHT
from gen3d_bench.envs.world import SceneAssets, World
from gen3d_bench.scenes.bridge import COLLISION, FRICTION, MODELS, VISUAL
from gen3d_bench.scenes.bridge_files import REMEDY, Place, verified_files
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.manifest import Asset

STAGE_POSE = sapien.Pose([2.0634, 2.8313, 0.0])
STAGE_TURN = sapien.Pose(q=[0.707, 0.707, 0, 0])
"""From the file's Y-up, in upstream's digits."""


class Photograph:
    """What is seen behind robot and objects, in any size."""

    def __init__(self, file: Path) -> None:
        """Raises StoreError for a file that is no picture from SimplerEnv's camera."""
        try:
            with Image.open(file) as picture:
                self._picture = picture.convert("RGB")
        except OSError as error:
            raise StoreError(f"{file}: is no picture ({error}); remove it, and {REMEDY}") from error
        if self._picture.size != CameraConfig.reference_size:
            raise StoreError(f"{file}: has {self._picture.width} x {self._picture.height} pixels, where SimplerEnv's "
                             f"photograph has 640 x 480; remove it, and {REMEDY}")
        self._sizes: dict[tuple[int, int], NDArray[np.uint8]] = {}

    def of_size(self, width: int, height: int) -> NDArray[np.uint8]:
        """uint8 [height, width, 3]."""
        if (width, height) not in self._sizes:
            resized = self._picture.resize((width, height), Image.Resampling.BILINEAR)
            self._sizes[width, height] = np.asarray(resized)
        return self._sizes[width, height]


class OriginalPlace:
    """stage: mesh of table and room.  photograph: what is seen in place of it.  folders: of each model's files."""

    def __init__(self, files: Place) -> None:
        """Raises StoreError for a photograph that cannot be read, and where an object's files are not the official
        ones."""
        self.stage = files.stage
        self.photograph = Photograph(files.photograph)
        self.folders = {name: verified_files(model) for name, model in MODELS.items()}


class OriginalWorld(World):
    """Robot and upstream's objects on upstream's stage, which is felt but not seen.  Bodies have the frames of
    upstream's models."""

    frame = sapien.Pose([*BASE, TABLE_HEIGHT], [0, 0, 0, 1])

    def __init__(
        self, place: OriginalPlace, scene: sapien.Scene, assets: SceneAssets, physics: PhysicsConfig, *, render: bool
    ) -> None:
        self._place = place
        super().__init__(scene, assets, physics, render=render, robot_height=BASE_HEIGHT)

    def _top(self, asset: Asset) -> sapien.physx.PhysxRigidBaseComponent:
        friction = self.physics.table_friction
        builder = self.scene.create_actor_builder()
        material = sapien.physx.PhysxMaterial(friction, friction, 0.0)
        builder.add_nonconvex_collision_from_file(str(self._place.stage), STAGE_TURN, material=material)
        builder.set_initial_pose(STAGE_POSE)
        table = builder.build_static("table").find_component_by_type(sapien.physx.PhysxRigidBaseComponent)
        if not table.collision_shapes:  # SAPIEN goes on without a mesh that it cannot read, and things fall for ever
            raise StoreError(f"{self._place.stage}: cannot be read as a mesh; remove it, and {REMEDY}")
        return table

    def _object(self, name: str, asset: Asset, height: float) -> sapien.physx.PhysxRigidDynamicComponent:
        model, folder = MODELS[asset.info.name], self._place.folders[asset.info.name]
        builder = self.scene.create_actor_builder()
        builder.add_multiple_convex_collisions_from_file(
            str(folder / COLLISION),
            material=sapien.physx.PhysxMaterial(FRICTION, FRICTION, 0.0),
            density=model.density,
        )
        if self.rendered:
            builder.add_visual_from_file(str(folder / VISUAL))
        builder.set_initial_pose(sapien.Pose([0, 0, height]))
        body = builder.build(name).find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)
        body.linear_damping = self.physics.linear_damping
        body.angular_damping = self.physics.angular_damping
        return body

    def _surround(self, assets: SceneAssets) -> None:
        """Nothing: the photograph is put behind what is drawn."""
