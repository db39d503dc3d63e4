import numpy as np
import pytest
from scipy.stats import binomtest

from gen3d_bench.evaluation.statistics import boschloo, by_scene, mcnemar_exact, wilson


@pytest.mark.parametrize(("successes", "low", "high"), [(26, 0.152, 0.299), (90, 0.666, 0.819)])
def test_wilson_of_the_papers_totals(successes, low, high):
    interval = wilson(successes, 120)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-4)


def test_wilson_agrees_with_scipy_and_keeps_to_0_and_1():
    for successes, trials in [(0, 10), (10, 10), (3, 7), (57, 100)]:
        ours, theirs = wilson(successes, trials), binomtest(successes, trials).proportion_ci(method="wilson")
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
        assert 0 <= ours.low <= ours.high <= 1


def test_no_trials_say_nothing():
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
    with pytest.raises(ValueError, match="4 of 3"):
        wilson(4, 3)


def test_scenes_that_differ_widen_the_interval_for_new_ones():
    alike = by_scene([50] * 20, [100] * 20)
    unlike = by_scene([100] * 10 + [0] * 10, [100] * 20)
    assert unlike.width > 3 * alike.width
    assert unlike.low < 0.5 < unlike.high


def test_interval_for_new_scenes_never_collapses():
    assert by_scene([10] * 5, [10] * 5).low == wilson(50, 50).low < 0.95
    assert by_scene([3], [10]).width == 1.0


def test_interval_for_new_scenes_is_reproducible_and_covers():
    assert by_scene([3, 7, 9], [10] * 3) == by_scene([3, 7, 9], [10] * 3)
    rng = np.random.default_rng(0)
    rounds, covered = 60, 0
    for _ in range(rounds):
        rates = np.clip(rng.normal(0.6, 0.2, 30), 0, 1)
        interval = by_scene(rng.binomial(20, rates), [20] * 30)
        covered += interval.low <= 0.6 <= interval.high
    assert covered / rounds > 0.88


def test_bad_counts_are_refused():
    with pytest.raises(ValueError, match="per scene"):
        by_scene([1, 2], [1, 0])


def test_paired_and_unpaired_tests():
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(0, 10) == pytest.approx(2 * 0.5**10)
    assert boschloo(26, 120, 90, 120) < 1e-10
    assert boschloo(5, 10, 5, 10) > 0.9
