"""`gen3d assets ...` against a Hub: results on standard output, errors in one line."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from huggingface_hub import constants

from gen3d_bench.hf_assets import build
from gen3d_bench.hf_assets.check import check_pack
from gen3d_bench.hf_assets.pack import read_manifest
from tests.hf_assets.conftest import Gen3d, Shell
from tests.hf_assets.hub_server import Hub
from tests.hf_assets.packs import BIG, contents, make_pack, without_pictures, world

MB = 1 << 20


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a command failed with."""
    assert (done.returncode, done.stdout) == (2, ""), done
    lines = [line for line in done.stderr.splitlines() if line.startswith("gen3d: ")]
    assert len(lines) == 1 and "Traceback" not in done.stderr, done.stderr
    return lines[0]


def test_push_pull_verify_and_list(hub: Hub, shell: Shell, pack: Path, tmp_path: Path) -> None:
    pushed = shell.gen3d("assets", "push", str(pack), "ann/things", "--private", "--message", "all three")
    assert pushed.returncode == 0, pushed.stderr
    commit = hub.repos["ann/things"].find("main")
    assert commit is not None and commit.title == "all three" and hub.repos["ann/things"].private
    assert pushed.stdout == f"{hub.url}/datasets/ann/things/commit/{commit.oid}\n"
    assert pushed.stderr == ""

    pulled = shell.gen3d("assets", "pull", "ann/things", "--to", str(tmp_path / "mine"))
    assert (pulled.returncode, pulled.stdout) == (0, f"{tmp_path / 'mine'}\n"), pulled.stderr
    assert contents(tmp_path / "mine") == {path: data for path, data in hub.files("ann/things").items()
                                           if path != ".gitattributes"}
    assert not any(file.is_symlink() for file in (tmp_path / "mine").rglob("*"))

    for target in ("ann/things", str(tmp_path / "mine")):
        verified = shell.gen3d("assets", "verify", target)
        assert verified.returncode == 0, verified.stderr
        assert "3 scenes, " in verified.stderr
    file = next((tmp_path / "mine").rglob("*.glb"))
    file.write_bytes(b"!")
    damaged = shell.gen3d("assets", "verify", str(tmp_path / "mine"))
    assert (damaged.returncode, damaged.stdout) == (1, "")
    assert f"{file.relative_to(tmp_path / 'mine')}: has 1 bytes instead of" in damaged.stderr

    listed = shell.gen3d("assets", "list").stdout.splitlines()
    assert listed[1].split()[:7] == ["ann/things", "main", "things", "v1", "3", "of", "3"]


def test_some_scenes_are_pulled_as_a_pack_of_their_own(
    hub: Hub, gen3d: Gen3d, published: str, tmp_path: Path
) -> None:
    pulled = gen3d("assets", "pull", f"hf://{published}@main", "--scenes", "H0/id", "desk", "--to",
                         str(tmp_path / "part"))
    assert pulled.returncode == 0, pulled.stderr
    assert hub.sent() < MB
    part = read_manifest(tmp_path / "part")
    assert check_pack(tmp_path / "part") == []
    assert (part.ids, part.splits) == (("desk", "kitchen/a"), {"H0/id": ("desk", "kitchen/a")})
    assert part.notes[-1].startswith("2 of the 3 scenes of hf://ann/things@")
    listed = gen3d("scenes", "list", str(tmp_path / "part" / "scenes"))
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == ["desk", "kitchen/a"]
    both = gen3d("assets", "pull", f"{published}/desk", "--scenes", "shelf")
    assert "leave out one of the two" in error_of(both)


