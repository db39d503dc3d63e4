"""EmbodiedGen's `layout.json` in memory: typed, with this package's poses, nothing in it believed beyond its shape.

EmbodiedGen's world frame: metres, Z up, the floor at z = 0, the table (its "context") about x = y = 0.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.io import parse_json
from gen3d_bench.scenes.problems import describe, shown
from gen3d_bench.scenes.schema import Pose
from gen3d_bench.worldgen.interchange.limits import MeshError, read_bytes
from gen3d_bench.worldgen.interchange.surroundings import inside

MAX_BYTES = 1_000_000
"""Largest layout file that is read; real ones have about 3 kB."""
MAX_NODES = 200
MAX_NAME = 80
"""Longest name of a node, which becomes a file name."""
MAX_POSITION = 1000.0
"""Farthest that anything may stand from the origin (m)."""
NORM_TOLERANCE = 0.01
"""How far from 1 the length of a quaternion may be: EmbodiedGen rounds to four decimals."""

ROLES = ("background", "context", "robot", "manipulated_objs", "distractor_objs", "others")
"""What a node may be (`Scene3DItemEnum`)."""


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, strict=True)


def _list(value: Any) -> Any:
    """One name may stand without its list; JSON's lists are tuples here."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _pairs(value: Any) -> Any:
    return tuple(map(_list, value)) if isinstance(value, list) else value


def _quality(value: Any) -> Any:
    """A verdict as text: other tools write {"overall": "YES"} or true where EmbodiedGen writes "YES".

    What is neither is shown as it stands, which passes for no verdict that accepts.
    """
    if isinstance(value, dict):
        value = next((value[key] for key in ("overall", "verdict", "quality", "result", "flag") if key in value), value)
    return value if isinstance(value, str) else shown(value)


Names = Annotated[tuple[str, ...], BeforeValidator(_list)]
Children = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)]
Verdict = Annotated[str, BeforeValidator(_quality)]
Seven = Annotated[tuple[float, float, float, float, float, float, float], BeforeValidator(_list)]


class LayoutRelation(_Lenient):
    """What EmbodiedGen's designer made of a task sentence.  Other keys are in `model_extra`, verbatim."""

    task_desc: str = ""
    task: str = ""
    robot: str = ""
    background: str = ""
    context: str = ""
    manipulated_objs: Names = ()
    distractor_objs: Names = ()


class _File(_Lenient):
    tree: dict[str, Children] = Field(default_factory=dict)
    relation: LayoutRelation
    objs_desc: dict[str, str] = Field(default_factory=dict)
    objs_mapping: dict[str, str] = Field(default_factory=dict)
    assets: dict[str, str] = Field(default_factory=dict)
    quality: dict[str, Verdict] = Field(default_factory=dict)
    position: dict[str, Seven] = Field(default_factory=dict)


