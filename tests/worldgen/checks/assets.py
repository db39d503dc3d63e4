"""Small assets for checks to judge: sound ones, and those that a generator gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from gen3d_bench.scenes.manifest import Asset, read_info, take_manifest, verified
from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.procedural.assetfiles import hull, write_collision, write_glb
from gen3d_bench.worldgen.procedural.geometry import lathe, rotation
from gen3d_bench.worldgen.procedural.model import Material, Surface
from gen3d_bench.worldgen.procedural.shapes import box_between, grounded, rest_hull, vessel
from gen3d_bench.worldgen.procedural.solids import drum, lying, lying_part, slab

BLACK = Material((0.06, 0.06, 0.07), roughness=0.9)
RED = Material((0.78, 0.11, 0.10))
WOOD = Material((0.78, 0.58, 0.36))
Array = np.ndarray


def asset(
    folder: Path,
    name: str,
    surfaces: Sequence[Surface],
    parts: Sequence[Array] | None = None,
    *,
    kind: Literal["object", "table"] = "object",
    mass: float | None = 0.1,
    hollow: bool = False,
    friction: float = 0.6,
    size: tuple[float, float, float] | None = None,
) -> Asset:
    """An asset folder.  parts: one hull around each surface if not given.  size: what asset.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [rest_hull(s) for s in surfaces] if parts is None else parts
    write_glb(surfaces, folder / "visual.glb")
    write_collision(parts, folder / "collision.obj")
    points = np.vstack([s.vertices for s in surfaces])
    measured = size or tuple((points.max(axis=0) - points.min(axis=0)).round(5).tolist())
    info = AssetInfo(
        kind=kind, name=name, category=name, description=name, size=measured, hollow=hollow, parts=len(parts),
        mass=None if kind == "table" else mass, friction=friction,
    )  # fmt: skip
    (folder / "asset.json").write_text(info.model_dump_json())
    return verified(folder, take_manifest(folder, {}))


def facts(made: Asset, **changes: object) -> Asset:
    """The asset with other facts in its asset.json."""
    info = made.info.model_copy(update=changes)
    (made.folder / "asset.json").write_text(info.model_dump_json())
    return Asset(made.folder, read_info(made.folder), made.sha256)


def request(description: str, *, grasped: bool = False, holds: bool | None = None) -> AssetRequest:
    return AssetRequest("object", " ".join(description.split()[:5]), description, 0, grasped, holds)


NECKED = ((0.030, 0.0), (0.036, 0.006), (0.037, 0.045), (0.030, 0.058), (0.020, 0.066), (0.019, 0.078), (0.024, 0.086))
STRAIGHT = ((0.034, 0.0), (0.036, 0.004), (0.036, 0.080))


def rough(color: tuple[float, float, float]) -> Material:
    """A matte surface with a visible grain."""
    grain = np.random.default_rng(0).uniform(0.55, 1.6, (64, 64, 1))
    return Material(texture=np.clip(255 * np.array(color) * grain, 0, 255).astype(np.uint8), roughness=0.95)


def jar(folder: Path, *, neck: bool = True, count: int = 1, material: Material | None = None) -> Asset:
    """A round jar, or several beside each other."""
    one = vessel(NECKED if neck else STRAIGHT, 0.003, 0.005, material or BLACK, levels=1)
    places = 0.09 * (np.arange(count) - (count - 1) / 2)
    surfaces = [one.surface.moved((x, 0.0, 0.0)) for x in places]
    parts = [part + (x, 0.0, 0.0) for x in places for part in _staves(neck)]
    return asset(folder, "jar", surfaces, parts, hollow=True)


def _staves(neck: bool) -> list[Array]:
    """Collision parts of a jar: two rings of seven staves and a floor."""
    return list(vessel(NECKED if neck else STRAIGHT, 0.003, 0.005, BLACK, staves=7, levels=2).parts)


def table(
    folder: Path, *, redundant: bool = False, legs: int = 4, short: float = 0.0, top: float = 0.0, slope: float = 0.0
) -> Asset:
    """A table 0.7 m high.

    redundant: one leg is there twice, a little askew.  short: how much too short one leg is (m).  top: its height (m).
    slope: by how much the top that is felt rises along x (m).
    """
    corners = [(0.3, 0.42), (-0.3, 0.42), (-0.3, -0.42), (0.3, -0.42)][:legs]
    surfaces = [slab((0.8, 1.1, 0.04), (0.0, 0.0, top - 0.02), WOOD)]
    for k, (x, y) in enumerate(corners):
        foot = short if k == 0 else 0.0
        surfaces.append(slab((0.05, 0.05, 0.67 - foot), (x, y, -0.03 - (0.67 - foot) / 2), WOOD))
    if redundant:
        x, y = corners[0]
        surfaces.append(slab((0.05, 0.05, 0.67), (x - 0.02, y + 0.015, -0.365), WOOD))
    felt = box_between((-0.4, -0.55, top - 0.04), (0.4, 0.55, top))
    felt[:, 2] += slope * felt[:, 0] / 0.8
    return asset(folder, "table", surfaces, [felt], kind="table")


def remote(folder: Path, *, like_a_handle: bool = False) -> Asset:
    """A remote control, or the round bar that looks like a handle."""
    if like_a_handle:
        bar = lying(drum(0.012, -0.08, 0.08, BLACK, bevel=0.002), 0.0)
        return asset(folder, "remote control", grounded([bar], flat=0.002))
    grey = Material((0.6, 0.6, 0.62))
    body = slab((0.16, 0.042, 0.018), (0.0, 0.0, 0.009), BLACK)
    places = [(x, y) for x in np.linspace(-0.06, 0.05, 6) for y in (-0.012, 0.0, 0.012)]
    buttons = [drum(0.004, 0.016, 0.0195, grey, 12).moved((x, y, 0.0)) for x, y in places]
    return asset(folder, "remote control", [body, *buttons], [hull(body.vertices)[0]])


def mushroom(folder: Path, size: float = 0.04) -> Asset:
    """A cap on a stem; size: width of the cap (m)."""
    r = size / 2
    cap = [(0, 0.5), (0.85, 0.48), (1.0, 0.62), (0.9, 0.9), (0.6, 1.18), (0.25, 1.32), (0, 1.35)]
    stem = [(0, 0), (0.5, 0), (0.48, 0.6), (0, 0.6)]
    surfaces = [lathe(np.array(profile) * r, Material((0.85, 0.8, 0.7)), 32) for profile in (cap, stem)]
    return asset(folder, "mushroom", surfaces)


def carrot(folder: Path, *, round_like_a_rod: bool = False) -> Asset:
    """A tapering root with a flat side to lie on, or a rod that rolls."""
    orange = Material((0.93, 0.47, 0.08))
    if round_like_a_rod:
        rod = lying(drum(0.014, -0.06, 0.06, orange, 64), 0.014)
        return asset(folder, "carrot", [rod], [lying_part(drum(0.014, -0.06, 0.06, orange, 30).vertices, 0.014)],
                     friction=0.6)  # fmt: skip
    root = lathe([(0, -0.06), (0.005, -0.06), (0.014, 0.05), (0.01, 0.06), (0, 0.06)], orange, 24)
    return asset(folder, "carrot", grounded([root.turned(rotation("y", np.pi / 2))], flat=0.004))


def plate(folder: Path) -> Asset:
    """A flat plate 16 cm wide."""
    outer = [(0.05, 0.0), (0.055, 0.003), (0.08, 0.014)]
    made = vessel(outer, 0.003, 0.004, Material((0.93, 0.93, 0.91)), staves=14)
    return asset(folder, "plate", [made.surface], made.parts)
