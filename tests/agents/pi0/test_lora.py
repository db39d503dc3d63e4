"""Adapters beside the weights, and what is trained."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError, fill, skeleton
from gen3d_bench.agents.pi0.configuration import Pi0Config
from gen3d_bench.agents.pi0.lora import add_lora, groups, load_trained, merged, save_trained
from gen3d_bench.agents.pi0.modeling import Pi0
from tests.agents.pi0.test_modeling import TINY, inputs_for, model_of, noise_for


def adapted(rank: int = 2, dtype: torch.dtype = torch.float32) -> Pi0:
    model = model_of(TINY).to(dtype)
    add_lora(model, rank)
    return model


def moved(model: Pi0) -> Pi0:
    """As after some training: the second matrix of an adapter is zero at first."""
    rng = torch.Generator().manual_seed(0)
    for p in groups(model)["vlm_lora"]:
        torch.nn.init.normal_(p, std=0.1, generator=rng)
    return model


def test_bridge_has_as_many_as_the_reference_less_those_that_do_nothing() -> None:
    with torch.device("meta"):
        model = Pi0(Pi0Config.preset("bridge"))
    add_lora(model, 32)
    found = groups(model)
    # All linear layers at rank 32 would be 578 tensors with 56,716,288 numbers (reference); without the last layer's
    # q, o, gate, up and down, of sizes (in, out):
    idle = [(2048, 2048), (2048, 2048), (2048, 16384), (2048, 16384), (16384, 2048)]
    assert len(found["vlm_lora"]) == 578 - 2 * len(idle)
    assert sum(p.numel() for p in found["vlm_lora"]) == 56_716_288 - 32 * sum(map(sum, idle))
    assert sum(p.numel() for p in found["expert"]) == 314_636_295


def test_an_adapter_changes_nothing_at_first() -> None:
    inputs, noise = inputs_for(TINY, 2), noise_for(TINY, 2)
    torch.testing.assert_close(adapted().sample(inputs, noise), model_of(TINY).sample(inputs, noise), atol=0, rtol=0)


def test_train_and_eval_change_no_weight() -> None:
    model = moved(adapted(dtype=torch.bfloat16))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for _ in range(5):
        model.eval()
        model.train()
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_merging_gives_a_plain_model_that_does_the_same() -> None:
    model = moved(adapted())
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    plain = skeleton(TINY)
    fill(plain, merged(model), "")
    inputs, noise = inputs_for(TINY, 2), noise_for(TINY, 2)
    torch.testing.assert_close(plain.sample(inputs, noise), model.sample(inputs, noise), atol=1e-4, rtol=0)
    assert (plain.sample(inputs, noise) - model_of(TINY).sample(inputs, noise)).abs().max() > 1e-3
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_only_adapters_and_expert_learn_in_float32() -> None:
    model = adapted(dtype=torch.bfloat16)
    trained = groups(model)
    assert {p.dtype for group in trained.values() for p in group} == {torch.float32}
    optimizer = torch.optim.AdamW([p for group in trained.values() for p in group], lr=1e-2)
    frozen = {name: p.clone() for name, p in model.named_parameters() if not p.requires_grad}
    moving = {name: p.clone() for name, p in model.named_parameters() if p.requires_grad}
    inputs = inputs_for(TINY, 2).to("cpu", torch.bfloat16)
    for _ in range(2):  # in the first step only the second matrix of an adapter has a gradient
        with torch.autocast("cpu", torch.bfloat16):
            loss = model.loss(inputs, noise_for(TINY, 2, 1), noise_for(TINY, 2, 2), torch.tensor([0.2, 0.7]))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    now = dict(model.named_parameters())
    assert all(torch.equal(frozen[name], now[name]) for name in frozen)
    assert [name for name in moving if torch.equal(moving[name], now[name])] == []


def test_what_was_trained_goes_with_its_base_only(tmp_path: Path) -> None:
    model = moved(adapted())
    save_trained(model, tmp_path / "a.safetensors", "base")
    other = adapted()
    load_trained(other, tmp_path / "a.safetensors", "base")
    inputs, noise = inputs_for(TINY, 2), noise_for(TINY, 2)
    torch.testing.assert_close(other.sample(inputs, noise), model.sample(inputs, noise), atol=0, rtol=0)
    with pytest.raises(CheckpointError, match="belongs to weights base"):
        load_trained(other, tmp_path / "a.safetensors", "another")
    with pytest.raises(CheckpointError, match="do not fit"):
        load_trained(adapted(rank=3), tmp_path / "a.safetensors", "base")
