"""One thread for everything, and the table of figures at the end.  Run it with `make bench`."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.benchmarks.figures import Figure, Target, table

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LP_NUM_THREADS")
"""The last is Mesa's software renderer.  What a user has set is kept, and the table says so."""

TAKEN = pytest.StashKey[list[Figure]]()

Take = Callable[..., None]


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("benchmark_only", False):
        for name in THREADS:
            os.environ.setdefault(name, "1")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip before any fixture does its long work."""
    if not item.config.getoption("benchmark_only"):
        pytest.skip("figures are taken by `make bench`")


@pytest.fixture
def take(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Take:
    """`take(name, measured, unit, target, note)` writes a figure down.  No figure fails a run: machines differ."""
    taken = request.config.stash.setdefault(TAKEN, [])

    def _take(name: str, measured: float, unit: str = "", target: Target | None = None, note: str = "") -> None:
        figure = Figure(name, float(measured), unit, target, note)
        taken.append(figure)
        benchmark.extra_info[name] = {
            "measured": figure.measured,
            "unit": unit.strip(),
            "target": f"{target.bound} {target.value:g}" if target else None,
            "met": target.met(figure.measured) if target else None,
            "medians": note,
        }

    return _take


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(TAKEN, [])
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line(" ".join(f"{name}={os.environ.get(name, '')}" for name in THREADS))
        for line in table(figures):
            terminalreporter.write_line(line)
