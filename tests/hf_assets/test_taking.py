"""Copies out of the Hub's cache: packs of their own, that say of themselves what is true of them."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard

from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.check import check_pack
from gen3d_bench.hf_assets.download import fetch
from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.hub import Hub as Client
from gen3d_bench.hf_assets.pack import read_manifest
from gen3d_bench.hf_assets.taking import take
from tests.hf_assets.hub_server import Hub
from tests.hf_assets.packs import contents, make_pack
from tests.hf_assets.real_packs import real_pack


def test_a_whole_pack_is_copied_bit_by_bit(client: Client, published: str, pack: Path, tmp_path: Path) -> None:
    got = fetch(PackAddress.parse(published), "everything", client)
    assert take(got, tmp_path / "new" / "mine") == tmp_path / "new" / "mine"
    assert contents(tmp_path / "new" / "mine") == contents(pack)


@pytest.mark.render
def test_a_part_names_licences_and_generators_of_what_is_in_it(hub: Hub, client: Client, tmp_path: Path) -> None:
    """The licence of a thing that stayed behind is none of its own."""
    hub.commit("ann/real", contents(real_pack()))
    assert read_manifest(real_pack()).licences == ("Apache-2.0", "CC-BY-4.0")
    part = take(fetch(PackAddress.parse("ann/real/gen3d-042"), "pictures", client), tmp_path / "part")
    manifest = read_manifest(part)
    assert (manifest.licences, list(manifest.generators)) == (("Apache-2.0",), ["procedural"])
    assert DatasetCard.load(part / "README.md").data.to_dict()["license"] == "apache-2.0"
    assert check_pack(part) == []


def test_a_copy_replaces_a_pack_and_nothing_else(client: Client, published: str, tmp_path: Path) -> None:
    got = fetch(PackAddress.parse(f"{published}/desk"), "pictures", client)
    make_pack(tmp_path / "old", version=9)
    assert read_manifest(take(got, tmp_path / "old")).version == 1
    assert check_pack(tmp_path / "old") == []
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    with pytest.raises(PackError, match="is not empty and no pack"):
        take(got, tmp_path / "thesis")
    assert (tmp_path / "thesis" / "thesis.tex").read_text() == "years of work"


def test_a_copy_that_fails_leaves_nothing(
    client: Client, published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = fetch(PackAddress.parse(published), "everything", client)
    home = tmp_path / "home"
    home.mkdir()

    def full(source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(PackError, match="mine cannot be written: No space left on device"):
        take(got, home / "mine")
    assert os.listdir(home) == []
