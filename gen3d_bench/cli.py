"""`gen3d <verb>`: thin.  Each verb is a dataclass whose fields are its options and whose `run` makes one call.

Whatever is slow to import is imported in `run`, so that `gen3d --help` answers at once.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import tyro
from tyro.conf import OmitArgPrefixes, Positional, subcommand

from gen3d_bench.evaluation.config import ENV_ID, EvalConfig, SettingError, require_at_least
from gen3d_bench.evaluation.faults import lasting_errors, say_more_if_asked, wants_tracebacks
from gen3d_bench.extras import require

if TYPE_CHECKING:
    from rich.console import Console

DESCRIPTION = "Generated 3D worlds for training and judging robot vision-language-action models."
EXPECTED_ERROR = 2
INCOMPLETE = 1
INTERRUPTED = 130
ASSET_WORKER_BYTES = 0.4e9
"""Memory of a process that makes assets."""


@dataclass(frozen=True)
class Doctor:
    """Say what this machine can do: Vulkan, a first picture, CUDA, versions, cache.

    Exit code: 0 if environments run with pictures, 1 if only without, 2 if not at all.
    """

    fix: bool = False
    """First get a software renderer if none works: as root with apt-get, otherwise unpacked into your cache."""
    json: bool = False
    """Print JSON instead of a table."""

    def run(self) -> int:
        from gen3d_bench.doctor import install, rendering, report

        problem = rendering.rendering_problem() if self.fix else None
        if problem is not None:
            messages().print(f"Cannot render: {problem}. Getting a software renderer (about 60 MB) ...")
            messages().print(f"Done: {install.provide_renderer()}.")
        found = report.examine()
        if self.json:
            print(report.as_json(found))
        else:
            report.show(found, console())
        return found.exit_code


@dataclass(frozen=True)
class ListScenes:
    """List scenes with their instructions."""

    scenes: Positional[tuple[str, ...]] = ("all",)
    """Splits ("H0/ood"), ids ("gen3d-042"), numbers or folders."""

    def run(self) -> int:
        from rich.table import Table

        from gen3d_bench.scenes.resolve import resolve_scenes

        table = Table("id", "instruction", "distractors", box=None, pad_edge=False)
        for scene in resolve_scenes(self.scenes):
            table.add_row(scene.id, scene.instruction, ", ".join(thing.name for thing in scene.distractors))
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

        from gen3d_bench.scenes.splits import split, split_names

        table = Table("split", "scenes", "first", box=None, pad_edge=False)
        for name in split_names():
            ids = split(name)
            table.add_row(name, str(len(ids)), ", ".join(ids[:5]) + (" ..." if len(ids) > 5 else ""))
        console().print(table)
        return 0


@dataclass(frozen=True)
class Prepare:
    """Make the assets of scenes now, so that environments find them in the cache."""

    scenes: Positional[tuple[str, ...]] = ("all",)
    """Splits ("H0/ood"), ids ("gen3d-042"), numbers or folders."""

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


SceneVerb: TypeAlias = (
    Annotated[ListScenes, subcommand("list")]
    | Annotated[ShowScene, subcommand("show")]
    | Annotated[Splits, subcommand("splits")]
    | Annotated[Prepare, subcommand("prepare")]
    | Annotated[Gallery, subcommand("gallery")]
)


@dataclass(frozen=True)
class Scenes:
    """Look at scenes and their assets."""

    verb: SceneVerb

    def run(self) -> int:
        return self.verb.run()


@dataclass(frozen=True)
class Evaluate:
    """Judge a policy: run episodes, write records and a report.  A run that was stopped goes on where it was.

    Exit code: 0 if every episode has a record, 1 if some could not be run or the policy failed in all of them.
    """

    config: OmitArgPrefixes[EvalConfig]

    def run(self) -> int:
        require("eval", "jinja2", "statsmodels")
        from gen3d_bench.evaluation.runner import evaluate

        if ":" in self.config.policy:
            # Installed commands do not look in the current folder, where a policy of one's own lies.  Workers inherit
            # the path.
            sys.path.insert(0, os.getcwd())
        done = evaluate(self.config)
        overall = done.summary.overall
        if overall.errors:
            first = next(record.error for record in done.summary.records if record.error is not None)
            messages().print(f"{overall.errors} policy error{'s' * (overall.errors > 1)}: {first}", markup=False)
        print(done.report)
        return INCOMPLETE if done.summary.missing or overall.errors == overall.episodes else 0


@dataclass(frozen=True)
class Report:
    """Write the report of a run again."""

    folder: Positional[Path]
    """Where `gen3d eval` wrote its records."""

    def run(self) -> int:
        require("eval", "jinja2", "statsmodels")
        from gen3d_bench.evaluation.rebuild import rebuild_report

        print(rebuild_report(self.folder))
        return 0


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
        print(output)
        return 0


Verb: TypeAlias = (
    Annotated[Doctor, subcommand("doctor")]
    | Annotated[Scenes, subcommand("scenes")]
    | Annotated[Evaluate, subcommand("eval")]
    | Annotated[Report, subcommand("report")]
    | Annotated[Render, subcommand("render")]
)


def parse(arguments: Sequence[str] | None = None) -> Verb:
    """The verb with its options.  Exits with usage on wrong ones."""
    verb: Verb = tyro.cli(
        Verb,
        prog="gen3d",
        description=DESCRIPTION,
        args=arguments,
        config=(tyro.conf.OmitSubcommandPrefixes,),
    )
    return verb


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code.  Expected errors are one line; GEN3D_TRACEBACK=1 shows where they come from."""
    try:
        verb = parse(arguments)
        logging.basicConfig(level="INFO", format="%(message)s", handlers=[LogToMessages()])
        say_more_if_asked()
        return verb.run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if wants_tracebacks() or not isinstance(error, expected_errors()):
            raise
        messages().print(f"gen3d: {error}", markup=False)
        return EXPECTED_ERROR


def console() -> Console:
    """For what was asked for; tables fit the terminal."""
    from rich.console import Console

    return Console()


def messages() -> Console:
    """For everything said on the way: standard error, and lines are left whole."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


class LogToMessages(logging.Handler):
    """Shows log records above a progress bar, if there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        messages().print(self.format(record), markup=False)


def expected_errors() -> tuple[type[Exception], ...]:
    """Errors whose message is all that a user needs."""
    from gen3d_bench.agents.registry import UnknownPolicyError
    from gen3d_bench.doctor.debs import PackagesUnavailable
    from gen3d_bench.evaluation.pool import WorkerError
    from gen3d_bench.evaluation.storage import RunFolderError

    return (
        *lasting_errors(),
        SettingError,
        UnknownPolicyError,
        RunFolderError,
        WorkerError,
        PackagesUnavailable,
        OSError,
    )


if __name__ == "__main__":
    sys.exit(main())
