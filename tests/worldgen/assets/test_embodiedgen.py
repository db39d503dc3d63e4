"""EmbodiedGen as a source of objects: its command in good and bad days, and folders of what it made."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.assets.backend import AssetError, AssetRequest, NoSuchAsset, SourceUnavailable
from gen3d_bench.worldgen.assets.command import TextTo3D
from gen3d_bench.worldgen.assets.embodiedgen import EmbodiedGenBackend
from gen3d_bench.worldgen.assets.procedural import ProceduralBackend
from gen3d_bench.worldgen.executors import Failure, outcomes
from tests.worldgen.assets.commands import program
from tests.worldgen.interchange.embodiedgen_files import box, layout_json, write_asset, write_task

Installed = Callable[[str], None]


def ask(name: str, description: str = "", seed: int = 0, **wishes: Any) -> AssetRequest:
    return AssetRequest("object", name, description or name, seed, **wishes)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Puts a program of the given behaviour on the PATH; what it has to tell is in tmp_path/log."""
    write_asset(tmp_path / "asset", "thing", [box(0.05, 0.03, 0.04)], 0.1, category="soap")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return lambda behaviour: program(tmp_path / "bin", behaviour, tmp_path / "asset", tmp_path / "log")


def left_behind(out: Path) -> list[str]:
    return [file.name for file in (out / "assets").iterdir()] if (out / "assets").exists() else []


def test_a_command_makes_an_asset(install: Installed, tmp_path: Path) -> None:
    install("ok")
    made = EmbodiedGenBackend(TextTo3D()).make(ask("soap bar", "-white- bar of soap", 7), tmp_path / "out")
    assert made.asset.info.name == "soap bar" and made.asset.info.mass == pytest.approx(0.1)
    assert made.asset.info.size == pytest.approx((0.05, 0.03, 0.04), abs=1e-4)
    assert left_behind(tmp_path / "out") == [made.asset.folder.name]
    told = (tmp_path / "log").read_text()
    words = ("'prompts': ['-white- bar of soap']", "'asset_names': ['soap bar']", "'seed_img': '7'", "'seed_3d': '7'")
    for word in words:
        assert word in told


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("fails", ["exit status 3", "CUDA out of memory"]),
        ("partial", ["not valid XML"]),
        ("no mesh", ["is not there"]),
        ("nothing", ["left no folder asset3d/soap_bar", "done"]),
        ("garbage", ["thing.obj"]),
        ("loud", ["exit status 1", "the end"]),
    ],
)
def test_bad_days_are_errors_that_say_so(
    install: Installed, tmp_path: Path, behaviour: str, words: list[str]
) -> None:
    install(behaviour)
    with pytest.raises(AssetError) as error:
        EmbodiedGenBackend(TextTo3D()).make(ask("soap bar"), tmp_path / "out")
    assert [word for word in words if word not in str(error.value)] == [] and len(str(error.value)) < 10_000
    assert left_behind(tmp_path / "out") == []


def test_a_command_that_hangs_is_stopped_with_its_children(install: Installed, tmp_path: Path) -> None:
    install("slow")
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"stopped after 3 s[^$]*still denoising"):
        EmbodiedGenBackend(TextTo3D(timeout_s=3.0)).make(ask("soap bar"), tmp_path / "out")
    assert time.monotonic() - began < 20
    assert _all_ended(tmp_path / "log")
    assert left_behind(tmp_path / "out") == []


def test_a_command_does_not_outlive_a_worker_that_is_killed(install: Installed, tmp_path: Path) -> None:
    install("slow")
    jobs = [None, tmp_path / "bin" / "text3d-cli"]
    with outcomes(_run, jobs, workers=1, ray=False, stall_s=6.0) as results:
        became = dict(results)
    assert became[None] is None and isinstance(became[jobs[1]], Failure)
    assert _all_ended(tmp_path / "log")


def _run(command: Path | None) -> Path | None:
    return command and TextTo3D((str(command),)).run("bar of soap", "soap", 0, command.parent)


def _all_ended(log: Path) -> bool:
    """Whether the "slow" program and its child, whose ids are in its log, have ended or do so soon."""
    ids = [int(number) for number in log.read_text().split()]
    assert len(ids) == 2
    for _ in range(100):
        if not any(_runs(pid) for pid in ids):
            return True
        time.sleep(0.05)
    return False


