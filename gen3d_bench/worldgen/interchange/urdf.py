"""URDF files of single rigid things, as EmbodiedGen and its relatives write them.

One link with one visual mesh and at most one collision mesh.  Read with suspicion: no entities, no paths out of the
asset's folder.  The inertia tensor is not read, as EmbodiedGen writes the same placeholder (1 kg m^2) for everything,
and `extra_info/scale` is kept but never applied, as the meshes have it already.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.extras import require
from gen3d_bench.scenes.problems import shown
from gen3d_bench.worldgen.interchange.limits import MeshError, read_bytes
from gen3d_bench.worldgen.interchange.surroundings import inside

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 1_000_000
"""Largest URDF file that is read; real ones have about 3 kB."""
MAX_TAGS = 2_000
MAX_DEPTH = 20
MAX_LENGTH = 100.0
"""Largest offset of a mesh (m), either way."""
SCALES = (1e-4, 1e4)
"""Range of a mesh's scale."""
UNKNOWN = frozenset({"", "unknown", "none", "null", "nan", "n/a"})
"""What templates and failed look-ups leave where a value should be."""


class UrdfError(ValueError):
    """A URDF file cannot be read, or does not describe one rigid thing made of meshes."""


@dataclass(frozen=True)
class UrdfMesh:
    """A mesh file (absolute path) and how it is put into the link: scaled, turned by rpy (rad), moved by xyz (m)."""

    file: Path
    xyz: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rpy: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """[4, 4] from the mesh's frame to the link's, which is Z-up."""
        (sr, sp, sy), (cr, cp, cy) = np.sin(self.rpy), np.cos(self.rpy)
        turn = np.array([
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ])
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = turn * np.asarray(self.scale), self.xyz
        return matrix


@dataclass(frozen=True)
class UrdfAsset:
    """What a URDF file says.  mass: kg.  friction: static and dynamic coefficient.  None where it says nothing.

    extra: every other text in the file by its path in the document ("link/extra_info/min_height" -> "0.1"), verbatim.
    quality: verdicts of EmbodiedGen's checkers by name; `overall` is "YES" or "NO ...".
    """

    file: Path
    name: str
    visual: UrdfMesh
    collision: UrdfMesh | None = None
    mass: float | None = None
    friction: float | None = None
    dynamic_friction: float | None = None
    category: str | None = None
    description: str | None = None
    quality: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)


def find_urdf(folder: Path, name: str, root: Path) -> Path:
    """The URDF of an asset: `<name>.urdf`, else the only `*.urdf`, in the folder or in its `result`.

    name: of the layout's node; blanks are underscores in file names.  root: links that lead out of it count as absent.
    Raises UrdfError.
    """
    stem = name.replace(" ", "_")
    places = [place for place in (folder, folder / "result") if place.is_dir() and inside(place, root)]
    for place in places:
        if (place / f"{stem}.urdf").is_file() and inside(place / f"{stem}.urdf", root):
            return place / f"{stem}.urdf"
    for place in places:
        found = sorted(file for file in place.glob("*.urdf") if file.is_file() and inside(file, root))
        if len(found) > 1:
            names = ", ".join(file.name for file in found[:5])
            raise UrdfError(f"{place}: which of {names} is meant? None is called {stem}.urdf; keep or rename one")
        if found:
            return found[0]
    raise UrdfError(f"{folder}: holds no URDF file, neither {stem}.urdf nor another *.urdf, here or in result/")


def read_urdf(path: str | Path) -> UrdfAsset:
    """What a URDF file says.  Mesh files must exist and lie in the file's folder or below, links followed.

    Raises UrdfError, and nothing else but MissingExtra.
    """
    path = Path(os.path.abspath(path))
    robot = _parse(path)
    try:
        return _asset(path, robot)
    except UrdfError as error:
        raise UrdfError(f"{path}: {error}") from None


def _parse(path: Path) -> Element:
    require("worldgen", "defusedxml")
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        data = read_bytes(path, MAX_BYTES)
    except MeshError as error:
        raise UrdfError(str(error)) from None
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise UrdfError(f"{path}: declares a document type or entities, which is not allowed; remove them") from None
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding nobody knows
        raise UrdfError(f"{path}: not valid XML: {error}") from None
    if sum(1 for _ in root.iter()) > MAX_TAGS:
        raise UrdfError(f"{path}: more than {MAX_TAGS} tags, which no URDF of one thing has")
    return root


