"""The definitions, held against the paper's own tables."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.evaluation.metrics import (
    Metrics,
    Moments,
    compute,
    compute_per_scene,
    format_row,
    restricted_mean_time_s,
)
from tests.evaluation.make import record
from tests.shared import SHARED

PAPER = SHARED / "paper"
needs_paper = pytest.mark.skipif(not PAPER.is_dir(), reason="the paper's tables are not here")
TRIALS = 10
"""Per scene and policy in Table 2."""


def read(name: str) -> list[dict[str, str]]:
    with Path(PAPER / name).open(newline="") as file:
        return list(csv.DictReader(file))


def number(text: str, missing: float = 0.0) -> float:
    return float(text) if text else missing


def row_metrics(row: dict[str, str], policy: str) -> Metrics:
    """A row of Table 2 as counts; a missing DFR or SFR is none, a missing std is that of a single time."""
    def count(name: str) -> int:
        return round(TRIALS * number(row[f"{policy}_{name}"]))

    times = Moments.from_mean_std(count("sr"), number(row[f"{policy}_tf"]), number(row[f"{policy}_tf_std"]))
    return Metrics(TRIALS, count("sr"), count("psr"), count("dfr"), count("sfr"), times)


@needs_paper
@pytest.mark.parametrize(
    ("policy", "counts", "tf", "std"), [("il", (54, 26, 80, 22), 11.47, 5.45), ("rl", (106, 90, 22, 8), 10.20, 5.08)]
)
def test_table_2_pools_to_its_all_row(policy, counts, tf, std):
    *scenes, printed = read("table2_real.csv")
    total = Metrics(0, 0, 0, 0, 0, Moments())
    for row in scenes:
        total += row_metrics(row, policy)
    assert total.episodes == 120
    assert (total.lifted, total.successes, total.dynamics, total.semantics) == counts
    assert total.tf_s == pytest.approx(tf, abs=0.005)
    assert total.tf_std_s == pytest.approx(std, abs=0.01)
    for name, value in (("psr", total.psr), ("sr", total.sr), ("dfr", total.dfr), ("sfr", total.sfr)):
        assert value == pytest.approx(float(printed[f"{policy}_{name}"]), abs=6e-4)
    assert f"{total.tf_s:.1f}" == printed[f"{policy}_tf"]
    assert total.tf_std_s == pytest.approx(float(printed[f"{policy}_tf_std"]), abs=0.06)


@needs_paper
@pytest.mark.parametrize("policy", ["il", "rl"])
def test_rows_of_table_2_print_as_in_the_paper(policy):
    for row in read("table2_real.csv")[:-1]:
        cells = format_row(row_metrics(row, policy))  # Metrics checks the invariants of every row on the way
        assert cells["SR"] == row[f"{policy}_sr"]
        assert cells["PSR"] == row[f"{policy}_psr"]
        assert cells["DFR"] == (row[f"{policy}_dfr"] or "-")
        assert cells["SFR"] == (row[f"{policy}_sfr"] or "-")
        mean, std = row[f"{policy}_tf"], row[f"{policy}_tf_std"]
        assert cells["TF"] == (f"{mean} ± {std}" if std else mean or "-")


@needs_paper
def test_all_scenes_of_table_1_are_half_in_and_half_out_of_distribution_at_50():
    """50 scenes in, 50 out, 100 episodes each: SR over all is their mean, TF is pooled over the successes."""
    row = next(row for row in read("table1_simulation.csv") if row["policy"] == "N=50")
    value = {name: number(text) for name, text in row.items() if name != "policy"}

    def half(side: str) -> Metrics:
        successes = round(5000 * value[f"eg_{side}_sr"] / 100)
        failures = 5000 - successes
        times = Moments.from_mean_std(successes, value[f"eg_{side}_tf"], 0.0)
        return Metrics(5000, successes, successes, failures, 0, times)

    both = half("id") + half("ood")
    assert 100 * both.sr == pytest.approx(value["eg_all_sr"], abs=0.051)
    assert both.tf_s == pytest.approx(value["eg_all_tf"], abs=0.11)


def test_rendering_rules():
    many = format_row(compute([record(episode=0, time_to_finish_s=1.0), record(episode=1, time_to_finish_s=4.0),
                               record(episode=2, success=False)]))
    assert many == {"PSR": "0.667", "SR": "0.667", "DFR": "0.333", "SFR": "0.0", "TF": "2.5 ± 1.5"}
    one = format_row(compute([record(episode=0), record(episode=1, success=False)]))
    assert one["TF"] == "2.0"
    none = format_row(compute([record(success=False)]))
    assert (none["TF"], none["SR"], none["DFR"]) == ("-", "0.0", "1.0")
    solved = format_row(compute([record()]))
    assert (solved["SR"], solved["DFR"], solved["SFR"]) == ("1.0", "-", "-")
    assert set(format_row(compute([])).values()) == {"-"}


def test_lifted_failures_count_for_psr_only():
    lifted = {"lifted": True, "failures": ["dynamics", "semantics"], "failure_codes": ["dropped", "wrong_object"]}
    m = compute([record(), record(episode=1, success=False, **lifted), record(episode=2, success=False)])
    assert (m.psr, m.sr, m.dfr, m.sfr) == pytest.approx((2 / 3, 1 / 3, 2 / 3, 1 / 3))


def test_policy_errors_stay_in_the_denominator():
    broken = {"status": "policy_error", "error": "KeyError", "failure_codes": ["policy_error"]}
    m = compute([record(), record(episode=1, success=False, **broken)])
    assert (m.episodes, m.errors, m.sr) == (2, 1, 0.5)


def test_success_at_end_is_counted_only_where_episodes_run_on():
    assert compute([record()]).successes_at_end is None
    assert compute([record(success_at_end=False), record(episode=1, success_at_end=True)]).successes_at_end == 1


def test_pooling_scenes_equals_computing_over_all():
    rng = np.random.default_rng(1)
    rows = [record(scene=scene, episode=i, success=bool(rng.integers(2))) for scene in "abc" for i in range(7)]
    rows = [r.model_copy(update={"time_to_finish_s": float(rng.uniform(1, 20))}) if r.success_once else r for r in rows]
    total = Metrics(0, 0, 0, 0, 0, Moments(), successes_at_end=0)
    for m in compute_per_scene(rows).values():
        total += m
    whole = compute(rows)
    assert (total.tf_s, total.tf_std_s) == pytest.approx((whole.tf_s, whole.tf_std_s))
    assert (total.sr, total.dfr) == (whole.sr, whole.dfr)
    times = [r.time_to_finish_s for r in rows if r.success_once]
    assert (whole.tf_s, whole.tf_std_s) == pytest.approx((np.mean(times), np.std(times)))


def test_restricted_mean_counts_failures_at_the_limit():
    rows = [record(time_to_finish_s=4.0), record(episode=1, success=False)]
    assert restricted_mean_time_s(rows) == 12.0
    assert math.isnan(restricted_mean_time_s([]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 5, 4, 5, 0), "successes <= lifted"),
        ((10, 5, 11, 5, 0), "successes <= lifted"),
        ((10, 5, 5, 6, 0), "cannot carry"),
        ((10, 5, 5, 2, 2), "cannot carry"),
    ],
)
def test_impossible_counts_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Metrics(*arguments, Moments(5, 1.0, 0.0))
