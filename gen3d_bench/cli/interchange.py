"""`gen3d assets import`, `gen3d scenes import`, `gen3d scenes export`: from and to what others use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from gen3d_bench.cli.evaluation import INCOMPLETE
from gen3d_bench.cli.output import messages
from gen3d_bench.extras import require

NEEDED = ("coacd", "defusedxml", "pebble", "trimesh")
OBJECT_SECONDS = 600.0
"""For one object: whatever it makes of its process, the others come after it."""


@dataclass(frozen=True)
class ImportScene:
    """Bring in a scene that EmbodiedGen designed: its objects, in the robot's workspace, checked like any other.

    Of its looks nothing is checked: nobody here asked for them.
    Exit code: 0 if it passed every check and was kept, 1 if not.
    """

    layout: Positional[Path]
    """A layout.json, or its folder."""
    out: Path = Path("outputs/imported")
    """Folder for the scene and its assets."""
    id: str | None = None
    """Name of the scene; by default that of the layout's folder."""
    source: str | None = None
    """Object that the robot takes, where the sentence leaves it open."""
    target: str | None = None
    """Object that it goes to, where the sentence leaves it open."""
    relation: Literal["ON", "IN"] | None = None
    """Whether it goes on or in the target; by default what the sentence and the target's shape say."""
    accept_flagged: bool = False
    """Take objects that EmbodiedGen's own checks rejected, too."""
    seed: int = 0
    """Decides where things stand."""

    def run(self) -> int:
        require("worldgen", *NEEDED)
        from gen3d_bench.worldgen.interchange.embodiedgen_read import LayoutOptions
        from gen3d_bench.worldgen.pipeline.imported import import_scene

        options = LayoutOptions(id=self.id, source=self.source, target=self.target, relation=self.relation,
                                accept_flagged=self.accept_flagged, seed=self.seed)
        done = import_scene(self.layout, self.out, options)
        for note in done.scene.provenance.notes:
            messages().print(f"note: {note}", markup=False)
        for verdict in done.verdicts:
            passed = "passed" if verdict.passed else "FAILED"
            messages().print(f"{verdict.stage.value}: {passed}: {verdict.reason}", markup=False)
        if done.file is None:
            return INCOMPLETE
        print(done.file)
        return 0


@dataclass(frozen=True)
class ExportScene:
    """Write a scene in EmbodiedGen's format, so that its sim-cli opens it."""

    scene: Positional[str]
    """An id ("gen3d-042"), a number or a scene file."""
    to: Path
    """New folder for layout.json, assets and background."""

    def run(self) -> int:
        require("worldgen", *NEEDED)
        from gen3d_bench.scenes.resolve import resolve_scenes
        from gen3d_bench.scenes.store import AssetStore
        from gen3d_bench.worldgen.interchange.embodiedgen_write import export_scene

        scene, *_ = resolve_scenes(self.scene)
        print(export_scene(scene, AssetStore(), self.to))
        return 0


@dataclass(frozen=True)
class ImportAssets:
    """Bring objects into a library: every GLB, OBJ, DAE or URDF file of a folder, with or without collision meshes.

    Exit code: 0 if every object is in the library, 1 if some could not be imported.
    """

    source: Positional[Path]
    """Folder with the objects."""
    into: Path
    """Library to put them in; `gen3d generate --objects library:FOLDER` takes them from there."""
    accept_flagged: bool = False
    """Take objects that EmbodiedGen's own checks rejected, too."""

    def run(self) -> int:
        require("worldgen", *NEEDED)
        from rich.progress import Progress

        from gen3d_bench.worldgen.executors import in_processes
        from gen3d_bench.worldgen.interchange.objects import import_folder

        with Progress(console=messages()) as bar:
            task = bar.add_task("Importing", total=None)
            report = import_folder(
                self.source, self.into,
                progress=lambda done, total, name: bar.update(task, completed=done, total=total, description=name),
                accept_flagged=self.accept_flagged,
                run=partial(in_processes, workers=1, stall_s=OBJECT_SECONDS),
            )
        for name, reason in report.failed.items():
            messages().print(f"{name}: {reason}", markup=False)
        messages().print(f"{len(report.imported)} imported, {len(report.unchanged)} there already, "
                         f"{len(report.failed)} failed")
        print(self.into)
        return INCOMPLETE if report.failed else 0
