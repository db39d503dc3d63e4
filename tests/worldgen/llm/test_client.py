"""Asking a language model: what is sent, what is retried, what is asked again, and how each failure reads."""

import logging
import pickle
import socket
from pathlib import Path
from typing import Any, Literal

import pytest

from gen3d_bench.scenes.schema import Model
from gen3d_bench.worldgen.designer.protocol import Usage
from gen3d_bench.worldgen.llm.client import MAX_ECHO, LanguageModel
from gen3d_bench.worldgen.llm.config import ModelConfig
from gen3d_bench.worldgen.llm.errors import LanguageModelError
from gen3d_bench.worldgen.llm.structured import response_format
from tests.worldgen.llm.server import Reply, Server, answer, completion, failure, serving

KEY = "sk-this-must-never-be-seen"
QUESTION = [{"role": "user", "content": "Which fruit?"}]
GOOD = {"name": "apple", "colours": ["red", "green"], "kind": "fruit"}


class Fruit(Model):
    name: str
    colours: tuple[str, ...]
    kind: Literal["fruit", "vegetable"]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def config(server: Server, tmp_path: Path, **changes: Any) -> ModelConfig:
    return ModelConfig(**{"base_url": server.url, "cache": tmp_path, "timeout_s": 5.0, "max_retries": 1, **changes})


def ask(script: list[Reply], tmp_path: Path, **changes: Any) -> tuple[Fruit, Usage, Server]:
    with serving(script) as server:
        got = LanguageModel(config(server, tmp_path, **changes)).ask(QUESTION, Fruit, seed=7)
    return got.value, got.usage, server


def complaint_of(script: list[Reply], tmp_path: Path, **changes: Any) -> tuple[str, Server]:
    """The one line of the error that a script leads to."""
    with serving(script) as server:
        model = LanguageModel(config(server, tmp_path, **changes))
        with pytest.raises(LanguageModelError) as error:
            model.ask(QUESTION, Fruit, seed=7)
    text = str(error.value)
    assert "\n" not in text and KEY not in text
    assert server.url.removeprefix("http://") in text and "'gpt-4o'" in text
    return text, server


def test_a_valid_answer(tmp_path: Path) -> None:
    value, usage, server = ask([answer(GOOD)], tmp_path)
    assert value == Fruit(name="apple", colours=("red", "green"), kind="fruit")
    assert usage == Usage(1, 0, 1000, 200, pytest.approx(1000 * 2.5e-6 + 200 * 10e-6))
    assert server.keys == [f"Bearer {KEY}"]


def test_what_is_sent(tmp_path: Path) -> None:
    _, _, server = ask([answer(GOOD)], tmp_path, temperature=0.5, max_output_tokens=99)
    (body,) = server.requests
    form = body.pop("response_format")
    assert body == {"model": "gpt-4o", "messages": QUESTION, "seed": 7, "temperature": 0.5, "max_completion_tokens": 99}
    assert form["type"] == "json_schema" and form["json_schema"]["strict"] is True
    schema = form["json_schema"]["schema"]
    assert schema["additionalProperties"] is False and schema["required"] == ["name", "colours", "kind"]
    assert schema["properties"]["kind"] == {"type": "string", "enum": ["fruit", "vegetable"]}


def test_no_temperature_unless_chosen(tmp_path: Path) -> None:
    assert "temperature" not in ask([answer(GOOD)], tmp_path)[2].requests[0]


