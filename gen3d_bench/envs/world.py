"""One physical world: a scene's assets, the robot and the camera, built anew for every episode.

Resetting a PhysX scene in place is not reproducible; a fresh one is, bit for bit, and takes about 20 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.config import CameraConfig, PhysicsConfig
from gen3d_bench.envs.engine import keep_engines, sapien
from gen3d_bench.envs.robot_description import FINGER_BODIES, Body, widowx
from gen3d_bench.envs.rotations import quat_from_matrix
from gen3d_bench.scenes.schema import Role
from gen3d_bench.scenes.store import Asset

Array = NDArray[np.float64]

UPRIGHT = sapien.Pose(q=[np.sqrt(0.5), np.sqrt(0.5), 0, 0])
"""Turns a Y-up file into this package's Z-up."""
TABLE_POSE = sapien.Pose([0.3, 0, 0])
"""Of a table's origin, the centre of its top."""
FLOOR_SIZE = 3.0
"""Half the side of the floor (m)."""
ARM_COLOR = (0.0366, 0.0367, 0.0367, 1.0)
"""Linear RGBA of the anodised black aluminium and plastic of the arm: the mean of what Interbotix paints it with."""


@dataclass(frozen=True)
class SceneAssets:
    """A scene's assets, ready on disk.  objects: name, role and asset in scene order."""

    room: Asset
    table: Asset
    objects: tuple[tuple[str, Role, Asset], ...]


@dataclass(frozen=True)
class Lighting:
    """ambient: RGB; scale: brightness of the three directional lights relative to SimplerEnv's Bridge."""

    ambient: tuple[float, float, float] = (0.3, 0.3, 0.3)
    scale: float = 1.0


LIGHTS = (((0.0, 0.0, -1.0), 2.2), ((-1.0, -0.5, -1.0), 0.7), ((1.0, 1.0, -1.0), 0.7))
"""Directional lights of SimplerEnv's Bridge set-up: direction and brightness, no shadows."""


def _pose(matrix: Array) -> sapien.Pose:
    return sapien.Pose(matrix[:3, 3], quat_from_matrix(matrix[:3, :3]))


def aim(position: Array, point: Array) -> sapien.Pose:
    """Camera pose (SAPIEN's camera looks along +x, z up) at `position` whose principal ray passes through `point`."""
    forward = point - position
    forward = forward / np.linalg.norm(forward)
    left = np.cross([0.0, 0.0, 1.0], forward)
    left /= np.linalg.norm(left)
    return sapien.Pose(position, quat_from_matrix(np.column_stack([forward, left, np.cross(forward, left)])))


def build_robot(
    scene: sapien.Scene, config: PhysicsConfig, root: sapien.Pose, bodies: Sequence[Body], *, render: bool
) -> sapien.physx.PhysxArticulation:
    """The arm on a fixed base, gravity compensated, with its drives."""
    builder = scene.create_articulation_builder()
    skin = _skin() if render else None
    plain = sapien.physx.PhysxMaterial(0.3, 0.3, 0.0)
    rubber = sapien.physx.PhysxMaterial(config.finger_friction, config.finger_friction, 0.0)
    scale = (0.001, 0.001, 0.001)
    links: dict[str, Any] = {}
    for body in bodies:
        link = builder.create_link_builder(links[body.parent] if body.parent else None)
        link.set_name(body.name)
        links[body.name] = link
        finger = body.name in FINGER_BODIES
        for mesh in body.visuals if render else ():
            link.add_visual_from_file(str(mesh.file), _pose(mesh.pose), scale, skin)
        for mesh in body.collisions:
            link.add_convex_collision_from_file(
                str(mesh.file),
                _pose(mesh.pose),
                scale,
                rubber if finger else plain,
                patch_radius=config.finger_patch_radius if finger else 0.0,
                min_patch_radius=config.finger_patch_radius if finger else 0.0,
            )
        # Shapes sharing a bit here ignore each other: neighbours but one that touch by design (ManiSkill's SRDF).
        link.collision_groups[2] |= 1 << 8 if finger else 1 << 9 if body.name in ("base_link", "upper_arm_link") else 0
        moments, axes = np.linalg.eigh(body.inertial.tensor)
        axes[:, 0] *= np.sign(np.linalg.det(axes))
        link.set_mass_and_inertia(
            body.inertial.mass, sapien.Pose(body.inertial.center, quat_from_matrix(axes)), moments
        )
        joint = body.joint
        if joint is not None:
            frame = _along_x(joint.axis)
            link.set_joint_name(joint.name)
            link.set_joint_properties(joint.kind, [[joint.lower, joint.upper]], _pose(joint.pose) * frame, frame)
    builder.set_initial_pose(root)
    robot = builder.build(fix_root_link=True)
    for part in robot.links:
        part.disable_gravity = True
    drives = list(zip(config.stiffness, config.damping, config.force_limit, strict=True))
    drives += [(config.finger_stiffness, config.finger_damping, config.finger_force)] * 2
    for active, (stiffness, damping, limit) in zip(robot.active_joints, drives, strict=True):
        active.set_drive_properties(stiffness, damping, force_limit=limit, mode="force")
        active.set_friction(0.0)
    return robot