class EmbodiedGenLayout(BaseModel):
    """A layout file.  Keys of all mappings are names of nodes, as EmbodiedGen writes them ("pen holder").

    path: of the file; asset folders are relative to its folder.
    position: poses in EmbodiedGen's world, quaternions wxyz of unit length with the first part that is not 0 positive.
    extra: top-level keys that this package does not know, verbatim.
    warnings: what is odd or missing but can be lived with.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    tree: Mapping[str, tuple[tuple[str, str], ...]]
    relation: LayoutRelation
    objs_desc: Mapping[str, str]
    objs_mapping: Mapping[str, str]
    assets: Mapping[str, str]
    quality: Mapping[str, str]
    position: Mapping[str, Pose]
    extra: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def objects(self) -> tuple[str, ...]:
        """Names of what stands on the table: manipulated things, then distractors, each once."""
        return tuple(dict.fromkeys((*self.relation.manipulated_objs, *self.relation.distractor_objs)))

    def node(self, role: Literal["background", "context"]) -> str | None:
        """The node with a role that only one has; None if the file names none."""
        named: str = getattr(self.relation, role)
        return named or next((node for node, kind in self.objs_mapping.items() if kind == role), None)

    def folder(self, node: str) -> Path | None:
        """Where a node's asset lies, or would by EmbodiedGen's habit if the file does not say; None if that is missing.

        Raises SceneError for a folder outside the layout's.
        """
        usual = "background" if node == self.node("background") else f"asset3d/{file_stem(node)}/result"
        return contained(self.path, f"assets[{node!r}]", self.assets.get(node, usual))


def file_stem(node: str) -> str:
    """How EmbodiedGen names the files of a node.

    >>> file_stem("rubik's cube")
    "rubik's_cube"
    """
    return node.replace(" ", "_")


def canonical(xyzw: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """wxyz of length 1, the first part that is not 0 positive, from a nearly unit xyzw.  Raises ValueError.

    >>> canonical((0.0, 0.4783, 0.0, -0.8782))[0] > 0
    True
    """
    norm = sum(v * v for v in xyzw) ** 0.5
    if not abs(norm - 1.0) <= NORM_TOLERANCE:
        raise ValueError(f"the quaternion (the last four, xyzw) has length {norm:.4g} instead of 1")
    x, y, z, w = (v / norm for v in xyzw)
    first = next(v for v in (w, x, y, z) if v != 0)
    sign = 1.0 if first > 0 else -1.0
    return sign * w + 0.0, sign * x + 0.0, sign * y + 0.0, sign * z + 0.0


def read_layout(path: str | Path) -> EmbodiedGenLayout:
    """The layout in a JSON file (or in a folder's `layout.json`).  Looks at no asset.

    Raises SceneError, and nothing else, for a file that is missing, unreadable, too large or not a layout.
    """
    path = Path(path)
    if "\0" not in str(path) and path.is_dir():
        path = path / "layout.json"
    value = parse_json(path, _read(path))
    _writable(path, value)
    if not isinstance(value, dict) or "relation" not in value:
        raise SceneError(f"{path}: not an EmbodiedGen layout; its JSON is an object with a \"relation\"")
    try:
        file = _File.model_validate(value)
    except ValidationError as error:
        _refuse(path, describe(error, value))
    problems = [*_size_problems(file), *_name_problems(file)]
    poses: dict[str, Pose] = {}
    for node, numbers in file.position.items():
        try:
            poses[node] = _pose(numbers)
        except ValueError as error:
            problems.append(f"position[{node!r}]: {error}")
    if problems:
        _refuse(path, problems)
    for node, folder in file.assets.items():
        contained(path, f"assets[{node!r}]", folder)
    return EmbodiedGenLayout(
        path=Path(os.path.abspath(path)), tree=file.tree, relation=file.relation, objs_desc=file.objs_desc,
        objs_mapping=file.objs_mapping, assets=file.assets, quality=file.quality, position=poses,
        extra=dict(file.model_extra or {}), warnings=tuple(_warnings(file)),
    )


def contained(file: Path, where: str, name: str) -> Path | None:
    """The folder that a layout file means by a relative path; None if it is not there.

    Raises SceneError if it is absolute or leaves the layout's folder, as written or through a link.
    """
    base = Path(os.path.abspath(file.parent))
    if "\0" in name or os.path.isabs(name):
        raise SceneError(f"{file}: {where}: {shown(name)} is not a path relative to the layout's folder")
    folder = Path(os.path.abspath(base / name))
    if not folder.is_relative_to(base) or not inside(folder, base):
        raise SceneError(f"{file}: {where}: {shown(name)} leads out of the layout's folder; copy the asset into it")
    return folder if folder.is_dir() else None


def _read(path: Path) -> str:
    try:
        return read_bytes(path, MAX_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SceneError(f"{path}: not UTF-8 text (byte {error.start}); a layout is JSON text") from None
    except MeshError as error:
        raise SceneError(str(error)) from None


def _writable(path: Path, value: Any) -> None:
    """Raises SceneError for what could be read but not be written again."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise SceneError(f"{path}: holds half of a surrogate pair, which is no text") from None
    except ValueError:
        raise SceneError(f"{path}: holds NaN, Infinity or a number too large; write a finite number") from None


def _pose(numbers: tuple[float, ...]) -> Pose:
    x, y, z, *xyzw = numbers
    if max(abs(x), abs(y), abs(z)) > MAX_POSITION:
        raise ValueError(f"({x:g}, {y:g}, {z:g}) m is more than {MAX_POSITION:g} m away")
    qx, qy, qz, qw = xyzw
    return Pose(p=(x, y, z), q=canonical((qx, qy, qz, qw)))


def _nodes(file: _File) -> dict[str, None]:
    relation = file.relation
    named = (relation.background, relation.context, *relation.manipulated_objs, *relation.distractor_objs)
    everywhere = (*file.tree, *(child for pairs in file.tree.values() for child, _ in pairs), *file.objs_desc,
                  *file.objs_mapping, *file.assets, *file.quality, *file.position, *filter(None, named))
    return dict.fromkeys(everywhere)


def _size_problems(file: _File) -> Iterator[str]:
    count = len(_nodes(file))
    if count > MAX_NODES:
        yield f"names {count} nodes; at most {MAX_NODES} are read"


def _name_problems(file: _File) -> Iterator[str]:
    for node in _nodes(file):
        if not node.isprintable() or len(node) > MAX_NAME or not re.search(r"\w", node) or re.search(r"[/\\]", node):
            yield (f"{shown(node)} cannot name a node, whose files are called after it: use one line of at most "
                   f"{MAX_NAME} letters, with no slash")


def _warnings(file: _File) -> Iterator[str]:
    relation, mapping = file.relation, file.objs_mapping
    for node, role in mapping.items():
        if role not in ROLES:
            yield f"objs_mapping[{node!r}]: {shown(role)} is no role that EmbodiedGen has; ignored"
        listed = node in (*relation.manipulated_objs, *relation.distractor_objs)
        if role in ("manipulated_objs", "distractor_objs") and not listed:
            yield f"objs_mapping calls {node!r} one of the {role}, relation does not list it; ignored"
        if role == "others":
            yield f"{node!r} is neither manipulated nor a distractor; ignored"
    for node in (*relation.manipulated_objs, *relation.distractor_objs):
        if node not in file.position:
            yield f"position: none for {node!r}"
        if node not in file.assets:
            yield f"assets: none for {node!r}; looked for in asset3d/{file_stem(node)}/result"
    if not relation.background:
        yield "relation.background: is missing"


def _refuse(path: Path, problems: list[str]) -> NoReturn:
    if len(problems) == 1:
        raise SceneError(f"{path}: {problems[0]}")
    shown_problems = [*problems[:20], *([f"... and {len(problems) - 20} more"] if len(problems) > 20 else [])]
    raise SceneError("\n  ".join([f"{path}: not a valid layout, {len(problems)} problems:", *shown_problems]))
