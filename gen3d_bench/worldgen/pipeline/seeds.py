"""Every seed of a run follows from its one seed and from what it is for: no state, no order."""

from __future__ import annotations

import hashlib
import json


def derived_seed(seed: int, *purpose: str | int) -> int:
    """A seed in [0, 2**31) that depends on nothing but its arguments.

    >>> derived_seed(0, "pen-000", 1) == derived_seed(0, "pen-000", 1) != derived_seed(0, "pen-000", 2)
    True
    """
    text = json.dumps([seed, *purpose])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little") >> 1
