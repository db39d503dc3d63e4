"""The command line: verbs, and errors that are one line."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gen3d_bench import cli
from gen3d_bench.agents.policy import Policy
from gen3d_bench.agents.registry import make_policy
from gen3d_bench.cli.evaluation import INCOMPLETE, Evaluate
from gen3d_bench.envs.layout import LayoutError
from gen3d_bench.evaluation import runner
from gen3d_bench.evaluation.config import EvalConfig
from gen3d_bench.extras import MissingExtra
from tests.evaluation.fake_world import make_fake, resolve

VERBS = ("doctor", "scenes", "eval", "report", "render", "generate", "assets", "demos", "train", "serve", "pi0")
SUBVERBS = ("scenes list", "scenes show", "scenes prepare", "scenes gallery", "scenes view", "scenes import",
            "scenes export", "assets import", "assets list", "assets pull", "assets push", "assets pack",
            "assets verify", "assets gc", "demos record", "demos replay", "pi0 convert", "pi0 info")


@pytest.fixture(autouse=True)
def _log_level() -> Iterator[None]:
    """GEN3D_TRACEBACK changes it for the process."""
    yield
    logging.getLogger("gen3d_bench").setLevel(logging.NOTSET)


def test_help_lists_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(["--help"])
    assert done.value.code == 0
    shown = capsys.readouterr().out
    assert all(verb in shown for verb in VERBS)


@pytest.mark.parametrize("verb", [*VERBS, *SUBVERBS])
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main([*verb.split(), "--help"])
    assert done.value.code == 0
    assert f"gen3d {verb}" in capsys.readouterr().out


def test_eval_options_are_those_of_the_config() -> None:
    words = ["eval", "--policy", "random", "--scenes", "H0/ood", "gen3d-001", "--episodes", "3", "--output", "here"]
    verb = cli.parse(words)
    assert isinstance(verb, Evaluate)
    assert verb.config == EvalConfig(policy="random", scenes=("H0/ood", "gen3d-001"), episodes=3, output=Path("here"))


def test_a_wrong_option_exits_with_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(["eval", "--episodes", "few"])
    assert done.value.code == 2
    assert "episodes" in capsys.readouterr().err


def test_scenes_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scenes", "list", "H0/id/3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["gen3d-049", "gen3d-097", "gen3d-053"]


def test_scenes_show_prints_the_scene(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scenes", "show", "42"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["id"] == "gen3d-042"
    assert shown["instruction"].startswith("put the ")


def test_splits(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scenes", "splits"]) == 0
    shown = capsys.readouterr().out
    assert "H1/id/25" in shown
    assert "H2/ood" in shown


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["scenes", "show", "gen3d-420"], "gen3d-420"),
        (["scenes", "list", "H7/ood"], "H7/ood"),
        (["eval", "--policy", "orakle", "--episodes", "1"], "orakle"),
        (["eval", "--episodes", "0"], "gen3d: episodes: 0 is too small, the least is 1"),
        (["report", "nowhere"], "nowhere"),
        (["render", "42", "--seed", "-1"], "gen3d: seed: -1 is too small"),
        (["render", "42", "--output", "a.foo"], "a.foo does not end in .png"),
        (["scenes", "prepare", "1", "--workers", "-3"], "workers: -3 is too small"),
        (["scenes", "gallery", "cup", "--seeds", "0"], "seeds: 0 is too small"),
    ],
)
def test_expected_errors_are_one_line(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEN3D_TRACEBACK", raising=False)
    assert cli.main(arguments) == cli.EXPECTED_ERROR
    said = capsys.readouterr().err
    assert said.startswith("gen3d: ")
    assert word in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [LayoutError("no room for 9 objects"), MissingExtra("sapien is not installed")])
def test_errors_of_the_simulator_are_one_line(
    error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("gen3d_bench.scenes.resolve.resolve_scenes", fail)
    monkeypatch.delenv("GEN3D_TRACEBACK", raising=False)
    assert cli.main(["scenes", "show", "42"]) == cli.EXPECTED_ERROR
    assert capsys.readouterr().err == f"gen3d: {error}\n"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    code = "import sys; from gen3d_bench.cli import main; sys.exit(main(['train', 'imitation', '--help']))"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (cli.READER_GONE, "")


def test_the_traceback_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEN3D_TRACEBACK", "1")
    with pytest.raises(LookupError):
        cli.main(["scenes", "show", "gen3d-420"])


def evaluated(policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Exit code of `gen3d eval` in the fake world."""
    fake = partial(runner.evaluate, env_factory=make_fake, resolve=resolve)
    monkeypatch.setattr(runner, "evaluate", fake)
    words = ["--policy", policy, "--scenes", "one", "--episodes", "3", "--workers", "1", "--videos", "0"]
    return cli.main(["eval", *words, "--output", str(tmp_path)])


def test_a_policy_that_fails_in_every_episode_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluated("tests.evaluation.fake_world:HopelessPolicy", tmp_path, monkeypatch) == INCOMPLETE
    assert "3 policy errors: ValueError: the network is confused\n" in capsys.readouterr().err


def test_a_policy_that_fails_its_task_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluated("random", tmp_path, monkeypatch) == 0
    assert "policy errors" not in capsys.readouterr().err


def test_workers_show_tracebacks_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GEN3D_TRACEBACK", "1")
    evaluated("tests.evaluation.fake_world:HopelessPolicy", tmp_path, monkeypatch)
    assert 'raise ValueError("the network is confused")' in capfd.readouterr().err


def readme_policy() -> str:
    """The policy that the README shows."""
    readme = Path(cli.__file__).parents[2] / "README.md"
    if not readme.exists():
        pytest.skip("not a checkout")
    blocks = re.findall(r"```python\n(.*?)```", readme.read_text(), flags=re.S)
    return next(block for block in blocks if "class Mine" in block)


def test_a_policy_in_the_current_folder_is_found_by_the_command_and_its_workers(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(readme_policy())
    # A chunk that is too long: said by a worker once it has the policy, before it makes an environment.
    words = ["eval", "--policy", "mine:Mine", "--scenes", "42", "--chunk", "5", "--workers", "1", "--output", "out"]
    code = f"import sys; from gen3d_bench.cli import main; sys.exit(main({words}))"
    # -I: like an installed command, without the current folder on the path.
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == cli.EXPECTED_ERROR
    assert "policy mine decides 4 control steps at a time; chunk=5 asks for more" in done.stderr


def test_the_policy_of_the_readme_acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(readme_policy())
    monkeypatch.syspath_prepend(tmp_path)
    policy = make_policy("mine:Mine")
    assert isinstance(policy, Policy)
    actions = policy.infer({"image": np.zeros((2, 8, 8, 3), np.uint8)})
    assert (actions.shape, actions.dtype) == ((2, 4, 7), np.float32)


@pytest.mark.render
def test_a_picture_of_look_alikes_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MS_ASSET_DIR", str(tmp_path / "none"))
    file = tmp_path / "picture.png"
    assert cli.main(["render", "simpler-stack-cube", "--output", str(file)]) == 0
    printed = capsys.readouterr()
    assert "not with the real assets" in printed.err
    assert printed.out.strip() == str(file)
    assert file.read_bytes().startswith(b"\x89PNG")
