"""Our visual-matching setting against ManiSkill 3's own environments, as `parity.py` measures it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from gen3d_bench.scenes.bridge import TASKS
from tests.shared import shared

LEAST_SUCCESSES = 4
"""Of 24 scripted episodes, so that equal flags say something."""
SLIPS = {"simpler-carrot-on-plate": 0, "simpler-spoon-on-towel": 2, "simpler-stack-cube": 0}
"""Episodes in which flags may differ.  The spoon's rounded hull slips in fingers that have lost their friction;
upstream does not agree with itself either once the spoon lies 1 um elsewhere: docs/simpler.md has the figures."""


@pytest.mark.slow
@pytest.mark.render
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene_id", TASKS)
def test_parity_with_maniskill(scene_id):
    """In a process of its own: ManiSkill reads where its assets are when it is first imported."""
    files = shared("assets/maniskill")
    if find_spec("mani_skill") is None or find_spec("torch") is None:
        pytest.skip("needs mani_skill and torch, from the extra maniskill")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.envs.matching.parity", scene_id],
        env=os.environ | {"MS_ASSET_DIR": str(files)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    (found,) = json.loads(done.stdout.splitlines()[-1])

    assert found["joints"] < 1e-4, "arms move alike (rad)"
    assert found["beginnings"] == 0.0, "episodes begin alike, bit for bit"
    assert found["rest"] < 1e-3, "things come to rest alike (m)"
    assert found["rest_angle"] < np.radians(1)

    (episodes,) = found["flags"].values()
    differ = [k for k, flags in enumerate(episodes) if flags["there"] != flags["here"]]
    assert len(differ) <= SLIPS[scene_id], f"success is seen alike at every step; not in the episodes {differ}"
    successes = sum(flags["there"][-1] for flags in episodes)
    assert LEAST_SUCCESSES <= successes <= len(episodes) - LEAST_SUCCESSES

    for picture in found["pictures"]:
        assert picture["behind"] < 0.05, "the photograph is the same (of 255)"
        assert picture["shown"] < 2.0, "robot and objects look alike (of 255)"
        assert picture["outliers"] < 0.001, "share of pixels that differ by more than 8 of 255"
