"""Looks through a mesh file before it is parsed, so that a small file cannot ask for much."""

from __future__ import annotations

import base64
import binascii
import io
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen3d_bench.extras import require
from gen3d_bench.worldgen.interchange.limits import Limits, MeshError, at_most, check_picture
from gen3d_bench.worldgen.interchange.surroundings import Surroundings

FORMATS = frozenset({".glb", ".gltf", ".obj", ".dae", ".stl", ".ply"})
UNREADABLE = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_texture_basisu")
"""glTF extensions that change how the data is packed; no reader for them is installed."""


@dataclass(frozen=True)
class Facts:
    """What a file says of itself.  up: "x", "y", "z" or None; unit: metres per unit of length."""

    up: str | None = None
    unit: float = 1.0


def precheck(path: Path, data: bytes, around: Surroundings, limits: Limits) -> Facts:
    """Raises MeshError for a file that is too much, or not what its name says."""
    check = _CHECKS.get(path.suffix.lower())
    if check is None:
        raise MeshError(f"{path}: a {path.suffix or 'nameless'} file is not a mesh format that is read; "
                        f"export it as one of {', '.join(sorted(FORMATS))}")
    if data[:4] in (b"PK\x03\x04", b"\x1f\x8b\x08\x00", b"\x1f\x8b\x08\x08") or data[:3] == b"BZh":
        raise MeshError(f"{path}: is an archive; unpack it first")
    if not data.strip():
        raise MeshError(f"{path}: is empty")
    return check(path, data, around, limits)


# ----------------------------------------------------------------------------------------------------------------- glTF


def _glb(path: Path, data: bytes, around: Surroundings, limits: Limits) -> Facts:
    if len(data) < 20 or data[:4] != b"glTF":
        raise MeshError(f"{path}: is not a GLB file; export it again")
    version, _, length, kind = struct.unpack("<4I", data[4:20])
    if version != 2 or kind != 0x4E4F534A or 20 + length > len(data):
        raise MeshError(f"{path}: is not a whole glTF 2.0 file; export it again as glTF 2.0")
    binary = data[28 + length:] if len(data) > 28 + length else b""
    return _tree(path, data[20:20 + length], binary, around, limits)


def _gltf(path: Path, data: bytes, around: Surroundings, limits: Limits) -> Facts:
    return _tree(path, data, b"", around, limits)


def _tree(path: Path, text: bytes, binary: bytes, around: Surroundings, limits: Limits) -> Facts:
    try:
        tree = json.loads(text)
        if not isinstance(tree, dict):
            raise ValueError("the top is no object")
        for extension in tree.get("extensionsRequired", []):
            if extension in UNREADABLE:
                raise MeshError(f"{path}: needs {extension}, which is not read; export it without compression")
        _check_counts(path, tree, limits)
        _check_nodes(path, tree, limits)
        _check_pictures(path, tree, binary, around, limits)
    except MeshError:
        raise
    except FileNotFoundError as error:
        raise MeshError(f"{path}: the file {error} that it names is missing; put it beside the mesh") from None
    # Whatever else the tree may hold in place of the numbers and lists of the format.
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise MeshError(f"{path}: is not a valid glTF file: {type(error).__name__}: {error}") from None
    return Facts(up="y")


COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}


def _check_counts(path: Path, tree: Mapping[str, Any], limits: Limits) -> None:
    """What the buffers hold, and what the meshes come to: each primitive is expanded, also where some share numbers."""
    accessors, views = tree.get("accessors", []), tree.get("bufferViews", [])
    if any(type(a["count"]) is not int or a["count"] < 0 for a in accessors):
        raise ValueError("a count is no number")
    if any("sparse" in a or "bufferView" not in a for a in accessors):
        raise MeshError(f"{path}: has sparse numbers, or some that stand nowhere, which is not read; export it again")
    most = 3 * limits.faces + 16 * limits.vertices
    at_most(path, "numbers", sum(a["count"] * COLUMNS[a["type"]] for a in accessors), most)
    at_most(path, "bytes of buffers", sum(int(view["byteLength"]) for view in views), 4 * limits.file_bytes)
    at_most(path, "pictures", len(tree.get("images", [])), limits.pictures)
    primitives = [p for mesh in tree.get("meshes", []) for p in mesh["primitives"]]
    at_most(path, "meshes", len(primitives), limits.nodes)
    used = [k for p in primitives for k in (*p["attributes"].values(), *([p["indices"]] if "indices" in p else []))]
    at_most(path, "numbers in its meshes", sum(accessors[k]["count"] * COLUMNS[accessors[k]["type"]] for k in used),
            most)
    at_most(path, "vertices", sum(accessors[p["attributes"]["POSITION"]]["count"] for p in primitives),
            limits.vertices)


def _check_nodes(path: Path, tree: Mapping[str, Any], limits: Limits) -> None:
    """A node has one parent at most, so that the graph is a tree; trees that are too deep are refused."""
    nodes = tree.get("nodes", [])
    at_most(path, "nodes", len(nodes), limits.nodes)
    parents: dict[int, int] = {}
    for parent, node in enumerate(nodes):
        for child in node.get("children", []):
            if child in parents or not 0 <= child < len(nodes):
                raise MeshError(f"{path}: its node {child} does not have exactly one parent; export it again")
            parents[child] = parent
    for node in range(len(nodes)):
        depth = 0
        while node in parents:
            node, depth = parents[node], depth + 1
            if depth > limits.depth:
                raise MeshError(f"{path}: its nodes are nested in a circle or more than {limits.depth} deep; "
                                f"export it again with transforms applied")


