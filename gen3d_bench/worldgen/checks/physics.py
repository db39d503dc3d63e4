"""A whole scene as it begins: at rest, nothing inside anything else, on the table, in reach, and not done already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.doctor.rendering import rendering_problem
from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.schema import Role, Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.checks.judged import Judged, ruled
from gen3d_bench.worldgen.verdict import Stage

if TYPE_CHECKING:
    from gen3d_bench.envs.config import EnvConfig, RandomizationConfig
    from gen3d_bench.envs.library import PreparedScene
    from gen3d_bench.envs.simulation import CpuSimulation

Array = NDArray[np.float64]

METHOD = "PhysX, the scene as an episode begins"
WATCHED = 2.0
"""How long the settled scene is watched (s)."""
DRIFT = 0.005
"""How far anything may move meanwhile (m)."""
PENETRATION = 0.001
"""How deep things may be in each other (m)."""
EDGE = 0.01
"""How far from the table's edge everything stands (m)."""
ROUNDING = 1e-6
"""By which a pose may miss the workspace: poses are written with so many digits (m)."""
PICTURE = (320, 240)
"""Width and height of the evidence (px)."""


def check_physics(scene: Scene, store: AssetStore, *, picture: bool = True) -> Judged:
    """The scene with its nominal poses.  picture: whether to draw the evidence, where drawing is possible at all."""
    from gen3d_bench.envs.backend import UnsettledError
    from gen3d_bench.envs.config import EnvConfig
    from gen3d_bench.envs.layout import LayoutError
    from gen3d_bench.envs.library import SceneLibrary
    from gen3d_bench.envs.randomization import draw, generator
    from gen3d_bench.envs.simulation import CpuSimulation

    config = EnvConfig()
    problems: list[str] = []
    try:
        prepared = SceneLibrary(scene, store).prepare(scene.id)
        problems += _done_already(prepared)
        if problems:
            return Judged(ruled(Stage.physics, METHOD, problems, ""))
        setup = draw(scene, prepared.footprints, "none", config.randomization, generator(scene, 0))
        problems += _out_of_the_workspace(scene, setup.objects, config.randomization)
        drawn = picture and rendering_problem() is None
        simulation = CpuSimulation(prepared.assets, config.physics, config.camera, setup, render=drawn)
    except (LayoutError, UnsettledError, StoreError, RuntimeError) as error:
        # RuntimeError: PhysX does not take all of an asset's parts
        return Judged(ruled(Stage.physics, METHOD, [*problems, str(error)], ""))
    moving, found = _watched(prepared, simulation, config)
    problems += moving
    problems += _near_the_edge(prepared, setup.objects)
    evidence = simulation.picture(*PICTURE)[0] if drawn else None
    return Judged(ruled(Stage.physics, METHOD, problems, found), evidence)


def _done_already(prepared: PreparedScene) -> Iterator[str]:
    """Whether the poses that the scene gives put the source on or in the target."""
    places = {}
    for role in (Role.source, Role.target):
        k = prepared.index(role)
        pose = prepared.scene.objects[k].pose
        if pose is None:
            return
        w, _, _, z = pose.q
        places[role] = prepared.footprints[k].at(pose.p[0], pose.p[1], 2 * np.arctan2(z, w))
    normals, offsets = places[Role.target].sides
    if (normals @ places[Role.source].outline.mean(axis=0) <= offsets).all():
        source, target = prepared.scene.source.name, prepared.scene.target.name
        yield f"{source!r} starts on or in {target!r}: the task would be done before it begins"


def _out_of_the_workspace(scene: Scene, poses: Array, ranges: RandomizationConfig) -> Iterator[str]:
    """poses: [K, 3] of x, y (m) and yaw (rad)."""
    low, high = np.array([ranges.object_x, ranges.object_y]).T
    for thing, (x, y, _) in zip(scene.objects, poses, strict=True):
        if ((x, y) < low - ROUNDING).any() or ((x, y) > high + ROUNDING).any():
            workspace = f"x {ranges.object_x}, y {ranges.object_y} m"
            yield f"{thing.name!r} at ({x:.3f}, {y:.3f}) m is outside the workspace, {workspace}"


def _near_the_edge(prepared: PreparedScene, poses: Array) -> Iterator[str]:
    """poses: [K, 3] of x, y (m) and yaw (rad)."""
    from gen3d_bench.envs.layout import Footprint
    from gen3d_bench.envs.simulation import collision_points
    from gen3d_bench.worldgen.layout import TABLE_CENTER

    top = np.vstack(collision_points(prepared.assets.table.folder / "collision.obj"))
    normals, offsets = Footprint.of(top).at(*TABLE_CENTER, 0.0).sides
    for thing, footprint, pose in zip(prepared.scene.objects, prepared.footprints, poses, strict=True):
        room = float((offsets - (footprint.at(*pose).outline @ normals.T).max(axis=0)).min())
        if room < EDGE:
            yield f"{thing.name!r} stands {1000 * room:.0f} mm from the table's edge (at least {1000 * EDGE:.0f})"


def _watched(prepared: PreparedScene, simulation: CpuSimulation, config: EnvConfig) -> tuple[list[str], str]:
    """(problems, what was found) of a settled scene over two seconds."""
    names = [name for name, _, _ in prepared.assets.objects]
    before = simulation.poses()[0, :, :3]
    problems = [*penetrations(simulation, names)]
    for _ in range(round(WATCHED * config.physics.control_hz)):
        simulation.step()
    drift = np.linalg.norm(simulation.poses()[0, :, :3] - before, axis=1)
    problems += [f"{names[k]!r} moves {1000 * drift[k]:.0f} mm in {WATCHED:g} s" for k in np.flatnonzero(drift > DRIFT)]
    problems += _touching(prepared, simulation, config)
    still = f"at rest for {WATCHED:g} s (nothing moves more than {1000 * drift.max():.1f} mm)"
    return problems, f"in the workspace, {still}, nothing in anything else"


def penetrations(simulation: CpuSimulation, names: Sequence[str]) -> Iterator[str]:
    """Things that are in each other, from the contacts of the last physics step.  names: of the objects in order."""
    world = simulation.world
    known = dict(zip(world.objects, names, strict=True)) | {world.table: "the table"}
    deepest: dict[tuple[str, ...], float] = {}
    for contact in world.system.get_contacts():
        pair = tuple(sorted(known.get(body, "the robot") for body in contact.bodies))
        depth = -min((float(point.separation) for point in contact.points), default=0.0)
        deepest[pair] = max(deepest.get(pair, 0.0), depth)
    for (first, second), depth in deepest.items():
        if depth > PENETRATION and first != second:
            yield f"{first!r} is {1000 * depth:.1f} mm inside {second!r}"


def _touching(prepared: PreparedScene, simulation: CpuSimulation, config: EnvConfig) -> Iterator[str]:
    from gen3d_bench.envs.task import Contacts, success

    contacts = Contacts.from_forces(simulation.forces(), config.contact_force)
    source, target = prepared.index(Role.source), prepared.index(Role.target)
    if success(contacts, np.array([source]), np.array([target]))[0]:
        yield "the task is done before the robot has moved"
    for k in np.flatnonzero(contacts.robot[0]):
        yield f"the robot touches {prepared.assets.objects[k][0]!r} at the start"
