"""A policy that is served somewhere, by gen3d-bench or by anything that speaks openpi's protocol."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_delay, wait_exponential
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect

from gen3d_bench.agents.bridge import from_bridge
from gen3d_bench.agents.pictures import resized
from gen3d_bench.agents.policy import EpisodeStart, Observations, PolicyUnavailable, slots_of
from gen3d_bench.agents.remote.codec import CodecError, pack, unpack
from gen3d_bench.agents.remote.protocol import (
    ACTIONS,
    API_KEY_VARIABLE,
    IMAGE,
    MAX_BYTES,
    MESSAGE,
    PROMPT,
    RESET,
    STATE,
    ProtocolError,
    check,
)
from gen3d_bench.scenes.problems import brief

LOG = logging.getLogger(__name__)


def _may_pass(error: BaseException) -> bool:
    """Whether a server may be there later: it is away, or starts behind something that answers in its place."""
    if isinstance(error, InvalidStatus):
        return error.response.status_code >= 500
    return isinstance(error, OSError | ConnectionClosed | InvalidMessage)


@dataclass(frozen=True)
class RemoteOptions:
    """What a client does; part of the address, as in "ws://host:8000?chunk=10&size=224"."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    chunk: Annotated[int, Field(ge=1)] | None = None
    """Actions of an answer that are executed.  Servers of gen3d-bench say it; others must be told."""
    size: Annotated[int, Field(ge=16, le=2048)] | None = None
    """Height and width of the picture that is sent (pixels); by default as the environment shows it."""
    resize: Literal["squash", "pad"] = "pad"
    """How it is made to fit: its sides independently, or with black bars (as openpi's clients do)."""
    actions: Literal["gen3d", "bridge"] = "gen3d"
    """Whether rotations in answers are rotation vectors, or Euler angles as in the Bridge data."""
    image_key: str = IMAGE
    state_key: str = STATE
    prompt_key: str = PROMPT
    """Names of what is sent."""
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """Longest wait for an answer."""
    patience_s: Annotated[float, Field(ge=0)] = 30.0
    """Longest wait for a server that is not there (yet)."""

    @classmethod
    def parse(cls, address: str) -> tuple[str, RemoteOptions]:
        """The address without options, and these.  Raises ProtocolError for unknown ones."""
        parts = urlsplit(address)
        try:
            options = TypeAdapter(cls).validate_python(dict(parse_qsl(parts.query, keep_blank_values=True)))
        except ValidationError as error:
            options_are = ", ".join(cls.__dataclass_fields__)
            raise ProtocolError(f"{address}: {brief(error)}. Options are {options_are}") from error
        return parts._replace(query="").geturl(), options


