"""What software runs here, for the records."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import gen3d_bench
from gen3d_bench.evaluation.records import Versions


def current_versions() -> Versions:
    """Versions of this process; sapien is None where it is not installed."""
    return Versions(
        gen3d_bench=gen3d_bench.__version__,
        sapien=_installed("sapien"),
        gymnasium=version("gymnasium"),
        numpy=version("numpy"),
        python=platform.python_version(),
        platform=f"{platform.system()}-{platform.machine()}",
    )


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
