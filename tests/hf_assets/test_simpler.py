"""The official assets of SimplerEnv's scenes: from a Hub to ManiSkill's folder, checked on the way."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gen3d_bench.hf_assets.errors import DamagedPackError, PackError
from gen3d_bench.hf_assets.hub import Hub as Client
from gen3d_bench.hf_assets.simpler import OFFICIAL, Archive, pull_simpler, wrong_files
from gen3d_bench.scenes.bridge import MODELS
from gen3d_bench.scenes.bridge_files import DATA_SET, FACTS, MODELS_FOLDER, PHOTOGRAPH, STAGE, assets_folder
from gen3d_bench.scenes.catalog import load_scene_set
from tests.hf_assets.hub_server import Hub
from tests.shared import shared

NAMES = (*(f"{MODELS_FOLDER}/{model.model_id}/{name}" for model in MODELS.values() for name in model.files),
         PHOTOGRAPH, STAGE, *FACTS)


@pytest.fixture(scope="module")
def real() -> dict[str, bytes]:
    """The official files by their names in the archive; the stage, which nobody compares, is left out."""
    root = shared("assets/maniskill/data")
    files = {name: (root / name).read_bytes() for name in NAMES if name != STAGE} | {STAGE: b"glTF"}
    return {name.replace("tasks/", ""): data for name, data in files.items()}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ManiSkill's asset folder."""
    monkeypatch.setenv("MS_ASSET_DIR", str(tmp_path / "ms"))
    return tmp_path / "ms/data"


def publish(hub: Hub, files: dict[str, bytes]) -> Archive:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    data = packed.getvalue()
    hub.commit(OFFICIAL.repo, {OFFICIAL.file: data})
    return Archive(OFFICIAL.repo, OFFICIAL.file, hashlib.sha256(data).hexdigest())


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_pull_puts_the_data_set_where_maniskill_looks(
    hub: Hub, client: Client, place: Path, real: dict[str, bytes]
) -> None:
    archive = publish(hub, real)
    assert assets_folder() is None
    assert load_scene_set("simpler")["simpler-stack-cube"].provenance.stand_in
    folder = pull_simpler(client, archive)
    assert folder == place / DATA_SET and assets_folder() == place
    assert files_in(place / "tasks") == real
    assert not load_scene_set("simpler")["simpler-stack-cube"].provenance.stand_in
    hub.forget()
    assert pull_simpler(client, archive) == folder
    assert not hub.requests  # what is there already is not asked for again


def test_what_maniskill_says_of_the_archive() -> None:
    pytest.importorskip("mani_skill")
    import mani_skill.envs  # noqa: F401 (fills the table)
    from mani_skill.utils.assets.data import DATA_SOURCES

    source = DATA_SOURCES["bridge_v2_real2sim"]
    assert source.checksum == OFFICIAL.sha256
    assert source.url.endswith(f"/datasets/{OFFICIAL.repo}/resolve/main/{OFFICIAL.file}")
    assert source.target_path == DATA_SET


def test_damaged_files_are_replaced_and_kept(
    hub: Hub, client: Client, place: Path, real: dict[str, bytes]
) -> None:
    archive = publish(hub, real)
    pull_simpler(client, archive)
    damaged = place / MODELS_FOLDER / MODELS["carrot"].model_id / "textured.dae"
    damaged.write_bytes(b"my own carrot")
    assert wrong_files(place) == (str(damaged.relative_to(place)),)
    pull_simpler(client, archive)
    assert not wrong_files(place)
    (old,) = (place / "tasks").glob("bridge_v2_real2sim_dataset.old-*")
    assert (old / damaged.relative_to(place / DATA_SET)).read_bytes() == b"my own carrot"


def test_a_broken_connection_is_taken_up_again(
    hub: Hub, client: Client, place: Path, real: dict[str, bytes], waits: list[float]
) -> None:
    archive = publish(hub, real)
    size = sum(map(len, real.values()))
    fault = hub.fail("cut", f"^/cdn/|/{OFFICIAL.file}", after=11_000_000)  # kept are whole blocks of 10 MiB
    pull_simpler(client, archive)
    assert fault.times == 0 and not wrong_files(place)
    assert hub.sent() < 1.2 * size  # not from the beginning


def test_a_corrupt_archive_is_downloaded_once_more(
    hub: Hub, client: Client, place: Path, real: dict[str, bytes]
) -> None:
    archive = publish(hub, real)
    fault = hub.fail("corrupt", f"^/cdn/|/{OFFICIAL.file}")
    pull_simpler(client, archive)
    assert fault.times == 0 and not wrong_files(place)


def test_an_archive_that_stays_corrupt_is_not_used(hub: Hub, client: Client, place: Path) -> None:
    archive = publish(hub, {"bridge_v2_real2sim_dataset/x.obj": b"v 0 0 0"})
    wanted = Archive(archive.repo, archive.file, "0" * 64)
    with pytest.raises(DamagedPackError, match="2 times with another checksum"):
        pull_simpler(client, wanted)
    assert not files_in(place)
    assert not [f for f in client.cache_folder.rglob("*") if f.name == OFFICIAL.file or len(f.name) == 64]


def test_an_archive_without_the_models_is_not_put_in_place(hub: Hub, client: Client, place: Path) -> None:
    archive = publish(hub, {"bridge_v2_real2sim_dataset/custom/x.obj": b"v 0 0 0"})
    with pytest.raises(PackError, match=r"lacks tasks/bridge_v2.*a newer gen3d-bench is needed"):
        pull_simpler(client, archive)
    assert not files_in(place)


def test_a_hostile_archive_writes_nothing(hub: Hub, client: Client, place: Path) -> None:
    archive = publish(hub, {"bridge_v2_real2sim_dataset/x.obj": b"1", "../../../outside.obj": b"2"})
    with pytest.raises(PackError, match="not a path inside"):
        pull_simpler(client, archive)
    assert not files_in(place) and not list(place.parent.rglob("outside*"))


def test_no_such_data_set(client: Client, place: Path) -> None:
    with pytest.raises(PackError, match="there is no dataset haosulab/"):
        pull_simpler(client)


def test_a_folder_that_cannot_be_written_to(
    hub: Hub, client: Client, place: Path, real: dict[str, bytes]
) -> None:
    place.parent.mkdir(parents=True)
    place.write_text("a file")
    with pytest.raises(PackError, match="MS_ASSET_DIR"):
        pull_simpler(client, publish(hub, real))


def test_a_full_disk(
    hub: Hub, client: Client, real: dict[str, bytes], full_disk: Callable[[int], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    disk = full_disk(4 << 20)
    monkeypatch.setenv("MS_ASSET_DIR", str(disk))
    with pytest.raises(PackError, match="the disk is full"):
        pull_simpler(client, publish(hub, real))
    assert not files_in(disk)
