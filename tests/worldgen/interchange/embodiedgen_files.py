"""Small scenes in EmbodiedGen's format, made of plain shapes: the structure of its files, nothing of their content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from PIL import Image

UPRIGHT = '<origin xyz="0 0 0" rpy="1.5708 0.0 0.0"/>'

URDF = """<?xml version='1.0' encoding='utf-8'?>
<robot name="{stem}">
  <link name="{stem}">
    <visual>{origin}<geometry><mesh filename="mesh/{stem}.obj" scale="1.0 1.0 1.0"/></geometry></visual>
    <collision>{origin}<geometry><mesh filename="mesh/{stem}_collision.obj" scale="1.0 1.0 1.0"/></geometry>
      <gazebo><mu1>{friction:.2f}</mu1><mu2>{friction:.2f}</mu2></gazebo></collision>
    <inertial><mass value="{mass:.4f}"/><origin xyz="0 0 0"/>
      <inertia ixx="1.0" ixy="0.0" ixz="0.0" iyy="1.0" iyz="0.0" izz="1.0"/></inertial>
    <extra_info><scale>{scale:.4f}</scale><version>v0.1.0</version><category>"{category}"</category>
      <description>{description}</description><min_height>0.1</min_height><gs_model>mesh/{stem}_gs.ply</gs_model>
    </extra_info>
  </link>
  <custom_data><quality><MeshGeoChecker>YES</MeshGeoChecker><ImageAestheticChecker>4.7</ImageAestheticChecker>
    <overall>{overall}</overall></quality></custom_data>
</robot>
"""


def box(x: float, y: float, z: float, at: tuple[float, float, float] = (0, 0, 0)) -> trimesh.Trimesh:
    """Sides along x, y, z with Z up, turned Y-up as EmbodiedGen's meshes are."""
    mesh = trimesh.creation.box((x, y, z)).apply_translation(at)
    return mesh.apply_transform(trimesh.transformations.rotation_matrix(-np.pi / 2, (1, 0, 0)))


def write_asset(
    result: Path, stem: str, parts: Sequence[trimesh.Trimesh], mass: float = 0.05, friction: float = 0.6,
    category: str = "unknown", description: str = "unknown", overall: str = "YES", origin: str = UPRIGHT,
    color: tuple[int, int, int] = (200, 60, 40),
) -> Path:
    """An asset whose convex parts are also what is seen; returns its URDF."""
    mesh = result / "mesh"
    mesh.mkdir(parents=True)
    whole = trimesh.util.concatenate(list(parts))
    Image.new("RGB", (16, 16), color).save(mesh / "material_0.png")
    (mesh / "material.mtl").write_text("newmtl material_0\nKd 1 1 1\nmap_Kd material_0.png\n")
    lines = ["mtllib material.mtl", "usemtl material_0", "vt 0.5 0.5"]
    lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in whole.vertices]
    lines += [f"f {a}/1 {b}/1 {c}/1" for a, b, c in whole.faces + 1]
    (mesh / f"{stem}.obj").write_text("\n".join(lines) + "\n")
    lines, base = [], 1
    for k, part in enumerate(parts):
        lines.append(f"o geometry_{k}")
        lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in part.vertices]
        lines += [f"f {a} {b} {c}" for a, b, c in part.faces + base]
        base += len(part.vertices)
    (mesh / f"{stem}_collision.obj").write_text("\n".join(lines) + "\n")
    urdf = result / f"{stem}.urdf"
    urdf.write_text(URDF.format(stem=stem, origin=origin, friction=friction, mass=mass, category=category,
                                description=description, overall=overall, scale=float(whole.extents.max())))
    return urdf


def tray(side: float = 0.14, height: float = 0.04, wall: float = 0.008) -> list[trimesh.Trimesh]:
    """An open box: a floor and four walls."""
    half = side / 2 - wall / 2
    walls = [box(side, wall, height, (0, s * half, height / 2)) for s in (-1, 1)]
    walls += [box(wall, side - 2 * wall, height, (s * half, 0, height / 2)) for s in (-1, 1)]
    return [box(side - 2 * wall, side - 2 * wall, wall, (0, 0, wall / 2)), *walls]


