"""What foreign mesh files give, and what of them is refused before it can do harm."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from gen3d_bench.worldgen.interchange.limits import Limits, MeshError
from gen3d_bench.worldgen.interchange.meshes import read_mesh
from gen3d_bench.worldgen.interchange.shape import Shape, joined

from .meshfiles import BLUE, RED, box_glb, cup, dae, glb, picture

pytest.importorskip("collada")

TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"


def whole(path: Path) -> Shape:
    return joined(list(read_mesh(path).pieces))


def refused(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(MeshError) as caught:
        read_mesh(path, limits)
    assert str(path) in str(caught.value)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------------ what is read


@pytest.mark.parametrize("kind", ["glb", "obj", "ply", "stl", "dae", "gltf"])
def test_every_format_gives_the_same_surface(kind: str, tmp_path: Path) -> None:
    box = trimesh.creation.box((0.1, 0.2, 0.3))
    if kind == "gltf":
        for name, data in trimesh.Scene(box).export(file_type="gltf").items():
            (tmp_path / name).write_bytes(data)
        path = tmp_path / "model.gltf"
    else:
        path = tmp_path / f"box.{kind}"
        data = box.export(file_type=kind)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    shape = whole(path)
    assert len(shape.faces) == 12
    assert shape.extents == pytest.approx((0.1, 0.2, 0.3), abs=1e-6)


def test_texture_of_a_glb_lies_where_it_was(tmp_path: Path) -> None:
    shape = whole(box_glb(tmp_path / "box.glb", roughnessFactor=0.25, metallicFactor=0.1))
    (paint,) = shape.paints
    assert paint.texture is not None
    assert (paint.roughness, paint.metallic) == (pytest.approx(0.25), pytest.approx(0.1))
    middle, uv = shape.corners.mean(axis=1), shape.uv.mean(axis=1)
    for side, color in ((middle[:, 0] < -0.015, RED), (middle[:, 0] > 0.015, BLUE)):
        column = (uv[side, 0] * 7.99).astype(int)
        assert {paint.texture.getpixel((int(c), 0)) for c in column} == {color}


def test_obj_finds_the_picture_that_its_material_names(tmp_path: Path) -> None:
    picture().save(tmp_path / "my skin.png")
    (tmp_path / "box.mtl").write_text("newmtl skin\nKd 1 1 1\nmap_Kd my skin.png\n")
    (tmp_path / "box.obj").write_text(f"mtllib box.mtl\n{TRIANGLE}vt 0 0\nvt 1 0\nvt 0 1\nusemtl skin\nf 1/1 2/2 3/3\n")
    read = read_mesh(tmp_path / "box.obj")
    assert read.missing == ()
    assert read.pieces[0].paints[0].texture is not None
    assert read.pieces[0].uv[0].tolist() == [[0, 0], [1, 0], [0, 1]]


def test_a_missing_picture_is_named_and_the_mesh_read(tmp_path: Path) -> None:
    (tmp_path / "box.mtl").write_text("newmtl skin\nKd 0.5 0.5 0.5\nmap_Kd gone.png\n")
    (tmp_path / "box.obj").write_text(f"mtllib box.mtl\n{TRIANGLE}vt 0 0\nusemtl skin\nf 1/1 2/1 3/1\n")
    read = read_mesh(tmp_path / "box.obj")
    assert read.missing == ("gone.png",)
    assert read.pieces[0].paints[0].texture is None


def test_o_blocks_are_pieces(tmp_path: Path) -> None:
    (tmp_path / "two.obj").write_text(f"o a\n{TRIANGLE}f 1 2 3\no b\n{TRIANGLE}f 4 5 6\n")
    assert len(read_mesh(tmp_path / "two.obj", paints=False).pieces) == 2


def test_collada_applies_transforms_unit_and_says_its_up_axis(tmp_path: Path) -> None:
    path = tmp_path / "a.dae"
    path.write_text(dae(asset='<unit name="centimeter" meter="0.01"/><up_axis>Z_UP</up_axis>'))
    read = read_mesh(path)
    assert read.up == "z"
    assert read.pieces[0].bounds == pytest.approx(np.array([[1, 2, 3], [1.1, 2, 3.1]]) * 0.01)


def test_glb_applies_transforms_of_nodes(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    move = trimesh.transformations.translation_matrix((0.5, 0, 0)) @ np.diag([-1.0, 1, 1, 1])
    scene.add_geometry(trimesh.creation.box((0.1, 0.1, 0.1)), transform=move)
    (tmp_path / "a.glb").write_bytes(scene.export(file_type="glb"))
    shape = whole(tmp_path / "a.glb")
    assert shape.bounds == pytest.approx(np.array([[0.45, -0.05, -0.05], [0.55, 0.05, 0.05]]))
    volume = np.einsum("ij,ij->i", shape.corners[:, 0], np.cross(shape.corners[:, 1], shape.corners[:, 2])).sum() / 6
    assert volume == pytest.approx(1e-3)  # mirrored, and yet its outside is outside


def test_colours_of_vertices_become_a_palette(tmp_path: Path) -> None:
    mesh = cup()
    mesh.visual = trimesh.visual.ColorVisuals(mesh, vertex_colors=np.tile([*RED, 255], (len(mesh.vertices), 1)))
    (tmp_path / "a.ply").write_bytes(mesh.export(file_type="ply"))
    (paint,) = whole(tmp_path / "a.ply").paints
    assert paint.texture is not None
    assert np.abs(np.array(paint.texture.getpixel((0, 0))) - RED).max() <= 2


# ------------------------------------------------------------------------------------------------- paths that lead out


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A picture outside the mesh's folder `in`."""
    (tmp_path / "in").mkdir()
    picture().save(tmp_path / "secret.png")
    return tmp_path / "secret.png"


