"""Jobs in processes and on Ray: each outcome is its job's own."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from gen3d_bench.worldgen.executors import LIFETIME, Failure, outcomes


def work(shout: bool, job: str) -> str:
    """Does what its name says."""
    if job == "raise":
        raise ValueError("three\nblind mice")
    if job == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if job == "hang":
        time.sleep(600)
    if job.startswith("die once "):
        flag = Path(job.removeprefix("die once "))
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return job.upper() if shout else job


def ran(jobs: list[str], **options: object) -> dict[str, str | Failure]:
    settings = {"workers": 2, "ray": False, "stall_s": 12.0, **options}
    with outcomes(partial(work, True), jobs, **settings) as found:  # type: ignore[arg-type]
        return dict(found)


def test_a_single_job_cannot_take_the_run_with_it() -> None:
    assert ran(["a"]) == {"a": "A"}
    assert ran(["die"]) == {"die": Failure("its process died (signal 9)")}
    assert ran([]) == {}


def test_a_crash_a_hang_and_an_exception_are_their_jobs_own(tmp_path: Path) -> None:
    once = f"die once {tmp_path / 'flag'}"
    jobs = [f"job {k}" for k in range(12)]
    found = ran([*jobs[:4], "raise", "die", "hang", once, *jobs[4:]])
    assert {job: found[job] for job in jobs} == {job: job.upper() for job in jobs}
    assert found["die"] == Failure("its process died (signal 9)")
    assert found["hang"] == Failure("not done after 12 s")
    assert found[once] == once.upper()
    raised = found["raise"]
    assert isinstance(raised, Failure)
    assert raised.reason == "ValueError: three blind mice"
    assert "raise ValueError" in raised.trace


def process(job: int) -> int:
    """Which process does a job."""
    return os.getpid()


def test_processes_are_replaced_before_they_grow_old() -> None:
    with outcomes(process, list(range(2 * LIFETIME + 50)), workers=1, ray=False, stall_s=60.0) as found:
        assert len({outcome for _, outcome in found}) == 3


def test_leaving_early_ends_what_runs() -> None:
    began = time.monotonic()
    with outcomes(partial(work, True), ["a", "hang", "hang", "b"], workers=2, ray=False, stall_s=600.0) as found:
        assert next(found) == ("a", "A")
    assert time.monotonic() - began < 30


@pytest.mark.slow
def test_the_same_on_a_local_ray_of_two_workers(tmp_path: Path) -> None:
    once = f"die once {tmp_path / 'flag'}"
    jobs = [f"job {k}" for k in range(12)]
    found = ran([*jobs, "raise", "die", "hang", once], ray=True, stall_s=25.0)
    assert found["hang"] == Failure("not done after 25 s")
    assert {job: found[job] for job in jobs} == {job: job.upper() for job in jobs}
    assert found[once] == once.upper()
    raised, died = found["raise"], found["die"]
    assert isinstance(raised, Failure) and raised.reason == "ValueError: three blind mice"
    assert isinstance(died, Failure) and died.reason.startswith("Ray: ")
