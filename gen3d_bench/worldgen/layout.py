"""Nominal poses for a new scene: free of each other, on the table, in reach, with a grasp left, and in sight."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.grasping import LEAST_WIDTH, OPEN_WIDTH, grasps, surface_points
from gen3d_bench.envs.camera import Camera
from gen3d_bench.envs.config import INITIAL_QPOS, CameraConfig, RandomizationConfig
from gen3d_bench.envs.layout import Footprint, LayoutError, gap, place
from gen3d_bench.envs.randomization import hand_obstacle
from gen3d_bench.envs.rotations import yaw_quat
from gen3d_bench.envs.simulation import collision_points
from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.schema import Pose, Relation, Scene
from gen3d_bench.worldgen.arm import start_solids
from gen3d_bench.worldgen.reach import reachable, reachable_over
from gen3d_bench.worldgen.receiving import Fit, Region, best_fit, receiving_region
from gen3d_bench.worldgen.visibility import Solid, visible_share

Array = NDArray[np.float64]

TABLE_CENTER = (0.3, 0.0)
"""Where in the scene frame worlds put the middle of a table's top (m)."""
TOP_EDGE = 0.005
"""What of a table lies deeper than this is not part of its top (m)."""
NEIGHBOURHOOD = 0.1
"""What stands farther than this from a thing does not hinder a hand that takes it (m)."""
ANGLES, OFFSETS = 8, 5
"""Closing directions and places along a thing at which grasps are sought: fewer than the oracle's, for speed."""


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
    """Least share of the silhouettes of source and target that neither other objects nor the arm at its start hide."""
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
        if self.wishes < 0:
            raise ValueError(f"wishes must be at least 0; got {self.wishes!r}")


@dataclass(frozen=True)
class Layout:
    """poses: upright on the table, in scene order.  tries: layouts drawn.  facts: what was found, for people."""

    poses: tuple[Pose, ...]
    tries: int
    facts: tuple[str, ...]


class BrokenRuleError(LayoutError):
    """A layout breaks a rule, which the message says."""


@dataclass(frozen=True)
class Assessment:
    """What a layout that keeps the rules is like.  grasps: of the source that are free and in reach.

    visible: shares of the silhouettes of source and target.  always_in_picture: both, for every camera offset.
    """

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
    rules = LayoutRules(scene, assets, table, config)
    broken: Counter[str] = Counter()
    best: tuple[Array, Assessment] | None = None
    tries = since = 0
    while tries < config.attempts and (best is None or since < config.wishes):
        tries, since = tries + 1, since + (best is not None)
        try:
            poses = rules.draw(rng)
            judged = rules.judge(poses)
        except BrokenRuleError as rule:
            broken[str(rule)] += 1
            continue
        except LayoutError:
            if best is None:
                raise
            break  # there is hardly room: what was found is as good as it gets
        if rules.meets_wishes(judged):
            best = poses, judged
            break
        best = best or (poses, judged)
    if best is not None:
        return Layout(_upright(best[0]), tries, rules.facts(best[1]))
    reasons = "; ".join(f"{count} times {rule}" for rule, count in broken.most_common())
    raise LayoutError(
        f"scene {scene.id!r}: none of {tries} layouts keeps every rule: {reasons}; use another seed, fewer or smaller "
        "objects, or a lighter rule in LayoutConfig"
    )