def test_the_scene_schema_keeps_to_what_strict_mode_knows() -> None:
    from gen3d_bench.worldgen.llm.designer import Proposal

    def visit(part: dict[str, Any]) -> None:
        assert not set(part) & {"default", "maxItems", "minItems", "pattern", "title", "format", "prefixItems", "allOf"}
        if part.get("type") == "object":
            assert part["additionalProperties"] is False and part["required"] == list(part["properties"])
        for inner in [*part.get("properties", {}).values(), *part.get("$defs", {}).values(), *part.get("anyOf", [])]:
            visit(inner)
        if "items" in part:
            visit(part["items"])

    schema = response_format(Proposal)["json_schema"]["schema"]
    visit(schema)
    assert set(schema["$defs"]) == {"SceneGraph", "Thing"}


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ('{"name": "apple", "colo', "not valid JSON"),
        ("Sure! Here is an apple.", "not valid JSON"),
        ("", "not valid JSON"),
        ('{"name": "apple", "colours": "red", "kind": "fruit"}', 'colours: Input should be a valid array; found "red"'),
        ('{"name": "apple", "colours": ["red", 3], "kind": "fruit"}', "colours[1]: Input should be a valid string"),
        ('{"name": "apple", "colours": [], "kind": "nut"}', "kind: Input should be 'fruit' or 'vegetable'; found"),
        ('{"colours": [], "kind": "fruit"}', "name: Field required"),
        ('{"name": "a", "colours": [], "kind": "fruit", "x": 1}', "x: Extra inputs are not permitted; found 1"),
        ("[1, 2]", "the answer: Input should be an object; found [1, 2]"),
    ],
)
def test_an_invalid_answer_is_asked_again_with_the_complaint(tmp_path: Path, bad: str, complaint: str) -> None:
    value, usage, server = ask([completion(bad), answer(GOOD)], tmp_path)
    assert value.name == "apple" and usage.requests == 2 and usage.prompt_tokens == 2000
    first, second = (body["messages"] for body in server.requests)
    assert second[: len(first)] == first
    echo, again = second[len(first):]
    assert echo == {"role": "assistant", "content": bad or "(no text)"}
    assert again["role"] == "user" and complaint in again["content"]


def test_an_answer_that_fails_the_check_is_asked_again(tmp_path: Path) -> None:
    with serving([answer({**GOOD, "name": "pear"}), answer(GOOD)]) as server:
        model = LanguageModel(config(server, tmp_path))
        got = model.ask(QUESTION, Fruit, 7, lambda fruit: [] if fruit.name == "apple" else ["name: we want no pears"])
    assert got.value.name == "apple"
    assert "- name: we want no pears" in server.requests[1]["messages"][-1]["content"]
    assert model.usage == got.usage


def test_a_cut_off_answer_is_asked_again(tmp_path: Path) -> None:
    cut = completion('{"name": "app', finish_reason="length")
    value, _, server = ask([cut, answer(GOOD)], tmp_path, max_output_tokens=5)
    assert value.name == "apple"
    assert "cut off after 5 tokens" in server.requests[1]["messages"][-1]["content"]


def test_a_huge_answer_is_not_sent_back_whole(tmp_path: Path) -> None:
    huge = completion("x" * 5_000_000)
    value, _, server = ask([huge, answer(GOOD)], tmp_path, timeout_s=20.0)
    assert value.name == "apple"
    assert len(server.requests[1]["messages"][-2]["content"]) < MAX_ECHO + 10


def test_giving_up(tmp_path: Path) -> None:
    nut = answer({**GOOD, "kind": "nut"})
    text, server = complaint_of([completion("no"), completion("no"), nut], tmp_path, asks=3)
    assert len(server.requests) == 3
    assert "no valid answer, asked 3 times" in text and "kind: Input should be 'fruit' or 'vegetable'" in text


def test_too_many_requests_waits_as_told(tmp_path: Path) -> None:
    busy = failure(429, "slow down", retry_after="0.4")
    value, usage, server = ask([busy, answer(GOOD)], tmp_path)
    assert value.name == "apple" and usage.requests == 1
    assert server.times[1] - server.times[0] >= 0.4


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_broken_server_is_tried_again(tmp_path: Path, status: int) -> None:
    broken = failure(status, "oops", retry_after="0.01")
    assert ask([broken, broken, answer(GOOD)], tmp_path, max_retries=2)[0].name == "apple"


