"""Recorded episodes as a LeRobot dataset (format v3.0): Parquet files with the pictures in them, and their metadata.

The same episodes give the same bytes, whoever recorded them and in whichever order.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gen3d_bench import __version__
from gen3d_bench.imitation.card import dataset_card
from gen3d_bench.imitation.config import RecordConfig
from gen3d_bench.imitation.episode_file import (
    ACTION,
    EXECUTED,
    PICTURES,
    STATE,
    DemonstrationError,
    EpisodeFacts,
    read_facts,
    read_frames,
)
from gen3d_bench.scenes.io import replace_folder

DATASET = "dataset"
"""Subfolder of the finished dataset."""
VERSION = "v3.0"
FPS = 5
FILE_MB, FILES_PER_CHUNK = 100, 1000
DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
EPISODES_PATH = "meta/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
STATE_NAMES = ("x", "y", "z", "roll", "pitch", "yaw", "openness")
ACTION_NAMES = ("dx", "dy", "dz", "rotation_x", "rotation_y", "rotation_z", "gripper")
INDICES = ("timestamp", "frame_index", "episode_index", "index", "task_index")


def features(height: int, width: int) -> dict[str, dict[str, Any]]:
    """What a frame holds, as meta/info.json says it."""
    described: dict[str, dict[str, Any]] = {
        PICTURES: {"dtype": "image", "shape": [height, width, 3], "names": ["height", "width", "channels"]},
        STATE: {"dtype": "float32", "shape": [7], "names": list(STATE_NAMES)},
        ACTION: {"dtype": "float32", "shape": [7], "names": list(ACTION_NAMES)},
        EXECUTED: {"dtype": "float32", "shape": [7], "names": list(ACTION_NAMES)},
    }
    for name in INDICES:
        described[name] = {"dtype": "float32" if name == "timestamp" else "int64", "shape": [1], "names": None}
    return described


def _schema(described: Mapping[str, Mapping[str, Any]]) -> pa.Schema:
    """Arrow types, with the description by which `datasets` knows pictures from other bytes."""
    hugging_face: dict[str, dict[str, Any]] = {}
    fields = []
    for name, feature in described.items():
        if feature["dtype"] == "image":
            hugging_face[name] = {"_type": "Image"}
            fields.append((name, pa.struct([("bytes", pa.binary()), ("path", pa.string())])))
        elif feature["shape"] == [1]:
            hugging_face[name] = {"dtype": feature["dtype"], "_type": "Value"}
            fields.append((name, pa.type_for_alias(feature["dtype"])))
        else:
            value = {"dtype": feature["dtype"], "_type": "Value"}
            hugging_face[name] = {"feature": value, "length": feature["shape"][0], "_type": "List"}
            fields.append((name, pa.list_(pa.float32(), feature["shape"][0])))
    note = json.dumps({"info": {"features": hugging_face}})
    return pa.schema(fields, metadata={"huggingface": note})


class _DataFiles:
    """Data files of about FILE_MB each, episode after episode."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder, self._schema = folder, schema
        self._writer: pq.ParquetWriter | None = None
        self._number, self._bytes = -1, 0

    def add(self, table: pa.Table) -> dict[str, int]:
        """Where the episode is now: columns of its metadata."""
        if self._writer is None or self._bytes + table.nbytes > FILE_MB * 1e6:
            self.close()
            self._number, self._bytes = self._number + 1, 0
            file = self._folder / DATA_PATH.format(**self._place())
            file.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(file, self._schema, compression="snappy")
        self._bytes += table.nbytes
        self._writer.write_table(table)
        return {f"data/{name}": value for name, value in self._place().items()}

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None

    def _place(self) -> dict[str, int]:
        return {"chunk_index": self._number // FILES_PER_CHUNK, "file_index": self._number % FILES_PER_CHUNK}


def assemble(files: Sequence[Path], config: RecordConfig) -> Path:
    """Put the episodes that succeeded into a dataset beside them; returns its folder.

    An older dataset there is replaced once the new one is complete.  Raises DemonstrationError where no episode
    succeeded, or where a scene changed in between.
    """
    recorded = [(file, read_facts(file)) for file in files]
    kept = [(file, facts) for file, facts in recorded if facts.kept]
    scenes: dict[str, str] = {}
    for file, facts in recorded:
        if scenes.setdefault(facts.scene_id, facts.scene_sha256) != facts.scene_sha256:
            raise DemonstrationError(f"the scene {facts.scene_id} changed between its recordings: delete "
                                     f"{file.parent} and record it again")
    if not kept:
        raise DemonstrationError(f"none of {len(recorded)} episodes in {config.output} succeeded")
    target, new = config.output / DATASET, config.output / f".{DATASET}.new"
    shutil.rmtree(new, ignore_errors=True)
    tasks = list(dict.fromkeys(facts.instruction for _, facts in kept))
    described = features(*config.image_size)
    data = _DataFiles(new, _schema(described))
    rows: list[dict[str, Any]] = []
    values: dict[str, list[NDArray[Any]]] = {name: [] for name in described if name != PICTURES}
    for row, numbers, table in _episodes(kept, tasks):
        row |= data.add(table.cast(_schema(described)))
        rows.append(row)
        for name, column in numbers.items():
            values[name].append(column)
    data.close()
    stats = {PICTURES: _picture_statistics([facts for _, facts in kept]),
             **{name: statistics_of(np.concatenate(columns)) for name, columns in values.items()}}
    _write_metadata(new, config, described, tasks, rows, stats)
    (new / "README.md").write_text(dataset_card(config, [facts for _, facts in recorded]), encoding="utf-8")
    replace_folder(target, new)
    return target


def _episodes(
    kept: Sequence[tuple[Path, EpisodeFacts]], tasks: Sequence[str]
) -> Iterator[tuple[dict[str, Any], dict[str, NDArray[Any]], pa.Table]]:
    """Of each episode its row of metadata, its columns of numbers, and all its columns."""
    first = 0
    for number, (file, facts) in enumerate(kept):
        frames = read_frames(file)
        length = frames.num_rows
        numbers: dict[str, NDArray[Any]] = {name: to_array(frames[name]) for name in (STATE, ACTION, EXECUTED)}
        steps = np.arange(length)
        numbers |= {
            "timestamp": (steps / FPS).astype(np.float32), "frame_index": steps,
            "episode_index": np.full(length, number), "index": first + steps,
            "task_index": np.full(length, tasks.index(facts.instruction)),
        }  # fmt: skip
        for name in INDICES:
            frames = frames.append_column(name, pa.array(numbers[name]))
        row = {
            "episode_index": number, "tasks": [facts.instruction], "length": length,
            "dataset_from_index": first, "dataset_to_index": first + length,
            "meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0,
            "scene_id": facts.scene_id, "scene_sha256": facts.scene_sha256, "episode": facts.episode,
            "seed": facts.seed, "noise": facts.noise, "source": list(facts.source), "target": list(facts.target),
        }  # fmt: skip
        for name, column in numbers.items():
            row |= {f"stats/{name}/{key}": value for key, value in statistics_of(column).items()}
        row |= {f"stats/{PICTURES}/{key}": value for key, value in _picture_statistics([facts]).items()}
        yield row, numbers, frames
        first += length


def to_array(column: pa.ChunkedArray) -> NDArray[np.float32]:
    """[T, D] of a column of fixed-size lists."""
    flat = column.combine_chunks()
    return np.asarray(flat.flatten()).reshape(len(flat), -1)


def statistics_of(values: NDArray[Any]) -> dict[str, list[float]]:
    """What LeRobot keeps of values [T, D] or [T]: per dimension, and how many there are."""
    table = values.reshape(len(values), -1).astype(float)
    kept = {"min": table.min(axis=0), "max": table.max(axis=0), "mean": table.mean(axis=0), "std": table.std(axis=0)}
    kept |= {f"q{round(100 * q):02d}": np.quantile(table, q, axis=0) for q in QUANTILES}
    return {**{name: column.tolist() for name, column in kept.items()}, "count": [len(table)]}


def _picture_statistics(episodes: Sequence[EpisodeFacts]) -> dict[str, list[Any]]:
    """Of channels in [0, 1]; LeRobot gives them the shape [3, 1, 1]."""
    weights = np.array([facts.steps for facts in episodes], float)
    mean, square = (np.average([getattr(facts, name) for facts in episodes], axis=0, weights=weights)
                    for name in ("pictures_mean", "pictures_square"))
    kept = {"min": np.zeros(3), "max": np.ones(3), "mean": mean, "std": np.sqrt(np.maximum(square - mean**2, 0))}
    return {**{name: value.reshape(3, 1, 1).tolist() for name, value in kept.items()}, "count": [int(weights.sum())]}


def _write_metadata(
    folder: Path,
    config: RecordConfig,
    described: Mapping[str, Any],
    tasks: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    stats: Mapping[str, Any],
) -> None:
    info = {
        "codebase_version": VERSION, "robot_type": "widowx", "total_episodes": len(rows),
        "total_frames": rows[-1]["dataset_to_index"], "total_tasks": len(tasks), "chunks_size": FILES_PER_CHUNK,
        "data_files_size_in_mb": FILE_MB, "video_files_size_in_mb": 200, "fps": FPS,
        "splits": {"train": f"0:{len(rows)}"}, "data_path": DATA_PATH, "video_path": None, "features": dict(described),
        "gen3d_bench": {"version": __version__, "scenes": list(config.scenes), "randomization": config.randomization,
                        "noise": config.noise, "seed": config.seed, "steps": config.steps},
    }  # fmt: skip
    meta = folder / "meta"
    episodes = folder / EPISODES_PATH.format(chunk_index=0, file_index=0)
    episodes.parent.mkdir(parents=True)
    (meta / "info.json").write_text(json.dumps(info, indent=4) + "\n", encoding="utf-8")
    (meta / "stats.json").write_text(json.dumps(stats, indent=4) + "\n", encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(list(rows)), episodes)
    index = pd.Index(tasks, name="task")  # LeRobot looks tasks up by the index
    pd.DataFrame({"task_index": range(len(tasks))}, index=index).to_parquet(meta / "tasks.parquet")