def test_packs_are_made_of_folders_and_of_other_packs(
    hub: Hub, gen3d: Gen3d, published: str, pack: Path, tmp_path: Path
) -> None:
    hashes = {scene.id: scene.sha256 for scene in read_manifest(pack).scenes}
    with without_pictures():
        made = gen3d("assets", "pack", f"hf://{published}/H0/id", "--to", str(tmp_path / "two"), "--name", "two",
                     "--version", "7", "--description", "Two of three.")
        assert (made.returncode, made.stdout) == (0, f"{tmp_path / 'two'}\n"), made.stderr
        pushed = gen3d("assets", "push", str(tmp_path / "two" / "scenes"), "ann/two")
        assert pushed.returncode == 0 and pushed.stdout.startswith(f"{hub.url}/datasets/ann/two/commit/"), pushed.stderr
    two = read_manifest(tmp_path / "two")
    assert (two.name, two.version, two.description) == ("two", 7, "Two of three.")
    assert {scene.id: scene.sha256 for scene in two.scenes} == {key: hashes[key] for key in ("desk", "kitchen/a")}
    again = json.loads(hub.files("ann/two")["pack.json"])
    assert {scene["id"]: scene["sha256"] for scene in again["scenes"]}.items() <= hashes.items()
    assert "version: 0 is too small" in error_of(gen3d("assets", "pack", "H0/ood", "--to", "x", "--version", "0"))


def test_a_terminal_sees_how_far_a_first_use_is(hub: Hub, shell: Shell, published: str, pack: Path) -> None:
    terminal, end = os.openpty()
    process = shell.start("-m", "gen3d_bench", "scenes", "list", f"hf://{published}", stderr=end)
    os.close(end)
    said = b""
    with contextlib.suppress(OSError):  # how the end of a terminal is told
        while block := os.read(terminal, MB):
            said += block
    os.close(terminal)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "put the pen on the book" in out
    size = sum(read_manifest(pack).files[path].size for path in read_manifest(pack).paths(read_manifest(pack).scenes))
    assert b"Checking" in said and b"Downloading" in said and f"/{size / 1e6:.1f} MB".encode() in said, said


def test_without_a_network_what_is_cached_is_used_and_what_is_not_is_said(
    hub: Hub, shell: Shell, published: str
) -> None:
    assert shell.gen3d("assets", "pull", published, "--scenes", "desk").returncode == 0
    count = len(hub.requests)
    there = shell.gen3d("scenes", "list", f"hf://{published}/desk", HF_HUB_OFFLINE="1")
    assert "put the pen on the book" in there.stdout, there.stderr
    part = shell.gen3d("scenes", "list", f"hf://{published}/shelf", HF_HUB_OFFLINE="1")
    assert f"and HF_HUB_OFFLINE is set; unset it once and run `gen3d assets pull {published}@" in error_of(part)
    nothing = shell.gen3d("assets", "pull", "ann/other", HF_HUB_OFFLINE="1")
    assert "pack.json of ann/other@main is not in" in error_of(nothing)
    assert len(hub.requests) == count


def test_errors_are_one_line(hub: Hub, gen3d: Gen3d, published: str, pack: Path) -> None:
    hub.repos[published].private = True
    hub.repos[published].owner = "bob"
    assert "if it is private, log in" in error_of(gen3d("assets", "pull", published))
    hub.repos[published].owner = "ann"
    assert "has no revision 'v9'" in error_of(gen3d("scenes", "list", f"hf://{published}@v9"))
    assert "names no repository" in error_of(gen3d("assets", "push", str(pack), "things"))
    nothing = gen3d("assets", "list")
    assert (nothing.returncode, nothing.stdout) == (0, "") and "no packs in the cache" in nothing.stderr
    assert "unknown scene, set or split 'nowhere'" in error_of(gen3d("assets", "push", "nowhere", "ann/x"))
    assert "there is no folder nowhere, and 'nowhere' names no repository" in error_of(
        gen3d("assets", "verify", "nowhere"))


