"""pi0 as a policy of the benchmark."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gen3d_bench.agents.pi0.checkpoints.own import LoadedModel, load_model
from gen3d_bench.agents.pi0.modeling import Pi0Inputs
from gen3d_bench.agents.pi0.processing import Processor
from gen3d_bench.agents.policy import EpisodeStart, Observations, slots_of

LOG = logging.getLogger(__name__)
STRANGE = 0.5
"""Share of state values beyond the range of the training data from which statistics are doubted."""
FIRST_DECISIONS = 8
"""Decisions that are looked at for that."""


class Pi0Policy:
    """Samples a chunk of actions for each observation.

    The noise of a decision follows from the policy's seed, the episode's seed and how many decisions came before, so an
    episode does not depend on what runs beside it.
    """

    obs_mode: Literal["rgb", "state"] = "rgb"

    def __init__(self, loaded: LoadedModel, name: str, *, seed: int = 0, steps: int | None = None) -> None:
        """steps: K, by default the model's."""
        self.name, self.seed = name, seed
        self.model = loaded.model
        self.processor = Processor(self.model.config, loaded.normalization, loaded.tokenizer)
        self.chunk = self.model.config.horizon
        self.steps = self.model.config.steps if steps is None else steps
        self._sample: Callable[[Pi0Inputs, Tensor, int], Tensor] = self.model.sample
        self._episodes: dict[int, tuple[int, int]] = {}
        self._looked, self._beyond = 0, 0.0

    @classmethod
    def from_pretrained(
        cls, folder: str | Path, *, seed: int = 0, steps: int | None = None, device: str | None = None,
        name: str | None = None,
    ) -> Pi0Policy:
        """From a model folder.  On a GPU where there is one (then in bfloat16), unless `device` says otherwise; on a
        CPU in float32, or in bfloat16 where weights are saved so and the CPU computes in it: 3.2B parameters then
        take half the memory.

        Raises CheckpointError, NormalizationError, TokenizerError.
        """
        chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
        folder = Path(folder)
        loaded = load_model(folder)
        half = chosen.startswith("cuda") or (loaded.model.dtype == torch.bfloat16 and computes_bfloat16())
        loaded.model.to(chosen, torch.bfloat16 if half else torch.float32)
        return cls(loaded, name or folder.name, seed=seed, steps=steps)

    def compile(self) -> None:
        """Sample by torch.compile from now on, with CUDA graphs on a GPU.  The first decisions then take minutes (those
        of one observation, and of several), later ones less time; on a CPU a C++ compiler is needed."""
        on_gpu = next(self.model.parameters()).is_cuda
        self._sample = torch.compile(self.model.sample, mode="reduce-overhead" if on_gpu else "default")

    def reset(self, episodes: Mapping[int, EpisodeStart]) -> None:
        """Begin new episodes in these slots."""
        for slot, start in episodes.items():
            self._episodes[slot] = (start.seed, 0)

    def infer(self, observations: Observations) -> NDArray[np.float32]:
        """Actions float32 [B, C, 7]."""
        proprio = np.asarray(observations["proprio"], np.float32)
        self._look_at(proprio)
        inputs = self.processor.inputs(np.asarray(observations["image"]), observations["instruction"], proprio)
        device, dtype = next(self.model.parameters()).device, self.model.dtype
        slots = slots_of(observations)
        noise = self._noise(slots)
        with torch.inference_mode():
            actions = self._sample(inputs.to(device, dtype), noise.to(device, dtype), self.steps)
        for slot in slots:  # one that failed may be asked for again and does not count
            episode, decision = self._episodes.get(slot, (0, 0))
            self._episodes[slot] = (episode, decision + 1)
        return self.processor.decode_actions(actions.float().cpu().numpy())

    def _noise(self, slots: Sequence[int]) -> Tensor:
        config = self.model.config
        rows = []
        for slot in slots:
            episode, decision = self._episodes.get(slot, (0, 0))
            rng = np.random.default_rng([self.seed, episode, decision])
            rows.append(rng.standard_normal((config.horizon, config.action_dim), np.float32))
        return torch.from_numpy(np.stack(rows))

    def _look_at(self, proprio: NDArray[np.float32]) -> None:
        """Warn once if states look unlike those of training: wrong statistics are a common mistake and say nothing."""
        if self._looked >= FIRST_DECISIONS:
            return
        statistics = self.processor.normalization
        if statistics.kind != "bound":
            return
        beyond = (proprio < np.array(statistics.proprio_low)) | (proprio > np.array(statistics.proprio_high))
        self._beyond += float(beyond.mean())
        self._looked += 1
        if self._looked == FIRST_DECISIONS and self._beyond / FIRST_DECISIONS > STRANGE:
            LOG.warning("%s: %.0f%% of what the robot's state is lies outside what the model was trained on (%s): are "
                        "these the right statistics?", self.name, 100 * self._beyond / FIRST_DECISIONS,
                        statistics.source)


def computes_bfloat16() -> bool:
    """Whether this CPU multiplies in bfloat16; others emulate it, ten times slower than float32."""
    said: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # older torches do not say
    return any(has for name, has in said.items() if name.endswith("bf16"))


def make_from(source: str, seed: int) -> Pi0Policy:
    """From a model folder, or a repository on the Hugging Face Hub ("org/name" or "org/name@revision")."""
    from gen3d_bench.agents.pi0.checkpoints.download import model_folder

    folder = model_folder(source)
    told = folder.resolve() if Path(source).expanduser().is_dir() else Path(source)
    # A training run's model lies in its subfolder "model", which tells nobody anything.
    return Pi0Policy.from_pretrained(folder, seed=seed, name=told.parent.name if told.name == "model" else told.name)
