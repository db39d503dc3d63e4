"""`gen3d generate`: making scenes of sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tyro.conf import OmitArgPrefixes, Positional

from gen3d_bench.cli.evaluation import INCOMPLETE
from gen3d_bench.cli.output import messages
from gen3d_bench.evaluation.config import require_at_least
from gen3d_bench.extras import require
from gen3d_bench.worldgen.pipeline.config import GenerateConfig


@dataclass(frozen=True)
class Generate:
    """Make checked scenes of sentences.  A run that was stopped goes on where it was.

    Exit code: 0 if every scene was accepted, 1 if some were not; the report says why.
    """

    sentences: Positional[tuple[str, ...]] = ()
    """What the robot shall do: "put the pen in the pen holder"."""
    tasks: Path | None = None
    """File with a sentence per line, each optionally followed by "| distractor, distractor"; or a .csv."""
    random: int = 0
    """So many tasks more, drawn from what people put on and in each other; --seed decides which."""
    config: OmitArgPrefixes[GenerateConfig] = field(default_factory=GenerateConfig)

    def __post_init__(self) -> None:
        require_at_least(0, random=self.random)

    def run(self) -> int:
        require("worldgen", "pebble", "skimage", "jinja2")
        from gen3d_bench.worldgen.pipeline.jobs import as_tasks
        from gen3d_bench.worldgen.pipeline.run import generate

        tasks = as_tasks(self.sentences, self.tasks, self.random, self.config.seed)
        done = generate(tasks, self.config)
        count = done.profile
        messages().print(f"{count.accepted} of {count.planned} scenes accepted, in {done.folder}", markup=False)
        print(done.report)
        return 0 if count.accepted == count.planned else INCOMPLETE
