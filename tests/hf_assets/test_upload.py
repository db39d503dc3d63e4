"""Packs to the Hub: one commit that makes a repository hold exactly the pack, and what is refused."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from huggingface_hub import constants

from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.download import fetch
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.hub import Hub as Client
from gen3d_bench.hf_assets.pack import CARD, MANIFEST, read_manifest
from gen3d_bench.hf_assets.upload import push
from gen3d_bench.scenes.schema import AssetRef
from tests.hf_assets.conftest import Waits
from tests.hf_assets.hub_server import Hub
from tests.hf_assets.packs import contents, make_pack, world

REPO = "ann/desk-things"


@pytest.fixture
def ann(client: Client, tmp_path: Path) -> Client:
    return Client(client.endpoint, tmp_path / "ann", token="secret")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A pack of one's own, to be spoilt."""
    make_pack(tmp_path / "small", [world("desk", "pen", "book", 1), world("sink", "cup", "bowl", 60)])
    return tmp_path / "small"


def data(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Without what pushing writes anew, and what the Hub puts there."""
    return {path: content for path, content in files.items() if path not in (CARD, MANIFEST, ".gitattributes")}


def test_pushed_pulled_pushed_and_pulled_again_it_is_bit_by_bit_the_same(
    hub: Hub, client: Client, ann: Client, pack: Path, tmp_path: Path
) -> None:
    before = contents(pack)
    url = push(pack, REPO, hub=ann)
    first = hub.repos[REPO].refs["refs/heads/main"]
    assert url == f"{hub.url}/datasets/{REPO}/commit/{first}"
    assert contents(pack) == before
    got = fetch(PackAddress.parse(REPO), "everything", client)
    assert data(contents(got.folder)) == data(before)
    assert push(Path(shutil.copytree(got.folder, tmp_path / "copy")), "ann/copy", hub=ann)
    again = fetch(PackAddress.parse("ann/copy"), "everything", client)
    assert data(contents(again.folder)) == data(before)
    assert again.manifest.scenes == got.manifest.scenes


def test_the_card_is_written_for_the_repository(hub: Hub, ann: Client, pack: Path) -> None:
    push(pack, REPO, hub=ann)
    files = hub.files(REPO)
    assert f"hf://{REPO}".encode() in files[CARD]
    assert f"hf://{REPO}".encode() not in (pack / CARD).read_bytes()
    assert hub.asked("/api/validate-yaml", "POST")


def test_everything_comes_in_one_commit_and_an_unchanged_pack_makes_none(hub: Hub, ann: Client, pack: Path) -> None:
    url = push(pack, REPO, hub=ann)
    commits = dict(hub.repos[REPO].commits)
    assert len(commits) == 2  # the first is the Hub's own
    put = len(hub.asked("^/cdn/", "PUT"))
    assert push(pack, REPO, hub=ann) == url
    assert hub.repos[REPO].commits == commits
    assert len(hub.asked("^/cdn/", "PUT")) == put


def test_what_an_earlier_version_had_goes_and_what_others_put_there_stays(
    hub: Hub, client: Client, ann: Client, pack: Path, small: Path
) -> None:
    push(pack, REPO, message="the first", hub=ann)
    hub.commit(REPO, {"LICENSE": b"mine", "docs/how.md": b"so"})
    push(small, REPO, hub=ann)
    files = hub.files(REPO)
    assert files.pop("LICENSE") == b"mine" and files.pop("docs/how.md") == b"so"
    assert data(files) == data(contents(small))
    last = hub.repos[REPO].find("main")
    assert last is not None and last.title == "things, version 1: 2 scenes"
    assert "the first" in {commit.title for commit in hub.repos[REPO].commits.values()}
    assert len(fetch(PackAddress.parse(REPO), hub=client).scenes) == 2


def test_branches_and_pull_requests_leave_main_alone(hub: Hub, client: Client, ann: Client, small: Path) -> None:
    start = hub.create(REPO).refs["refs/heads/main"]
    push(small, REPO, branch="next/try", hub=ann)
    url = push(small, REPO, create_pr=True, hub=ann)
    assert url == f"{hub.url}/datasets/{REPO}/discussions/1"
    assert hub.repos[REPO].refs["refs/heads/main"] == start
    for revision in ("next%2Ftry", "refs/pr/1"):
        assert len(fetch(PackAddress.parse(f"{REPO}@{revision}"), hub=client).scenes) == 2
    with pytest.raises(PackError, match="leave out the branch or the pull request"):
        push(small, REPO, branch="next", create_pr=True, hub=ann)


def test_a_private_pack_is_private_or_not_pushed(hub: Hub, client: Client, ann: Client, small: Path) -> None:
    push(small, REPO, private=True, hub=ann)
    assert hub.repos[REPO].private
    with pytest.raises(PackError, match="there is no dataset"):
        fetch(PackAddress.parse(REPO), hub=client)
    start = hub.create("ann/open").refs["refs/heads/main"]
    with pytest.raises(PackError, match="is there already and everybody can read it; nothing was pushed"):
        push(small, "ann/open", private=True, hub=ann)
    assert hub.repos["ann/open"].refs["refs/heads/main"] == start


def test_a_pack_that_is_not_whole_is_not_pushed(hub: Hub, ann: Client, small: Path, tmp_path: Path) -> None:
    mesh = next(path for path in read_manifest(small).files if path.endswith(".glb"))
    whole = (small / mesh).read_bytes()
    outside = tmp_path / "secret.glb"
    outside.write_bytes(whole)

    def refused(what: str) -> None:
        with pytest.raises(PackError, match=f"is not a whole pack, so it is not pushed: .*{what}"):
            push(small, REPO, hub=ann)

    (small / mesh).write_bytes(whole[:-1] + b"\0")
    refused("has other contents than the manifest says")
    (small / mesh).unlink()
    refused("is missing")
    (small / mesh).symlink_to(outside)
    refused("outside the pack")
    (small / mesh).unlink()
    (small / mesh).write_bytes(whole)
    (small / "id_rsa").write_text("secret")
    refused("id_rsa: is not of the pack")
    assert hub.requests == []


@pytest.mark.parametrize(("repo", "said"), [
    ("things", "names no repository"),
    ("ann/things@v1", "name a branch apart from it"),
    ("ann/th ings", "is not a name on the Hub"),
])
def test_where_nothing_can_be_pushed_to(ann: Client, small: Path, repo: str, said: str) -> None:
    with pytest.raises(PackError, match=said):
        push(small, repo, hub=ann)


def test_what_is_no_pack_cannot_be_pushed(ann: Client, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=re.escape(MANIFEST)):
        push(tmp_path, REPO, hub=ann)


def test_other_data_is_not_covered_with_a_pack(hub: Hub, ann: Client, small: Path) -> None:
    hub.commit("ann/survey", {"answers.csv": b"1,2", "README.md": b"# Survey"})
    with pytest.raises(PackError, match=r"ann/survey holds other data \(answers\.csv\) and no pack"):
        push(small, "ann/survey", hub=ann)
    assert hub.files("ann/survey")["README.md"] == b"# Survey"


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("unknown", "nobody may use assets whose licence is unknown"),
        ("LicenseRef-Studio", "some assets are under terms of their own, LicenseRef-Studio: see that these let you"),
    ],
)
def test_assets_that_may_not_be_free_are_pointed_out(
    licence: str, said: str, ann: Client, small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    push(small, REPO, hub=ann)
    assert "licence" not in caplog.text and "terms" not in caplog.text
    pen = next(file for file in small.rglob("asset.json") if json.loads(file.read_bytes())["name"] == "pen")
    shutil.copytree(pen.parent, tmp_path / "pen")
    (tmp_path / "pen" / "manifest.json").unlink()
    (tmp_path / "pen" / "asset.json").write_text(json.dumps(json.loads(pen.read_bytes()) | {"licence": licence}))
    given = world("desk", "pen", "book", 1)
    mine = given.source.model_copy(update={"asset": AssetRef(path=str(tmp_path / "pen"))})
    make_pack(tmp_path / "mine", [given.model_copy(update={"objects": (mine, *given.objects[1:])})])
    push(tmp_path / "mine", REPO, hub=ann)
    assert said in caplog.text


def test_who_may_not_write_is_told_so(hub: Hub, client: Client, ann: Client, small: Path) -> None:
    hub.create("bob/things")
    with pytest.raises(PackError, match=f"^to push to {REPO}, log in with `hf auth login`"):
        push(small, REPO, hub=client)
    assert hub.requests == []
    for who, repo in ((ann, "bob/things"), (ann, "bob/new"),
                      (Client(client.endpoint, client.cache, "wrong"), REPO)):
        with pytest.raises(PackError, match=r"does not let you at the pack of .*log in with `hf auth login`"):
            push(small, repo, hub=who)
    assert list(hub.repos) == ["bob/things"]


def test_a_push_of_somebody_else_in_the_meantime_is_not_covered(
    hub: Hub, ann: Client, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.create(REPO)
    answer = Hub.fault

    def meanwhile(self: Hub, method: str, path: str) -> object:
        if "/preupload/" in path:
            hub.commit(REPO, {"data/theirs.parquet": os.urandom(9)})
        return answer(self, method, path)

    monkeypatch.setattr(Hub, "fault", meanwhile)
    with pytest.raises(PackError, match="was changed by somebody else in the meantime"):
        push(small, REPO, hub=ann)
    assert "data/theirs.parquet" in hub.files(REPO)


def test_an_upload_that_fails_leaves_the_repository_as_it_was(
    hub: Hub, ann: Client, small: Path, waits: Waits
) -> None:
    start = hub.create(REPO).refs["refs/heads/main"]
    hub.fail("status", "^/cdn/", method="PUT", status=400, times=None)
    with pytest.raises(PackError, match="refused the pack of ann/desk-things"):
        push(small, REPO, hub=ann)
    assert hub.repos[REPO].refs["refs/heads/main"] == start


def test_a_server_without_xet_is_explained(
    hub: Hub, ann: Client, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("hf_xet")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    with pytest.raises(PackError, match="set HF_HUB_DISABLE_XET=1"):
        push(small, REPO, hub=ann)
