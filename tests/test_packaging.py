"""The files that make this installable agree with each other."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import gen3d_bench

ROOT = Path(gen3d_bench.__file__).parent.parent
pytestmark = pytest.mark.skipif(not (ROOT / "constraints.txt").exists(), reason="not a checkout")


def project() -> str:
    return (ROOT / "pyproject.toml").read_text()


def pinned() -> dict[str, list[str]]:
    pins: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, version = re.fullmatch(r"([\w.-]+)==([^ ;]+)(?: ;.*)?", line).groups()  # type: ignore[union-attr]
            pins.setdefault(name.lower().replace("_", "-"), []).append(version)
    return pins


def test_every_dependency_is_pinned() -> None:
    named = {match.lower().replace("_", "-") for match in re.findall(r'^    "([\w-]+)>=', project(), flags=re.M)}
    assert len(named) > 20
    assert named <= set(pinned())


def test_the_bootstrap_knows_the_pinned_torch() -> None:
    torch = re.search(r'^TORCH = "(.+)"$', (ROOT / "scripts/bootstrap.py").read_text(), flags=re.M)
    assert torch is not None
    assert pinned()["torch"] == [torch[1]]


def test_pins_name_no_place() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    assert " @ " not in text
    assert "+cpu" not in text


def test_make_targets_are_described() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.+)$", makefile, flags=re.M)[1].split())  # type: ignore[index]
    assert phony == set(re.findall(r"^([a-z]+):.*##", makefile, flags=re.M))
    assert {"setup", "demo", "test", "bench", "doctor"} <= phony


def test_this_python_is_one_that_is_supported() -> None:
    assert (3, 10) <= sys.version_info[:2] <= (3, 12)
