"""A Hub on this machine with a pack on it, and who downloads from it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from huggingface_hub import constants

from gen3d_bench import cli
from gen3d_bench.hf_assets.hub import Hub as Client
from tests.hf_assets.hub_server import Hub, serving
from tests.hf_assets.packs import contents, make_pack

Waits = list[float]


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of three scenes.  Not to be written to."""
    folder = tmp_path_factory.mktemp("packs") / "things"
    make_pack(folder)
    return folder


@pytest.fixture
def client_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caches of the test's own, and no token of whoever runs it."""
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "gen3d"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)


@pytest.fixture
def hub(tmp_path: Path, client_settings: None) -> Iterator[Hub]:
    """A Hub on which ann, whose token is "secret", writes to ann/..."""
    with serving(tmp_path / "hub") as hub:
        hub.tokens["secret"] = "ann"
        yield hub


@pytest.fixture
def client(hub: Hub, tmp_path: Path) -> Client:
    """Somebody without a token."""
    return Client(endpoint=hub.url, cache=tmp_path / "hf" / "hub")


@pytest.fixture
def published(hub: Hub, pack: Path) -> str:
    """The repository that holds the pack."""
    hub.commit("ann/things", contents(pack))
    return "ann/things"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Seconds that would have been slept between attempts; nobody sleeps."""
    slept: Waits = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@dataclass(frozen=True)
class Shell:
    """`gen3d ...` and Python in processes of their own, with the caches of `client`."""

    environment: dict[str, str]
    folder: Path

    def start(self, *arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments], env=self.environment, cwd=self.folder, text=True, stdout=subprocess.PIPE,
            stderr=stderr)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], env=self.environment | environment, cwd=self.folder, text=True,
            capture_output=True, timeout=120, check=False)

    def gen3d(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "gen3d_bench", *words, **environment)


@pytest.fixture
def shell(hub: Hub, tmp_path: Path) -> Shell:
    """As ann; HF_TOKEN="" for nobody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    root = str(Path(__file__).parents[2])
    (tmp_path / "here").mkdir()
    return Shell({**kept, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "HF_TOKEN": "secret",
                  "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1",
                  "PYTHONPATH": root, "PYTHONWARNINGS": "ignore"}, tmp_path / "here")


@pytest.fixture
def default_client(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """What this process takes where no other Hub is named: `client` as ann."""
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.partition("/{repo_id}")
    monkeypatch.setattr(constants, "ENDPOINT", client.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", client.url + "".join(template[1:]))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(client.cache))
    monkeypatch.setenv("HF_TOKEN", "secret")
    return client


Gen3d = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def gen3d(default_client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gen3d:
    """`gen3d ...` in this process, which is quicker."""
    monkeypatch.delenv("GEN3D_TRACEBACK", raising=False)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        code = cli.main(list(words))
        said = capsys.readouterr()
        return subprocess.CompletedProcess(words, code, said.out, said.err)

    return run


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Gives a file system of so many bytes."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"cannot mount a small disk here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)