def _skin() -> sapien.render.RenderMaterial:
    skin = sapien.render.RenderMaterial()
    skin.base_color, skin.metallic, skin.roughness, skin.specular = ARM_COLOR, 0.0, 0.3, 0.9
    return skin


def _along_x(axis: Array) -> sapien.Pose:
    """PhysX joints move about their frame's x axis: the rotation that takes x onto `axis`."""
    other = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    second = np.cross(other, axis)
    second /= np.linalg.norm(second)
    return sapien.Pose(q=quat_from_matrix(np.column_stack([axis, second, np.cross(axis, second)])))


def configure_physx(physics: PhysicsConfig) -> None:
    """PhysX reads these settings when things are created, so they are given anew before each building."""
    sapien.physx.set_scene_config(bounce_threshold=2.0, enable_tgs=True, enable_pcm=True, cpu_workers=0)
    sapien.physx.set_body_config(physics.position_iterations, physics.velocity_iterations, physics.sleep_threshold)
    sapien.physx.set_shape_config(physics.contact_offset, 0.0)


def cpu_scene(physics: PhysicsConfig, *, render: bool) -> sapien.Scene:
    """An empty scene with PhysX's CPU engine, ready to build a `World` in."""
    keep_engines(render)
    configure_physx(physics)
    system = sapien.physx.PhysxCpuSystem()
    scene = sapien.Scene([system] + ([sapien.render.RenderSystem()] if render else []))
    system.timestep = 1.0 / physics.sim_hz
    return scene


