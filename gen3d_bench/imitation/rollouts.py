"""Episodes that a model plays while it is being trained: what counts, in the end, is whether it can do the task."""

from __future__ import annotations

from dataclasses import dataclass

from gen3d_bench.agents.pi0.checkpoints.own import LoadedModel
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.agents.pi0.policy import Pi0Policy
from gen3d_bench.agents.pi0.processing import Processor
from gen3d_bench.evaluation.config import EnvSettings, Job, episode_seed
from gen3d_bench.evaluation.episode import Env, make_env, run_episode
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.scenes.resolve import resolve_scenes

VALIDATION = 2
"""Distinguishes seeds of these episodes from those of demonstrations and evaluations."""


@dataclass(frozen=True)
class Played:
    """episodes: how many.  successes, grasps: in how many the task was done, and the object lifted."""

    episodes: int
    successes: int
    grasps: int

    def __str__(self) -> str:
        return f"plays: {self.successes} of {self.episodes} succeed, {self.grasps} grasp"

    def scalars(self) -> dict[str, float]:
        return {"success_rate": self.successes / self.episodes, "grasp_rate": self.grasps / self.episodes}


class Rollouts:
    """The same episodes at every measurement, spread over the scenes."""

    def __init__(self, config: ImitationConfig, model: Pi0, processor: Processor) -> None:
        self._policy = Pi0Policy(LoadedModel(model, processor.normalization, processor.tokenizer, ""), "in training")
        scenes = resolve_scenes(config.rollout_scenes)
        rounds = [(scenes[k % len(scenes)], k // len(scenes)) for k in range(config.rollouts)]
        self._jobs = [Job(scene, k, episode_seed(config.seed, scene.id, k, stream=(VALIDATION,)))
                      for scene, k in rounds]
        self._settings = EnvSettings(
            scenes=config.rollout_scenes, obs_mode="rgb", image_size=(224, 224), randomization="eval",
            physics="simplerenv", chunk=self._policy.chunk, stop_on_success=True, render=False,
        )
        self._env: Env | None = None

    def play(self) -> Played:
        """With the weights as they are."""
        if self._env is None:
            self._env = make_env(self._settings)
        self._policy.model.eval()
        records = [run_episode(self._env, self._policy, job, self._settings) for job in self._jobs]
        self._policy.model.train()
        return Played(len(records), sum(r.success_once for r in records), sum(r.lifted for r in records))

    def close(self) -> None:
        if self._env is not None:
            self._env.close()
