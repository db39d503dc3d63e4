"""The pipeline with a language model as designer and as judge, behind a real server on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gen3d_bench.worldgen.designer.protocol import Task
from gen3d_bench.worldgen.pipeline.config import GenerateConfig
from gen3d_bench.worldgen.pipeline.jobs import Job
from gen3d_bench.worldgen.pipeline.run import generate
from gen3d_bench.worldgen.pipeline.scene import make_scene
from gen3d_bench.worldgen.pipeline.workshop import workshop
from gen3d_bench.worldgen.verdict import Stage
from tests.worldgen.llm.server import Reply, Server, answer, failure, serving
from tests.worldgen.pipeline.making import scene_files

pytestmark = pytest.mark.render
SENTENCE = "put the pen in the pen holder"
GRAPH = {
    "instruction": SENTENCE,
    "background": "office with white walls",
    "context": "light oak desk",
    "robot": "widowx250s",
    "source": {"name": "pen", "description": "blue plastic pen"},
    "target": {"name": "pen holder", "description": "black plastic pen holder"},
    "relation": "IN",
    "distractors": [{"name": "notebook", "description": "red notebook"}],
}


class Model:
    """Designs always the same, and is not content with the first pen that it sees."""

    def __init__(self) -> None:
        self.pens = 0

    def __call__(self, body: dict[str, Any]) -> Reply:
        schema = body["response_format"]["json_schema"]["schema"]
        if "graph" in schema["properties"]:
            return answer({"reason": "A pen and its holder.", "possible": True, "graph": GRAPH})
        asked = json.dumps(body["messages"])
        assert "data:image/png;base64," in asked
        if "blue plastic pen" in asked:
            self.pens += 1
            if self.pens == 1:
                return answer({"reason": "This looks like a handle, not like a pen.", "passed": False})
        return answer({"reason": "It is what was asked for.", "passed": True})


@pytest.fixture(autouse=True)
def own_cache_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", "a key of this test")
    workshop.cache_clear()


def run(server: Server | str, out: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OPENAI_BASE_URL", server if isinstance(server, str) else server.url)
    config = GenerateConfig(out=out, designer="openai", checker="openai", distractors=1)
    return generate([Task(SENTENCE)], config)


def test_what_the_judge_rejects_is_made_again_and_a_rerun_needs_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Model()) as server:
        first = run(server, tmp_path / "first", monkeypatch)
        url = server.url
    (record,) = first.records
    assert record.accepted, record.reason
    pen = next(asset for asset in record.attempts[-1].assets if asset.name == "pen")
    assert [attempt.passed for attempt in pen.attempts] == [False, True]
    rejected = pen.attempts[0].verdicts[0]
    assert (rejected.stage, rejected.method) == (Stage.appearance, "openai:gpt-4o")
    assert "handle" in rejected.reason
    assert rejected.evidence is not None and (tmp_path / "first" / rejected.evidence).exists()
    assert first.profile.attempts == pytest.approx(4 / 3)
    assert first.profile.usage.requests == len(server.requests) > 5  # the judge's, too
    assert first.profile.usage.prompt_tokens == 1000 * len(server.requests)
    assert "This looks like a handle" in first.report.read_text()

    workshop.cache_clear()
    again = run(url, tmp_path / "again", monkeypatch)  # the server is gone
    assert again.records[0].accepted
    assert again.profile.usage.cached == again.profile.usage.requests == first.profile.usage.requests
    assert scene_files(tmp_path / "again") == scene_files(tmp_path / "first")


def test_a_judge_that_goes_away_lets_nothing_pass_and_is_asked_again_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_designs(body: dict[str, Any]) -> Reply:
        if "graph" in body["response_format"]["json_schema"]["schema"]["properties"]:
            return answer({"reason": "A pen and its holder.", "possible": True, "graph": GRAPH})
        return failure(401, "this key may not see pictures", "invalid_api_key")

    with serving(only_designs) as server:
        first = run(server, tmp_path / "set", monkeypatch)
        assert first.records[0].status == "failed"
        assert "could not be reached" in first.records[0].reason
        assert scene_files(tmp_path / "set") == {}
        server.script = Model()
        assert run(server, tmp_path / "set", monkeypatch).records[0].accepted


def test_a_task_that_the_model_declares_impossible_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([answer({"reason": "Nobody can put the sea in a cup.", "possible": False, "graph": None})]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        config = GenerateConfig(out=tmp_path, designer="openai")
        made = make_scene(config, Job("sea", Task("put the sea in the cup")))
    assert made.record.status == "refused"
    assert "Nobody can put the sea in a cup" in made.record.reason
