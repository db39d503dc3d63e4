"""Weights from files: all of them, or an error that lists what is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from gen3d_bench.agents.pi0.checkpoints import open_pi_zero, openpi, paligemma
from gen3d_bench.agents.pi0.checkpoints.own import load_model, save_model
from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError, fill, skeleton
from gen3d_bench.agents.pi0.configuration import ConfigurationError, Pi0Config
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.agents.pi0.statistics import Normalization, NormalizationError
from gen3d_bench.agents.registry import policy_sha256
from tests.agents.pi0.models import SPEAKING, saved_model, tokenizer
from tests.agents.pi0.test_modeling import TINY, inputs_for, model_of, noise_for
from tests.shared import shared


def same(first: Pi0, second: Pi0) -> bool:
    ours, theirs = first.state_dict(), second.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)


# ------------------------------------------------------------------------------------------------------------- strict


def test_everything_that_does_not_fit_is_in_one_error() -> None:
    state = dict(model_of(TINY).state_dict())
    del state["proprio_encoder.weight"], state["joint_model.mixtures.vlm.layers.0.mlp.up_proj.weight"]
    del state["joint_model.mixtures.vlm.layers.1.mlp.up_proj.weight"]
    state["lm_head.weight"] = torch.zeros(2)
    state["action_decoder.bias"] = torch.zeros(9)
    with pytest.raises(CheckpointError) as caught:
        fill(skeleton(TINY), state, "the file")
    text = str(caught.value)
    assert "missing: 3" in text and "proprio_encoder.weight" in text and "mlp.up_proj.weight (2 layers)" in text
    assert "unexpected: 1" in text and "lm_head.weight" in text
    assert "misshapen: 1" in text and "action_decoder.bias is [9], the model has [7]" in text


def test_nothing_is_left_unfilled() -> None:
    model = skeleton(TINY)
    fill(model, model_of(TINY).state_dict(), "")
    assert not any(tensor.is_meta for tensor in [*model.parameters(), *model.buffers()])
    assert all(p.requires_grad for p in model.parameters())


# ---------------------------------------------------------------------------------------------------------------- own


@pytest.mark.parametrize("dtype", [None, torch.float16, torch.bfloat16])
def test_a_model_folder_comes_back(tmp_path: Path, dtype: torch.dtype | None) -> None:
    model = model_of(SPEAKING)
    save_model(tmp_path / "m", model, Normalization.bridge(), tokenizer(), "# A card", dtype)
    loaded = load_model(tmp_path / "m")
    assert loaded.model.config == SPEAKING and loaded.normalization == Normalization.bridge()
    assert loaded.model.dtype == (dtype or torch.float32)
    assert same(loaded.model, model.to(dtype or torch.float32))
    assert (tmp_path / "m/README.md").read_text() == "# A card"
    assert [p.name for p in tmp_path.iterdir()] == ["m"], "a temporary folder is left"


def test_saving_again_replaces(tmp_path: Path) -> None:
    saved_model(tmp_path / "m")
    first = policy_sha256(f"pi0:{tmp_path / 'm'}")
    save_model(tmp_path / "m", model_of(SPEAKING, seed=9), Normalization.bridge(), tokenizer(), "# Newer")
    assert first != policy_sha256(f"pi0:{tmp_path / 'm'}") is not None
    assert same(load_model(tmp_path / "m").model, model_of(SPEAKING, seed=9))


@pytest.mark.parametrize(("spoil", "error", "message"), [
    (lambda f: (f / "normalization.json").unlink(), NormalizationError, "come with the weights"),
    (lambda f: (f / "config.json").unlink(), CheckpointError, "no model in .*config.json is missing"),
    (lambda f: (f / "model.safetensors").write_bytes(b"broken"), CheckpointError, "download it again"),
    (lambda f: replace(Normalization.bridge(), source="elsewhere").save(f / "normalization.json"), CheckpointError,
     "normalization.json is not the file"),
    (lambda f: (f / "config.json").write_text('{"format": 99}'), CheckpointError, "format 99"),
    (lambda f: (f / "config.json").write_text("{"), CheckpointError, "describes no model"),
])
def test_a_spoilt_folder_says_what_is_wrong(tmp_path: Path, spoil: Any, error: type[Exception], message: str) -> None:
    folder = saved_model(tmp_path / "m")
    spoil(folder)
    with pytest.raises(error, match=message):
        load_model(folder)


# ------------------------------------------------------------------------------------------------------- open-pi-zero


def original_config() -> dict[str, Any]:
    config: dict[str, Any] = json.loads(shared("golden/pi0_tiny_a.json").read_text())["config"]
    return config


def compiled_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {re.sub(r"^(joint_model\.)", r"_orig_mod.\1", name): tensor for name, tensor in state.items()}


def test_a_checkpoint_as_it_is_trained(tmp_path: Path) -> None:
    """Compiled, in bfloat16, under "model", beside an optimiser's state."""
    model = model_of(Pi0Config.from_open_pi_zero(original_config())).to(torch.bfloat16)
    content = {"model": compiled_names(open_pi_zero.state_dict(model)), "cnt_update": 5, "wandb_id": None}
    torch.save(content, tmp_path / "step.pt")
    loaded = Pi0.from_open_pi_zero(tmp_path / "step.pt", original_config())
    assert same(loaded, model) and loaded.dtype == torch.bfloat16
    again = Pi0.from_open_pi_zero(content["model"], shared("golden/pi0_tiny_a.json"))
    assert same(again, model)


