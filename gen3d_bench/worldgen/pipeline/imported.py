"""A scene that others designed, brought into the robot's workspace and checked like one of our own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gen3d_bench.scenes.errors import SceneError
from gen3d_bench.scenes.io import asset_refs, load_scene, map_assets, save_scene
from gen3d_bench.scenes.schema import AssetRef, Role, Scene
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.assets.folders import adopt, temporary_folder
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

    config: how often things are tried, and what counts as solvable.  The scene and its assets come to `out` if every
    mesh is sound, every object can be handled, all settles and the oracle solves it; otherwise nothing does.
    Raises SceneError, also where another scene has that file already.
    """
    from gen3d_bench.worldgen.checks.solvability import check_solvability

    config = config or GenerateConfig()
    store = AssetStore()
    try:
        with temporary_folder(out) as work:
            scene = import_layout(layout, work, options)
            verdicts = list(_judged(scene, store))
            if not verdicts[-1].passed:
                return Imported(scene, tuple(verdicts), None)
            placed = place_scene(scene, store, options.seed, config.layout_attempts, evidence="")
            verdicts += placed.attempts[-1].verdicts
            if placed.scene is not None:
                verdicts.append(
                    check_solvability(placed.scene, store, episodes=config.episodes, needed=config.needed)
                )
            if placed.scene is None or not verdicts[-1].passed:
                return Imported(scene, tuple(verdicts), None)
            checks = {verdict.stage.value: f"passed ({verdict.method})" for verdict in verdicts}
            provenance = placed.scene.provenance
            provenance = provenance.model_copy(update={"checks": {**provenance.checks, **checks}})
            scene, file = _kept(placed.scene.model_copy(update={"provenance": provenance}), out)
            return Imported(scene, tuple(verdicts), file)
    except OSError as error:
        raise SceneError(f"{out}: cannot be written to: {error.strerror or error}") from error


def _judged(scene: Scene, store: AssetStore) -> Iterator[Verdict]:
    """Verdicts on the assets that others made, up to the first that fails."""
    from gen3d_bench.worldgen.checks.geometry import check_geometry
    from gen3d_bench.worldgen.checks.handling import check_handling

    (relation,) = scene.relations
    things = {f"objects[{k}].asset": thing for k, thing in enumerate(scene.objects)}
    for where, ref in asset_refs(scene):
        if ref.path is None:
            continue
        asset, thing = store.get(ref), things.get(where)
        name = where if thing is None else thing.name
        verdict = check_geometry(asset, made_here=False)
        yield _of(name, verdict)
        if thing is not None and verdict.passed:
            holds = relation.relation == "IN" if thing.role is Role.target else None
            request = AssetRequest("object", name, asset.info.description, 0, thing.role is Role.source, holds)
            verdict = check_handling(request, asset)
            yield _of(name, verdict)
        if not verdict.passed:
            return


def _of(name: str, verdict: Verdict) -> Verdict:
    return verdict.model_copy(update={"reason": f"{name}: {verdict.reason}"})


def _kept(scene: Scene, out: Path) -> tuple[Scene, Path]:
    """(scene, file) with the scene's assets moved to `out/assets`.  Raises SceneError where the file is another's."""
    def there(ref: AssetRef) -> AssetRef:
        return ref if ref.path is None else AssetRef(path=str((out / "assets" / Path(ref.path).name).absolute()))

    file, moved = out / f"{scene.id}.json", map_assets(scene, there)
    if os.path.lexists(file):
        try:
            same = load_scene(file) == moved
        except SceneError:
            same = False
        if not same:
            raise SceneError(f"{file}: is there already and is another scene; name this one with --id, choose another "
                             f"folder with --out, or remove the file")
    folders = {ref.path: Path(ref.path) for _, ref in asset_refs(scene) if ref.path is not None}
    for folder in folders.values():
        adopt(folder, out / "assets", folder.name.rpartition("-")[0])
    save_scene(moved, file)
    return moved, file
