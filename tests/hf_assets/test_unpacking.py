"""Archives from elsewhere: what is good is unpacked, and of what is bad not a byte is written."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from gen3d_bench.hf_assets.errors import PackError
from gen3d_bench.hf_assets.unpacking import ZipLimits, unpack, unpacked_size

LIMITS = ZipLimits(endings=(".obj", ".png"), files=20, file_bytes=10_000, bytes=30_000)


def zipped(file: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return file


def test_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("set/models/cup/cup.obj", b"v 0 0 0"), ("set/cup.PNG", b"\x89PNG"),
                     ("set/empty/", b""))
    done: list[int] = []
    assert unpack(archive, tmp_path / "out", LIMITS, done.append) == 2
    assert (tmp_path / "out/models/cup/cup.obj").read_bytes() == b"v 0 0 0"  # the enclosing folder is left out
    assert (tmp_path / "out/cup.PNG").read_bytes() == b"\x89PNG"
    assert sum(done) == unpacked_size(archive) == 11


def test_several_things_at_the_top_stay_there(tmp_path: Path) -> None:
    unpack(zipped(tmp_path / "a.zip", ("a/x.obj", b"1"), ("b/y.obj", b"2")), tmp_path / "out", LIMITS)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a", "b"]
    unpack(zipped(tmp_path / "b.zip", ("x.obj", b"1")), tmp_path / "flat", LIMITS)
    assert (tmp_path / "flat/x.obj").exists()


def test_what_desktops_leave_and_other_kinds_of_files_stay_in_the_archive(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", ("set/x.obj", b"1"), ("__MACOSX/set/._x.obj", b"2"), ("set/.DS_Store", b"3"),
                     ("set/run.sh", b"#!"), ("set/weights.pkl", b"4"))
    assert unpack(archive, tmp_path / "out", LIMITS) == 1
    assert [p.name for p in (tmp_path / "out").rglob("*")] == ["x.obj"]


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry, target.encode()


def pipe(name: str) -> tuple[zipfile.ZipInfo, bytes]:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFIFO | 0o644) << 16
    return entry, b""


@pytest.mark.parametrize(("entry", "says"), [
    (("../outside.obj", b"x"), "is not a path inside"),
    (("set/../../outside.obj", b"x"), "is not a path inside"),
    (("/outside.obj", b"x"), "is not a path inside"),
    (("set//outside.obj", b"x"), "is not a path inside"),
    (("./outside.obj", b"x"), "is not a path inside"),
    (("C:/outside.obj", b"x"), "is not a path inside"),
    (("..\\outside.obj", b"x"), "is not a path inside"),
    (("new\nline.obj", b"x"), "is not a path inside"),
    (("../outside.sh", b"x"), "is not a path inside"),
    (link("set/link.obj", "/etc/passwd"), "is a link"),
    (link("set/folder", ".."), "is a link"),
    (pipe("set/pipe.obj"), "is a link or a device"),
    (("set/bomb.obj", b"0" * 10_001), "is larger than"),
])  # fmt: skip
def test_hostile_entries_spoil_the_archive(
    tmp_path: Path, entry: tuple[str | zipfile.ZipInfo, bytes], says: str
) -> None:
    archive = zipped(tmp_path / "a.zip", ("set/good.obj", b"1"), entry)
    with pytest.raises(PackError, match=says):
        unpack(archive, tmp_path / "deep/out", LIMITS)
    assert [p.name for p in tmp_path.rglob("*")] == ["a.zip"]


@pytest.mark.parametrize(("names", "says"), [
    (["x.obj", "x.obj"], "one name"),
    (["x.obj", "X.obj"], "one name"),
    (["a/x.obj", "A/y.obj"], "only in case"),
    (["x.obj", "x.obj/y.obj"], "both a file and a folder"),
    ([f"{k}.obj" for k in range(21)], "21 entries"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_entries_that_clash_or_are_too_many(tmp_path: Path, names: list[str], says: str) -> None:
    archive = zipped(tmp_path / "a.zip", *((name, b"1") for name in names))
    with pytest.raises(PackError, match=says):
        unpack(archive, tmp_path / "out", LIMITS)
    assert not (tmp_path / "out").exists()


def test_many_small_bombs_are_one(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", *((f"{k}.obj", b"0" * 9_000) for k in range(4)))
    with pytest.raises(PackError, match="all of it is"):
        unpack(archive, tmp_path / "out", LIMITS)


def test_an_entry_that_lies_about_its_size(tmp_path: Path) -> None:
    data = zipped(tmp_path / "a.zip", ("x.obj", b"0" * 9_000)).read_bytes()
    # Both headers say 100 bytes.
    lying = data.replace(struct.pack("<L", 9_000), struct.pack("<L", 100))
    assert lying != data
    (tmp_path / "b.zip").write_bytes(lying)
    with pytest.raises(PackError, match=r"not a whole zip archive|more than it says"):
        unpack(tmp_path / "b.zip", tmp_path / "out", LIMITS)
    assert sum(p.stat().st_size for p in (tmp_path / "out").rglob("*.obj")) <= 100


def test_a_name_is_cut_at_nothing(tmp_path: Path) -> None:
    data = zipped(tmp_path / "a.zip", ("setZ../x.obj", b"1")).read_bytes()
    (tmp_path / "b.zip").write_bytes(data.replace(b"setZ..", b"set\0.."))
    with pytest.raises(PackError, match="is not a path inside"):
        unpack(tmp_path / "b.zip", tmp_path / "out", LIMITS)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip archive at all"])
def test_no_archive_at_all(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(PackError, match="not a whole zip archive"):
        unpack(tmp_path / "a.zip", tmp_path / "out", LIMITS)
    with pytest.raises(PackError, match="not a whole zip archive"):
        unpacked_size(tmp_path / "a.zip")


def test_damage_in_the_middle(tmp_path: Path) -> None:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("x.obj", b"vertex" * 500)
    (tmp_path / "a.zip").write_bytes(stored.getvalue().replace(b"vertex", b"vortex", 1))
    with pytest.raises(PackError, match="not a whole zip archive"):
        unpack(tmp_path / "a.zip", tmp_path / "out", LIMITS)


def test_an_encrypted_entry(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "a.zip", ("x.obj", b"secret")).read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + offset] |= 1
    (tmp_path / "b.zip").write_bytes(bytes(data))
    with pytest.raises(PackError, match="is encrypted"):
        unpack(tmp_path / "b.zip", tmp_path / "out", LIMITS)
