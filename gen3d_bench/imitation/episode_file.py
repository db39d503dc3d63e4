"""One recorded episode in a file of its own: what workers write and the dataset is put together from."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from gen3d_bench.scenes.io import write_atomic

FACTS = b"gen3d_episode"
PICTURES, STATE, ACTION, EXECUTED = "observation.images.image", "observation.state", "action", "executed_action"
"""LeRobot's names of what is recorded: the policy's picture (PNG), proprioception, what the oracle wanted to do, and
what was done, which has noise."""
COLUMNS = pa.schema([
    (PICTURES, pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
    *((name, pa.list_(pa.float32(), 7)) for name in (STATE, ACTION, EXECUTED)),
])


class DemonstrationError(Exception):
    """Recordings are not what they should be; the message says which and what to do."""


@dataclass(frozen=True)
class EpisodeFacts:
    """What is known about a recorded episode.  success: None where it was left before its end.  noise: level of this
    episode.  source, target: where the two objects of the task stand at its beginning (m, scene frame).  pictures_mean,
    pictures_square: [3], mean over pixels of channels in [0, 1], and of their squares."""

    scene_id: str
    scene_sha256: str
    episode: int
    seed: int
    instruction: str
    success: bool | None
    steps: int
    noise: float
    source: tuple[float, float, float]
    target: tuple[float, float, float]
    pictures_mean: tuple[float, float, float]
    pictures_square: tuple[float, float, float]

    @property
    def kept(self) -> bool:
        """Whether its frames are worth learning from: nothing but failures is left out."""
        return self.success is not False


@dataclass(frozen=True)
class Frames:
    """T control steps: pictures uint8 [T, H, W, 3], the others float32 [T, 7] (see the names above)."""

    pictures: Sequence[NDArray[np.uint8]]
    state: NDArray[np.float32]
    action: NDArray[np.float32]
    executed: NDArray[np.float32]


def write_episode(file: Path, frames: Frames, facts: EpisodeFacts) -> None:
    """Atomic.  Of an episode that failed, only the facts are kept."""
    kept = slice(None) if facts.kept else slice(0)
    table = pa.table(
        {
            PICTURES: [{"bytes": encode(picture), "path": None} for picture in frames.pictures[kept]],
            STATE: list(frames.state[kept]),
            ACTION: list(frames.action[kept]),
            EXECUTED: list(frames.executed[kept]),
        },
        schema=COLUMNS.with_metadata({FACTS: json.dumps(asdict(facts)).encode()}),
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="none")  # PNGs do not get smaller
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, buffer.getvalue())


def read_facts(file: Path) -> EpisodeFacts:
    """Raises DemonstrationError for a file that is no recorded episode."""
    try:
        facts = json.loads(pq.read_schema(file).metadata[FACTS])
        for name in ("source", "target", "pictures_mean", "pictures_square"):
            facts[name] = tuple(facts[name])
        return EpisodeFacts(**facts)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DemonstrationError(f"{file} is no recorded episode ({error}); delete it and record again") from error


def read_frames(file: Path) -> pa.Table:
    """Columns of COLUMNS, T rows."""
    return pq.read_table(file).replace_schema_metadata(None)


def encode(picture: NDArray[np.uint8]) -> bytes:
    """PNG of [H, W, 3]."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def decode(png: bytes) -> NDArray[np.uint8]:
    """[H, W, 3] of a PNG."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
