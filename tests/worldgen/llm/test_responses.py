"""The cache of answers: a second run is free, offline and equal; what is damaged is asked for again."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gen3d_bench.scenes.schema import Model
from gen3d_bench.worldgen.designer.protocol import Usage
from gen3d_bench.worldgen.llm.client import LanguageModel
from gen3d_bench.worldgen.llm.config import ModelConfig
from gen3d_bench.worldgen.llm.errors import LanguageModelError
from gen3d_bench.worldgen.llm.responses import request_digest
from tests.worldgen.llm.server import answer, completion, serving

KEY = "sk-this-must-never-be-seen"
QUESTION = [{"role": "user", "content": "How many cups?"}]


class Count(Model):
    count: int


class Total(Model):
    count: int


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def model(url: str, cache: Path, **changes: Any) -> LanguageModel:
    return LanguageModel(ModelConfig(base_url=url, cache=cache, **{"timeout_s": 5.0, "max_retries": 0, **changes}))


def files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_a_second_run_needs_no_server_and_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([answer({"count": 3})]) as server:
        first = model(server.url, tmp_path).ask(QUESTION, Count, seed=1)
    monkeypatch.delenv("OPENAI_API_KEY")
    second = model(server.url, tmp_path).ask(QUESTION, Count, seed=1)
    assert second.value == first.value
    assert second.usage == Usage(requests=1, cached=1)


def test_a_conversation_of_several_answers_replays_without_the_server(tmp_path: Path) -> None:
    def check(count: Count) -> list[str]:
        return [] if count.count < 5 else [f"count: {count.count} is too many"]

    with serving([completion("none"), answer({"count": 9}), answer({"count": 4})]) as server:
        first = model(server.url, tmp_path).ask(QUESTION, Count, 1, check)
    second = model(server.url, tmp_path).ask(QUESTION, Count, 1, check)
    assert first.value == second.value == Count(count=4)
    assert (first.usage.requests, first.usage.cached) == (3, 0)
    assert second.usage == Usage(requests=3, cached=3)


def test_a_conversation_that_failed_is_not_kept(tmp_path: Path) -> None:
    with serving([completion("none"), completion("no"), answer({"count": 1})]) as server:
        with pytest.raises(LanguageModelError):
            model(server.url, tmp_path, asks=2).ask(QUESTION, Count, seed=1)
        assert files(tmp_path) == []
        assert model(server.url, tmp_path, asks=2).ask(QUESTION, Count, seed=1).value.count == 1


def test_whatever_changes_the_answer_is_asked_anew(tmp_path: Path) -> None:
    other = [{"role": "user", "content": "How many plates?"}]
    with serving([answer({"count": n}) for n in range(7)]) as server:
        got = [
            model(server.url, tmp_path).ask(QUESTION, Count, 1).value.count,
            model(server.url, tmp_path).ask(QUESTION, Count, 2).value.count,
            model(server.url, tmp_path).ask(other, Count, 1).value.count,
            model(server.url, tmp_path).ask(QUESTION, Total, 1).value.count,
            model(server.url, tmp_path, name="other").ask(QUESTION, Count, 1).value.count,
            model(server.url, tmp_path, temperature=0.0).ask(QUESTION, Count, 1).value.count,
            model(server.url, tmp_path, max_output_tokens=9).ask(QUESTION, Count, 1).value.count,
        ]
        assert got == list(range(7))
        assert model(server.url, tmp_path, timeout_s=9.0, asks=1).ask(QUESTION, Count, 1).value.count == 0
    assert len(server.requests) == 7


def test_two_servers_do_not_mix(tmp_path: Path) -> None:
    with serving([answer({"count": 1})]) as one, serving([answer({"count": 2})]) as two:
        assert model(one.url, tmp_path).ask(QUESTION, Count, 1).value.count == 1
        assert model(two.url, tmp_path).ask(QUESTION, Count, 1).value.count == 2


def test_the_digest_does_not_change_between_versions() -> None:
    """Whoever changes what makes a request the same throws away everybody's paid answers: change this knowingly."""
    request = {"model": "m", "messages": QUESTION, "seed": 1}
    assert request_digest("host/v1", request) == "47b5b72a757a048e42f556b80dedebe9d1311496a9c931298880e2cb166a6b59"


def test_neither_files_nor_names_hold_the_key(tmp_path: Path) -> None:
    with serving([answer({"count": 1})]) as server:
        model(server.url, tmp_path).ask(QUESTION, Count, seed=1)
    (file,) = files(tmp_path)
    assert KEY not in file.read_text() and KEY not in str(file)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b'{"content": 3}', b'{"content": "{}", "x": 1}'])
def test_a_damaged_file_is_asked_for_again(tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with serving([answer({"count": 1}), answer({"count": 1})]) as server:
        model(server.url, tmp_path).ask(QUESTION, Count, seed=1)
        (file,) = files(tmp_path)
        whole = file.read_bytes()
        file.write_bytes(data)
        with caplog.at_level(logging.WARNING):
            assert model(server.url, tmp_path).ask(QUESTION, Count, seed=1).value.count == 1
        assert str(file) in caplog.text and "asking again" in caplog.text
    assert file.read_bytes() == whole


def test_a_cached_answer_that_a_check_now_refuses_is_asked_again(tmp_path: Path) -> None:
    with serving([answer({"count": 9}), answer({"count": 4})]) as server:
        model(server.url, tmp_path).ask(QUESTION, Count, 1)
        got = model(server.url, tmp_path).ask(QUESTION, Count, 1, lambda c: ["count: too many"] if c.count > 5 else [])
    assert got.value.count == 4 and (got.usage.requests, got.usage.cached) == (2, 1)


def test_a_cache_that_cannot_be_written_costs_only_the_next_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    with serving([answer({"count": 1})]) as server, caplog.at_level(logging.WARNING):
        assert model(server.url, tmp_path / "file").ask(QUESTION, Count, seed=1).value.count == 1
    assert "cannot be kept" in caplog.text


WRITER = """
import sys
from pathlib import Path
from gen3d_bench.worldgen.llm.responses import Response, ResponseCache
cache = ResponseCache(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for i in range(150):
    digest = f"{i % 5:064x}"
    cache.put(digest, Response(content=sys.argv[2] * 20000, finish_reason="stop", prompt_tokens=1, completion_tokens=1))
    found = cache.get(digest)
    assert found is not None and set(found.content) in ({"a"}, {"b"}) and len(found.content) == 20000
"""


def test_two_processes_share_a_cache(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), letter], text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for letter in "ab"
    ]
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0 and errors == ""  # not even a warning of a damaged file
    assert len(files(tmp_path)) == 5
    assert all(json.loads(file.read_text())["finish_reason"] == "stop" for file in files(tmp_path))
