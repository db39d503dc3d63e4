"""Packages that come with an extra of gen3d-bench: asked for in one line where they are missing."""

from __future__ import annotations

import importlib.util


class MissingExtra(ModuleNotFoundError):  # noqa: N818 - says what is the case, as callers and users speak of it
    """A package of an extra is not installed; the message names it and how to get it."""


def require(extra: str, *modules: str) -> None:
    """Raises MissingExtra where one of these top-level modules is not installed.  Imports none of them."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise MissingExtra(f"{' and '.join(missing)} {verb} not installed: {remedy(extra)}")


def remedy(extra: str) -> str:
    """How to get an extra: from a checkout, which is where this package is installed from."""
    return f"in the checkout, run `make setup` or pip install -c constraints.txt -e '.[{extra}]'"
