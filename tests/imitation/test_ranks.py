"""Several processes, as torchrun starts them, take the same steps as one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from gen3d_bench.agents.pi0 import configuration
from gen3d_bench.agents.pi0.checkpoints.own import load_model
from gen3d_bench.evaluation.config import SettingError
from gen3d_bench.imitation.checkpoint import checkpoints, read_checkpoint
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.imitation.training import train
from tests.agents.pi0.models import SPEAKING
from tests.imitation.episodes import small_dataset


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImitationConfig:
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(configuration, "PRESETS", {"tiny": lambda: SPEAKING})
    return ImitationConfig(
        data=small_dataset(tmp_path / "demos"), glances=small_dataset(tmp_path / "glances", steps=1), glance_batch=4,
        config="tiny", output=tmp_path / "alone", steps=1, batch=8, draws=2, warmup=0, decay=0, device="cpu", threads=1,
    )


def torchrun(config: ImitationConfig, processes: int) -> None:
    """Train in processes of their own, which see the same environment and the small preset."""
    file = config.output.with_suffix(".py")
    file.write_text(f"""
from pathlib import PosixPath
from gen3d_bench.agents.pi0 import configuration
from gen3d_bench.agents.pi0.configuration import ExpertConfig, Pi0Config, VisionConfig
from gen3d_bench.imitation.config import ImitationConfig
from gen3d_bench.imitation.training import train
configuration.PRESETS = {{"tiny": lambda: {SPEAKING!r}}}
if __name__ == "__main__":
    train({config!r})
""")
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", file],
        env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120, check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_batch_that_does_not_divide_is_refused(config: ImitationConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(SettingError, match=r"^batch: 8 do not divide over 3"):
        train(config)
    with pytest.raises(SettingError, match="glance_batch: 4 do not"):
        train(replace(config, batch=9))


def state(config: ImitationConfig) -> dict[str, Any]:
    return read_checkpoint(checkpoints(config.output / "checkpoints")[-1])


def assert_same_gradient(one: ImitationConfig, other: ImitationConfig) -> None:
    """After one step AdamW's first moment is a tenth of the gradient."""
    first, second = (state(config)["optimizer"]["state"] for config in (one, other))
    assert set(first) == set(second)
    largest = max(moments["exp_avg"].abs().max().item() for moments in first.values())
    assert largest > 1e-3
    for name, moments in first.items():
        torch.testing.assert_close(moments["exp_avg"], second[name]["exp_avg"], atol=1e-6, rtol=0, msg=name)


@pytest.mark.parametrize("fsdp", [False, True])
def test_two_processes_take_the_step_of_one(config: ImitationConfig, tmp_path: Path, fsdp: bool) -> None:
    train(config)
    together = replace(config, output=tmp_path / "together", fsdp=fsdp)
    torchrun(together, 2)
    assert_same_gradient(config, together)
    one, other = (load_model(c.output / "model").model.state_dict() for c in (config, together))
    # AdamW's first step is as long for a gradient of rounding errors as for a large one.
    far = {name: (one[name] - other[name]).abs().max().item() for name in one}
    assert sum(difference > 1e-6 for difference in far.values()) <= 0.1 * len(far), far


def test_one_goes_on_where_several_shards_stopped(config: ImitationConfig, tmp_path: Path) -> None:
    sharded = replace(config, output=tmp_path / "sharded", fsdp=True, steps=2, save_every=1)
    torchrun(sharded, 2)
    checkpoints(sharded.output / "checkpoints")[-1].unlink()
    train(replace(sharded, fsdp=False))
    assert state(sharded)["progress"]["step"] == 2
    alone = replace(sharded, fsdp=False, output=tmp_path / "two steps")
    train(alone)
    first, second = (state(c)["model"] for c in (alone, sharded))
    far = {name: (first[name] - second[name]).abs().max().item() for name in first}
    assert sum(difference > 1e-5 for difference in far.values()) <= 0.1 * len(far), far
