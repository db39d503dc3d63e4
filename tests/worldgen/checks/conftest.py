"""The assets of the shipped scenes, made anew for these tests: what is checked is what the code makes now."""

from __future__ import annotations

import pytest

from gen3d_bench.doctor.rendering import rendering_problem
from gen3d_bench.scenes.store import AssetStore


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> AssetStore:
    return AssetStore(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def drawing() -> None:
    """Skips tests where nothing can be drawn."""
    problem = rendering_problem()
    if problem is not None:
        pytest.skip(problem)
