"""Which language model is asked, where, and how patiently."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gen3d_bench.cache import cache_folder

KEY_VARIABLE = "OPENAI_API_KEY"
URL_VARIABLE = "OPENAI_BASE_URL"
OPENAI_URL = "https://api.openai.com/v1"

PRICES: Mapping[str, tuple[float, float]] = MappingProxyType({
    "gpt-4o": (2.50, 10.00),
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4.1-mini": (0.40, 1.60),
    "gpt-4.1-nano": (0.10, 0.40),
    "gpt-5": (1.25, 10.00),
    "gpt-5-mini": (0.25, 2.00),
    "gpt-5-nano": (0.05, 0.40),
})
"""US dollars per million prompt and completion tokens, without the discount for prompts that the server remembers."""


@dataclass(frozen=True)
class ModelConfig:
    """A language model behind a server that speaks OpenAI's chat completions.

    name: of the model.  base_url: of the server; None takes $OPENAI_BASE_URL, else OpenAI's own.  The key is always
    $OPENAI_API_KEY, which no object here holds, so none can be saved or sent along with it.
    temperature: None leaves it to the server (some models take no other).  timeout_s: of one request.
    max_retries: how often a request is sent again that met a busy, broken or silent server.
    asks: how often the question is put before an invalid answer is given up.
    cache: folder of answers; None takes the one for everything this package can make again.
    price: US dollars per million prompt and completion tokens; None looks the model up in PRICES.
    """

    name: str = "gpt-4o"
    base_url: str | None = None
    temperature: float | None = None
    timeout_s: float = 60.0
    max_retries: int = 4
    max_output_tokens: int = 2000
    asks: int = 3
    cache: Path | None = None
    price: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for field in ("timeout_s", "max_output_tokens", "asks"):
            if getattr(self, field) <= 0:
                raise ValueError(f"{field}: {getattr(self, field)} must be more than 0")
        if self.max_retries < 0:
            raise ValueError(f"max_retries: {self.max_retries} must be 0 or more")

    @property
    def label(self) -> str:
        """What provenance and verdicts call the model ("openai:gpt-4o")."""
        return f"openai:{self.name}"

    @property
    def url(self) -> str:
        """Of the server, as the client is given it."""
        return self.base_url or os.environ.get(URL_VARIABLE) or OPENAI_URL

    @property
    def server(self) -> str:
        """Host, port and path of the server: what messages may show, without a password that the address may hold."""
        return re.sub(r"^\w+://([^/]*@)?", "", self.url).partition("?")[0].rstrip("/")

    @property
    def responses(self) -> Path:
        """Folder of cached answers."""
        return self.cache or cache_folder() / "responses"

    def cost_usd(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """What so many tokens cost, None where the price is not known.

        >>> ModelConfig("gpt-4o-2024-08-06").cost_usd(1_000_000, 100_000)
        3.5
        """
        price = self.price or PRICES.get(re.sub(r"-\d{4}-\d{2}-\d{2}$", "", self.name))
        return None if price is None else (prompt_tokens * price[0] + completion_tokens * price[1]) / 1e6
