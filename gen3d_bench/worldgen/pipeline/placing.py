"""Nominal poses for a scene at which everything rests and nothing is done already: drawn, judged, drawn again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.pipeline.asset import encoded
from gen3d_bench.worldgen.pipeline.records import LayoutAttempt
from gen3d_bench.worldgen.pipeline.seeds import derived_seed
from gen3d_bench.worldgen.verdict import Stage, Verdict

METHOD = "sampled poses against geometry"


@dataclass(frozen=True)
class Placed:
    """What became of a scene's layout.  scene: with poses, or None if no attempt passed.

    picture: encoded, what the camera saw at the last attempt that could be drawn.
    """

    scene: Scene | None
    attempts: tuple[LayoutAttempt, ...]
    picture: bytes | None = None


def place_scene(scene: Scene, store: AssetStore, seed: int, attempts: int, evidence: str) -> Placed:
    """evidence: path of the picture in the run's folder.  A checker that cannot be reached ends the attempts."""
    tried: list[LayoutAttempt] = []
    picture = None
    for number in range(attempts):
        attempt_seed = derived_seed(seed, "layout", number)
        candidate, found = _drawn(scene, store, attempt_seed)
        verdicts = [found]
        if candidate is not None:
            verdict, drawn = _settled(candidate, store)
            verdicts.append(verdict)
            if drawn is not None:
                picture = drawn
                verdicts = [verdict.model_copy(update={"evidence": evidence}) for verdict in verdicts]
        tried.append(LayoutAttempt(seed=attempt_seed, verdicts=tuple(verdicts)))
        if all(verdict.passed for verdict in verdicts):
            return Placed(candidate, tuple(tried), picture)
        if not all(verdict.reached for verdict in verdicts):
            break
    return Placed(None, tuple(tried), picture)


def _drawn(scene: Scene, store: AssetStore, seed: int) -> tuple[Scene | None, Verdict]:
    from gen3d_bench.envs.layout import LayoutError
    from gen3d_bench.worldgen.layout import nominal_layout

    assets = [store.get(thing.asset) for thing in scene.objects]
    try:
        layout = nominal_layout(scene, assets, np.random.default_rng(seed), table=store.get(scene.table))
    except LayoutError as error:
        return None, Verdict(stage=Stage.layout, passed=False, reason=str(error), method=METHOD)
    objects = tuple(
        thing.model_copy(update={"pose": pose}) for thing, pose in zip(scene.objects, layout.poses, strict=True)
    )
    found = Verdict(stage=Stage.layout, passed=True, reason="; ".join(layout.facts), method=METHOD)
    return scene.model_copy(update={"objects": objects}), found


def _settled(scene: Scene, store: AssetStore) -> tuple[Verdict, bytes | None]:
    from gen3d_bench.worldgen.checks.physics import check_physics

    judged = check_physics(scene, store)
    return judged.verdict, None if judged.picture is None else encoded(judged.picture)
