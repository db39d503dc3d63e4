"""EmbodiedGen's `text3d-cli`, run as a process of its own: its models need an environment and a GPU of their own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gen3d_bench.worldgen.assets.backend import AssetError, SourceUnavailable

TAIL_LINES = 8
TAIL_BYTES = 4_000
MOST_SEED = 2**31 - 1
CANNOT_START = (126, 127)
"""Exit statuses of a shell whose program is not one, or has gone."""
GUARD = 'exec 3<&0; (read -r _ <&3; kill -KILL 0) & "$@" 3<&- </dev/null & wait $!'
"""For `sh -c`: runs a program in the shell's process group, and ends the group as soon as its standard input closes.
Whoever holds the other end of that pipe need do nothing for it: being killed is enough."""


@dataclass(frozen=True)
class TextTo3D:
    """command: the program and what stands before its own arguments.  timeout_s: of one object; EmbodiedGen takes
    about four minutes and loads its models first."""

    command: Sequence[str] = ("text3d-cli",)
    timeout_s: float = 1800.0

    def program(self) -> str:
        """Where the program lies.  Raises SourceUnavailable."""
        program = shutil.which(self.command[0])
        if program is None:
            raise SourceUnavailable(f"EmbodiedGen's program {self.command[0]!r} is not on the PATH; install "
                                    f"EmbodiedGen, or name a folder of its assets (embodiedgen:FOLDER)")
        return program

    def run(self, description: str, name: str, seed: int, output: Path) -> Path:
        """The folder of the asset that it made, below `output`.

        name: of the asset, which EmbodiedGen's last check compares the mesh with.
        Its own repetitions are left on, but the pipeline's attempts, with new seeds, are what counts.
        Raises AssetError where it fails or leaves no asset, SourceUnavailable where it cannot be started or takes too
        long; OSError.
        """
        program = self.program()
        small = str(seed % MOST_SEED)
        name = re.sub(r"[^\w' ]+", " ", name).strip() or "object"  # it becomes a folder's name
        # With "=", as a description may begin with a dash.
        arguments = [program, *self.command[1:], f"--prompts={description}", f"--asset_names={name}",
                     f"--output_root={output}", f"--seed_img={small}", f"--seed_3d={small}"]
        with tempfile.TemporaryFile() as errors:
            code = self._wait(arguments, errors.fileno())
            said = _tail(errors)
        if code is None:
            raise SourceUnavailable(f"{self.command[0]} was stopped after {self.timeout_s:g} s without an end{said}; "
                                    f"allow it more time or look at its GPU")
        if code in CANNOT_START:
            raise SourceUnavailable(f"{program} cannot be started{said}")
        if code != 0:
            raise AssetError(f"{self.command[0]} failed with exit status {code}{said}")
        stem = name.replace(" ", "_")
        made = output / "asset3d" / stem
        if not made.is_dir():
            raise AssetError(f"{self.command[0]} ended well but left no folder asset3d/{stem}{said}")
        return made

    def _wait(self, arguments: list[str], errors: int) -> int | None:
        """Exit status (128 and more: ended by a signal); None if its time was up.

        Nothing of its process group lives on, whether its time is up, it leaves children, or this process is killed.
        """
        with subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "sh", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
        ) as process:
            try:
                return process.wait(self.timeout_s)
            except subprocess.TimeoutExpired:
                return None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _tail(errors: IO[bytes]) -> str:
    """The last lines that a program wrote, to end an error with."""
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - TAIL_BYTES))
    lines = [line for line in errors.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return "; it said last:\n  " + "\n  ".join(lines[-TAIL_LINES:]) if lines else "; it said nothing"
