#!/usr/bin/env python3
"""Set up .venv at the root of the checkout: Python, pinned packages, and a renderer.  Needs Python 3 and nothing else.

    python3 scripts/bootstrap.py [--extras all,dev]

Detects first and installs only what is missing; says what it did; does nothing, quickly, when all is in place.
Works on systems whose Python is managed by the distribution (PEP 668), without pip, venv or root.
PIP_FIND_LINKS and pip's find-links setting are honoured, so that wheels at hand (a CPU build of torch) are used.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
UV = VENV / "bin/uv"
STAMP = VENV / "gen3d-setup.json"
SUPPORTED = ("3.12", "3.11", "3.10")
TORCH = "2.13.0"
UV_PIN = "uv==0.13.9"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

sys.path.insert(0, str(ROOT / "gen3d_bench/doctor"))
import debs  # noqa: E402 - the package cannot be imported before its dependencies are there


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extras", default="all,dev", help="extras of gen3d-bench to install (default: %(default)s)")
    extras = set(parser.parse_args().extras.split(","))
    try:
        start = time.monotonic()
        changed = ensure_python()
        changed |= ensure_packages(extras)
        changed |= ensure_renderer()
        if "dev" in extras:
            changed |= ensure_browser()
        if changed:
            say(f"set up in {time.monotonic() - start:.0f} s: {PYTHON.relative_to(ROOT)}")
    except (SetupError, debs.PackagesUnavailable) as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


def say(message: str) -> None:
    print(f"setup: {message}", flush=True)


# --- Python -----------------------------------------------------------------------------------------------------------


def ensure_python() -> bool:
    """A virtual environment with a Python that every dependency has wheels for, and uv in it."""
    if works(PYTHON) and works(UV):
        return False
    interpreter = supported_python()
    if not works(PYTHON):
        if interpreter is None:
            make_venv_with_uv()
        else:
            say(f"creating .venv with {interpreter}")
            run([interpreter, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    if not works(UV):
        install_uv(PYTHON)
    return True


def works(program: Path) -> bool:
    """Whether it starts: a .venv that was copied, or whose Python is gone, does not."""
    return program.exists() and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0


def supported_python() -> str | None:
    """A Python 3.10 to 3.12 on this machine, the running one first."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" in SUPPORTED:
        return sys.executable
    for version in SUPPORTED:
        found = shutil.which(f"python{version}")
        if found and works(Path(found)):
            return found
    return None


def make_venv_with_uv() -> None:
    """The machine's Python is too new or too old: uv brings one along."""
    version = SUPPORTED[0]
    say(
        f"Python {sys.version_info.major}.{sys.version_info.minor} is not supported (ManiSkill needs 3.10 to 3.12); "
        f"getting Python {version} with uv"
    )
    with tempfile.TemporaryDirectory(prefix="gen3d-uv-") as scratch:
        helper = Path(scratch)
        run([sys.executable, "-m", "venv", "--without-pip", str(helper)])
        install_uv(helper / "bin/python")
        try:
            run([helper / "bin/uv", "venv", "--clear", "--python", version, str(VENV)])
        except SetupError as error:
            raise SetupError(
                f"{error}\nsetup: install Python 3.10, 3.11 or 3.12 (from your distribution, pyenv or conda) and run "
                "`make setup PYTHON=python3.12`"
            ) from error


def install_uv(python: Path) -> None:
    """Put uv into the environment of `python`: by this Python's pip, by ensurepip, or by the distribution's wheel."""
    say("installing uv (fast, exact package installer)")
    install = ["install", "--quiet", "--disable-pip-version-check", UV_PIN]
    here = [sys.executable, "-m", "pip", "--python", str(python)]
    there = [str(python), "-m", "pip"]
    if probe([*here, "--version"]):
        run([*here, *install])
    elif probe([str(python), "-m", "ensurepip"]):
        run([*there, *install])
    elif debs.available():
        say("this Python has no pip: borrowing the one in the distribution's package python3-pip-whl")
        with tempfile.TemporaryDirectory(prefix="gen3d-pip-") as scratch:
            debs.unpack(["python3-pip-whl"], Path(scratch, "pip"))
            wheel = next(Path(scratch).glob("pip/usr/share/python-wheels/pip-*.whl"))
            run([python, wheel / "pip", *install])
    else:
        raise SetupError("this Python has neither pip nor ensurepip; install either and try again")


