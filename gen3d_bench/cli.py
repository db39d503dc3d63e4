"""`gen3d <verb>`: thin.  Each verb is a dataclass whose fields are its options and whose `run` makes one call.

Whatever is slow to import is imported in `run`, so that `gen3d --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Union

import tyro
from rich.console import Console

USAGE_ERROR = 2


@dataclass(frozen=True)
class Doctor:
    """Say what this machine can do: Vulkan, a first picture, CUDA, versions, cache.

    Exit code: 0 if environments run with pictures, 1 if only without, 2 if not at all.
    """

    fix: bool = False
    """First install a software renderer if none works (as root with apt-get, otherwise unpacked into your cache)."""
    json: bool = False
    """Print JSON instead of a table."""

    def run(self) -> int:
        from gen3d_bench.doctor import install, rendering, report

        if self.fix and rendering.rendering_problem() is not None:
            _err().print(f"Cannot render: {rendering.rendering_problem()}.")
            _err().print("Getting a software renderer (about 60 MB) ...")
            _err().print(f"Done: {install.provide_renderer()}.")
        found = report.examine()
        if self.json:
            print(report.as_json(found))
        else:
            report.show(found, Console())
        return found.exit_code


Verb = Union[Annotated[Doctor, tyro.conf.subcommand("doctor")],]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code.  Expected errors are one line; GEN3D_TRACEBACK=1 shows where they come from."""
    verb = tyro.cli(Verb, prog="gen3d", description=__doc__, args=arguments)
    try:
        return int(verb.run())
    except expected_errors() as error:
        if os.environ.get("GEN3D_TRACEBACK"):
            raise
        _err().print(f"[bold red]gen3d:[/bold red] {error}", markup=True, highlight=False, soft_wrap=True)
        return USAGE_ERROR


def expected_errors() -> tuple[type[Exception], ...]:
    """Errors whose message is all that a user needs."""
    from gen3d_bench.doctor.debs import PackagesUnavailable
    from gen3d_bench.doctor.rendering import RenderingUnavailable
    from gen3d_bench.scenes.errors import SceneError, StoreError, UnknownSceneError

    return SceneError, UnknownSceneError, StoreError, RenderingUnavailable, PackagesUnavailable


def _err() -> Console:
    return Console(stderr=True)


if __name__ == "__main__":
    sys.exit(main())
