"""Everything that can be seen in the viewer, in layers that are shown and hidden as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.envs.camera import Camera
from gen3d_bench.envs.config import CameraConfig, RandomizationConfig
from gen3d_bench.envs.layout import Footprint
from gen3d_bench.envs.robot_description import widowx
from gen3d_bench.envs.rotations import matrix_from_quat, quat_from_matrix
from gen3d_bench.envs.world import UPRIGHT
from gen3d_bench.scenes.schema import Role
from gen3d_bench.worldgen.arm import MILLIMETRE, body_poses
from gen3d_bench.worldgen.viewer.contents import Contents

if TYPE_CHECKING:
    import viser

Array = NDArray[np.float64]
Color = tuple[int, int, int]

ROLE_COLORS: dict[Role, Color] = {
    Role.source: (240, 110, 20),
    Role.target: (20, 120, 235),
    Role.distractor: (125, 130, 140),
}
ARM_COLOR: Color = (58, 60, 66)
WORKSPACE_COLOR: Color = (18, 160, 130)
ABOVE_TABLE = 0.0015
"""Height of lines that lie on the table (m)."""
LINE = 0.003
"""Thickness of lines (m)."""
HEAD = 0.022
"""Length of the arrow's head (m)."""
ROOM = 0.004
"""Between a thing and the line about it (m)."""
ARC = 0.07
"""How far the arrow from source to target rises above the higher of them (m)."""
EDGE = 0.15
"""Faces meet in an edge that is drawn where they turn at least this far (rad)."""
BREADTH = 1.5
"""How far fully exploded parts move away, relative to their distance from the middle of their thing."""


@dataclass
class Layers:
    """The layers of one scene.  frames: by title, in the order of the menu; hiding one hides all of its layer.

    parts: handles of collision parts with their places [3] when not exploded and fully (m).
    """

    frames: dict[str, Any] = field(default_factory=dict)
    parts: list[tuple[Any, Array]] = field(default_factory=list)
    frustum: Any = None

    def explode(self, share: float) -> None:
        """Moves collision parts away from each other; share: 0 not at all, 1 fully."""
        for handle, away in self.parts:
            handle.position = share * away


Draw = Callable[["viser.SceneApi", str, Contents, Layers], None]


def draw(api: viser.SceneApi, contents: Contents, shown: dict[str, bool]) -> Layers:
    """Adds all layers of a scene to an empty world.  shown: by title, where not as by default."""
    layers = Layers()
    for title, (by_default, add) in LAYERS.items():
        path = f"/{title.lower().replace(' ', '_')}"
        layers.frames[title] = api.add_frame(path, show_axes=False, visible=shown.get(title, by_default))
        add(api, path, contents, layers)
    return layers


# ------------------------------------------------------------------------------------------------------- what is there


