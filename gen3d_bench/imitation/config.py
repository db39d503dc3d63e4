"""What to record: the typed settings of a set of demonstrations and the seeds that follow from them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from gen3d_bench.evaluation.config import WORKER_BYTES, SettingError, require_at_least
from gen3d_bench.machine import default_workers

DEMONSTRATIONS = 1
"""Distinguishes seeds of demonstrations from those of evaluations, so that no episode is both practised and judged."""


@dataclass(frozen=True)
class RecordConfig:
    """Which scenes are demonstrated, how often, and where the recordings go."""

    scenes: tuple[str, ...] = ("H0/id",)
    """Scene ids, scene sets, splits such as "H0/id", scene folders, or packs on the Hub ("hf://org/name@v1")."""
    episodes: int = 20
    """Episodes per scene.  A finished recording can be continued with a larger number."""
    seed: int = 0
    """All seeds follow from this one; none of them is one of an evaluation."""
    noise: float = 0.5
    """Between 0 and 1: how far what is done strays from what the oracle wants, so that its ways back are shown too."""
    randomization: Literal["train", "eval", "none"] = "train"
    """Domain randomization mode of the environment."""
    image_size: tuple[int, int] = (224, 224)
    """Height and width of the pictures (pixels)."""
    workers: int = 0
    """Processes, each with one environment; 0 takes one per CPU core, fewer where memory is short."""
    output: Path = Path("outputs/demos")
    """Folder for the recordings."""
    stall_s: float = 900.0
    """A worker silent for this long is replaced and its episode tried again."""

    def __post_init__(self) -> None:
        if not self.scenes:
            raise SettingError("scenes: name at least one scene or split")
        require_at_least(1, episodes=self.episodes)
        require_at_least(0, seed=self.seed, workers=self.workers)
        if not 0 <= self.noise <= 1:
            raise SettingError(f"noise: {self.noise} is not between 0 and 1")
        if min(self.image_size) < 16:
            raise SettingError(f"image_size: {self.image_size} is too small, the least is 16 x 16 pixels")

    @property
    def worker_count(self) -> int:
        return self.workers or default_workers(WORKER_BYTES)


def demonstration_seed(base: int, scene_id: str, episode: int) -> int:
    """Seed in [0, 2**31) of one demonstration; depends on nothing but its arguments."""
    scene = int.from_bytes(hashlib.sha256(scene_id.encode()).digest()[:8], "little")
    sequence = np.random.SeedSequence([base, scene, episode], spawn_key=(DEMONSTRATIONS,))
    return int(sequence.generate_state(1)[0] >> 1)