def table(depth: float = 0.8, width: float = 1.2, height: float = 0.72) -> list[trimesh.Trimesh]:
    """A top on four legs, its middle off the origin as generated tables have it."""
    legs = [box(0.05, 0.05, height - 0.04, (sx * (width / 2 - 0.05), sy * (depth / 2 - 0.05), (height - 0.04) / 2))
            for sx in (-1, 1) for sy in (-1, 1)]
    parts = [box(width, depth, 0.04, (0, 0, height - 0.02)), *legs]
    for part in parts:
        part.apply_translation((0.02, -height / 2, 0.01))
    return parts


def layout_json() -> dict[str, Any]:
    """Roles and poses of a carrot to be put on a plate; each call a new copy."""
    objects = {"carrot": "manipulated_objs", "pen holder": "distractor_objs", "white plate": "manipulated_objs"}
    return {
        "tree": {"kitchen": [["table", "FLOOR"], ["franka", "IN"]], "table": [[node, "ON"] for node in objects]},
        "relation": {
            "task_desc": "Put the carrot on the plate.", "task": "pick and place", "robot": "franka",
            "background": "kitchen", "context": "table", "manipulated_objs": ["carrot", "white plate"],
            "distractor_objs": ["pen holder"],
        },
        "objs_desc": {
            "kitchen": "clean kitchen with white cabinets", "table": "standalone simple wooden table, empty top",
            "carrot": "orange carrot", "white plate": "white ceramic plate", "pen holder": "gray metal pen holder",
        },
        "objs_mapping": {"kitchen": "background", "table": "context", **objects},
        "assets": {
            "table": "asset3d/table/result", "carrot": "asset3d/carrot/result",
            "white plate": "asset3d/white_plate/result", "pen holder": "asset3d/pen_holder/result",
            "kitchen": "background",
        },
        "quality": {"table": "YES", "carrot": "YES", "white plate": {"overall": "YES", "score": 4.2}},
        "position": {
            "franka": [0.3961, 0.0308, 0.72, 0.0, 0.0, 0.9992, -0.0388],
            "kitchen": [0, 0, 0, 0.0, 0.9883, 0.0, -0.1528],
            "table": [0, 0, 0.36, 0.0, 0.0, 0.7800583048932599, -0.6257068330832372],
            "pen holder": [0.2148, -0.0803, 0.7376, 0.0, 0.0, 0.9714, 0.2376],
            "white plate": [-0.1913, 0.0124, 0.73, 0.0, 0.0, 0.9901, -0.1405],
            "carrot": [-0.0887, 0.3449, 0.7349, 0.0, 0.0, 0.9483, -0.3173],
        },
    }


def write_layout(folder: Path, layout: Mapping[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "layout.json"
    path.write_text(json.dumps(layout, indent=4))
    return path


def write_task(folder: Path, layout: Mapping[str, Any] | None = None) -> Path:
    """A whole task folder for `layout_json()`, without a mesh of the room, as public data sets are."""
    assets = folder / "asset3d"
    write_asset(assets / "carrot" / "result", "carrot", [box(0.12, 0.026, 0.026)], 0.06, category="carrot",
                color=(240, 120, 20))
    write_asset(assets / "white_plate" / "result", "white_plate", [box(0.15, 0.15, 0.012)], 0.2, 0.5, category="plate",
                color=(240, 240, 235))
    write_asset(assets / "pen_holder" / "result", "pen_holder", tray(0.08, 0.1, 0.006), 0.12, category="pen holder")
    write_asset(assets / "table" / "result", "table", table(), 12.0, category="table", color=(150, 100, 60))
    (folder / "background").mkdir()
    (folder / "background" / "prompt.txt").write_text("A clean kitchen with white cabinets\n")
    return write_layout(folder, layout if layout is not None else layout_json())
