"""Where the command line prints: what was asked for to standard output, what is said on the way to standard error."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


def console() -> Console:
    """For what was asked for; tables fit the terminal."""
    from rich.console import Console

    return Console()


def messages() -> Console:
    """For everything said on the way: standard error, and lines are left whole."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


class LogToMessages(logging.Handler):
    """Shows log records above a progress bar, if there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        messages().print(self.format(record), markup=False)