class World:
    """A built scene.  Handles only; what happens in it is decided elsewhere.

    objects: rigid bodies in scene order.  arm: the articulation.  cameras: by (width, height, shader).
    """

    frame = sapien.Pose()
    """Of the scene in the coordinates that SAPIEN is given."""

    def __init__(
        self,
        scene: sapien.Scene,
        assets: SceneAssets,
        physics: PhysicsConfig,
        *,
        render: bool,
        robot_height: float = 0.0,
    ) -> None:
        """scene: empty; `configure_physx` has been called since another world was built."""
        self.physics = physics
        self.scene, self.system = scene, scene.physx_system
        self.rendered = render
        self.arm = build_robot(
            self.scene, physics, self.frame * sapien.Pose([0, 0, robot_height]), widowx(), render=render
        )
        self.table = self._top(assets.table)
        self.objects = [self._object(name, asset, 5.0 + k) for k, (name, _, asset) in enumerate(assets.objects)]
        if render:
            self._surround(assets)
        self.cameras: dict[tuple[int, int, str], sapien.render.RenderCameraComponent] = {}

    # ------------------------------------------------------------------------------------------------------- building

    def _floor_height(self, table: Asset) -> float:
        """Where the floor is (m): a table's bounding box reaches from its feet to its top at z = 0."""
        return -table.info.size[2]

    def _surround(self, assets: SceneAssets) -> None:
        """Table and room, to be looked at.

        Drawn in this order, from near to far: what lies behind is found hidden before it is shaded.
        """
        self._decor(assets.table, TABLE_POSE)
        self._decor(assets.room, sapien.Pose([*TABLE_POSE.p[:2], self._floor_height(assets.table)]))

    def _decor(self, asset: Asset, pose: sapien.Pose) -> None:
        builder = self.scene.create_actor_builder()
        builder.add_visual_from_file(str(asset.folder / "visual.glb"), UPRIGHT)
        builder.set_physx_body_type("static")
        builder.set_initial_pose(pose)
        builder.build(asset.info.name)

    def _top(self, asset: Asset) -> sapien.physx.PhysxRigidBaseComponent:
        """The table top that things stand on, cut as it looks, and the floor under it."""
        friction = self.physics.table_friction
        material = sapien.physx.PhysxMaterial(friction, friction, 0.0)
        floor = self.scene.create_actor_builder()
        floor.add_box_collision(sapien.Pose([0, 0, -0.5]), (FLOOR_SIZE, FLOOR_SIZE, 0.5), material)
        floor.set_initial_pose(sapien.Pose([*TABLE_POSE.p[:2], self._floor_height(asset)]))
        floor.build_static("floor")
        top = self.scene.create_actor_builder()
        top.add_multiple_convex_collisions_from_file(str(asset.folder / "collision.obj"), UPRIGHT, material=material)
        top.set_initial_pose(TABLE_POSE)
        entity = top.build_static("table")
        return entity.find_component_by_type(sapien.physx.PhysxRigidBaseComponent)

    def _object(self, name: str, asset: Asset, height: float) -> sapien.physx.PhysxRigidDynamicComponent:
        """Built `height` (m) above the table, out of the way of everything, to be put in its place afterwards."""
        builder = self.scene.create_actor_builder()
        material = sapien.physx.PhysxMaterial(asset.info.friction, asset.info.friction, 0.0)
        builder.add_multiple_convex_collisions_from_file(
            str(asset.folder / "collision.obj"), UPRIGHT, material=material
        )
        if self.rendered:
            builder.add_visual_from_file(str(asset.folder / "visual.glb"), UPRIGHT)
        builder.set_initial_pose(sapien.Pose([0, 0, height]))
        body = builder.build(name).find_component_by_type(sapien.physx.PhysxRigidDynamicComponent)
        if len(body.collision_shapes) != asset.info.parts:
            raise RuntimeError(
                f"{asset.folder}: PhysX accepted {len(body.collision_shapes)} of {asset.info.parts} "
                "collision parts; delete the folder to have it made again"
            )
        if asset.info.mass is not None:
            ratio = asset.info.mass / body.mass
            body.mass, body.inertia = asset.info.mass, body.inertia * ratio
        body.linear_damping = self.physics.linear_damping
        body.angular_damping = self.physics.angular_damping
        return body

    # ------------------------------------------------------------------------------------------------------ rendering

    def light(self, lighting: Lighting) -> None:
        self.scene.set_ambient_light(lighting.ambient)
        for direction, brightness in LIGHTS:
            self.scene.add_directional_light(direction, [brightness * lighting.scale] * 3)

    def add_camera(self, config: CameraConfig, width: int, height: int, offset: Array, shader: str) -> None:
        """A camera of `width` x `height` px at the configured place moved by `offset` (m), aimed at the same table
        point."""
        pack = Path(sapien.__file__).parent / "vulkan_shader" / shader
        if not pack.is_dir():
            known = ", ".join(sorted(p.name for p in pack.parent.iterdir() if p.is_dir()))
            raise ValueError(f"SAPIEN has no shader pack {shader!r}; it has {known}")
        camera = sapien.render.RenderCameraComponent(width, height, str(pack))
        sx, sy = width / config.reference_size[0], height / config.reference_size[1]
        camera.set_perspective_parameters(
            config.near, config.far, config.fx * sx, config.fy * sy, config.cx * sx, config.cy * sy, 0.0
        )
        mount = sapien.Entity()
        mount.add_component(camera)
        mount.pose = self.frame * aim(np.asarray(config.position) + offset, np.array([*config.table_point, 0.0]))
        self.scene.add_entity(mount)
        self.cameras[width, height, shader] = camera

    def picture(self, width: int, height: int, shader: str) -> NDArray[np.uint8]:
        """uint8 [height, width, 3] from a camera added before."""
        camera = self.cameras[width, height, shader]
        self.scene.update_render()
        camera.take_picture()
        color = camera.get_picture("Color")[..., :3]
        if color.dtype != np.uint8:
            color = (np.clip(color, 0.0, 1.0) * 255).astype(np.uint8)
        return np.ascontiguousarray(color)

    def drawn(self, width: int, height: int, shader: str) -> NDArray[np.bool_]:
        """[height, width]: where anything is seen in the last `picture` of this size."""
        segments = self.cameras[width, height, shader].get_picture(
            "PositionSegmentation" if shader == "minimal" else "Segmentation"
        )
        return np.asarray(segments[..., 3 if shader == "minimal" else 1] != 0)

    def step(self, count: int) -> None:
        """Advance physics by `count` steps of 1 / sim_hz seconds."""
        step = self.system.step
        for _ in range(count):
            step()
