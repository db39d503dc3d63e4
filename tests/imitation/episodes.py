"""Demonstrations without a simulator: a dot on the picture says where to go."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gen3d_bench.imitation.config import RecordConfig
from gen3d_bench.imitation.dataset_files import assemble
from gen3d_bench.imitation.episode_file import EpisodeFacts, Frames, write_episode


def write(folder: Path, scene_id: str, episode: int, *, success: bool = True, steps: int = 6) -> Path:
    rng = np.random.default_rng([episode, len(scene_id)])
    goal = rng.uniform(-1, 1, 2)
    pictures = np.zeros((steps, 16, 16, 3), np.uint8)
    row, column = (8 + 6 * goal).astype(int)
    pictures[:, row - 1 : row + 2, column - 1 : column + 2] = 255
    action = np.zeros((steps, 7), np.float32)
    action[:, :2], action[:, 6] = 0.04 * goal, np.arange(steps) >= steps / 2
    state = rng.uniform(-0.1, 0.1, (steps, 7)).astype(np.float32)  # only the picture says where to go
    frames = Frames(pictures, state, action, action + 0.001)
    facts = EpisodeFacts(scene_id, "ab" * 32, episode, episode, f"go to {scene_id}", success, steps, 0.1,
                         (0.3, 0.1, 0.0), (0.2 * goal[0], 0.2 * goal[1], 0.0), (0.1, 0.1, 0.1), (0.05, 0.05, 0.05))
    file = folder / "episodes" / scene_id / f"{episode:05d}.parquet"
    write_episode(file, frames, facts)
    return file


def small_dataset(
    folder: Path, episodes: int = 4, steps: int = 6, scenes: tuple[str, ...] = ("left", "right")
) -> Path:
    files = [write(folder, scene, k, steps=steps) for scene in scenes for k in range(episodes)]
    return assemble(files, RecordConfig(scenes=scenes, output=folder, image_size=(16, 16)))
