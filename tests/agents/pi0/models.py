"""A whole model small enough to be made in a test."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from gen3d_bench.agents.pi0.checkpoints.own import save_model
from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.statistics import Normalization
from gen3d_bench.agents.pi0.tokenizer import OWN, PromptTokenizer
from tests.agents.pi0.test_modeling import TINY, model_of

SPEAKING = replace(TINY, vocab_size=4096, text_tokens=20, action_clip=1.0)
"""TINY with a row for every token."""


def tokenizer(config: Pi0Config = SPEAKING) -> PromptTokenizer:
    return PromptTokenizer.load(OWN, config.text_tokens)


def saved_model(folder: Path, config: Pi0Config = SPEAKING, dtype: torch.dtype | None = None) -> Path:
    save_model(folder, model_of(config), Normalization.bridge(), tokenizer(config), "# A test", dtype)
    return folder
