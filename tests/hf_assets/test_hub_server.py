"""The local Hub against huggingface_hub itself: what the tests of packs rest on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi, HfFileSystem, constants, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hf_assets.hub_server import Hub, serving

BIG = os.urandom(25 << 20)
FILES = {"README.md": b"---\nlicense: apache-2.0\n---\n# Things\n", "a/b/c.json": b"{}", "a/mesh.glb": b"\0\1\2" * 999}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with serving(tmp_path / "hub", page=2) as hub:
        hub.tokens["secret"] = "ann"
        yield hub


def api(hub: Hub, token: str | bool = "secret") -> HfApi:
    return HfApi(endpoint=hub.url, token=token)


def folder_of(files: dict[str, bytes], root: Path) -> Path:
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def read(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def pull(hub: Hub, repo: str, cache: Path, revision: str | None = None) -> dict[str, bytes]:
    folder = snapshot_download(repo, repo_type="dataset", revision=revision, cache_dir=cache, endpoint=hub.url,
                               token="secret", ignore_patterns=".gitattributes")
    return read(Path(folder))


def test_what_is_pushed_is_pulled_bit_by_bit_over_pages(hub: Hub, tmp_path: Path) -> None:
    api(hub).create_repo("ann/things", repo_type="dataset", private=True)
    commit = api(hub).upload_folder(repo_id="ann/things", repo_type="dataset",
                                    folder_path=folder_of(FILES, tmp_path / "from"))
    assert commit.oid == hub.repos["ann/things"].refs["refs/heads/main"]
    assert pull(hub, "ann/things", tmp_path / "cache") == FILES
    assert hub.asked("^/cdn/", "PUT") and all(request.user is None for request in hub.asked("^/cdn/"))
    mesh = hub.asked("mesh.glb", "HEAD")[0]
    assert (mesh.user, mesh.status) == ("ann", 302)
    with pytest.raises(RepositoryNotFoundError):
        api(hub, token=False).dataset_info("ann/things")


def test_an_unchanged_folder_makes_no_commit_and_a_stale_parent_is_refused(hub: Hub, tmp_path: Path) -> None:
    folder = folder_of(FILES, tmp_path / "from")
    first = hub.commit("ann/things", FILES)
    again = api(hub).upload_folder(repo_id="ann/things", repo_type="dataset", folder_path=folder)
    assert again.oid == first
    (folder / "a/b/c.json").write_bytes(b"[]")
    with pytest.raises(HfHubHTTPError, match="412"):
        api(hub).upload_folder(repo_id="ann/things", repo_type="dataset", folder_path=folder,
                               parent_commit=hub.repos["ann/things"].commits[first].parent)


def test_old_revisions_branches_tags_and_pull_requests_are_kept_apart(hub: Hub, tmp_path: Path) -> None:
    first = hub.commit("ann/things", {"a.json": b"1"})
    api(hub).create_tag("ann/things", repo_type="dataset", tag="v1")
    api(hub).create_branch("ann/things", repo_type="dataset", branch="next/try")
    hub.commit("ann/things", {"a.json": b"2"}, ref="refs/heads/next/try")
    request = api(hub).upload_file(repo_id="ann/things", repo_type="dataset", path_in_repo="a.json",
                                   path_or_fileobj=b"3", create_pr=True)
    assert request.pr_revision == "refs/pr/1"
    hub.commit("ann/things", {"a.json": b"4"})
    names = {"v1": b"1", first: b"1", "next/try": b"2", "refs/pr/1": b"3", "main": b"4"}
    found = {name: pull(hub, "ann/things", tmp_path / "cache", name)["a.json"] for name in names}
    assert found == names
    with pytest.raises(RevisionNotFoundError):
        pull(hub, "ann/things", tmp_path / "cache", "v9")


def test_who_may_not_is_told_so(hub: Hub, tmp_path: Path) -> None:
    hub.commit("bob/things", FILES)
    hub.repos["bob/things"].gated = True
    with pytest.raises(GatedRepoError):
        api(hub).hf_hub_download("bob/things", "a/b/c.json", repo_type="dataset", cache_dir=tmp_path)
    hub.repos["bob/things"].gated = False
    with pytest.raises(RemoteEntryNotFoundError):
        api(hub).hf_hub_download("bob/things", "b.json", repo_type="dataset", cache_dir=tmp_path)
    with pytest.raises(HfHubHTTPError, match="403"):
        api(hub).upload_file(repo_id="bob/things", repo_type="dataset", path_in_repo="b.json", path_or_fileobj=b"1")
    with pytest.raises(HfHubHTTPError, match="401"):
        api(hub, token="wrong").dataset_info("bob/things")


def test_a_cut_connection_is_taken_up_where_it_ended(hub: Hub, tmp_path: Path) -> None:
    hub.commit("ann/things", {"big.glb": BIG})
    hub.fail("cut", "big.glb", after=11 << 20)
    assert hashlib.sha256(pull(hub, "ann/things", tmp_path)["big.glb"]).digest() == hashlib.sha256(BIG).digest()
    ranges = [request.range for request in hub.asked("/cdn/")]
    assert ranges == [None, "bytes=10485760-"]


def test_corrupt_bytes_have_the_right_size_and_status_faults_their_status(hub: Hub, tmp_path: Path) -> None:
    hub.commit("ann/things", FILES)
    hub.fail("corrupt", "mesh.glb")
    bad = pull(hub, "ann/things", tmp_path)["a/mesh.glb"]
    assert len(bad) == len(FILES["a/mesh.glb"]) and bad != FILES["a/mesh.glb"]
    hub.fail("status", "/api/datasets/ann/things", status=418)
    with pytest.raises(HfHubHTTPError, match="418"):
        api(hub).dataset_info("ann/things")


def test_folders_are_listed_one_by_one_as_a_file_system_asks(hub: Hub) -> None:
    """So does `datasets.load_dataset` look for what the card of a data set names."""
    hub.commit("ann/things", FILES)
    files = HfFileSystem(endpoint=hub.url, token="secret", skip_instance_cache=True)
    root = "datasets/ann/things"
    assert sorted(files.ls(root, detail=False)) == [f"{root}/.gitattributes", f"{root}/README.md", f"{root}/a"]
    assert files.glob(f"{root}/a/*.glb") == [f"{root}/a/mesh.glb"]
    assert files.cat_file(f"{root}/a/mesh.glb") == FILES["a/mesh.glb"]
    assert not files.exists(f"{root}/b")
    paths = {entry.path for entry in api(hub).list_repo_tree("ann/things", repo_type="dataset", recursive=True)}
    assert paths == {".gitattributes", "a", "a/b", *FILES}
