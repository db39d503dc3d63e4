"""A stand-in for the workshop: scenes and records made at once, so that what runs them can be tried alone."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from gen3d_bench.scenes.schema import AssetRef, Provenance, Relation, Role, Scene, SceneObject
from gen3d_bench.worldgen.designer.graph import SceneGraph, Thing
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.jobs import Job
from gen3d_bench.worldgen.pipeline.records import (
    AssetAttempt,
    AssetRecord,
    LayoutAttempt,
    SceneAttempt,
    SceneRecord,
)
from gen3d_bench.worldgen.pipeline.scene import Made
from gen3d_bench.worldgen.pipeline.seeds import derived_seed
from gen3d_bench.worldgen.verdict import Stage, Verdict


def verdict(stage: Stage, passed: bool = True, reason: str = "as it should be") -> Verdict:
    return Verdict(stage=stage, passed=passed, reason=reason, method="by hand")


def graph() -> SceneGraph:
    return SceneGraph(
        instruction="put the pen in the pen holder",
        background="quiet study",
        context="oak desk",
        robot="widowx250s",
        source=Thing(name="pen", description="blue pen"),
        target=Thing(name="pen holder", description="black pen holder"),
        relation="IN",
        distractors=(Thing(name="notebook", description="red notebook"),),
    )


def asset(name: str, kind: str = "object", failures: int = 0, seconds: float = 1.0) -> AssetRecord:
    """An asset that passed after so many failed attempts, each of which took so many seconds, half of them checks."""
    good = verdict(Stage.geometry)
    bad = verdict(Stage.geometry, False, "two bodies")
    attempts = [
        AssetAttempt(seed=k, verdicts=(bad if k < failures else good,), seconds=seconds / 2, checks_s=seconds / 2)
        for k in range(failures + 1)
    ]
    return AssetRecord(kind=kind, name=name, description=name, attempts=tuple(attempts), sha256=f"sha of {name}")  # type: ignore[arg-type]


def accepted(scene_id: str, sentence: str = "put the pen in the pen holder", seconds: float = 4.0) -> SceneRecord:
    seen = verdict(Stage.physics).model_copy(update={"evidence": f"run/pictures/{scene_id}.webp"})
    own = [asset(f"{scene_id} {name}") for name in ("pen", "pen holder", "notebook")]
    attempt = SceneAttempt(
        seed=1,
        graph=graph(),
        assets=(asset(f"{scene_id} room", "room"), asset("the table", "table"), *own),
        layouts=(LayoutAttempt(seed=2, verdicts=(verdict(Stage.layout), seen)),),
        solvability=verdict(Stage.solvability),
    )
    return SceneRecord(id=scene_id, sentence=sentence, designer="grammar", status="accepted", attempts=(attempt,),
                       seconds=seconds)


def scene(scene_id: str, seed: int) -> Scene:
    def ref(prompt: str, number: int) -> AssetRef:
        return AssetRef(generator="procedural", prompt=prompt, seed=seed + number)

    return Scene(
        id=scene_id,
        instruction="put the pen in the pen holder",
        background=ref("quiet study", 0),
        table=ref("oak desk", 1),
        objects=(
            SceneObject(name="pen", role=Role.source, asset=ref("blue pen", 2)),
            SceneObject(name="pen holder", role=Role.target, asset=ref("black pen holder", 3)),
        ),
        relations=(Relation(subject="pen", relation="IN", object="pen holder"),),
        provenance=Provenance(designer="grammar", source="put the pen in the pen holder"),
    )


def make(config: GenerateConfig, job: Job) -> Made:
    """Does what the sentence says: makes a scene, "die"s, is "refuse"d, or takes its time ("slow")."""
    if job.task.sentence == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if job.task.sentence == "raise":
        raise RuntimeError("out of clay")
    if job.task.sentence == "refuse":
        record = SceneRecord(id=job.id, sentence="refuse", designer="grammar", status="refused", reason="no such verb")
        return Made(record)
    if job.task.sentence == "slow":
        time.sleep(0.3)
    record = accepted(job.id, job.task.sentence, seconds=time.perf_counter())
    picture = {f"run/pictures/{job.id}.webp": b"a picture"}
    return Made(record, scene(job.id, derived_seed(config.seed, job.id)), picture)


def scene_files(folder: Path) -> dict[str, bytes]:
    """What a run is for, by name."""
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.json"))}
