"""Models from the Hub, by the command line and from a Hub on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.agents.pi0.models import saved_model
from tests.hf_assets.hub_server import Hub, serving
from tests.hf_assets.packs import contents

Info = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def info(tmp_path: Path) -> Info:
    """`gen3d pi0 info` of somebody with an empty cache."""

    def run(source: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1", "COLUMNS": "100"} | environment
        return subprocess.run([sys.executable, "-m", "gen3d_bench", "pi0", "info", source], env=env,
                              capture_output=True, text=True, timeout=120, check=False)

    return run


def publish(hub: Hub, tmp_path: Path) -> None:
    hub.commit("ann/pi0", contents(saved_model(tmp_path / "model")))


def test_a_model_comes_from_the_hub_and_is_kept(tmp_path: Path, info: Info) -> None:
    with serving(tmp_path / "hub") as hub:
        publish(hub, tmp_path)
        first = info("ann/pi0", HF_ENDPOINT=hub.url)
        assert first.returncode == 0, first.stderr
        assert "A test" in first.stdout and "sha256" in first.stdout
    offline = info("pi0:ann/pi0@main", HF_ENDPOINT=hub.url)  # the server is gone
    assert offline.returncode == 0 and offline.stdout == first.stdout


def test_a_model_that_is_nowhere_is_one_line(tmp_path: Path, info: Info, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path / "hub") as hub:
        missing = info("ann/nothing", HF_ENDPOINT=hub.url)
        hub.commit("ann/other", {"README.md": b"no model"})
        other = info("ann/other", HF_ENDPOINT=hub.url)
    assert missing.returncode == 2 and len(missing.stderr.strip().splitlines()) == 1
    assert "ann/nothing is no folder here, and could not be downloaded" in missing.stderr
    assert other.returncode == 2 and "has no config.json, so it is no model of gen3d-bench" in other.stderr
    (tmp_path / "outputs").mkdir()
    monkeypatch.chdir(tmp_path)
    mistaken = info("outputs/night")
    assert mistaken.returncode == 2 and "there is no night in the folder outputs" in mistaken.stderr
    neither = info("nonsense")
    assert neither.returncode == 2 and "neither a folder, nor a repository on the Hub" in neither.stderr
