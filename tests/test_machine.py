"""How many processes a machine bears."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gen3d_bench import machine


def test_one_process_per_core_that_may_be_used() -> None:
    allowed = {min(os.sched_getaffinity(0))}
    code = f"import os; os.sched_setaffinity(0, {allowed}); from gen3d_bench import machine; print(machine.cores())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize(("gigabytes", "workers"), [(100, 8), (5, 4), (1, 1)])
def test_memory_limits_processes(gigabytes: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 8)
    monkeypatch.setattr(machine, "memory_bytes", lambda: gigabytes * 10**9)
    assert machine.default_workers(1.2e9) == workers


@pytest.mark.parametrize(("text", "limited"), [("1000000\n", True), ("max\n", False)])
def test_a_containers_limit_counts(text: str, limited: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text(text)
    monkeypatch.setattr(machine, "MEMORY_LIMITS", (tmp_path / "memory.max", tmp_path / "nowhere"))
    assert (machine.memory_bytes() == 1_000_000) is limited
