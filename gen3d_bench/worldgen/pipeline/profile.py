"""A run in numbers: the rows of the paper's Table C.1 and what belongs beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gen3d_bench.evaluation.metrics import NOTHING, Moments
from gen3d_bench.worldgen.designer.protocol import Usage
from gen3d_bench.worldgen.pipeline.records import AssetRecord, SceneRecord
from gen3d_bench.worldgen.verdict import Stage


@dataclass(frozen=True)
class Rate:
    """How often something passed."""

    passed: int
    judged: int

    def __str__(self) -> str:
        return f"{100 * self.passed / self.judged:.1f}%" if self.judged else NOTHING


@dataclass(frozen=True)
class Profile:
    """Numbers of a run.  Seconds are wall-clock time of one process; an asset that the cache holds costs next to none.

    objects, rooms, tables: different ones in accepted scenes.  per_scene: objects of an accepted scene.  object_s,
    room_s: of an accepted asset, all its attempts together.  attempts: of an accepted object.
    """

    planned: int
    accepted: int
    rejected: int
    refused: int
    failed: int
    objects: int
    rooms: int
    tables: int
    per_scene: float
    scene_s: Moments
    room_s: Moments
    object_s: Moments
    attempts: float
    stages: Mapping[Stage, Rate]
    """Verdicts of single attempts."""
    first_scene: Rate
    """Jobs whose first try from the design on was accepted."""
    usage: Usage
    peak_mb: float
    """Of the largest worker."""

    @classmethod
    def of(cls, records: Iterable[SceneRecord]) -> Profile:
        everything = list(records)
        done = [record for record in everything if record.accepted]
        taken = [asset for record in done for asset in record.attempts[-1].assets]

        def of_kind(kind: str) -> list[AssetRecord]:
            return [asset for asset in taken if asset.kind == kind]

        def distinct(kind: str) -> int:
            return len({asset.sha256 for asset in of_kind(kind)})

        objects = of_kind("object")
        counts = {status: sum(record.status == status for record in everything)
                  for status in ("accepted", "rejected", "refused", "failed")}
        return cls(
            planned=len(everything),
            **counts,
            objects=distinct("object"),
            rooms=distinct("room"),
            tables=distinct("table"),
            per_scene=len(objects) / len(done) if done else 0.0,
            scene_s=Moments.of(record.seconds for record in done),
            room_s=Moments.of(map(_seconds, of_kind("room"))),
            object_s=Moments.of(map(_seconds, objects)),
            attempts=sum(len(asset.attempts) for asset in objects) / len(objects) if objects else 0.0,
            stages={stage: _rate(everything, stage) for stage in Stage},
            first_scene=Rate(sum(len(record.attempts) == 1 for record in done), len(everything)),
            peak_mb=max((record.peak_mb for record in everything), default=0.0),
            usage=sum((record.usage for record in everything), Usage()),
        )


def _seconds(asset: AssetRecord) -> float:
    return sum(attempt.seconds + attempt.checks_s for attempt in asset.attempts)


def _rate(records: Iterable[SceneRecord], stage: Stage) -> Rate:
    verdicts = [verdict for record in records for verdict in record.verdicts(stage)]
    return Rate(sum(verdict.passed for verdict in verdicts), len(verdicts))


@dataclass(frozen=True)
class Row:
    """A line of Table C.1.  paper: what the paper reports, with GPT-4o, EmbodiedGen and an RTX 4090."""

    category: str
    metric: str
    value: str
    paper: str = NOTHING


_SCALE, _TIME = "Generation scale", "Generation efficiency"
_PASS, _SCENE, _END = "QA pass rates, single attempt", "Scene checks, single attempt", "Acceptance"
_ROWS: tuple[tuple[str, str, Callable[[Profile], str], str], ...] = (
    (_SCALE, "Generated environments", lambda p: f"{p.accepted}", "100"),
    (_SCALE, "Unique object assets", lambda p: f"{p.objects}", "516"),
    (_SCALE, "Interactive assets per scene", lambda p: f"{p.per_scene:.2f}", "5.16"),
    (_SCALE, "Background assets", lambda p: f"{p.rooms}", "100"),
    (_SCALE, "Tables", lambda p: f"{p.tables}", NOTHING),
    (_TIME, "Time per scene", lambda p: _spread(p.scene_s), "46.8 ± 5.0 min"),
    (_TIME, "Time per background asset", lambda p: _spread(p.room_s), "25.0 ± 3.2 min"),
    (_TIME, "Time per object asset", lambda p: _spread(p.object_s), "3.9 ± 1.6 min"),
    (_TIME, "Peak memory of a process", lambda p: f"{p.peak_mb:.0f} MB" if p.peak_mb else NOTHING, NOTHING),
    (_PASS, "Appearance", lambda p: str(p.stages[Stage.appearance]), "83.3%"),
    (_PASS, "Mesh geometry", lambda p: str(p.stages[Stage.geometry]), "75.2%"),
    (_PASS, "Alignment of text and asset", lambda p: str(p.stages[Stage.alignment]), "91.9%"),
    (_PASS, "Handling", lambda p: str(p.stages[Stage.handling]), NOTHING),
    (_PASS, "Attempts per valid object", lambda p: f"{p.attempts:.2f}", "1.37"),
    (_SCENE, "Layout", lambda p: str(p.stages[Stage.layout]), NOTHING),
    (_SCENE, "Physics", lambda p: str(p.stages[Stage.physics]), NOTHING),
    (_SCENE, "Solvability", lambda p: str(p.stages[Stage.solvability]), NOTHING),
    (_END, "Scenes accepted by all automatic checks", lambda p: str(Rate(p.accepted, p.planned)), NOTHING),
    (_END, "Accepted by a person", lambda p: NOTHING, "85%"),
)


def table_c1(profile: Profile) -> tuple[Row, ...]:
    """The rows of Table C.1 and those of checks that the paper does not have."""
    return tuple(Row(category, metric, value(profile), paper) for category, metric, value, paper in _ROWS)


def _spread(moments: Moments) -> str:
    return f"{moments.mean:.2f} ± {moments.std:.2f} s" if moments.count else NOTHING
