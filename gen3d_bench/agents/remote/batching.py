"""Observations of several clients in one call of the policy, off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.agents.policy import EpisodeStart, Policy
from gen3d_bench.agents.remote.protocol import IMAGE, PROMPT, STATE


@dataclass(frozen=True)
class Request:
    """An observation of one slot and where its actions go."""

    slot: int
    observation: Mapping[str, Any]
    answer: asyncio.Future[NDArray[np.float32]]

    @property
    def shape(self) -> tuple[int, ...]:
        """Pictures of one shape only go into one array."""
        return tuple(self.observation[IMAGE].shape)


class Batcher:
    """Gathers what is asked at about the same time.

    One thread makes the policy and calls it, so it need not be thread-safe, and what belongs to a thread is there: CUDA
    graphs, and OpenMP's workers, which compute four times as slowly once another thread has had some, too.
    """

    def __init__(self, policy: Policy, thread: ThreadPoolExecutor, max_batch: int, max_wait_s: float) -> None:
        self.policy = policy
        self._thread, self._max_batch, self._max_wait_s = thread, max_batch, max_wait_s
        self._queue: asyncio.Queue[Request] = asyncio.Queue()
        self._clients: set[int] = set()

    @classmethod
    async def of(cls, make: Callable[[], Policy], max_batch: int, max_wait_s: float) -> Batcher:
        """For a policy that is yet to be made.  Raises what `make` raises."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="policy")
        return cls(await asyncio.get_running_loop().run_in_executor(thread, make), thread, max_batch, max_wait_s)

    def join(self) -> int:
        """A slot for a new client."""
        slot = next(number for number in range(len(self._clients) + 1) if number not in self._clients)
        self._clients.add(slot)
        return slot

    def leave(self, slot: int) -> None:
        self._clients.discard(slot)

    async def warm_up(self, observations: int, size: tuple[int, int]) -> None:
        """Have the policy decide on so many black pictures."""
        nothing = {IMAGE: np.zeros((*size, 3), np.uint8), STATE: np.zeros(7, np.float32), PROMPT: "warm up"}
        loop = asyncio.get_running_loop()
        batch = [Request(slot, nothing, loop.create_future()) for slot in range(observations)]
        for request in batch:
            await self.reset(request.slot, 0, "warm up")
        await loop.run_in_executor(self._thread, self._infer, batch)

    async def reset(self, slot: int, seed: int, instruction: str) -> None:
        """Begin an episode in a slot."""
        start = {slot: EpisodeStart(None, seed, instruction)}
        await asyncio.get_running_loop().run_in_executor(self._thread, self.policy.reset, start)

    async def infer(self, slot: int, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        """Actions float32 [C, 7].  Raises what the policy raises."""
        answer: asyncio.Future[NDArray[np.float32]] = asyncio.get_running_loop().create_future()
        await self._queue.put(Request(slot, observation, answer))
        return await answer

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            while True:
                batch = await self._gather()
                for shape in dict.fromkeys(request.shape for request in batch):
                    await self._call([request for request in batch if request.shape == shape])
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _gather(self) -> list[Request]:
        """What is waiting, and what comes within a moment while some client has not asked yet."""
        batch = [await self._queue.get()]
        deadline = time.monotonic() + self._max_wait_s
        while len(batch) < min(self._max_batch, len(self._clients)):
            if not self._queue.empty():
                batch.append(self._queue.get_nowait())
                continue
            try:
                batch.append(await asyncio.wait_for(self._queue.get(), deadline - time.monotonic()))
            except (asyncio.TimeoutError, TimeoutError):  # two classes before Python 3.11
                break
        return batch

    async def _call(self, batch: Sequence[Request]) -> None:
        """Answer them together; where that fails one by one, so that nobody hears of another one's fault."""
        try:
            actions = await asyncio.get_running_loop().run_in_executor(self._thread, self._infer, batch)
        except Exception as error:  # whatever a policy raises is its clients' to hear, and the server goes on
            if len(batch) > 1:
                for request in batch:
                    await self._call([request])
            elif not batch[0].answer.done():
                batch[0].answer.set_exception(error)
            return
        for request, chunk in zip(batch, actions, strict=True):
            if not request.answer.done():  # its client may have gone
                request.answer.set_result(chunk)

    def _infer(self, batch: Sequence[Request]) -> list[NDArray[np.float32]]:
        """A chunk for each.  Raises what the policy raises, ValueError for another number of chunks."""
        actions = list(self.policy.infer({
            "image": np.stack([request.observation[IMAGE] for request in batch]),
            "proprio": np.stack([request.observation[STATE] for request in batch]),
            "instruction": [request.observation[PROMPT] for request in batch],
            "slot": [request.slot for request in batch],
        }))
        if len(actions) != len(batch):
            raise ValueError(f"{self.policy.name} gave {len(actions)} chunks for {len(batch)} observations")
        return actions
