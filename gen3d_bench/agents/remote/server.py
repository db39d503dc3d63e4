"""Serves a policy by openpi's protocol over websockets."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import numpy as np
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from gen3d_bench.agents.policy import Policy
from gen3d_bench.agents.remote.batching import Batcher
from gen3d_bench.agents.remote.codec import CodecError, pack, unpack
from gen3d_bench.agents.remote.protocol import (
    ACTIONS,
    HEALTH,
    IMAGE,
    MAX_BYTES,
    MESSAGE,
    PROMPT,
    RESET,
    STATE,
    ProtocolError,
    metadata,
)

LOG = logging.getLogger(__name__)
INTERNAL_ERROR, POLICY_VIOLATION = 1011, 1008
MOST_OBLONG = 16
"""Longer side of a picture by its shorter; of what is longer, nothing would be left at a model's size."""


@dataclass(frozen=True)
class ServerConfig:
    """Where and how a policy is served."""

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 for other machines to reach it (then set GEN3D_API_KEY)."""
    port: int = 8000
    """0 takes a free one."""
    max_batch: int = 16
    """Observations in one call of the policy."""
    max_wait_ms: float = 4.0
    """How long an observation waits for those of other clients."""
    api_key: str | None = None
    """Clients must show this key (`Authorization: Api-Key ...`); without one, anybody may ask."""
    warm_up: tuple[int, ...] = ()
    """Numbers of observations that the policy is asked for before anybody can connect: nobody should wait for kernels
    to be chosen or compiled."""
    image_size: tuple[int, int] = (224, 224)
    """Height and width of the pictures in these (pixels)."""


def require_servable(policy: Policy) -> None:
    """Raises ProtocolError for a policy that does not go by pictures, which is what clients have."""
    if policy.obs_mode != "rgb":
        raise ProtocolError(f"{policy.name} cannot be served: it acts on the simulator's state, not on pictures")


def serve_policy(make: Callable[[], Policy], config: ServerConfig, ready: Callable[[Policy, str], None]) -> None:
    """Serve until SIGINT or SIGTERM.  make: called in the thread that will call the policy.  ready: told the policy and
    its address once clients can connect.

    Raises what `make` does, ProtocolError (also where the port is taken).
    """
    asyncio.run(_serve(make, config, ready))


async def _serve(make: Callable[[], Policy], config: ServerConfig, ready: Callable[[Policy, str], None]) -> None:
    stop = asyncio.Event()
    serving = running(make, config)
    async with serving as server:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        host, port = server.sockets[0].getsockname()[:2]
        host = f"[{host}]" if ":" in host else host
        ready(serving.batcher.policy, f"ws://{host}:{port}")
        await stop.wait()


class running:  # noqa: N801 - a context manager, used as `async with running(...)`
    """A server that runs inside the block."""

    batcher: Batcher

    def __init__(self, make: Callable[[], Policy], config: ServerConfig) -> None:
        self._make, self._config = make, config

    async def __aenter__(self) -> Server:
        batcher = await Batcher.of(self._make, self._config.max_batch, self._config.max_wait_ms / 1000)
        require_servable(batcher.policy)
        self.batcher = batcher
        for observations in self._config.warm_up:
            await batcher.warm_up(observations, self._config.image_size)
        self._batches = asyncio.create_task(batcher.run())
        said = pack(metadata(batcher.policy.name, batcher.policy.chunk))

        async def handle(connection: ServerConnection) -> None:
            await _Conversation(connection, batcher).hold(said)

        try:
            self._server = await serve(
                handle, self._config.host, self._config.port, compression=None, max_size=MAX_BYTES,
                process_request=_admission(self._config.api_key), ping_interval=20, ping_timeout=None,
            )
        except OSError as error:
            self._batches.cancel()
            # asyncio's own words name the address once more; name lookups have negative numbers.
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            raise ProtocolError(f"cannot listen at {self._config.host}, port {self._config.port} ({why}): choose "
                                "another --port (0 for a free one) or --host") from error
        return self._server

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        self._batches.cancel()
        with suppress(asyncio.CancelledError):
            await self._batches


def _admission(api_key: str | None) -> Callable[[ServerConnection, Request], Response | None]:
    """Answers health checks, and turns away who has no key or comes with a browser."""

    def admit(connection: ServerConnection, request: Request) -> Response | None:
        if request.path == HEALTH:
            return connection.respond(HTTPStatus.OK, "OK\n")
        shown = request.headers.get("Authorization", "")
        if api_key and not hmac.compare_digest(shown.encode("ascii", "surrogateescape"), f"Api-Key {api_key}".encode()):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "this server wants an API key\n")
        if "Upgrade" not in request.headers:
            return connection.respond(HTTPStatus.UPGRADE_REQUIRED, "a policy server of gen3d-bench: it speaks over "
                                                                   "websockets, ws://, not http://\n")
        return None

    return admit


class _Conversation:
    """With one client."""

    def __init__(self, connection: ServerConnection, batcher: Batcher) -> None:
        self._connection, self._batcher = connection, batcher

    async def hold(self, said: bytes) -> None:
        """Until the client goes, or says something that cannot be answered: it hears why, in a text frame."""
        slot = self._batcher.join()
        previous_s = None
        try:
            await self._batcher.reset(slot, 0, "")  # clients of openpi begin no episodes
            await self._connection.send(said)
            async for frame in self._connection:
                began = time.perf_counter()
                answer = await self._answer(slot, frame)
                if previous_s is not None and "server_timing" in answer:
                    answer["server_timing"]["prev_total_ms"] = 1000 * previous_s
                await self._connection.send(pack(answer))
                previous_s = time.perf_counter() - began
        except ConnectionClosed:
            pass
        except (CodecError, ProtocolError) as error:
            await self._end(POLICY_VIOLATION, f"{error}")
        except Exception:  # the policy's
            LOG.exception("the policy failed")
            await self._end(INTERNAL_ERROR, traceback.format_exc())
        finally:
            self._batcher.leave(slot)

    async def _answer(self, slot: int, frame: str | bytes) -> dict[str, Any]:
        if isinstance(frame, str):
            raise ProtocolError("observations are binary frames (MessagePack), this one was text")
        message = unpack(frame)
        if not isinstance(message, Mapping):
            raise ProtocolError(f"an observation is a map, not a {type(message).__name__}")
        if message.get(MESSAGE) == RESET:
            await self._batcher.reset(slot, _seed(message), str(message.get(PROMPT, "")))
            return {MESSAGE: RESET}
        began = time.perf_counter()
        actions = await self._batcher.infer(slot, _checked(message))
        return {ACTIONS: np.asarray(actions, np.float32),
                "server_timing": {"infer_ms": 1000 * (time.perf_counter() - began)}}

    async def _end(self, code: int, text: str) -> None:
        with suppress(ConnectionClosed):
            await self._connection.send(text)
            await self._connection.close(code, "see the last message")


def _seed(message: Mapping[str, Any]) -> int:
    """Of a reset.  Raises ProtocolError."""
    seed = message.get("seed", 0)
    if not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ProtocolError(f"seed is a whole number from 0 to 2**63 - 1, not {seed!r:.40}")
    return seed


def _checked(message: Mapping[str, Any]) -> dict[str, Any]:
    """The observation in it, as arrays.  Raises ProtocolError for what is none."""
    missing = [key for key in (IMAGE, STATE, PROMPT) if key not in message]
    if missing:
        raise ProtocolError(f"an observation has {IMAGE}, {STATE} and {PROMPT}; missing: {', '.join(missing)}")
    image, state, prompt = message[IMAGE], message[STATE], message[PROMPT]
    if not isinstance(image, np.ndarray) or not isinstance(state, np.ndarray):
        raise ProtocolError(f"{IMAGE} and {STATE} are arrays, not {type(image).__name__} and {type(state).__name__}")
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ProtocolError(f"{IMAGE} is uint8 [height, width, 3], not {image.dtype} {list(image.shape)}")
    if max(image.shape[:2]) > MOST_OBLONG * min(image.shape[:2]):
        raise ProtocolError(f"{IMAGE} is {image.shape[1]} x {image.shape[0]} pixels: one side is more than "
                            f"{MOST_OBLONG} times the other")
    if state.shape != (7,) or state.dtype.kind not in "fiu":
        raise ProtocolError(f"{STATE} is float32 [7], not {state.dtype} {list(state.shape)}")
    if not np.isfinite(state).all():
        raise ProtocolError(f"{STATE} has values that are not finite")
    if not isinstance(prompt, str):
        raise ProtocolError(f"{PROMPT} is text, not {type(prompt).__name__}")
    return {IMAGE: image, STATE: state.astype(np.float32), PROMPT: prompt}
