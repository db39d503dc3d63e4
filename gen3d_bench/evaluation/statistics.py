"""How sure the numbers are: intervals and tests for rates.  Pure functions on counts, no I/O.

Two questions need two intervals.  "How good is this policy on these very scenes?" treats episodes as the sample
(Wilson).  "How good would it be on new scenes of the same kind?" treats scenes as the sample (bootstrap over scenes,
then episodes), and is several times wider when scenes differ in difficulty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
RESAMPLES = 10_000


@dataclass(frozen=True)
class Interval:
    """A confidence interval of a rate, both ends in [0, 1]."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson score interval of successes/trials; [0, 1] without trials."""
    from statsmodels.stats.proportion import proportion_confint

    if not 0 <= successes <= trials:
        raise ValueError(f"need 0 <= successes <= trials, got {successes} of {trials}")
    if trials == 0:
        return Interval(0.0, 1.0)
    low, high = proportion_confint(successes, trials, alpha=1 - confidence, method="wilson")
    return Interval(max(0.0, float(low)), min(1.0, float(high)))


def by_scene(successes: Sequence[int], trials: Sequence[int], confidence: float = CONFIDENCE,
             seed: int = 0) -> Interval:
    """Interval of the pooled rate on *new* scenes: resample scenes with replacement, then episodes within each.

    successes, trials: one entry per scene.  The percentile bootstrap collapses where all episodes agree, so the result
    is never narrower than Wilson's interval on the pooled counts; with fewer than two scenes nothing is known about new
    ones and the result is [0, 1].
    """
    k, n = np.asarray(successes, dtype=np.int64), np.asarray(trials, dtype=np.int64)
    if k.shape != n.shape or k.ndim != 1 or (n <= 0).any() or (k < 0).any() or (k > n).any():
        raise ValueError("need one count of successes and one positive count of trials per scene")
    if len(n) < 2:
        return Interval(0.0, 1.0)
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(n), size=(RESAMPLES, len(n)))
    hits = rng.binomial(n[chosen], (k / n)[chosen]).sum(axis=1)
    rates = hits / n[chosen].sum(axis=1)
    tail = 50 * (1 - confidence)
    low, high = np.percentile(rates, [tail, 100 - tail])
    pooled = wilson(int(k.sum()), int(n.sum()), confidence)
    return Interval(min(float(low), pooled.low), max(float(high), pooled.high))


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Two-sided exact McNemar p-value for paired episodes (same scene, same seed).

    only_first, only_second: pairs that only the first or only the second policy solved.  1 where no pair disagrees.
    """
    from scipy.stats import binomtest

    disagreeing = only_first + only_second
    return float(binomtest(only_first, disagreeing, 0.5).pvalue) if disagreeing else 1.0


def boschloo(successes_a: int, trials_a: int, successes_b: int, trials_b: int) -> float:
    """Two-sided Boschloo p-value for two independent rates."""
    from scipy.stats import boschloo_exact

    table = [[successes_a, successes_b], [trials_a - successes_a, trials_b - successes_b]]
    return float(boschloo_exact(table).pvalue)
