"""Equal to the original: arrays made by running open-pi-zero's own code with small random weights."""

from __future__ import annotations

import pytest
import torch

from gen3d_bench.agents.pi0.modeling import embed_time
from tests.agents.pi0.golden import ATOL, Golden, load_golden


@pytest.fixture(scope="module")
def golden() -> Golden:
    return load_golden()


def test_pictures(golden: Golden) -> None:
    golden.close("siglip_features", golden.model.vision_tower(golden.inputs.pixel_values[:, 0]))
    golden.close("image_features", golden.model.image_features(golden.inputs.pixel_values))


def test_keys_and_values(golden: Golden) -> None:
    memory = golden.model.prefill(golden.inputs).memory
    tokens = golden.model.config.prefix_tokens
    real = golden.arrays["attention_mask"].bool()[:, None, :, None]
    for name, ours in (("key", memory.keys), ("value", memory.values)):
        for layer, ((of_vlm, of_state), vlm, state) in enumerate(zip(
            (x.split([tokens, x.shape[2] - tokens], dim=2) for x in ours),
            golden.arrays[f"kv_vlm_{name}"], golden.arrays[f"kv_proprio_{name}"], strict=True,
        )):
            # Padding sees everything in the original and nothing here; nobody looks at it in either.
            seen = real if layer else torch.ones_like(real)
            torch.testing.assert_close(of_vlm * seen * real, vlm * seen * real, atol=ATOL, rtol=0)
            torch.testing.assert_close(of_state, state, atol=ATOL, rtol=0)


def test_the_time_embedding(golden: Golden) -> None:
    golden.close("time_embedding", embed_time(golden.arrays["t_grid"], golden.model.config))


def test_velocities_at_all_times(golden: Golden) -> None:
    prefix = golden.model.prefill(golden.inputs)
    noise = golden.arrays["noise"]
    golden.close("velocity", torch.stack(
        [golden.model.velocity(prefix, noise, t.expand(len(noise))) for t in golden.arrays["t_grid"]]
    ))


@pytest.mark.parametrize("steps", [10, 4, 2, 1])
def test_actions(golden: Golden, steps: int) -> None:
    noise = golden.arrays["noise"]
    golden.close(f"actions_k{steps}", golden.model.sample(golden.inputs, noise, steps))
    unclipped = golden.model.integrate(golden.model.prefill(golden.inputs), noise, steps)
    golden.close(f"actions_k{steps}_unclipped", unclipped)


def test_loss_and_gradients(golden: Golden) -> None:
    model, arrays = golden.model, golden.arrays
    model.zero_grad()
    loss = model.loss(golden.inputs, arrays["actions"], arrays["noise"], arrays["t_loss"])
    torch.testing.assert_close(loss, arrays["loss"], atol=ATOL, rtol=0)
    loss.backward()
    for name, weight in model.named_parameters():
        norm = golden.facts["grad_norms"][name.replace("mixtures.action.", "mixtures.proprio.")]
        ours = 0.0 if weight.grad is None else weight.grad.norm().item()
        assert ours == pytest.approx(norm or 0.0, abs=ATOL), name
    key = "joint_model.mixtures.vlm.layers.1.self_attn.v_proj.weight"
    golden.close("grad_vlm_last_v_proj_weight", model.get_parameter(key).grad)
