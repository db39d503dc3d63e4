"""The folder of a run: scenes that load at once, and beside them what is known about their making.

    <scene id>.json        accepted scenes; nothing else with this ending lies here, so the folder is a scene set
    assets/                objects that are not made from a prompt and a seed
    report.html            pictures of every scene, verdicts, Table C.1
    DATA_CARD.md           what the set is and how it was made
    run/settings.json      settings that all scenes of the folder share; a run that differs is refused
    run/records/           one SceneRecord per job, written last: what has none is made (again)
    run/pictures/          what the camera sees
    run/evidence/          what was judged
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from gen3d_bench import __version__
from gen3d_bench.evaluation.storage import RunFolderError
from gen3d_bench.scenes.io import save_scene, sha256_of, write_atomic
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.pipeline.jobs import Job
from gen3d_bench.worldgen.pipeline.records import SceneRecord


class RunFolder:
    """Opens (creating or continuing) a run's folder; use as a context manager, which holds the lock.

    Raises RunFolderError where another run writes here, the settings differ or a file cannot be read.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        """settings: what all scenes of the folder share, in JSON types."""
        self.path = path
        self._identity = {"version": __version__, **settings}
        self._lock = FileLock(path / "run/.lock", timeout=0)

    def __enter__(self) -> RunFolder:
        try:
            (self.path / "run/records").mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout:
            raise RunFolderError(f"another run writes to {self.path}; wait for it or choose another --out") from None
        except OSError as error:
            raise RunFolderError(f"{self.path} cannot be written: {error.strerror or error}") from error
        try:
            self._check_settings()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def _check_settings(self) -> None:
        file = self.path / "run/settings.json"
        if not file.exists():
            write_atomic(file, (json.dumps(self._identity, indent=2) + "\n").encode())
            return
        there = _json(file)
        changed = sorted(name for name in there.keys() | self._identity.keys()
                         if there.get(name) != self._identity.get(name))
        if changed:
            name = changed[0]
            raise RunFolderError(
                f"{self.path} holds scenes generated with {name} = {there.get(name)!r}, this run has "
                f"{self._identity.get(name)!r}; choose another --out, or the same settings to continue")

    def records(self, jobs: Sequence[Job]) -> dict[str, SceneRecord]:
        """What is known of these jobs, by id, but for those that failed for no fault of theirs.

        Scenes of which no record says that they were accepted are removed: a run was killed between the two.
        """
        found = {}
        for job in jobs:
            file = self._record_file(job.id)
            if file.exists():
                record = _record(file)
                if (record.sentence, record.distractors) != (job.task.sentence, job.task.distractors):
                    raise RunFolderError(f"{self.path}: {job.id} was made for {_said(record)}, not for "
                                         f"{_said(job.task)}; choose another --out, or keep the order of tasks")
                if record.status != "failed":
                    found[job.id] = record
            if job.id not in found or not found[job.id].accepted:
                (self.path / f"{job.id}.json").unlink(missing_ok=True)
        return found

    def keep(self, record: SceneRecord, scene: Scene | None, pictures: Mapping[str, bytes]) -> None:
        """Write a job's results, its record last.  pictures: encoded images by path relative to the folder."""
        for name, data in pictures.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, data)
        if scene is not None:
            save_scene(scene, self.path / f"{scene.id}.json")
            record = record.model_copy(update={"file_sha256": file_sha256(self.path / f"{scene.id}.json")})
        else:  # of an earlier run, which was killed before its record or whose record was thrown away
            (self.path / f"{record.id}.json").unlink(missing_ok=True)
        write_atomic(self._record_file(record.id), (record.model_dump_json(indent=1) + "\n").encode())

    def _record_file(self, scene_id: str) -> Path:
        return self.path / "run/records" / f"{scene_id}.json"


def file_sha256(file: Path) -> str:
    """Of a file's bytes, in hex; empty if it is not there."""
    return sha256_of(file) if file.exists() else ""


def read_run(path: Path) -> tuple[dict[str, Any], list[SceneRecord]]:
    """Settings and records of a finished or unfinished run, by id.  Raises RunFolderError."""
    if not (path / "run/settings.json").exists():
        raise RunFolderError(f"{path} is not the folder of a generation run: it has no run/settings.json")
    return _json(path / "run/settings.json"), [_record(file) for file in sorted((path / "run/records").glob("*.json"))]


def _said(task: Task | SceneRecord) -> str:
    beside = "" if task.distractors is None else f" beside {', '.join(task.distractors) or 'nothing'}"
    return f"{task.sentence!r}{beside}"


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{file} cannot be read: {error}; delete it, or choose another --out") from error
    if not isinstance(value, dict):
        raise RunFolderError(f"{file} holds no settings; delete it, or choose another --out")
    return value


def _record(file: Path) -> SceneRecord:
    try:
        return SceneRecord.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        what = f"{error.error_count()} fields are wrong" if isinstance(error, ValidationError) else str(error)
        raise RunFolderError(f"{file} cannot be read: {what}; delete it to have its scene made again") from error
