"""The dataset card: true, complete, and with commands that work as they stand there."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import DatasetCard
from markdown_it import MarkdownIt

from gen3d_bench.hf_assets.card import HUB_LICENCES, carded, escaped, render_card, with_card
from gen3d_bench.hf_assets.check import check_pack
from gen3d_bench.hf_assets.contents import read_worlds
from gen3d_bench.hf_assets.pack import read_manifest
from tests.hf_assets.real_packs import DESCRIPTION, HOSTILE_NAME, NAME, SPLITS, real_pack

pytestmark = pytest.mark.render

REPO = "some-org/three-worlds"


@pytest.fixture
def built() -> Path:
    """Not to be changed."""
    return real_pack()


@pytest.fixture
def pack(built: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(built, tmp_path / NAME))


def text_of(pack: Path, repo_id: str | None = None) -> str:
    manifest = read_manifest(pack)
    return render_card(manifest, read_worlds(pack, manifest), repo_id)


def code(card: str, word: str) -> str:
    """The one block of Python that has a word in it."""
    found = [block for block in re.findall(r"```python\n(.*?)```", card, flags=re.S) if word in block]
    assert len(found) == 1
    return found[0]


def test_the_header_tells_the_hub_what_it_needs(built: Path) -> None:
    header = DatasetCard.load(built / "README.md").data.to_dict()
    assert header["license"] == ["apache-2.0", "cc-by-4.0"]
    assert header["size_categories"] == ["n<1K"] and header["task_categories"] == ["robotics"]
    assert header["configs"] == [
        {"config_name": "default", "data_files": [{"split": "scenes", "path": "data/scenes.parquet"}]}]
    assert (built / header["configs"][0]["data_files"][0]["path"]).is_file()


@pytest.mark.parametrize(
    ("licences", "said", "name"),
    [
        (("MIT",), "mit", None),
        (("Apache-2.0", "CC0-1.0"), ["apache-2.0", "cc0-1.0"], None),
        (("Apache-2.0", "TurboSquid Royalty Free"), "other", "turbosquid-royalty-free"),
        (("A 1", "B: 2"), "other", "a-1-and-b-2"),
    ],
)
def test_licences_that_the_hub_does_not_know_are_named(
    licences: tuple[str, ...], said: Any, name: str | None, built: Path
) -> None:
    manifest = read_manifest(built)
    card = DatasetCard(render_card(manifest.model_copy(update={"licences": licences}), read_worlds(built, manifest)))
    assert card.data.to_dict()["license"] == said
    assert card.data.to_dict().get("license_name") == name
    assert all(licence == licence.lower() for licence in HUB_LICENCES)


def test_every_picture_and_file_that_it_names_is_there(built: Path) -> None:
    html = MarkdownIt("commonmark").enable("table").render(text_of(built))
    pictures = re.findall(r'<img src="([^"]+)"', html)
    assert sorted(pictures) == [f"previews/{stem}.jpg" for stem in ("gen3d-000", "gen3d-042", "kitchen--tea")]
    assert all((built / picture).is_file() for picture in pictures)


def test_its_numbers_are_those_of_the_pack(built: Path) -> None:
    card = text_of(built)
    rows = {cells[0]: cells[1] for line in card.splitlines() if (cells := line.strip("| ").split(" | "))[1:]}
    folders = {path.split("/")[2] for path in read_manifest(built).files if path.startswith("scenes/assets/")}
    tables = rooms = 2  # the third world shares those of the second
    assert rows["Environments"] == "3" and rows["Tables"] == "2" and rows["Background assets (rooms)"] == "2"
    assert rows["Unique object assets"] == str(len(folders) - tables - rooms)
    assert rows["Interactive assets per scene"] == "3.67"
    assert rows["solvability"] == "3 of 3"
    for name, ids in SPLITS.items():
        assert rows[f"`{name}`"] == str(len(ids))
    assert f"| {len(folders) - 1} | generator procedural, version" in card
    assert "| 1 | scanned by a friend | CC-BY-4.0 |" in card
    assert "Version 3 of the set" in card and DESCRIPTION in card


def test_what_stands_in_for_real_assets_is_said(built: Path) -> None:
    manifest = read_manifest(built)
    first, *others = read_worlds(built, manifest)
    provenance = first.scene.provenance.model_copy(update={"stand_in": "drawn ones; `make them` gets the real ones"})
    first = replace(first, scene=first.scene.model_copy(update={"provenance": provenance}))
    said = "Not with the real assets:"
    assert said not in text_of(built)
    card = render_card(manifest, [first, *others])
    assert card.count(said) == 1 and "drawn ones; `make them` gets" in card.replace("\\", "")


def test_assets_under_terms_of_their_own_say_where_these_are(built: Path) -> None:
    manifest = read_manifest(built)
    first, *others = read_worlds(built, manifest)
    own = {"licence": "LicenseRef-Studio", "provenance": "the studio's mug; its terms are those of example.org"}
    mug = replace(first.objects[0], info=first.objects[0].info.model_copy(update=own))
    assert mug.generator is not None
    card = render_card(manifest, [replace(first, objects=(mug, *first.objects[1:])), *others])
    assert "| 1 | the studio's mug; its terms are those of example.org | LicenseRef-Studio |" in card


def test_what_strangers_call_things_is_text(pack: Path) -> None:
    assert MarkdownIt("commonmark").render(escaped(HOSTILE_NAME)) == (
        "<p>plate | &lt;b&gt;*red*&lt;/b&gt; [x](y) `z`</p>\n")
    manifest = read_manifest(pack)
    odd = manifest.model_copy(update={"description": "<script>alert(1)</script> {{ 7 * 7 }}", "notes": ("| a |\n# b",)})
    html = MarkdownIt("commonmark").enable("table").render(render_card(odd, read_worlds(pack, manifest)))
    assert "<script>" not in html and "{{ 7 * 7 }}" in html and "<p>| a | # b</p>" in html


def test_it_is_for_the_repository_that_it_goes_to(pack: Path) -> None:
    card, manifest = carded(pack, REPO)
    assert check_pack(pack) == [], "looking at the card to be changes nothing"
    assert with_card(pack, REPO) == manifest == read_manifest(pack)
    assert (pack / "README.md").read_bytes() == card and check_pack(pack) == []
    text = card.decode()
    for command in (f'scenes="hf://{REPO}"', f"gen3d assets pull {REPO}", f"`hf://{REPO}/H0/id`",
                    f'snapshot_download("{REPO}", repo_type="dataset")', f'load_dataset("{REPO}", split="scenes")'):
        assert command in text
    assert f"{NAME}/scenes" not in text and "None" not in text
    with_card(pack)
    assert REPO not in (pack / "README.md").read_text() and check_pack(pack) == []


def test_a_pack_may_be_named_from_anywhere(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pack / "scenes" / "assets")
    before = (pack / "README.md").read_bytes()
    with_card(Path("../.."))
    assert (pack / "README.md").read_bytes() == before and check_pack(Path("../..")) == []


def test_a_world_is_built_from_the_card_alone(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example without gen3d-bench, run as it stands: things stand where the scene says, on the table."""
    (tmp_path / NAME).symlink_to(built)
    monkeypatch.chdir(tmp_path)
    example = code(text_of(built), "trimesh")
    assert "gen3d_bench" not in example
    names: dict[str, Any] = {}
    exec(example, names)
    assert (tmp_path / "world.glb").stat().st_size > 100_000
    assert "put the green cube on the yellow cube" in capsys.readouterr().out
    scene = json.loads((built / "scenes/gen3d-000.json").read_text())
    room, table, *things = names["parts"]
    assert table.bounds[1][2] == pytest.approx(0.0, abs=1e-4)
    assert room.bounds[0][2] <= table.bounds[0][2] == pytest.approx(-names["table"]["size"][2], abs=1e-4)
    for thing, part in zip(scene["objects"], things, strict=True):
        assert part.bounds[0][2] == pytest.approx(0.0, abs=2e-3)
        np.testing.assert_allclose(part.bounds[:, :2].mean(0), thing["pose"]["p"][:2], atol=0.02)


def test_the_example_for_gymnasium_runs(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).symlink_to(built)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    try:
        exec(code(text_of(built), "gym.make"), names)
        assert names["observation"]["image"].shape == (224, 224, 3)
        assert names["info"]["scene_id"] in read_manifest(built).ids
    finally:
        if "env" in names:
            names["env"].close()
