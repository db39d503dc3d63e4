"""Words as part of a path."""

from __future__ import annotations

import re


def slug(text: str, letters: int = 40, otherwise: str = "asset") -> str:
    """At most so many letters, digits and dashes; `otherwise` where nothing is left of the text.

    >>> slug("Rubik's cube (big)")
    'rubik-s-cube-big'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:letters].rstrip("-") or otherwise
