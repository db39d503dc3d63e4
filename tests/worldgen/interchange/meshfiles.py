"""Small foreign meshes of this project's own making, as files."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image
from trimesh.visual.material import PBRMaterial

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(size: tuple[int, int] = (8, 8)) -> Image.Image:
    """Left half red, right half blue."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2], pixels[:, size[0] // 2:] = RED, BLUE
    return Image.fromarray(pixels)


def painted(mesh: trimesh.Trimesh, image: Image.Image, **material: object) -> trimesh.Trimesh:
    """The mesh with the image laid over it along x: red where x is low, blue where it is high."""
    low, high = mesh.bounds
    uv = ((mesh.vertices - low) / (high - low))[:, :2]
    look = PBRMaterial(baseColorTexture=image, **material)
    mesh.visual = trimesh.visual.TextureVisuals(uv=uv, material=look)
    return mesh


def box_glb(path: Path, size: tuple[float, float, float] = (0.04, 0.08, 0.03), **material: object) -> Path:
    """A box of that size along x, y, z of the file, red on one side and blue on the other."""
    box = trimesh.creation.box(size).subdivide()
    path.write_bytes(trimesh.Scene(painted(box, picture(), **material)).export(file_type="glb"))
    return path


def cup(outer: float = 0.04, height: float = 0.08, wall: float = 0.004) -> trimesh.Trimesh:
    """An open cup, z up, standing on z = 0 (m)."""
    inner = outer - wall
    profile = [(0, 0), (outer, 0), (outer, height), (inner, height), (inner, wall), (0, wall)]
    return trimesh.creation.revolve(np.array(profile, float), sections=32)


def glb(tree: dict[str, object], binary: bytes = b"") -> bytes:
    """A GLB file with any JSON."""
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<2I", len(text), 0x4E4F534A) + text
    if binary:
        binary += b"\0" * (-len(binary) % 4)
        chunks += struct.pack("<2I", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def dae(body: str = "", scene: str = "", head: str = "", asset: str = "") -> str:
    """A COLLADA file of one triangle in the plane y = 0, 0.1 long, placed by the node "place"."""
    return f"""<?xml version="1.0"?>{head}
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"><asset>{asset}</asset>{body}
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="pa" count="9">0 0 0 0.1 0 0 0 0 0.1</float_array><technique_common>
<accessor source="#pa" count="3" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="1"><input semantic="VERTEX" source="#v" offset="0"/><p>0 1 2</p></triangles></mesh></geometry>
</library_geometries>
<library_visual_scenes><visual_scene id="s">{scene or '<node id="place"><translate>1 2 3</translate>'
'<instance_geometry url="#g"/></node>'}</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#s"/></scene></COLLADA>"""
