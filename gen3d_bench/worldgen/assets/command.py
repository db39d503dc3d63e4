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

from gen3d_bench.worldgen.assets.backend import AssetError

TAIL_LINES = 8
TAIL_BYTES = 4_000
MOST_SEED = 2**31 - 1


@dataclass(frozen=True)
class TextTo3D:
    """command: the program and what stands before its own arguments.  timeout_s: of one object; EmbodiedGen takes
    about four minutes and loads its models first."""

    command: Sequence[str] = ("text3d-cli",)
    timeout_s: float = 1800.0

    def run(self, description: str, name: str, seed: int, output: Path) -> Path:
        """The folder of the asset that it made, below `output`.

        name: of the asset, which EmbodiedGen's last check compares the mesh with.
        Its own repetitions are left on, but the pipeline's attempts, with new seeds, are what counts.
        Raises AssetError where the program is missing, fails, takes too long or leaves no asset.
        """
        program = shutil.which(self.command[0])
        if program is None:
            raise AssetError(f"EmbodiedGen's program {self.command[0]!r} is not on the PATH; install EmbodiedGen, or "
                             f"name a folder of its assets (embodiedgen:FOLDER)")
        small = str(seed % MOST_SEED)
        name = re.sub(r"[^\w' ]+", " ", name).strip() or "object"  # it becomes a folder's name
        # With "=", as a description may begin with a dash.
        arguments = [program, *self.command[1:], f"--prompts={description}", f"--asset_names={name}",
                     f"--output_root={output}", f"--seed_img={small}", f"--seed_3d={small}"]
        with tempfile.TemporaryFile() as errors:
            code = self._wait(arguments, errors.fileno())
            said = _tail(errors)
        if code is None:
            raise AssetError(f"{self.command[0]} was stopped after {self.timeout_s:g} s without an end{said}; allow it "
                             f"more time or look at its GPU")
        if code != 0:
            raise AssetError(f"{self.command[0]} failed with exit status {code}{said}")
        stem = name.replace(" ", "_")
        made = output / "asset3d" / stem
        if not made.is_dir():
            raise AssetError(f"{self.command[0]} ended well but left no folder asset3d/{stem}{said}")
        return made

    def _wait(self, arguments: list[str], errors: int) -> int | None:
        """Exit status; None if its time was up.  Whatever happens, nothing of its process group lives on."""
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
        )
        try:
            return process.wait(self.timeout_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _tail(errors: IO[bytes]) -> str:
    """The last lines that a program wrote, to end an error with."""
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - TAIL_BYTES))
    lines = [line for line in errors.read().decode("utf-8", "replace").splitlines() if line.strip()]
    return "; it said last:\n  " + "\n  ".join(lines[-TAIL_LINES:]) if lines else "; it said nothing"
