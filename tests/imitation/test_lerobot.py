"""LeRobot's own library reads what we write.  It needs gigabytes and another torch, so it is asked where it is at hand:

    python -m venv lr && lr/bin/pip install lerobot==0.4.4
    GEN3D_LEROBOT_PYTHON=lr/bin/python pytest tests/imitation/test_lerobot.py
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench.imitation.dataset import load_frames
from tests.agents.pi0.models import SPEAKING
from tests.imitation.episodes import small_dataset

SESSION = Path(__file__).with_name("lerobot_session.py")


def test_lerobot_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = os.environ.get("GEN3D_LEROBOT_PYTHON")
    if not python:
        pytest.skip("GEN3D_LEROBOT_PYTHON names no Python with LeRobot's library")
    monkeypatch.setenv("GEN3D_CACHE", str(tmp_path / "cache"))
    dataset = small_dataset(tmp_path)
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    session = subprocess.run([python, SESSION, dataset], env=env, capture_output=True, text=True, timeout=240,
                             check=False)
    assert session.returncode == 0, session.stderr[-3000:]
    read = json.loads(session.stdout.splitlines()[-1])
    frames = load_frames(dataset, SPEAKING)
    assert (read["frames"], read["episodes"], read["fps"]) == (48, 8, 5)
    assert read["picture"] == [3, 16, 16] and read["brightest"] == 1.0 and read["batch"] == [4, 3, 16, 16]
    np.testing.assert_allclose(read["state"], frames.state[-1], atol=1e-6)
    np.testing.assert_allclose(read["actions"], frames.action[:4], atol=1e-6)
    np.testing.assert_allclose(read["mean"], frames.action.mean(axis=0), atol=1e-6)
    assert read["beyond_the_end"] == [False, True, True, True]
    assert read["tasks"] == ["go to left", "go to right"]
