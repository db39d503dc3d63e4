"""Which assets the environments of a test find."""

from pathlib import Path

import pytest

from tests.shared import shared


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """The official files are there."""
    monkeypatch.setenv("MS_ASSET_DIR", str(shared("assets/maniskill")))


@pytest.fixture
def none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The official files are not there."""
    monkeypatch.setenv("MS_ASSET_DIR", str(tmp_path / "none"))


@pytest.fixture(params=["real", "none"])
def assets(request: pytest.FixtureRequest) -> str:
    """Either."""
    request.getfixturevalue(request.param)
    return str(request.param)
