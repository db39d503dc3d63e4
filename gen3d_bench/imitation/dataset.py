"""Demonstrations as a policy learns from them: every frame with the actions that follow it.

Pictures are decoded and made small once, into a file that is mapped into memory, so that a batch costs no decoding.
"""

from __future__ import annotations

import hashlib
import json
import logging
import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.processing import fit
from gen3d_bench.cache import cache_folder
from gen3d_bench.imitation.dataset_files import EPISODES_PATH, to_array
from gen3d_bench.imitation.episode_file import ACTION, PICTURES, STATE, DemonstrationError, decode
from gen3d_bench.machine import cores

LOG = logging.getLogger(__name__)
PLACES = 4
"""x, y of a task's source, then of its target (m, scene frame): at first they stand on the table."""
CACHE_VERSION = 1
"""Raised when pictures come out differently."""


@dataclass(frozen=True)
class Frames:
    """F frames in the order of the dataset.

    pictures: uint8 [F, S, S, 3] at the model's size, mapped from a file.  state, action: float32 [F, 7] in the
    environment's conventions.  episode: [F], the number of the episode.  last: [F], the index of its last frame.
    instructions, scene_ids: of each episode.  places: float32 [F, 4], where the task's source and target stand; NaN
    where that is not known, as it is of a source that may have been moved.
    """

    pictures: NDArray[np.uint8]
    state: NDArray[np.float32]
    action: NDArray[np.float32]
    episode: NDArray[np.int64]
    last: NDArray[np.int64]
    places: NDArray[np.float32]
    instructions: tuple[str, ...]
    scene_ids: tuple[str, ...]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.state)

    def chunks(self, frames: NDArray[np.int64], horizon: int) -> NDArray[np.float32]:
        """The actions [B, horizon, 7] from each of these frames on.

        An episode ends when its task is done, and from then on the robot should rest: what is missing at its end is no
        motion, with the gripper as it was.
        """
        steps = frames[:, None] + np.arange(horizon)
        actions = self.action[np.minimum(steps, self.last[frames][:, None])]
        actions[steps > self.last[frames][:, None], :6] = 0
        return actions

    def split(self, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Frames to train on and frames held out, whole episodes each; at least one episode is held out of two."""
        count = len(self.instructions)
        chosen = np.random.default_rng(seed).permutation(count)[: max(round(share * count), min(1, count - 1))]
        held = np.isin(self.episode, chosen)
        return np.flatnonzero(~held), np.flatnonzero(held)


def load_frames(folder: Path, config: Pi0Config) -> Frames:
    """Of a LeRobot dataset with the columns that `gen3d demos record` writes.  Raises DemonstrationError."""
    info = dataset_info(folder)
    if missing := {PICTURES, STATE, ACTION} - set(info.get("features", ())):
        raise DemonstrationError(f"{folder} has no {', '.join(sorted(missing))}: it was not recorded by `gen3d demos "
                                 "record`, and its columns are not what is learned from here")
    files = sorted((folder / "data").glob("*/*.parquet"))
    if not files:
        raise DemonstrationError(f"{folder} has no data/*/*.parquet: get it again")
    try:
        numbers = [pq.read_table(file, columns=[STATE, ACTION, "episode_index"]) for file in files]
    except pa.ArrowException as error:
        raise DemonstrationError(f"a file in {folder / 'data'} cannot be read ({error}): get it again") from error
    state, action = (np.concatenate([to_array(table[name]) for table in numbers]) for name in (STATE, ACTION))
    episode = np.concatenate([table["episode_index"].to_numpy() for table in numbers])
    if len(state) != info["total_frames"]:
        raise DemonstrationError(f"{folder} has {len(state)} frames, its info.json says {info['total_frames']}: "
                                 "a file is missing or changed; get it again")
    rows = pq.read_table(folder / EPISODES_PATH.format(chunk_index=0, file_index=0))
    if missing := {"tasks", "scene_id", "dataset_to_index", "source", "target"} - set(rows.column_names):
        raise DemonstrationError(f"{folder} does not say of its episodes: {', '.join(sorted(missing))}; record "
                                 "them with this version of `gen3d demos record`")
    ends = rows["dataset_to_index"].to_numpy()
    fingerprint = _fingerprint(folder, files)
    pictures = _pictures(files, len(state), config, fingerprint)
    return Frames(pictures, state, action, episode, ends[episode] - 1, _places(rows, episode, action),
                  tuple(tasks[0] for tasks in rows["tasks"].to_pylist()), tuple(rows["scene_id"].to_pylist()),
                  fingerprint)


def _places(rows: pa.Table, episode: NDArray[np.int64], action: NDArray[np.float32]) -> NDArray[np.float32]:
    """[F, 4]: places at an episode's beginning; of the source until the gripper has been told to close."""
    at_first = np.array([[*source[:2], *target[:2]] for source, target in
                         zip(rows["source"].to_pylist(), rows["target"].to_pylist(), strict=True)], np.float32)
    places = at_first[episode]
    closed = np.concatenate([[0], np.cumsum(action[:-1, 6] < 0.5)])  # in frames before, of whichever episode
    places[closed > closed[np.searchsorted(episode, episode)], :2] = np.nan
    return places


def dataset_info(folder: Path) -> dict[str, Any]:
    """What meta/info.json says.  Raises DemonstrationError for a folder that is no LeRobot dataset of format v3.0."""
    file = folder / "meta/info.json"
    try:
        info: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        hint = " (its subfolder dataset is one)" if (folder / "dataset").exists() else ""
        raise DemonstrationError(f"{folder} is no LeRobot dataset: there is no meta/info.json{hint}; "
                                 "`gen3d demos record` makes one") from error
    except ValueError as error:
        raise DemonstrationError(f"{file} cannot be read ({error}); get the dataset again") from error
    if info.get("codebase_version") != "v3.0":
        raise DemonstrationError(f"{folder} has format {info.get('codebase_version')}, v3.0 is needed")
    return info


def _fingerprint(folder: Path, files: list[Path]) -> str:
    """Changes when the dataset does: of its metadata and the sizes of its files."""
    digest = hashlib.sha256()
    for file in sorted((folder / "meta").rglob("*.*")):
        digest.update(file.read_bytes())
    for file in files:
        digest.update(f"{file.name} {file.stat().st_size}".encode())
    return digest.hexdigest()


def _pictures(files: list[Path], count: int, config: Pi0Config, fingerprint: str) -> NDArray[np.uint8]:
    side = config.image_size
    cached = cache_folder() / "pictures" / f"{fingerprint[:16]}-{side}-{config.resize}-v{CACHE_VERSION}.npy"
    cached.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(cached.with_suffix(".lock")):  # several processes train together, one of them makes the pictures
        if not cached.exists():
            LOG.info("making %d pictures %d pixels wide, once, in %s", count, side, cached)
            _make_pictures(cached, files, (count, side, side, 3), config)
    return np.load(cached, mmap_mode="r")


def _make_pictures(target: Path, files: list[Path], shape: tuple[int, ...], config: Pi0Config) -> None:
    partial = target.with_suffix(".part")
    made = np.lib.format.open_memmap(partial, "w+", np.uint8, shape)
    first = 0
    with ExitStack() as stack:
        small: Iterable[NDArray[np.uint8]] = map(_small_pictures, files, [config] * len(files))
        if len(files) > 1:  # else starting a process costs more than it saves
            spawn = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(min(cores(), len(files)), mp_context=spawn))
            small = pool.map(_small_pictures, files, [config] * len(files))
        for pictures in track(small, "pictures", len(files), console=Console(stderr=True)):
            made[first : first + len(pictures)] = pictures
            first += len(pictures)
    made.flush()
    partial.rename(target)


def _small_pictures(file: Path, config: Pi0Config) -> NDArray[np.uint8]:
    column = pq.read_table(file, columns=[PICTURES])[PICTURES]
    return np.concatenate([fit(decode(cell["bytes"].as_py())[None], config) for cell in column])
