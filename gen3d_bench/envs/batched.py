"""Many worlds in one PhysX engine through ManiSkill: one sub-scene per world, each with its own assets.

On "cuda" all worlds are stepped together and read through GPU buffers.  On "cpu" ManiSkill holds one world only, which
takes the same way through this module, so that nearly all of it is tested without a GPU.  What follows ManiSkill's own
environments and has not run yet, for want of a GPU: `_gpu_scenes`, `_gpu_impulses`, `_gpu_picture`, and the calls that
carry buffers to and from the engine where `self._gpu` is asked for.

What differs on a GPU: its solver is not bit-reproducible, and hulls are cooked with at most 64 corners, which makes the
arm's coarser (up to 152 corners on the CPU) but not the fingers'.  On both devices the impulses of a pair of bodies are
summed as vectors before their length is taken, so opposite contacts of one pair cancel, which `CpuSimulation` adds up.
Bodies cannot be added once the GPU engine runs: every reset builds all worlds anew.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from gen3d_bench.envs.backend import PARKED_QPOS, BackendUnavailableError, placed_poses, wait_for_rest
from gen3d_bench.envs.config import CameraConfig, PhysicsConfig
from gen3d_bench.envs.engine import keep_engines, sapien
from gen3d_bench.envs.randomization import EpisodeSetup
from gen3d_bench.envs.robot_description import FINGER_BODIES
from gen3d_bench.envs.task import LEFT_FINGER, REST_OF_ROBOT, TABLE
from gen3d_bench.envs.world import SceneAssets, World, configure_physx, cpu_scene
from gen3d_bench.scenes.schema import MAX_OBJECTS

# ManiSkill imports SAPIEN too, whose libraries `engine` has put in place.
from mani_skill.envs.scene import ManiSkillScene  # isort: skip
from mani_skill.utils.structs import Actor, Articulation, Pose  # isort: skip
from mani_skill.utils.structs.types import GPUMemoryConfig  # isort: skip

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Device = Literal["cuda", "cpu"]

SPACING = 10.0
"""Distance between neighbouring worlds on the GPU (m): rooms, which only cameras see, are never in each other's way."""


@dataclass(frozen=True)
class ContactPairs:
    """Pairs of bodies whose contacts are wanted.

    Pair p, `bodies[p]`, is object `rows[p]` of world `worlds[p]` and the thing of column `columns[p]` of a force matrix
    [K, K + 4].
    """

    worlds: Indices
    rows: Indices
    columns: Indices
    bodies: tuple[tuple[sapien.physx.PhysxRigidBaseComponent, sapien.physx.PhysxRigidBaseComponent], ...]

    @classmethod
    def between(cls, worlds: Sequence[World], size: int) -> ContactPairs:
        """Every object of each world with every later object, the table and each link.  size: K of force matrices."""
        entries, bodies = [], []
        for i, world in enumerate(worlds):
            others = [(size + TABLE, world.table)]
            for link in world.arm.links:
                if link.collision_shapes:
                    # Links keep their plain name on the entity, whatever ManiSkill calls them.
                    name = link.entity.name
                    column = LEFT_FINGER + FINGER_BODIES.index(name) if name in FINGER_BODIES else REST_OF_ROBOT
                    others.append((size + column, link))
            for k, body in enumerate(world.objects):
                later = [(m, world.objects[m]) for m in range(k + 1, len(world.objects))]
                for column, other in later + others:
                    entries.append((i, k, column))
                    bodies.append((body, other))
        indices = np.array(entries, np.int64).reshape(-1, 3).T
        return cls(indices[0], indices[1], indices[2], tuple(bodies))

    def matrix(self, sizes: Array, worlds: int, size: int) -> Array:
        """Force matrices [N, K, K + 4] from the force [P] of each pair."""
        forces = np.zeros((worlds, size, size + 4))
        np.add.at(forces, (self.worlds, self.rows, self.columns), sizes)
        mirrored = self.columns < size
        forces[self.worlds[mirrored], self.columns[mirrored], self.rows[mirrored]] = sizes[mirrored]
        return forces


