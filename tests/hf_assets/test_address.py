"""Addresses of packs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.errors import PackError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(("text", "repo", "revision", "selector"), [
    ("hf://org/name", "org/name", None, None),
    ("org/name", "org/name", None, None),
    ("hf://datasets/org/name@v1", "org/name", "v1", None),
    ("hf://org/name@main/gen3d-042", "org/name", "main", "gen3d-042"),
    ("hf://org/name/H0/ood", "org/name", None, "H0/ood"),
    (f"hf://my-org/na.me_1@{COMMIT}/H0/id/10", "my-org/na.me_1", COMMIT, "H0/id/10"),
    ("hf://org/name@refs/pr/3", "org/name", "refs/pr/3", None),
    ("hf://org/name@refs/pr/3/H0/ood", "org/name", "refs/pr/3", "H0/ood"),
    ("hf://org/name@feature%2Fbowls/desk", "org/name", "feature/bowls", "desk"),
])
def test_what_an_address_means(text: str, repo: str, revision: str | None, selector: str | None) -> None:
    address = PackAddress.parse(text)
    assert address == PackAddress(repo, revision, selector)
    assert PackAddress.parse(str(address)) == address
    assert address.pinned == (revision == COMMIT)


@pytest.mark.parametrize(("text", "said"), [
    ("hf://", "names no repository"),
    ("hf://name", "names no repository"),
    ("hf://org/", "names no repository"),
    ("hf:///name", "names no repository"),
    ("hf://org/@v1", "names no repository"),
    ("hf://org/name@", "no revision behind the @"),
    ("hf://org/name@v1@v2", "two @"),
    ("hf://org/name@../../etc", "'..' cannot be a branch"),
    ("hf://org/name@%2Fetc", "'/etc' cannot be a branch"),
    ("hf://org/name@a%2F..%2Fb", "cannot be a branch"),
    ("hf://org/name@a%00b", "cannot be a branch"),
    ("hf://org/name@.hidden", "cannot be a branch"),
    ("hf://../name", "'..' is not a name on the Hub"),
    ("hf://org/na me", "'na me' is not a name on the Hub"),
    ("hf://org/a--b", "'a--b' is not a name on the Hub"),
    ("hf://org/" + "a" * 100, "at most 96"),
    ("hf://org/name/../up", "neither an id of a scene nor a split"),
    ("hf://org/name/", "neither an id of a scene nor a split"),
    ("https://huggingface.co/datasets/org/name", 'write "hf://org/name"'),
    ("s3://org/name", "is not an address of a pack, which is hf://ORG/NAME[@REVISION][/SELECTOR]"),
])
def test_what_is_no_address_is_said(text: str, said: str) -> None:
    with pytest.raises(PackError) as error:
        PackAddress.parse(text)
    assert said in str(error.value)


@given(st.text(st.characters(codec="utf-8"), max_size=40).map(lambda rest: f"hf://org/name{rest}"))
def test_whatever_is_written_is_an_address_or_an_error_and_leads_nowhere_else(text: str) -> None:
    try:
        address = PackAddress.parse(text)
    except PackError:
        return
    assert PackAddress.parse(str(address)) == address
    for part in (address.revision or "").split("/") + (address.selector or "").split("/"):
        assert part not in (".", "..") and "\0" not in part
