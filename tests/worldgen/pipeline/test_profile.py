"""Table C.1 of a run, against hand-counted records."""

from __future__ import annotations

import pytest

from gen3d_bench.worldgen.designer.protocol import Usage
from gen3d_bench.worldgen.pipeline.profile import Profile, Rate, table_c1
from gen3d_bench.worldgen.pipeline.records import SceneAttempt, SceneRecord
from gen3d_bench.worldgen.verdict import Stage, Verdict
from tests.worldgen.pipeline.making import accepted, asset, graph, verdict


def rejected() -> SceneRecord:
    """Two designs, of which an asset failed three times, and then the oracle."""
    broken = asset("mug", failures=2)
    broken = broken.model_copy(update={"attempts": (*broken.attempts[:2], broken.attempts[0]), "sha256": None})
    first = SceneAttempt(seed=1, graph=graph(), assets=(broken,))
    second = SceneAttempt(seed=2, graph=graph(), assets=(asset("mug"),),
                          solvability=verdict(Stage.solvability, False, "0 of 3"))
    return SceneRecord(id="r", sentence="s", designer="grammar", status="rejected", reason="solvability: 0 of 3",
                       attempts=(first, second), usage=Usage(2, 1, 200, 100, 0.25))


def test_counts_of_a_hand_counted_run() -> None:
    records = [accepted("a", seconds=2.0), accepted("b", seconds=6.0), rejected()]
    profile = Profile.of(records)
    assert (profile.planned, profile.accepted, profile.rejected) == (3, 2, 1)
    assert (profile.objects, profile.rooms, profile.tables) == (6, 2, 1)  # the two scenes share a table
    assert profile.per_scene == 3.0
    assert (profile.scene_s.mean, profile.scene_s.std) == (4.0, 2.0)
    assert profile.stages[Stage.geometry] == Rate(11, 14)  # 2 x 5 passes, then 3 failures and 1 pass
    assert profile.stages[Stage.solvability] == Rate(2, 3)
    assert profile.stages[Stage.appearance] == Rate(0, 0)
    assert profile.first_scene == Rate(2, 3)
    assert profile.usage == Usage(2, 1, 200, 100, 0.25)


def test_attempts_count_only_objects_that_were_taken() -> None:
    record = accepted("a")
    attempt = record.attempts[0]
    assets = (*attempt.assets[:-1], asset("notebook", failures=3))
    record = record.model_copy(update={"attempts": (attempt.model_copy(update={"assets": assets}),)})
    profile = Profile.of([record])
    assert profile.attempts == pytest.approx((1 + 1 + 4) / 3)
    assert profile.object_s.mean == pytest.approx((1 + 1 + 4) / 3)


def test_an_empty_run_has_a_table_without_numbers() -> None:
    rows = {row.metric: row.value for row in table_c1(Profile.of([]))}
    assert rows["Generated environments"] == "0"
    assert rows["Time per scene"] == rows["Mesh geometry"] == "-"


def test_the_papers_column_is_the_papers() -> None:
    rows = {row.metric: row.paper for row in table_c1(Profile.of([]))}
    assert rows["Unique object assets"] == "516"
    assert rows["Attempts per valid object"] == "1.37"
    checks = ("Appearance", "Mesh geometry", "Alignment of text and asset")
    assert [rows[name] for name in checks] == ["83.3%", "75.2%", "91.9%"]


def test_why_not_names_the_asset_and_the_reason() -> None:
    assert rejected().attempts[0].why_not == "mug: geometry: two bodies"
    assert rejected().attempts[1].why_not == "solvability: 0 of 3"
    assert accepted("a").attempts[0].why_not == ""


def test_nothing_passes_that_was_not_reached() -> None:
    unreached = Verdict.unreachable(Stage.appearance, "openai:gpt-4o", "connection refused")
    assert not unreached.passed
    with pytest.raises(ValueError, match="could not be reached passes nothing"):
        Verdict(stage=Stage.appearance, passed=True, reached=False, reason="", method="")
