"""Steps recorded episodes again and looks whether they give the same states and pictures, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as pad
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gen3d_bench.imitation.dataset import dataset_info
from gen3d_bench.imitation.dataset_files import EPISODES_PATH, to_array
from gen3d_bench.imitation.episode_file import EXECUTED, PICTURES, STATE, DemonstrationError, decode

if TYPE_CHECKING:
    from gen3d_bench.envs import PickPlaceEnv


@dataclass(frozen=True)
class Replayed:
    """What became of one episode.  differences: what was not the same, the first of each kind; empty if nothing."""

    episode_index: int
    scene_id: str
    steps: int
    differences: tuple[str, ...]


def replay(folder: Path, episodes: int | None = None) -> Iterator[Replayed]:
    """Of a dataset's episodes, all or this many spread over it.  Raises DemonstrationError for what is no dataset."""
    from gen3d_bench.envs import PickPlaceEnv

    info = dataset_info(folder)
    if "gen3d_bench" not in info:
        raise DemonstrationError(f"{folder} was not recorded by `gen3d demos record`: nobody knows in which worlds")
    rows = pq.read_table(folder / EPISODES_PATH.format(chunk_index=0, file_index=0),
                         columns=["episode_index", "scene_id", "scene_sha256", "seed"]).to_pylist()
    count = len(rows) if episodes is None else min(episodes, len(rows))
    height, width, _ = info["features"][PICTURES]["shape"]
    source = info["gen3d_bench"]
    data = pad.dataset(sorted((folder / "data").glob("*/*.parquet")))
    env = PickPlaceEnv(source["scenes"], image_size=(height, width), randomization=source["randomization"])
    try:
        for row in (rows[k] for k in np.unique(np.linspace(0, len(rows) - 1, count).astype(int))):
            frames = data.to_table(columns=[PICTURES, STATE, EXECUTED],
                                   filter=pc.field("episode_index") == row["episode_index"])
            differences = _differences(
                env, row, not source["steps"], [cell["bytes"].as_py() for cell in frames[PICTURES]],
                to_array(frames[STATE]), to_array(frames[EXECUTED]),
            )
            yield Replayed(row["episode_index"], row["scene_id"], frames.num_rows, tuple(differences))
    finally:
        env.close()


def _differences(
    env: PickPlaceEnv, row: dict[str, Any], to_the_end: bool, pictures: list[bytes], states: NDArray[np.float32],
    executed: NDArray[np.float32],
) -> Iterator[str]:
    obs, info = env.reset(seed=row["seed"], options={"scene": row["scene_id"]})
    if info["scene_sha256"] != row["scene_sha256"]:
        yield "the scene has changed"
    said: set[str] = set()
    success = False
    for step, (png, state, action) in enumerate(zip(pictures, states, executed, strict=True)):
        for what, same in (("state", np.array_equal(obs["proprio"], state)),
                           ("picture", np.array_equal(obs["image"], decode(png)))):
            if not same and what not in said:
                said.add(what)
                yield f"{what} differs from step {step} on"
        obs, _, success, _, _ = env.step(action)
    if to_the_end and not success:
        yield "it does not end in success"
