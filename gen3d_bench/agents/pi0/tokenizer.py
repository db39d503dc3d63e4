"""Instructions as tokens: by PaliGemma's tokenizer where the user has it, by the benchmark's own for small siblings."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

LOG = logging.getLogger(__name__)
SPECIALS = ("<pad>", "<eos>", "<bos>")
"""With ids 0, 1 and 2, as in PaliGemma."""
PAD, BOS = 0, 2
OWN = Path(__file__).parent / "data/tokenizer.json"
"""Byte-level BPE trained on the benchmark's language by scripts/build_tokenizer.py: no word is unknown to it."""


class TokenizerError(Exception):
    """A tokenizer cannot be used; the message says which and why."""


class PromptTokenizer:
    """Prompts as open-pi-zero has them: <bos>, the instruction as it is, a newline; padded and cut on the right.

    Pictures have no tokens here: the model puts their features before the prompt by itself.
    """

    def __init__(self, tokenizer: Tokenizer, length: int) -> None:
        """length: L, tokens of every prompt.  Raises TokenizerError unless <pad> and <bos> are 0 and 2."""
        for name, expected in (("<pad>", PAD), ("<bos>", BOS)):
            if tokenizer.token_to_id(name) != expected:
                raise TokenizerError(f"{name} is {tokenizer.token_to_id(name)} in this tokenizer, not {expected}: it "
                                     "is not PaliGemma's, nor gen3d-bench's own")
        self._tokenizer = tokenizer
        self._specials = {i for i, token in tokenizer.get_added_tokens_decoder().items()
                          if token.special and not token.content.isspace()}
        self.length = length
        self._told = False

    @classmethod
    def load(cls, file: Path, length: int) -> PromptTokenizer:
        """From a tokenizer.json: PaliGemma's (google/paligemma-3b-pt-224) or `OWN`.  Raises TokenizerError."""
        if not file.is_file():
            raise TokenizerError(f"no tokenizer at {file}")
        try:
            return cls(Tokenizer.from_file(str(file)), length)
        except TokenizerError as error:
            raise TokenizerError(f"{file}: {error}") from error
        except Exception as error:  # the library raises bare Exceptions
            raise TokenizerError(f"{file} is no tokenizer.json: {error}") from error

    @property
    def vocab_size(self) -> int:
        """Ids of prompts are below this: special tokens such as PaliGemma's <image> are no part of them."""
        return max(BOS, *(i for i in self._tokenizer.get_vocab().values() if i not in self._specials)) + 1

    def save(self, file: Path) -> None:
        """As a tokenizer.json."""
        file.write_text(self._tokenizer.to_str(pretty=False) + "\n", encoding="utf-8")

    def encode(self, instructions: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Ids long [B, L] and where they are real bool [B, L]."""
        # What looks like a special token is left out: it would say what no instruction may.
        texts = self._tokenizer.encode_batch([f"{text}\n" for text in instructions], add_special_tokens=False)
        rows = [[BOS, *(i for i in text.ids if i not in self._specials)] for text in texts]
        if not self._told and (longest := max(map(len, rows), default=0)) > self.length:
            self._told = True
            LOG.warning("an instruction has %d tokens, of which the model sees the first %d", longest, self.length)
        ids = torch.tensor([(row + [PAD] * self.length)[: self.length] for row in rows], dtype=torch.long)
        lengths = torch.tensor([min(len(row), self.length) for row in rows])
        return ids.view(len(rows), self.length), torch.arange(self.length) < lengths[:, None]
