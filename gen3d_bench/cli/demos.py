"""`gen3d demos ...`: demonstrations of the oracle, recorded and replayed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

from tyro.conf import OmitArgPrefixes, Positional, subcommand

from gen3d_bench.cli.output import console, messages
from gen3d_bench.evaluation.config import require_at_least
from gen3d_bench.extras import require
from gen3d_bench.imitation.config import RecordConfig

DIFFERENT = 1


@dataclass(frozen=True)
class Record:
    """Record the oracle and write a LeRobot dataset.  A recording that was stopped goes on where it was."""

    config: OmitArgPrefixes[RecordConfig]

    def run(self) -> int:
        require("train", "pyarrow", "pandas")
        from gen3d_bench.imitation.record import record

        print(record(self.config))
        return 0


@dataclass(frozen=True)
class Replay:
    """Step recorded episodes again and check that states and pictures are the same, bit for bit.

    Exit code: 0 if they are, 1 if not.
    """

    folder: Positional[Path]
    """A dataset that `gen3d demos record` wrote."""
    episodes: int | None = None
    """How many episodes, spread over the dataset; by default all."""

    def run(self) -> int:
        require("train", "pyarrow", "pandas")
        from gen3d_bench.imitation.replay import replay

        require_at_least(1, episodes=1 if self.episodes is None else self.episodes)
        done = different = 0
        for outcome in replay(self.folder, self.episodes):
            done, different = done + 1, different + bool(outcome.differences)
            for difference in outcome.differences:
                messages().print(f"episode {outcome.episode_index} ({outcome.scene_id}): {difference}", markup=False)
        console().print(f"{done} episodes replayed, {different} different", highlight=False)
        return DIFFERENT if different else 0


DemosVerb: TypeAlias = Annotated[Record, subcommand("record")] | Annotated[Replay, subcommand("replay")]


@dataclass(frozen=True)
class Demos:
    """Record demonstrations of the oracle; replay them."""

    verb: DemosVerb

    def run(self) -> int:
        return self.verb.run()
