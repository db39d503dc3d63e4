"""Resets one environment over and over and prints what memory that took (MB), as JSON.  Run in a process of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

from gen3d_bench.envs import PickPlaceEnv

SCENES = [f"gen3d-{number:03d}" for number in range(0, 100, 5)]
RESETS = 200


def megabytes(field: str) -> float:
    """VmRSS (now) or VmHWM (peak) of this process."""
    found = re.search(rf"^{field}:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def main() -> None:
    env = PickPlaceEnv(SCENES)
    resident = []
    for k in range(RESETS):
        env.reset(seed=k, options={"scene": SCENES[k % len(SCENES)]})
        resident.append(megabytes("VmRSS"))
    print(json.dumps({"peak": megabytes("VmHWM"), "resident": resident, "scenes": len(SCENES)}))


if __name__ == "__main__":
    main()
