"""Packs of strangers, caches that somebody meddled with, and disks that fill up: nothing bad is used or left."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gen3d_bench.hf_assets import download
from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.download import fetch
from gen3d_bench.hf_assets.errors import DamagedPackError, PackError
from gen3d_bench.hf_assets.hub import Hub as Client
from gen3d_bench.hf_assets.pack import manifest_bytes, read_manifest
from gen3d_bench.hf_assets.scenes import load_scene_set
from tests.hf_assets.hub_server import Hub
from tests.hf_assets.packs import BIG, a_mesh, big_mesh

MB = 1 << 20


def at(address: str) -> PackAddress:
    return PackAddress.parse(address)


# What strangers push -------------------------------------------------------------------------------------------------


def test_a_pack_of_a_newer_schema_is_said_before_anything_else_is_fetched(
    hub: Hub, client: Client, published: str, pack: Path
) -> None:
    hub.commit(published, {"pack.json": b'{"schema_version": 2, "worlds": []}'})
    with pytest.raises(PackError, match=r"pack.json of ann/things@main: .* made by a newer gen3d-bench"):
        fetch(at(published), hub=client)
    assert len(hub.asked()) == 1


@pytest.mark.parametrize("path", ["../../../../.bashrc.json", "/etc/cron.d/x.json", "scenes/run.pkl", "a/../b.json"])
def test_a_manifest_that_names_paths_outside_or_foreign_files_is_refused(
    hub: Hub, client: Client, published: str, pack: Path, path: str
) -> None:
    value = json.loads((pack / "pack.json").read_bytes())
    value["files"][path] = {"sha256": "0" * 64, "size": 1}
    hub.commit(published, {"pack.json": json.dumps(value).encode()})
    with pytest.raises(PackError, match=r"pack\.json of ann/things@main"):
        fetch(at(published), "everything", client)
    assert len(hub.asked()) == 1


def test_a_scene_that_is_another_than_the_manifest_says_is_refused(
    hub: Hub, client: Client, published: str, pack: Path
) -> None:
    manifest = read_manifest(pack)
    renamed = manifest.scenes[0].model_copy(update={"id": "bench"})
    lie = manifest.model_copy(update={"scenes": (renamed, *manifest.scenes[1:]), "splits": {}})
    hub.commit(published, {"pack.json": manifest_bytes(lie)})
    with pytest.raises(PackError, match=r"this is scene 'desk'.* the manifest says 'bench'"):
        load_scene_set(f"{published}/bench", client)


def test_a_file_that_the_manifest_names_and_the_repository_lacks_is_said(
    hub: Hub, client: Client, published: str, pack: Path
) -> None:
    hub.commit(published, {}, delete=(a_mesh(pack),))
    with pytest.raises(PackError, match=f"has no file {a_mesh(pack)}; its owner has to push the pack again"):
        fetch(at(published), hub=client)


def test_links_in_the_cache_lead_into_it_or_are_not_followed(
    client: Client, published: str, pack: Path, tmp_path: Path
) -> None:
    got = fetch(at(published), hub=client)
    name = a_mesh(pack)
    elsewhere = tmp_path / "mine.glb"
    shutil.copyfile(got.folder / name, elsewhere)
    (got.folder / name).unlink()
    (got.folder / name).symlink_to(elsewhere)
    with pytest.raises(PackError, match="is a link that leads out of"):
        fetch(at(published), hub=client)
    assert elsewhere.exists()


def test_the_manifest_is_not_read_through_a_link_that_leads_out(
    client: Client, published: str, pack: Path, tmp_path: Path
) -> None:
    file = fetch(at(published), hub=client).folder / "pack.json"
    shutil.copyfile(file, tmp_path / "mine.json")
    file.unlink()
    file.symlink_to(tmp_path / "mine.json")
    with pytest.raises(PackError, match=r"pack\.json is a link that leads out of"):
        fetch(at(published), hub=client)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_neither_read_nor_kept_silently(
    client: Client, published: str, pack: Path, make: Callable[[Path], None]
) -> None:
    """A pipe would be waited for without end."""
    file = fetch(at(published), hub=client).folder / a_mesh(pack)
    file.unlink()
    make(file)
    if make is os.mkfifo:
        assert (fetch(at(published), hub=client).folder / a_mesh(pack)).read_bytes() == (
            pack / a_mesh(pack)).read_bytes()
    else:
        with pytest.raises(PackError, match=r"visual\.glb of .* cannot be transferred: .*Is a directory"):
            fetch(at(published), hub=client)


@pytest.mark.parametrize("name", ["pack.json", "mesh"])
def test_a_file_that_is_larger_than_it_may_be_is_given_up_before_it_is_downloaded(
    hub: Hub, client: Client, published: str, pack: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = big_mesh(pack) if name == "mesh" else name
    if name == "pack.json":
        monkeypatch.setattr(download, "LARGEST_MANIFEST", 1000)
    else:
        hub.commit(published, {name: (pack / name).read_bytes() * 2})
    with pytest.raises(DamagedPackError, match=rf"{name} of ann/things@\S+ is larger than the \d+ bytes"):
        fetch(at(published), hub=client)
    assert len([request for request in hub.asked(f"/{name}$") if request.sent]) <= 1
    blobs = client.repo_folder(published) / "blobs"
    assert [blob for blob in blobs.iterdir() if "incomplete" in blob.name or blob.stat().st_size > BIG << 20] == []


# The disk ----------------------------------------------------------------------------------------------------------


def test_what_does_not_fit_is_said_before_it_is_downloaded(
    hub: Hub, client: Client, published: str, full_disk: Callable[[int], Path]
) -> None:
    small = Client(client.endpoint, full_disk(8 * MB))
    with pytest.raises(PackError, match=r"12\.\d MB do not fit into .* set HF_HUB_CACHE to a larger disk"):
        fetch(at(published), hub=small)
    assert len(hub.asked()) == 1


def test_a_disk_that_fills_up_on_the_way_is_said_and_nothing_half_is_left(
    client: Client, published: str, pack: Path, full_disk: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room enough when it began; others filled the disk since."""
    disk = full_disk(8 * MB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1 << 40, 0, 1 << 40))
    with pytest.raises(PackError, match=r"the disk is full: .* of ann/things@"):
        fetch(at(published), hub=Client(client.endpoint, disk))
    assert list(disk.rglob("*.incomplete")) == []


def test_a_cache_that_cannot_remember_checksums_still_serves(
    client: Client, published: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = fetch(at(published), hub=client)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "file"))
    assert fetch(at(published), hub=client) == first
    shutil.rmtree(client.repo_folder(published))
    with pytest.raises(PackError, match=r"cannot write to .*set GEN3D_CACHE to a folder that is"):
        fetch(at(published), hub=client)


def test_remembered_checksums_that_are_damaged_are_forgotten(
    client: Client, published: str, tmp_path: Path
) -> None:
    first = fetch(at(published), hub=client)
    for content in ("not JSON", "[]", '{"a": 1}', '{"a": [[1], "b"]}'):
        for file in (tmp_path / "gen3d" / "verified").glob("*.json"):
            file.write_text(content)
        assert fetch(at(published), hub=client) == first