def _runs(pid: int) -> bool:
    """Whether a process is alive; one that nobody has waited for is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_command_that_is_missing_or_no_program_is_named(install: Installed, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"'no-such-cli' is not on the PATH.*embodiedgen:FOLDER"):
        EmbodiedGenBackend(TextTo3D(("no-such-cli",))).make(ask("soap"), tmp_path / "out")
    install("ok")
    (tmp_path / "bin" / "text3d-cli").write_text("#!/no/such/interpreter\n")
    with pytest.raises(SourceUnavailable, match=r"bin/text3d-cli cannot be started"):
        EmbodiedGenBackend(TextTo3D()).make(ask("soap"), tmp_path / "out")


def test_a_place_that_cannot_be_written_to_is_named(install: Installed, tmp_path: Path) -> None:
    install("ok")
    (tmp_path / "out").write_text("a file")
    for source in (TextTo3D(), tmp_path / "asset"):
        with pytest.raises(SourceUnavailable, match=r"out/assets: cannot be written to"):
            EmbodiedGenBackend(source).make(ask("soap" if source == TextTo3D() else "thing"), tmp_path / "out")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="there is no folder"):
        EmbodiedGenBackend(tmp_path / "none").make(ask("soap"), tmp_path / "out")


def test_the_next_is_taken_where_one_is_rejected_or_bad(tmp_path: Path) -> None:
    for place, height in (("a", 0.02), ("b", 0.03), ("c", 0.04)):
        write_asset(tmp_path / "made" / place, "fork", [box(0.1, 0.02, height)])
    for mesh in (tmp_path / "made" / "a").rglob("*.obj"):
        mesh.write_bytes(bytes(range(256)))
    backend = EmbodiedGenBackend(tmp_path / "made")
    rejected = frozenset[str]()
    for seed in range(2):
        made = backend.make(ask("fork", seed=seed, rejected=rejected), tmp_path / "out").asset
        assert made.info.size[2] > 0.025 and made.sha256 not in rejected
        rejected |= {made.sha256}
    with pytest.raises(NoSuchAsset, match=r"failed a check") as error:
        backend.make(ask("fork", rejected=rejected), tmp_path / "out")
    assert "cannot be used" in str(error.value)


def test_the_digest_tells_what_a_folder_holds(tmp_path: Path) -> None:
    for place in ("one", "two"):
        write_asset(tmp_path / place / "made", "fork", [box(0.1, 0.02, 0.02)])
    one, two = EmbodiedGenBackend(tmp_path / "one"), EmbodiedGenBackend(tmp_path / "two")
    assert len(one.digest()) == 64 and one.digest() == two.digest()
    write_asset(tmp_path / "two" / "more", "spoon", [box(0.1, 0.02, 0.02)])
    assert two.digest() == one.digest(), "read once"
    assert EmbodiedGenBackend(tmp_path / "two").digest() != one.digest()
    assert EmbodiedGenBackend(TextTo3D()).digest() == ""


def test_folders_of_assets_and_tasks_are_searched(tmp_path: Path) -> None:
    write_task(tmp_path / "made" / "task_0000")
    write_asset(tmp_path / "made" / "single", "sample", [box(0.05, 0.03, 0.02)], 0.04, category="sponge")
    backend = EmbodiedGenBackend(tmp_path / "made")
    plate = backend.make(ask("plate", "white plate"), tmp_path / "out")
    assert plate.asset.info.name == "white plate" and "EmbodiedGen's 'white plate'" in plate.notes[0]
    assert backend.make(ask("sponge"), tmp_path / "out").asset.info.category == "sponge"
    holder = backend.make(ask("pen holder", holds=True), tmp_path / "out").asset
    assert holder.info.hollow and holder.info.parts == 5
    again = EmbodiedGenBackend(tmp_path / "made").make(ask("plate", "white plate"), tmp_path / "b")
    assert again.asset.sha256 == plate.asset.sha256
    for wish, word in ((ask("plate", "red plate"), "it is white"), (ask("teapot"), "nearest:")):
        with pytest.raises(AssetError, match=word):
            backend.make(wish, tmp_path / "out")


def test_what_is_grasped_is_scaled_to_the_gripper(tmp_path: Path) -> None:
    write_asset(tmp_path / "made", "sponge", [box(0.12, 0.08, 0.05)], 0.1, category="sponge")
    backend = EmbodiedGenBackend(tmp_path / "made")
    assert min(backend.make(ask("sponge", grasped=True), tmp_path / "out").asset.info.size[:2]) < 0.05
    assert backend.make(ask("sponge"), tmp_path / "out").asset.info.size[:2] == pytest.approx((0.12, 0.08), abs=1e-4)


def test_what_embodiedgen_rejected_is_not_taken(tmp_path: Path) -> None:
    value = layout_json()
    value["quality"]["carrot"] = "NO: two carrots"
    write_task(tmp_path / "task", value)
    write_asset(tmp_path / "bad", "fork", [box(0.1, 0.02, 0.02)], overall="NO: no prongs")
    with pytest.raises(AssetError, match="has no 'carrot'"):
        EmbodiedGenBackend(tmp_path / "task").make(ask("carrot"), tmp_path / "out")
    with pytest.raises(AssetError, match="has no 'fork'"):
        EmbodiedGenBackend(tmp_path / "bad").make(ask("fork"), tmp_path / "out")
    taken = EmbodiedGenBackend(tmp_path / "bad", accept_flagged=True).make(ask("fork"), tmp_path / "out")
    assert any("no prongs" in note for note in taken.notes)


def test_tables_and_rooms_are_made_here(tmp_path: Path) -> None:
    backend = EmbodiedGenBackend(tmp_path, ProceduralBackend(AssetStore(tmp_path / "cache")))
    made = backend.make(AssetRequest("table", "table", "oak table", 3), tmp_path / "out")
    assert made.ref.generator == "procedural" and "not from EmbodiedGen" in made.notes[-1]


def test_one_bad_file_does_not_hide_the_rest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_asset(tmp_path / "made" / "good", "fork", [box(0.1, 0.02, 0.02)])
    (tmp_path / "made" / "bad").mkdir()
    (tmp_path / "made" / "bad" / "bad.urdf").write_text("<robot")
    (tmp_path / "made" / "layout.json").write_text("{}")
    assert EmbodiedGenBackend(tmp_path / "made").make(ask("fork"), tmp_path / "out").asset.info.name == "fork"
    assert "bad.urdf" in caplog.text and "layout.json" in caplog.text
