#!/usr/bin/env python3
"""Make gen3d-pi0-small: record, train, judge, and put the model with its card where the package keeps it.

    .venv/bin/python scripts/build_small_agent.py [--out outputs/small] [--trial]

Hours on two cores.  Every stage goes on where it was stopped.  --trial does a little of every stage, in minutes, and
leaves the package as it is.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen3d_bench.agents.pi0.shipped import SHIPPED
from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.evaluation.runner import evaluate
from gen3d_bench.imitation.config import ImitationConfig, RecordConfig
from gen3d_bench.imitation.record import record
from gen3d_bench.imitation.training import train

NAME = "gen3d-pi0-small"


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    scenes: tuple[str, ...]
    episodes: int
    glances: int
    """First frames, of each scene as well."""
    seeing: Mapping[str, int]
    acting: Mapping[str, int]
    """Optimiser steps of the two stages of training: steps, warmup, decay."""
    judged: Sequence[tuple[str, int]]
    """Scenes and episodes of each."""


WHOLE = Plan(
    ("H0/id",), 24, 250, {"steps": 760, "warmup": 100, "decay": 30}, {"steps": 1732, "warmup": 50, "decay": 600},
    (("H0/id", 3), ("H0/ood", 3), ("simpler", 15)),
)
TRIAL = Plan(
    ("10", "42"), 3, 20, {"steps": 20, "warmup": 5, "decay": 5}, {"steps": 20, "warmup": 5, "decay": 5}, (("10", 1),),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("outputs/small"), help="folder of everything on the way")
    parser.add_argument("--trial", action="store_true", help="a little of everything, put into OUT/shipped")
    asked = parser.parse_args()
    out, plan = asked.out, TRIAL if asked.trial else WHOLE
    demos = record(RecordConfig(plan.scenes, plan.episodes, output=out / "demos"))
    glances = record(RecordConfig(plan.scenes, plan.glances, steps=1, seed=1, output=out / "glances"))
    shared: dict[str, Any] = {"data": demos, "glances": glances, "config": "small128"}
    seeing = train(ImitationConfig(**shared, **plan.seeing, output=out / "seeing", batch=24, glance_batch=64))
    model = train(ImitationConfig(**shared, **plan.acting, output=out / "acting", init=seeing, batch=64,
                                  glance_batch=32, saved="float16"))
    results = [judge(model, scenes, episodes, out) for scenes, episodes in plan.judged]
    ship(model, out / "shipped" if asked.trial else SHIPPED[NAME], results)
    return 0


def judge(model: Path, scenes: str, episodes: int, out: Path) -> tuple[str, Mapping[str, Any]]:
    """The summary of an evaluation."""
    folder = out / f"eval-{scenes.replace('/', '-')}"
    evaluate(EvalConfig(policy=f"pi0:{model}", scenes=(scenes,), episodes=episodes, output=folder))
    return scenes, json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def ship(model: Path, target: Path, results: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Copy the model and add to its card what it reaches."""
    shutil.copytree(model, target, dirs_exist_ok=True)
    card = target / "README.md"
    card.write_text(card.read_text(encoding="utf-8") + results_section(results), encoding="utf-8")


def results_section(results: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Markdown: rates on each set of scenes, and successes on each scene."""
    rows, scenes = [], []
    for name, summary in results:
        overall = summary["overall"]
        rows.append(f"| {name} | {overall['episodes']} | {_rate(overall, 'SR')} | {_rate(overall, 'PSR')} | "
                    f"{overall['DFR']:.1%} | {overall['SFR']:.1%} |")
        scenes += [f"| {scene} | {one['successes']} / {one['episodes']} | {_interval(one, 'SR')} |"
                   for scene, one in summary["scenes"].items()]
    return f"""
## What it reaches

With full domain randomization (`gen3d eval`, seed 0), intervals of 95 % (Wilson).  SR: the task is done.  PSR: the
object is grasped and lifted.  DFR and SFR: failures of motion and of understanding.

| scenes | episodes | SR | PSR | DFR | SFR |
|---|---|---|---|---|---|
{chr(10).join(rows)}

| scene | successes | SR, interval |
|---|---|---|
{chr(10).join(scenes)}
"""


def _rate(summary: Mapping[str, Any], name: str) -> str:
    return f"{summary[name]:.1%} [{_interval(summary, name)}]"


def _interval(summary: Mapping[str, Any], name: str) -> str:
    low, high = summary["intervals"][name]
    return f"{low:.1%}, {high:.1%}"


if __name__ == "__main__":  # worker processes import this file
    raise SystemExit(main())
