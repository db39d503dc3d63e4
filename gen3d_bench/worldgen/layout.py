"""Nominal poses for a new scene: free of each other, on the table, in reach, with a grasp left, and in sight."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.grasping import LEAST_WIDTH, OPEN_WIDTH, Grasp, grasps, surface_points
from gen3d_bench.agents.oracle import HOVER
from gen3d_bench.envs.config import INITIAL_QPOS, CameraConfig, RandomizationConfig
from gen3d_bench.envs.kinematics import FINGERTIP, inverse
from gen3d_bench.envs.layout import Footprint, LayoutError, place
from gen3d_bench.envs.randomization import hand_obstacle
from gen3d_bench.envs.rotations import yaw_quat
from gen3d_bench.envs.simulation import collision_points
from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.schema import Pose, Relation, Scene
from gen3d_bench.worldgen.receiving import Fit, Region, best_fit, receiving_region
from gen3d_bench.worldgen.visibility import Camera, Solid, visible_share

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

TABLE_CENTER = (0.3, 0.0)
"""Where in the scene frame worlds put the middle of a table's top (m)."""
NEIGHBOURHOOD = 0.1
"""What stands farther than this from a thing does not hinder a hand that takes it (m)."""
ANGLES, OFFSETS = 8, 5
"""Closing directions and places along a thing at which grasps are sought: fewer than the oracle's, for speed."""
TURNS = 2 * np.pi * np.arange(8) / 8
"""By which a hand may turn a thing between taking and putting (rad)."""
RELEASE = 0.004
"""Height above the target at which a thing is let go (m)."""


