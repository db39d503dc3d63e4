"""`gen3d eval` and `gen3d report`: judging policies."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import OmitArgPrefixes, Positional

from gen3d_bench.cli.output import messages
from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.extras import require

INCOMPLETE = 1


@dataclass(frozen=True)
class Evaluate:
    """Judge a policy: run episodes, write records and a report.  A run that was stopped goes on where it was.

    Exit code: 0 if every episode has a record, 1 if some could not be run or the policy failed in all of them.
    """

    config: OmitArgPrefixes[EvalConfig]

    def run(self) -> int:
        require("eval", "jinja2", "statsmodels")
        from gen3d_bench.evaluation.runner import evaluate

        if ":" in self.config.policy:
            # Installed commands do not look in the current folder, where a policy of one's own lies.  Workers inherit
            # the path.
            sys.path.insert(0, os.getcwd())
        done = evaluate(self.config)
        overall = done.summary.overall
        if overall.errors:
            first = next(record.error for record in done.summary.records if record.error is not None)
            messages().print(f"{overall.errors} policy error{'s' * (overall.errors > 1)}: {first}", markup=False)
        print(done.report)
        return INCOMPLETE if done.summary.missing or overall.errors == overall.episodes else 0


@dataclass(frozen=True)
class Report:
    """Write the report of a run again."""

    folder: Positional[Path]
    """Where `gen3d eval` wrote its records."""

    def run(self) -> int:
        require("eval", "jinja2", "statsmodels")
        from gen3d_bench.evaluation.rebuild import rebuild_report

        print(rebuild_report(self.folder))
        return 0
