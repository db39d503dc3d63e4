#!/usr/bin/env python3
"""Trains the tokenizer of the small pi0 siblings on the language of the benchmark.  The same bytes every time.

    .venv/bin/python scripts/build_tokenizer.py
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from gen3d_bench.agents.pi0.tokenizer import OWN, SPECIALS
from gen3d_bench.scenes.bridge import TASKS
from gen3d_bench.scenes.catalog import DATA
from gen3d_bench.worldgen.procedural.families import NOUNS
from gen3d_bench.worldgen.procedural.kin import KIN
from gen3d_bench.worldgen.procedural.palette import COLOR_PHRASES, COLORS
from gen3d_bench.worldgen.procedural.vocabulary import FINISH_WORDS, MATERIAL_WORDS, PATTERN_WORDS, SHAPES, SIZES

VOCABULARY = 4096
"""The most ids, special ones and single bytes counted: what the small presets have rows for."""
VERBS = ("put", "place", "move", "set", "drop", "lay", "stack", "pick up", "take", "bring", "grab", "lift")
GOALS = ("on", "in", "into", "onto", "inside", "on top of", "next to", "to", "over", "from", "and put it in",
         "and place it on")


def sentences() -> Iterator[str]:
    """What the benchmark says, often, and what else its designers may come to say, once."""
    with (DATA / "gen3d-100.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = [row["sentence"] for row in rows] + [task.instruction for task in TASKS.values()]
    yield from said * 20
    yield from (f"the {thing}" for row in rows for thing in row["distractors"].split(";") if thing)
    colors = [*COLORS, *(" ".join(pair) for pair in COLOR_PHRASES)]
    looks = [*colors, *MATERIAL_WORDS, *FINISH_WORDS, *PATTERN_WORDS, *SIZES, *SHAPES]
    things = sorted({*NOUNS, *KIN})
    yield from (f"{verb} the {a} {goal} the {b}" for (verb, goal), a, b in
                zip(product(VERBS, GOALS), things * 2, reversed(things * 2), strict=False))
    yield from (f"put the {thing} on the {thing}" for thing in things)
    yield from (f"put the {look} {thing} in the {look} {thing}" for look, thing in zip(looks * 9, things, strict=False))
    yield from (f"the {look} thing" for look in looks)


def build() -> Tokenizer:
    """Byte-level BPE: every byte is a token of its own, so no word is unknown."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, min_frequency=2, special_tokens=list(SPECIALS), show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(sentences(), trainer)
    return tokenizer


def main() -> None:
    tokenizer = build()
    OWN.parent.mkdir(exist_ok=True)
    OWN.write_text(tokenizer.to_str(pretty=False) + "\n", encoding="utf-8")
    print(f"{OWN.relative_to(Path.cwd())}: {tokenizer.get_vocab_size()} tokens, {OWN.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