def test_a_slow_server_is_tried_again(tmp_path: Path) -> None:
    slow = Reply("{}", delay_s=0.6)
    assert ask([slow, answer(GOOD)], tmp_path, timeout_s=0.3)[0].name == "apple"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([failure(401, f"Incorrect API key provided: {KEY}", "invalid_api_key")],
         ["does not accept the key in OPENAI_API_KEY", "Incorrect API key provided: ***"]),
        ([failure(403, "not your project")], ["forbids this", "not your project"]),
        ([failure(404, "The model does not exist", "model_not_found")], ["check the model's name", "not exist"]),
        ([failure(400, "Invalid schema for response_format")], ["status 400: Invalid schema", "JSON schemas"]),
        ([failure(429, "You exceeded your quota", "insufficient_quota", retry_after="0.01")] * 2, ["no quota left"]),
        ([failure(429, "slow down", retry_after="0.01")] * 2, ["too many requests, tried 2 times", "fewer processes"]),
        ([failure(503, "overloaded", retry_after="0.01")] * 2, ["status 503", "tried 2 times", "overloaded"]),
        ([Reply("<html>gateway down</html>", 502, {"retry-after": "0.01"}, content_type="text/html")] * 2,
         ["status 502", "gateway down"]),
        ([completion(None, refusal="I cannot help\nwith that.")], ["refused: I cannot help with that."]),
        ([completion("{}", finish_reason="content_filter")], ["content filter"]),
        ([Reply('{"choices": []}')], ["no choices"]),
        ([Reply("<html>Welcome!</html>", content_type="text/html")], ["did not reply with a chat completion", "/v1"]),
        ([Reply('{"choices": [{"message"')], ["did not reply with a chat completion"]),
        ([Reply("null")], ["did not reply with a chat completion"]),
    ],
)
def test_every_failure_is_one_line_that_helps(tmp_path: Path, script: list[Reply], words: list[str]) -> None:
    count = len(script)
    text, server = complaint_of(script, tmp_path)
    assert len(server.requests) == count
    for word in words:
        assert word in text


def test_no_answer_in_time(tmp_path: Path) -> None:
    text, server = complaint_of([Reply("{}", delay_s=0.6)], tmp_path, timeout_s=0.3, max_retries=0)
    assert "no answer within 0.3 s, tried once" in text


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/v1", "http://no-such-host.invalid/v1", "nonsense", "http://[",
                                 "http://host:port/v1"])
def test_an_unreachable_server(tmp_path: Path, url: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = url.format(port=unused.getsockname()[1])
        model = LanguageModel(ModelConfig(base_url=url, cache=tmp_path, max_retries=0))
        with pytest.raises(LanguageModelError, match=r"cannot be reached|no server's address") as error:
            model.ask(QUESTION, Fruit, seed=7)
    assert "OPENAI_BASE_URL" in str(error.value)


def test_no_key_for_openai(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(LanguageModelError, match=r"api\.openai\.com/v1 needs a key .* set OPENAI_API_KEY"):
        LanguageModel(ModelConfig(cache=tmp_path)).ask(QUESTION, Fruit, seed=7)


def test_ones_own_server_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert ask([answer(GOOD)], tmp_path)[0].name == "apple"


def test_the_server_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([answer(GOOD)]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        LanguageModel(ModelConfig(cache=tmp_path)).ask(QUESTION, Fruit, seed=7)
    assert len(server.requests) == 1


def test_a_password_in_the_address_is_not_shown() -> None:
    assert ModelConfig(base_url="https://me:secret@host:8000/v1/").server == "host:8000/v1"


def test_unknown_prices_and_uncounted_tokens(tmp_path: Path) -> None:
    assert ask([answer(GOOD)], tmp_path / "a", name="my-model")[1].cost_usd is None
    assert ask([answer(GOOD)], tmp_path / "b", name="my-model", price=(1.0, 10.0))[1].cost_usd == pytest.approx(0.003)
    assert ask([answer(GOOD)], tmp_path / "c", name="gpt-4o-2024-08-06")[1].cost_usd == pytest.approx(0.0045)
    assert ask([completion('{"name": "a", "colours": [], "kind": "fruit"}', tokens=None)], tmp_path / "d")[1] == Usage(
        1, 0, 0, 0, None
    )


def test_each_request_is_logged_once_with_its_cost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ask([completion("no"), answer(GOOD)], tmp_path)
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("gen3d_bench") and r.levelno == logging.INFO]
    assert len(lines) == 2
    assert all("1000 prompt tokens, 200 completion tokens, $0.0045" in line for line in lines)
    assert KEY not in caplog.text


def test_a_pickled_model_works_and_holds_no_key(tmp_path: Path) -> None:
    with serving([answer(GOOD), answer(GOOD)]) as server:
        model = LanguageModel(config(server, tmp_path))
        model.ask(QUESTION, Fruit, seed=7)
        data = pickle.dumps(model)
        assert pickle.loads(data).ask(QUESTION, Fruit, seed=8).value.name == "apple"
    assert KEY.encode() not in data


@pytest.mark.parametrize("change", [{"asks": 0}, {"timeout_s": 0.0}, {"max_retries": -1}, {"max_output_tokens": 0}])
def test_settings_that_make_no_sense(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        ModelConfig(**change)
