"""One scene: designed, its assets made and judged, laid out, settled and solved, until everything passes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from gen3d_bench.machine import peak_memory_mb
from gen3d_bench.scenes.schema import Provenance, Relation, Role, Scene, SceneObject
from gen3d_bench.worldgen.assets.backend import AssetRequest, MadeAsset, SourceUnavailable
from gen3d_bench.worldgen.designer.graph import SceneGraph
from gen3d_bench.worldgen.designer.protocol import Design, DesignError, Difficulty
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.jobs import Job
from gen3d_bench.worldgen.pipeline.records import SceneAttempt, SceneRecord, Status
from gen3d_bench.worldgen.pipeline.seeds import derived_seed
from gen3d_bench.worldgen.pipeline.workshop import Workshop, workshop
from gen3d_bench.worldgen.verdict import Verdict


@dataclass(frozen=True)
class Made:
    """What becomes of a job.  scene: if accepted.  pictures: encoded images by path relative to the run's folder."""

    record: SceneRecord
    scene: Scene | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def make_scene(config: GenerateConfig, job: Job) -> Made:
    """A scene that passes every check, or the record of why there is none.

    The same settings and job give the same scene, in any process and whatever ran before.
    """
    from gen3d_bench.envs.engine import forget_meshes
    from gen3d_bench.worldgen.llm.errors import LanguageModelError

    began = time.perf_counter()
    shop = workshop(config)
    maker, asked = _Maker(shop, config, job), shop.usage
    status: Status = "rejected"
    scene, reason = None, ""
    for number in range(config.scene_attempts):
        try:
            scene = maker.attempt(number)
        except DesignError as error:
            status, reason = "refused", str(error)
            break
        except (LanguageModelError, SourceUnavailable) as error:
            status, reason = "failed", str(error)
            break
        last = maker.attempts[-1]
        reason = last.why_not
        if scene is not None:
            status = "accepted"
            break
        if not last.reached:
            status = "failed"
            break
    record = SceneRecord(
        id=job.id,
        sentence=job.task.sentence,
        distractors=job.task.distractors,
        designer=shop.designer.name,
        status=status,
        reason=reason,
        attempts=tuple(maker.attempts),
        seconds=time.perf_counter() - began,
        usage=shop.usage - asked,
        peak_mb=peak_memory_mb(),
    )
    forget_meshes()  # no other scene uses them
    return Made(record, scene, maker.pictures)


class _Maker:
    """Tries one job; keeps what was tried."""

    def __init__(self, shop: Workshop, config: GenerateConfig, job: Job) -> None:
        self.shop, self.config, self.job = shop, config, job
        self.attempts: list[SceneAttempt] = []
        self.pictures: dict[str, bytes] = {}

    def attempt(self, number: int) -> Scene | None:
        """Once from the design to the oracle; what happened is appended to `attempts`.

        Raises DesignError, LanguageModelError, SourceUnavailable.
        """
        seed = derived_seed(self.config.seed, self.job.id, number)
        difficulty = Difficulty(self.config.distractors, self.config.similar)
        design = self.shop.designer.design(self.job.task, seed, difficulty)
        done = SceneAttempt(seed=seed, graph=design.graph, notes=design.notes)
        scene, done = self._built(design, done)
        if scene is not None:
            scene, done = self._laid_out(scene, done)
        if scene is not None:
            done = done.model_copy(update={"solvability": self._solved(scene)})
            scene = self._finished(scene, done) if done.passed else None
        self.attempts.append(done)
        return scene

    # --------------------------------------------------------------------------------------------------------- assets

    def _built(self, design: Design, done: SceneAttempt) -> tuple[Scene | None, SceneAttempt]:
        """The scene without poses, once every asset of it has passed."""
        from gen3d_bench.worldgen.pipeline.asset import take_asset

        taken: list[MadeAsset] = []
        records = []
        for number, request in enumerate(_requests(design.graph, done.seed, self.shop.backend.to_order)):
            evidence = f"run/evidence/{self.job.id}/{len(self.attempts) + 1}-{number}"
            result = take_asset(self.shop, request, self.config.out, self.config.asset_attempts, evidence)
            records.append(result.record)
            self.pictures.update(result.pictures)
            if result.made is None:
                return None, done.model_copy(update={"assets": tuple(records)})
            taken.append(result.made)
        return self._scene(design.graph, taken), done.model_copy(update={"assets": tuple(records)})

    def _scene(self, graph: SceneGraph, taken: Sequence[MadeAsset]) -> Scene:
        task, (room, table, *things) = self.job.task, taken
        objects = tuple(
            SceneObject(name=thing.name, role=role, asset=made.ref)
            for (role, thing), made in zip(graph.things, things, strict=True)
        )
        goal = Relation(subject=graph.goal.child, relation=graph.goal.relation, object=graph.goal.parent)
        return Scene(
            id=self.job.id,
            instruction=graph.instruction,
            background=room.ref,
            table=table.ref,
            objects=objects,
            relations=(goal,),
            provenance=Provenance(designer=self.shop.designer.name, source=task.source or task.sentence),
        )

    # --------------------------------------------------------------------------------------------------------- layout

    def _laid_out(self, scene: Scene, done: SceneAttempt) -> tuple[Scene | None, SceneAttempt]:
        """The scene with nominal poses at which it settles and is not done already."""
        from gen3d_bench.worldgen.pipeline.placing import place_scene

        evidence = f"run/pictures/{self.job.id}.webp"
        placed = place_scene(scene, self.shop.store, done.seed, self.config.layout_attempts, evidence)
        if placed.picture is not None:
            self.pictures[evidence] = placed.picture
        return placed.scene, done.model_copy(update={"layouts": placed.attempts})

    # ---------------------------------------------------------------------------------------------------- solvability

    def _solved(self, scene: Scene) -> Verdict:
        from gen3d_bench.worldgen.checks.solvability import check_solvability

        config = self.config
        seed = derived_seed(config.seed, "solvability")  # no evaluation plays these episodes
        return check_solvability(scene, self.shop.store, config.episodes, config.needed, seed)

    def _finished(self, scene: Scene, done: SceneAttempt) -> Scene:
        """The scene with what is known of its making: methods, not measurements, which depend on the machine's
        arithmetic."""
        methods: dict[str, set[str]] = {}
        verdicts = [verdict for asset in done.assets for verdict in asset.attempts[-1].verdicts]
        verdicts += [*done.layouts[-1].verdicts, *([done.solvability] if done.solvability is not None else [])]
        for verdict in verdicts:
            methods.setdefault(verdict.stage.value, set()).add(verdict.method)
        checks = {stage: f"passed ({', '.join(sorted(found))})" for stage, found in methods.items()}
        notes = (*done.notes, *(f"{asset.name}: {note}" for asset in done.assets for note in asset.notes))
        provenance = scene.provenance.model_copy(update={"checks": checks, "notes": notes})
        return scene.model_copy(update={"provenance": provenance})


def _requests(graph: SceneGraph, seed: int, to_order: bool) -> list[AssetRequest]:
    """Room, table, and every object in the order of the scene.  to_order: as AssetBackend.to_order."""
    requests = [
        AssetRequest("room", "background", graph.background, seed),
        AssetRequest("table", "table", graph.context, seed),
    ]
    for role, thing in graph.things:
        holds = (graph.relation == "IN") if role is Role.target else None
        requests.append(
            AssetRequest("object", thing.name, thing.description if to_order else thing.name, seed,
                         grasped=role is Role.source, holds=holds))
    return [replace(request, seed=derived_seed(seed, "asset", k)) for k, request in enumerate(requests)]
