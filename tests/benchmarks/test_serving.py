"""What a socket adds to a policy, and what it gains when several clients ask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from gen3d_bench.agents.policy import EpisodeStart
from gen3d_bench.agents.registry import make_policy
from gen3d_bench.agents.remote.client import RemotePolicy
from gen3d_bench.machine import cores
from tests.benchmarks.conftest import THREADS
from tests.benchmarks.figures import Target, interleave, milliseconds

CLIENTS, ASKED = 8, 6


def seen() -> dict[str, Any]:
    return {"image": np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8),
            "proprio": np.zeros((1, 7), np.float32), "instruction": ["put the pen in the pen holder"]}


def begin(policy: Any) -> Any:
    policy.reset({0: EpisodeStart(None, 0, "put the pen in the pen holder")})
    return policy


@contextmanager
def gen3d_serve() -> Iterator[str]:
    """The address of `gen3d serve`, as anybody starts it: a process of its own, with as many threads as torch takes."""
    free = {name: value for name, value in os.environ.items() if name not in THREADS}
    command = [sys.executable, "-m", "gen3d_bench", "serve", "--policy", "gen3d-pi0-small", "--port", "0"]
    with subprocess.Popen(command, env=free, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield next(word for line in process.stderr for word in line.split() if word.startswith("ws://"))
        finally:
            process.send_signal(signal.SIGINT)


def test_overhead(benchmark, take):
    """A picture of 224 x 224 over loopback and its actions back, less what the policy takes in process."""
    torch.set_num_threads(cores())
    alone, observation = begin(make_policy("gen3d-pi0-small")), seen()
    with gen3d_serve() as address:
        remote = begin(RemotePolicy.connect(address))
        ours, others = interleave(benchmark, lambda: remote.infer(observation),
                                  {"alone": lambda: alone.infer(observation)}, rounds=100)
        remote.close()
    note = f"{milliseconds(ours)}, in process {milliseconds(others['alone'])}"
    over = 1e3 * float(np.median(ours - others["alone"]))
    take("served, more than in process, p50", over, " ms", Target("<=", 5), note)


def test_clients_together(benchmark, take):
    """Eight clients at once against the same requests one after another."""
    observation = seen()
    with gen3d_serve() as address:
        one = begin(RemotePolicy.connect(address))

        def in_turn() -> None:
            for _ in range(CLIENTS * ASKED):
                one.infer(observation)

        def ask(client: RemotePolicy) -> None:
            for _ in range(ASKED):
                client.infer(observation)

        with gen3d_serve() as busy:
            clients = [begin(RemotePolicy.connect(busy)) for _ in range(CLIENTS)]

            def together() -> None:
                threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()

            ours, others = interleave(benchmark, together, {"in turn": in_turn}, rounds=7, warmup=1)
            for client in (one, *clients):
                client.close()
    note = f"{CLIENTS * ASKED} answers in {milliseconds(ours)}, in turn {milliseconds(others['in turn'])}"
    take("eight clients together / in turn", np.median(others["in turn"] / ours), "x", Target(">=", 2), note)
