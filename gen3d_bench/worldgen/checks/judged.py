"""What every check hands back: its verdict and, where there is one, the picture that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.worldgen.verdict import Stage, Verdict


@dataclass(frozen=True)
class Judged:
    """picture: uint8 [H, W, 3] of what was judged, for whoever keeps evidence; None where nothing was drawn."""

    verdict: Verdict
    picture: NDArray[np.uint8] | None = None


def ruled(stage: Stage, method: str, problems: Sequence[str], found: str) -> Verdict:
    """A failure that lists its problems, or a pass that says what was found."""
    return Verdict(stage=stage, passed=not problems, reason="; ".join(problems) or found, method=method)