class LayoutRules:
    """A scene's shapes, read once, and the rules that its layouts keep.

    Raises LayoutError where no layout could keep them: source and target do not fit.
    """

    def __init__(self, scene: Scene, assets: Sequence[Asset], table: Asset, config: LayoutConfig) -> None:
        if len(assets) != len(scene.objects):
            raise ValueError(f"scene {scene.id!r} has {len(scene.objects)} objects; {len(assets)} assets were given")
        self.scene, self.config = scene, config
        self.source, self.target = scene.objects.index(scene.source), scene.objects.index(scene.target)
        parts = [collision_points(asset.folder / "collision.obj") for asset in assets]
        self.solids = [Solid.of(shape) for shape in parts]
        self.surfaces = [surface_points(shape) for shape in parts]
        self.footprints = [Footprint.of(solid.points) for solid in self.solids]
        board = np.vstack(collision_points(table.folder / "collision.obj"))
        self.table = Footprint.of(board[board[:, 2] > -TOP_EDGE]).at(*TABLE_CENTER, 0.0)
        self.hand = hand_obstacle(np.array(INITIAL_QPOS), 0.0)
        self.camera = Camera.of(config.camera)
        corners = itertools.product(*[config.randomization.camera_offset] * 3)
        self.moved_cameras = [Camera.of(config.camera, np.array(offset)) for offset in corners]
        self.region, self.fit = self._receiving(parts[self.target])

    # ---------------------------------------------------------------------------------------------- before any layout

    def _receiving(self, target_parts: Sequence[Array]) -> tuple[Region, Fit]:
        scene = self.scene
        source, target = scene.source.name, scene.target.name
        goal: Relation = next(r for r in scene.relations if r.subject == source and r.object == target)
        region = receiving_region(target_parts, goal.relation)
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
        """[K, 3] of x, y (m) and yaw (rad), clear of each other and of the hand.  Raises LayoutError."""
        try:
            return place(self.footprints, [self.hand], self.config.randomization, rng, self.source)
        except LayoutError as error:
            raise LayoutError(f"scene {self.scene.id!r}: {error}") from None

    def judge(self, poses: Array) -> Assessment:
        """What is to be known of a candidate [K, 3], cheapest first.  Raises BrokenRuleError."""
        scene, config = self.scene, self.config
        normals, offsets = self.table.sides
        standing = [footprint.at(*pose) for footprint, pose in zip(self.footprints, poses, strict=True)]
        for k, (thing, here) in enumerate(zip(scene.objects, standing, strict=True)):
            # All stand on the table: without overlap, none is on, in or under another.
            if any(gap(here, other) <= 0.0 for other in [self.hand, *standing[:k]]):
                raise BrokenRuleError(f"{thing.name!r} overlaps another object or the hand")
            if ((here.outline @ normals.T) > offsets - config.table_margin).any():
                raise BrokenRuleError(f"{thing.name!r} reaches over the edge of the table")
        placed = [solid.at(*pose) for solid, pose in zip(self.solids, poses, strict=True)]
        tasked = (self.source, self.target)
        for k in tasked:
            if self.camera.margin(placed[k].points) < config.picture_margin:
                raise BrokenRuleError(f"{scene.objects[k].name!r} is not wholly in the picture")
        shares = []
        for k in tasked:
            shares.append(visible_share(self.camera, placed[k], [*placed[:k], *placed[k + 1 :], *start_solids()]))
            if shares[-1] < config.least_visible:
                raise BrokenRuleError(f"{scene.objects[k].name!r} is hidden behind other objects or the arm")
        usable = self._usable_grasps(poses)
        seen = np.vstack([placed[k].points for k in tasked])
        always = all(camera.margin(seen) >= config.picture_margin for camera in self.moved_cameras)
        return Assessment(usable, (shares[0], shares[1]), always)

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
            raise BrokenRuleError(f"other objects block every grasp of {source!r}")
        taking = reachable(found)
        if not taking.any():
            raise BrokenRuleError(f"the arm reaches no free grasp of {source!r}")
        spot = _moved(np.array([[*self.region.center, self.region.top]]), poses[self.target])[0]
        usable = (taking & reachable_over(found, center, spot)).any(axis=1)
        if not usable.any():
            raise BrokenRuleError(f"the arm does not reach over {target!r} with {source!r} in hand")
        return int(usable.sum())

    def meets_wishes(self, judged: Assessment) -> bool:
        return judged.grasps >= self.config.wanted_grasps and judged.always_in_picture

    def facts(self, judged: Assessment) -> tuple[str, ...]:
        """What a report says of a layout."""
        source, target = self.scene.source.name, self.scene.target.name
        seen = " and ".join(f"{n!r} {share:.0%}" for n, share in zip((source, target), judged.visible, strict=True))
        always = "for every camera offset" if judged.always_in_picture else "for the default camera only"
        return (
            f"{judged.grasps} grasps of {source!r} are free and in reach",
            f"{self.fit.share:.0%} of {source!r} has room at {target!r}, {self.fit.how}",
            f"unhidden: {seen}",
            f"both are in the picture {always}",
        )


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
