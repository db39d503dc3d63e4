"""The viewer's server, and what it holds of a scene; no browser needed."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from signal import SIGINT

import numpy as np
import pytest

from gen3d_bench.scenes import load_scene_set
from gen3d_bench.scenes.schema import Pose, Provenance, Role, Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.viewer.contents import Contents
from gen3d_bench.worldgen.viewer.facts import facts, headline
from gen3d_bench.worldgen.viewer.layers import LAYERS
from gen3d_bench.worldgen.viewer.scene_view import SceneView, ViewerError, view

SCENES = load_scene_set("gen3d-100").scenes
PEN = SCENES[38]
KNIFE = SCENES[27].model_copy(
    update={"objects": tuple(thing.model_copy(update={"pose": None}) for thing in SCENES[27].objects)}
)
"""Without poses of its own."""


@pytest.fixture(scope="module")
def store() -> AssetStore:
    return AssetStore()


@pytest.fixture(scope="module")
def shown(store: AssetStore) -> Iterator[SceneView]:
    window = view([KNIFE, PEN], port=0, open_browser=False, block=False, store=store)
    yield window
    window.close()


def answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2.0)
        return probe.connect_ex((host, port)) == 0


def posed(scene: Scene, step: float) -> Scene:
    objects = tuple(o.model_copy(update={"pose": Pose(p=(0.3, step * k, 0.0))}) for k, o in enumerate(scene.objects))
    return scene.model_copy(update={"objects": objects})


def test_a_scene_with_poses_is_shown_at_them_and_others_at_those_of_seed_0(store: AssetStore) -> None:
    own = Contents.read(posed(KNIFE, 0.1), store)
    assert [pose.p[1] for pose in own.poses] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert own.origin == "the scene's own"
    first, again = Contents.read(KNIFE, store), Contents.read(KNIFE, store)
    assert first.poses == again.poses == own.laid_out(0).poses
    assert first.laid_out(1).poses != first.poses
    assert "seed 0" in first.origin and any("grasps" in note for note in first.notes)


def test_a_scene_without_a_layout_is_shown_in_a_row_with_the_reason(store: AssetStore) -> None:
    roles = {KNIFE.objects[0].name: Role.target, KNIFE.objects[1].name: Role.source}
    swapped = tuple(o.model_copy(update={"role": roles.get(o.name, o.role)}) for o in KNIFE.objects)
    relation = KNIFE.relations[0].model_copy(update={"subject": KNIFE.target.name, "object": KNIFE.source.name})
    impossible = KNIFE.model_copy(update={"objects": swapped, "relations": (relation,)})
    contents = Contents.read(impossible, store)
    assert "row" in contents.origin and KNIFE.source.name in contents.notes[0]
    assert len({pose.p for pose in contents.poses}) == len(contents.objects)


def test_facts_tell_everything_and_take_nothing_for_markup(store: AssetStore) -> None:
    checks = {"physics": "passed: at rest after 0.3 s", "note": "<script>alert(1)</script>"}
    notes = ("a quince is made as an apple",)
    provenance = Provenance(designer="grammar", source="a & b", checks=checks, notes=notes)
    contents = Contents.read(KNIFE.model_copy(update={"provenance": provenance}), store)
    page = headline(contents.scene) + facts(contents)
    for thing, asset in zip(KNIFE.objects, contents.objects, strict=True):
        assert thing.name in page and thing.role.value in page and f"{1000 * asset.info.mass:.0f} g" in page
    for words in (KNIFE.instruction, KNIFE.id, "grammar", "a &amp; b", "physics: passed: at rest after 0.3 s", *notes):
        assert words in page
    assert "<script>" not in page


def test_layers_are_shown_and_hidden(shown: SceneView) -> None:
    shown.show(KNIFE.id)
    assert {title: frame.visible for title, frame in shown._layers.frames.items()} == {
        title: default for title, (default, _) in LAYERS.items()
    }
    shown._toggle("Room", False)
    assert not shown._layers.frames["Room"].visible
    shown._toggle("Room", True)


def test_parts_fly_apart_and_come_back_but_never_into_the_table(shown: SceneView) -> None:
    layers = shown._layers
    assert len(layers.parts) == sum(len(parts) for parts in shown._contents.parts)
    layers.explode(1.0)
    moved = np.array([handle.position for handle, _ in layers.parts])
    assert np.linalg.norm(moved, axis=1).max() > 0.02
    lowest = [points[:, 2].min() for parts in shown._contents.parts for points in parts]
    assert (moved[:, 2] + lowest >= -1e-9).all()
    layers.explode(0.0)
    assert not np.any([handle.position for handle, _ in layers.parts])


def test_new_layouts_and_other_scenes(shown: SceneView) -> None:
    shown.show(KNIFE.id)
    before = shown._contents.poses
    shown.new_layout()
    assert shown._contents.poses != before and "seed 1" in shown._facts.content
    shown.show(PEN.id)
    assert PEN.instruction in shown._headline.content and shown._choice.value == PEN.id
    shown.show(KNIFE.id)
    assert shown._contents.poses == before


@pytest.mark.slow
@pytest.mark.render
def test_the_camera_picture_is_drawn(shown: SceneView) -> None:
    shown._take_picture(None)
    picture = shown._layers.frustum.image
    assert picture.shape == (480, 640, 3) and picture.std() > 10
    assert shown._picture.visible


def test_a_taken_port_gives_the_next_and_says_so(store: AssetStore, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        window = view([KNIFE], port=port, open_browser=False, block=False, store=store)
        try:
            assert window.port > port
            assert f"port {port} is taken; using {window.port}" in caplog.text
            assert answers(window.host, window.port)
        finally:
            window.close()
    assert not answers(window.host, window.port)


@pytest.mark.parametrize(("host", "port", "reason"), [
    ("192.0.2.1", 8080, "cannot serve at '192.0.2.1'"),
    ("127.0.0.1", 70000, "port 70000 is not from 0 to 65535"),
])
def test_what_cannot_be_served_is_said(host: str, port: int, reason: str, store: AssetStore) -> None:
    with pytest.raises(ViewerError, match=reason):
        SceneView([KNIFE], host, port, store)


def test_no_scene_is_an_error(store: AssetStore) -> None:
    with pytest.raises(ViewerError, match="no scene"):
        SceneView([], store=store)


def test_ctrl_c_ends_quietly() -> None:
    code = f"""
import logging
logging.basicConfig(level=logging.INFO, format="%(message)s")
from gen3d_bench.scenes import resolve_scenes
from gen3d_bench.worldgen.viewer.scene_view import view
view(resolve_scenes("{KNIFE.id}"), port=0, open_browser=False)
print("closed")
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = [process.stderr.readline()]
    while "Ctrl-C ends" not in said[-1]:
        assert said[-1], f"ended early: {said}"
        said.append(process.stderr.readline())
    time.sleep(0.3)  # the line is written just before the server waits
    process.send_signal(SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0 and out == "closed\n"
    assert "Traceback" not in err
