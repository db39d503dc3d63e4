"""How far a run is: a bar with the rate of success so far and the time left, or plain lines without a terminal."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY_S = 30.0


class RunProgress:
    """Counts things that succeed or fail; use as a context manager.

    total: things of the run.  done, successes: of those, how many were there before.  unit: what they are.  rate: what
    the share of successes is called.
    """

    def __init__(self, total: int, done: int = 0, successes: int = 0, console: Console | None = None, *,
                 unit: str = "episodes", rate: str = "SR") -> None:
        self._unit, self._rate_name = unit, rate
        self._console = console or Console(stderr=True)
        self._total, self._before = total, done
        self._seen, self._successes = done, successes
        self._began = self._spoke = time.monotonic()
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=self._console,
        )
        self._task = self._bar.add_task(unit, total=total, completed=done, rate=self._rate())

    def __enter__(self) -> RunProgress:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()
        elif self._seen > self._before and error is None:
            self._say()

    def advance(self, success: bool) -> None:
        """One more is done."""
        self._seen += 1
        self._successes += success
        self._bar.update(self._task, advance=1, rate=self._rate())
        if not self._console.is_terminal and time.monotonic() - self._spoke > LINE_EVERY_S:
            self._say()

    def _rate(self) -> str:
        return f"{self._rate_name} " + (f"{100 * self._successes / self._seen:.1f}%" if self._seen else "-")

    def _say(self) -> None:
        self._spoke = time.monotonic()
        elapsed = self._spoke - self._began
        left = elapsed / (self._seen - self._before) * (self._total - self._seen)
        self._console.print(f"{self._seen}/{self._total} {self._unit}, {self._rate()}, {elapsed:.0f} s gone, "
                            f"about {left:.0f} s left", highlight=False, soft_wrap=True)
