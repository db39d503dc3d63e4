"""A scene that others designed, brought into the robot's workspace and checked like one of our own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gen3d_bench.scenes.io import save_scene
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.interchange.embodiedgen_read import LayoutOptions, import_layout
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.placing import place_scene
from gen3d_bench.worldgen.verdict import Verdict


@dataclass(frozen=True)
class Imported:
    """file: of the scene, or None if a check failed; then the last of the verdicts says which and why."""

    scene: Scene
    verdicts: tuple[Verdict, ...]
    file: Path | None


def import_scene(
    layout: Path,
    out: Path,
    options: LayoutOptions,
    config: GenerateConfig | None = None,
) -> Imported:
    """EmbodiedGen's layout as `out/<id>.json`, with poses of its own in the workspace of Table A.2.

    config: how often things are tried, and what counts as solvable.  The scene is kept if it settles and the oracle
    solves it; otherwise only its assets stay.  Raises SceneError.
    """
    from gen3d_bench.worldgen.checks.solvability import check_solvability

    config = config or GenerateConfig()
    scene = import_layout(layout, out, options)
    file = out / f"{scene.id}.json"
    store = AssetStore()
    placed = place_scene(scene, store, options.seed, config.layout_attempts, evidence="")
    verdicts = placed.attempts[-1].verdicts
    if placed.scene is not None:
        solved = check_solvability(placed.scene, store, episodes=config.episodes, needed=config.needed)
        verdicts = (*verdicts, solved)
    if placed.scene is None or not verdicts[-1].passed:
        file.unlink()
        return Imported(scene, verdicts, None)
    checks = {verdict.stage.value: f"passed ({verdict.method})" for verdict in verdicts}
    provenance = placed.scene.provenance.model_copy(update={"checks": {**placed.scene.provenance.checks, **checks}})
    scene = placed.scene.model_copy(update={"provenance": provenance})
    save_scene(scene, file)
    return Imported(scene, verdicts, file)
