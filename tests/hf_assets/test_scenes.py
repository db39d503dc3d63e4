"""Scenes by the addresses of their packs, wherever scenes are named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gen3d_bench.evaluation.config import EnvSettings, EvalConfig
from gen3d_bench.evaluation.runner import evaluate
from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.hub import Hub as Client
from gen3d_bench.hf_assets.scenes import pin
from gen3d_bench.scenes import catalog, remote
from gen3d_bench.scenes.errors import UnknownSceneError
from gen3d_bench.scenes.resolve import resolve_scenes
from gen3d_bench.scenes.schema import Scene
from tests.evaluation.fake_world import FakeEnv, make_scene
from tests.hf_assets.hub_server import Hub

MB = 1 << 20


def at(address: str) -> PackAddress:
    return PackAddress.parse(address)


def test_addresses_stand_wherever_scenes_are_named(default_client: Client, published: str) -> None:
    named = resolve_scenes([f"hf://{published}/H0/id", "gen3d-042", 7])
    assert [scene.id for scene in named] == ["desk", "kitchen/a", "gen3d-042", "gen3d-007"]
    assert catalog.load_scene_set(f"hf://{published}").ids == ("desk", "kitchen/a", "shelf")
    pinned = remote.pin_addresses(["H0/ood", f"hf://{published}/desk"])
    assert pinned == ("H0/ood", pin(f"hf://{published}/desk", default_client))
    with pytest.raises(UnknownSceneError, match="scenes are not fetched from s3://; known: hf://"):
        resolve_scenes("s3://bucket/name")


@dataclass(frozen=True)
class Expecting:
    """Makes environments of the fake world, for these scenes only."""

    scenes: tuple[str, ...]

    def __call__(self, settings: EnvSettings) -> FakeEnv:
        assert settings.scenes == self.scenes
        return FakeEnv(settings)


def test_the_workers_of_an_evaluation_run_the_revision_that_was_there_when_it_began(
    hub: Hub, default_client: Client, published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commit = hub.repos[published].refs["refs/heads/main"]
    pinned = (f"hf://{published}@{commit}/desk",)

    def resolve(specs: Sequence[str]) -> Sequence[Scene]:
        assert tuple(specs) == pinned
        hub.commit(published, {"pack.json": b"{}"})
        return [make_scene("desk")]

    config = EvalConfig(policy="random", scenes=(f"hf://{published}/desk",), episodes=1, workers=1, videos=0)
    done = evaluate(config, env_factory=Expecting(pinned), resolve=resolve)
    assert done.summary.missing == {} and done.folder == config.folder
    assert json.loads((done.folder / "run.json").read_text())["sources"] == list(pinned)
