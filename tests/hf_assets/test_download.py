"""Packs from the Hub: what is transferred, what is kept, what goes wrong on the way, and who may not."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from gen3d_bench.hf_assets import verified
from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.download import fetch, resolve
from gen3d_bench.hf_assets.errors import DamagedPackError, PackError
from gen3d_bench.hf_assets.hub import Hub as Client
from gen3d_bench.hf_assets.pack import read_manifest
from gen3d_bench.hf_assets.scenes import load_scene_set
from gen3d_bench.scenes.store import AssetStore, scene_sha256
from tests.hf_assets.conftest import Waits
from tests.hf_assets.hub_server import Hub
from tests.hf_assets.packs import BIG, GENERATORS, a_mesh, big_mesh, contents, make_pack, world, worlds

MB = 1 << 20


def at(address: str) -> PackAddress:
    return PackAddress.parse(address)


def one_file(kind: str, pack: Path) -> str:
    return {"mesh": a_mesh(pack), "scene": "scenes/desk.json", "manifest": "pack.json"}[kind]


# What is transferred -----------------------------------------------------------------------------------------------


def test_everything_arrives_bit_by_bit(hub: Hub, client: Client, published: str, pack: Path) -> None:
    got = fetch(at(published), "everything", client)
    assert contents(got.folder) == contents(pack)
    assert got.address.revision == hub.repos[published].refs["refs/heads/main"]
    assert got.manifest == read_manifest(pack)


def test_the_manifest_comes_first_and_then_only_what_the_wanted_scenes_need(
    hub: Hub, client: Client, published: str, pack: Path
) -> None:
    hub.commit(published, {"scenes/evil.pkl": b"\x80\x04.", "more.zip": b"PK"})
    got = fetch(at(f"{published}/H0/id"), hub=client)
    assert [scene.id for scene in got.scenes] == ["desk", "kitchen/a"]
    asked = [re.sub(r"^/datasets/ann/things/resolve/[^/]+/", "", request.path) for request in hub.asked(method="HEAD")]
    assert asked[0] == "pack.json"
    assert sorted(asked[1:]) == sorted(got.manifest.paths(got.scenes))
    assert not any("vase" in path or path.endswith((".jpg", ".parquet", ".md")) for path in asked)
    assert {request.path.rpartition("/")[2] for request in hub.asked()} <= {path.rpartition("/")[2] for path in asked}
    assert hub.sent() < MB < sum(entry.size for entry in got.manifest.files.values())


def test_a_second_use_transfers_nothing_and_hashes_nothing(
    hub: Hub, client: Client, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fetch(at(published), hub=client)
    hub.forget()
    hashed: list[Path] = []
    monkeypatch.setattr(verified, "sha256_of", lambda file, _: hashed.append(file) or "")
    assert fetch(at(published), hub=client) == first
    assert [(request.method, request.sent) for request in hub.requests] == [("HEAD", 0)]
    assert fetch(first.address, hub=client) == first
    assert (len(hub.requests), hashed) == (1, [])


def test_what_is_changed_in_the_cache_is_noticed_and_mended(
    hub: Hub, client: Client, published: str, pack: Path
) -> None:
    name = a_mesh(pack)
    file = fetch(at(published), hub=client).folder / name
    before, times = file.read_bytes(), file.stat()
    file.write_bytes(b"\1" + before[1:])
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    hub.forget()
    assert (fetch(at(published), hub=client).folder / name).read_bytes() == before
    assert hub.sent() == len(before)


def test_what_revisions_share_is_mended_for_all_of_them(
    hub: Hub, client: Client, published: str, pack: Path
) -> None:
    name = a_mesh(pack)
    first = fetch(at(published), hub=client)
    hub.commit(published, {"LICENSE": b"mine"})
    second = fetch(at(published), hub=client)
    assert first.folder != second.folder and os.path.samefile(first.folder / name, second.folder / name)
    (first.folder / name).write_bytes(b"!")
    assert (fetch(first.address, hub=client).folder / name).read_bytes() == (pack / name).read_bytes()
    assert not os.path.lexists(second.folder / name)
    assert (fetch(second.address, hub=client).folder / name).read_bytes() == (pack / name).read_bytes()


def test_a_branch_moves_on_and_a_commit_stays(hub: Hub, client: Client, published: str, tmp_path: Path) -> None:
    old = resolve(at(f"{published}/desk"), client)
    make_pack(tmp_path / "new", [world("desk", "pen", "tray", 90), world("sink", "cup", "bowl", 70)], version=2)
    hub.commit(published, contents(tmp_path / "new"))
    assert load_scene_set(published, client).version == 2
    assert load_scene_set(f"{published}/sink", client).ids == ("sink",)
    assert load_scene_set(str(old), client)["desk"].target.name == "book"
    assert load_scene_set(f"{published}/desk", client)["desk"].target.name == "tray"


def test_scenes_are_the_worlds_that_were_packed(client: Client, published: str, tmp_path: Path) -> None:
    there, here = AssetStore(tmp_path / "a"), AssetStore(tmp_path / "b", GENERATORS)
    hashes = {scene.id: scene_sha256(scene, there) for scene in load_scene_set(published, client)}
    assert hashes == {scene.id: scene_sha256(scene, here) for scene in worlds()}


# Bad bytes and bad connections -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["mesh", "scene", "manifest"])
def test_a_file_that_arrives_damaged_is_downloaded_once_more(
    hub: Hub, client: Client, published: str, pack: Path, kind: str
) -> None:
    name = one_file(kind, pack)
    fault = hub.fail("corrupt", f"/{name}$")
    assert (fetch(at(published), hub=client).folder / name).read_bytes() == (pack / name).read_bytes()
    assert fault.times == 0
    assert len([request for request in hub.asked(f"/{name}$") if request.sent]) == 2


@pytest.mark.parametrize("kind", ["mesh", "scene", "manifest"])
def test_a_file_that_always_arrives_damaged_is_named_and_gone_and_never_used(
    hub: Hub, client: Client, published: str, pack: Path, kind: str
) -> None:
    name = one_file(kind, pack)
    fault = hub.fail("corrupt", f"/{name}$", times=None)
    with pytest.raises(DamagedPackError, match=re.escape(name)):
        fetch(at(published), hub=client)
    assert len([request for request in hub.asked(f"/{name}$") if request.sent]) == 2
    cached = client.repo_folder(published)
    assert not any(os.path.lexists(snapshot / name) for snapshot in (cached / "snapshots").iterdir())
    damaged = bytearray((pack / name).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    assert all(blob.read_bytes() != damaged for blob in (cached / "blobs").iterdir())
    fault.times = 0
    assert (fetch(at(published), hub=client).folder / name).read_bytes() == (pack / name).read_bytes()


def test_a_cut_connection_is_taken_up_where_it_ended(
    hub: Hub, client: Client, published: str, pack: Path, waits: Waits
) -> None:
    name = big_mesh(pack)
    hub.fail("cut", f"/{name}$", after=11 * MB)
    assert (fetch(at(published), hub=client).folder / name).read_bytes() == (pack / name).read_bytes()
    assert [request.range for request in hub.asked(f"^/cdn/.*{name}$")] == [None, f"bytes={10 * MB}-"]


def test_an_aborted_connection_is_tried_again(
    hub: Hub, client: Client, published: str, pack: Path, waits: Waits
) -> None:
    hub.fail("reset", f"/{a_mesh(pack)}$", after=1000, times=2)
    assert contents(fetch(at(published), "everything", client).folder) == contents(pack)
    hub.fail("status", "/desk.json$", status=503)
    shutil.rmtree(client.repo_folder(published))
    assert contents(fetch(at(published), "everything", client).folder) == contents(pack)


def test_a_connection_that_always_breaks_is_an_error_and_what_came_stays(
    hub: Hub, client: Client, published: str, pack: Path, waits: Waits
) -> None:
    fault = hub.fail("reset", f"/{big_mesh(pack)}$", after=5 * MB, times=None)
    with pytest.raises(PackError, match=f"the connection to {hub.url} failed"):
        fetch(at(published), hub=client)
    fault.times = 0
    hub.forget()
    assert contents(fetch(at(published), "everything", client).folder) == contents(pack)
    assert hub.sent() < (BIG + 1) * MB


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_server_that_is_asked_too_often_is_given_the_time_that_it_wants(
    hub: Hub, client: Client, published: str, pack: Path, waits: Waits, method: str
) -> None:
    limit = {"RateLimit": '"resolvers";r=0;t=55', "RateLimit-Policy": '"fixed window";"resolvers";q=3000;w=300'}
    fault = hub.fail("status", "/desk.json$", method=method, status=429, headers=limit, times=2)
    assert contents(fetch(at(published), "everything", client).folder) == contents(pack)
    assert fault.times == 0 and max(waits) == 56


def test_a_server_in_trouble_is_said(hub: Hub, client: Client, published: str, waits: Waits) -> None:
    hub.fail("status", "/", method="", status=503, times=None)
    with pytest.raises(PackError, match=r"cannot answer now \(status 503.*try again later"):
        fetch(at(published), hub=client)


def test_a_server_in_trouble_is_no_trouble_for_what_is_cached(
    hub: Hub, client: Client, published: str, waits: Waits
) -> None:
    first = fetch(at(published), hub=client)
    hub.fail("status", "/", method="", status=503, times=None)
    assert fetch(at(published), hub=client) == first


# Who may not, and what is not there --------------------------------------------------------------------------------


def test_a_private_pack_needs_a_token_which_no_cdn_gets_to_see(
    hub: Hub, client: Client, published: str, pack: Path
) -> None:
    hub.repos[published].private = True
    with pytest.raises(PackError, match="if it is private, log in with `hf auth login` or set HF_TOKEN"):
        fetch(at(published), hub=client)
    known = Client(client.endpoint, client.cache, token="secret")
    assert contents(fetch(at(published), "everything", known).folder) == contents(pack)
    assert {request.user for request in hub.asked("/resolve/", "HEAD")} == {None, "ann"}
    assert {(request.user, request.host.split(":")[0]) for request in hub.asked("^/cdn/")} == {(None, "localhost")}


@pytest.mark.parametrize(("token", "said"), [(None, "is gated: ask for access"), ("other", "is gated: ask for access"),
                                             ("wrong", "log in with `hf auth login`")])
def test_a_gated_pack_says_where_to_ask(
    hub: Hub, client: Client, published: str, token: str | None, said: str
) -> None:
    hub.tokens["other"] = "bob"
    hub.repos[published].gated = True
    with pytest.raises(PackError, match=said):
        fetch(at(published), hub=Client(client.endpoint, client.cache, token))


@pytest.mark.parametrize(("address", "said"), [
    ("ann/nothing", "there is no dataset ann/nothing at http"),
    ("ann/things@v9", "ann/things has no revision 'v9'; its branches and tags are main, next, v1"),
    ("ann/things@" + "0" * 40, "has no revision '0000"),
    ("ann/things/dask", r"no scene or split 'dask' \(did you mean 'desk'"),
    ("ann/other", "ann/other@main is not a pack: it has no pack.json"),
])
def test_what_is_not_there_is_said(hub: Hub, client: Client, published: str, address: str, said: str) -> None:
    main = hub.repos[published].refs["refs/heads/main"]
    hub.repos[published].refs |= {"refs/tags/v1": main, "refs/heads/next": main}
    hub.commit("ann/other", {"data.csv": b"1,2"})
    with pytest.raises(PackError, match=said) as error:
        fetch(at(address), hub=client)
    assert "\n" not in str(error.value)


def test_revisions_of_every_kind(hub: Hub, client: Client, published: str, pack: Path) -> None:
    main = hub.repos[published].refs["refs/heads/main"]
    hub.repos[published].refs |= {"refs/tags/v1": main, "refs/heads/next/try": main, "refs/pr/3": main}
    for revision in ("v1", "next%2Ftry", "refs/pr/3", main, "main"):
        assert fetch(at(f"{published}@{revision}/desk"), hub=client).address.revision == main


def test_no_server_is_said_in_one_line(published: str, client: Client, waits: Waits) -> None:
    away = Client("http://127.0.0.1:9", client.cache)
    with pytest.raises(PackError, match=r"^cannot reach http://127\.0\.0\.1:9 .*check the network and HF_ENDPOINT$"):
        fetch(at(published), hub=away)
    assert sum(waits) < 60