# --- Packages ---------------------------------------------------------------------------------------------------------


def ensure_packages(extras: set[str]) -> bool:
    """This checkout, editable, with the extras, at the versions of constraints.txt."""
    pins = b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))
    fingerprint = hashlib.sha256(pins).hexdigest()
    stamp = read_stamp()
    if stamp.get("fingerprint") == fingerprint and extras <= set(stamp["extras"]):
        return False
    if stamp.get("fingerprint") == fingerprint:
        extras |= set(stamp["extras"])
    say(f"installing gen3d-bench[{','.join(sorted(extras))}] and its pinned packages")
    links = find_links()
    command = [UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON,
               "--constraints", "constraints.txt"]
    command += [part for link in links for part in ("--find-links", link)]
    command += ["--editable", f".[{','.join(sorted(extras))}]"]
    if extras & {"all", "maniskill"} and not has_nvidia_gpu() and not has_torch_wheel(links):
        install_with_cpu_torch(command)
    else:
        run(command)
    STAMP.write_text(json.dumps({"fingerprint": fingerprint, "extras": sorted(extras)}))
    return True


def install_with_cpu_torch(command: list[str | Path]) -> None:
    """Without a GPU, torch's CPU build saves some 4 GB; it lies in its own index, which not every network reaches."""
    try:
        run([*command, "--torch-backend", "cpu"])
    except SetupError:
        say("torch's CPU builds cannot be reached; installing the usual build (large)")
        run(command)


def read_stamp() -> dict[str, object]:
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def find_links() -> list[str]:
    """What pip has been told to look through besides the index: its environment variable or its settings."""
    links = os.environ.get("PIP_FIND_LINKS", "")
    if not links and probe([sys.executable, "-m", "pip", "--version"]):
        links = output([sys.executable, "-m", "pip", "config", "get", "global.find-links"])
    return links.split()


def has_torch_wheel(links: list[str]) -> bool:
    return any(any(Path(link).glob(f"torch-{TORCH}*.whl")) for link in links)


def has_nvidia_gpu() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists()


# --- Rendering --------------------------------------------------------------------------------------------------------


def ensure_renderer() -> bool:
    """Vulkan that SAPIEN can draw with; where it cannot be had, say so and go on: state-only environments run."""
    check = [str(PYTHON), "-c", "from gen3d_bench.doctor import rendering; print(rendering.rendering_problem() or '')"]
    problem = output(check)
    if not problem:
        return False
    say(f"cannot render yet: {problem}; getting Mesa's software renderer (about 60 MB)")
    provide = "from gen3d_bench.doctor.install import provide_renderer; print(provide_renderer())"
    done = subprocess.run([PYTHON, "-c", provide], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        say(done.stdout.strip())
        problem = output(check)
    else:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        say(f"not possible here: {reason.rpartition('PackagesUnavailable: ')[2]}")
    if problem:
        say(f'WARNING: no rendering ({problem}). Environments with obs_mode="state" run; see `gen3d doctor`.')
    return True


# --- Browser ----------------------------------------------------------------------------------------------------------


def ensure_browser() -> bool:
    """Chromium for the tests that open pages; they skip where it cannot be had."""
    if any(map(shutil.which, BROWSERS)):
        return False
    if not (debs.available() and debs.is_root()):
        say(f"no browser ({' or '.join(BROWSERS)}): tests that open pages will skip")
        return False
    say("getting Chromium for the tests that open pages (about 100 MB)")
    try:
        say(debs.install(["chromium"]))
    except debs.PackagesUnavailable as error:  # Ubuntu has it as a snap only
        say(f"not possible here: {error}")
        return False
    return True


# --- Commands ---------------------------------------------------------------------------------------------------------


def probe(command: list[str]) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def output(command: list[str]) -> str:
    """What it prints; nothing if it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def run(command: list[str | Path]) -> None:
    words = [str(word) for word in command]
    try:
        code = subprocess.run(words, cwd=ROOT, check=False).returncode
    except OSError as error:
        raise SetupError(f"{words[0]}: {error}") from error
    if code != 0:
        raise SetupError(f"failed: {' '.join(words)}")


if __name__ == "__main__":
    sys.exit(main())
