"""The checker that shows pictures to a vision-language model: it sees them whole, and passes nothing unseen."""

import base64
import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.llm.config import ModelConfig
from gen3d_bench.worldgen.llm.vision import Picture, VisionChecker, grid
from gen3d_bench.worldgen.verdict import Stage
from tests.worldgen.llm.server import Reply, answer, completion, failure, serving

CUP = AssetRequest("object", "red cup", "small glossy red ceramic cup", seed=5)


def plain(color: tuple[int, int, int], size: tuple[int, int] = (24, 32)) -> Picture:
    """[24, 32, 3] in one colour."""
    return np.full((*size, 3), color, np.uint8)


RED, BLUE, GREEN = plain((200, 30, 30)), plain((20, 30, 200)), plain((10, 180, 40))


def seen(body: dict[str, Any]) -> Picture:
    """The picture in a request, as the server decodes it."""
    text, image = body["messages"][1]["content"]
    assert "small glossy red ceramic cup" in text["text"] and "red cup" in text["text"]
    kind, data = image["image_url"]["url"].split(",", 1)
    assert kind == "data:image/png;base64"
    opened = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    assert opened.format == "PNG" and opened.mode == "RGB"
    return np.asarray(opened)


def redness(body: dict[str, Any]) -> Reply:
    """A judge that really looks: passes what is mostly red."""
    red = seen(body).reshape(-1, 3).mean(0)
    return answer({"reason": f"mean colour {red.round().tolist()}", "passed": bool(red[0] > 2 * red[2])})


def checker(url: str, cache: Path, **changes: Any) -> VisionChecker:
    return VisionChecker(ModelConfig(base_url=url, cache=cache, **{"timeout_s": 5.0, "max_retries": 0, **changes}))


@pytest.mark.parametrize(("picture", "passed"), [(RED, True), (BLUE, False)])
def test_appearance(tmp_path: Path, picture: Picture, passed: bool) -> None:
    with serving(redness) as server:
        verdict = checker(server.url, tmp_path).appearance(CUP, picture)
    assert np.array_equal(seen(server.requests[0]), picture)
    assert (verdict.stage, verdict.passed, verdict.method) == (Stage.appearance, passed, "openai:gpt-4o")
    assert verdict.reason.startswith("mean colour")
    assert server.requests[0]["response_format"]["json_schema"]["name"] == "Judgement"


@pytest.mark.parametrize(("views", "passed"), [([RED] * 4, True), ([RED, BLUE, BLUE, GREEN], False)])
def test_alignment(tmp_path: Path, views: list[Picture], passed: bool) -> None:
    with serving(redness) as server:
        verdict = checker(server.url, tmp_path).alignment(CUP, views)
    shown = seen(server.requests[0])
    assert shown.shape == (48, 64, 3)
    assert np.array_equal(shown[24:, :32], views[2])
    assert "grid of 4 views" in server.requests[0]["messages"][1]["content"][0]["text"]
    assert (verdict.stage, verdict.passed) == (Stage.alignment, passed)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([failure(503, "overloaded")], "overloaded"),
        ([Reply("{}", delay_s=0.6)], "no answer within 0.3 s"),
        ([completion(None, refusal="I do not look at this.")], "refused: I do not look at this."),
        ([completion("It looks fine: passed!")] * 2, "no valid answer, asked 2 times"),
        ([answer({"passed": True, "reason": " "})] * 2, "reason: must say what you see"),
        ([answer({"passed": "yes", "reason": "a cup"})] * 2, "passed: Input should be a valid boolean"),
    ],
)
def test_nothing_passes_that_was_not_judged(tmp_path: Path, script: list[Reply], words: str) -> None:
    with serving(script) as server:
        verdict = checker(server.url, tmp_path, timeout_s=0.3, asks=2).appearance(CUP, RED)
    assert not verdict.passed
    assert verdict.reason.startswith("the checker could not be reached: ") and words in verdict.reason


@pytest.mark.parametrize("judge", [
    lambda c: c.appearance(CUP, RED),
    lambda c: c.alignment(CUP, [RED, RED, RED, RED]),
])
def test_an_unreachable_judge_is_no_pass(tmp_path: Path, judge: Callable[[VisionChecker], Any]) -> None:
    with serving([]) as server:
        pass
    verdict = judge(checker(server.url, tmp_path))
    assert not verdict.passed and "cannot be reached" in verdict.reason


def test_a_second_look_is_free(tmp_path: Path) -> None:
    with serving(redness) as server:
        first = checker(server.url, tmp_path).appearance(CUP, RED)
    again = checker(server.url, tmp_path)
    assert again.appearance(CUP, RED) == first
    assert again.model.usage.cached == again.model.usage.requests == 1
    assert not again.appearance(CUP, BLUE).passed  # another picture is another question, and the server is gone


def test_it_can_be_sent_to_workers() -> None:
    assert pickle.loads(pickle.dumps(VisionChecker(ModelConfig("some-model")))).name == "openai:some-model"


@pytest.mark.parametrize(("count", "shape"), [(1, (24, 32)), (3, (48, 64)), (4, (48, 64)), (5, (48, 96))])
def test_grid(count: int, shape: tuple[int, int]) -> None:
    views = [plain((40 * i, 0, 0)) for i in range(count)]
    whole = grid(views)
    assert whole.shape == (*shape, 3)
    assert {tuple(pixel) for pixel in whole.reshape(-1, 3)} - {(255, 255, 255)} == {tuple(v[0, 0]) for v in views}


@pytest.mark.parametrize("views", [[], [RED, plain((1, 2, 3), (10, 10))]])
def test_views_that_make_no_grid(views: list[Picture]) -> None:
    with pytest.raises(ValueError, match="pictures of one size"):
        grid(views)
