#!/usr/bin/env python3
"""Make the shipped scenes anew from their table and put them, with their data card, where the package keeps them.

    .venv/bin/python scripts/build_catalog.py [--out outputs/gen3d-100]

Everything else is done by `gen3d generate`: the table is a task file, every check is on, and nothing is mended by hand.
Whoever ships the result raises the set's version in gen3d_bench/scenes/catalog.py.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from gen3d_bench.scenes.catalog import DATA
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.jobs import read_tasks
from gen3d_bench.worldgen.pipeline.run import generate

NAME = "gen3d-100"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("outputs") / NAME, help="folder of the run")
    out = parser.parse_args().out
    done = generate(read_tasks(DATA / f"{NAME}.csv"), GenerateConfig(out=out))
    if done.profile.accepted < done.profile.planned:
        print(f"{done.profile.planned - done.profile.accepted} scenes were not accepted: see {done.report}",
              file=sys.stderr)
        return 1
    for file in [*out.glob("*.json"), out / "DATA_CARD.md"]:
        shutil.copyfile(file, DATA / NAME / file.name)
    print(f"{done.profile.accepted} scenes in {DATA / NAME}")
    return 0


if __name__ == "__main__":  # worker processes import this file
    sys.exit(main())