@dataclass(frozen=True)
class LayoutConfig:
    """What a nominal layout must be; wishes are dropped where no layout meets them."""

    randomization: RandomizationConfig = field(default_factory=RandomizationConfig)
    """Ranges and clearances of Table A.2.  Wish: source and target are in the picture for every camera offset."""
    camera: CameraConfig = field(default_factory=CameraConfig)
    table_margin: float = 0.01
    """Least distance of every object from the edge of the table (m)."""
    picture_margin: float = 8.0
    """Least distance of source and target from the edge of the 640 x 480 picture (px)."""
    least_visible: float = 0.5
    """Least share of the silhouettes of source and target that no other object hides."""
    least_fit: float = 0.6
    """Least share of the source's outline that has room on or in the target."""
    wanted_grasps: int = 2
    """Wish: so many grasps of the source are left, not just one."""
    attempts: int = 200
    """Layouts drawn before a scene is said not to fit."""
    wishes: int = 20
    """Layouts drawn in the hope that one meets the wishes, after one that meets the rest."""

    def __post_init__(self) -> None:
        for name in ("least_visible", "least_fit"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a share from 0 to 1; got {getattr(self, name)!r}")
        for name in ("attempts", "wanted_grasps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; got {getattr(self, name)!r}")


@dataclass(frozen=True)
class Layout:
    """poses: upright on the table, in scene order.  tries: layouts drawn.  facts: what was found, for people."""

    poses: tuple[Pose, ...]
    tries: int
    facts: tuple[str, ...]


class _RuleError(Exception):
    """A candidate breaks a rule; the message is the rule as it appears in LayoutError."""


@dataclass(frozen=True)
class _Found:
    """What a candidate that keeps the rules is like."""

    poses: Array
    grasps: int
    visible: tuple[float, float]
    always_in_picture: bool


def nominal_layout(
    scene: Scene,
    assets: Sequence[Asset],
    rng: np.random.Generator,
    config: LayoutConfig | None = None,
    *,
    table: Asset,
) -> Layout:
    """Poses for all objects of a scene, at robot height 0 and with the default camera.

    assets: of the objects, in scene order.  table: the scene's.  The same rng state gives the same layout.
    Raises LayoutError, saying which rule no layout keeps, or how often each was broken.
    """
    config = config or LayoutConfig()
    room = _Room(scene, assets, table, config)
    broken: Counter[str] = Counter()
    best: _Found | None = None
    tries = since = 0
    while tries < config.attempts and since < config.wishes:
        tries, since = tries + 1, since + (best is not None)
        poses = room.draw(rng)
        try:
            found = room.judged(poses)
        except _RuleError as rule:
            broken[str(rule)] += 1
            continue
        if found.grasps >= config.wanted_grasps and found.always_in_picture:
            return Layout(_upright(found.poses), tries, room.facts(found))
        best = best or found
    if best is not None:
        return Layout(_upright(best.poses), tries, room.facts(best))
    reasons = "; ".join(f"{count} times {rule}" for rule, count in broken.most_common())
    raise LayoutError(
        f"scene {scene.id!r}: none of {tries} layouts keeps every rule: {reasons}; use another seed, fewer or smaller "
        "objects, or a lighter rule in LayoutConfig"
    )


class _Room:
    """A scene's shapes, read once, and the rules that its layouts keep."""

    def __init__(self, scene: Scene, assets: Sequence[Asset], table: Asset, config: LayoutConfig) -> None:
        if len(assets) != len(scene.objects):
            raise ValueError(f"scene {scene.id!r} has {len(scene.objects)} objects; {len(assets)} assets were given")
        self.scene, self.config = scene, config
        self.source, self.target = scene.objects.index(scene.source), scene.objects.index(scene.target)
        parts = [collision_points(asset.folder / "collision.obj") for asset in assets]
        self.solids = [Solid.of(shape) for shape in parts]
        self.surfaces = [surface_points(shape) for shape in parts]
        self.footprints = [Footprint.of(solid.points) for solid in self.solids]
        top = np.vstack(collision_points(table.folder / "collision.obj"))
        self.table = Footprint.of(top).at(*TABLE_CENTER, 0.0)
        self.hand = hand_obstacle(np.array(INITIAL_QPOS), 0.0)
        self.camera = Camera.of(config.camera)
        corners = itertools.product(*[config.randomization.camera_offset] * 3)
        self.moved_cameras = [Camera.of(config.camera, np.array(offset)) for offset in corners]
        self.region, self.fit = self._receiving()

    # ---------------------------------------------------------------------------------------------- before any layout

    def _receiving(self) -> tuple[Region, Fit]:
        scene = self.scene
        source, target = scene.source.name, scene.target.name
        goal: Relation = next(r for r in scene.relations if r.subject == source and r.object == target)
        region = receiving_region(self.solids[self.target], goal.relation)
        if region is None:
            lacks = "opening" if goal.relation == "IN" else "level top face"
            raise LayoutError(f"scene {scene.id!r}: {target!r} has no {lacks} to put {source!r} {goal.relation}")
        fit = best_fit(self.solids[self.source], region)
        if fit.share < self.config.least_fit:
            raise LayoutError(
                f"scene {scene.id!r}: {source!r} does not fit {goal.relation} {target!r}: at best {fit.share:.0%} of "
                f"it ({fit.how}) has room, {self.config.least_fit:.0%} must; make it smaller or {target!r} larger"
            )
        return region, fit

    # -------------------------------------------------------------------------------------------------------- a layout

    def draw(self, rng: np.random.Generator) -> Array:
        """[K, 3] of x, y (m) and yaw (rad).  All stand on the table without overlap, so none is on or under another."""
        return place(self.footprints, [self.hand], self.config.randomization, rng, self.source)

    def judged(self, poses: Array) -> _Found:
        """What is to be known of a candidate [K, 3], cheapest first.  Raises _RuleError."""
        scene, config = self.scene, self.config
        normals, offsets = self.table.sides
        for thing, footprint, pose in zip(scene.objects, self.footprints, poses, strict=True):
            if ((footprint.at(*pose).outline @ normals.T) > offsets - config.table_margin).any():
                raise _RuleError(f"{thing.name!r} reaches over the edge of the table")
        placed = [solid.at(*pose) for solid, pose in zip(self.solids, poses, strict=True)]
        tasked = (self.source, self.target)
        for k in tasked:
            if self.camera.margin(placed[k].points) < config.picture_margin:
                raise _RuleError(f"{scene.objects[k].name!r} is not wholly in the picture")
        shares = []
        for k in tasked:
            shares.append(visible_share(self.camera, placed[k], [*placed[:k], *placed[k + 1 :]]))
            if shares[-1] < config.least_visible:
                raise _RuleError(f"{scene.objects[k].name!r} is hidden behind other objects")
        usable = self._usable_grasps(poses)
        seen = np.vstack([placed[k].points for k in tasked])
        always = all(camera.margin(seen) >= config.picture_margin for camera in self.moved_cameras)
        return _Found(poses, usable, (shares[0], shares[1]), always)

    def _usable_grasps(self, poses: Array) -> int:
        """Number of grasps that neighbours leave free and that reach: down to the source, and over the target."""
        source, target = self.scene.source.name, self.scene.target.name
        clouds = [_moved(cloud, pose) for cloud, pose in zip(self.surfaces, poses, strict=True)]
        points = clouds.pop(self.source)
        obstacles = np.vstack([np.empty((0, 3)), *clouds])
        away = np.linalg.norm(obstacles[:, :2] - poses[self.source, :2], axis=1)
        near = obstacles[away < self.footprints[self.source].radius + NEIGHBOURHOOD]
        center = (points.min(axis=0) + points.max(axis=0)) / 2
        found = grasps(points, center, near, angles=ANGLES, offsets=OFFSETS)
        if not found:
            if not grasps(points, center, np.empty((0, 3))):
                raise LayoutError(
                    f"scene {self.scene.id!r}: the gripper cannot take {source!r} from above: it is nowhere "
                    f"{LEAST_WIDTH * 1000:g} to {OPEN_WIDTH * 1000:g} mm wide where the fingers reach; make it so"
                )
            raise _RuleError(f"other objects block every grasp of {source!r}")
        taking = reachable(found)
        if not taking.any():
            raise _RuleError(f"the arm reaches no free grasp of {source!r}")
        spot = _moved(np.array([[*self.region.center, self.region.top]]), poses[self.target])[0]
        usable = (taking & reachable_over(found, center, spot)).any(axis=1)
        if not usable.any():
            raise _RuleError(f"the arm does not reach over {target!r} with {source!r} in hand")
        return int(usable.sum())

    def facts(self, found: _Found) -> tuple[str, ...]:
        source, target = self.scene.source.name, self.scene.target.name
        seen = " and ".join(f"{n!r} {share:.0%}" for n, share in zip((source, target), found.visible, strict=True))
        always = "for every camera offset" if found.always_in_picture else "for the default camera only"
        return (
            f"{found.grasps} grasps of {source!r} are free and in reach",
            f"{self.fit.share:.0%} of {source!r} has room at {target!r}, {self.fit.how}",
            f"unhidden: {seen}",
            f"both are in the picture {always}",
        )


def reachable(found: Sequence[Grasp]) -> Mask:
    """[G, 2]: for either way round of the hand, whether the arm reaches a grasp and the place HOVER above it."""
    tips = np.array([grasp.tip for grasp in found])
    return _reached(tips, _facing_down(np.array([grasp.angle for grasp in found])))


def reachable_over(found: Sequence[Grasp], center: Array, spot: Array) -> Mask:
    """[G, 2]: whether the arm, holding a thing by a grasp, lets it go over `spot` in at least one turn.

    center: [3], the middle of the thing before it is taken (m).  spot: [3] (m).
    """
    tips, angles = np.array([grasp.tip for grasp in found]), np.array([grasp.angle for grasp in found])
    c, s = np.cos(TURNS), np.sin(TURNS)
    offsets = np.stack([tips[:, 0] - center[0], tips[:, 1] - center[1]], axis=-1)
    turned = np.einsum("tij,gj->tgi", np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], axis=-2), offsets)
    heights = np.broadcast_to(spot[2] + RELEASE + tips[:, 2], turned.shape[:2])
    goals = np.concatenate([spot[:2] + turned, heights[..., None]], axis=-1)
    return np.asarray(_reached(goals, _facing_down(angles + TURNS[:, None])).any(axis=0))