def _check_pictures(path: Path, tree: Mapping[str, Any], binary: bytes, around: Surroundings, limits: Limits) -> None:
    buffers: dict[int, bytes] = {}
    pixels = 0
    for k, image in enumerate(tree.get("images", [])):
        if "uri" in image:
            data = _uri(image["uri"], around)
        else:
            view = tree["bufferViews"][image["bufferView"]]
            index = view["buffer"]
            if index not in buffers:
                uri = tree["buffers"][index].get("uri")
                buffers[index] = binary if uri is None else _uri(uri, around)
            start = int(view.get("byteOffset", 0))
            data = buffers[index][start:start + int(view["byteLength"])]
        pixels += check_picture(path, str(image.get("name", k)), data, limits)
        at_most(path, "pixels in its textures", pixels, 2 * limits.picture_pixels)


def _uri(uri: str, around: Surroundings) -> bytes:
    if not uri.startswith("data:"):
        return around.get(uri)
    try:
        return base64.b64decode(uri.partition("base64,")[2], validate=True)
    except binascii.Error as error:
        raise ValueError(f"embedded data: {error}") from None


# -------------------------------------------------------------------------------------------------------------- COLLADA


def _dae(path: Path, data: bytes, around: Surroundings, limits: Limits) -> Facts:
    require("worldgen", "defusedxml", "collada")
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise MeshError(f"{path}: declares XML entities or a document type, which no mesh needs; "
                        f"export it again") from None
    except (ParseError, ValueError) as error:
        raise MeshError(f"{path}: is not valid XML: {error}") from None
    if _tag(root) != "COLLADA":
        raise MeshError(f"{path}: is not a COLLADA file")
    elements = list(root.iter())
    at_most(path, "pictures", sum(_tag(e) == "init_from" for e in elements), limits.pictures)
    nodes, indices = _expanded(path, elements, limits)
    at_most(path, "nodes", nodes, limits.nodes)
    at_most(path, "indices of faces", indices, 12 * limits.faces)
    ups = [(e.text or "").strip()[:1].lower() for e in elements if _tag(e) == "up_axis"]
    try:
        unit = next((float(e.get("meter", "1")) for e in elements if _tag(e) == "unit"), 1.0)
    except ValueError:
        raise MeshError(f"{path}: its unit of length is not a number of metres") from None
    return Facts(up=ups[0] if ups and ups[0] in ("x", "y", "z") else "y", unit=unit)  # y: COLLADA's default


def _expanded(path: Path, elements: Sequence[Any], limits: Limits) -> tuple[int, int]:
    """(nodes, indices of faces) once every instance stands in its place: nested ones multiply."""
    by_id = {e.get("id"): e for e in elements if _tag(e) in ("node", "geometry")}
    known: dict[int, tuple[int, int]] = {}

    def count(element: Any, above: tuple[int, ...]) -> tuple[int, int]:
        if id(element) in above or len(above) > limits.depth:
            raise MeshError(f"{path}: its nodes are nested in a circle or more than {limits.depth} deep; "
                            f"export it again with transforms applied")
        if id(element) in known:
            return known[id(element)]
        if _tag(element) == "geometry":
            nodes, indices = 1, sum(len((e.text or "").split()) for e in element.iter() if _tag(e) == "p")
        else:
            nodes, indices = 1, 0
            for child in element:
                if _tag(child) in ("instance_node", "instance_geometry"):
                    child = by_id.get((child.get("url") or "")[1:])
                elif _tag(child) not in ("node", "visual_scene"):
                    continue
                if child is not None:
                    more = count(child, (*above, id(element)))
                    nodes, indices = nodes + more[0], indices + more[1]
        known[id(element)] = nodes, indices
        return nodes, indices

    counts = [count(e, ()) for e in elements if _tag(e) == "library_visual_scenes"]
    return sum(nodes for nodes, _ in counts), sum(indices for _, indices in counts)


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


# --------------------------------------------------------------------------------------------------------------- others


def _obj(path: Path, data: bytes, around: Surroundings, limits: Limits) -> Facts:
    lines = data.replace(b"\r\n", b"\n").replace(b"\\\n", b" ").splitlines()  # a line may go on in the next
    words = [line.split() for line in lines if line.lstrip()[:1] in (b"v", b"f")]
    at_most(path, "vertices", sum(word[0] == b"v" for word in words), limits.vertices)
    # A face of n corners becomes n - 2 triangles.
    faces = sum(max(1, len(word) - 3) for word in words if word[0] == b"f")
    at_most(path, "faces", faces, limits.faces)
    return Facts()


def _stl(path: Path, data: bytes, around: Surroundings, limits: Limits) -> Facts:
    binary = len(data) >= 84 and len(data) == 84 + 50 * struct.unpack("<I", data[80:84])[0]
    at_most(path, "faces", (len(data) - 84) // 50 if binary else data.count(b"endfacet"), limits.faces)
    return Facts()


def _ply(path: Path, data: bytes, around: Surroundings, limits: Limits) -> Facts:
    head, mark, _ = data.partition(b"end_header")
    if not head.startswith(b"ply") or not mark:
        raise MeshError(f"{path}: is not a PLY file")
    for line in io.BytesIO(head):
        words = line.split()
        if len(words) == 3 and words[0] == b"element":
            if not words[2].isdigit():
                raise MeshError(f"{path}: is not a valid PLY file: it has {words[2]!r} {words[1]!r}")
            at_most(path, f"elements {words[1].decode(errors='replace')!r}", int(words[2]), limits.vertices)
    return Facts()


_CHECKS: Mapping[str, Callable[[Path, bytes, Surroundings, Limits], Facts]] = {
    ".glb": _glb, ".gltf": _gltf, ".dae": _dae, ".obj": _obj, ".stl": _stl, ".ply": _ply,
}  # fmt: skip
