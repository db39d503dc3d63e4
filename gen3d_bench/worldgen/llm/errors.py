"""What keeps a language model from answering, in one line that says what, where and what to do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gen3d_bench.worldgen.llm.config import KEY_VARIABLE, OPENAI_URL, URL_VARIABLE, ModelConfig

if TYPE_CHECKING:
    import openai

MAX_QUOTE = 300
"""Letters of a server's own words that are quoted."""


class LanguageModelError(RuntimeError):
    """A language model gave no valid answer."""


def quoted(text: str) -> str:
    """Somebody else's words as one line without the key, cut to MAX_QUOTE letters."""
    key = os.environ.get(KEY_VARIABLE)
    if key:
        text = text.replace(key, "***")
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 3] + "..."


def no_address(config: ModelConfig) -> LanguageModelError:
    """For a server's address that is none."""
    return LanguageModelError(
        f"{config.server!r} is no server's address to ask {config.name!r} at; base_url, else {URL_VARIABLE}, "
        f"looks like {OPENAI_URL}"
    )


def no_key(config: ModelConfig) -> LanguageModelError:
    """For a server that wants a key where there is none."""
    return LanguageModelError(
        f"{config.server} needs a key to ask {config.name!r}: set {KEY_VARIABLE}, "
        f"or set {URL_VARIABLE} to a server that needs none"
    )


def explained(error: openai.OpenAIError, config: ModelConfig) -> LanguageModelError:
    """An error of the client in our words; the client has by then done all its retries."""
    import openai

    where = f"{config.server}, asked for {config.name!r},"
    if isinstance(error, openai.APITimeoutError):
        return LanguageModelError(
            f"{where} gave no answer within {config.timeout_s:g} s, {_tries(config)}; try later or allow more time"
        )
    if isinstance(error, openai.APIConnectionError):
        cause = quoted(str(error.__cause__ or error))
        return LanguageModelError(
            f"{where} cannot be reached, {_tries(config)} ({cause}); is the network up, and is the address right? "
            f"(base_url, else {URL_VARIABLE}, else {OPENAI_URL})"
        )
    if isinstance(error, openai.APIStatusError):
        return LanguageModelError(f"{where} {_status(error, config)}")
    return LanguageModelError(f"{where} could not be asked: {quoted(str(error))}")


def _tries(config: ModelConfig) -> str:
    return "tried once" if config.max_retries == 0 else f"tried {config.max_retries + 1} times"


def _status(error: openai.APIStatusError, config: ModelConfig) -> str:
    code, said = error.status_code, quoted(_message(error))
    if code == 401:
        return f"does not accept the key in {KEY_VARIABLE} ({said}); check it, and that it belongs to this server"
    if code == 403:
        return f"forbids this with the key in {KEY_VARIABLE} ({said}); ask for access or choose another model"
    if code == 404:
        return f"does not have it ({said}); check the model's name and the address, which usually ends in /v1"
    if code == 429 and error.code == "insufficient_quota":
        return f"has no quota left for this key ({said}); see its plan and billing"
    if code == 429:
        return f"says too many requests, {_tries(config)} ({said}); wait, or work with fewer processes"
    if code >= 500:
        return f"is in trouble (status {code}), {_tries(config)} ({said}); try again later"
    return (f"does not take the request (status {code}: {said}); "
            f"does this model take JSON schemas, pictures and this temperature?")


def _message(error: openai.APIStatusError) -> str:
    """What the server says, without the dictionary that the client wraps around it."""
    body = error.body
    said = body.get("message") if isinstance(body, dict) else body
    return said if isinstance(said, str) and said.strip() else error.message