@pytest.mark.parametrize(("words", "settings", "said"), [
    (("things",), {}, "'things' names no repository"),
    (("ann/things@v1",), {}, "name a branch apart from it"),
    (("ann/things", "--branch", "next", "--pull-request"), {}, "leave out the branch or the pull request"),
    (("ann/things",), {"HF_TOKEN": ""}, "to push to ann/things, log in with `hf auth login` or set HF_TOKEN"),
    (("ann/things",), {"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
])
def test_what_cannot_be_pushed_is_said_before_a_pack_is_made(
    hub: Hub, gen3d: Gen3d, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    monkeypatch.setattr(build, "build_pack", None)  # whoever calls it fails otherwise than with an error in one line
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", "HF_HUB_OFFLINE" in settings)
    assert said in error_of(gen3d("assets", "push", "gen3d-100", *words))
    assert hub.requests == []


def test_two_processes_pull_the_same_pack_at_once(hub: Hub, shell: Shell, published: str, pack: Path) -> None:
    two = [shell.start("-m", "gen3d_bench", "assets", "pull", published) for _ in range(2)]
    answers = [process.communicate(timeout=120) for process in two]
    assert [process.returncode for process in two] == [0, 0], answers
    assert answers[0][0] == answers[1][0]
    assert contents(Path(answers[0][0].strip())) == contents(pack)
    size = sum(entry.size for entry in read_manifest(pack).files.values())
    assert hub.sent() < size + 2 * (pack / "pack.json").stat().st_size + 1


def test_a_process_that_is_killed_on_the_way_leaves_nothing_that_harms(
    hub: Hub, shell: Shell, published: str, pack: Path, tmp_path: Path
) -> None:
    mesh = next(path for path, entry in read_manifest(pack).files.items() if entry.size > BIG * MB)
    fault = hub.fail("hold", f"/{mesh}$", after=11 * MB)
    process = shell.start("-m", "gen3d_bench", "assets", "pull", published)
    assert fault.reached.wait(60)
    process.kill()
    process.communicate()
    fault.release.set()
    blobs = tmp_path / "hf" / "hub" / "datasets--ann--things" / "blobs"
    leftovers = list(blobs.glob("*.incomplete"))
    assert leftovers
    again = shell.gen3d("assets", "pull", published)
    assert again.returncode == 0, again.stderr
    assert contents(Path(again.stdout.strip())) == contents(pack)
    for file in leftovers:
        os.utime(file, (1, 1))
    freed = shell.gen3d("assets", "gc")
    assert "an unfinished download of ann/things" in freed.stdout, freed
    assert list(blobs.glob("*.incomplete")) == []


def test_an_older_revision_is_collected(hub: Hub, gen3d: Gen3d, published: str, tmp_path: Path) -> None:
    assert gen3d("assets", "pull", published).returncode == 0
    make_pack(tmp_path / "new", [world("desk", "pen", "tray", 90)], version=2)
    hub.commit(published, contents(tmp_path / "new"))
    assert gen3d("assets", "pull", published).returncode == 0
    would = gen3d("assets", "gc", "--dry-run")
    assert would.stdout.split()[1] == "MB" and float(would.stdout.split()[0]) > BIG
    assert would.stderr.endswith(" MB would be freed\n")
    assert len(gen3d("assets", "list").stdout.splitlines()) == 3
    assert gen3d("assets", "gc").stderr.endswith(" MB were freed\n")
    assert len(gen3d("assets", "list").stdout.splitlines()) == 2


@pytest.mark.render
def test_a_stranger_runs_a_pack_in_an_environment(hub: Hub, shell: Shell, tmp_path: Path) -> None:
    from tests.hf_assets.real_packs import real_pack

    hub.commit("ann/real", contents(real_pack()))
    code = """
import gymnasium, gen3d_bench
env = gymnasium.make("Gen3D-PickPlace-v0", scenes="hf://ann/real@main")
obs, info = env.reset(seed=0)
print(info["scene_id"], info["scene_sha256"])
"""
    done = shell.run("-c", code, LP_NUM_THREADS="1")
    known = {scene.id: scene.sha256 for scene in read_manifest(real_pack()).scenes}
    assert dict([done.stdout.split()]).items() <= known.items(), done
