"""Objects dropped in physics: they stay where they are put, and sources stay on or in their targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.worldgen.checks.standing import standing_problems
from gen3d_bench.worldgen.procedural.assetfiles import bounds, hull, write_collision
from gen3d_bench.worldgen.procedural.generator import build, generate, mass_kg
from gen3d_bench.worldgen.procedural.model import ObjectModel

from .names import ALL, built

sapien = pytest.importorskip("sapien")

PAIRS = (
    ("orange", "napkin"), ("apple", "plate"), ("cucumber", "metal colander"), ("knife", "round container"),
    ("spoon", "black jar"), ("pen", "pen holder"), ("marker", "white mug"), ("white ping-pong ball", "blue cup"),
    ("ceramic teapot", "tray"), ("water bottle", "tray"), ("teacup", "saucer"), ("spoon", "saucer"), ("banana", "bowl"),
    ("broccoli", "mug"), ("screwdriver", "basket"), ("blue teacup", "yellow teacup"), ("spatula", "plate"),
    ("lego brick", "plastic bucket"), ("sponge", "sink basin"), ("pepper grinder", "metal tray"),
    ("wooden spoon", "white plate"), ("green eraser", "red box"), ("knife", "utensil holder"), ("pear", "pot"),
)  # fmt: skip


class Ground:
    """A bare physics scene with a floor and objects placed by their origin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scene = sapien.Scene([sapien.physx.PhysxCpuSystem()])
        self.scene.set_timestep(1 / 240)
        floor = self.scene.create_actor_builder()
        floor.add_box_collision(half_size=[1.0, 1.0, 0.05])
        floor.set_initial_pose(sapien.Pose([0.0, 0.0, -0.05]))
        floor.build_static(name="floor")

    def put(self, model: ObjectModel, name: str, z: float, yaw: float = 0.0) -> sapien.Entity:
        builder = self.scene.create_actor_builder()
        density = mass_kg(model) / sum(hull(part)[2] for part in model.collision)
        material = sapien.physx.PhysxMaterial(model.friction, model.friction, 0.0)
        for k, part in enumerate(model.collision):
            path = self.folder / f"{name}{k}.obj"
            write_collision([part], path)
            # files are Y-up: stood up by a quarter turn about x
            stand = sapien.Pose(q=[0.5**0.5, 0.5**0.5, 0.0, 0.0])
            builder.add_convex_collision_from_file(str(path), pose=stand, density=density, material=material)
        builder.set_initial_pose(sapien.Pose([0.0, 0.0, z], [np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)]))
        return builder.build(name=name)

    def run(self, seconds: float) -> None:
        for _ in range(round(240 * seconds)):
            self.scene.step()

    def touching(self, a: str, b: str) -> bool:
        return any({body.entity.name for body in contact.bodies} == {a, b}
                   and any(np.linalg.norm(point.impulse) > 0 for point in contact.points)
                   for contact in self.scene.get_contacts())  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_stays_where_it_is_put(name: str, tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    thing = ground.put(built(name, 2), "thing", z=0.0005)
    ground.run(1.0)
    turned = 2 * np.degrees(np.arccos(min(1.0, abs(float(thing.pose.q[0])))))
    assert np.linalg.norm(thing.pose.p) < 0.004
    assert turned < 5.0


@pytest.mark.parametrize(("source", "target"), PAIRS)
@pytest.mark.parametrize("yaw", [0.4, 2.0])
def test_source_rests_on_or_in_its_target(source: str, target: str, yaw: float, tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    below = built(target, 1)
    ground.put(below, "target", z=0.0003)
    ground.put(built(source, 0), "source", z=float(bounds(below)[1, 2]) + 0.010, yaw=yaw)
    ground.run(2.0)
    assert ground.touching("source", "target")
    assert not ground.touching("source", "floor")


@pytest.mark.parametrize("prompt", ["carrot", "pear", "broccoli"])
def test_no_seed_rolls_or_falls_when_pushed(prompt: str, tmp_path: Path) -> None:
    """Those that rest on little: long and round, or tall on a narrow foot."""
    for seed in range(20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        made = Asset(folder, generate(prompt, seed, folder), "0" * 64)
        assert [*standing_problems(made, build(prompt, seed).collision)] == [], seed
