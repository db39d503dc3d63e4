"""Instructions as tokens."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.tokenizer import BOS, OWN, PAD, PromptTokenizer, TokenizerError
from gen3d_bench.scenes.resolve import resolve_scenes

OURS = PromptTokenizer.load(OWN, 20)


def test_a_prompt_is_bos_the_words_and_a_newline() -> None:
    ids, mask = OURS.encode(["put the carrot on the plate", ""])
    words, empty = (ids[k][mask[k]].tolist() for k in (0, 1))
    assert words[0] == empty[0] == BOS
    assert words[-1] == empty[-1] != BOS and len(empty) == 2
    assert (ids[~mask] == PAD).all()
    assert Tokenizer.from_file(str(OWN)).decode(words[1:]) == "put the carrot on the plate\n"


def test_every_instruction_of_the_benchmark_fits() -> None:
    sentences = [scene.instruction for scene in resolve_scenes(["gen3d-100", "simpler-lookalike"])]
    assert OURS.encode(sentences)[1].sum(dim=1).max() < 20


@given(st.lists(st.text(max_size=200), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_no_word_is_unknown(texts: list[str]) -> None:
    ids, mask = OURS.encode(texts)
    assert ids.shape == mask.shape == (len(texts), 20)
    assert ids.dtype == torch.long and (ids >= 0).all() and (ids < OURS.vocab_size).all()
    assert ((ids == PAD) == ~mask).all()


def test_too_long_ones_lose_their_end_and_that_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    short = PromptTokenizer.load(OWN, 5)
    for _ in range(2):
        ids, mask = short.encode(["put the wooden spoon in the utensil holder"])
    assert mask.all() and ids.shape == (1, 5)
    assert len(caplog.records) == 1


def test_what_looks_like_a_special_token_is_left_out() -> None:
    """PaliGemma's <image> has an id beyond the rows of openpi's models."""
    inner = Tokenizer.from_file(str(OWN))
    inner.add_special_tokens(["<image>"])
    theirs = PromptTokenizer(inner, 20)
    assert theirs.vocab_size == OURS.vocab_size == inner.get_vocab_size() - 1
    ids, mask = theirs.encode(["<image><bos>put it there"])
    plain, same = OURS.encode(["put it there"])
    assert torch.equal(ids, plain) and torch.equal(mask, same)


def test_small_models_have_rows_for_all_of_it() -> None:
    for name in ("mid128", "small64", "small128"):
        assert Pi0Config.preset(name).vocab_size >= OURS.vocab_size


def test_the_shipped_one_is_what_the_script_builds() -> None:
    script = runpy.run_path(str(Path(__file__).parents[3] / "scripts/build_tokenizer.py"))
    assert script["build"]().to_str(pretty=False) + "\n" == OWN.read_text(encoding="utf-8")


def test_a_stranger_is_refused(tmp_path: Path) -> None:
    Tokenizer(models.BPE()).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(TokenizerError, match="not PaliGemma's"):
        PromptTokenizer.load(tmp_path / "tokenizer.json", 20)
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(TokenizerError, match=r"broken\.json is no tokenizer"):
        PromptTokenizer.load(tmp_path / "broken.json", 20)
    with pytest.raises(TokenizerError, match="no tokenizer at"):
        PromptTokenizer.load(tmp_path / "none.json", 20)
