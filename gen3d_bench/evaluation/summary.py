"""What a finished run says: metrics with intervals, overall and per scene, as an object and as `summary.json`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gen3d_bench.evaluation import metrics, statistics
from gen3d_bench.evaluation.metrics import Metrics
from gen3d_bench.evaluation.records import EpisodeRecord
from gen3d_bench.evaluation.schedule import Key
from gen3d_bench.evaluation.statistics import Interval


@dataclass(frozen=True)
class RunSummary:
    """Episodes of a run and what they add up to.

    missing: planned episodes without a record, with the reason: a worker that failed twice, or a scene that cannot be
    set up.
    """

    records: tuple[EpisodeRecord, ...]
    overall: Metrics
    per_scene: Mapping[str, Metrics]
    new_scenes: Mapping[str, Interval]
    """Per rate (SR, PSR, DFR, SFR), the interval to expect on new scenes of the same kind."""
    restricted_mean_s: float
    """Mean over all episodes of the time to success or else the time limit (s)."""
    missing: Mapping[Key, str]

    @property
    def stand_ins(self) -> dict[str, tuple[str, ...]]:
        """What stood in for the real things -> the scenes where it did."""
        found: dict[str, dict[str, None]] = {}
        for record in self.records:
            if record.stand_in:
                found.setdefault(record.stand_in, {})[record.scene_id] = None
        return {text: tuple(scenes) for text, scenes in found.items()}

    @classmethod
    def of(cls, records: Iterable[EpisodeRecord], missing: Mapping[Key, str] | None = None) -> RunSummary:
        rows = tuple(sorted(records, key=lambda r: r.key))
        per_scene = metrics.compute_per_scene(rows)
        scenes = list(per_scene.values())
        return cls(
            records=rows,
            overall=metrics.compute(rows),
            per_scene=per_scene,
            new_scenes={
                "SR": _over_scenes(scenes, [m.successes for m in scenes]),
                "PSR": _over_scenes(scenes, [m.lifted for m in scenes]),
                "DFR": _over_scenes(scenes, [m.dynamics for m in scenes]),
                "SFR": _over_scenes(scenes, [m.semantics for m in scenes]),
            },
            restricted_mean_s=metrics.restricted_mean_time_s(rows),
            missing=dict(missing or {}),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types; a number that does not exist is null."""
        return {
            "schema_version": 1,
            "policy": self.records[0].policy if self.records else None,
            "overall": {
                **_metrics_json(self.overall),
                "intervals_new_scenes": {name: [i.low, i.high] for name, i in self.new_scenes.items()},
                "restricted_mean_time_s": _number(self.restricted_mean_s),
            },
            "scenes": {scene: _metrics_json(m) for scene, m in self.per_scene.items()},
            "stand_ins": {text: list(scenes) for text, scenes in self.stand_ins.items()},
            "missing": [{"scene": scene, "episode": episode, "reason": reason}
                        for (scene, episode), reason in sorted(self.missing.items())],
        }


def wilson_intervals(m: Metrics) -> dict[str, Interval]:
    """Wilson intervals of the four rates on these very scenes."""
    counts = {"SR": m.successes, "PSR": m.lifted, "DFR": m.dynamics, "SFR": m.semantics}
    return {name: statistics.wilson(count, m.episodes) for name, count in counts.items()}


def _over_scenes(scenes: Sequence[Metrics], counts: Sequence[int]) -> Interval:
    return statistics.by_scene(counts, [m.episodes for m in scenes])


def _metrics_json(m: Metrics) -> dict[str, Any]:
    return {
        "episodes": m.episodes,
        "successes": m.successes,
        "SR": _number(m.sr),
        "PSR": _number(m.psr),
        "DFR": _number(m.dfr),
        "SFR": _number(m.sfr),
        "TF_s": _number(m.tf_s),
        "TF_std_s": _number(m.tf_std_s),
        "successes_at_end": m.successes_at_end,
        "policy_errors": m.errors,
        "intervals": {name: [i.low, i.high] for name, i in wilson_intervals(m).items()},
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
