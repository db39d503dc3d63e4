"""A bar for bytes on their way: on standard error where that is a terminal, else nothing."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

Advance = Callable[[int], None]
"""Called, from any thread, with the bytes done since the last call."""


@contextlib.contextmanager
def byte_bar(description: str, total: int) -> Iterator[Advance]:
    """Shows a bar up to `total` bytes while the block runs.  HF_HUB_DISABLE_PROGRESS_BARS=1 silences it."""
    from huggingface_hub.utils import are_progress_bars_disabled
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
               TimeRemainingColumn())
    hidden = not console.is_terminal or are_progress_bars_disabled()
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(description, total=total)
        yield lambda done: bar.advance(task, done)


@contextlib.contextmanager
def quiet_elsewhere() -> Iterator[None]:
    """Silences the bars of huggingface_hub while the block runs, unless standard error is a terminal."""
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    if sys.stderr.isatty() or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


class TooLargeError(Exception):
    """A file is larger than it may be; its download has been given up."""


def counting(advance: Advance, most: int) -> type[Any]:
    """What huggingface_hub takes for a progress bar, handing on the bytes of one file to a bar of all files.

    most: bytes that the file may have.  TooLargeError is raised, and the download ends, where the server announces more
    or, having announced nothing, sends more.
    """

    class Counter:
        def __init__(self, *_: Any, total: float | None = None, initial: int = 0, **__: Any) -> None:
            self._announced, self._count = total is not None, 0
            if total is not None and total > most:
                raise TooLargeError
            self.update(initial)

        def __enter__(self) -> Counter:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, count: float | None = 1) -> None:
            self._count += int(count or 0)
            if self._count > most and not self._announced:
                raise TooLargeError
            advance(int(count or 0))

        def close(self) -> None:
            pass

        def update_transfer(self, _: float | None = 1) -> None:
            """Bytes on the network; those that reach the disk are counted."""

        def set_postfix_str(self, *_: object, **__: object) -> None:
            pass

        set_transfer_postfix_str = set_postfix_str

    return Counter
