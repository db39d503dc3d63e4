"""Whatever `gen3d assets import` and `gen3d scenes import` are given: an exit code, short words, nothing elsewhere."""

from __future__ import annotations

import contextlib
import io
import json
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gen3d_bench.cli import main

from .embodiedgen_files import UPRIGHT, URDF, layout_json
from .meshfiles import dae, glb

pytest.importorskip("coacd")
pytestmark = pytest.mark.slow

BOX = trimesh.creation.box((0.04, 0.03, 0.02))
GOOD: dict[str, bytes] = {
    **{f".{kind}": data if isinstance(data := BOX.export(file_type=kind), bytes) else data.encode()
       for kind in ("glb", "obj", "stl", "ply")},
    ".dae": dae().encode(),
    ".urdf": URDF.format(stem="a", origin=UPRIGHT, friction=0.5, mass=0.1, category="a", description="a",
                         overall="YES", scale=1).replace("mesh/a.obj", "a.obj").encode(),
}  # fmt: skip
WORDS = st.sampled_from(["position", "../../etc/passwd", "/etc/passwd", "a.png", "", "\0", "x" * 5000, "NaN", "\ud800",
                         "POSITION", "\n[bold]"])  # fmt: skip
SCALARS = st.none() | st.booleans() | WORDS | st.integers(-(10**20), 10**20) | st.floats() | st.just(10**400)
TREES = st.recursive(SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(WORDS, below, max_size=3),
                     max_leaves=6)


@st.composite
def damaged(draw: st.DrawFn, suffix: str) -> bytes:
    """A file of that kind with a piece replaced, its tail cut off, or other bytes altogether."""
    data = GOOD[suffix]
    start = draw(st.integers(0, len(data)))
    stop = draw(st.integers(start, min(start + 40, len(data))))
    odd = [b"1e999", b"-1", b"nan", b"4294967295", b"<!DOCTYPE a>", b" "]
    piece = draw(st.binary(max_size=40) | st.sampled_from(odd))
    return draw(st.sampled_from([data[:start] + piece + data[stop:], data[:start], piece * 20]))


@st.composite
def odd_gltf(draw: st.DrawFn) -> bytes:
    """A glTF tree whose parts are whatever JSON can be."""
    length = struct.unpack("<I", GOOD[".glb"][12:16])[0]
    tree: dict[str, Any] = json.loads(GOOD[".glb"][20 : 20 + length])
    for key in draw(st.lists(st.sampled_from(sorted(tree)), min_size=1, max_size=2)):
        tree[key] = [*draw(st.lists(TREES, max_size=2)), *(tree[key] if isinstance(tree[key], list) else [])]
    return glb(tree, GOOD[".glb"][28 + length :])


FILES = st.sampled_from(sorted(GOOD)).flatmap(lambda suffix: st.tuples(st.just(suffix), damaged(suffix))) | st.tuples(
    st.just(".glb"), odd_gltf()
)


@contextlib.contextmanager
def corner() -> Iterator[tuple[Path, Callable[..., int]]]:
    """(a folder, gen3d): the command's exit code, once it is sure what it wrote and said.  Its own folder is `out`."""
    with TemporaryDirectory() as name:
        root = Path(name)

        def gen3d(*arguments: str) -> int:
            before = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}
            errors = io.StringIO()
            with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
                code = main(arguments)
            after = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}
            assert {p: data for p, data in after.items() if not p.is_relative_to(root / "out")} == before
            assert not list(root.glob("out/.*")), "nothing half done is left"
            assert "Traceback" not in errors.getvalue()
            assert not re.search(r"^(\S+: )?\w+(Error|Exception): ", errors.getvalue(), re.MULTILINE), errors.getvalue()
            return code

        yield root, gen3d


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(FILES, min_size=5, max_size=25), TREES)
def test_objects(files: list[tuple[str, bytes]], facts: object) -> None:
    with corner() as (root, gen3d):
        (root / "in").mkdir()
        for k, (suffix, data) in enumerate(files):
            (root / "in" / f"{k}{suffix}").write_bytes(data)
        (root / "in" / "good.glb").write_bytes(GOOD[".glb"])
        (root / "in" / "model_db.json").write_text(json.dumps({"good": facts, "0": {"density": facts}}))
        assert gen3d("assets", "import", str(root / "in"), "--into", str(root / "out")) in (0, 1)
        assert (root / "out" / "good" / "manifest.json").is_file()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_layouts(data: st.DataObject) -> None:
    value = layout_json()
    for key in data.draw(st.lists(st.sampled_from(sorted(value)), max_size=2)):
        value[key] = data.draw(TREES | st.fixed_dictionaries({"carrot": TREES, "table": TREES}))
    text = json.dumps(value).encode()
    with corner() as (root, gen3d):
        place = root / "task_0000"
        for stem in ("carrot", "white_plate"):
            (place / "asset3d" / stem / "result").mkdir(parents=True)
            (place / "asset3d" / stem / "result" / f"{stem}.urdf").write_bytes(data.draw(damaged(".urdf")))
        (place / "layout.json").write_bytes(data.draw(st.just(text) | st.binary(max_size=200)))
        code = gen3d("scenes", "import", str(place), "--out", str(root / "out"))
        assert code == 2, "there are no meshes"
        assert not list(root.glob("out/*"))
