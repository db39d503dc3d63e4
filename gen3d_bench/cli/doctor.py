"""`gen3d doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from gen3d_bench.cli.output import console, messages


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
