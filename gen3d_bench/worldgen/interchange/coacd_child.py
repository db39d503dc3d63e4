"""Runs CoACD on one mesh in a process of its own: `python -I coacd_child.py IN OUT FOLDER...`.

CoACD is native code that may crash, never end or take all memory, and its random generator is one for the process.
Nothing is imported but from Python's own places and the folders named, so this file imports nothing of the package.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

MOST_MEMORY = 6 * 2**30
"""Bytes of address space."""


def main(source: Path, target: Path) -> None:
    """source: NPZ with points, faces, threshold, parts, vertices, seconds.

    target: NPZ with part0, part1, ...: hull points.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    import coacd
    import numpy as np

    with np.load(source, allow_pickle=False) as job:  # should nobody be left who would end this process in time
        cpu_seconds = int(job["seconds"]) + 10
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))

    coacd.set_log_level("error")
    with np.load(source, allow_pickle=False) as job:
        mesh = coacd.Mesh(job["points"], job["faces"].astype(np.int32))
        found = coacd.run_coacd(
            mesh,
            threshold=float(job["threshold"]),
            max_convex_hull=int(job["parts"]),
            preprocess_mode="auto",
            preprocess_resolution=30,
            resolution=500,
            mcts_nodes=10,
            mcts_iterations=20,
            mcts_max_depth=2,
            decimate=True,
            max_ch_vertex=int(job["vertices"]),
            seed=0,
        )
    np.savez(target, **{f"part{k}": points for k, (points, _) in enumerate(found)})


if __name__ == "__main__":
    sys.path += sys.argv[3:]
    main(Path(sys.argv[1]), Path(sys.argv[2]))
