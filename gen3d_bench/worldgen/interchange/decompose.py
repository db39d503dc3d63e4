"""Convex collision parts of a shape: the given ones where they fit what is seen, else computed, else one hull."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import QhullError

from gen3d_bench.extras import require
from gen3d_bench.worldgen.interchange.cleanup import rim
from gen3d_bench.worldgen.interchange.fit import Fit, fit
from gen3d_bench.worldgen.interchange.hulls import bodies, hull_points, is_convex, merged, volume
from gen3d_bench.worldgen.interchange.limits import MeshError
from gen3d_bench.worldgen.interchange.shape import Array, Shape
from gen3d_bench.worldgen.interchange.simplify import simplified

THRESHOLD = 0.08
"""CoACD's concavity at which a part counts as convex, in terms of the thing's size."""
FACES, OPEN_FACES = 2500, 50_000
"""Most faces that CoACD is given of a closed surface: its time grows with them, and parts of 64 corners show no more.
An open one may have more: CoACD makes a new surface of it first, and one reduced so far would have gaps."""
COACD = (sys.executable, "-I", str(Path(__file__).with_name("coacd_child.py")))
MOST_BODIES = 128
"""Most bodies of a collision mesh that are taken for parts."""


class ChildError(RuntimeError):
    """A child process did not do its work; the message says what became of it."""


@dataclass(frozen=True)
class Parts:
    """points: convex parts, each [V, 3] (m).  fit: to what is seen.  note: where they come from."""

    points: tuple[Array, ...]
    fit: Fit
    note: str

    @property
    def volume(self) -> float:
        """Sum over the parts (m^3)."""
        return sum(map(volume, self.points))


def collision_parts(
    seen: Shape, given: Sequence[Shape] | None, parts: int, vertices: int, seconds: float,
    command: Sequence[str] = COACD,
) -> Parts:  # fmt: skip
    """At most `parts` convex parts of at most `vertices` corners for a shape.

    given: pieces of the collision mesh that came with it, in the same frame.  seconds: for computing parts.
    command: the program that computes them.
    Raises MeshError where no part fits only because that program failed: with more time it might have done better.
    """
    why = "none were given"
    found: list[Parts] = []
    if given is not None:
        own = _given(seen, given, parts, vertices)
        if isinstance(own, Parts):
            if own.fit.good:
                return own
            found.append(own)
            why = f"the given ones do not fit ({own.fit})"
        else:
            why = own
    try:
        computed = [hull_points(p) for p in decomposed(seen, parts, vertices, seconds, command)]
        kept = merged(computed, parts, vertices)
        found.append(_parts(seen, kept, f"collision parts computed, {len(kept)}, as {why}"))
    except (ChildError, QhullError) as error:
        whole = merged([hull_points(seen.points[np.unique(seen.faces)])], 1, vertices)
        message = f"the convex hull is the only collision part, as {why} and computing some failed ({error})"
        found.append(_parts(seen, whole, message))
        if not any(candidate.fit.good for candidate in found):
            raise MeshError(f"no collision parts that fit: {found[-1].note}; try again, or give some") from None
    return min(found, key=lambda candidate: candidate.fit.error)


def _parts(seen: Shape, points: Sequence[Array], note: str) -> Parts:
    quality = fit(points, seen)
    return Parts(tuple(points), quality, f"{note}: {quality}")


def _given(seen: Shape, pieces: Sequence[Shape], parts: int, vertices: int) -> Parts | str:
    """The given parts, bounded, or what is wrong with them."""
    found = bodies(pieces)
    if len(found) > MOST_BODIES:
        return f"the given ones are {len(found)} bodies"
    bent = sum(not is_convex(body) for body in found)
    if bent:
        return f"{bent} of the {len(found)} given ones {'is' if bent == 1 else 'are'} not convex"
    low, high = seen.bounds
    all_points = np.vstack([body.points[np.unique(body.faces)] for body in found])
    apart = max(np.abs(all_points.min(axis=0) - low).max(), np.abs(all_points.max(axis=0) - high).max())
    if apart > max(0.002, 0.1 * float((high - low).max())):
        return f"the bounding box of the given ones is {1000 * apart:.0f} mm off"
    kept = merged([hull_points(body.points[np.unique(body.faces)]) for body in found], parts, vertices)
    fewer = f" (merged from {len(found)})" if len(kept) < len(found) else ""
    return _parts(seen, kept, f"{len(kept)} given collision parts{fewer}")


def decomposed(
    seen: Shape, parts: int, vertices: int, seconds: float, command: Sequence[str] = COACD
) -> list[Array]:
    """Convex parts [V, 3] computed by CoACD in a child process.  Raises ChildError, MissingExtra."""
    require("worldgen", "coacd")
    mesh = simplified(seen, OPEN_FACES if len(rim(seen.faces)) else FACES, whole=False)
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "in.npz", Path(name) / "out.npz"
        np.savez(source, points=mesh.points, faces=mesh.faces, threshold=THRESHOLD, parts=parts, vertices=vertices,
                 seconds=seconds)
        # An isolated Python has not what only PYTHONPATH names; and nothing may come from where the user happens to be.
        folders = [folder for folder in sys.path if os.path.isabs(folder) and os.path.realpath(folder) != os.getcwd()]
        run_child([*command, str(source), str(target), *folders], seconds)
        try:
            with np.load(target, allow_pickle=False) as result:
                found = [np.asarray(result[f"part{k}"], np.float64) for k in range(len(result.files))]
        except (OSError, ValueError, KeyError) as error:
            raise ChildError(f"left no result: {error}") from None
    if not found or not all(len(part) >= 4 and np.isfinite(part).all() for part in found):
        raise ChildError("found no parts")
    return found


def run_child(command: Sequence[str], seconds: float) -> None:
    """Runs a command, ended after `seconds`.  Raises ChildError unless it succeeds."""
    # One thread: sums of several in whatever order would not be the same every time.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, timeout=seconds, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ChildError(f"took more than {seconds:g} s") from None
    except OSError as error:
        raise ChildError(f"could not be started: {error.strerror or error}") from None
    if done.returncode < 0:
        raise ChildError(f"ended by {signal.Signals(-done.returncode).name}")
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200]
        raise ChildError(f"failed: {last or f'exit status {done.returncode}'}")
