"""Pictures of single assets, with bare SAPIEN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.engine import sapien
from gen3d_bench.envs.world import UPRIGHT

Image8 = NDArray[np.uint8]
"""uint8 [H, W, 3]."""


@dataclass(frozen=True)
class View:
    """azimuth_deg: 0 looks along -x, counter-clockwise.  elevation_deg: above the horizon.  fov_deg: vertical.

    shader: "default" has shadows; "minimal" is faster.  margin: distance beyond the one at which the thing just fits.
    """

    azimuth_deg: float = -55.0
    elevation_deg: float = 34.0
    fov_deg: float = 26.0
    margin: float = 1.12
    shader: str = "default"


def _look_at(eye: NDArray[np.float64], target: NDArray[np.float64]) -> sapien.Pose:
    forward = (target - eye) / np.linalg.norm(target - eye)
    left = np.cross((0.0, 0.0, 1.0), forward)
    left /= np.linalg.norm(left)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = forward, left, np.cross(forward, left), eye
    return sapien.Pose(matrix)


class Showroom:
    """A neutral floor, soft light and a camera, kept between pictures (creating them costs more than a picture)."""

    def __init__(self, size: tuple[int, int] = (320, 320), view: View | None = None) -> None:
        self._view = view or View()
        sapien.render.set_camera_shader_dir(self._view.shader)
        system = sapien.render.RenderSystem()
        self._scene = sapien.Scene([sapien.physx.PhysxCpuSystem(), system])
        self._scene.set_ambient_light([0.5, 0.5, 0.52])
        self._scene.add_directional_light([0.5, 0.35, -1.0], [1.75, 1.7, 1.62], shadow=True, shadow_scale=0.35,
                                          shadow_map_size=1024, position=[-0.35, -0.25, 0.7])
        self._scene.add_directional_light([-0.6, -0.2, -0.5], [0.6, 0.62, 0.7])
        floor = self._scene.create_actor_builder()
        paint = sapien.render.RenderMaterial(base_color=[0.45, 0.45, 0.44, 1.0], roughness=0.9)
        floor.add_box_visual(half_size=[6.0, 6.0, 0.005], material=paint)
        floor.build_static().set_pose(sapien.Pose([0.0, 0.0, -0.005]))
        width, height = size
        self._camera = self._scene.add_camera("camera", width, height, np.radians(self._view.fov_deg), 0.01, 20.0)

    def picture(self, folder: Path) -> Image8:
        """uint8 [H, W, 3] three-quarter view of the asset in a folder."""
        builder = self._scene.create_actor_builder()
        builder.add_visual_from_file(str(folder / "visual.glb"), pose=UPRIGHT)
        actor = builder.build_kinematic(name="asset")
        body: Any = actor.find_component_by_type(sapien.render.RenderBodyComponent)
        low, high = body.compute_global_aabb_tight()
        center, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
        distance = self._view.margin * radius / np.sin(np.radians(self._view.fov_deg / 2))
        a, e = np.radians(self._view.azimuth_deg), np.radians(self._view.elevation_deg)
        eye = center + distance * np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
        self._camera.set_entity_pose(_look_at(eye, np.asarray(center, float)))
        self._scene.update_render()
        self._camera.take_picture()
        color = np.asarray(self._camera.get_picture("Color"))[..., :3]
        self._scene.remove_actor(actor)
        return np.asarray(np.clip(color * 255.0 + 0.5, 0, 255), np.uint8)


def render_asset(folder: Path, size: tuple[int, int] = (320, 320), view: View | None = None) -> Image8:
    """One three-quarter picture uint8 [H, W, 3] of the asset in a folder; size is (width, height)."""
    return Showroom(size, view).picture(folder)


def render_assets(
    folders: Sequence[Path], size: tuple[int, int] = (320, 320), view: View | None = None
) -> list[Image8]:
    """Pictures of several assets from one showroom."""
    showroom = Showroom(size, view)
    return [showroom.picture(folder) for folder in folders]
