"""The WidowX 250 S as data: Interbotix's own model from the `rtb-data` package, in SimplerEnv's joint conventions.

SimplerEnv's initial pose, gains and checkpoints assume a slightly different model, so four things are mended in memory:
the forearm frames turn by pi about x (elbow and wrist_angle then run the other way), right_finger's axis is opposite,
the waist sits at 0.072 m instead of 0.0716 m, and the gripper's propeller does not turn.  Links joined by fixed joints
are merged into one body: the same dynamics, a third fewer links for the solver.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.extras import require

Array = NDArray[np.float64]

ARM_JOINTS = ("waist", "shoulder", "elbow", "forearm_roll", "wrist_angle", "wrist_rotate")
FINGER_JOINTS = ("left_finger", "right_finger")
FINGER_BODIES = ("left_finger_link", "right_finger_link")
TURNED_LINKS = frozenset({"upper_forearm_link", "lower_forearm_link", "wrist_link"})
WAIST_HEIGHT = 0.072
UNSHAPED_LINKS = frozenset({"gripper_prop_link"})
"""Links whose collision shape lies inside another's and is left out, as in ManiSkill's model."""


@dataclass(frozen=True)
class Mesh:
    """A mesh file in millimetres with its pose [4, 4] in the body frame."""

    file: Path
    pose: Array


@dataclass(frozen=True)
class Inertial:
    """mass (kg), centre of mass [3] (m) and inertia tensor about it [3, 3] (kg m^2), in the body frame."""

    mass: float
    center: Array
    tensor: Array

    def moved(self, pose: Array) -> Inertial:
        turn = pose[:3, :3]
        return Inertial(self.mass, turn @ self.center + pose[:3, 3], turn @ self.tensor @ turn.T)

    def __add__(self, other: Inertial) -> Inertial:
        mass = self.mass + other.mass
        center = (self.mass * self.center + other.mass * other.center) / mass
        tensor = np.zeros((3, 3))
        for part in (self, other):
            d = part.center - center
            tensor += part.tensor + part.mass * (d @ d * np.eye(3) - np.outer(d, d))  # parallel axis theorem
        return Inertial(mass, center, tensor)


@dataclass(frozen=True)
class Joint:
    """Joint between a body and its parent; `pose` [4, 4] of the child frame in the parent at zero, `axis` [3] unit."""

    name: str
    kind: str
    pose: Array
    axis: Array
    lower: float = -np.inf
    upper: float = np.inf


@dataclass(frozen=True)
class Body:
    """One rigid body.  parent is None for the base."""

    name: str
    parent: str | None
    joint: Joint | None
    inertial: Inertial
    visuals: tuple[Mesh, ...]
    collisions: tuple[Mesh, ...]
    frames: tuple[tuple[str, Array], ...] = ()
    """Names and poses [4, 4] of the links merged into this body."""


def _numbers(text: str) -> Array:
    return np.array([float(v) for v in text.split()])


def _child(node: Element, tag: str) -> Element:
    found = node.find(tag)
    if found is None:
        raise ValueError(
            f"the robot model's {node.tag} {node.get('name')!r} has no <{tag}>: install the pinned rtb-data"
        )
    return found


def _origin(node: Element) -> Array:
    pose = np.eye(4)
    origin = node.find("origin")
    if origin is not None:
        roll, pitch, yaw = _numbers(origin.get("rpy", "0 0 0"))
        cr, sr, cp, sp, cy, sy = np.cos(roll), np.sin(roll), np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw)
        pose[:3, :3] = [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
        pose[:3, 3] = _numbers(origin.get("xyz", "0 0 0"))
    return pose


def _meshes(link: Element, tag: str, root: Path) -> tuple[Mesh, ...]:
    found = []
    for node in link.findall(tag):
        file = _child(_child(node, "geometry"), "mesh").attrib["filename"]
        found.append(Mesh(root / file.removeprefix("package://trossen_descriptions/"), _origin(node)))
    return tuple(found)


def _inertial(link: Element) -> Inertial:
    node = _child(link, "inertial")
    value = _child(node, "inertia")
    xx, yy, zz, xy, xz, yz = (float(value.attrib[k]) for k in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz"))
    tensor = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    return Inertial(float(_child(node, "mass").attrib["value"]), np.zeros(3), tensor).moved(_origin(node))


def _joint(node: Element) -> Joint:
    limit = node.find("limit")
    bounds = {k: float(limit.attrib[k]) for k in ("lower", "upper") if limit is not None and k in limit.attrib}
    axis = _numbers(_child(node, "axis").attrib["xyz"])
    return Joint(node.attrib["name"], node.attrib["type"], _origin(node), axis, **bounds)


def _read(path: Path) -> list[Body]:
    """Bodies of the expanded model, parents first, nothing mended or merged yet."""
    import xacro

    model = ElementTree.fromstring(xacro.process_file(str(path)).toxml())
    root = path.parent.parent
    joints: dict[str, tuple[str, Joint]] = {}
    for node in model.findall("joint"):
        parent, child = (_child(node, end).attrib["link"].lstrip("/") for end in ("parent", "child"))
        joints[child] = (parent, _joint(node))
    bodies = {}
    for node in model.findall("link"):
        name = node.attrib["name"].lstrip("/")
        above, joint = joints.get(name, (None, None))
        collisions = () if name in UNSHAPED_LINKS else _meshes(node, "collision", root)
        bodies[name] = Body(name, above, joint, _inertial(node), _meshes(node, "visual", root), collisions)

    def depth(body: Body) -> int:
        return 0 if body.parent is None else 1 + depth(bodies[body.parent])

    return sorted(bodies.values(), key=depth)


def _mend(body: Body) -> Body:
    """The four differences from SimplerEnv's model (see the module's docstring)."""
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    joint = body.joint
    if joint is not None:
        pose = joint.pose
        if body.parent in TURNED_LINKS:
            pose = flip @ pose
        if body.name in TURNED_LINKS:
            pose = pose @ flip
        joint = replace(joint, pose=pose)
        if joint.name == "waist":
            joint.pose[2, 3] = WAIST_HEIGHT
        elif joint.name == "gripper":
            joint = replace(joint, kind="fixed")
        elif joint.name == "right_finger":
            joint = replace(joint, axis=-joint.axis, lower=-joint.upper, upper=-joint.lower)
        elif body.name in TURNED_LINKS and abs(joint.axis[1]) == 1.0:
            # The frame turned under the axis: keep +y as the axis, and let the angle run the other way.
            joint = replace(joint, lower=-joint.upper, upper=-joint.lower)
    if body.name not in TURNED_LINKS:
        return replace(body, joint=joint)
    turn = [tuple(Mesh(m.file, flip @ m.pose) for m in meshes) for meshes in (body.visuals, body.collisions)]
    return replace(body, joint=joint, inertial=body.inertial.moved(flip), visuals=turn[0], collisions=turn[1])


def _merge(bodies: list[Body]) -> tuple[Body, ...]:
    """Fixed joints dissolved into the body above them."""
    merged: dict[str, Body] = {}
    inside: dict[str, tuple[str, Array]] = {}
    for body in bodies:
        if body.joint is None or body.parent is None:
            merged[body.name], inside[body.name] = body, (body.name, np.eye(4))
            continue
        host, parent_pose = inside[body.parent]
        pose = parent_pose @ body.joint.pose
        if body.joint.kind != "fixed":
            merged[body.name] = replace(body, parent=host, joint=replace(body.joint, pose=pose))
            inside[body.name] = (body.name, np.eye(4))
            continue
        inside[body.name] = (host, pose)
        above = merged[host]
        merged[host] = replace(
            above,
            inertial=above.inertial + body.inertial.moved(pose),
            visuals=above.visuals + tuple(Mesh(m.file, pose @ m.pose) for m in body.visuals),
            collisions=above.collisions + tuple(Mesh(m.file, pose @ m.pose) for m in body.collisions),
            frames=(*above.frames, (body.name, pose)),
        )
    return tuple(merged.values())


@lru_cache(maxsize=1)
def widowx() -> tuple[Body, ...]:
    """The nine bodies of the arm, base first.

    Raises MissingExtra where the packages `rtb-data` or `xacro` are missing.
    """
    require("sim", "rtbdata", "xacro")
    import rtbdata

    path = Path(rtbdata.__file__).parent / "xacro/trossen_descriptions/urdf/wx250s.urdf.xacro"
    return _merge([_mend(body) for body in _read(path)])