def _facing_down(angles: Array) -> Array:
    """[..., 2, 3, 3] the two rotations of a hand that points down and closes along angles [...] (rad)."""
    c, s = np.cos(angles), np.sin(angles)
    rotation = np.zeros((*angles.shape, 2, 3, 3))
    for way, sign in enumerate((1.0, -1.0)):
        rotation[..., way, 0, 1], rotation[..., way, 0, 2] = sign * c, sign * s
        rotation[..., way, 1, 1], rotation[..., way, 1, 2] = sign * s, -sign * c
        rotation[..., way, 2, 0] = -1.0
    return rotation


def _reached(tips: Array, rotations: Array) -> Mask:
    """[..., 2] for fingertips [..., 3] (m) and rotations [..., 2, 3, 3]: both the place itself and HOVER above it."""
    reached = np.ones(rotations.shape[:-2], bool)
    for height in (FINGERTIP, FINGERTIP + HOVER):
        hands = np.broadcast_to((tips + np.array([0.0, 0.0, height]))[..., None, :], (*reached.shape, 3))
        near = np.broadcast_to(np.array(INITIAL_QPOS[:6]), (*reached.shape, 6))
        reached &= inverse(hands, rotations, near)[1]
    return reached


def _moved(points: Array, pose: Array) -> Array:
    """Points [P, 3] turned and moved by x, y (m) and yaw (rad)."""
    c, s = np.cos(pose[2]), np.sin(pose[2])
    moved: Array = points @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) + (pose[0], pose[1], 0.0)
    return moved


def _upright(poses: Array) -> tuple[Pose, ...]:
    def make() -> Iterator[Pose]:
        for x, y, yaw in poses:
            w, _, _, z = (float(v) for v in yaw_quat(yaw))
            yield Pose(p=(float(x), float(y), 0.0), q=(w, 0.0, 0.0, z))

    return tuple(make())
