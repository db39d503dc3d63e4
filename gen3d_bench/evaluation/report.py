"""The report: one HTML file with everything inside, readable from disk without a network."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen3d_bench.evaluation import plots, statistics
from gen3d_bench.evaluation.config import TIME_LIMIT_S, EvalConfig
from gen3d_bench.evaluation.gallery import Film, Pictures
from gen3d_bench.evaluation.labels import RULES, FailureRule
from gen3d_bench.evaluation.metrics import NOTHING, Metrics, format_row, format_time
from gen3d_bench.evaluation.records import EpisodeRecord
from gen3d_bench.evaluation.schedule import Key
from gen3d_bench.evaluation.statistics import Interval
from gen3d_bench.evaluation.summary import RunSummary, wilson_intervals
from gen3d_bench.extras import require
from gen3d_bench.scenes.bridge import TASKS
from gen3d_bench.scenes.schema import Scene


@dataclass(frozen=True)
class Headline:
    """A number at the top of the page."""

    name: str
    title: str
    value: str
    detail: str
    meaning: str


@dataclass(frozen=True)
class SceneRow:
    """A line of the scene table."""

    id: str
    instruction: str
    picture: str | None
    metrics: Metrics
    cells: Mapping[str, str]
    interval: Interval
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class FailureRow:
    """A bar of the failure breakdown."""

    rule: FailureRule
    count: int
    share: float
    """Of all failures."""


@dataclass(frozen=True)
class FilmCard:
    """An episode to look at; video and still are data URIs."""

    record: EpisodeRecord
    video: str
    still: str
    reasons: tuple[str, ...]


def render_report(config: EvalConfig, scenes: Sequence[Scene], summary: RunSummary, pictures: Pictures,
                  problems: Mapping[Key, str]) -> str:
    """The page as text.  problems: what went wrong with pictures, by episode.  Raises MissingExtra without Jinja."""
    require("eval", "jinja2")
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("gen3d_bench.evaluation"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rows = _scene_rows(summary, pictures)
    films = [_film_card(film) for film in pictures.films]
    return environment.get_template("report.html.j2").render(
        summary=summary,
        overall=summary.overall,
        overall_cells=format_row(summary.overall),
        overall_interval=wilson_intervals(summary.overall)["SR"],
        policy=summary.records[0].policy if summary.records else config.policy,
        scene_sets=", ".join(config.scenes) if len(config.scenes) <= 3 else f"{len(scenes)} scenes",
        planned=len(scenes) * config.episodes,
        headlines=_headlines(summary, config),
        config=config,
        matching=config.setting == "visual_matching",
        distractors=any(scene.distractors for scene in scenes),
        rows=rows,
        scene_plot=_scene_plot(rows, summary.overall),
        solved_curve=_solved_curve(summary),
        failures=_failure_rows(summary.records),
        failed=[film for film in films if not film.record.success_once],
        solved=[film for film in films if film.record.success_once],
        settings=_settings(config, summary.records),
        rules=RULES,
        problems=sorted({f"{scene}, episode {episode}: {text}" for (scene, episode), text in problems.items()}),
        missing=[f"{scene}, episode {episode}: {text}" for (scene, episode), text in sorted(summary.missing.items())],
        traceback=next((r.traceback for r in summary.records if r.traceback is not None), None),
        errors=Counter(r.error for r in summary.records if r.error is not None).most_common(),
        time_limit_s=_time_limit_s(summary),
        nothing=NOTHING,
    )


def percent(value: float, digits: int = 1) -> str:
    """0.953 -> "95.3%"."""
    return f"{100 * value:.{digits}f}%"


def interval_text(interval: Interval) -> str:
    """"72.1 to 96.3%"."""
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}%"


def _headlines(summary: RunSummary, config: EvalConfig) -> list[Headline]:
    m, intervals = summary.overall, wilson_intervals(summary.overall)
    if m.episodes == 0:
        return []

    def rate(name: str, title: str, value: float, count: int, meaning: str) -> Headline:
        detail = f"{count} of {m.episodes}; 95% interval {interval_text(intervals[name])}"
        return Headline(name, title, percent(value), detail, meaning)

    mean = f"{summary.restricted_mean_s:.1f} s"
    at_end = []
    if m.successes_at_end is not None:
        intervals["at end"] = statistics.wilson(m.successes_at_end, m.episodes)
        theirs = ": what SimplerEnv counts" if config.setting == "visual_matching" else ""
        meaning = f"episodes whose goal held at the time limit{theirs}"
        at_end = [rate("at end", "Success", m.successes_at_end / m.episodes, m.successes_at_end, meaning)]
    return [
        rate("SR", "Success", m.sr, m.successes, "episodes that reached the goal"),
        *at_end,
        rate("PSR", "Partial success", m.psr, m.lifted, "episodes that grasped and lifted the right object"),
        Headline("TF", "Time to finish", f"{format_time(m.times)} s" if m.successes else NOTHING,
                 f"{mean} when failures count as {_time_limit_s(summary):.0f} s", "mean over successful episodes only"),
        rate("DFR", "Dynamics failures", m.dfr, m.dynamics, "failed in execution: missed, dropped, too slow"),
        rate("SFR", "Semantics failures", m.sfr, m.semantics, "failed in understanding: wrong object or place"),
    ]


def _scene_rows(summary: RunSummary, pictures: Pictures) -> list[SceneRow]:
    by_scene: dict[str, list[EpisodeRecord]] = {}
    for record in summary.records:
        by_scene.setdefault(record.scene_id, []).append(record)
    return [
        SceneRow(
            id=scene,
            instruction=by_scene[scene][0].instruction,
            picture=_data_uri(pictures.scenes[scene]) if scene in pictures.scenes else None,
            metrics=m,
            cells=format_row(m),
            interval=wilson_intervals(m)["SR"],
            seeds=tuple(record.seed for record in by_scene[scene]),
        )
        for scene, m in summary.per_scene.items()
    ]


def _scene_plot(rows: Sequence[SceneRow], overall: Metrics) -> str:
    points = [
        plots.ScenePoint(
            label=row.id,
            title=f"{row.id}: {row.instruction}. {row.metrics.successes} of {row.metrics.episodes} "
                  f"({interval_text(row.interval)})",
            rate=row.metrics.sr,
            interval=row.interval,
        )
        for row in rows
    ]
    return plots.scene_plot(points, overall.sr if overall.episodes else 0.0)


def _solved_curve(summary: RunSummary) -> str:
    times = [r.time_to_finish_s for r in summary.records if r.time_to_finish_s is not None]
    return plots.solved_curve(times, max(summary.overall.episodes, 1), _time_limit_s(summary))


def _time_limit_s(summary: RunSummary) -> float:
    return max((r.settings.time_limit_s for r in summary.records), default=TIME_LIMIT_S)


def _failure_rows(records: Sequence[EpisodeRecord]) -> list[FailureRow]:
    counts = Counter(code for record in records for code in record.failure_codes)
    failures = sum(not record.success_once for record in records)
    rows = [FailureRow(rule, counts[rule.code], counts[rule.code] / failures) for rule in RULES if counts[rule.code]]
    return sorted(rows, key=lambda row: -row.count)


def _film_card(film: Film) -> FilmCard:
    meanings = {rule.code: rule.meaning for rule in RULES}
    reasons = tuple(meanings[code] for code in film.record.failure_codes)
    return FilmCard(film.record, _data_uri(film.video), _data_uri(film.still), reasons)


def _settings(config: EvalConfig, records: Sequence[EpisodeRecord]) -> list[tuple[str, Any]]:
    own = ("SimplerEnv's own, with look-alikes in a drawn room" if any(r.stand_in for r in records)
           else "SimplerEnv's own, in front of its photograph")
    lines: list[tuple[str, Any]] = [
        ("Policy", config.policy), ("Scenes", ", ".join(config.scenes)), ("Episodes per scene", config.episodes),
        ("Base seed", config.seed), ("Randomization", config.mode),
        ("Setting", "the benchmark's" if config.setting == "benchmark" else own),
    ]
    if not records:
        return lines
    used, versions = records[0].settings, records[0].versions
    height, width = used.image_size
    limit = f"after {used.time_limit_s:.0f} s"
    wall, infer = sum(r.wall_s for r in records), sum(r.infer_s for r in records)
    return [
        *lines,
        ("Environment", used.env),
        *_assets(records),
        ("Physics", used.physics or "real"),
        ("Policy sees", f"picture, {width} x {height}" if used.obs_mode == "rgb" else "privileged state"),
        ("Control steps per decision", used.chunk),
        ("Episode ends", f"at its first success, or {limit}" if used.stop_on_success else limit),
        ("Computing time", f"{wall:.0f} s in episodes, {infer:.0f} s of it in the policy"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions.model_dump().items() if version)),
    ]


def _assets(records: Sequence[EpisodeRecord]) -> Iterator[tuple[str, str]]:
    """Whose meshes SimplerEnv's scenes had."""
    theirs = [record for record in records if record.scene_id in TASKS]
    if theirs:
        kinds = dict.fromkeys(record.stand_in or "SimplerEnv's official files" for record in theirs)
        yield "Assets of SimplerEnv's scenes", "; ".join(kinds)


def _data_uri(file: Path) -> str:
    return "data:image/webp;base64," + base64.b64encode(file.read_bytes()).decode("ascii")


