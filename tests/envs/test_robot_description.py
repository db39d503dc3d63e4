"""Our arm, mended from Interbotix's model, against the URDF that SimplerEnv and ManiSkill use."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d_bench.envs import kinematics
from gen3d_bench.envs.robot_description import ARM_JOINTS, FINGER_JOINTS, widowx
from tests.shared import shared


def origin(node):
    pose = np.eye(4)
    found = node.find("origin")
    if found is not None:
        pose[:3, :3] = Rotation.from_euler("xyz", [float(v) for v in found.get("rpy").split()]).as_matrix()
        pose[:3, 3] = [float(v) for v in found.get("xyz").split()]
    return pose


@pytest.fixture(scope="module")
def reference():
    return ElementTree.parse(shared("assets/maniskill/data/robots/widowx/wx250s.urdf")).getroot()


def reference_poses(urdf, angles):
    """Pose of every link for {joint: value}, by walking the tree."""
    poses, joints = {"base_link": np.eye(4)}, list(urdf.findall("joint"))
    while joints:
        joint = joints.pop(0)
        parent, child = joint.find("parent").get("link"), joint.find("child").get("link")
        if parent not in poses:
            joints.append(joint)
            continue
        move = np.eye(4)
        axis = np.array([float(v) for v in joint.find("axis").get("xyz").split()])
        if joint.get("type") == "revolute":
            move[:3, :3] = Rotation.from_rotvec(axis * angles[joint.get("name")]).as_matrix()
        elif joint.get("type") == "prismatic":
            move[:3, 3] = axis * angles[joint.get("name")]
        poses[child] = poses[parent] @ origin(joint) @ move
    return poses


def our_poses(angles):
    poses = {}
    for body in widowx():
        if body.joint is None:
            poses[body.name] = np.eye(4)
            continue
        move = np.eye(4)
        if body.joint.kind == "revolute":
            move[:3, :3] = Rotation.from_rotvec(body.joint.axis * angles[body.joint.name]).as_matrix()
        else:
            move[:3, 3] = body.joint.axis * angles[body.joint.name]
        poses[body.name] = poses[body.parent] @ body.joint.pose @ move
    for body in widowx():
        poses |= {name: poses[body.name] @ pose for name, pose in body.frames}
    return poses


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    arm = rng.uniform(kinematics.LOWER, kinematics.UPPER, (1000, 6))
    fingers = rng.uniform(0.015, 0.037, (1000, 2))
    return [dict(zip(ARM_JOINTS + FINGER_JOINTS, row, strict=True)) for row in np.hstack([arm, fingers])]


def test_end_effector_agrees_at_1000_configurations(reference, samples):
    for angles in samples:
        expected = reference_poses(reference, angles)["ee_gripper_link"]
        described = our_poses(angles)["ee_gripper_link"]
        position, rotation = kinematics.forward(np.array([angles[n] for n in ARM_JOINTS]))
        for ours in ((described[:3, 3], described[:3, :3]), (position, rotation)):
            np.testing.assert_allclose(ours[0], expected[:3, 3], atol=1e-6)
            assert np.linalg.norm(Rotation.from_matrix(ours[1].T @ expected[:3, :3]).as_rotvec()) < 1e-6


def test_every_visible_part_is_where_the_reference_puts_it(reference, samples):
    """Frames differ on purpose, so compare where each mesh lies: the finger that opens the wrong way shows here."""
    for angles in samples[:50]:
        poses, ours = reference_poses(reference, angles), our_poses(angles)
        expected = {
            (link.get("name"), v.find("geometry/mesh").get("filename").split("/")[-1].split(".")[0]): poses[
                link.get("name")
            ]
            @ origin(v)
            for link in reference.findall("link")
            for v in link.findall("visual")
        }
        described = {
            (mesh.file.stem, tuple(np.round((ours[b.name] @ mesh.pose)[:3, 3], 5)))
            for b in widowx()
            for mesh in b.visuals
        }
        for (_, mesh), pose in expected.items():
            assert (mesh, tuple(np.round(pose[:3, 3], 5))) in described


def test_limits_and_masses_agree(reference):
    limits = {
        j.get("name"): (float(j.find("limit").get("lower")), float(j.find("limit").get("upper")))
        for j in reference.findall("joint")
        if j.find("limit") is not None
    }
    for body in widowx():
        if body.joint is not None:
            np.testing.assert_allclose((body.joint.lower, body.joint.upper), limits[body.joint.name], atol=2e-5)
    total = sum(float(m.get("value")) for m in reference.iter("mass"))
    assert sum(b.inertial.mass for b in widowx()) == pytest.approx(total, rel=1e-9)


def test_merged_inertia_agrees(reference):
    """The hand's: mass, centre and tensor of all links it was merged from."""
    poses = reference_poses(reference, dict.fromkeys(ARM_JOINTS + FINGER_JOINTS, 0.0))
    hand = np.linalg.inv(poses["gripper_link"])
    merged = ("gripper_link", "ee_arm_link", "gripper_prop_link", "gripper_bar_link", "fingers_link", "ee_gripper_link")
    mass, moment, points = 0.0, np.zeros(3), []
    for link in (n for n in reference.findall("link") if n.get("name") in merged):
        node = link.find("inertial")
        pose = hand @ poses[link.get("name")] @ origin(node)
        m = float(node.find("mass").get("value"))
        xx, yy, zz, xy, xz, yz = (
            float(node.find("inertia").get(k)) for k in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
        )
        tensor = pose[:3, :3] @ np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]) @ pose[:3, :3].T
        mass, moment = mass + m, moment + m * pose[:3, 3]
        points.append((m, pose[:3, 3], tensor))
    center = moment / mass
    expected = sum(
        t + m * ((p - center) @ (p - center) * np.eye(3) - np.outer(p - center, p - center)) for m, p, t in points
    )
    body = next(b for b in widowx() if b.name == "gripper_link")
    assert body.inertial.mass == pytest.approx(mass)
    np.testing.assert_allclose(body.inertial.center, center, atol=1e-9)
    np.testing.assert_allclose(body.inertial.tensor, expected, atol=1e-9)
