"""Generates scenes for tasks: parallel, resumable, and ending in a report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gen3d_bench.evaluation.progress import RunProgress
from gen3d_bench.extras import require
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.executors import Failure, outcomes
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.folder import RunFolder
from gen3d_bench.worldgen.pipeline.jobs import Job, plan
from gen3d_bench.worldgen.pipeline.profile import Profile
from gen3d_bench.worldgen.pipeline.records import SceneRecord
from gen3d_bench.worldgen.pipeline.report import write_report
from gen3d_bench.worldgen.pipeline.scene import Made, make_scene
from gen3d_bench.worldgen.pipeline.workshop import designer_name, origins

LOG = logging.getLogger(__name__)


Maker = Callable[[GenerateConfig, Job], Made]
"""Makes one scene; picklable (a module-level function)."""


@dataclass(frozen=True)
class Generation:
    """A finished run."""

    profile: Profile
    records: tuple[SceneRecord, ...]
    folder: Path
    report: Path


def generate(tasks: Sequence[Task], config: GenerateConfig, make: Maker = make_scene) -> Generation:
    """Make what is missing of `config.n` scenes for every task, and a report of the folder's whole contents.

    Scenes that the folder already holds are kept, so a run that was killed goes on where it stopped and ends with the
    same files.  Whatever goes wrong with one scene is said in its record and ends no other.
    Raises SettingError, AssetError and SourceUnavailable (objects cannot come from where they should), RunFolderError
    (folder in use, or holding another run) and MissingExtra.
    """
    require("worldgen", "pebble", "skimage")
    jobs = plan(tasks, config.n)
    with RunFolder(config.out, {**config.identity(), **origins(config)}) as folder:
        records = folder.records(jobs)
        todo = [job for job in jobs if job.id not in records]
        accepted = sum(record.accepted for record in records.values())
        if records:
            LOG.info("%d of %d scenes were made before, %d of them not accepted", len(records), len(jobs),
                     len(records) - accepted)
        work = partial(make, config.anchored())
        with (
            RunProgress(len(jobs), len(records), accepted, unit="scenes", rate="accepted") as bar,
            outcomes(work, todo, workers=config.worker_count, ray=config.ray, stall_s=config.scene_limit_s) as found,
        ):
            for job, outcome in found:
                made = _lost(config, job, outcome) if isinstance(outcome, Failure) else outcome
                folder.keep(made.record, made.scene, made.pictures)
                records[job.id] = made.record
                bar.advance(made.record.accepted)
                if not made.record.accepted:
                    LOG.warning("%s: %s: %s", job.id, made.record.status, made.record.reason)
                elif made.scene is not None:
                    for note in made.scene.provenance.notes:
                        LOG.info("%s: note: %s", job.id, note)
        report = write_report(config.out)
    chosen = tuple(records[job.id] for job in jobs)
    return Generation(Profile.of(chosen), chosen, config.out, report)


def _lost(config: GenerateConfig, job: Job, failure: Failure) -> Made:
    """A job whose process died, hung or raised: recorded, and tried again by the next run."""
    if failure.trace:
        LOG.debug("%s", failure.trace)
    return Made(SceneRecord(id=job.id, sentence=job.task.sentence, distractors=job.task.distractors,
                            designer=designer_name(config), status="failed", reason=failure.reason))
