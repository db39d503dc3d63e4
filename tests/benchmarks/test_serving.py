"""What a socket adds to a policy, and what it gains when several clients ask."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import torch

from gen3d_bench.agents.pi0.checkpoints.own import LoadedModel
from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.agents.pi0.policy import Pi0Policy
from gen3d_bench.agents.pi0.statistics import Normalization
from gen3d_bench.agents.pi0.tokenizer import OWN, PromptTokenizer
from gen3d_bench.agents.policy import EpisodeStart
from gen3d_bench.agents.remote.client import RemotePolicy
from tests.agents.remote.test_serving import served
from tests.benchmarks.figures import Target, interleave, milliseconds

CLIENTS, ASKED = 8, 6


def small_policy() -> Pi0Policy:
    config = Pi0Config.preset("small128")
    tokenizer = PromptTokenizer.load(OWN, config.text_tokens)
    return Pi0Policy(LoadedModel(Pi0.initialised(config, 0).eval(), Normalization.bridge(), tokenizer, ""), "small")


def seen() -> dict[str, Any]:
    return {"image": np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8),
            "proprio": np.zeros((1, 7), np.float32), "instruction": ["put the pen in the pen holder"]}


def begin(policy: Any) -> Any:
    policy.reset({0: EpisodeStart(None, 0, "put the pen in the pen holder")})
    return policy


def test_overhead(benchmark, take):
    """A picture of 224 x 224 over loopback and its actions back, less what the policy takes in process."""
    alone, observation = begin(small_policy()), seen()
    with served(small_policy()) as address:
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
    torch.set_num_threads(2)
    with served(small_policy()) as address:
        one = begin(RemotePolicy.connect(address))

        def in_turn() -> None:
            for _ in range(CLIENTS * ASKED):
                one.infer(observation)

        def ask(client: RemotePolicy) -> None:
            for _ in range(ASKED):
                client.infer(observation)

        with served(small_policy()) as busy:
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
