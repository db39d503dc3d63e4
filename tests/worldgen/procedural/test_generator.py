from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trimesh

from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.procedural.assetfiles import corner_normals
from gen3d_bench.worldgen.procedural.generator import generate, generator
from gen3d_bench.worldgen.procedural.geometry import box, lathe
from gen3d_bench.worldgen.procedural.model import MAX_PART_VERTICES, MAX_PARTS
from gen3d_bench.worldgen.procedural.prompts import UnknownObjectError

PROMPTS = ("red apple", "yellow cup", "wicker basket", "fork", "oak table", "kitchen room")


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def made(prompt: str, seed: int, folder: Path) -> AssetInfo:
    folder.mkdir()
    return generate(prompt, seed, folder)


def test_same_bytes_in_another_process(tmp_path: Path) -> None:
    script = ("import sys, pathlib\nfrom gen3d_bench.worldgen.procedural.generator import generate\n"
              "for k, prompt in enumerate(sys.argv[2:]):\n"
              "    folder = pathlib.Path(sys.argv[1]) / str(k)\n    folder.mkdir()\n    generate(prompt, 7, folder)\n")
    other = tmp_path / "other"
    other.mkdir()
    # another hash seed and another order: neither may matter
    subprocess.run([sys.executable, "-c", script, str(other), *PROMPTS], check=True, env={"PYTHONHASHSEED": "12345"})
    for k, prompt in reversed(list(enumerate(PROMPTS))):
        folder = tmp_path / f"here{k}"
        made(prompt, 7, folder)
        assert digests(folder) == digests(other / str(k)), prompt


@pytest.mark.parametrize("prompt", PROMPTS)
def test_seeds_differ(prompt: str, tmp_path: Path) -> None:
    made(prompt, 1, tmp_path / "a")
    made(prompt, 2, tmp_path / "b")
    assert digests(tmp_path / "a")["visual.glb"] != digests(tmp_path / "b")["visual.glb"]


def test_prompts_have_streams_of_their_own() -> None:
    first, second = generator("red cup", 0).random(4), generator("blue cup", 0).random(4)
    assert not np.allclose(first, second)
    assert np.array_equal(generator("Red  cup", 0).random(4), first)


def test_files_of_an_object(tmp_path: Path) -> None:
    info = made("yellow cup", 3, tmp_path / "cup")
    folder = tmp_path / "cup"
    assert AssetInfo.model_validate(json.loads((folder / "asset.json").read_text())) == info
    assert (info.kind, info.category, info.hollow) == ("object", "cup", True)
    assert info.mass is not None
    scene = trimesh.load(folder / "visual.glb")
    low, high = scene.bounds
    assert low[1] == pytest.approx(0.0, abs=1e-5)  # Y up
    assert (high - low)[[0, 2, 1]] == pytest.approx(info.size, abs=2e-5)
    assert len(scene.graph.nodes_geometry) == len(scene.geometry)
    for mesh in scene.geometry.values():
        outward = np.einsum("ij,ij->i", mesh.face_normals, mesh.vertex_normals[mesh.faces].mean(axis=1))
        assert (outward > 0.3).mean() > 0.98


def test_collision_file_has_one_convex_block_per_part(tmp_path: Path) -> None:
    info = made("mug", 0, tmp_path / "mug")
    text = (tmp_path / "mug" / "collision.obj").read_text()
    assert text.count("\no ") + text.startswith("o ") == info.parts <= MAX_PARTS
    meshes = [trimesh.Trimesh(*block, process=False) for block in obj_blocks(text)]
    assert len(meshes) == info.parts
    for mesh in meshes:
        assert mesh.is_watertight
        assert mesh.is_convex
        assert mesh.volume > 0
        assert len(mesh.vertices) <= MAX_PART_VERTICES


def obj_blocks(text: str) -> Iterator[tuple[list[list[float]], list[list[int]]]]:
    """(vertices, faces) of each `o` block, faces counted from 0 within the block."""
    before = 0
    for block in text.split("o ")[1:]:
        rows = [line.split() for line in block.splitlines()]
        vertices = [[float(x) for x in row[1:]] for row in rows if row[0] == "v"]
        yield vertices, [[int(i) - 1 - before for i in row[1:]] for row in rows if row[0] == "f"]
        before += len(vertices)


def test_tables_and_rooms(tmp_path: Path) -> None:
    table = made("oak table", 0, tmp_path / "table")
    room = made("kitchen room", 0, tmp_path / "room")
    assert (table.kind, room.kind) == ("table", "room")
    assert table.mass is None
    assert room.mass is None
    assert (tmp_path / "table" / "collision.obj").exists()
    assert not (tmp_path / "room" / "collision.obj").exists()


def test_unknown_prompt_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UnknownObjectError, match="flurble"):
        generate("purple flurble", 0, tmp_path)
    assert not list(tmp_path.iterdir())


def test_normals_are_smooth_on_a_ball_and_sharp_on_a_box() -> None:
    t = np.linspace(-np.pi / 2, np.pi / 2, 17)
    ball = lathe(np.column_stack([np.cos(t), np.sin(t)]), segments=32)
    normals = corner_normals(ball.vertices, ball.faces, 60.0).reshape(-1, 3)
    places = ball.vertices[ball.faces.ravel()]
    assert np.einsum("ij,ij->i", normals, places / np.linalg.norm(places, axis=1, keepdims=True)).min() > 0.985
    cube = box((1.0, 1.0, 1.0), radius=0.01)
    flat = corner_normals(cube.vertices, cube.faces, 30.0)
    top = np.abs(cube.vertices[cube.faces][:, :, 2] - 1.0).max(axis=1) < 1e-9
    assert np.abs(flat[top] - (0.0, 0.0, 1.0)).max() < 1e-9
