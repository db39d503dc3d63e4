"""URDF files of single things: the variants there are, and what must be refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.worldgen.interchange.urdf import UrdfError, find_urdf, read_urdf
from tests.shared import shared
from tests.worldgen.interchange.embodiedgen_files import box, write_asset

MESH = '<visual>{0}<geometry><mesh filename="mesh/a.obj"{1}/></geometry></visual>'


def urdf(folder: Path, link: str, rest: str = "") -> Path:
    (folder / "mesh").mkdir(exist_ok=True)
    (folder / "mesh" / "a.obj").write_text("v 0 0 0\n")
    path = folder / "a.urdf"
    path.write_text(f'<robot name="a"><link name="a">{link}</link>{rest}</robot>')
    return path


def test_the_template_is_read_whole(tmp_path: Path) -> None:
    asset = read_urdf(write_asset(tmp_path, "red_cup", [box(0.1, 0.1, 0.1)], 0.25, 0.55, category="cup"))
    assert (asset.name, asset.mass, asset.friction, asset.category, asset.description) == (
        "red_cup", 0.25, 0.55, "cup", None)
    assert asset.quality == {"MeshGeoChecker": "YES", "ImageAestheticChecker": "4.7", "overall": "YES"}
    assert asset.extra["link/extra_info/scale"] == "0.1000" and asset.visual.scale == (1.0, 1.0, 1.0)
    assert asset.extra["link/extra_info/gs_model"] == "mesh/red_cup_gs.ply"
    up = asset.visual.matrix @ [0, 1, 0, 0]
    assert np.allclose(up, [0, 0, 1, 0], atol=1e-5)


def test_embodiedgens_own_asset() -> None:
    asset = read_urdf(find_urdf(folder := shared("assets/embodiedgen/ear_hear"), "ear hear", folder))
    assert (asset.mass, asset.friction, asset.dynamic_friction, asset.category) == (0.3, 0.5, 0.4, "headphones")
    assert asset.collision is not None and asset.collision.file.name == "sample_collision.obj"


def test_only_a_visual_mesh_is_needed(tmp_path: Path) -> None:
    asset = read_urdf(urdf(tmp_path, MESH.format("", "")))
    assert (asset.collision, asset.mass, asset.friction, asset.category, dict(asset.extra)) == (None,) * 4 + ({},)
    assert np.array_equal(asset.visual.matrix, np.eye(4))


def test_unknown_values_and_extra_tags(tmp_path: Path) -> None:
    extra = ('<inertial><mass value="unknown"/></inertial><extra_info><uuid>17</uuid><category>"unknown"</category>'
             "<tags>a</tags><tags>b</tags><description> 'a\n  blue  cup' </description></extra_info>")
    asset = read_urdf(urdf(tmp_path, MESH.format("", "") + extra, "<custom_data><affordance><part_count>2</part_count>"
                           "</affordance></custom_data>"))
    assert (asset.mass, asset.category, asset.description) == (None, None, "a blue cup")
    assert asset.extra["link/extra_info/uuid"] == "17" and asset.extra["custom_data/affordance/part_count"] == "2"
    assert [asset.extra[f"link/extra_info/tags{n}"] for n in ("", "[2]")] == ["a", "b"]


def test_any_turn_of_a_mesh_is_kept(tmp_path: Path) -> None:
    asset = read_urdf(urdf(tmp_path, MESH.format('<origin xyz="1 2 3" rpy="0 0 1.5707963"/>', ' scale="2 3 4"')))
    assert np.allclose(asset.visual.matrix @ [1, 1, 1, 1], [1 - 3, 2 + 2, 3 + 4, 1], atol=1e-6)


def test_files_are_found_by_name_or_alone(tmp_path: Path) -> None:
    result = tmp_path / "result"
    write_asset(result, "rubik's_cube", [box(0.1, 0.1, 0.1)])
    found = find_urdf(tmp_path, "rubik's cube", tmp_path)
    assert found == find_urdf(result, "other", tmp_path) == result / "rubik's_cube.urdf"
    (result / "second.urdf").write_text("<robot/>")
    assert find_urdf(tmp_path, "rubik's cube", tmp_path).name == "rubik's_cube.urdf"
    with pytest.raises(UrdfError, match="which of"):
        find_urdf(tmp_path, "other", tmp_path)
    with pytest.raises(UrdfError, match="holds no URDF"):
        find_urdf(tmp_path / "mesh", "other", tmp_path)


BOMB = """<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><robot name="&b;"/>"""
LEAK = """<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><robot name="&a;"/>"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "entities"),
        (LEAK, "entities"),
        ("<robot", "not valid XML"),
        ("", "not valid XML"),
        ("<mujoco/>", "begins with <robot>"),
        ("<robot/>", "0 links"),
        ("<robot><link/><link/><joint/></robot>", "2 links and 1 joints"),
        ("<robot><link/></robot>", "0 <visual>"),
        ("<robot>" + "<a>" * 200 + "</a>" * 200 + "</robot>", "0 links"),
        ("<robot><link><visual><geometry><box size='1 1 1'/></geometry></visual></link></robot>", "a <box>"),
        (f"<robot>{'<a/>' * 3000}</robot>", "more than"),
        ("<robot>" + " " * 1_100_000 + "</robot>", "larger than"),
    ],
)
def test_what_is_no_single_thing_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.urdf"
    path.write_text(text)
    with pytest.raises(UrdfError) as error:
        read_urdf(path)
    assert words in str(error.value) and str(path) in str(error.value)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (MESH.format('<origin rpy="1 2"/>', ""), "2 numbers instead of 3"),
        (MESH.format('<origin rpy="1 2 nan"/>', ""), "not a finite number"),
        (MESH.format('<origin xyz="1e9 0 0"/>', ""), "-100 to 100"),
        (MESH.format("", ' scale="-1 1 1"'), "scale is not from"),
        (MESH.format("", "") + '<inertial><mass value="-1"/></inertial>', "-1 is not above 0"),
        (MESH.format("", "") + '<inertial><mass value="heavy"/></inertial>', "'heavy' is not a number"),
        (MESH.format("", "") + "<x>" * 30 + "deep" + "</x>" * 30, "nested more than"),
        (MESH.format("", "") * 2, "2 <visual>"),
    ],
)
def test_bad_numbers_are_named(tmp_path: Path, link: str, words: str) -> None:
    with pytest.raises(UrdfError) as error:
        read_urdf(urdf(tmp_path, link))
    assert words in str(error.value)


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.obj", "mesh/../../secret.obj", "package://a/b.obj",
                                  "file:///etc/passwd", "mesh/link.obj", "linked/secret.obj", "", "x" * 5000])
