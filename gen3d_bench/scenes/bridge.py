"""What SimplerEnv's Bridge scenes are: models and tasks.  Plain facts, and no simulator.

The files belong to ManiSkill 3's data set `bridge_v2_real2sim` and are never part of this package: `gen3d assets pull
simpler` fetches them.  Frames here are upstream's own: a model's frame is that of its files (metres, Z up, origin where
its author put it), and places are in ManiSkill's world, where the arm stands at (0.147, 0.028, 0.870) facing -x.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import permutations, product
from math import pi
from types import MappingProxyType

COLLISION, VISUAL = "collision.obj", "textured.dae"
FRICTION = 0.5
"""Static and dynamic friction that ManiSkill gives every Bridge object."""

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class BridgeModel:
    """One of upstream's object models.

    name: what we call it, its key in MODELS.  model_id: its folder in the data set.  density: kg/m^3.
    low, high: corners of the box that upstream's `info_bridge_custom*.json` gives, in the model's frame (m): what its
    success rule reckons with, not quite the box of the mesh.
    mass, center: kg, and the centre of mass in the model's frame (m), of the convex hulls that PhysX makes of
    `collision.obj` at this density.  parts: how many hulls.
    visual_low, visual_high: corners of the mesh that is seen, in the model's frame (m).
    baked: its colours are light that it gives off, with the shading painted in, so no lamp changes them.
    files: name -> sha256 of every file that a simulation of it reads.
    """

    name: str
    model_id: str
    density: float
    low: Vector
    high: Vector
    mass: float
    center: Vector
    parts: int
    visual_low: Vector
    visual_high: Vector
    files: Mapping[str, str] = field(hash=False)
    baked: bool = False

    @property
    def origin(self) -> Vector:
        """The model's own origin in our asset's frame (m), whose origin is the centre of the base of what is seen."""
        (x0, y0, z0), (x1, y1, _) = self.visual_low, self.visual_high
        return -(x0 + x1) / 2, -(y0 + y1) / 2, -z0

    @property
    def size(self) -> Vector:
        """Box of what is seen along x, y, z (m)."""
        (x0, y0, z0), (x1, y1, z1) = self.visual_low, self.visual_high
        return x1 - x0, y1 - y0, z1 - z0


@dataclass(frozen=True)
class Configuration:
    """Where an official episode begins: places of the models' origins in ManiSkill's world (m).

    yaw: of the source (rad); the target is not turned.
    """

    source: Vector
    target: Vector
    yaw: float


@dataclass(frozen=True)
class BridgeTask:
    """One of SimplerEnv's tasks on the table.

    scene_id: its scene here.  official_id: ManiSkill 3's environment.  source, target: keys of MODELS.
    half_edges: of the squares about CENTRE on whose corners things are put (m).  heights: of source and target when
    ManiSkill drops them (m).  yaws: of the source (rad).  loose: whether upstream's success asks for the source's
    place only, and not for what it touches.
    """

    scene_id: str
    official_id: str
    instruction: str
    source: str
    target: str
    half_edges: tuple[float, ...]
    heights: tuple[float, float]
    yaws: tuple[float, ...]
    loose: bool = False

    @property
    def configurations(self) -> tuple[Configuration, ...]:
        """The 24 official beginnings in upstream's order: episode k of SimplerEnv begins with the k-th, modulo 24."""
        found = []
        for half in self.half_edges:
            corners = [(CENTRE[0] + i * half, CENTRE[1] + j * half) for i, j in product((-1, 1), repeat=2)]
            for (source, target), yaw in product(permutations(corners, 2), self.yaws):
                found.append(Configuration((*source, self.heights[0]), (*target, self.heights[1]), yaw))
        return tuple(found)


CENTRE = (-0.16, 0.0)
"""Middle of the squares on whose corners things are put, in ManiSkill's world (m)."""


def _cube(color: str, visual_sha256: str) -> BridgeModel:
    half, seen = 0.015, 0.01499992
    return BridgeModel(
        name=f"{color} cube",
        model_id=f"baked_{color}_cube_3cm",
        density=1000,
        low=(-half, -half, -half),
        high=(half, half, half),
        mass=0.027,
        center=(0.0, 0.0, 0.0),
        parts=1,
        visual_low=(-seen, -seen, -seen),
        visual_high=(seen, seen, seen),
        files=MappingProxyType({
            COLLISION: "b57ba99c4a72caa36e99329c604f412834014726f2fc077eab6b07629abbc237",
            VISUAL: visual_sha256,
        }),
        baked=True,
    )  # fmt: skip


