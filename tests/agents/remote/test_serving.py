"""A server on this machine and clients of it."""

from __future__ import annotations

import asyncio
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from websockets.sync.client import connect

from gen3d_bench.agents.oracle import OraclePolicy
from gen3d_bench.agents.policy import EpisodeStart, Policy, PolicyUnavailable, slots_of
from gen3d_bench.agents.registry import make_policy
from gen3d_bench.agents.remote.client import RemotePolicy
from gen3d_bench.agents.remote.codec import pack, unpack
from gen3d_bench.agents.remote.protocol import (
    API_KEY_VARIABLE,
    IMAGE,
    MAX_BYTES,
    MESSAGE,
    PROMPT,
    RESET,
    STATE,
    ProtocolError,
)
from gen3d_bench.agents.remote.server import ServerConfig, require_servable, running
from tests.agents.pi0.models import saved_model


class Echo:
    """Answers with the brightness of the picture, the x of the state and the episode's seed."""

    name, chunk = "echo", 4
    obs_mode: Literal["rgb", "state"] = "rgb"

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.batches: list[int] = []
        self.seeds: dict[int, int] = {}

    def reset(self, episodes: Mapping[int, EpisodeStart]) -> None:
        self.seeds |= {slot: start.seed for slot, start in episodes.items()}

    def infer(self, observations: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        time.sleep(self.delay_s)
        slots = slots_of(observations)
        self.batches.append(len(slots))
        if any(text == "fail" for text in observations["instruction"]):
            raise RuntimeError("no idea")
        if any(text == "too few" for text in observations["instruction"]):
            return np.zeros((0, 4, 7), np.float32)
        actions = np.zeros((len(slots), 4, 7), np.float32)
        for row, slot in enumerate(slots):
            actions[row, :, :3] = (observations["image"][row].mean() / 255, observations["proprio"][row, 0],
                                   self.seeds[slot] / 2**32)
        return actions


@contextmanager
def served(policy: Policy, **settings: Any) -> Iterator[str]:
    """The address of a server in a thread."""
    loop, stop, found = asyncio.new_event_loop(), asyncio.Event(), list[str]()
    up = threading.Event()

    async def serve() -> None:
        async with running(lambda: policy, ServerConfig(**{"port": 0} | settings)) as server:
            found.append(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert up.wait(20)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)


def seen(brightness: int = 255, x: float = 0.25, text: str = "put it there") -> dict[str, Any]:
    return {"image": np.full((1, 32, 32, 3), brightness, np.uint8), "proprio": np.full((1, 7), x, np.float32),
            "instruction": [text]}


def test_a_remote_policy_is_a_policy() -> None:
    with served(Echo()) as address:
        policy = RemotePolicy.connect(address)
        assert isinstance(policy, Policy) and (policy.name, policy.chunk) == ("echo", 4)
        policy.reset({0: EpisodeStart(None, 5, "put it there")})
        actions = policy.infer(seen(x=0.5))
        np.testing.assert_allclose(actions[0, :, :2], [[1, 0.5]] * 4)
        assert actions[0, 0, 2] == np.float32(5 / 2**32)
        policy.close()


def test_a_served_model_does_what_it_would_do_here(tmp_path: Path) -> None:
    here, there = (make_policy(f"pi0:{saved_model(tmp_path / 'tiny')}", seed=3) for _ in range(2))
    with served(there) as address:
        remote = RemotePolicy.connect(address)
        for policy in (here, remote):
            policy.reset({0: EpisodeStart(None, 5, "put it there")})
        for _ in range(2):
            np.testing.assert_array_equal(remote.infer(seen(100)), here.infer(seen(100)))
        remote.close()


def test_clients_share_calls_and_get_their_own_answers() -> None:
    echo = Echo(delay_s=0.05)
    with served(echo, max_wait_ms=200) as address:
        policies = [RemotePolicy.connect(address) for _ in range(4)]
        answers: dict[int, float] = {}

        def ask(k: int) -> None:
            for _ in range(3):
                answers[k] = float(policies[k].infer(seen(x=k / 8))[0, 0, 1])

        threads = [threading.Thread(target=ask, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for policy in policies:
            policy.close()
    assert answers == {k: k / 8 for k in range(4)}
    assert max(echo.batches) == 4


def test_the_slots_of_one_client_share_calls_too() -> None:
    echo = Echo()
    with served(echo, max_wait_ms=500) as address:
        policy = RemotePolicy.connect(address)
        policy.reset({slot: EpisodeStart(None, slot, "put it there") for slot in (2, 0, 1)})
        both = {"image": np.zeros((2, 32, 32, 3), np.uint8), "proprio": np.array([[0.1] * 7, [0.2] * 7], np.float32),
                "instruction": ["put it there"] * 2, "slot": [2, 1]}
        np.testing.assert_allclose(policy.infer(both)[:, 0, 1], [0.1, 0.2])
        policy.close()
    assert echo.batches == [2]


def test_nobody_hears_of_another_ones_fault() -> None:
    echo = Echo()
    with served(echo, max_wait_ms=500) as address:
        good, bad = RemotePolicy.connect(address), RemotePolicy.connect(address)
        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(good.infer, seen(x=0.5)), pool.submit(bad.infer, seen(text="fail"))]
        assert answers[0].result()[0, 0, 1] == 0.5
        with pytest.raises(ProtocolError, match="no idea"):
            answers[1].result()
        good.close()
        bad.close()
    assert echo.batches[0] == 2


@pytest.mark.parametrize(("status", "error"), [(503, PolicyUnavailable), (404, ProtocolError)])
def test_what_may_pass_is_no_fault_of_the_policy(status: int, error: type[Exception]) -> None:
    """A proxy answers in the place of a server that is not there."""
    from websockets.sync.server import serve

    with serve(lambda _: None, "127.0.0.1", 0,
               process_request=lambda connection, _: connection.respond(HTTPStatus(status), "no\n")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(error, match=str(status)):
            RemotePolicy.connect(f"ws://127.0.0.1:{server.socket.getsockname()[1]}?patience_s=0.3")


def test_it_is_warm_before_anybody_comes() -> None:
    echo = Echo()
    with served(echo, warm_up=(1, 3)) as address:
        assert echo.batches == [1, 3]
        RemotePolicy.connect(address).close()


def test_health_is_answered_while_the_policy_thinks() -> None:
    with served(Echo(delay_s=1.0)) as address:
        policy = RemotePolicy.connect(address)
        thread = threading.Thread(target=policy.infer, args=(seen(),))
        thread.start()
        time.sleep(0.1)
        began = time.monotonic()
        with urllib.request.urlopen(address.replace("ws", "http") + "/healthz") as reply:
            assert reply.read() == b"OK\n"
        assert time.monotonic() - began < 0.8
        thread.join()
        policy.close()


@pytest.mark.parametrize("key", ["secret", "gehe\u00efm"])
def test_who_has_no_key_is_turned_away(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Echo(), api_key=key) as address:
        monkeypatch.delenv(API_KEY_VARIABLE, raising=False)
        with pytest.raises(ProtocolError, match=f"401.*{API_KEY_VARIABLE}"):
            RemotePolicy.connect(address)
        monkeypatch.setenv(API_KEY_VARIABLE, "wrong")
        with pytest.raises(ProtocolError, match="is not its key"):
            RemotePolicy.connect(address)
        monkeypatch.setenv(API_KEY_VARIABLE, key)
        RemotePolicy.connect(address).close()


@pytest.mark.parametrize(("text", "said"), [
    ("fail", "RuntimeError: no idea"), ("too few", "echo gave 0 chunks for 1 observations"),
])
def test_a_policy_that_fails_says_so_and_the_server_goes_on(text: str, said: str) -> None:
    with served(Echo()) as address:
        policy = RemotePolicy.connect(address)
        with pytest.raises(ProtocolError, match=said):
            policy.infer(seen(text=text))
        policy.infer(seen())
        policy.close()


@pytest.mark.parametrize(("message", "word"), [
    ({PROMPT: "x"}, "missing"),
    ({IMAGE: np.zeros((2, 2, 3), np.float32), STATE: np.zeros(7), PROMPT: ""}, "uint8"),
    ({IMAGE: np.zeros((2, 2, 3), np.uint8), STATE: np.zeros(6), PROMPT: ""}, "float32"),
    ({IMAGE: [[[0, 0, 0]]], STATE: np.zeros(7), PROMPT: ""}, "are arrays, not list"),
    ({IMAGE: np.zeros((1, 3000, 3), np.uint8), STATE: np.zeros(7), PROMPT: ""}, "16 times the other"),
    ({IMAGE: np.zeros((2, 2, 3), np.uint8), STATE: np.full(7, np.nan), PROMPT: ""}, "not finite"),
    ({IMAGE: np.zeros((2, 2, 3), np.uint8), STATE: np.zeros(7), PROMPT: 5}, "is text, not int"),
    ({MESSAGE: RESET, "seed": -1}, "seed is a whole number"),
    ([1, 2], "map"),
])
def test_what_is_no_observation_is_explained(message: Any, word: str) -> None:
    with served(Echo()) as address, connect(address, compression=None, proxy=None) as connection:
        connection.recv()
        connection.send(pack(message))
        answer = connection.recv()
        assert isinstance(answer, str) and word in answer
        policy = RemotePolicy.connect(address)
        policy.infer(seen())  # others are served as before
        policy.close()


def test_frames_beyond_the_limit_end_the_connection() -> None:
    with served(Echo()) as address:
        policy = RemotePolicy.connect(address)
        side = int((MAX_BYTES / 3) ** 0.5) + 10
        with pytest.raises(PolicyUnavailable, match="broke"):
            policy.infer({**seen(), "image": np.zeros((1, side, side, 3), np.uint8)})
        policy.close()


def test_a_server_that_comes_back_is_found_again() -> None:
    with served(Echo()) as address:
        policy = RemotePolicy.connect(f"{address}?patience_s=0.3")
        policy.infer(seen())
    with pytest.raises(PolicyUnavailable):
        policy.infer(seen())
    with pytest.raises(PolicyUnavailable, match="is `gen3d serve` running"):
        policy.infer(seen())
    with served(Echo(), port=int(address.rpartition(":")[2])):
        assert policy.infer(seen(x=0.5))[0, 0, 1] == 0.5
        policy.close()


def test_another_policy_at_the_same_address_is_not_taken_for_the_first() -> None:
    other = Echo()
    other.chunk = 8
    with served(Echo()) as address:
        policy = RemotePolicy.connect(f"{address}?patience_s=0.3")
    with pytest.raises(PolicyUnavailable):
        policy.infer(seen())
    with served(other, port=int(address.rpartition(":")[2])), pytest.raises(ProtocolError, match="another policy"):
        policy.infer(seen())


def test_waiting_for_a_server_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with served(Echo()) as address:
        pass
    with pytest.raises(PolicyUnavailable):
        RemotePolicy.connect(f"{address}?patience_s=0.5")
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == [
        f"{address} does not answer"], caplog.text
    assert "trying for 0.5 s" in caplog.text


def test_a_browser_is_told_what_this_is() -> None:
    with served(Echo()) as address, pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(address.replace("ws", "http"))
    with error.value as answer:
        assert answer.code == HTTPStatus.UPGRADE_REQUIRED and b"websockets" in answer.read()


def test_a_plain_server_of_openpi_must_be_described() -> None:
    """No protocol of ours in its metadata, no resets."""
    from websockets.sync.server import serve

    def handle(connection: Any) -> None:
        connection.send(pack({}))
        for frame in connection:
            message = unpack(frame)
            answer = np.zeros((10, 7), np.float32)
            answer[:, 0] = message["observation/image"].shape[0] / 1000
            connection.send(pack({"actions": answer}))

    with serve(handle, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        with pytest.raises(ProtocolError, match=r"chunk=4"):
            RemotePolicy.connect(address)
        policy = RemotePolicy.connect(f"{address}?chunk=5&size=20&actions=bridge")
        policy.reset({0: EpisodeStart(None, 0, "")})
        actions = policy.infer(seen())
        assert actions.shape == (1, 5, 7)
        np.testing.assert_allclose(actions[0, :, 0], 0.02)
        policy.close()
        server.shutdown()


@pytest.mark.parametrize(("options", "word"), [
    ("chnk=4", "chnk"), ("chunk=0", "chunk: .* 1"), ("timeout_s=-1", "timeout_s"),
])
def test_wrong_options_are_named(options: str, word: str) -> None:
    with pytest.raises(ProtocolError, match=word):
        RemotePolicy.connect(f"ws://127.0.0.1:1?{options}")


def test_the_oracle_cannot_be_served() -> None:
    with pytest.raises(ProtocolError, match="simulator's state"):
        require_servable(OraclePolicy())
