"""What the model is, whatever its size."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from gen3d_bench.agents.pi0.configuration import PRESETS, ConfigurationError, ExpertConfig, Pi0Config, VisionConfig
from gen3d_bench.agents.pi0.flow import sample_time
from gen3d_bench.agents.pi0.modeling import Pi0, Pi0Inputs
from gen3d_bench.agents.pi0.transformer import rotation
from tests.shared import shared

TINY = Pi0Config(
    image_size=16, patch_size=8, vision=VisionConfig(16, 32, layers=2, heads=2), vocab_size=50, text_tokens=5,
    layers=3, heads=4, kv_heads=2, head_dim=8, vlm=ExpertConfig(24, 32), action=ExpertConfig(16, 32, rope_theta=100.0),
    time_max_period=100.0, action_clip=None,
)  # fmt: skip


def model_of(config: Pi0Config, seed: int = 0) -> Pi0:
    """With a velocity that is not zero, as it is at first."""
    model = Pi0.initialised(config, seed)
    torch.nn.init.normal_(model.action_decoder.weight, generator=torch.Generator().manual_seed(seed))
    return model


def inputs_for(config: Pi0Config, batch: int, words: int | None = None, seed: int = 0) -> Pi0Inputs:
    rng = torch.Generator().manual_seed(seed)
    mask = torch.arange(config.text_tokens) < (config.text_tokens if words is None else words)
    return Pi0Inputs(
        torch.rand(batch, config.n_images, 3, config.image_size, config.image_size, generator=rng) * 2 - 1,
        torch.randint(config.vocab_size, (batch, config.text_tokens), generator=rng),
        mask.expand(batch, -1).clone(),
        torch.randn(batch, config.proprio_tokens, config.proprio_dim, generator=rng),
    )


def noise_for(config: Pi0Config, batch: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(batch, config.horizon, config.action_dim, generator=torch.Generator().manual_seed(seed))


def test_bridge_has_the_parameters_of_the_original() -> None:
    reference = json.loads(shared("reference/pi0_state_dict_keys.json").read_text())
    with torch.device("meta"):
        model = Pi0(Pi0Config.preset("bridge"))
    expected = {k: v for k, v in reference["keys"].items() if not k.startswith("joint_model.mixtures.proprio.")}
    assert {name: list(weight.shape) for name, weight in model.state_dict().items()} == expected
    assert sum(weight.numel() for weight in model.parameters()) == reference["counts"]["unique_parameters_tied"]


def test_bridge_is_what_the_original_configuration_says() -> None:
    reference = json.loads(shared("reference/pi0_state_dict_keys.json").read_text())
    assert Pi0Config.from_open_pi_zero(reference["config"]) == Pi0Config.preset("bridge")


@pytest.mark.parametrize(("name", "millions"), [("mid128", (28, 33)), ("small64", (4, 5)), ("small128", (1.5, 2.5))])
def test_siblings_are_as_large_as_their_names_say(name: str, millions: tuple[float, float]) -> None:
    with torch.device("meta"):
        count = sum(weight.numel() for weight in Pi0(Pi0Config.preset(name)).parameters()) / 1e6
    assert millions[0] < count < millions[1]


@pytest.mark.parametrize("name", PRESETS)
def test_configurations_survive_json(name: str) -> None:
    config = Pi0Config.preset(name)
    assert Pi0Config.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(("change", "word"), [
    ({"image_size": 100}, "patch_size"), ({"kv_heads": 3}, "kv_heads"), ({"head_dim": 7}, "odd"),
    ({"softcap": 0.0}, "softcap"), ({"layers": 0}, "layers"),
])
def test_impossible_configurations_are_refused(change: dict[str, float], word: str) -> None:
    with pytest.raises(ConfigurationError, match=word):
        replace(TINY, **change)


def test_unknown_and_missing_fields_are_named() -> None:
    fields = TINY.to_json()
    with pytest.raises(ConfigurationError, match="sofcap"):
        Pi0Config.from_json({**fields, "sofcap": 50.0})
    with pytest.raises(ConfigurationError, match="heads"):
        Pi0Config.from_json({k: v for k, v in fields.items() if k != "heads"})


def test_a_stem_of_convolutions_makes_as_many_tokens() -> None:
    vision = replace(TINY.vision, stem="convolutions")
    config = replace(TINY, image_size=32, patch_size=16, vision=vision)
    model = Pi0.initialised(config, 0)
    pixels = torch.zeros(2, 1, 3, 32, 32)
    pixels[1, 0, :, 18:30, 2:14] = 1
    features = model.image_features(pixels)
    assert features.shape == (2, 4, config.vlm.hidden)
    # In row-major order, as patches are: what changed is in the third of four.
    embedded = model.vision_tower.vision_model.embeddings(pixels.flatten(0, 1))
    assert (embedded[1] - embedded[0]).norm(dim=-1).argmax() == 2
    with pytest.raises(ConfigurationError, match="patch_size 4 must be 8, 16, 32 or 64"):
        replace(config, patch_size=4)


def test_a_seed_gives_the_same_weights() -> None:
    torch.manual_seed(1)
    first = Pi0.initialised(TINY, 7).state_dict()
    torch.manual_seed(2)
    again, other = Pi0.initialised(TINY, 7).state_dict(), Pi0.initialised(TINY, 8).state_dict()
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert not torch.equal(first["embed_tokens.weight"], other["embed_tokens.weight"])


@pytest.mark.parametrize("positions", ["restart", "running"])
@pytest.mark.parametrize("softcap", [None, 30.0])
def test_padding_changes_nothing(positions: str, softcap: float | None) -> None:
    config = replace(TINY, positions=positions, softcap=softcap)
    model, inputs, noise = model_of(config), inputs_for(config, 2, words=3), noise_for(config, 2)
    other = replace(inputs, text_ids=torch.where(inputs.text_mask, inputs.text_ids, 7))
    torch.testing.assert_close(model.sample(inputs, noise), model.sample(other, noise), atol=0, rtol=0)


def test_an_observation_does_not_depend_on_its_batch() -> None:
    model, inputs, noise = model_of(TINY), inputs_for(TINY, 3), noise_for(TINY, 3)
    alone = [
        model.sample(Pi0Inputs(*(x[k : k + 1] for x in (inputs.pixel_values, inputs.text_ids, inputs.text_mask,
                                                        inputs.proprio))), noise[k : k + 1])
        for k in range(3)
    ]
    torch.testing.assert_close(model.sample(inputs, noise), torch.cat(alone), atol=1e-5, rtol=0)


def test_everything_that_is_shown_matters() -> None:
    config = replace(TINY, n_images=2)
    model, inputs, noise = model_of(config), inputs_for(config, 1), noise_for(config, 1)
    usual = model.sample(inputs, noise)
    pixels = inputs.pixel_values.clone()
    pixels[:, 1] = 0
    changes = {
        "a picture": replace(inputs, pixel_values=pixels),
        "a word": replace(inputs, text_ids=(inputs.text_ids + 1) % config.vocab_size),
        "the state": replace(inputs, proprio=inputs.proprio + 1),
    }
    for what, changed in changes.items():
        assert (model.sample(changed, noise) - usual).abs().max() > 1e-4, what


def test_a_missing_picture_is_not_looked_at() -> None:
    config = replace(TINY, n_images=2, positions="running")
    model, inputs, noise = model_of(config), inputs_for(config, 1), noise_for(config, 1)
    masked = replace(inputs, image_mask=torch.tensor([[True, False]]))
    pixels = inputs.pixel_values.clone()
    pixels[:, 1] = 0.5
    other = replace(masked, pixel_values=pixels)
    torch.testing.assert_close(model.sample(masked, noise), model.sample(other, noise), atol=0, rtol=0)
    one = replace(config, n_images=1)
    with torch.device("meta"):
        smaller = Pi0(one)
    smaller.load_state_dict(model.state_dict(), assign=True)
    single = replace(inputs, pixel_values=inputs.pixel_values[:, :1])
    torch.testing.assert_close(model.sample(masked, noise), smaller.sample(single, noise), atol=1e-5, rtol=0)


def test_further_draws_of_an_observation_are_as_good_as_further_observations() -> None:
    model, inputs = model_of(TINY), inputs_for(TINY, 2)
    actions, noise, t = noise_for(TINY, 2, seed=1), noise_for(TINY, 6, seed=2), torch.linspace(0, 0.9, 6)
    several = model.loss(inputs, actions, noise, t)
    each = [
        model.loss(inputs, actions, noise[k::3], t[k::3]) for k in range(3)
    ]
    torch.testing.assert_close(several, torch.stack(each).mean(), atol=1e-5, rtol=0)


def test_all_weights_learn_but_those_that_no_action_depends_on() -> None:
    model, inputs = model_of(TINY), inputs_for(TINY, 4)
    model.loss(inputs, noise_for(TINY, 4, 1), noise_for(TINY, 4, 2), torch.rand(4)).backward()
    idle = {name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()}
    assert idle == set(model.idle_parameters())
    assert len(idle) == 6


def test_bfloat16_keeps_positions_and_time_exact() -> None:
    config = replace(TINY, text_tokens=200, vlm=ExpertConfig(24, 32, rope_theta=10_000.0), action_clip=1.0)
    model, inputs, noise = model_of(config), inputs_for(config, 4), noise_for(config, 4)
    exact = model.sample(inputs, noise)
    half = model.to(torch.bfloat16).sample(inputs.to("cpu", torch.bfloat16), noise.bfloat16())
    assert half.dtype == torch.bfloat16
    assert (half.float() - exact).abs().mean() < 0.03
    # Angles in bfloat16 would be wrong by 0.4 rad at the last of 276 positions; half a digit of the result is all.
    angles = torch.arange(276).double()[:, None] * 10_000.0 ** -torch.arange(0, 1, 2 / 256).double()
    cos, sin = rotation(torch.arange(276)[None], 256, 10_000.0, torch.bfloat16)
    for rotated, right in ((cos, angles.cos()), (sin, angles.sin())):
        assert (rotated[0, 0, :, :128].double() - right).abs().max() < 2**-8


def test_the_graph_of_inference_has_no_breaks() -> None:
    model, inputs, noise = model_of(TINY), inputs_for(TINY, 2), noise_for(TINY, 2)
    with torch.inference_mode():
        explained = torch._dynamo.explain(model.sample)(inputs, noise, 2)
    assert (explained.graph_count, explained.graph_break_count) == (1, 0)


def test_training_times_are_more_often_near_noise() -> None:
    """1 - t / 0.999 is of Beta(1.5, 1): mean 0.6."""
    t = sample_time(20_000, torch.Generator().manual_seed(0))
    assert t.mean().item() == pytest.approx(0.999 * 0.4, abs=0.01) and t.min() >= 0 and t.max() <= 0.999
