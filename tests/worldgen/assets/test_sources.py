"""What a person may call a source of assets."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen3d_bench.worldgen.assets.backend import AssetError
from gen3d_bench.worldgen.assets.command import TextTo3D
from gen3d_bench.worldgen.assets.embodiedgen import EmbodiedGenBackend
from gen3d_bench.worldgen.assets.library import LibraryBackend
from gen3d_bench.worldgen.assets.sources import backend


def test_every_source_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path))
    assert backend("procedural").name == "procedural"
    cache, given = backend("library"), backend(f"library:{tmp_path}")
    assert isinstance(cache, LibraryBackend) and cache.library == tmp_path / "assets"
    assert isinstance(given, LibraryBackend) and given.library == tmp_path
    command, folder = backend("embodiedgen"), backend(f"embodiedgen:{tmp_path}")
    assert isinstance(command, EmbodiedGenBackend) and command.source == TextTo3D()
    assert isinstance(folder, EmbodiedGenBackend) and folder.source == tmp_path


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "known:"),
        ("librery", "did you mean 'library'"),
        ("library:", "names no folder"),
        ("library:/nowhere", "no folder /nowhere"),
        ("procedural:cups", "unknown source"),
        ("objaverse", "unknown source"),
    ],
)
def test_others_are_refused_with_what_there_is(spec: str, words: str) -> None:
    with pytest.raises(AssetError) as error:
        backend(spec)
    assert words in str(error.value)
