"""Debian and Ubuntu packages: installed as root, or unpacked into a folder without root.

The machine's own apt sources are used and left as they are; where a package is too old in them, the distribution's
backports are added for that one call, from the same mirror.  Standard library only: the set-up script uses this before
anything else.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEM_LIST = Path("/etc/apt/sources.list")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEVER_UNPACKED = ("libc6_", "libc-bin_", "libstdc++6_", "libgcc-s1_", "gcc-")
"""Packages whose libraries must be the system's own in every process."""


class PackagesUnavailable(RuntimeError):  # noqa: N818 - reads as what it means
    """The packages cannot be had here; the message says why."""


def available() -> bool:
    return shutil.which("apt-get") is not None and shutil.which("dpkg-deb") is not None


def is_root() -> bool:
    return os.geteuid() == 0


def install(packages: Sequence[str], newer: tuple[str, str] | None = None) -> str:
    """Install packages (as root); returns a line that says what was done.

    newer: (package, version): if the machine's sources have only older ones of it, take all packages from backports.
    """
    with tempfile.TemporaryDirectory(prefix="gen3d-apt-") as scratch:
        os.chmod(scratch, 0o755)
        apt = _Apt(Path(scratch), private=False)
        release = apt.prepare(newer)
        apt.run("install", "--yes", "--no-install-recommends", *_target(release), *packages)
    return f"installed {', '.join(packages)}{f' from {release}' if release else ''} with apt-get"


def unpack(packages: Sequence[str], folder: Path, newer: tuple[str, str] | None = None) -> str:
    """Download packages and what they need that this machine lacks; unpack them into `folder` (replaced as a whole)."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as scratch:
        apt = _Apt(Path(scratch), private=True)
        release = apt.prepare(newer)
        apt.run("install", "--yes", "--download-only", "--no-install-recommends", *_target(release), *packages)
        fresh = Path(scratch, "root")
        fresh.mkdir()
        names = []
        for archive in sorted(apt.archives.glob("*.deb")):
            if not archive.name.startswith(NEVER_UNPACKED):
                _call(["dpkg-deb", "--extract", str(archive), str(fresh)])
                names.append(archive.name.split("_")[0])
        if not names:
            raise PackagesUnavailable(f"apt-get says that {', '.join(packages)} are installed already")
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
    return f"unpacked {len(names)} packages{f' from {release}' if release else ''} into {folder}"


def _target(release: str | None) -> list[str]:
    return ["--target-release", release] if release else []


@dataclass(frozen=True)
class _Apt:
    """apt-get with its own list of sources and, if private, its own state, so that no rights are needed."""

    scratch: Path
    private: bool

    @property
    def sources(self) -> Path:
        return self.scratch / "sources.list"

    @property
    def archives(self) -> Path:
        return self.scratch / "cache/archives"

    def prepare(self, newer: tuple[str, str] | None) -> str | None:
        """Refresh the package lists; the release to take packages from, or None for the usual one."""
        shutil.copyfile(SYSTEM_LIST, self.sources) if SYSTEM_LIST.is_file() else self.sources.write_text("")
        if self.private:
            for name in ("lists/partial", "cache/archives/partial"):
                (self.scratch / name).mkdir(parents=True)
        self.update()
        if newer is None or self.offers(*newer):
            return None
        codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
        release = f"{codename}-backports"
        if release not in self.releases():
            with self.sources.open("a") as sources:
                sources.write(f"deb {self.signature()}{self.mirror(codename)} {release} main\n")
            self.update()
        return release

    def update(self) -> None:
        """Lists that cannot be fetched are no reason to stop: a package that is then missing is."""
        self.run("update", check=False)

    def offers(self, package: str, version: str) -> bool:
        policy = self.run("policy", package, tool="apt-cache")
        candidate = next((line.split()[1] for line in policy.splitlines() if "Candidate:" in line), "(none)")
        compared = ["dpkg", "--compare-versions", candidate, "ge", version]
        return candidate != "(none)" and subprocess.run(compared, check=False).returncode == 0

    def releases(self) -> set[str]:
        return set(self._targets("$(RELEASE)"))

    def mirror(self, codename: str) -> str:
        for line in self._targets("$(RELEASE) $(REPO_URI)"):
            release, _, address = line.partition(" ")
            if release == codename:
                return address
        raise PackagesUnavailable(f"apt-get knows no mirror of {codename or 'this distribution'}")

    def _targets(self, form: str) -> list[str]:
        return self.run("indextargets", "--format", form, "Created-By: Packages").splitlines()

    @staticmethod
    def signature() -> str:
        return f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""

    def run(self, *arguments: str, tool: str = "apt-get", check: bool = True) -> str:
        options = {"Dir::Etc::SourceList": self.sources}
        if self.private:
            options |= {
                "Dir::State::Lists": self.scratch / "lists",
                "Dir::Cache": self.scratch / "cache",
                "Debug::NoLocking": Path("1"),
                "APT::Sandbox::User": Path("root"),
            }
        flags = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        return _call([tool, *flags, *arguments], check=check)


def _call(command: list[str], check: bool = True) -> str:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise PackagesUnavailable(f"{command[0]} does not start: {error}") from error
    if check and done.returncode != 0:
        lines = done.stderr.splitlines()
        complaints = [line for line in lines if line.startswith("E:")] or lines[-3:]
        raise PackagesUnavailable(f"{command[0]}: {' '.join(complaints) or 'failed'}")
    return done.stdout
