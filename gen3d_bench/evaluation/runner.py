"""Runs a policy over scenes and seeds: parallel, resumable, and ending in a report."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gen3d_bench.agents.registry import policy_factory, policy_sha256
from gen3d_bench.evaluation.config import BEGINNINGS, EvalConfig, Job, plan
from gen3d_bench.evaluation.episode import EnvFactory, make_env
from gen3d_bench.evaluation.gallery import Pictures, choose_videos, picture_path, video_path
from gen3d_bench.evaluation.pool import WorkerPool
from gen3d_bench.evaluation.progress import RunProgress
from gen3d_bench.evaluation.report import render_report
from gen3d_bench.evaluation.schedule import Key
from gen3d_bench.evaluation.storage import Manifest, RunFolder, RunFolderError
from gen3d_bench.evaluation.summary import RunSummary
from gen3d_bench.evaluation.versions import current_versions
from gen3d_bench.evaluation.worker import FilmTask, Finished, PictureTask, RunTask, Task, WorkerSetup
from gen3d_bench.extras import require
from gen3d_bench.scenes.io import write_atomic
from gen3d_bench.scenes.schema import Scene

LOG = logging.getLogger(__name__)
Resolver = Callable[[Sequence[str]], Sequence[Scene]]
"""Scene specs (ids, splits, folders) -> scenes."""


@dataclass(frozen=True)
class Evaluation:
    """A finished run: its numbers and where its files are."""

    summary: RunSummary
    folder: Path
    report: Path


def resolve_scenes(specs: Sequence[str]) -> Sequence[Scene]:
    """Scenes of the catalog or of the user's folders."""
    from gen3d_bench.scenes import resolve

    return resolve.resolve_scenes(specs)


def pin_addresses(specs: Sequence[str]) -> tuple[str, ...]:
    """The specs, with every pack on the Hub at the revision that it has now."""
    from gen3d_bench.scenes import remote

    return remote.pin_addresses(specs)


def evaluate(
    config: EvalConfig, *, env_factory: EnvFactory = make_env, resolve: Resolver = resolve_scenes
) -> Evaluation:
    """Run what is missing of an evaluation and write `records.jsonl`, `summary.json` and `report.html` to its folder.

    Episodes that the folder already holds are kept, so a run that was killed goes on where it stopped.  An episode
    whose worker fails twice, or whose scene cannot be set up, is left out and listed in `summary.missing`; a policy's
    error is a failure.
    Raises SettingError, RunFolderError (folder in use, or holding another run), UnknownPolicyError, MissingExtra, and
    WorkerError (environments cannot be made).
    """
    require("eval", "jinja2", "statsmodels")  # now, not when the episodes are over
    policy_factory(config.policy)
    # The folder is that of what was asked for; parent and workers run what that means now.
    config = replace(config, output=config.folder, scenes=pin_addresses(config.scenes))
    scenes = resolve(config.scenes)
    for stand_in in dict.fromkeys(scene.provenance.stand_in for scene in scenes if scene.provenance.stand_in):
        LOG.warning("not with the real assets: %s", stand_in)
    jobs = plan(config, scenes)
    identity = config.identity([scene.id for scene in scenes])
    manifest = Manifest(identity=identity, episodes=config.episodes, versions=current_versions(),
                        sources=config.scenes, policy_sha256=policy_sha256(config.policy))
    if config.setting == "visual_matching" and config.episodes % BEGINNINGS:
        LOG.warning("SimplerEnv's figures are of all %d beginnings of a task equally often: take --episodes %d, not %d",
                    BEGINNINGS, BEGINNINGS, config.episodes)
    setup = WorkerSetup(config, env_factory)
    with RunFolder(config.folder, manifest) as folder, WorkerPool(setup, config.worker_count, config.stall_s) as pool:
        try:
            missing = _run_episodes(pool, folder, jobs)
            summary = RunSummary.of(folder.records.values(), missing)
            _write_json(folder.path / "summary.json", summary)
            problems = _film(pool, folder, jobs, config.videos)
        except KeyboardInterrupt:
            LOG.warning("stopped; %d of %d episodes are kept in %s. Run the same command again to go on",
                        len(folder.records), len(jobs), folder.path)
            raise
        report = folder.path / "report.html"
        pictures = Pictures.find(folder.path, choose_videos(summary.records, config.videos), summary.per_scene)
        write_atomic(report, render_report(config, scenes, summary, pictures, problems).encode())
    return Evaluation(summary, config.folder, report)


def _run_episodes(pool: WorkerPool, folder: RunFolder, jobs: Mapping[Key, Job]) -> dict[Key, str]:
    done = [record for key, record in folder.records.items() if key in jobs]
    todo = [RunTask(job) for key, job in jobs.items() if key not in folder.records]
    if done:
        LOG.info("%d of %d episodes are there already", len(done), len(jobs))
    hashes = {record.scene_id: record.scene_sha256 for record in done}
    with RunProgress(len(jobs), len(done), sum(r.success_once for r in done)) as progress:

        def keep(message: Finished) -> None:
            record = message.record
            if record is None:
                raise AssertionError(f"a RunTask for {message.key} came back without a record")
            if hashes.setdefault(record.scene_id, record.scene_sha256) != record.scene_sha256:
                raise RunFolderError(f"scene {record.scene_id} has changed since this run began (sha256 was "
                                     f"{hashes[record.scene_id][:12]}, is {record.scene_sha256[:12]}); "
                                     "choose another output folder")
            folder.append(record)
            progress.advance(record.success_once)

        return pool.run(todo, keep)


def _film(pool: WorkerPool, folder: RunFolder, jobs: Mapping[Key, Job], count: int) -> dict[Key, str]:
    """Take the pictures and make the videos that are not there yet; returns what went wrong.

    Videos are made by stepping recorded actions again.  That costs nothing during the evaluation, lets the choice
    depend on the outcomes, and checks on the way that records replay.
    """
    if count == 0:
        return {}
    starts = [PictureTask(job, picture_path(folder.path, job.scene.id)) for job in jobs.values() if job.episode == 0]
    chosen = choose_videos(folder.records.values(), count)
    starts_by_key = {task.key: task.file for task in starts}
    films = [FilmTask(r, video_path(folder.path, r.key), starts_by_key.get(r.key)) for r in chosen]
    problems: dict[Key, str] = {}

    def note(message: Finished) -> None:
        if message.problem is not None:
            problems[message.key] = message.problem

    began = time.monotonic()
    for tasks in (films, starts):  # films first: they take pictures of starts on the way
        wanted: list[Task] = [task for task in tasks if not task.file.exists()]
        problems.update(pool.run(wanted, note))
    for reason in sorted(set(problems.values())):
        LOG.warning("pictures: %s", reason)
    LOG.info("the report's pictures and films took %.0f s", time.monotonic() - began)
    return problems


def _write_json(path: Path, summary: RunSummary) -> None:
    write_atomic(path, (json.dumps(summary.to_json(), indent=2) + "\n").encode())
