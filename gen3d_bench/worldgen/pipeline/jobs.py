"""From tasks to jobs: one scene each, with a name of its own.  Task files say what a list of scenes is about."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.slug import slug

MAX_TASKS = 100_000
MAX_FILE_BYTES = 64 * 2**20
SLUG_LETTERS = 60
ID_LETTERS = 100
ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{ID_LETTERS - 1}}}")


@dataclass(frozen=True)
class Job:
    """One scene to generate.  id: the scene's, unique in its run."""

    id: str
    task: Task


def plan(tasks: Sequence[Task], n: int) -> tuple[Job, ...]:
    """`n` jobs for every task: one for each of them, then the second ones, and so on.

    A scene is named after its sentence and numbered; a task with an id gives it to its first scene.  Numbers go on
    where a sentence comes again.  A larger `n` adds names and changes none.
    """
    for task in tasks:
        if task.id is not None and not ID.fullmatch(task.id):
            raise SettingError(f"tasks: the id {task.id!r} cannot name a file; use letters, digits and . _ -, at most "
                               f"{ID_LETTERS}, beginning with a letter or digit")
    counts: Counter[str] = Counter()
    jobs = []
    for _ in range(n):
        for task in tasks:
            base = task.id or slug(task.sentence, SLUG_LETTERS, "scene")
            name = base if task.id is not None and counts[base] == 0 else f"{base}-{counts[base]:03d}"
            counts[base] += 1
            jobs.append(Job(name, task))
    twice = sorted(name for name, count in Counter(job.id for job in jobs).items() if count > 1)
    if twice:
        raise SettingError(f"tasks: the id {twice[0]!r} is given to more than one scene; give every task its own")
    return tuple(jobs)


def read_tasks(file: Path) -> tuple[Task, ...]:
    """Tasks from a file.

    Text: a sentence per line, optionally followed by `| distractor, distractor`; blank lines and lines that begin with
    # are passed over.  A .csv has a header with `sentence`, or with `object` and `target`, and optionally `relation`
    ("on" or "in"), `distractors` (separated by ;), `id` and `source`.

    Raises SettingError.
    """
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise SettingError(f"{file}: larger than {MAX_FILE_BYTES >> 20} MiB; split it")
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingError(f"{file}: not UTF-8 text (byte {error.start}); write one sentence per line") from None
    except (OSError, ValueError) as error:
        raise SettingError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    tasks = _from_csv(file, text) if file.suffix.lower() == ".csv" else _from_lines(text)
    if not tasks:
        raise SettingError(f"{file}: holds no task; write a sentence per line, such as: put the pen in the pen holder")
    if len(tasks) > MAX_TASKS:
        raise SettingError(f"{file}: {len(tasks)} tasks are more than {MAX_TASKS}; split it")
    return tasks


def _from_lines(text: str) -> tuple[Task, ...]:
    tasks = []
    for line in text.splitlines():
        sentence, bar, others = line.partition("|")
        if sentence.strip() and not line.lstrip().startswith("#"):
            tasks.append(Task(sentence.strip(), _names(others, ",") if bar else None))
    return tuple(tasks)


def _from_csv(file: Path, text: str) -> tuple[Task, ...]:
    try:
        rows = csv.DictReader(text.splitlines())
        columns, table = set(rows.fieldnames or ()), list(rows)
    except csv.Error as error:
        raise SettingError(f"{file}: not a table of comma-separated values: {error}") from None
    if "sentence" not in columns and not {"object", "target"} <= columns:
        raise SettingError(f"{file}: needs a column `sentence`, or the columns `object` and `target`; it has "
                           f"{', '.join(rows.fieldnames or ()) or 'none'}")
    tasks = []
    for row in table:
        cells = {name: (cell or "").strip() for name, cell in row.items() if isinstance(cell, str)}
        sentence = cells.get("sentence") or (
            f"put the {cells.get('object', '')} {cells.get('relation') or 'on'} the {cells.get('target', '')}")
        others = _names(cells["distractors"], ";") if "distractors" in cells else None
        tasks.append(Task(sentence, others, cells.get("id") or None, cells.get("source") or None))
    return tuple(tasks)


def _names(text: str, separator: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(separator) if name.strip())


def as_tasks(sentences: Sequence[str], file: Path | None, random: int = 0, seed: int = 0) -> tuple[Task, ...]:
    """Tasks from the command line: sentences, those of a file, and `random` more, drawn by the seed.

    Raises SettingError where there is none.
    """
    tasks = [*(Task(sentence) for sentence in sentences), *(read_tasks(file) if file is not None else ())]
    if random:
        import numpy as np

        from gen3d_bench.worldgen.designer.tasks import random_task

        chance = np.random.default_rng(seed)
        tasks += [random_task(chance) for _ in range(random)]
    if not tasks:
        raise SettingError('say what to generate: gen3d generate "put the pen in the pen holder", or --tasks FILE')
    return tuple(tasks)