class BatchedSimulation:
    """N worlds in one engine: a `backend.Simulation` whose K is always MAX_OBJECTS."""

    def __init__(
        self,
        assets: Sequence[SceneAssets],
        physics: PhysicsConfig,
        camera: CameraConfig,
        setups: Sequence[EpisodeSetup],
        *,
        render: bool,
        device: Device = "cuda",
    ) -> None:
        """Raises UnsettledError, and ValueError for more than one world on the CPU."""
        if device == "cpu" and len(assets) != 1:
            raise ValueError(f"ManiSkill's CPU backend holds one world, not {len(assets)}")
        self.physics, self.camera, self.setups = physics, camera, tuple(setups)
        self._gpu = device == "cuda"
        scenes = _gpu_scenes(len(assets), physics, render=render) if self._gpu else [cpu_scene(physics, render=render)]
        self.worlds = [
            World(scene, own, physics, render=render, robot_height=setup.robot_height)
            for scene, own, setup in zip(scenes, assets, setups, strict=True)
        ]
        if render:
            for world, setup in zip(self.worlds, setups, strict=True):
                world.light(setup.lighting)
        self._device = torch.device(device)
        self._scene = ManiSkillScene(scenes, device=self._device)
        self._scene.timestep = 1.0 / physics.sim_hz
        self._arms = self._managed_arms()
        self._slots = [self._managed_slot(k) for k in range(max(len(world.objects) for world in self.worlds))]
        # Reads of the slots, one after another, belong to these worlds and objects.
        self._columns, self._rows = np.array([(k, i) for k in range(len(self._slots)) for i in self._holders(k)]).T
        self._scene._setup(enable_gpu=self._gpu)
        self._pairs = ContactPairs.between(self.worlds, MAX_OBJECTS)
        if self._gpu:
            self._query = self._scene.px.gpu_create_contact_pair_impulse_query(list(self._pairs.bodies))
        self._groups: dict[tuple[int, int], sapien.render.RenderCameraGroup] = {}
        self._settle(assets)

    # ------------------------------------------------------------------------------------------------------- building

    def _managed_arms(self) -> Articulation:
        """The arms of all worlds as one of ManiSkill's batched articulations."""
        arms = [world.arm for world in self.worlds]
        for i, arm in enumerate(arms):
            # ManiSkill finds what belongs together by names of this form.
            arm.name = f"scene-{i}_arm"
            for link in arm.links:
                link.name = f"scene-{i}-arm_{link.name}"
            for joint in arm.joints:
                joint.name = f"scene-{i}-arm_{joint.name}"
        managed = Articulation.create_from_physx_articulations(arms, self._scene, self._indices(range(len(arms))))
        bases = [sapien.Pose([0, 0, setup.robot_height]) for setup in self.setups]
        managed.initial_pose = Pose.create(bases, device=self._device)
        if self._gpu:
            # For ManiSkill to fetch, and to place once more, which on the CPU would only cost joints their last bit.
            self._scene.articulations[managed.name] = managed
        return managed

    def _managed_slot(self, k: int) -> Actor:
        """The k-th objects of all worlds that have so many, where their draws put them."""
        holders = self._holders(k)
        entities = [self.worlds[i].objects[k].entity for i in holders]
        actor = Actor.create_from_entities(entities, self._scene, self._indices(holders), shared_name=f"object-{k}")
        poses = np.array([placed_poses(self.setups[i])[k] for i in holders], np.float32)
        actor.initial_pose = Pose.create(torch.from_numpy(poses).to(self._device))
        self._scene.actors[actor.name] = actor
        return actor

    def _holders(self, k: int) -> list[int]:
        """The worlds that have a k-th object."""
        return [i for i, world in enumerate(self.worlds) if len(world.objects) > k]

    def _indices(self, worlds: Sequence[int]) -> torch.Tensor:
        return torch.tensor(list(worlds), dtype=torch.int, device=self._device)

    def _settle(self, assets: Sequence[SceneAssets]) -> None:
        """Objects come to rest with the arms turned away; then these take their start pose.  Raises UnsettledError."""
        self._place_arms(np.tile(PARKED_QPOS, (len(self.worlds), 1)))
        wait_for_rest(self, lambda: self._advance(self.physics.sim_hz // 10), assets, self.setups)
        self._place_arms(np.array([setup.qpos for setup in self.setups]))

    def _place_arms(self, qpos: Array) -> None:
        self._arms.set_qpos(torch.from_numpy(qpos.astype(np.float32)).to(self._device))
        self._arms.set_qvel(torch.zeros(qpos.shape, device=self._device))
        self.drive(qpos)
        if self._gpu:
            self._scene._gpu_apply_all()
            self._scene.px.gpu_update_articulation_kinematics()
            self._scene._gpu_fetch_all()

    # ---------------------------------------------------------------------------------------------------------- state

    def qpos(self) -> Array:
        """[N, 8] joint positions."""
        return self._arms.get_qpos().cpu().numpy().astype(float)

    def poses(self) -> Array:
        """[N, K, 7] position and quaternion of every object."""
        return self._spread([slot.pose.raw_pose for slot in self._slots])

    def velocities(self) -> Array:
        """[N, K, 6] linear (m/s) and angular (rad/s) velocity of every object."""
        return self._spread([torch.cat([slot.linear_velocity, slot.angular_velocity], 1) for slot in self._slots])

    def _spread(self, values: Sequence[torch.Tensor]) -> Array:
        """[N, K, D] from values [holders, D] of each slot, zeros where a world has no such object."""
        flat = torch.cat(list(values)).cpu().numpy()
        spread = np.zeros((len(self.worlds), MAX_OBJECTS, flat.shape[1]))
        spread[self._rows, self._columns] = flat
        return spread

    def forces(self) -> Array:
        """[N, K, K + 4] contact forces (N) of the last physics step, as `task.Contacts` wants them."""
        impulses = self._gpu_impulses() if self._gpu else self._cpu_impulses()
        sizes = np.linalg.norm(impulses, axis=1) * self.physics.sim_hz
        return self._pairs.matrix(sizes, len(self.worlds), MAX_OBJECTS)

    def _gpu_impulses(self) -> Array:
        """[P, 3] (N s) of every pair."""
        self._scene.px.gpu_query_contact_pair_impulses(self._query)
        return self._query.cuda_impulses.torch().cpu().numpy().astype(float)

    def _cpu_impulses(self) -> Array:
        """[P, 3] (N s) of every pair: what the GPU's query answers, from the CPU engine's list of contacts."""
        totals: dict[frozenset[int], Array] = {}
        for contact in self._scene.px.get_contacts():
            key = frozenset(body.entity.per_scene_id for body in contact.bodies)
            totals[key] = totals.get(key, np.zeros(3)) + sum((p.impulse for p in contact.points), np.zeros(3))
        keys = [frozenset(body.entity.per_scene_id for body in pair) for pair in self._pairs.bodies]
        return np.array([totals.get(key, np.zeros(3)) for key in keys]).reshape(-1, 3)

    # --------------------------------------------------------------------------------------------------------- acting

    def drive(self, targets: Array) -> None:
        """Set the drive targets [N, 8] of the joints."""
        values = torch.from_numpy(targets.astype(np.float32)).to(self._device)
        self._arms.set_joint_drive_targets(values, joints=self._arms.active_joints)
        if self._gpu:
            self._scene.px.gpu_apply_articulation_target_position()

    def step(self) -> None:
        """One control step of physics."""
        self._advance(self.physics.substeps)

    def _advance(self, count: int) -> None:
        for _ in range(count):
            self._scene.step()
        if self._gpu:
            self._scene._gpu_fetch_all()

    # -------------------------------------------------------------------------------------------------------- looking

    def picture(self, width: int, height: int) -> NDArray[np.uint8]:
        """[N, height, width, 3] from each world's camera (px)."""
        shader = self.camera.shader
        for world, setup in zip(self.worlds, self.setups, strict=True):
            if (width, height, shader) not in world.cameras:
                world.add_camera(self.camera, width, height, setup.camera_offset, shader)
        if self._gpu:
            return self._gpu_picture(width, height, shader)
        return np.stack([world.picture(width, height, shader) for world in self.worlds])

    def _gpu_picture(self, width: int, height: int, shader: str) -> NDArray[np.uint8]:
        """All cameras of one size take their picture at once, from poses that never leave the GPU."""
        scene = self._scene
        if scene.render_system_group is None:
            scene._setup_gpu_rendering()
        if (width, height) not in self._groups:
            for world in self.worlds:
                world.scene.update_render()  # once, so that what never moves is where it belongs
            cameras = [world.cameras[width, height, shader] for world in self.worlds]
            self._groups[width, height] = scene.render_system_group.create_camera_group(cameras, ["Color"])
        scene.render_system_group.update_render()
        group = self._groups[width, height]
        group.take_picture()
        color = group.get_picture_cuda("Color").torch()[..., :3]
        if color.dtype != torch.uint8:
            color = (color.clamp(0.0, 1.0) * 255).to(torch.uint8)
        return np.ascontiguousarray(color.cpu().numpy())


def grid(count: int, spacing: float) -> Array:
    """[count, 3] places on a square grid about the origin (m), `spacing` apart."""
    side = int(np.ceil(np.sqrt(count)))
    places = np.zeros((count, 3))
    places[:, 1], places[:, 0] = np.divmod(np.arange(count), side)
    places[:, :2] -= side // 2
    return places * spacing


def _gpu_scenes(count: int, physics: PhysicsConfig, *, render: bool) -> list[sapien.Scene]:
    """Empty scenes on a grid in one GPU engine.  Raises BackendUnavailableError where that cannot be had."""
    # ManiSkill's structures refer to each other in circles: only collecting them frees the GPU of the last episode.
    gc.collect()
    _switch_on_gpu()
    keep_engines(render)
    sapien.physx.set_gpu_memory_config(**GPUMemoryConfig().dict())
    configure_physx(physics)
    system = sapien.physx.PhysxGpuSystem("cuda")
    scenes = []
    for offset in grid(count, SPACING):
        scene = sapien.Scene([system] + ([sapien.render.RenderSystem(sapien.Device("cuda"))] if render else []))
        # Before anything is built in it: the offset does not reach what is there already.
        system.set_scene_offset(scene, offset.tolist())
        scenes.append(scene)
    return scenes


def _switch_on_gpu() -> None:
    """Load PhysX's GPU part, once per process.  Hulls are then cooked for the GPU, also those of worlds on the CPU."""
    if sapien.physx.is_gpu_enabled():
        return
    try:
        sapien.physx.enable_gpu()
    except OSError as error:
        raise BackendUnavailableError(
            f"PhysX's GPU library, which SAPIEN downloads at first use, cannot be loaded: {error}"
        ) from error
    except RuntimeError as error:
        raise BackendUnavailableError(
            "the batched backend needs a process of its own: PhysX's GPU part cannot be switched on once a world has "
            f"been built on the CPU ({error})"
        ) from error