def _room(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    glb = (contents.room.folder / "visual.glb").read_bytes()
    # Light comes from outside: walls that threw shadows would leave the room dark.
    api.add_glb(f"{path}/room", glb, wxyz=UPRIGHT.q, position=contents.room_origin, cast_shadow=False)


def _table(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    glb = (contents.table.folder / "visual.glb").read_bytes()
    api.add_glb(f"{path}/table", glb, wxyz=UPRIGHT.q, position=contents.table_origin)


def _objects(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    for k, (asset, pose) in enumerate(zip(contents.objects, contents.poses, strict=True)):
        api.add_frame(f"{path}/{k}", show_axes=False, wxyz=pose.q, position=pose.p)
        api.add_glb(f"{path}/{k}/visual", (asset.folder / "visual.glb").read_bytes(), wxyz=UPRIGHT.q)


def _robot(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    import trimesh

    poses = body_poses()
    for body in widowx():
        for k, mesh in enumerate(body.visuals):
            shape = trimesh.load_mesh(mesh.file)
            pose = poses[body.name] @ mesh.pose
            api.add_mesh_simple(
                f"{path}/{body.name}/{k}",
                np.asarray(shape.vertices * MILLIMETRE),
                np.asarray(shape.faces),
                color=ARM_COLOR,
                flat_shading=True,
                wxyz=quat_from_matrix(pose[:3, :3]),
                position=pose[:3, 3],
            )


# -------------------------------------------------------------------------------------------------- what is said of it


def _task(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    """An arc from the source to the target, with what to do written on it."""
    scene = contents.scene
    ends = [contents.top(scene.objects.index(thing)) for thing in (scene.source, scene.target)]
    goal = next(r for r in scene.relations if (r.subject, r.object) == (scene.source.name, scene.target.name))
    along = np.linspace(0.0, 1.0, 25)[:, None]
    arc = (1 - along) * ends[0] + along * ends[1]
    peak = max(end[2] for end in ends) + ARC
    arc[:, 2:] += 4 * along * (1 - along) * (peak - (ends[0][2] + ends[1][2]) / 2)
    color = ROLE_COLORS[Role.source]
    towards = (arc[-1] - arc[-3]) / np.linalg.norm(arc[-1] - arc[-3])
    neck = arc[-1] - HEAD * towards
    shaft = arc[np.linalg.norm(arc - arc[-1], axis=1) > HEAD]
    api.add_spline_catmull_rom(f"{path}/arc", np.vstack([shaft, neck]), thickness=LINE, color=color)
    _cone(api, f"{path}/head", neck, arc[-1], color)
    api.add_label(f"{path}/words", f"put {goal.relation}", position=arc[12], anchor="bottom-center")


def _names(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    """Names over objects, and outlines about them on the table in the colours of their roles."""
    for k, (thing, pose) in enumerate(zip(contents.scene.objects, contents.poses, strict=True)):
        over = contents.top(k) + np.array([0.0, 0.0, 0.012])
        api.add_label(f"{path}/{k}/name", thing.name, position=over, anchor="bottom-center")
        points = np.vstack(contents.parts[k]) @ matrix_from_quat(np.array(pose.q)).T + pose.p
        outline = Footprint.of(points).outline
        out = outline - outline.mean(axis=0)
        around = outline + ROOM * out / np.linalg.norm(out, axis=1, keepdims=True)
        _loop(api, f"{path}/{k}/outline", around, ROLE_COLORS[thing.role])


def _workspace(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    """Where objects are placed in episodes (Table A.2)."""
    (x0, x1), (y0, y1) = RandomizationConfig().object_x, RandomizationConfig().object_y
    _loop(api, f"{path}/edge", np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), WORKSPACE_COLOR)
    api.add_label(f"{path}/name", "workspace", position=(x1, y0, 0.0), anchor="top-center", font_screen_scale=0.8)


def _camera(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    config = CameraConfig()
    camera = Camera.of(config)
    width, height = config.reference_size
    layers.frustum = api.add_camera_frustum(
        f"{path}/frustum",
        fov=2 * float(np.arctan2(height / 2, config.fy)),
        aspect=width / height,
        scale=0.06,
        thickness=LINE / 2,
        color=(200, 40, 90),
        wxyz=quat_from_matrix(camera.axes.T),
        position=camera.eye,
        cast_shadow=False,
    )
    api.add_label(f"{path}/name", "camera", position=camera.eye, anchor="bottom-right", font_screen_scale=0.8)


def _collision(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    """Every convex part in a colour of its own, about its object's origin."""
    import trimesh

    for k, (shape, pose) in enumerate(zip(contents.parts, contents.poses, strict=True)):
        api.add_frame(f"{path}/{k}", show_axes=False, wxyz=pose.q, position=pose.p)
        corners = np.vstack(shape)
        middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
        for j, points in enumerate(shape):
            hull = trimesh.convex.convex_hull(points)
            handle = api.add_mesh_simple(
                f"{path}/{k}/{j}",
                np.asarray(hull.vertices),
                np.asarray(hull.faces),
                color=part_color(j),
                opacity=0.6,
                flat_shading=True,
                cast_shadow=False,
            )
            away = BREADTH * (points.mean(axis=0) - middle)
            away[2] = max(away[2], -float(points[:, 2].min()))  # not into the table
            layers.parts.append((handle, away))
    for j, points in enumerate(contents.table_parts):
        hull = trimesh.convex.convex_hull(points)
        # Edges only: faces would fight with those of the table itself.
        edges = hull.vertices[hull.face_adjacency_edges[hull.face_adjacency_angles > EDGE]]
        api.add_line_segments(
            f"{path}/table/{j}", edges, part_color(j), thickness=LINE, position=contents.table_origin
        )


def _frames(api: viser.SceneApi, path: str, contents: Contents, layers: Layers) -> None:
    """The scene frame at the robot's base, and the own frame of every object: x red, y green, z blue."""
    api.add_frame(f"{path}/scene", axes_length=0.12, axes_radius=0.002)
    for k, pose in enumerate(contents.poses):
        api.add_frame(f"{path}/{k}", axes_length=0.05, axes_radius=0.001, wxyz=pose.q, position=pose.p)


LAYERS: dict[str, tuple[bool, Draw]] = {
    "Room": (True, _room),
    "Table": (True, _table),
    "Objects": (True, _objects),
    "Robot": (True, _robot),
    "Names": (True, _names),
    "Task": (True, _task),
    "Workspace": (True, _workspace),
    "Camera": (True, _camera),
    "Collision parts": (False, _collision),
    "Frames": (False, _frames),
}
"""Title -> whether it is shown at first, and what adds it."""


def part_color(index: int) -> Color:
    """Colours that differ as much as they can from those of their neighbours."""
    import colorsys

    red, green, blue = colorsys.hsv_to_rgb((index * 0.618034) % 1.0, 0.65, 0.95)
    return round(255 * red), round(255 * green), round(255 * blue)


def _cone(api: viser.SceneApi, path: str, base: Array, tip: Array, color: Color) -> None:
    """The head of an arrow, from the middle of its base [3] to its tip [3] (m)."""
    import trimesh

    axis = tip - base
    length = float(np.linalg.norm(axis))
    shape = trimesh.creation.cone(0.4 * length, length, sections=24)
    turn = np.asarray(trimesh.geometry.align_vectors((0.0, 0.0, 1.0), axis / length))[:3, :3]
    api.add_mesh_simple(
        path,
        np.asarray(shape.vertices),
        np.asarray(shape.faces),
        color=color,
        wxyz=quat_from_matrix(turn),
        position=base,
    )


def _loop(api: viser.SceneApi, path: str, corners: Array, color: Color) -> None:
    """A closed line on the table through corners [P, 2] (m)."""
    points = np.column_stack([corners, np.full(len(corners), ABOVE_TABLE)])
    segments = np.stack([points, np.roll(points, -1, axis=0)], axis=1)
    api.add_line_segments(path, segments, color, thickness=LINE)
