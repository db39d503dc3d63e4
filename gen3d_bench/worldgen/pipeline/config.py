"""What to generate, how, how carefully to check it, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gen3d_bench.evaluation.config import SettingError, require_at_least
from gen3d_bench.machine import default_workers
from gen3d_bench.scenes.schema import MAX_OBJECTS

WORKER_BYTES = 1.4e9
"""Memory of a worker with a renderer, a physical world and the meshes that it checks."""


@dataclass(frozen=True)
class GenerateConfig:
    """How scenes are generated."""

    n: int = 1
    """Scenes per task.  A finished run can be continued with a larger number."""
    out: Path = Path("outputs/scenes")
    """Folder for the scenes, their pictures and the report."""
    designer: Literal["grammar", "openai"] = "grammar"
    """Who makes a scene of a sentence: rules that run here, or a language model behind OPENAI_BASE_URL."""
    checker: Literal["measured", "openai"] = "measured"
    """Who judges looks: measured colours and silhouettes, or a vision model behind OPENAI_BASE_URL."""
    model: str = "gpt-4o"
    """Name of the language model."""
    objects: str = "procedural"
    """Where objects come from: "procedural" (made here), "library" or "library:FOLDER" (what was made or imported
    before), "embodiedgen:FOLDER" (what EmbodiedGen made) or "embodiedgen" (its command, if installed)."""
    distractors: int | None = None
    """Objects besides source and target; by default one to three, drawn per scene."""
    similar: int = 0
    """How many of them look like the source or the target."""
    seed: int = 0
    """All seeds follow from this one."""
    asset_attempts: int = 4
    """How often an object is made, with a new seed each time, until it passes its checks or its scene is given up."""
    layout_attempts: int = 4
    """How often the objects of a scene are arranged."""
    scene_attempts: int = 3
    """How often a task is begun anew, from the design on."""
    episodes: int = 3
    """Randomized episodes that the oracle plays in a scene ..."""
    needed: int = 2
    """... and how many of them it must solve."""
    workers: int = 0
    """Processes; 0 takes one per CPU core, fewer where memory is short."""
    ray: bool = False
    """Spread over a Ray cluster: the one that RAY_ADDRESS names, else one started on this machine."""
    stall_s: float = 0.0
    """A scene that takes longer than this is given up; 0 takes 15 minutes, or 6 hours where EmbodiedGen's command makes
    every object."""

    def __post_init__(self) -> None:
        require_at_least(1, n=self.n, asset_attempts=self.asset_attempts, layout_attempts=self.layout_attempts,
                         scene_attempts=self.scene_attempts, episodes=self.episodes)
        require_at_least(0, seed=self.seed, workers=self.workers, similar=self.similar, needed=self.needed)
        most = MAX_OBJECTS - 2
        if self.distractors is not None and not 0 <= self.distractors <= most:
            raise SettingError(f"distractors: {self.distractors} is not from 0 to {most}")
        if self.similar > (most if self.distractors is None else self.distractors):
            raise SettingError(f"similar: {self.similar} is more than the number of distractors")
        if self.needed > self.episodes:
            raise SettingError(f"needed: {self.needed} is more than the number of episodes, {self.episodes}")
        if not self.stall_s >= 0:
            raise SettingError(f"stall_s: {self.stall_s} must not be negative")

    @property
    def worker_count(self) -> int:
        return self.workers or default_workers(WORKER_BYTES)

    @property
    def scene_limit_s(self) -> float:
        """Seconds that one scene may take."""
        return self.stall_s or (6 * 3600.0 if self.objects == "embodiedgen" else 900.0)

    def anchored(self) -> GenerateConfig:
        """With absolute paths: processes and machines need not stand in the same folder."""
        kind, colon, folder = self.objects.partition(":")
        objects = f"{kind}:{Path(folder).expanduser().absolute()}" if colon and folder else self.objects
        return replace(self, out=self.out.expanduser().absolute(), objects=objects)

    def identity(self) -> dict[str, Any]:
        """The fields that a run cannot change when it is continued, in JSON types."""
        uses_model = "openai" in (self.designer, self.checker)
        return {
            "designer": self.designer,
            "checker": self.checker,
            "model": self.model if uses_model else None,
            "objects": self.objects,
            "distractors": self.distractors,
            "similar": self.similar,
            "seed": self.seed,
            "asset_attempts": self.asset_attempts,
            "layout_attempts": self.layout_attempts,
            "scene_attempts": self.scene_attempts,
            "episodes": self.episodes,
            "needed": self.needed,
        }
