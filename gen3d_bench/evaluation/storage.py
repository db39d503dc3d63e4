"""The folder of a run: a manifest, one record per line, and a lock.  Whatever kills the run, finished episodes stay.

    run.json        what is being run; a run that differs is refused
    records.jsonl   one EpisodeRecord per line, appended and synced to disk as episodes finish
    .lock           held while a run writes here
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gen3d_bench.evaluation.records import EpisodeRecord, Versions
from gen3d_bench.scenes.io import write_atomic

LOG = logging.getLogger(__name__)


class RunFolderError(RuntimeError):
    """The output folder cannot be used for this run; the message says why and what to do."""


class Manifest(BaseModel):
    """`run.json`: the settings all records of a folder share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    identity: dict[str, Any]
    """Settings that must not change when a run is continued."""
    episodes: int = Field(ge=1)
    """Episodes per scene; may grow."""
    versions: Versions
    sources: tuple[str, ...] = ()
    """Where the scenes were found, as `resolve_scenes` reads it, packs with their commit; () in runs from before."""
    policy_sha256: str | None = None
    """Of the policy's model, where that is a folder; None in runs from before."""

    def differences(self, other: Manifest) -> list[str]:
        """Fields in which a continued run may not differ, as "name: ours -> theirs"."""
        mine, theirs = self._fixed(), other._fixed()
        if self.policy_sha256 is not None:
            mine["model of the policy"], theirs["model of the policy"] = self.policy_sha256, other.policy_sha256
        changed = sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))
        return [f"{name}: {_short(mine.get(name))} -> {_short(theirs.get(name))}" for name in changed]

    def _fixed(self) -> dict[str, Any]:
        software = self.versions.model_dump(include={"gen3d_bench", "sapien"})
        return {**self.identity, **{f"version of {name}": version for name, version in software.items()}}


class RunFolder:
    """Opens (creating or continuing) a run's folder; use as a context manager, which holds the lock.

    records: what was already there, by key.
    Raises RunFolderError when another run writes here, the settings differ or a record cannot be read.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self.records: dict[tuple[str, int], EpisodeRecord] = {}
        self._lock = FileLock(path / ".lock")
        self._file = path / "records.jsonl"

    def __enter__(self) -> RunFolder:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise RunFolderError(
                f"{self.path} is being written by another run; wait for it or choose another output folder"
            ) from None
        except OSError as error:
            raise RunFolderError(f"cannot write to {self.path}: {error.strerror or error}") from error
        try:
            self._adopt_manifest()
            self.records = read_records(self._file, repair=True)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fruitless = error is not None and not self.records
        if fruitless:  # a policy that cannot be made, say: nobody wants a folder of that
            (self.path / "run.json").unlink(missing_ok=True)
            (self.path / ".lock").unlink(missing_ok=True)
        self._lock.release()
        if fruitless:
            with suppress(OSError):  # other things are there
                self.path.rmdir()

    def append(self, record: EpisodeRecord) -> None:
        """Write one record; when this returns it is on the disk."""
        if record.key in self.records:
            raise RunFolderError(f"{self._file} already holds episode {record.episode} of scene {record.scene_id}")
        with self._file.open("ab") as file:
            file.write(record.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.records[record.key] = record

    def _adopt_manifest(self) -> None:
        file = self.path / "run.json"
        if file.exists():
            before = read_manifest(file)
            changed = before.differences(self.manifest)
            if changed:
                raise RunFolderError(f"{self.path} holds another run; it differs in " + "; ".join(changed)
                                     + ". Choose another output folder, or delete this one")
            if self.manifest.episodes < before.episodes:
                raise RunFolderError(f"{self.path} holds a run of {before.episodes} episodes per scene; "
                                     f"it can be continued with as many or more, not with {self.manifest.episodes}")
        elif self._file.exists():
            raise RunFolderError(f"{self.path} has records but no run.json; choose another output folder")
        write_atomic(file, self.manifest.model_dump_json(indent=2).encode() + b"\n")


def read_manifest(file: Path) -> Manifest:
    """Read a `run.json`."""
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except OSError as error:
        raise RunFolderError(f"cannot read {file}: {error.strerror or error}") from error
    except ValidationError as error:
        raise RunFolderError(f"{file} is not a run's manifest: {_first_problem(error)}") from error


def read_records(file: Path, repair: bool = False) -> dict[tuple[str, int], EpisodeRecord]:
    """Records of a `records.jsonl` by key, in file order; empty where there is no file.

    A last line that a killed run left half-written is dropped with a warning (and cut off the file if `repair`).
    Anything else that cannot be read is an error that names the line.
    """
    if not file.exists():
        return {}
    lines = file.read_bytes().split(b"\n")
    torn = lines.pop()
    records: dict[tuple[str, int], EpisodeRecord] = {}
    for number, line in enumerate(lines, start=1):
        try:
            record = EpisodeRecord.model_validate_json(line)
        except ValidationError as error:
            raise RunFolderError(f"{file}, line {number}: not an episode record: {_first_problem(error)}. "
                                 "Delete this line to run that episode again") from error
        if record.key in records:
            raise RunFolderError(f"{file}, line {number}: episode {record.episode} of scene {record.scene_id} "
                                 "is there twice. Delete one of the two lines")
        records[record.key] = record
    if torn:
        LOG.warning("%s: dropped a half-written last line (%d bytes); that episode runs again", file, len(torn))
        if repair:
            with file.open("r+b") as handle:
                handle.truncate(sum(len(line) + 1 for line in lines))
                os.fsync(handle.fileno())
    return records


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def _short(value: object, limit: int = 60) -> str:
    text = json.dumps(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
