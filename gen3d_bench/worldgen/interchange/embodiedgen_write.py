"""Scenes written as EmbodiedGen writes them, so that its simulators open them and other tools import them.

EmbodiedGen's world has its floor at z = 0 and the middle of the table at x = y = 0; here the origin is the robot's base
on the table top.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from gen3d_bench import __version__
from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.store import Asset, AssetStore
from gen3d_bench.worldgen.assets.folders import temporary_folder
from gen3d_bench.worldgen.interchange.embodiedgen_background import write_background
from gen3d_bench.worldgen.interchange.embodiedgen_layout import file_stem
from gen3d_bench.worldgen.interchange.embodiedgen_obj import write_meshes
from gen3d_bench.worldgen.interchange.embodiedgen_read import OWN_KEY

ROBOT = "widowx250s"
"""The name by which ManiSkill, whose robots EmbodiedGen's loaders take, knows this arm."""
TABLE_DENSITY = 600.0
"""kg/m^3 of a table top, which has no mass here as it does not move."""

URDF = """<?xml version='1.0' encoding='utf-8'?>
<robot name={name}>
  <link name={name}>
    <visual>
      <origin xyz="0 0 0" rpy="1.5708 0.0 0.0"/>
      <geometry>
        <mesh filename={visual} scale="1.0 1.0 1.0"/>
      </geometry>
    </visual>
    <collision>
      <origin xyz="0 0 0" rpy="1.5708 0.0 0.0"/>
      <geometry>
        <mesh filename={collision} scale="1.0 1.0 1.0"/>
      </geometry>
      <gazebo>
        <mu1>{friction:g}</mu1>
        <mu2>{friction:g}</mu2>
      </gazebo>
    </collision>
    <inertial>
      <mass value="{mass:.5f}"/>
      <origin xyz="0 0 0"/>
      <inertia ixx="1.0" ixy="0.0" ixz="0.0" iyy="1.0" iyz="0.0" izz="1.0"/>
    </inertial>
    <extra_info>
{extra}
    </extra_info>
  </link>
</robot>
"""
"""The inertia is EmbodiedGen's own placeholder: its loaders compute it from the collision parts."""


def export_scene(scene: Scene, store: AssetStore, folder: str | Path) -> Path:
    """Writes a scene as a task folder of EmbodiedGen; returns its `layout.json`.

    folder: new or empty; filled whole or not at all.  Objects without a pose stand where randomization mode "none" puts
    them.
    Raises SceneError for a folder that is in use or cannot be written, StoreError, LayoutError, MissingExtra.
    """
    folder = Path(os.path.abspath(folder))
    try:
        if folder.exists() and any(folder.iterdir()):
            raise SceneError(f"{folder}: is not empty; name a new folder")
        with temporary_folder(folder.parent) as work:
            _write(scene, store, work)
            os.replace(work, folder)  # an empty folder may be replaced
    except OSError as error:
        raise SceneError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return folder / "layout.json"


