"""What a training run says: a bar, lines, and curves for TensorBoard (and Weights & Biases)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.imitation import checkpoint
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.imitation.measure import Imitation
from gen3d_bench.imitation.ranks import Ranks
from gen3d_bench.machine import peak_memory_mb

if TYPE_CHECKING:
    from gen3d_bench.imitation.rollouts import Played


class TrainingLog:
    """Of one sitting; only the first process speaks.  A context manager."""

    def __init__(self, config: ImitationConfig, ranks: Ranks, progress: checkpoint.Progress) -> None:
        self._config, self._ranks, self._progress = config, ranks, progress
        self._console = Console(stderr=True, quiet=not ranks.first)
        self._bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                             TextColumn("left"), TimeRemainingColumn(), console=self._console)
        self._task = self._bar.add_task("steps", total=config.steps, completed=progress.step)
        self._since, self._loading, self._losses = progress.seconds, 0.0, list[torch.Tensor]()
        self._board: Any = None
        self._wandb: Any = None

    def __enter__(self) -> TrainingLog:
        if self._ranks.first:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(self._config.output / "tensorboard"), purge_step=self._progress.step)
            if self._config.wandb:
                try:
                    import wandb
                except ModuleNotFoundError as error:
                    raise SettingError("wandb: not installed, and in no extra: pip install wandb") from error

                self._wandb = wandb.init(dir=str(self._config.output), config=vars(self._config))
            if self._console.is_terminal:
                self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ranks.first:
            self._bar.stop()
            self._board.close()
            if self._wandb is not None:
                self._wandb.finish()

    def say(self, text: str) -> None:
        """A line above the bar."""
        self._console.print(text, highlight=False, soft_wrap=True)

    def step(self, loss: torch.Tensor, norm: torch.Tensor, lr: float, loading_s: float) -> None:
        """An optimiser step is done."""
        self._losses.append(loss)
        self._loading += loading_s
        self._bar.update(self._task, advance=1)
        if self._progress.step % self._config.log_every:
            return
        seconds, count = self._progress.seconds - self._since, len(self._losses)
        mean = torch.stack(self._losses).mean().item()
        rate = count * self._config.batch / seconds
        memory = self._memory_gb()
        left = timedelta(seconds=round((self._config.steps - self._progress.step) * seconds / count))
        self._scalars({"train/loss": mean, "train/lr": lr, "train/grad_norm": norm.item(),
                       "time/samples_per_s": rate, "time/loading_share": self._loading / seconds,
                       "memory/peak_gb": memory})
        self.say(f"step {self._progress.step}/{self._config.steps}  loss {mean:.4f}  gradient {norm.item():.2f}  "
                 f"lr {lr:.1e}  {rate:.0f} observations/s ({self._loading / seconds:.0%} loading)  {memory:.1f} GB  "
                 f"{left} left")
        self._since, self._loading = self._progress.seconds, 0.0
        self._losses.clear()

    def measured(self, found: Imitation, played: Played | None) -> None:
        """The averaged weights were measured on held-out frames, and have played where they were asked to."""
        self._scalars({f"held_out/{name}": value for name, value in found.scalars().items()})
        self.say(f"step {self._progress.step}  {found}")
        if played is not None:
            self._scalars({f"plays/{name}": value for name, value in played.scalars().items()})
            self.say(f"step {self._progress.step}  {played}")

    def _scalars(self, values: Mapping[str, float]) -> None:
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(name, value, self._progress.step)
        if self._wandb is not None:
            self._wandb.log(dict(values), step=self._progress.step)

    def _memory_gb(self) -> float:
        if self._ranks.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._ranks.device) / 1e9
        return peak_memory_mb() / 1000
