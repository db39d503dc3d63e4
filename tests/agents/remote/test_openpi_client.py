"""openpi's own client, from PyPI and in an environment of its own, asks our server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from filelock import FileLock

from gen3d_bench.cache import cache_folder
from tests.agents.remote.test_serving import Echo, served

PACKAGES = ("openpi-client==0.1.2", "numpy<2", "typing_extensions")
SESSION = Path(__file__).with_name("openpi_session.py")


@pytest.fixture(scope="module")
def openpi_python() -> Path:
    """The interpreter of an environment with openpi's client, made once."""
    folder = cache_folder() / "tests/openpi-client-0.1.2"
    python, done = folder / "bin/python", folder / "complete"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not done.exists():
            uv = Path(sys.prefix) / "bin/uv"
            if not uv.exists():
                pytest.skip("no uv beside this Python to make an environment with")
            subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
            made = subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *PACKAGES],
                                  capture_output=True, text=True, check=False)
            if made.returncode:
                pytest.skip(f"openpi's client cannot be installed: {made.stderr.strip().splitlines()[-1]}")
            done.touch()
    return python


def ask(python: Path, address: str, *more: str) -> subprocess.CompletedProcess[str]:
    url = urlparse(address)
    return subprocess.run([python, SESSION, str(url.hostname), str(url.port), *more], capture_output=True, text=True,
                          timeout=60, check=False)


def test_the_real_client_is_answered(openpi_python: Path) -> None:
    policy = Echo()
    with served(policy) as address:
        session = ask(openpi_python, address, "3")
    assert session.returncode == 0, session.stderr
    said: dict[str, Any] = json.loads(session.stdout)
    assert said["numpy"].startswith("1.")
    assert said["metadata"]["policy"] == {"name": "echo"} and said["metadata"]["action_space"]["horizon"] == 4
    for k, answer in enumerate(said["answers"]):
        assert (answer["shape"], answer["dtype"]) == ([4, 7], "float32")
        assert answer["first"] == pytest.approx([0.2 * k, 0.25 * k], abs=1e-3)
        assert "infer_ms" in answer["timing"]
    assert said["single"] == [7]


def test_the_real_client_shows_its_key(openpi_python: Path) -> None:
    with served(Echo(), api_key="a secret") as address:
        assert ask(openpi_python, address, "1", "a secret").returncode == 0
        turned_away = ask(openpi_python, address, "1", "a guess")
    assert turned_away.returncode != 0 and "401" in turned_away.stderr