def _write(scene: Scene, store: AssetStore, folder: Path) -> None:
    table, room = store.get(scene.table), store.get(scene.background)
    objects = {item.name: store.get(item.asset) for item in scene.objects}
    nodes = _nodes([room.info.category, "table", *objects])
    background, context, *things = nodes
    for node, asset in zip([context, *things], [table, *objects.values()], strict=True):
        result = folder / "asset3d" / file_stem(node) / "result"
        (result / "mesh").mkdir(parents=True)
        write_meshes(asset.folder, result / "mesh", file_stem(node))
        (result / f"{file_stem(node)}.urdf").write_text(_urdf(file_stem(node), asset), encoding="utf-8")
    (folder / "background").mkdir()
    write_background(room.folder, folder / "background", room.info.description or room.info.name)
    by_name = dict(zip(objects, things, strict=True))
    poses = _poses(scene, list(objects.values()))
    layout = _layout(scene, by_name, background, context, {**objects, "": table}, room, poses)
    (folder / "layout.json").write_text(json.dumps(layout, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")


def _layout(
    scene: Scene, nodes: Mapping[str, str], background: str, context: str, assets: Mapping[str, Asset], room: Asset,
    poses: Mapping[str, list[float]],
) -> dict[str, Any]:
    """The layout file's content.  nodes: by object name.  assets: by object name, the table's under ""."""
    from gen3d_bench.worldgen.layout import TABLE_CENTER

    source, target = nodes[scene.source.name], nodes[scene.target.name]
    distractors = [nodes[item.name] for item in scene.distractors]
    relation = next(r.relation for r in scene.relations if nodes[r.subject] == source and nodes[r.object] == target)
    top = assets[""].info.size[2]
    middle_x, middle_y = TABLE_CENTER
    raised = {nodes[name]: [round(x - middle_x, 6), round(y - middle_y, 6), round(z + top, 6), *turn]
              for name, (x, y, z, *turn) in poses.items()}
    own: dict[str, Any] = {"scene": scene.id, "source": source, "target": target, "relation": relation}
    made = {"background": scene.background, "table": scene.table}
    own |= {place: ref.model_dump(exclude_none=True) for place, ref in made.items() if ref.generator is not None}
    return {
        "tree": {
            background: [[context, "FLOOR"], [ROBOT, "IN"]],
            context: [[node, "ON"] for node in nodes.values()],
        },
        "relation": {
            "task_desc": scene.instruction,
            "task": "pick and place",
            "robot": ROBOT,
            "background": background,
            "context": context,
            "manipulated_objs": [source, target],
            "distractor_objs": distractors,
        },
        "objs_desc": {
            background: room.info.description or room.info.name,
            context: assets[""].info.description or assets[""].info.name,
            **{node: assets[name].info.description or name for name, node in nodes.items()},
        },
        "objs_mapping": {
            background: "background",
            context: "context",
            source: "manipulated_objs",
            target: "manipulated_objs",
            **dict.fromkeys(distractors, "distractor_objs"),
        },
        "assets": {
            **{node: f"asset3d/{file_stem(node)}/result" for node in (context, *nodes.values())},
            background: "background",
        },
        "quality": {},
        "position": {
            ROBOT: [-middle_x, -middle_y, round(top, 6), 0.0, 0.0, 0.0, 1.0],
            background: [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
            context: [0.0, 0.0, round(top, 6), 0.0, 0.0, 0.0, 1.0],
            **raised,
        },
        OWN_KEY: own,
    }


def _nodes(names: list[str]) -> list[str]:
    """Names whose files do not collide, in the same order; the first keep theirs last, being no one's words."""
    taken: set[str] = set()
    chosen: dict[int, str] = {}
    for index in [*range(2, len(names)), 0, 1]:
        plain = " ".join("".join(c if c.isalnum() or c in "'-. " else " " for c in names[index]).split()) or "object"
        node, number = plain, 2
        while file_stem(node).lower() in taken:
            node, number = f"{plain} {number}", number + 1
        taken.add(file_stem(node).lower())
        chosen[index] = node
    return [chosen[index] for index in range(len(names))]


def _poses(scene: Scene, assets: list[Asset]) -> dict[str, list[float]]:
    """Object name -> [x, y, z, qx, qy, qz, qw] in the scene frame: its own, or where episodes without chance begin."""
    import numpy as np

    from gen3d_bench.envs.config import RandomizationConfig
    from gen3d_bench.envs.layout import Footprint
    from gen3d_bench.envs.randomization import draw
    from gen3d_bench.envs.simulation import collision_points

    prints = [Footprint.of(np.vstack(collision_points(asset.folder / "collision.obj"))) for asset in assets]
    setup = draw(scene, prints, "none", RandomizationConfig(), np.random.default_rng(0))
    poses = {}
    for item, (x, y, yaw) in zip(scene.objects, setup.objects, strict=True):
        turn = [0.0, 0.0, round(math.sin(yaw / 2), 8), round(math.cos(yaw / 2), 8)]
        poses[item.name] = [float(x), float(y), item.pose.p[2] if item.pose is not None else 0.0, *turn]
    return poses


def _urdf(stem: str, asset: Asset) -> str:
    info = asset.info
    height = info.size[2]
    mass = info.mass if info.mass is not None else TABLE_DENSITY * _volume(asset.folder / "collision.obj")
    extra = {
        "scale": f"{max(info.size):.5f}",
        "version": f"gen3d_bench {__version__}",
        "category": info.category,
        "description": info.description or info.name,
        **{f"{end}_height": f"{height:.5f}" for end in ("min", "max", "real")},
        **{f"{end}_mass": f"{mass:.5f}" for end in ("min", "max")},
        "hollow": "true" if info.hollow else "false",
        "provenance": info.provenance,
        "licence": info.licence,
    }
    lines = [f"      <{tag}>{escape(_one_line(text))}</{tag}>" for tag, text in extra.items()]
    return URDF.format(
        name=quoteattr(stem), visual=quoteattr(f"mesh/{stem}.obj"), collision=quoteattr(f"mesh/{stem}_collision.obj"),
        friction=info.friction, mass=mass, extra="\n".join(lines),
    )


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _volume(collision: Path) -> float:
    """Of convex parts (m^3)."""
    from gen3d_bench.envs.simulation import collision_points
    from gen3d_bench.worldgen.procedural.assetfiles import hull

    return sum(hull(part)[2] for part in collision_points(collision))
