"""`gen3d doctor` in the conditions that users meet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gen3d_bench.doctor import debs, install, rendering, report, unpacked, vulkan
from gen3d_bench.doctor.report import Check, Report

NO_DRIVER = {"VK_DRIVER_FILES": "/nonexistent/driver.json", "VK_ICD_FILENAMES": "/nonexistent/driver.json"}


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


needs_vulkan = pytest.mark.skipif(not vulkan.probe().ok, reason="no Vulkan device that SAPIEN can render with")


@needs_vulkan
def test_the_probe_describes_a_fit_device() -> None:
    device = next(device for device in vulkan.probe().devices if not device.missing)
    assert device.name
    assert device.kind in vulkan.DEVICE_TYPES
    major, minor, _ = map(int, device.api.split("."))
    assert (major, minor) >= (1, 2)


@needs_vulkan
def test_the_probe_can_be_repeated() -> None:
    assert vulkan.probe() == vulkan.probe()


@needs_vulkan
@pytest.mark.render
def test_the_probe_agrees_with_a_picture() -> None:
    trial = report.try_simulator()
    assert trial.simulate is not None
    assert trial.render is not None
    assert trial.problem == ""


def test_the_probe_runs_as_a_file_without_the_package() -> None:
    done = subprocess.run([sys.executable, "-I", vulkan.__file__], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["ok"] == vulkan.probe().ok


REQUIRE = "from gen3d_bench.doctor import rendering, vulkan; {}; rendering.require_rendering()"


def test_without_a_driver_rendering_fails_with_the_remedy(tmp_path: Path) -> None:
    nothing = "vulkan.probe = lambda: vulkan.Probe((), 'Vulkan finds no driver')"
    done = python(REQUIRE.format(nothing), GEN3D_CACHE=str(tmp_path), VK_DRIVER_FILES="", VK_ICD_FILENAMES="")
    message = done.stderr.splitlines()[-1]
    assert "RenderingUnavailable: This machine cannot render: " in message
    assert "gen3d doctor --fix" in message
    assert 'obs_mode="state"' in message


@pytest.mark.parametrize("variable", list(NO_DRIVER))
def test_a_driver_that_the_user_has_chosen_wrongly_is_named(variable: str, tmp_path: Path) -> None:
    chosen = {**dict.fromkeys(NO_DRIVER, ""), variable: "/nonexistent/driver.json"}
    message = python(REQUIRE.format("pass"), GEN3D_CACHE=str(tmp_path), **chosen).stderr.splitlines()[-1]
    assert f"{variable}=/nonexistent/driver.json" in message
    assert f"Unset {variable} or correct it" in message
    assert "doctor --fix" not in message


def test_a_driver_that_would_not_be_used_is_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VK_DRIVER_FILES", "/nonexistent/driver.json")
    monkeypatch.setattr(vulkan, "probe", lambda: vulkan.Probe((), "Vulkan finds no driver"))
    with pytest.raises(debs.PackagesUnavailable, match=r"VK_DRIVER_FILES=/nonexistent/driver\.json"):
        install.provide_renderer()


def test_what_was_wrong_is_asked_again_once_it_is_mended(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "has_library", lambda name: True)
    monkeypatch.setattr(vulkan, "probe", lambda: vulkan.Probe((), "Vulkan finds no driver"))
    monkeypatch.setattr(debs, "available", lambda: True)
    monkeypatch.setattr(debs, "is_root", lambda: True)
    monkeypatch.setattr(debs, "install", lambda packages, newer: "installed")
    rendering.rendering_problem.cache_clear()
    try:
        assert rendering.rendering_problem() == "Vulkan finds no driver"
        install.provide_renderer()
        monkeypatch.setattr(vulkan, "probe", lambda: vulkan.Probe((), None))
        assert rendering.rendering_problem() is None
    finally:
        rendering.rendering_problem.cache_clear()


def test_without_a_driver_physics_still_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path))
    for name, value in NO_DRIVER.items():
        monkeypatch.setenv(name, value)
    trial = report.try_simulator()
    assert trial.simulate is not None
    assert trial.render is None
    assert trial.problem.startswith("RenderingUnavailable: ")


def test_a_hanging_driver_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = report.try_simulator(timeout_s=0.01)
    assert trial.render is None
    assert "no answer within" in trial.problem


@pytest.mark.parametrize(
    ("simulate", "render", "code"), [(True, True, 0), (True, False, 1), (False, False, 2), (False, True, 2)]
)
def test_exit_codes(simulate: bool, render: bool, code: int) -> None:
    assert Report(simulate, render, ()).exit_code == code


def test_the_report_is_json() -> None:
    found = Report(True, False, (Check("vulkan", "missing", "no driver", "gen3d doctor --fix"),))
    content = json.loads(report.as_json(found))
    assert content["checks"][0]["fix"] == "gen3d doctor --fix"
    assert content["render"] is False
    assert "state" in content["verdict"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check = report._cache(tmp_path / "file" / "cache")
    assert check.status == "broken"
    assert str(tmp_path) in check.found
    assert "GEN3D_CACHE" in check.fix


# --- The renderer that is unpacked without root -----------------------------------------------------------------------


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path))
    monkeypatch.delenv("VK_DRIVER_FILES", raising=False)
    monkeypatch.delenv("VK_ICD_FILENAMES", raising=False)
    unpacked.renderer_folder().mkdir()
    return tmp_path


def test_no_unpacked_renderer_is_no_error(cache: Path) -> None:
    assert unpacked.find() is None
    unpacked.activate()
    assert "VK_DRIVER_FILES" not in os.environ


def test_a_damaged_record_counts_as_none(cache: Path) -> None:
    (unpacked.renderer_folder() / "renderer.json").write_text('{"icd": ')
    assert unpacked.find() is None


def test_an_unpacked_renderer_is_picked_up(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    unpacked.save(unpacked.UnpackedRenderer("/somewhere/lvp_icd.json", ()))
    unpacked.activate()
    assert os.environ["VK_DRIVER_FILES"] == "/somewhere/lvp_icd.json"


def test_the_users_choice_of_driver_wins(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VK_ICD_FILENAMES", "/mine.json")
    unpacked.save(unpacked.UnpackedRenderer("/somewhere/lvp_icd.json", ()))
    unpacked.activate()
    assert "VK_DRIVER_FILES" not in os.environ


def test_registering_points_the_manifest_at_the_unpacked_driver(cache: Path) -> None:
    folder = unpacked.renderer_folder() / "root"
    libraries, manifests = folder / "usr/lib/x86_64-linux-gnu", folder / "usr/share/vulkan/icd.d"
    libraries.mkdir(parents=True)
    manifests.mkdir(parents=True)
    for name in ("libvulkan_lvp.so", "libvulkan_radeon.so", "libVkLayer_x.so", "libnot_a_library.so.1"):
        (libraries / name).write_text("")
    manifest = {"ICD": {"api_version": "1.4", "library_path": "libvulkan_lvp.so"}, "file_format_version": "1.0.0"}
    (manifests / "lvp_icd.x86_64.json").write_text(json.dumps(manifest))
    install._register(folder)
    found = unpacked.find()
    assert found is not None
    assert found.icd is not None
    written = json.loads(Path(found.icd).read_text())
    assert written["ICD"] == {"api_version": "1.4", "library_path": str(libraries / "libvulkan_lvp.so")}
    assert not (libraries / "libvulkan_radeon.so").exists()
    assert found.libraries == ()  # an empty file is no library, so it is not loaded into every process


def test_without_apt_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs, "available", lambda: False)
    monkeypatch.setattr(unpacked, "users_choice", lambda: None)
    with pytest.raises(debs.PackagesUnavailable, match="mesa-vulkan-drivers"):
        install.provide_renderer()


@pytest.mark.skipif(not debs.available(), reason="no apt-get")
def test_an_unknown_package_is_an_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs._Apt, "update", lambda self: None)
    with pytest.raises(debs.PackagesUnavailable, match="no-such-package-gen3d"):
        debs.unpack(["no-such-package-gen3d"], tmp_path / "root")
    assert list(tmp_path.iterdir()) == []


def test_rendering_problem_is_none_where_vulkan_is_fit() -> None:
    if vulkan.probe().ok and rendering.has_library("libX11.so.6"):
        assert rendering.rendering_problem() is None
    else:
        assert rendering.rendering_problem()