class RemotePolicy:
    """Asks a server.  Each slot has a connection of its own, since openpi's servers know no slots.

    Where a connection breaks, `PolicyUnavailable` is raised, and the episode can be run again from its beginning:
    nobody knows what the server still remembers of it.
    """

    obs_mode: Literal["rgb", "state"] = "rgb"

    def __init__(self, address: str, options: RemoteOptions) -> None:
        self.address, self.options = address, options
        self._connections: dict[int, ClientConnection] = {}
        self._said: Mapping[str, Any] | None = None
        self._connection(0)
        said: Mapping[str, Any] = self._said or {}
        self._resets = RESET in said.get("supports", ())
        told = said.get("policy")
        self.name = str(told.get("name", "remote")) if isinstance(told, Mapping) else "remote"
        self.chunk = self._agree(said)

    @classmethod
    def connect(cls, address: str) -> RemotePolicy:
        """To "ws://host:port?options".  Raises PolicyUnavailable (no answer), ProtocolError (it does not fit)."""
        return cls(*RemoteOptions.parse(address))

    def _agree(self, said: Mapping[str, Any]) -> int:
        """Steps of a chunk, once it is sure that both sides mean the same."""
        wanted = self.options.chunk
        if "gen3d_protocol" in said:
            check(said, self.address)
            horizon = int(said["action_space"]["horizon"])
            if wanted is not None and wanted > horizon:
                raise ProtocolError(f"chunk: {wanted} steps are asked for, {self.address} decides {horizon} at a time")
            return wanted or horizon
        if wanted is None:
            raise ProtocolError(f"{self.address} does not say how many steps it decides at a time; say how many of "
                                f'them to execute: "{self.address}?chunk=4"')
        LOG.warning("%s says nothing of its actions: they are taken as delta xyz (m), %s (rad), gripper (1 open)",
                    self.address, "rotation vector" if self.options.actions == "gen3d" else "Euler angles")
        return wanted

    def reset(self, episodes: Mapping[int, EpisodeStart]) -> None:
        """Begin new episodes: told to servers that understand it, by a new connection to others.

        The served policy gets the episode's seed, as it would here: with the same seed of its own it does the same.
        """
        for slot, start in episodes.items():
            if not self._resets:
                self._drop(slot)
                continue
            self._ask({slot: {MESSAGE: RESET, "seed": start.seed, PROMPT: start.instruction}})

    def infer(self, observations: Observations) -> NDArray[np.float32]:
        """Actions float32 [B, C, 7].  Raises PolicyUnavailable, ProtocolError."""
        slots = slots_of(observations)
        answers = self._ask({slot: self._message(observations, row) for row, slot in enumerate(slots)})
        return np.stack([self._actions(answers[slot]) for slot in slots])

    def _message(self, observations: Observations, row: int) -> dict[str, Any]:
        image = np.asarray(observations["image"][row])
        if self.options.size is not None:
            image = resized(image, self.options.size, self.options.resize)
        return {
            self.options.image_key: image,
            self.options.state_key: np.asarray(observations["proprio"][row], np.float32),
            self.options.prompt_key: observations["instruction"][row],
        }

    def _actions(self, answer: Any) -> NDArray[np.float32]:
        actions = np.asarray(answer.get(ACTIONS) if isinstance(answer, Mapping) else None)
        if actions.ndim != 2 or actions.shape[0] < self.chunk or actions.shape[1] < 7 or actions.dtype.kind != "f":
            raise ProtocolError(f"{self.address} answered {ACTIONS} {actions.dtype} {list(actions.shape)}, expected "
                                f"float [{self.chunk} or more, 7]")
        actions = np.array(actions[: self.chunk, :7], np.float32)
        if self.options.actions == "bridge":
            actions = from_bridge(actions)
        return actions

    # --------------------------------------------------------------------------------------------------------- asking

    def _ask(self, messages: Mapping[int, Mapping[str, Any]]) -> dict[int, Any]:
        """Answers to a message of each slot.  All are sent before the first is waited for, so that a server can treat
        them together."""
        with ExitStack() as if_it_fails:
            for slot in messages:  # answers may still come, to questions that nobody remembers
                if_it_fails.callback(self._drop, slot)
            try:
                for slot, message in messages.items():
                    self._connection(slot).send(pack(dict(message)))
                frames = {slot: self._connections[slot].recv(timeout=self.options.timeout_s) for slot in messages}
            except TimeoutError as error:
                text = f"{self.address} did not answer for {self.options.timeout_s:g} s"
                raise PolicyUnavailable(text) from error
            except (ConnectionClosed, OSError) as error:
                raise PolicyUnavailable(f"the connection to {self.address} broke: {error}") from error
            if_it_fails.pop_all()
        return {slot: self._unpacked(slot, frame) for slot, frame in frames.items()}

    def _unpacked(self, slot: int, frame: str | bytes) -> Any:
        if isinstance(frame, str):
            self._drop(slot)
            raise ProtocolError(f"{self.address} reports an error:\n{frame}")
        try:
            return unpack(frame)
        except CodecError as error:
            raise ProtocolError(f"{self.address}: {error}") from error

    def _connection(self, slot: int) -> ClientConnection:
        """That of a slot, made where there is none."""
        if slot in self._connections:
            return self._connections[slot]
        waiting = Retrying(
            stop=stop_after_delay(self.options.patience_s), wait=wait_exponential(multiplier=0.1, max=2),
            retry=retry_if_exception(_may_pass), before_sleep=self._say_once, reraise=True,
        )
        try:
            connection, said = waiting(self._open)
        except InvalidStatus as error:
            if _may_pass(error):
                raise PolicyUnavailable(f"{self.address} has no policy server at present (HTTP "
                                        f"{error.response.status_code})") from error
            hint = ""
            if error.response.status_code == 401:
                hint = (f": {API_KEY_VARIABLE} is not its key" if os.environ.get(API_KEY_VARIABLE) else
                        f": it wants a key, set {API_KEY_VARIABLE}")
            raise ProtocolError(f"{self.address} turned us away (HTTP {error.response.status_code}){hint}") from error
        except (OSError, ConnectionClosed, InvalidMessage) as error:
            raise PolicyUnavailable(f"no policy server answers at {self.address} ({error}); is `gen3d serve` running "
                                    "there?") from error
        except (InvalidURI, InvalidHandshake, CodecError) as error:
            raise ProtocolError(f"{self.address} is no policy server: {error}") from error
        if self._said not in (None, said):
            connection.close()
            raise ProtocolError(f"another policy is served at {self.address} now: it says {said}, not {self._said}")
        self._connections[slot], self._said = connection, said
        return connection

    def _say_once(self, state: RetryCallState) -> None:
        if state.attempt_number == 1 and state.outcome is not None:
            LOG.warning("%s does not answer (%s); trying for %g s", self.address, state.outcome.exception(),
                        self.options.patience_s)

    def _open(self) -> tuple[ClientConnection, Mapping[str, Any]]:
        key = os.environ.get(API_KEY_VARIABLE)
        connection = connect(
            self.address, compression=None, max_size=MAX_BYTES, ping_interval=None, proxy=None, close_timeout=2,
            additional_headers={"Authorization": f"Api-Key {key}"} if key else None,
        )
        with ExitStack() as if_it_fails:
            if_it_fails.callback(connection.close)
            frame = connection.recv(timeout=self.options.timeout_s)
            said = unpack(frame) if isinstance(frame, bytes) else None
            if not isinstance(said, Mapping):
                raise CodecError("it does not begin with metadata")
            if_it_fails.pop_all()
        return connection, said

    def _drop(self, slot: int) -> None:
        connection = self._connections.pop(slot, None)
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """End all connections."""
        for slot in list(self._connections):
            self._drop(slot)
