"""Asking a language model for JSON of a given form, until the answer is valid or given up."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from gen3d_bench.extras import require
from gen3d_bench.worldgen.designer.protocol import Usage
from gen3d_bench.worldgen.llm.config import KEY_VARIABLE, OPENAI_URL, ModelConfig
from gen3d_bench.worldgen.llm.errors import LanguageModelError, explained, no_address, no_key, quoted
from gen3d_bench.worldgen.llm.responses import Response, ResponseCache, request_digest
from gen3d_bench.worldgen.llm.structured import MAX_COMPLAINTS, Check, read, response_format

if TYPE_CHECKING:
    import openai

LOG = logging.getLogger(__name__)
T = TypeVar("T", bound=BaseModel)
Message = Mapping[str, Any]
"""A chat message: {"role": "system" | "user" | "assistant", "content": text or parts}."""

MAX_ECHO = 6000
"""Letters of an invalid answer that are shown to the model again."""
MAX_SEED = 2**31
"""Servers take seeds of 32 bits; larger ones are wrapped around."""


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A valid answer, and what it took."""

    value: T
    usage: Usage


class LanguageModel:
    """A language model on a server.  Picklable: every process makes its own connection, when it first needs one.

    usage: of everything that was asked through this object, failures included.
    """

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self.usage = Usage()
        self._cache = ResponseCache(config.responses)
        self._client: tuple[int, openai.OpenAI] | None = None

    def __reduce__(self) -> tuple[type[LanguageModel], tuple[ModelConfig]]:
        return type(self), (self.config,)

    def ask(self, messages: Sequence[Message], schema: type[T], seed: int, check: Check[T] | None = None) -> Answer[T]:
        """A valid answer to a conversation.

        schema: of the answer; forbids further fields and has no defaults.  seed: another one may give another answer.
        check: what is wrong with an answer that fits the schema, one complaint each.
        An invalid answer is shown to the model again with the complaints.  Once a valid one has come, every request of
        the conversation is cached; a conversation that failed is not, so that it can be tried again.
        Raises LanguageModelError where no valid answer comes, MissingExtra where the client is not installed.
        """
        conversation = list(messages)
        usage = Usage()
        new: dict[str, Response] = {}
        complaints: list[str] = []
        for _ in range(self.config.asks):
            request = self._request(conversation, schema, seed)
            digest = request_digest(self.config.server, request)
            response = self._cache.get(digest)
            if response is None:
                response = new[digest] = self._send(request)
                spent = self._spent(response)
            else:
                spent = Usage(requests=1, cached=1)
            usage += spent
            self.usage += spent
            value = self._judged(response, schema, check)
            if not isinstance(value, list):
                for kept, fresh in new.items():
                    self._cache.put(kept, fresh)
                return Answer(value, usage)
            complaints = value
            LOG.debug("%s: invalid answer: %s", self.config.label, "; ".join(complaints))
            conversation += _asked_again(response.content, complaints)
        raise LanguageModelError(
            f"{self.config.name!r} at {self.config.server} gave no valid answer, asked {self.config.asks} times; the "
            f"last complaint: {quoted(complaints[0])}; try another seed or a more capable model"
        )

    def _request(self, messages: Sequence[Message], schema: type[BaseModel], seed: int) -> dict[str, Any]:
        """What is sent, and what an answer is cached by."""
        request: dict[str, Any] = {
            "model": self.config.name,
            "messages": list(messages),
            "response_format": response_format(schema),
            "max_completion_tokens": self.config.max_output_tokens,
            "seed": seed % MAX_SEED,
        }
        if self.config.temperature is not None:
            request["temperature"] = self.config.temperature
        return request

    def _judged(self, response: Response, schema: type[T], check: Check[T] | None) -> T | list[str]:
        """The answer in a response, or what is wrong with it."""
        if response.finish_reason == "length":
            return [f"the answer was cut off after {self.config.max_output_tokens} tokens; answer more briefly"]
        value = read(response.content, schema)
        if isinstance(value, list):
            return value
        return (check(value)[:MAX_COMPLAINTS] if check is not None else []) or value

    def _send(self, request: Mapping[str, Any]) -> Response:
        client = self._connected()
        import openai

        started = time.monotonic()
        try:
            # Raw, since servers differ in what they leave out, and the client does not check what it reads.
            reply = client.chat.completions.with_raw_response.create(**request)
        except openai.OpenAIError as error:
            raise explained(error, self.config) from error
        response = _received(reply.text, self.config)
        cost = self._spent(response).cost_usd
        LOG.info(
            "%s at %s: %s prompt tokens, %s completion tokens, %s, %.1f s",
            self.config.label, self.config.server, _counted(response.prompt_tokens),
            _counted(response.completion_tokens), "price unknown" if cost is None else f"${cost:.4f}",
            time.monotonic() - started,
        )
        return response

    def _spent(self, response: Response) -> Usage:
        prompt, completion = response.prompt_tokens, response.completion_tokens
        unknown = prompt is None or completion is None
        cost = None if unknown else self.config.cost_usd(prompt or 0, completion or 0)
        return Usage(1, 0, prompt or 0, completion or 0, cost)

    def _connected(self) -> openai.OpenAI:
        """This process's client.  One made before a fork is not used after it: two processes would share a socket."""
        if self._client is None or self._client[0] != os.getpid():
            require("worldgen", "openai")
            import openai

            if not _is_address(self.config.url):
                raise no_address(self.config)
            key = os.environ.get(KEY_VARIABLE)
            if not key and self.config.url.rstrip("/") == OPENAI_URL:
                raise no_key(self.config)
            client = openai.OpenAI(
                api_key=key or "none",  # servers of one's own want none, but the client does
                base_url=self.config.url,
                timeout=self.config.timeout_s,
                max_retries=self.config.max_retries,
            )
            self._client = os.getpid(), client
        return self._client[1]


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        return False


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Tokens(BaseModel):
    prompt_tokens: int
    completion_tokens: int


