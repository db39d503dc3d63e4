"""What a person may call a source of assets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gen3d_bench.worldgen.assets.backend import AssetError
from gen3d_bench.worldgen.assets.command import TextTo3D
from gen3d_bench.worldgen.assets.embodiedgen import EmbodiedGenBackend
from gen3d_bench.worldgen.assets.library import LibraryBackend
from gen3d_bench.worldgen.assets.sources import backend
from tests.worldgen.assets.commands import program
from tests.worldgen.assets.shelf import shelve
from tests.worldgen.interchange.embodiedgen_files import box, write_asset


def test_every_source_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    program(tmp_path / "bin", "ok", tmp_path, tmp_path)
    shelve(tmp_path / "assets" / "cup", "cup")
    write_asset(tmp_path / "made", "fork", [box(0.1, 0.02, 0.02)])
    assert backend("procedural").name == "procedural"
    cache, given = backend("library"), backend(f"library:{tmp_path}")
    assert isinstance(cache, LibraryBackend) and cache.library == tmp_path / "assets"
    assert isinstance(given, LibraryBackend) and given.library == tmp_path
    command, folder = backend("embodiedgen"), backend(f"embodiedgen:{tmp_path}")
    assert isinstance(command, EmbodiedGenBackend) and command.source == TextTo3D() and command.names() == ()
    assert isinstance(folder, EmbodiedGenBackend) and folder.source == tmp_path and folder.names() == ("fork",)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("library", "'library': there is no library folder"),
        ("library:{tmp}", "there are no objects in it"),
        ("library:{tmp}/none", "there is no library folder"),
        ("embodiedgen", "'text3d-cli' is not on the PATH"),
        ("embodiedgen:{tmp}", "there are no objects in it"),
        ("embodiedgen:{tmp}/none", "there is no folder"),
    ],
)
def test_what_cannot_be_used_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, words: str
) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    shelve(tmp_path / "desk", "desk", kind="table")
    with pytest.raises(AssetError) as error:
        backend(spec.format(tmp=tmp_path))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "known:"),
        ("librery", "did you mean 'library'"),
        ("library:", "names no folder"),
        ("procedural:cups", "unknown source"),
        ("objaverse", "unknown source"),
    ],
)
def test_others_are_refused_with_what_there_is(spec: str, words: str) -> None:
    with pytest.raises(AssetError) as error:
        backend(spec)
    assert words in str(error.value)
