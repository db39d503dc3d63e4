"""The training loop: it learns, and goes on bit for bit."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from filelock import FileLock

from gen3d_bench.agents.pi0 import configuration
from gen3d_bench.agents.pi0.checkpoints.own import load_model, save_model
from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError
from gen3d_bench.agents.pi0.modeling import Pi0
from gen3d_bench.agents.pi0.processing import Processor
from gen3d_bench.agents.pi0.statistics import Normalization
from gen3d_bench.agents.pi0.tokenizer import OWN, PromptTokenizer
from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.imitation import training
from gen3d_bench.imitation.checkpoint import checkpoints, read_checkpoint
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.imitation.dataset import load_frames
from gen3d_bench.imitation.episode_file import DemonstrationError
from gen3d_bench.imitation.learner import Learner
from gen3d_bench.imitation.lessons import Lessons, make_batch
from gen3d_bench.imitation.measure import measure
from gen3d_bench.imitation.ranks import Ranks
from gen3d_bench.imitation.training import train
from tests.agents.pi0.models import SPEAKING, saved_model
from tests.imitation.episodes import small_dataset


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImitationConfig:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(configuration, "PRESETS", {"tiny": lambda: SPEAKING})
    return ImitationConfig(data=small_dataset(tmp_path / "demos"), config="tiny", output=tmp_path / "run", steps=6,
                           batch=8, draws=2, warmup=2, decay=2, save_every=3, eval_every=6, log_every=3, threads=1)


def weights(config: ImitationConfig) -> dict[str, Any]:
    return read_checkpoint(checkpoints(config.output / "checkpoints")[-1])


def train_tiny(config: ImitationConfig) -> None:
    configuration.PRESETS = {"tiny": lambda: SPEAKING}
    train(config)


def test_a_run_that_was_killed_goes_on_bit_for_bit(config: ImitationConfig, tmp_path: Path) -> None:
    config = replace(config, steps=60, save_every=4, eval_every=60)
    train(config)
    killed = replace(config, output=tmp_path / "killed")
    process = multiprocessing.get_context("spawn").Process(target=train_tiny, args=(killed,))
    process.start()
    while process.is_alive() and not checkpoints(killed.output / "checkpoints"):
        time.sleep(0.002)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL and 4 <= weights(killed)["progress"]["step"] < 60
    assert not (killed.output / "model").exists()
    (killed.output / "checkpoints/step-00000001.part").write_bytes(b"never finished")
    train(killed)
    first, again = weights(config), weights(killed)
    for part in ("model", "average"):
        assert all(torch.equal(first[part][name], again[part][name]) for name in first[part]), part
    left = sorted(file.name for file in (killed.output / "checkpoints").iterdir())
    assert left == ["step-00000056.pt", "step-00000060.pt"]


def test_a_damaged_checkpoint_is_named(config: ImitationConfig) -> None:
    train(config)
    newest = checkpoints(config.output / "checkpoints")[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"step-00000006\.pt is no checkpoint .* Delete it"):
        train(config)
    newest.unlink()
    train(config)
    assert weights(config)["progress"]["step"] == 6


def test_who_asks_twice_to_stop_does_not_wait(config: ImitationConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_step", lambda *_: [os.kill(os.getpid(), signal.SIGINT) for _ in range(2)])
    with pytest.raises(KeyboardInterrupt):
        train(config)
    assert not checkpoints(config.output / "checkpoints")


def test_rates_rise_stay_and_fall(config: ImitationConfig) -> None:
    wsd = replace(config, steps=10, warmup=4, decay=5, lr=1.0)
    assert [wsd.learning_rate(k) for k in range(10)] == pytest.approx([.25, .5, .75, 1, 1, 1, .8, .6, .4, .2])
    cosine = replace(wsd, schedule="cosine", warmup=2)
    assert [cosine.learning_rate(k) for k in (0, 1, 2, 6)] == pytest.approx([0.5, 1, 1, 0.5])


def test_matrices_decay_and_vectors_do_not(config: ImitationConfig) -> None:
    model = Pi0.initialised(SPEAKING, 0)
    decayed, free = training._optimizer(model, config).param_groups
    assert decayed["weight_decay"] == config.weight_decay > free["weight_decay"] == 0
    assert {p.ndim for p in free["params"]} == {1} and min(p.ndim for p in decayed["params"]) == 2


def test_what_is_saved_is_the_average(config: ImitationConfig) -> None:
    folder = train(replace(config, ema=0.9))
    saved, last = load_model(folder).model.state_dict(), weights(config)
    name = "action_decoder.weight"
    assert torch.equal(saved[name], last["average"][f"model.{name}"])
    assert not torch.equal(saved[name], last["model"][f"model.{name}"])


def test_pictures_are_relit(config: ImitationConfig) -> None:
    frames = load_frames(config.data, SPEAKING)
    normal = Normalization.of(frames.action, frames.state, "test")
    processor = Processor(SPEAKING, normal, PromptTokenizer.load(OWN, SPEAKING.text_tokens))
    lessons = Lessons(frames, *frames.split(0.1, 0), None)
    alone = Ranks(0, 1, torch.device("cpu"))
    lit, dark = (make_batch(lessons, processor, replace(config, jitter=j), 0, alone).inputs.pixel_values
                 for j in (0.2, 0.0))
    assert 0.01 < (lit - dark).abs().mean() < 0.3


def test_statistics_of_other_data_are_remarked_upon(config: ImitationConfig, tmp_path: Path,
                                                    caplog: pytest.LogCaptureFixture) -> None:
    start = saved_model(tmp_path / "start")
    narrow = replace(Normalization.bridge(), action_high=(0.001,) * 6 + (1.0,))
    save_model(start, load_model(start).model, narrow, PromptTokenizer.load(OWN, SPEAKING.text_tokens), "")
    train(replace(config, init=start))
    assert "beyond the model's statistics" in caplog.text


def test_a_folder_is_checked_before_anything_is_learned(config: ImitationConfig) -> None:
    (config.output / "model").mkdir(parents=True)
    (config.output / "model/notes.txt").write_text("mine")
    with pytest.raises(CheckpointError, match=r"notes\.txt"):
        train(config)
    assert not checkpoints(config.output / "checkpoints")
    shutil.rmtree(config.output)
    config.output.mkdir()
    with FileLock(config.output / ".lock"), pytest.raises(SettingError, match="somebody else is training"):
        train(config)
    train(config)
    with pytest.raises(SettingError, match="at step 6 already, more than 5"):
        train(replace(config, steps=5))


def test_another_run_is_not_overwritten(config: ImitationConfig) -> None:
    train(config)
    with pytest.raises(SettingError, match=r"lr was 0\.001, is 0\.5"):
        train(replace(config, lr=0.5))


def test_it_learns_to_look(config: ImitationConfig, tmp_path: Path) -> None:
    config = replace(config, steps=200, decay=40, batch=32, eval_every=100, save_every=200, log_every=50, lr=3e-3,
                     glances=small_dataset(tmp_path / "glances", episodes=20, steps=1), glance_batch=16)
    folder = train(config)
    loaded = load_model(folder)
    with pytest.raises(CheckpointError, match=r"do you mean .*model"):
        load_model(config.output)
    assert loaded.normalization.source.startswith("48 frames")
    card = (folder / "README.md").read_text()
    assert "200 steps of 32 observations" in card
    assert "40 first frames" in card
    assert "| 7 episodes, 42 frames, 2 scenes |" in card and "| held out | 1 more episodes |" in card
    frames = load_frames(config.data, SPEAKING)
    everything = frames.split(0.25, 0)[0]
    processor = Processor(SPEAKING, loaded.normalization, loaded.tokenizer)
    learned = measure(Learner.of(loaded.model, frames), frames, everything, processor)
    untaught = measure(Learner.of(Pi0.initialised(SPEAKING, 0), frames), frames, everything, processor)
    assert learned.loss < 0.5 * untaught.loss
    assert learned.translation_cm < 0.5 * untaught.translation_cm
    assert learned.blind_loss > 2 * learned.loss and untaught.blind_loss < 1.1 * untaught.loss


def test_places_are_known_until_the_gripper_closes(config: ImitationConfig) -> None:
    frames = load_frames(config.data, SPEAKING)
    first = frames.places[frames.episode == 0]
    assert np.isfinite(first[:, 2:]).all()
    # Closed, told by 0, until the third step: the source is where it was in the first frame only.
    assert np.isfinite(first[:, :2]).all(axis=1).tolist() == [True, False, False, False, False, False]
    learner = Learner.of(Pi0.initialised(SPEAKING, 0), frames)
    np.testing.assert_allclose(learner.center[:2], [0.3, 0.1], atol=1e-6)


def test_a_loss_that_is_no_number_is_said_in_a_line(config: ImitationConfig) -> None:
    with pytest.raises(SettingError, match=r"lr: at step \d+"):
        train(replace(config, lr=1e30, clip=1e30, warmup=0, steps=20, decay=0))


def test_adapters_are_trained_and_melt_into_the_model(config: ImitationConfig, tmp_path: Path) -> None:
    start = train(config)
    adapted = replace(config, init=start, config="unused", lora=2, output=tmp_path / "adapted", steps=20, decay=0,
                      eval_every=20)
    folder = train(adapted)
    assert "preset tiny" in (folder / "README.md").read_text()
    saved = weights(adapted)["model"]
    assert any("lora_" in name for name in saved) and "model.embed_tokens.weight" not in saved
    before, after = (load_model(f).model.state_dict() for f in (start, folder))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert "embed_tokens.weight" not in changed and "action_decoder.weight" in changed
    assert "joint_model.mixtures.vlm.layers.0.self_attn.q_proj.weight" in changed
    with pytest.raises(SettingError, match="lora: adapters need a model"):
        replace(config, lora=2)
    train(replace(config, seed=5, output=tmp_path / "other"))
    shutil.rmtree(start)
    shutil.copytree(tmp_path / "other/model", start)
    with pytest.raises(SettingError, match="weights at the start was"):
        train(replace(adapted, steps=21))


def test_what_cannot_be_trained_is_said_first(config: ImitationConfig, tmp_path: Path) -> None:
    one = small_dataset(tmp_path / "one", episodes=1, scenes=("left",))
    with pytest.raises(DemonstrationError, match=r"of 1 episodes, .* none are left"):
        train(replace(config, data=one))
    file = next((one / "data").glob("*/*.parquet"))
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DemonstrationError, match="cannot be read"):
        train(replace(config, data=one))
    file.unlink()
    with pytest.raises(DemonstrationError, match="has no data"):
        train(replace(config, data=one))
    with pytest.raises(DemonstrationError, match="first frames only"):
        train(replace(config, data=small_dataset(tmp_path / "first", steps=1)))
    if not torch.cuda.is_available():
        with pytest.raises(SettingError, match="no CUDA GPU here"):
            train(replace(config, device="cuda"))