class _Completion(BaseModel):
    """The part of a chat completion that is used."""

    choices: list[_Choice]
    usage: _Tokens | None = None


def _received(text: str, config: ModelConfig) -> Response:
    """The response in a server's reply.  Raises LanguageModelError for refusals and for what is no chat completion."""
    where = f"{config.server}, asked for {config.name!r},"
    try:
        completion = _Completion.model_validate_json(text)
    except ValidationError:
        raise LanguageModelError(
            f"{where} did not reply with a chat completion but with {quoted(text)!r}; "
            f"check the address, which usually ends in /v1"
        ) from None
    if not completion.choices:
        raise LanguageModelError(f"{where} replied without an answer (no choices); try again or choose another model")
    choice = completion.choices[0]
    if choice.message.refusal:
        raise LanguageModelError(f"{where} refused: {quoted(choice.message.refusal)}; word the task differently")
    if choice.finish_reason == "content_filter":
        raise LanguageModelError(f"{where} withheld the answer (content filter); word the task differently")
    return Response(
        content=choice.message.content or "",
        finish_reason=choice.finish_reason or "stop",
        prompt_tokens=completion.usage.prompt_tokens if completion.usage else None,
        completion_tokens=completion.usage.completion_tokens if completion.usage else None,
    )


def _asked_again(content: str, complaints: Sequence[str]) -> list[Message]:
    """What is added to a conversation after an invalid answer."""
    shown = content if len(content) <= MAX_ECHO else content[:MAX_ECHO] + " [...]"
    wrong = "\n".join(f"- {complaint}" for complaint in complaints)
    return [
        {"role": "assistant", "content": shown or "(no text)"},
        {"role": "user", "content": f"That answer cannot be used:\n{wrong}\nAnswer again, whole and corrected."},
    ]


def _counted(tokens: int | None) -> str:
    return "uncounted" if tokens is None else str(tokens)
