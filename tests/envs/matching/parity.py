"""How near our visual-matching setting comes to ManiSkill 3's own environments.

    MS_ASSET_DIR=... python -m tests.envs.matching.parity

measures everything and prints the table of docs/simpler.md; the tests look at the same things.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.scenes.bridge import TASKS
from tests.envs.matching.scripts import Script
from tests.envs.matching.twin import Twin, reachable_wandering, twin_of

Array = NDArray[np.float64]
Move = Callable[[Script], Iterator[Array]]

STEPS = 60
SHIFT = 1e-6
"""How far the source is moved for the second run of an official episode (m)."""
SPOON = "simpler-spoon-on-towel"


def joints_apart(twin: Twin, seeds: Iterable[int]) -> float:
    """Largest difference (rad, m) of a joint over random reachable actions through free air."""
    worst = 0.0
    for seed in seeds:
        twin.begin(seed)
        for action in reachable_wandering(seed, STEPS):
            twin.step(action)
            theirs, ours = twin.joints()
            worst = max(worst, float(np.abs(theirs - ours).max()))
    return worst


def beginnings_apart(twin: Twin, configurations: Iterable[int]) -> float:
    """Largest distance (m) of an object when an episode begins, each side having settled by itself."""
    worst = 0.0
    for k in configurations:
        twin.begin(k)
        worst = max(worst, twin.settled_apart[0])
    return worst


def rests_apart(twin: Twin, configurations: Iterable[int], seconds: float = 3.0) -> tuple[float, float]:
    """Largest distance (m) and angle (rad) of an object some time after it was let go of."""
    found = []
    for k in configurations:
        twin.drop(k)
        twin.wait(seconds)
        found.append(twin.apart())
    distances, angles = zip(*found, strict=True)
    return max(distances), max(angles)


@dataclass(frozen=True)
class Flags:
    """Success at every step of one scripted episode, there and here, and there again (see SHIFT) where asked for."""

    there: Sequence[bool]
    here: Sequence[bool]
    again: Sequence[bool] = ()


def flags(twin: Twin, episode: int, move: Move, *, again: bool = False) -> Flags:
    twin.begin(episode)
    actions, there, here = [], [], []
    for action in move(Script(twin, episode)):
        actions.append(action)
        theirs, ours = twin.step(action)
        there.append(theirs)
        here.append(ours)
    if not again:
        return Flags(there, here)
    twin.begin_there(episode, SHIFT)
    return Flags(there, here, [twin.step_there(action) for action in actions])


@dataclass(frozen=True)
class PictureDifference:
    """Of two pictures, in 255ths: the mean over all, over robot and objects, and over what is behind; and the share of
    pixels of which a channel differs by more than 8."""

    mean: float
    shown: float
    behind: float
    outliers: float


def picture_difference(twin: Twin, episode: int) -> PictureDifference:
    twin.begin(episode)
    theirs, ours, shown = twin.pictures()
    apart = np.abs(theirs - ours)
    return PictureDifference(
        float(apart.mean()), float(apart[shown].mean()), float(apart[~shown].mean()),
        float((apart.max(axis=2) > 8).mean()),
    )  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- all of it


@dataclass(frozen=True)
class Effort:
    """How much is measured: seeds of wandering, configurations that begin and that come to rest, scripted episodes (the
    first 24 see every configuration), episodes of which pictures are compared, and whether the official episodes are
    run again with the source moved."""

    wander: tuple[int, ...]
    begin: tuple[int, ...]
    rest: tuple[int, ...]
    play: tuple[int, ...]
    pictures: tuple[int, ...]
    again: bool


FULL = Effort(tuple(range(5)), tuple(range(24)), tuple(range(24)), tuple(range(50)), tuple(range(0, 24, 4)), again=True)
QUICK = Effort((0, 1), tuple(range(0, 24, 3)), tuple(range(1, 24, 5)), tuple(range(24)), (0, 13), again=False)


@dataclass(frozen=True)
class Parity:
    """What was found of a scene: largest differences (rad, m), and the flags of episodes by kind of movement."""

    joints: float
    beginnings: float
    rest: float
    rest_angle: float
    flags: dict[str, list[Flags]]
    pictures: list[PictureDifference]


def measure(scene_id: str, files: Path, effort: Effort) -> Parity:
    with twin_of(scene_id, files) as twin:
        joints = joints_apart(twin, effort.wander)
        beginnings = beginnings_apart(twin, effort.begin)
        rest, angle = rests_apart(twin, effort.rest)
        # Fingers that have lost their friction let the spoon slip when they carry it, and when is a matter of the last
        # digit, so it is drawn over the table.  How carrying fares is measured for the table only.
        moves: dict[str, Move] = {"slide": Script.slide} if scene_id == SPOON else {"carry": Script.carry}
        if effort.again and scene_id == SPOON:
            moves["carry"] = Script.carry
        played = {name: [flags(twin, k, move, again=effort.again) for k in effort.play] for name, move in moves.items()}
    with twin_of(scene_id, files, pictures=True) as twin:
        pictures = [picture_difference(twin, k) for k in effort.pictures]
    return Parity(joints, beginnings, rest, angle, played, pictures)


def table(parity: Parity) -> list[tuple[str, str]]:
    rows = [
        ("joints over 5 x 60 random reachable actions", f"{parity.joints:.1e} rad"),
        ("objects at the 24 beginnings", f"{1e3 * parity.beginnings:.3g} mm"),
        ("objects 3 s after the 24 drops", f"{1e3 * parity.rest:.3g} mm, {np.degrees(parity.rest_angle):.2g} deg"),
    ]
    for name, episodes in parity.flags.items():
        every = sum(f.there == f.here for f in episodes)
        last = sum(f.there[-1] == f.here[-1] for f in episodes)
        itself = sum(f.there == f.again for f in episodes)
        won = sum(f.there[-1] for f in episodes)
        rows.append((f"success in {len(episodes)} scripted episodes ({name}; {won} successes)",
                     f"equal at every step in {every}, at the last in {last} (upstream with the source moved by 1 um, "
                     f"against itself: {itself})"))
    pictures = parity.pictures
    mean, shown, behind = (max(getattr(p, name) for p in pictures) for name in ("mean", "shown", "behind"))
    rows.append(("pictures of 640 x 480, mean difference of 255",
                 f"{mean:.2f}; robot and objects {shown:.2f}, behind them {behind:.3f}; "
                 f"{100 * max(p.outliers for p in pictures):.2f} % of pixels beyond 8"))
    return rows


def main(scene_ids: Sequence[str]) -> None:
    """With scene ids: their `Parity` of the quick effort as JSON.  Without: the tables of all scenes."""
    files = Path(os.environ["MS_ASSET_DIR"])
    if scene_ids:
        print(json.dumps([asdict(measure(scene_id, files, QUICK)) for scene_id in scene_ids]))
        return
    tables = {scene_id: table(measure(scene_id, files, FULL)) for scene_id in TASKS}
    for scene_id, rows in tables.items():
        print(f"\n| {scene_id} | |\n|---|---|")
        for what, found in rows:
            print(f"| {what} | {found} |")


if __name__ == "__main__":
    main(sys.argv[1:])
