"""How figures are taken and written down.

A figure that compares is a ratio to something measured in the same run: blocks alternate, every round yields one ratio,
and the median counts.  Whatever else the machine is doing slows both sides of a round alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

Array = NDArray[np.float64]
Work = Callable[[], object]


@dataclass(frozen=True)
class Target:
    """What a figure should be."""

    bound: Literal["<=", ">="]
    value: float

    def met(self, measured: float) -> bool:
        return measured <= self.value if self.bound == "<=" else measured >= self.value


@dataclass(frozen=True)
class Figure:
    """One line of the table.  measured: in `unit`; note: what stands behind the number."""

    name: str
    measured: float
    unit: str
    target: Target | None
    note: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        target = f"{self.target.bound} {self.target.value:g}{self.unit}" if self.target else ""
        met = "" if self.target is None else "met" if self.target.met(self.measured) else "MISSED"
        return self.name, f"{self.measured:.3g}{self.unit}", target, met, self.note


def table(figures: list[Figure]) -> list[str]:
    """The figures as aligned lines of text."""
    rows = [("figure", "measured", "target", "", "medians"), *(figure.cells for figure in figures)]
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    return ["  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[4]]).rstrip() for row in rows]


def interleave(
    benchmark: BenchmarkFixture,
    work: Work,
    others: Mapping[str, Work],
    *,
    rounds: int,
    before: Work = lambda: None,
    warmup: int = 2,
) -> tuple[Array, dict[str, Array]]:
    """Seconds [rounds] of `work`, timed by pytest-benchmark, and of `others`, each run once before every round.

    before: run first in every round, on nobody's account.
    """
    seconds: dict[str, list[float]] = {name: [] for name in others}

    def prepare() -> None:
        before()
        for name, other in others.items():
            start = time.perf_counter()
            other()
            seconds[name].append(time.perf_counter() - start)

    benchmark.pedantic(work, setup=prepare, rounds=rounds, warmup_rounds=warmup)
    return np.array(benchmark.stats.stats.data), {name: np.array(s[-rounds:]) for name, s in seconds.items()}


def milliseconds(seconds: Array) -> str:
    return f"{1e3 * float(np.median(seconds)):.3g} ms"
