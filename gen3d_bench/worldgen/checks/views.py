"""Pictures of an asset for checks to look at: from all sides in light, and measured from straight ahead.

Nothing but the asset is in them, so a silhouette is exact.  Colours come without light (what the surface is painted),
which is what colour words speak of.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.doctor.rendering import require_rendering
from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.worldgen.procedural.colour import srgb

if TYPE_CHECKING:
    import sapien

Array = NDArray[np.float64]
Image8 = NDArray[np.uint8]

AZIMUTHS_DEG = (-55.0, 35.0, 125.0, 215.0)
ELEVATION_DEG = 30.0
FIELD_OF_VIEW_DEG = 26.0
MARGIN = 1.08
"""How much farther the camera stands than it must to see everything."""
UNLIT = "trivial"
"""SAPIEN's shader without light: surface colour, position and body of every pixel, in 5 ms and with no compiling."""
BACKGROUND = (0.86, 0.87, 0.88)
"""sRGB behind the asset in pictures."""


@dataclass(frozen=True)
class Relief:
    """An orthographic depth map.  heights: float64 [S, S] (m) towards the viewer, NaN where there is nothing.

    pixel: side of a pixel (m).  Rows run down: along -Z seen from ahead, along -X seen from above with +Y to the left.
    """

    heights: Array
    pixel: float

    @property
    def mask(self) -> NDArray[np.bool_]:
        return np.isfinite(self.heights)


@dataclass(frozen=True)
class AssetViews:
    """What an asset looks like.

    pictures: uint8 [N, H, W, 3], in light.  colors: float64 [N, H, W, 3], sRGB in [0, 1] of the unlit surface.
    masks: bool [N, H, W], where the asset is.  These N views go round it at an elevation of 30 degrees.
    front, side: reliefs seen along -X and -Y; heights are x and y in the asset's frame.  top: seen from above; heights
    are z.  top_colors: [S, S, 3] as `colors`, seen from above.
    """

    asset: Asset
    pictures: Image8
    colors: Array
    masks: NDArray[np.bool_]
    front: Relief
    side: Relief
    top: Relief
    top_colors: Array

    @property
    def sheet(self) -> Image8:
        """uint8 [H, N * W, 3] of all pictures side by side."""
        return np.concatenate(list(self.pictures), axis=1)


@cache
def studio(size: int = 192, shader: str = "minimal") -> Studio:
    """The studio of this process; making one costs more than a picture.  Raises RenderingUnavailable."""
    return Studio(size, shader)


class Studio:
    """Empty space with light and cameras.

    shader: SAPIEN shader pack that draws the lit pictures.  The first lit picture of a process costs some seconds of
    shader compiling; with UNLIT there is none of it, and pictures show bare colours.
    """

    def __init__(self, size: int = 192, shader: str = "minimal") -> None:
        """size: side of pictures (px).  Raises RenderingUnavailable."""
        require_rendering()
        from gen3d_bench.envs.engine import keep_engines, sapien

        keep_engines(True)
        self._size, self._sapien = size, sapien
        self._scene = sapien.Scene([sapien.physx.PhysxCpuSystem(), sapien.render.RenderSystem()])
        self._scene.set_ambient_light([0.5, 0.5, 0.5])
        self._scene.add_directional_light([0.5, 0.35, -1.0], [1.75, 1.7, 1.62])
        self._scene.add_directional_light([-0.6, -0.2, -0.5], [0.6, 0.62, 0.7])
        self._around, self._measuring = self._camera(UNLIT), self._camera(UNLIT)
        self._lit = self._around if shader == UNLIT else self._camera(shader)
        for camera in (self._around, self._lit):
            camera.set_fovy(np.radians(FIELD_OF_VIEW_DEG), compute_x=True)

    def _camera(self, shader: str) -> sapien.render.RenderCameraComponent:
        sapien = self._sapien
        pack = Path(sapien.__file__).parent / "vulkan_shader" / shader
        camera = sapien.render.RenderCameraComponent(self._size, self._size, str(pack))
        camera.near, camera.far = 0.01, 20.0
        mount = sapien.Entity()
        mount.add_component(camera)
        self._scene.add_entity(mount)
        return camera

    def views(self, asset: Asset) -> AssetViews:
        """The asset from all sides."""
        from gen3d_bench.envs.world import UPRIGHT

        builder = self._scene.create_actor_builder()
        builder.add_visual_from_file(str(asset.folder / "visual.glb"), UPRIGHT)
        actor = builder.build_kinematic(name="asset")
        try:
            body = actor.find_component_by_type(self._sapien.render.RenderBodyComponent)
            low, high = (np.asarray(corner, float) for corner in body.compute_global_aabb_tight())
            center, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
            shots = [self._shot(center, radius, azimuth) for azimuth in AZIMUTHS_DEG]
            (front, _), (side, _), (top, top_colors) = (self._relief(center, radius, axis) for axis in range(3))
        finally:
            self._scene.remove_actor(actor)
        pictures, colors, masks = (np.stack(images) for images in zip(*shots, strict=True))
        return AssetViews(asset, pictures, colors, masks, front, side, top, top_colors)

    def _shot(self, center: Array, radius: float, azimuth_deg: float) -> tuple[Image8, Array, NDArray[np.bool_]]:
        from gen3d_bench.envs.world import aim

        a, e = np.radians(azimuth_deg), np.radians(ELEVATION_DEG)
        away = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
        pose = aim(center + MARGIN * radius / np.sin(np.radians(FIELD_OF_VIEW_DEG / 2)) * away, center)
        colors, mask, _ = self._unlit(self._around, pose)
        picture = colors
        if self._lit is not self._around:
            self._lit.entity.set_pose(pose)
            self._scene.update_render()
            self._lit.take_picture()
            picture = np.asarray(self._lit.get_picture("Color"), float)[..., :3]
        shown = np.where(mask[..., None], picture, BACKGROUND)
        return np.asarray(np.clip(shown * 255.0 + 0.5, 0, 255), np.uint8), colors, mask

    def _relief(self, center: Array, radius: float, axis: int) -> tuple[Relief, Array]:
        """Seen along an axis, from its positive side, and its colours."""
        from gen3d_bench.envs.world import aim

        half = MARGIN * radius
        away = np.zeros(3)
        away[axis] = 2.0 * radius + 0.1
        camera = self._measuring
        camera.set_orthographic_parameters(0.01, float(away[axis] + 2.0 * radius), -half, half, -half, half)
        pose = aim(center + away, center) if axis < 2 else self._down(center + away)
        colors, mask, toward = self._unlit(camera, pose)
        heights = np.where(mask, toward + center[axis] + away[axis], np.nan)
        return Relief(heights, 2.0 * half / self._size), colors

    def _down(self, position: Array) -> sapien.Pose:
        """Looking straight down, +X up in the picture."""
        return self._sapien.Pose(position, [0.5**0.5, 0.0, 0.5**0.5, 0.0])

    def _unlit(
        self, camera: sapien.render.RenderCameraComponent, pose: sapien.Pose
    ) -> tuple[Array, NDArray[np.bool_], Array]:
        """Surface colours (sRGB) [S, S, 3], where the asset is [S, S], and how far in front of the camera, negative
        [S, S] (m)."""
        camera.entity.set_pose(pose)
        self._scene.update_render()
        camera.take_picture()
        colors = srgb(np.clip(np.asarray(camera.get_picture("Color"), float)[..., :3], 0.0, 1.0))
        mask = np.asarray(camera.get_picture("Segmentation"))[..., 1] > 0
        return colors, mask, np.asarray(camera.get_picture("Position"), float)[..., 2]
