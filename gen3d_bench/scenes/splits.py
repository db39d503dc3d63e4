"""Which scenes are trained on and which are held out: frozen in `data/splits.json`, never recomputed.

A subset H0, H1 or H2 (paper, section 4) is an ordering of 50 scenes.  "H0/id" are all 50 in that order, "H0/id/10" the
first 10, so smaller training sets are contained in larger ones; "H0/ood" are the other 50 scenes, by id.

"simpler" are SimplerEnv's three scenes: in distribution for an agent that was trained on them, out of distribution for
one that was trained on generated scenes (paper, Table 1).
"""

from __future__ import annotations

import json
from functools import cache

from gen3d_bench.scenes.catalog import DATA, SIMPLER, scene_ids
from gen3d_bench.scenes.errors import UnknownSceneError, did_you_mean

SPLIT_SET = "gen3d-100"
"""The scene set that the splits divide."""
SUBSETS = ("H0", "H1", "H2")
SIZES = (1, 3, 10, 25, 50)
"""Numbers of training scenes N that are compared."""


def split_names() -> tuple[str, ...]:
    """Every split of SPLIT_SET: "H0/id", "H0/ood", "H0/id/1" ..."""
    return tuple(name for subset in SUBSETS
                 for name in (f"{subset}/id", f"{subset}/ood", *(f"{subset}/id/{size}" for size in SIZES)))


def split(name: str) -> tuple[str, ...]:
    """Scene ids of a split.  Raises UnknownSceneError."""
    if name == SIMPLER:
        return scene_ids(SIMPLER)
    if name not in split_names():
        raise UnknownSceneError(f"unknown split {name!r}{did_you_mean(name, split_names())}; a split is H0, H1 or H2, "
                                f"then /ood, /id or /id/N with N one of {', '.join(map(str, SIZES))}; or {SIMPLER}")
    subset, side, *size = name.split("/")
    chosen = _orderings()[subset]
    if side == "ood":
        return tuple(scene_id for scene_id in scene_ids(SPLIT_SET) if scene_id not in chosen)
    return chosen[: int(size[0])] if size else chosen


@cache
def _orderings() -> dict[str, tuple[str, ...]]:
    content = json.loads((DATA / "splits.json").read_text(encoding="utf-8"))
    return {subset: tuple(content[subset]) for subset in SUBSETS}