def test_meshes_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.obj").write_text("v 0 0 0\n")
    asset = tmp_path / "asset"
    (asset / "mesh").mkdir(parents=True)
    (asset / "mesh" / "link.obj").symlink_to(tmp_path / "secret.obj")
    (asset / "linked").symlink_to(tmp_path)
    path = asset / "a.urdf"
    path.write_text(f'<robot><link><visual><geometry><mesh filename="{name}"/></geometry></visual></link></robot>')
    with pytest.raises(UrdfError):
        read_urdf(path)


def test_nothing_outside_the_root_is_found(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    write_asset(outside, "cup", [box(0.1, 0.1, 0.1)])
    (root / "a").mkdir(parents=True)
    (root / "a" / "result").symlink_to(outside)
    (root / "b").mkdir()
    (root / "b" / "cup.urdf").symlink_to(outside / "cup.urdf")
    for folder in ("a", "b"):
        with pytest.raises(UrdfError, match="holds no URDF"):
            find_urdf(root / folder, "cup", root)
    assert find_urdf(root / "a", "cup", tmp_path).name == "cup.urdf"


def test_a_pipe_is_no_urdf(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.urdf")
    with pytest.raises(UrdfError, match="is not a file"):
        read_urdf(tmp_path / "x.urdf")
    with pytest.raises(UrdfError, match="holds no URDF"):
        find_urdf(tmp_path, "other", tmp_path)