_MODELS = (
    BridgeModel(
        name="carrot",
        model_id="bridge_carrot_generated_modified",
        density=700,
        low=(-0.0575, -0.016, -0.019),
        high=(0.0575, 0.016, 0.019),
        mass=0.0548515,
        center=(0.00674, -0.0002524, 0.0005538),
        parts=1,
        visual_low=(-0.06106579, -0.01597779, -0.01721),
        visual_high=(0.05393409, 0.01602214, 0.02078992),
        files=MappingProxyType({
            COLLISION: "a6aed91e197c5e43ea7e3d1ae0c1382c07d13ac736699d19e8b6db45fcd856df",
            VISUAL: "f5d768775183f1aa6ff858671a1a1845bfe12a6338e93a69b3ae4d7e20bd83ef",
            "Image_0.005.png": "c23aa14532978e72644da9613f83e27ac8dfda1844293d6fe7e46ff88d8c6cb9",
        }),
    ),
    BridgeModel(
        name="plate",
        model_id="bridge_plate_objaverse_larger",
        density=1000,
        low=(-0.055, -0.055, -0.003),
        high=(0.055, 0.055, 0.003),
        mass=0.0391888,
        center=(-0.0001012, 0.0000769, 0.0035363),
        parts=1,
        visual_low=(-0.05499999, -0.05499999, 0.00000028),
        visual_high=(0.05499999, 0.05499999, 0.00600016),
        files=MappingProxyType({
            COLLISION: "87b39a0d02b88ff1bab4cb1053e00b7d0c805c2593dce08a2ad3b56f84f70605",
            VISUAL: "6e10d7461174a702ab2b7847a4c835508e3e5500562b070be6d6cb6a8f9e665f",
            "plate_texture.png": "b096033e42a0482e0e391ffbf8025f86b30daa49a3d18ea5aaa163ea762b83cd",
        }),
    ),
    BridgeModel(
        name="spoon",
        model_id="bridge_spoon_generated_modified",
        density=1200,
        low=(-0.07, -0.0173, -0.013021),
        high=(0.07, 0.0173, 0.013021),
        mass=0.0770132,
        center=(-0.0035743, 0.0002858, 0.0020592),
        parts=1,
        visual_low=(-0.07275676, -0.01727664, -0.01096302),
        visual_high=(0.06724321, 0.01733648, 0.01507997),
        files=MappingProxyType({
            COLLISION: "9b951ae89a995b8ac5782679cf21ea1fc7607c89ef8134a94274bcb892eb9928",
            VISUAL: "7d80de627a4662b6dfdce0ae970831582e4d587c9244f3457815bb355ef18375",
            "Image_0.003.jpg": "6a3a360b219b224638e69f0efb679d4e34be23fa5f143913eb5077e3998166d2",
        }),
    ),
    BridgeModel(
        name="towel",
        model_id="table_cloth_generated_shorter",
        density=330,
        low=(-0.05, -0.05, -0.005),
        high=(0.05, 0.05, 0.005),
        mass=0.0266971,
        center=(0.0006694, -0.0017414, -0.0005443),
        parts=3,
        visual_low=(-0.05062335, -0.0502997, -0.00445938),
        visual_high=(0.04940503, 0.04970341, 0.00554055),
        files=MappingProxyType({
            COLLISION: "98353d373227e21c61680dc7b01c4f5080c1fa0b94fbb7d23709285b59bb2fdb",
            VISUAL: "1a642896ad7fd62cafa0cd221fa8cfef4ae0b9bda94fba4a83a685a31c27472a",
            "Image_0.001.jpg": "dd56703c28fc307420c09f55b52e7e398ba6c170c9393381aa5abbe6ae1452c1",
        }),
    ),
    _cube("green", "90a1904406d3c4d303b583f65220b1e91a8bacd3731da9ae25ce9c1c3a7297c9"),
    _cube("yellow", "0eedc10a63594cd2b6a2af67faffbbcdbfb29b77edc9e0e65884e532bb53a364"),
)  # fmt: skip
MODELS: Mapping[str, BridgeModel] = MappingProxyType({model.name: model for model in _MODELS})

_TASKS = (
    BridgeTask(
        scene_id="simpler-carrot-on-plate",
        official_id="PutCarrotOnPlateInScene-v1",
        instruction="put carrot on plate",
        source="carrot",
        target="plate",
        half_edges=(0.075,),
        heights=(0.887529, 0.869532),
        yaws=(pi, -pi / 2),
    ),
    BridgeTask(
        scene_id="simpler-spoon-on-towel",
        official_id="PutSpoonOnTableClothInScene-v1",
        instruction="put the spoon on the towel",
        source="spoon",
        target="towel",
        half_edges=(0.075,),
        heights=(0.88, 0.875),
        yaws=(0.0, pi / 2),
        loose=True,
    ),
    BridgeTask(
        scene_id="simpler-stack-cube",
        official_id="StackGreenCubeOnYellowCubeBakedTexInScene-v1",
        instruction="stack the green block on the yellow block",
        source="green cube",
        target="yellow cube",
        half_edges=(0.05, 0.1),
        heights=(0.887529, 0.887529),
        yaws=(0.0,),
    ),
)
TASKS: Mapping[str, BridgeTask] = MappingProxyType({task.scene_id: task for task in _TASKS})
"""By scene id."""
