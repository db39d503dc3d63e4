"""`gen3d scenes ...` and `gen3d render`: looking at scenes and their assets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

from tyro.conf import Positional, subcommand

from gen3d_bench.cli.interchange import ExportScene, ImportScene
from gen3d_bench.cli.output import console, messages
from gen3d_bench.evaluation.config import ENV_ID, SettingError, require_at_least
from gen3d_bench.extras import require

ASSET_WORKER_BYTES = 0.4e9
"""Memory of a process that makes assets."""


@dataclass(frozen=True)
class ListScenes:
    """List scenes with their instructions."""

    scenes: Positional[tuple[str, ...]] = ("all",)
    """Sets ("simpler"), splits ("H0/ood"), ids ("gen3d-042"), numbers, folders or packs on the Hub ("hf://org/name")."""

    def run(self) -> int:
        from rich.markup import escape
        from rich.table import Table

        from gen3d_bench.scenes.resolve import resolve_scenes

        table = Table("id", "instruction", "distractors", box=None, pad_edge=False)
        for scene in resolve_scenes(self.scenes):
            beside = ", ".join(thing.name for thing in scene.distractors)
            table.add_row(*map(escape, (scene.id, scene.instruction, beside)))
        console().print(table)
        return 0


@dataclass(frozen=True)
class ShowScene:
    """Print a scene as JSON: instruction, objects and where their assets come from."""

    scene: Positional[str]
    """An id ("gen3d-042"), a number or a scene file."""

    def run(self) -> int:
        from gen3d_bench.scenes.resolve import resolve_scenes

        for scene in resolve_scenes(self.scene):
            console().print_json(scene.model_dump_json(exclude_none=True))
        return 0


@dataclass(frozen=True)
class Splits:
    """List the frozen splits."""

    def run(self) -> int:
        from rich.table import Table

        from gen3d_bench.scenes.catalog import SIMPLER
        from gen3d_bench.scenes.splits import split, split_names

        table = Table("split", "scenes", "first", box=None, pad_edge=False)
        for name in (*split_names(), SIMPLER):
            ids = split(name)
            table.add_row(name, str(len(ids)), ", ".join(ids[:5]) + (" ..." if len(ids) > 5 else ""))
        console().print(table)
        messages().print("id: for training; ood: held out from it. simpler, SimplerEnv's scenes: in distribution for "
                         "agents trained on them,\nout of distribution for agents trained on generated scenes.")
        return 0


@dataclass(frozen=True)
class Prepare:
    """Make the assets of scenes now, so that environments find them in the cache."""

    scenes: Positional[tuple[str, ...]] = ("all",)
    """Sets ("simpler"), splits ("H0/ood"), ids ("gen3d-042"), numbers, folders or packs on the Hub ("hf://org/name")."""

    workers: int = 0
    """Processes; 0 takes one per CPU core, fewer where memory is short."""

    def __post_init__(self) -> None:
        require_at_least(0, workers=self.workers)

    def run(self) -> int:
        from rich.progress import Progress

        from gen3d_bench.machine import default_workers
        from gen3d_bench.scenes.resolve import resolve_scenes
        from gen3d_bench.scenes.store import AssetStore

        store = AssetStore()
        scenes = resolve_scenes(self.scenes)
        with Progress(console=messages()) as bar:
            task = bar.add_task("Making assets", total=None)
            store.prepare(
                scenes,
                workers=self.workers or default_workers(ASSET_WORKER_BYTES),
                progress=lambda done, total, ref: bar.update(task, completed=done, total=total, description=str(ref)),
            )
        messages().print(f"The assets of {len(scenes)} scenes are in {store.root}.")
        return 0


@dataclass(frozen=True)
class Gallery:
    """Draw a contact sheet of assets: one page with a picture of each."""

    prompts: Positional[tuple[str, ...]] = ()
    """Object descriptions ("red cup"); without any, one of every family."""
    seeds: int = 1
    """Variations of each."""
    output: Path = Path("outputs/gallery")
    """Folder for the page."""

    def __post_init__(self) -> None:
        require_at_least(1, seeds=self.seeds)

    def run(self) -> int:
        from gen3d_bench.doctor.rendering import require_rendering

        require("sim", "sapien", "trimesh")
        require_rendering()
        from gen3d_bench.worldgen.gallery import make_gallery

        print(make_gallery(self.output, self.prompts or None, range(self.seeds)))
        return 0


@dataclass(frozen=True)
class ViewScenes:
    """Look at scenes in a browser: turn them, show collision parts, the camera, the workspace.  Ctrl-C ends it."""

    scenes: Positional[tuple[str, ...]]
    """Ids ("gen3d-042"), numbers, scene files, folders, splits or packs on the Hub ("hf://org/name")."""
    host: str = "127.0.0.1"
    """Address to serve at; the default is seen from this machine only."""
    port: int = 8080
    """Where to serve; the next free one is taken if it is in use."""

    def run(self) -> int:
        require("worldgen", "viser", "trimesh")
        from gen3d_bench.scenes.resolve import resolve_scenes
        from gen3d_bench.worldgen.viewer.scene_view import view

        view(resolve_scenes(self.scenes), host=self.host, port=self.port)
        return 0


SceneVerb: TypeAlias = (
    Annotated[ListScenes, subcommand("list")]
    | Annotated[ShowScene, subcommand("show")]
    | Annotated[Splits, subcommand("splits")]
    | Annotated[Prepare, subcommand("prepare")]
    | Annotated[Gallery, subcommand("gallery")]
    | Annotated[ViewScenes, subcommand("view")]
    | Annotated[ImportScene, subcommand("import")]
    | Annotated[ExportScene, subcommand("export")]
)


@dataclass(frozen=True)
class Scenes:
    """Look at scenes and their assets."""

    verb: SceneVerb

    def run(self) -> int:
        return self.verb.run()


@dataclass(frozen=True)
class Render:
    """Draw one scene as its environment starts."""

    scene: Positional[str]
    """An id ("gen3d-042"), a number, a scene file, or a split for its first scene."""
    output: Path | None = None
    """PNG file; by default outputs/<scene>.png."""
    seed: int = 0
    """Which episode: decides poses, light, colours and camera."""

    def __post_init__(self) -> None:
        require_at_least(0, seed=self.seed)
        if self.output is not None and self.output.suffix.lower() != ".png":
            raise SettingError(f"output: {self.output} does not end in .png, the kind of picture that is drawn")

    def run(self) -> int:
        import io

        import gymnasium
        import numpy as np
        from PIL import Image

        from gen3d_bench.scenes.io import write_atomic

        env = gymnasium.make(ENV_ID, scenes=self.scene, render_mode="rgb_array", randomization="eval")
        try:
            _, info = env.reset(seed=self.seed)
            picture = Image.fromarray(np.asarray(env.render()))
        finally:
            env.close()
        output = self.output or Path("outputs") / f"{info['scene_id']}.png"
        output.parent.mkdir(parents=True, exist_ok=True)
        png = io.BytesIO()
        picture.save(png, "PNG")
        write_atomic(output, png.getvalue())
        if info["stand_in"]:
            messages().print(f"not with the real assets: {info['stand_in']}", markup=False)
        print(output)
        return 0
