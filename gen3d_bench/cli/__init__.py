"""`gen3d <verb>`: thin.  Each verb is a dataclass whose fields are its options and whose `run` makes one call.

Whatever is slow to import is imported in `run`, so that `gen3d --help` answers at once.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated, TypeAlias

import tyro
from tyro.conf import subcommand

from gen3d_bench.cli.assets import Assets
from gen3d_bench.cli.demos import Demos
from gen3d_bench.cli.doctor import Doctor
from gen3d_bench.cli.evaluation import Evaluate, Report
from gen3d_bench.cli.generation import Generate
from gen3d_bench.cli.output import INTERRUPTED, LogToMessages, messages
from gen3d_bench.cli.pi0 import Pi0Models
from gen3d_bench.cli.scenes import Render, Scenes
from gen3d_bench.cli.serve import Serve
from gen3d_bench.cli.train import Train
from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.evaluation.faults import lasting_errors, loaded_errors, say_more_if_asked, wants_tracebacks

DESCRIPTION = "Generated 3D worlds for training and judging robot vision-language-action models."
EXPECTED_ERROR = 2
READER_GONE = 141
GENERATION_ERRORS = (
    ("gen3d_bench.worldgen.assets.backend", "AssetError"),
    ("gen3d_bench.worldgen.assets.backend", "SourceUnavailable"),
    ("gen3d_bench.worldgen.designer.protocol", "DesignError"),
    ("gen3d_bench.worldgen.interchange.limits", "MeshError"),
    ("gen3d_bench.worldgen.llm.errors", "LanguageModelError"),
    ("gen3d_bench.worldgen.viewer.scene_view", "ViewerError"),
)
"""Module and class of errors that are about what is generated or imported."""
LEARNING_ERRORS = (
    ("gen3d_bench.agents.policy", "PolicyUnavailable"),
    ("gen3d_bench.agents.remote.protocol", "ProtocolError"),
    ("gen3d_bench.agents.pi0.checkpoints.strict", "CheckpointError"),
    ("gen3d_bench.agents.pi0.configuration", "ConfigurationError"),
    ("gen3d_bench.agents.pi0.statistics", "NormalizationError"),
    ("gen3d_bench.agents.pi0.tokenizer", "TokenizerError"),
    ("gen3d_bench.imitation.episode_file", "DemonstrationError"),
)
"""The same of errors that are about models and what they learn from."""

Verb: TypeAlias = (
    Annotated[Doctor, subcommand("doctor")]
    | Annotated[Scenes, subcommand("scenes")]
    | Annotated[Evaluate, subcommand("eval")]
    | Annotated[Report, subcommand("report")]
    | Annotated[Render, subcommand("render")]
    | Annotated[Generate, subcommand("generate")]
    | Annotated[Assets, subcommand("assets")]
    | Annotated[Demos, subcommand("demos")]
    | Annotated[Train, subcommand("train")]
    | Annotated[Serve, subcommand("serve")]
    | Annotated[Pi0Models, subcommand("pi0")]
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
        logging.basicConfig(level="WARNING", format="%(message)s", handlers=[LogToMessages()])
        logging.getLogger("gen3d_bench").setLevel("INFO")
        logging.getLogger("huggingface_hub").propagate = False  # it writes its lines itself
        say_more_if_asked()
        return verb.run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # Whoever reads (`| head`) has seen enough; what is still to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except Exception as error:
        if wants_tracebacks() or not isinstance(error, expected_errors()):
            raise
        messages().print(f"gen3d: {error}", markup=False)
        return EXPECTED_ERROR


def expected_errors() -> tuple[type[Exception], ...]:
    """Errors whose message is all that a user needs."""
    from gen3d_bench.agents.registry import UnknownPolicyError
    from gen3d_bench.doctor.debs import PackagesUnavailable
    from gen3d_bench.evaluation.pool import WorkerError
    from gen3d_bench.evaluation.storage import RunFolderError

    return (
        *lasting_errors(),
        *loaded_errors(GENERATION_ERRORS + LEARNING_ERRORS),
        SettingError,
        UnknownPolicyError,
        RunFolderError,
        WorkerError,
        PackagesUnavailable,
        OSError,
    )
