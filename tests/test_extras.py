"""Packages of extras that are not installed: one line that says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gen3d_bench.extras import MissingExtra, remedy, require


def without(*modules: str, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process in which these modules cannot be found."""
    hide = f"import sys; sys.modules.update(dict.fromkeys({modules}))"
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{hide}\n{code}"], capture_output=True, text=True, check=False
    )


def test_what_is_there_is_fine() -> None:
    require("sim", "json", "numpy")


def test_what_is_missing_is_named_with_the_remedy() -> None:
    with pytest.raises(MissingExtra, match=r"no_such_a and no_such_b are .*pip install .*'\.\[x\]'"):
        require("x", "json", "no_such_a", "no_such_b")


@pytest.mark.parametrize(
    ("module", "extra", "arguments"),
    [
        ("sapien", "sim", ["render", "42"]),
        ("rtbdata", "sim", ["render", "42"]),
        ("xacro", "sim", ["render", "42"]),
        ("trimesh", "sim", ["scenes", "prepare", "42", "--workers", "1"]),
        ("sapien", "sim", ["scenes", "gallery", "cup"]),
        ("jinja2", "eval", ["eval", "--policy", "random"]),
        ("statsmodels", "eval", ["report", "nowhere"]),
        ("huggingface_hub", "hub", ["scenes", "list", "hf://org/name"]),
        ("huggingface_hub", "hub", ["assets", "pull", "org/name"]),
        ("huggingface_hub", "hub", ["assets", "gc"]),
    ],
)
def test_the_command_line_says_it_in_one_line(
    module: str, extra: str, arguments: list[str], tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch
) -> None:
    if module in ("rtbdata", "xacro"):
        pytest.importorskip("sapien")
    else:
        monkeypatch.setenv("GEN3D_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("GEN3D_TRACEBACK", raising=False)
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))
    done = without(module, code=f"from gen3d_bench.cli import main; sys.exit(main({arguments}))")
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1] == f"gen3d: {module} is not installed: {remedy(extra)}"
    assert "Traceback" not in done.stderr
