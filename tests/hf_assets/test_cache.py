"""What packs take of the disk: what is listed, what goes, and what is left alone."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download

from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.cache import cached_packs, collect
from gen3d_bench.hf_assets.copying import LEFTOVER_S
from gen3d_bench.hf_assets.download import fetch, only_process
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.hub import Hub as Client
from gen3d_bench.worldgen.procedural.generator import VERSION
from tests.hf_assets.hub_server import Hub
from tests.hf_assets.packs import BIG, contents, make_pack, world, worlds

MB = 1 << 20


def pull(repo: str, client: Client) -> str:
    """The commit that was pulled."""
    return str(fetch(PackAddress.parse(repo), "everything", client).address.revision)


def replaced(hub: Hub, repo: str, tmp_path: Path, version: int) -> None:
    """Publishes another version, with the big scene still in it."""
    make_pack(tmp_path / f"v{version}", [world("desk", "pen", f"tray {version}", 90), worlds()[2]], version=version)
    new = contents(tmp_path / f"v{version}")
    hub.commit(repo, new, delete=tuple(hub.files(repo).keys() - new.keys()))


def test_an_empty_cache_has_nothing(client: Client) -> None:
    assert cached_packs(client) == []
    assert collect(client) == []


def test_packs_are_listed_with_what_is_here_of_them(
    hub: Hub, client: Client, published: str, tmp_path: Path
) -> None:
    hub.repos[published].refs["refs/tags/v1"] = hub.repos[published].refs["refs/heads/main"]
    begun = time.time()
    fetch(PackAddress.parse(f"{published}@v1/H0/id"), hub=client)
    (before,) = cached_packs(client)
    assert (before.repo, before.refs, before.name, before.version) == (published, ("v1",), "things", 1)
    assert (before.whole, before.scenes) == (2, 3)
    assert before.size < MB and before.last_used >= begun - 1
    pull(published, client)
    (after,) = cached_packs(client)
    assert (after.whole, after.refs) == (3, ("main", "v1"))
    assert after.size > BIG * MB


def test_revisions_that_nothing_stands_for_go_with_all_that_only_they_have(
    hub: Hub, client: Client, published: str, tmp_path: Path
) -> None:
    first = pull(published, client)
    for version in (2, 3):
        replaced(hub, published, tmp_path, version)
        last = pull(published, client)
    kept = contents(client.repo_folder(published) / "snapshots" / last)
    blobs = client.repo_folder(published) / "blobs"
    size = sum(blob.stat().st_size for blob in blobs.iterdir())
    (would,) = collect(client, dry_run=True)
    assert len(cached_packs(client)) == 3
    (freed,) = collect(client)
    assert freed.what == would.what and first[:12] in freed.what
    assert [pack.commit for pack in cached_packs(client)] == [last]
    assert contents(client.repo_folder(published) / "snapshots" / last) == kept
    linked = {os.path.realpath(file) for file in (client.repo_folder(published) / "snapshots").rglob("*.*")}
    assert {os.path.realpath(blob) for blob in blobs.iterdir()} <= linked
    assert freed.size == would.size == size - sum(blob.stat().st_size for blob in blobs.iterdir())
    assert fetch(PackAddress.parse(f"{published}@{first}/shelf"), hub=client).scenes


def test_what_is_no_pack_is_left_alone(hub: Hub, client: Client, tmp_path: Path) -> None:
    for content in (b"{}", b'{"schema_version": 9}'):  # somebody else's, and of a newer version
        hub.commit("ann/other", {"pack.json": content})
        hf_hub_download("ann/other", "pack.json", repo_type="dataset", cache_dir=client.cache, endpoint=client.endpoint)
    left = client.repo_folder("ann/other") / "blobs" / "1234.incomplete"
    left.write_bytes(b"1")
    os.utime(left, (1, 1))
    before = {str(path) for path in client.cache_folder.rglob("*")}
    assert (collect(client), cached_packs(client)) == ([], [])
    assert {str(path) for path in client.cache_folder.rglob("*")} == before


def test_what_is_being_downloaded_is_left_alone(hub: Hub, client: Client, published: str, tmp_path: Path) -> None:
    pull(published, client)
    replaced(hub, published, tmp_path, 2)
    pull(published, client)
    with only_process(published, client):
        assert collect(client) == []
    assert len(cached_packs(client)) == 2
    fresh, old = (client.repo_folder(published) / "blobs" / f"{name}.incomplete" for name in ("fresh", "old"))
    for file in (fresh, old):
        file.write_bytes(b"1234")
    os.utime(old, (time.time() - LEFTOVER_S - 60,) * 2)
    collect(client)
    assert (fresh.exists(), old.exists()) == (True, False)


def test_assets_of_older_generators_and_unfinished_ones_go(client: Client, tmp_path: Path) -> None:
    assets = tmp_path / "gen3d" / "assets"
    stale = [f"procedural-v{VERSION - 1}/cup-1-abc", f"procedural-v{VERSION}/.cup-2-abc.1234.tmp"]
    kept = [f"procedural-v{VERSION}/cup-1-abc", f"procedural-v{VERSION + 1}/cup-1-abc",
            f"procedural-v{VERSION}/.cup-3-abc.5678.tmp", "mine-v1/cup-1-abc", "library/cup"]
    for name in (*stale, *kept):
        (assets / name).mkdir(parents=True)
        (assets / name / "visual.glb").write_bytes(b"1" * 1000)
    for path in ((assets / stale[1]) / "visual.glb", assets / stale[1]):
        os.utime(path, (1, 1))
    freed = collect(client)
    assert [item.size for item in freed] == [1000, 1000]
    assert freed[0].what == f"assets of version {VERSION - 1} of generator procedural"
    assert [name for name in (*stale, *kept) if (assets / name).exists()] == kept


def test_checksums_of_files_that_are_gone_go_and_others_stay(
    client: Client, published: str, tmp_path: Path
) -> None:
    pull(published, client)
    verified = tmp_path / "gen3d" / "verified"
    (verified / "gone-123.json").write_text(json.dumps({str(tmp_path / "gone"): [[1, 2, 3, 4], "0"]}))
    assert len(collect(client)) == 1
    assert len(list(verified.glob("*.json"))) == 1
    shutil.rmtree(client.repo_folder(published))
    assert len(collect(client)) == 1
    assert list(verified.glob("*.json")) == []


def test_what_cannot_be_removed_is_said(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gen3d" / "assets" / "procedural-v1").mkdir(parents=True)

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(PackError, match="cannot remove assets of version 1 of generator procedural: Permission denied"):
        collect(client)


def test_what_somebody_else_removed_meanwhile_is_no_error(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tmp_path / "gen3d" / "assets" / "procedural-v1"
    stale.mkdir(parents=True)
    rmtree = shutil.rmtree

    def twice(folder: Path) -> None:
        rmtree(folder)
        rmtree(folder)

    monkeypatch.setattr(shutil, "rmtree", twice)
    assert len(collect(client)) == 1
    assert not stale.exists()
