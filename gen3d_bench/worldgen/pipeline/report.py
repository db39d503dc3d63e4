"""What a folder of generated scenes looks like from outside: a page with pictures, and a data card in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen3d_bench.evaluation.metrics import NOTHING
from gen3d_bench.extras import require
from gen3d_bench.scenes.io import write_atomic
from gen3d_bench.worldgen.pipeline.folder import file_sha256, read_run
from gen3d_bench.worldgen.pipeline.profile import Profile, Row, table_c1
from gen3d_bench.worldgen.pipeline.records import SceneAttempt, SceneRecord
from gen3d_bench.worldgen.verdict import Stage, Verdict


@dataclass(frozen=True)
class Evidence:
    """A picture of something that was judged, and what was said of it.  attempts: up to and with this one."""

    name: str
    description: str
    picture: str | None
    passed: bool
    attempts: int
    lines: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Chip:
    """A stage of checks on a card.  details: all that was said, for whoever points at it."""

    stage: str
    passed: bool
    details: str


@dataclass(frozen=True)
class Card:
    """A scene on the page.  checks: of the scene as a whole.  chips: all stages that were reached."""

    record: SceneRecord
    instruction: str
    picture: str | None
    distractors: str
    checks: tuple[Verdict, ...]
    chips: tuple[Chip, ...]
    notes: tuple[str, ...]
    evidence: tuple[Evidence, ...]


def write_report(folder: Path) -> Path:
    """Write `report.html` and `DATA_CARD.md` of a run's folder; the page's path.

    Raises RunFolderError where there is no run, MissingExtra.
    """
    require("eval", "jinja2")
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=ChoiceLoader([PackageLoader("gen3d_bench.worldgen.pipeline"), PackageLoader("gen3d_bench.evaluation")]),
        autoescape=select_autoescape(["html", "html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    settings, records = read_run(folder)
    profile = Profile.of(records)
    shown: dict[str, Any] = {
        "name": folder.resolve().name,
        "profile": profile,
        "solvable": profile.stages[Stage.solvability],
        "rows": table_c1(profile),
        "table": markdown_table(table_c1(profile)),
        "settings": _settings(settings),
        "cards": [_card(record) for record in records],
        "folder": folder,
        "edited": [record.id for record in records
                   if record.accepted and file_sha256(folder / f"{record.id}.json") != record.file_sha256],
        "nothing": NOTHING,
    }
    for template, file in (("report.html.j2", "report.html"), ("data_card.md.j2", "DATA_CARD.md")):
        write_atomic(folder / file, environment.get_template(template).render(**shown).encode())
    return folder / "report.html"


def _settings(settings: dict[str, Any]) -> list[tuple[str, str]]:
    def said(value: Any) -> str:
        return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)

    return [(name, said(value)) for name, value in settings.items() if value is not None]


def _card(record: SceneRecord) -> Card:
    last = record.attempts[-1] if record.attempts else SceneAttempt(seed=0)
    graph = last.graph
    layouts = last.layouts[-1].verdicts if last.layouts else ()
    checks = (*layouts, *_given(last.solvability))
    return Card(
        record=record,
        instruction=graph.instruction if graph is not None else record.sentence,
        picture=next((v.evidence for v in reversed(checks) if v.evidence), None),
        distractors=", ".join(thing.name for thing in graph.distractors) if graph is not None else "",
        checks=checks,
        chips=tuple(_chips(last)),
        notes=(*last.notes, *(note for asset in last.assets for note in asset.notes)),
        evidence=tuple(_evidence(last)),
    )


def _given(verdict: Verdict | None) -> tuple[Verdict, ...]:
    return () if verdict is None else (verdict,)


def _chips(attempt: SceneAttempt) -> Iterator[Chip]:
    """One per stage, of what was taken and not of what was thrown away on the way to it."""
    said: dict[Stage, list[tuple[str, Verdict]]] = {}
    for asset in attempt.assets:
        for verdict in asset.attempts[-1].verdicts:
            said.setdefault(verdict.stage, []).append((asset.name, verdict))
    for verdict in (*(attempt.layouts[-1].verdicts if attempt.layouts else ()), *_given(attempt.solvability)):
        said.setdefault(verdict.stage, []).append(("scene", verdict))
    for stage in Stage:
        if stage in said:
            lines = [f"{name}: {verdict.reason} ({verdict.method})" for name, verdict in said[stage]]
            yield Chip(stage.value, all(verdict.passed for _, verdict in said[stage]), "\n".join(lines))


def _evidence(attempt: SceneAttempt) -> Sequence[Evidence]:
    """One for each attempt at each asset of a scene: what was thrown away shows what the checks are for."""
    found = []
    for asset in attempt.assets:
        for count, made in enumerate(asset.attempts, start=1):
            lines = (made.error,) if made.error else tuple(f"{v.stage.value}: {v.reason}" for v in made.verdicts)
            picture = next((v.evidence for v in made.verdicts if v.evidence), None)
            found.append(Evidence(asset.name, asset.description, picture, made.passed, count, lines, asset.notes))
    return found


def markdown_table(rows: Sequence[Row]) -> str:
    """Table C.1 in Markdown."""
    lines = ["| | metric | here | paper |", "|---|---|---|---|"]
    before = ""
    for row in rows:
        lines.append(f"| {row.category if row.category != before else ''} | {row.metric} | {row.value} | {row.paper} |")
        before = row.category
    return "\n".join(lines)
