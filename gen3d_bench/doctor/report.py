"""`gen3d doctor`: one look at everything that the benchmark needs of a machine."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from gen3d_bench.cache import cache_folder
from gen3d_bench.doctor import rendering, unpacked, vulkan
from gen3d_bench.extras import remedy

FRAME_TIMEOUT_S = 120.0
"""A first picture takes about 5 s on a software device; some GPU hosts hang in it."""
FREE_DISK_GB = 2.0
FIX = "gen3d doctor --fix"

Status = Literal["ok", "missing", "broken"]
STYLES: Mapping[Status, str] = {"ok": "green", "missing": "yellow", "broken": "red"}

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "sim": ("sapien", "rtb-data", "trimesh", "xacro"),
    "eval": ("statsmodels", "jinja2"),
    "maniskill": ("mani_skill", "torch"),
}
CORE = ("gymnasium", "numpy", "pydantic")


@dataclass(frozen=True)
class Check:
    """One row.  fix: what to do about it, where something is amiss."""

    name: str
    status: Status
    found: str
    fix: str = ""


@dataclass(frozen=True)
class Report:
    """What the machine can do, and every check behind it."""

    simulate: bool
    render: bool
    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """0: simulates and renders; 1: simulates, so state-only environments run; 2: neither."""
        return 0 if self.simulate and self.render else 1 if self.simulate else 2

    @property
    def verdict(self) -> str:
        return (
            "Ready: environments run with and without pictures.",
            'Environments run with obs_mode="state" only; nothing can be drawn.',
            "Environments cannot run.",
        )[self.exit_code]


def examine() -> Report:
    """Look at everything.  Takes a few seconds, most of them for a first picture."""
    trial = try_simulator()
    checks = (
        _python(),
        *(_extra(name, packages) for name, packages in EXTRAS.items()),
        _vulkan(),
        _physics(trial),
        _picture(trial),
        _cuda(),
        _cache(cache_folder()),
    )
    return Report(trial.simulate is not None, trial.render is not None, checks)


@dataclass(frozen=True)
class Trial:
    """Seconds that stepping and drawing took, None for what failed, and the last line of why."""

    simulate: float | None
    render: float | None
    problem: str = ""


def try_simulator(timeout_s: float = FRAME_TIMEOUT_S) -> Trial:
    """Step and draw in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "gen3d_bench.doctor.frame"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as late:
        output = late.stdout.decode() if isinstance(late.stdout, bytes) else late.stdout or ""
        return _trial(output, f"no answer within {timeout_s:.0f} s")
    return _trial(done.stdout, _last_line(done.stderr) or f"ended with code {done.returncode}")


def _trial(output: str, problem: str) -> Trial:
    seconds: dict[str, float] = {}
    for line in output.splitlines():
        if line.startswith("{"):
            seconds |= json.loads(line)
    return Trial(seconds.get("simulate"), seconds.get("render"), "" if "render" in seconds else problem)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("gen3d_bench.doctor.rendering.") if lines else ""


def _python() -> Check:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in CORE)
    return Check("python", "ok", f"{platform.python_version()} on {_system()}, {os.cpu_count()} cores; {versions}")


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _extra(name: str, packages: tuple[str, ...]) -> Check:
    found = {package: _version(package) for package in packages}
    listed = ", ".join(f"{package} {version or 'missing'}" for package, version in found.items())
    if all(found.values()):
        return Check(f"[{name}]", "ok", listed)
    return Check(f"[{name}]", "missing", listed, remedy(name))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _vulkan() -> Check:
    rendering.prepare_libraries()
    found = vulkan.probe()
    devices = "; ".join(f"{device.name} ({device.kind}, Vulkan {device.api})" for device in found.devices)
    problem = rendering.vulkan_problem()
    if problem is not None:
        variable = unpacked.users_choice()
        return Check("vulkan", "missing", problem, FIX if variable is None else f"unset {variable} or correct it")
    own = " (unpacked in your cache)" if unpacked.find() is not None and os.environ.get("VK_DRIVER_FILES") else ""
    return Check("vulkan", "ok", devices + own)


def _physics(trial: Trial) -> Check:
    if trial.simulate is not None:
        return Check("physics", "ok", f"a box fell ({trial.simulate:.1f} s)")
    return Check("physics", "broken", trial.problem, FIX if "libX11" in trial.problem else remedy("sim"))


def _picture(trial: Trial) -> Check:
    if trial.render is not None:
        return Check("picture", "ok", f"drawn ({trial.render:.1f} s, mostly compiling shaders)")
    return Check("picture", "missing", trial.problem, FIX)


def _cuda() -> Check:
    """A GPU is never needed: without one, physics runs on the CPU."""
    count = _cuda_devices()
    torch = _version("torch")
    if not count:
        return Check("cuda", "ok", "no CUDA device: physics on the CPU, one environment per process")
    if torch is None or torch.endswith("+cpu"):
        found = f"{count} CUDA device(s), torch {torch or 'missing'}"
        return Check("cuda", "missing", found, f"for batched environments: {remedy('maniskill')}, torch with CUDA")
    return Check("cuda", "ok", f"{count} CUDA device(s), torch {torch}")


def _cuda_devices() -> int:
    """Asked of the driver: importing torch for it would take seconds."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def _cache(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check(
            "cache", "broken", f"{folder}: {error.strerror}", "set GEN3D_CACHE to a folder that can be written"
        )
    size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    free_gb = shutil.disk_usage(folder).free / 1e9
    found = f"{folder}: {size / 1e6:.0f} MB, {free_gb:.0f} GB free"
    if free_gb < FREE_DISK_GB:
        return Check("cache", "missing", found, f"free {FREE_DISK_GB:.0f} GB, or set GEN3D_CACHE to another disk")
    return Check("cache", "ok", found)


def as_json(report: Report) -> str:
    return json.dumps({**asdict(report), "verdict": report.verdict}, indent=2)


def show(report: Report, console: Console) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in report.checks:
        remedy = f"\n[bold]-> {_escaped(check.fix)}[/bold]" if check.fix else ""
        found = _escaped(check.found) + remedy
        table.add_row(_escaped(check.name), f"[{STYLES[check.status]}]{check.status}", found)
    console.print(table)
    console.print(f"\n[bold]{report.verdict}")


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
