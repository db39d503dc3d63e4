"""The benchmark's five metrics, defined once.

    SR   success rate               episodes that reached success / all episodes
    TF   time to finish (s)         mean over *successful* episodes only, pooled over scenes; population std (ddof 0)
    PSR  partial success rate       episodes with the source grasped and lifted / all episodes (a success counts)
    DFR  dynamics failure rate      failures labelled "dynamics" / all episodes
    SFR  semantics failure rate     failures labelled "semantics" / all episodes

Labels are not exclusive and every failure has at least one, so SR <= PSR and max(DFR, SFR) <= 1 - SR <= DFR + SFR.
These readings are the ones that reproduce the "All" row of the paper's Table 2 from its scenes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gen3d_bench.evaluation.labels import FailureLabel
from gen3d_bench.evaluation.records import EpisodeRecord

NOTHING = "-"
"""What a table shows where a number would mean nothing."""


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of some numbers; can be pooled without the numbers."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Moments:
        numbers = list(values)
        if not numbers:
            return cls()
        mean = math.fsum(numbers) / len(numbers)
        return cls(len(numbers), mean, math.fsum((v - mean) ** 2 for v in numbers))

    @classmethod
    def from_mean_std(cls, count: int, mean: float, std: float) -> Moments:
        """From a table's mean and population standard deviation."""
        return cls(count, mean, count * std**2)

    @property
    def std(self) -> float:
        """Population standard deviation (ddof 0)."""
        return math.sqrt(self.squares / self.count) if self.count else 0.0

    def __add__(self, other: Moments) -> Moments:
        count = self.count + other.count
        if count == 0:
            return Moments()
        gap = other.mean - self.mean
        mean = self.mean + gap * other.count / count
        return Moments(count, mean, self.squares + other.squares + gap**2 * self.count * other.count / count)


@dataclass(frozen=True)
class Metrics:
    """Counts over a set of episodes, and the five metrics made of them."""

    episodes: int
    successes: int
    lifted: int
    dynamics: int
    semantics: int
    times: Moments
    """Seconds to finish of the successes."""
    successes_at_end: int | None = None
    """Episodes that were a success at the time limit; None where episodes stop at their first success."""
    errors: int = 0
    """Episodes ended by a policy error (failures, and counted as such)."""

    def __post_init__(self) -> None:
        failures = self.episodes - self.successes
        if not 0 <= self.successes <= self.lifted <= self.episodes:
            counts = f"{self.successes}, {self.lifted}, {self.episodes}"
            raise ValueError(f"need successes <= lifted <= episodes, got {counts}")
        if not max(self.dynamics, self.semantics) <= failures <= self.dynamics + self.semantics:
            labels = f"{self.dynamics} dynamics and {self.semantics} semantics labels"
            raise ValueError(f"{failures} failures cannot carry {labels}")
        if self.times.count != self.successes:
            raise ValueError(f"{self.successes} successes but {self.times.count} times to finish")

    @property
    def sr(self) -> float:
        return _rate(self.successes, self.episodes)

    @property
    def psr(self) -> float:
        return _rate(self.lifted, self.episodes)

    @property
    def dfr(self) -> float:
        return _rate(self.dynamics, self.episodes)

    @property
    def sfr(self) -> float:
        return _rate(self.semantics, self.episodes)

    @property
    def tf_s(self) -> float:
        """Mean time to finish (s); NaN without a success."""
        return self.times.mean if self.times.count else math.nan

    @property
    def tf_std_s(self) -> float:
        """Population standard deviation (s); NaN below two successes."""
        return self.times.std if self.times.count > 1 else math.nan

    def __add__(self, other: Metrics) -> Metrics:
        """Pool two sets of episodes."""
        at_end = None
        if self.successes_at_end is not None and other.successes_at_end is not None:
            at_end = self.successes_at_end + other.successes_at_end
        return Metrics(
            episodes=self.episodes + other.episodes,
            successes=self.successes + other.successes,
            lifted=self.lifted + other.lifted,
            dynamics=self.dynamics + other.dynamics,
            semantics=self.semantics + other.semantics,
            times=self.times + other.times,
            successes_at_end=at_end,
            errors=self.errors + other.errors,
        )


def compute(records: Iterable[EpisodeRecord]) -> Metrics:
    """Metrics of these episodes pooled."""
    rows = list(records)
    at_end = [r.success_at_end for r in rows]
    return Metrics(
        episodes=len(rows),
        successes=sum(r.success_once for r in rows),
        lifted=sum(r.lifted for r in rows),
        dynamics=sum(FailureLabel.dynamics in r.failures for r in rows),
        semantics=sum(FailureLabel.semantics in r.failures for r in rows),
        times=Moments.of(r.time_to_finish_s for r in rows if r.time_to_finish_s is not None),
        successes_at_end=None if not rows or None in at_end else sum(bool(v) for v in at_end),
        errors=sum(r.status == "policy_error" for r in rows),
    )


def compute_per_scene(records: Iterable[EpisodeRecord]) -> dict[str, Metrics]:
    """Metrics of each scene, in order of scene id."""
    groups: dict[str, list[EpisodeRecord]] = {}
    for record in records:
        groups.setdefault(record.scene_id, []).append(record)
    return {scene: compute(groups[scene]) for scene in sorted(groups)}


def restricted_mean_time_s(records: Iterable[EpisodeRecord]) -> float:
    """Mean over all episodes of the time to success, or of the limit without one (s): for all the same episodes."""
    times = [r.settings.time_limit_s if r.time_to_finish_s is None else r.time_to_finish_s for r in records]
    return math.fsum(times) / len(times) if times else math.nan


def format_rate(rate: float, digits: int = 3) -> str:
    """A share in [0, 1] as the paper prints it: 0.8, 0.217, 0.0."""
    if math.isnan(rate):
        return NOTHING
    text = f"{rate:.{digits}f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def format_row(metrics: Metrics, digits: int = 3) -> Mapping[str, str]:
    """The five metrics by the paper's rules.

    No success: TF is "-".  One success: its time without a spread.  All successes: DFR and SFR are "-", there being no
    failure to speak of.
    """
    solved = metrics.episodes > 0 and metrics.successes == metrics.episodes
    return {
        "PSR": format_rate(metrics.psr, digits),
        "SR": format_rate(metrics.sr, digits),
        "DFR": NOTHING if solved else format_rate(metrics.dfr, digits),
        "SFR": NOTHING if solved else format_rate(metrics.sfr, digits),
        "TF": format_time(metrics.times),
    }


def format_time(times: Moments) -> str:
    """"10.7 ± 6.3", "11.5" for a single success, "-" for none (s)."""
    if times.count == 0:
        return NOTHING
    return f"{times.mean:.1f}" if times.count == 1 else f"{times.mean:.1f} ± {times.std:.1f}"


def _rate(count: int, total: int) -> float:
    return count / total if total else math.nan