def test_the_names_are_those_of_the_reference() -> None:
    reference = json.loads(shared("reference/pi0_state_dict_keys.json").read_text())
    with torch.device("meta"):
        state = open_pi_zero.state_dict(Pi0(Pi0Config.preset("bridge")))
    assert {name: list(tensor.shape) for name, tensor in state.items()} == reference["keys"]
    assert len(state) == reference["counts"]["state_dict_entries"] == 938


def test_shared_weights_that_differ_are_refused() -> None:
    state = {k: v.clone() for k, v in open_pi_zero.state_dict(model_of(TINY)).items()}
    state["joint_model.mixtures.proprio.norm.weight"] += 0.25
    with pytest.raises(CheckpointError, match=r"proprio\.norm\.weight.*differ \(by 0\.25\)"):
        open_pi_zero.load(state, TINY)


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "exploded",)

    torch.save({"model": Bomb()}, tmp_path / "bomb.pt")
    with pytest.raises(CheckpointError, match="no checkpoint of tensors"):
        open_pi_zero.load(tmp_path / "bomb.pt", TINY)
    assert not (tmp_path / "exploded").exists()


def test_variants_that_are_not_supported_are_named() -> None:
    config = original_config()
    with pytest.raises(ConfigurationError, match="adaptive"):
        Pi0Config.from_open_pi_zero({**config, "action_expert_adaptive_mode": "adaLN"})
    with pytest.raises(ConfigurationError, match="without 'vision'"):
        Pi0Config.from_open_pi_zero({k: v for k, v in config.items() if k != "vision"})


# ----------------------------------------------------------------------------------------------------- openpi, lerobot


def patterns_of(names: dict[str, list[int]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, shape in names.items():
        entry = found.setdefault(re.sub(r"layers\.\d+\.", "layers.{i}.", name), {"shape": shape, "count": 0})
        entry["count"] += 1
    return found


@pytest.mark.parametrize("project", ["openpi", "lerobot"])
def test_their_names_become_exactly_ours(project: str) -> None:
    patterns = json.loads(shared(f"reference/pi0_{project}_keys.json").read_text())["patterns"]
    config = Pi0Config.preset("openpi")
    theirs = {
        pattern.replace("{i}", str(i)): torch.empty(facts["shape"], device="meta")
        for pattern, facts in patterns.items() for i in range(facts["count"])
    }
    ours = openpi.translate(theirs, config)
    with torch.device("meta"):
        model = Pi0(config)
    expected = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    assert patterns_of({n: list(t.shape) for n, t in ours.items()}) == patterns_of(expected)


def test_several_files_with_an_index(tmp_path: Path) -> None:
    save_file({"a": torch.ones(1)}, tmp_path / "model-1.safetensors")
    save_file({"b": torch.ones(2)}, tmp_path / "model-2.safetensors")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert {name: len(tensor) for name, tensor in openpi.read(tmp_path).items()} == {"a": 1, "b": 2}
    with pytest.raises(CheckpointError, match=r"no \.safetensors"):
        openpi.read(tmp_path / "nothing")


# ---------------------------------------------------------------------------------------------------------- PaliGemma


@pytest.mark.parametrize(("decoder", "others"), [("language_model.model.", ""), ("model.language_model.", "model.")])
def test_paligemma_fills_what_sees_and_reads(decoder: str, others: str) -> None:
    source, model = model_of(TINY, seed=1), model_of(TINY, seed=2)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    theirs: dict[str, Tensor] = {f"{decoder}norm.weight": torch.zeros(24), "lm_head.weight": torch.zeros(50, 24)}
    for name, tensor in source.state_dict().items():
        if name.startswith(("vision_tower", "multi_modal")):
            theirs[others + name] = tensor
        elif "vlm" in name or name.startswith("embed"):
            theirs[decoder + name.replace("joint_model.mixtures.vlm.", "")] = tensor
    left = paligemma.load_vlm(model, theirs)
    assert any(name.startswith("action_decoder") for name in left)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name] if name in left else source.state_dict()[name]), name
    del theirs[f"{others}multi_modal_projector.linear.bias"]
    with pytest.raises(CheckpointError, match=r"multi_modal_projector\.linear\.bias"):
        paligemma.load_vlm(model_of(TINY), theirs)


def test_the_same_answers_after_a_journey(tmp_path: Path) -> None:
    config = replace(SPEAKING, softcap=50.0)
    folder = saved_model(tmp_path / "m", config)
    inputs, noise = inputs_for(config, 2), noise_for(config, 2)
    torch.testing.assert_close(load_model(folder).model.sample(inputs, noise), model_of(config).sample(inputs, noise),
                               atol=0, rtol=0)