@pytest.mark.parametrize(
    "name", ["../secret.png", "{absolute}", "link.png", "sub/../../secret.png", "..\\secret.png", "C:\\secret.png",
             "http://example.org/secret.png", "file:///etc/passwd", "%2e%2e/secret.png"],
)  # fmt: skip
@pytest.mark.parametrize("how", ["mtllib", "map_Kd", "gltf image", "gltf buffer", "ply", "dae"])
def test_nothing_outside_its_folder_is_read(how: str, name: str, secret: Path) -> None:
    folder = secret.parent / "in"
    name = name.format(absolute=secret)
    (folder / "link.png").symlink_to(secret)
    triangle = {"buffers": [{"byteLength": 36, "uri": "data:;base64," + base64.b64encode(b"\0" * 36).decode()}],
                "bufferViews": [{"buffer": 0, "byteLength": 36}], "asset": {"version": "2.0"},
                "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
                "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}], "nodes": [{"mesh": 0}]}  # fmt: skip
    if how == "mtllib":
        path = folder / "a.obj"
        path.write_text(f"mtllib {name}\n{TRIANGLE}f 1 2 3\n")
    elif how == "map_Kd":
        path = folder / "a.obj"
        (folder / "a.mtl").write_text(f"newmtl m\nmap_Kd {name}\n")
        path.write_text(f"mtllib a.mtl\n{TRIANGLE}vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
    elif how.startswith("gltf"):
        path = folder / "a.glb"
        more = {"images": [{"uri": name}]} if how == "gltf image" else {"buffers": [{"byteLength": 36, "uri": name}]}
        path.write_bytes(glb(triangle | more))
    elif how == "ply":
        path = folder / "a.ply"
        path.write_text(f"ply\nformat ascii 1.0\ncomment TextureFile {name}\nelement vertex 3\nproperty float x\n"
                        "property float y\nproperty float z\nelement face 1\nproperty list uchar int vertex_indices\n"
                        "end_header\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n")  # fmt: skip
    else:
        path = folder / "a.dae"
        images = f'<library_images><image id="i"><init_from>{name}</init_from></image></library_images>'
        effect = ('<library_effects><effect id="e"><profile_COMMON><newparam sid="s"><surface type="2D"><init_from>i'
                  '</init_from></surface></newparam><newparam sid="t"><sampler2D><source>s</source></sampler2D>'
                  '</newparam><technique sid="c"><lambert><diffuse><texture texture="t" texcoord="u"/></diffuse>'
                  '</lambert></technique></profile_COMMON></effect></library_effects><library_materials>'
                  '<material id="m"><instance_effect url="#e"/></material></library_materials>')  # fmt: skip
        path.write_text(dae(body=images + effect))
    message = refused(path)
    assert "leads out" in message or "neither a picture" in message


def test_a_picture_below_its_folder_is_read(secret: Path) -> None:
    folder = secret.parent / "in"
    (folder / "sub").mkdir()
    picture().save(folder / "sub" / "skin.png")
    (folder / "a.mtl").write_text("newmtl m\nmap_Kd sub\\skin.png\n")
    (folder / "a.obj").write_text(f"mtllib a.mtl\n{TRIANGLE}vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
    assert whole(folder / "a.obj").paints[0].texture is not None


# -------------------------------------------------------------------------------------------------------- too much


def test_files_above_the_limit_are_refused(tmp_path: Path) -> None:
    path = box_glb(tmp_path / "box.glb")
    assert "MiB" in refused(path, Limits(file_bytes=100))


@pytest.mark.parametrize("kind", ["glb", "obj", "ply", "stl", "dae"])
def test_too_many_faces_are_refused(kind: str, tmp_path: Path) -> None:
    data = trimesh.creation.icosphere(3).export(file_type=kind)
    path = tmp_path / f"ball.{kind}"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    assert "reduce it first" in refused(path, Limits(faces=1000, vertices=600))


def test_a_picture_with_too_many_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")  # some kilobytes of file, 400 million pixels
    (tmp_path / "a.mtl").write_text("newmtl m\nmap_Kd bomb.png\n")
    (tmp_path / "bomb.png").write_bytes(bomb.getvalue())
    (tmp_path / "a.obj").write_text(f"mtllib a.mtl\n{TRIANGLE}vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
    assert "pixels" in refused(tmp_path / "a.obj")
    inline = "data:image/png;base64," + base64.b64encode(bomb.getvalue()).decode()
    (tmp_path / "a.glb").write_bytes(glb({"asset": {"version": "2.0"}, "images": [{"uri": inline}]}))
    assert "pixels" in refused(tmp_path / "a.glb")


def test_many_pictures_that_are_too_much_together_are_refused(tmp_path: Path) -> None:
    one = io.BytesIO()
    picture((30, 30)).save(one, "PNG")
    images = [{"uri": "data:image/png;base64," + base64.b64encode(one.getvalue()).decode()}] * 3
    (tmp_path / "a.glb").write_bytes(glb({"asset": {"version": "2.0"}, "images": images}))
    assert "pixels" in refused(tmp_path / "a.glb", Limits(picture_pixels=1000))
    lines = []
    for k in range(3):
        (tmp_path / f"{k}.png").write_bytes(one.getvalue())
        lines.append(f"newmtl m{k}\nmap_Kd {k}.png\n")
    (tmp_path / "a.mtl").write_text("".join(lines))
    (tmp_path / "a.obj").write_text(f"mtllib a.mtl\n{TRIANGLE}vt 0 0\nusemtl m0\nf 1/1 2/1 3/1\n")
    assert "pixels" in refused(tmp_path / "a.obj", Limits(picture_pixels=1000))


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mtl").write_text("newmtl m\nmap_Kd evil.png\n")
    (tmp_path / "evil.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    (tmp_path / "a.obj").write_text(f"mtllib a.mtl\n{TRIANGLE}vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n")
    assert "not a picture" in refused(tmp_path / "a.obj")


def test_numbers_that_no_buffer_holds_are_refused(tmp_path: Path) -> None:
    accessor = {"componentType": 5126, "count": 10**10, "type": "MAT4"}
    (tmp_path / "a.glb").write_bytes(glb({"asset": {"version": "2.0"}, "bufferViews": [], "accessors": [accessor]}))
    assert "numbers" in refused(tmp_path / "a.glb")


@pytest.mark.parametrize("extra", [{"sparse": {"count": 1}, "bufferView": 0}, {}])
def test_numbers_out_of_nothing_are_refused(extra: dict[str, object], tmp_path: Path) -> None:
    accessor = {"componentType": 5126, "count": 10, "type": "VEC3", **extra}
    (tmp_path / "a.glb").write_bytes(glb({"asset": {"version": "2.0"}, "accessors": [accessor]}))
    assert "sparse" in refused(tmp_path / "a.glb")


def test_primitives_that_share_their_numbers_count_each(tmp_path: Path) -> None:
    tree = {
        "asset": {"version": "2.0"}, "buffers": [{"byteLength": 36}], "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [{"componentType": 5126, "count": 3, "type": "VEC3", "bufferView": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}] * 50}], "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}], "scene": 0,
    }  # fmt: skip
    (tmp_path / "a.glb").write_bytes(glb(tree, np.eye(3, dtype=np.float32).tobytes()))
    assert len(read_mesh(tmp_path / "a.glb").pieces) == 50
    assert "100" in refused(tmp_path / "a.glb", Limits(vertices=100))


@pytest.mark.parametrize("space", [" ", "\n", "\t "])
def test_indices_of_collada_are_counted_whatever_is_between(space: str, tmp_path: Path) -> None:
    count = 4000
    text = dae().replace('count="1"><input', f'count="{count}"><input')
    (tmp_path / "a.dae").write_text(text.replace("<p>0 1 2</p>", f"<p>{space.join(['0', '1', '2'] * count)}</p>"))
    assert "indices" in refused(tmp_path / "a.dae", Limits(faces=500))


@pytest.mark.parametrize("ngon", ["f " + " ".join(["1 2 3"] * 200), "f " + " \\\n".join(["1 2 3"] * 200),
                                  "\tf\t" + "\t".join(["1 2 3"] * 200)])  # fmt: skip
def test_faces_of_many_corners_are_many_faces(ngon: str, tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(f"v 0 0 0\nv 1 0 0\nv 0 1 0\n{ngon}\n")
    assert "598 faces" in refused(tmp_path / "a.obj", Limits(faces=500))


@pytest.mark.parametrize("nodes", [
    [{"children": [1]}, {"children": [0]}],
    [{"children": [2]}, {"children": [2]}, {}],
    [{"children": [k + 1]} for k in range(200)] + [{}],
])  # fmt: skip
def test_node_graphs_that_are_no_small_tree_are_refused(nodes: list[dict[str, list[int]]], tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(glb({"asset": {"version": "2.0"}, "nodes": nodes}))
    assert "node" in refused(tmp_path / "a.glb")


def test_collada_instances_that_multiply_are_refused(tmp_path: Path) -> None:
    levels = "".join(f'<node id="n{k}">' + f'<instance_node url="#n{k + 1}"/>' * 10 + "</node>" for k in range(9))
    body = f'<library_nodes>{levels}<node id="n9"><instance_geometry url="#g"/></node></library_nodes>'
    (tmp_path / "a.dae").write_text(dae(body, scene='<node id="top"><instance_node url="#n0"/></node>'))
    assert "nodes" in refused(tmp_path / "a.dae")


def test_collada_nodes_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.dae").write_text(dae(scene='<node id="a"><instance_node url="#a"/></node>'))
    assert "circle" in refused(tmp_path / "a.dae")


@pytest.mark.parametrize("head", [
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>',
])  # fmt: skip
def test_xml_entities_are_refused(head: str, tmp_path: Path) -> None:
    (tmp_path / "a.dae").write_text(dae(head=head))
    assert "entities" in refused(tmp_path / "a.dae")


# ------------------------------------------------------------------------------------------------------ what is broken


def test_archives_are_refused_whatever_they_are_called(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.dae", "w") as archive:
        archive.writestr("a.dae", dae())
    assert "archive" in refused(tmp_path / "a.dae")


@pytest.mark.parametrize("name", ["a.pkl", "a.zip", "a.3mf", "a.npz", "a"])
def test_other_formats_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"something")
    assert "not a mesh format" in refused(tmp_path / name)


@pytest.mark.parametrize(("name", "text", "reason"), [
    ("a.obj", "v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "NaN"),
    ("a.obj", "v inf 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "NaN"),
    ("a.obj", "v 0 0 0\nv 1 0 0\n", "no faces"),
    ("a.obj", "# nothing\n", "no faces"),
    ("a.obj", "", "empty"),
    ("a.obj", TRIANGLE + "f 1 2 9\n", "cannot be read"),
    ("a.obj", "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n", "no area"),
    ("a.stl", "solid a\nendsolid a\n", "no faces"),
    ("a.ply", "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
              "end_header\n0 0 0\n", "no faces"),
    ("a.ply", "ply\nformat ascii 1.0\nelement vertex -5\nend_header\n", "not a valid PLY"),
    ("a.glb", "glTF", "not a GLB"),
    ("a.gltf", "[]", "not a valid glTF"),
    ("a.gltf", '{"asset": {"version": "2.0"}, "accessors": [{}]}', "not a valid glTF"),
    ("a.gltf", '{"extensionsRequired": ["KHR_draco_mesh_compression"]}', "without compression"),
    ("a.dae", "<COLLADA>", "not valid XML"),
    ("a.dae", "<html></html>", "not a COLLADA"),
])  # fmt: skip
def test_broken_files_are_refused_with_the_reason(name: str, text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert reason in refused(tmp_path / name)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["glb", "ply", "stl", "dae"])
def test_files_cut_short_are_refused_or_whole(kind: str, cut: float, tmp_path: Path) -> None:
    data = cup().export(file_type=kind)
    (tmp_path / f"a.{kind}").write_bytes(data[: int(cut * len(data))])
    refused(tmp_path / f"a.{kind}")


def test_a_folder_and_nothing_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.glb").mkdir()
    assert "not a file" in refused(tmp_path / "a.glb")
    assert "no such file" in refused(tmp_path / "b.glb")