def _asset(path: Path, robot: Element) -> UrdfAsset:
    if robot.tag != "robot":
        raise UrdfError(f"the outermost tag is <{robot.tag}>, a URDF begins with <robot>")
    links = robot.findall("link")
    joints = len(robot.findall("joint"))
    if len(links) != 1 or joints:
        raise UrdfError(f"has {len(links)} links and {joints} joints; only rigid things of one link can be imported")
    link = links[0]
    visuals, collisions = link.findall("visual"), link.findall("collision")
    if len(visuals) != 1 or len(collisions) > 1:
        raise UrdfError(f"has {len(visuals)} <visual> and {len(collisions)} <collision>; one of each is expected "
                        f"(convex parts stand in one file, an `o` block each)")
    mass = link.find("inertial/mass")
    texts = dict(_texts(robot))
    return UrdfAsset(
        file=path,
        name=robot.get("name") or link.get("name") or path.stem,
        visual=_mesh(path, visuals[0]),
        collision=_mesh(path, collisions[0]) if collisions else None,
        mass=_positive("inertial/mass", mass.get("value", "") if mass is not None else "", 1e4),
        friction=_positive("mu1", _first(link, "mu1"), 1e3),
        dynamic_friction=_positive("mu2", _first(link, "mu2"), 1e3),
        category=_known(texts.get("link/extra_info/category")),
        description=_known(texts.get("link/extra_info/description")),
        quality={tag.tag: (tag.text or "").strip() for tag in robot.findall("custom_data/quality/*")},
        extra=texts,
    )


def _mesh(path: Path, tag: Element) -> UrdfMesh:
    mesh, origin = tag.find("geometry/mesh"), tag.find("origin")
    if mesh is None:
        shape = next(iter(tag.findall("geometry/*")), None)
        raise UrdfError(f"<{tag.tag}> has {'no shape' if shape is None else f'a <{shape.tag}>'} instead of a mesh")
    zero, one = "0 0 0", "1 1 1"
    where = f"{tag.tag}/origin"
    xyz = _three(f"{where} xyz", origin.get("xyz", zero) if origin is not None else zero, -MAX_LENGTH, MAX_LENGTH)
    rpy = _three(f"{where} rpy", origin.get("rpy", zero) if origin is not None else zero, -MAX_LENGTH, MAX_LENGTH)
    scale = _three(f"{tag.tag}/mesh scale", mesh.get("scale", one), *SCALES)
    return UrdfMesh(_inside(path.parent, mesh.get("filename", "")), xyz, rpy, scale)


def _inside(folder: Path, name: str) -> Path:
    """The mesh file that a name means: in the asset's folder or below."""
    if not name or "\0" in name or "://" in name:
        raise UrdfError(f"mesh {shown(name)} is not a file name relative to the URDF")
    file = Path(os.path.abspath(folder / name))
    if os.path.isabs(name) or not file.is_relative_to(folder) or not inside(file, folder):
        raise UrdfError(f"mesh {shown(name)} leads out of the asset's folder; copy the file (not a link) into it")
    if not file.is_file():
        raise UrdfError(f"mesh {shown(name)} is not there")
    return file


def _three(where: str, text: str, low: float, high: float) -> tuple[float, float, float]:
    words = text.split()
    if len(words) == 1 and where.endswith("scale"):
        words *= 3
    values = [_number(where, word) for word in words]
    if len(values) != 3:
        raise UrdfError(f"{where} has {len(values)} numbers instead of 3: {text[:60]!r}")
    if not all(low <= value <= high for value in values):
        raise UrdfError(f"{where} is not from {low:g} to {high:g}: {text[:60]!r}")
    return values[0], values[1], values[2]


def _number(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UrdfError(f"{where}: {text[:60]!r} is not a number") from None
    if not math.isfinite(value):
        raise UrdfError(f"{where}: {text[:60]!r} is not a finite number")
    return value


def _positive(where: str, text: str | None, most: float) -> float | None:
    """A number above 0, or None where the file does not know."""
    known = _known(text)
    if known is None:
        return None
    value = _number(where, known)
    if not 0 < value <= most:
        raise UrdfError(f"{where}: {known} is not above 0 and at most {most:g}")
    return value


def _known(text: str | None) -> str | None:
    """One line of text without the quotes that EmbodiedGen's template leaves; None if it stands for "unknown"."""
    line = re.sub(r"\s+", " ", text or "").strip().strip("\"'").strip()
    return None if line.lower() in UNKNOWN else line


def _first(link: Element, tag: str) -> str | None:
    return next((found.text for found in link.iter(tag)), None)


def _texts(robot: Element) -> Iterator[tuple[str, str]]:
    """(path, text) of every tag with text of its own; repeated paths are numbered from the second on."""
    seen: dict[str, int] = {}
    pending = [(child, child.tag) for child in reversed(robot)]
    while pending:
        tag, path = pending.pop()
        if path.count("/") >= MAX_DEPTH:
            raise UrdfError(f"tags are nested more than {MAX_DEPTH} deep, which no URDF of one thing needs")
        if tag.text and tag.text.strip():
            seen[path] = seen.get(path, 0) + 1
            yield (path if seen[path] == 1 else f"{path}[{seen[path]}]"), tag.text.strip()
        pending += [(child, f"{path}/{child.tag}") for child in reversed(tag)]
