"""`gen3d pi0 convert`: other projects' checkpoints become model folders."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gen3d_bench.agents.pi0 import configuration
from gen3d_bench.agents.pi0.checkpoints.open_pi_zero import state_dict
from gen3d_bench.agents.pi0.checkpoints.own import load_model
from gen3d_bench.agents.pi0.statistics import Normalization
from gen3d_bench.agents.pi0.tokenizer import OWN
from gen3d_bench.cli import main
from tests.agents.pi0.models import SPEAKING
from tests.agents.pi0.test_modeling import model_of


@pytest.fixture(autouse=True)
def _a_small_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "PRESETS", {"bridge": lambda: SPEAKING})


def convert(checkpoint: Path, layout: str, output: Path, *more: str) -> int:
    return main(["pi0", "convert", str(checkpoint), "--layout", layout, "--tokenizer", str(OWN), "--output",
                 str(output), *more])


def test_a_checkpoint_becomes_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    original = model_of(SPEAKING)
    torch.save({"model": state_dict(original), "n_updates": 7}, tmp_path / "step7.pt")
    assert convert(tmp_path / "step7.pt", "open-pi-zero", tmp_path / "bridge", "--dtype", "bfloat16") == 0
    assert f"0.1M parameters: {tmp_path / 'bridge'}" in capsys.readouterr().out
    loaded = load_model(tmp_path / "bridge")
    assert loaded.model.dtype == torch.bfloat16 and loaded.normalization == Normalization.bridge()
    for name, tensor in original.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor.to(torch.bfloat16)), name


def test_paligemma_is_where_training_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = model_of(SPEAKING, seed=4).state_dict()
    prefixes = {"embed_tokens.": "language_model.model.embed_tokens.",
                "joint_model.mixtures.vlm.layers.": "language_model.model.layers.",
                "vision_tower.": "vision_tower.", "multi_modal_projector.": "multi_modal_projector."}
    theirs = {theirs + name.removeprefix(mine): tensor.clone() for name, tensor in ours.items()
              for mine, theirs in prefixes.items() if name.startswith(mine)}
    save_file(theirs, tmp_path / "model.safetensors")
    assert convert(tmp_path / "model.safetensors", "paligemma", tmp_path / "start") == 0
    assert "tensors of the action expert at random" in capsys.readouterr().out
    weights = load_model(tmp_path / "start").model.state_dict()
    assert torch.equal(weights["embed_tokens.weight"], ours["embed_tokens.weight"])
    assert "this is where training starts" in (tmp_path / "start/README.md").read_text()


def test_what_is_missing_is_said_and_nothing_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = state_dict(model_of(SPEAKING))
    del state["action_decoder.bias"]
    torch.save({"model": state}, tmp_path / "step7.pt")
    assert convert(tmp_path / "step7.pt", "open-pi-zero", tmp_path / "bridge") == 2
    assert "action_decoder.bias" in capsys.readouterr().err and not (tmp_path / "bridge").exists()


def test_only_a_model_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"model": state_dict(model_of(SPEAKING))}, tmp_path / "step7.pt")
    assert [convert(tmp_path / "step7.pt", "open-pi-zero", tmp_path / "bridge") for _ in range(2)] == [0, 0]
    assert convert(tmp_path / "step7.pt", "open-pi-zero", tmp_path) == 2
    assert "holds other things than a model (bridge, step7.pt)" in capsys.readouterr().err
    load_model(tmp_path / "bridge")
    assert convert(tmp_path / "step7.pt", "open-pi-zero", tmp_path / "step7.pt") == 2
    assert "step7.pt is a file" in capsys.readouterr().err


def test_openpis_models_need_statistics_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(tmp_path / "model.safetensors", "openpi", tmp_path / "m") == 2
    assert "norm_stats.json" in capsys.readouterr().err
