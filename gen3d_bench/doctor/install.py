"""`gen3d doctor --fix`: make SAPIEN able to draw, by the smallest step that does it.

As root, the distribution's packages are installed; otherwise they are unpacked into the user's cache, see `unpacked`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from gen3d_bench.doctor import debs, rendering, unpacked, vulkan

X11 = ("libx11-6",)
"""SAPIEN links to it without using it."""
DRIVER = ("mesa-vulkan-drivers", "libvulkan1", *X11)
"""Mesa's software Vulkan device and the Vulkan loader."""
SOFTWARE_DEVICE = "libvulkan_lvp.so"
OLDEST_MESA = ("mesa-vulkan-drivers", "23.2")
"""The first Mesa whose software device has what SAPIEN 3 needs (descriptorBindingPartiallyBound)."""
BY_HAND = f"install Mesa {OLDEST_MESA[1]} or newer (Debian, Ubuntu: {' '.join(DRIVER)}) or a GPU driver with Vulkan"


def provide_renderer() -> str:
    """Install or unpack what is missing, for this process too; returns what was done.

    Raises debs.PackagesUnavailable where neither can be done, or would change nothing.
    """
    rendering.rendering_problem.cache_clear()
    fit, variable = vulkan.probe().ok, unpacked.users_choice()
    if not fit and variable is not None:
        raise debs.PackagesUnavailable(
            f"another driver would not be used: {variable}={os.environ[variable]} has Vulkan look nowhere else; "
            "unset it or correct it"
        )
    packages, newer = (X11, None) if fit else (DRIVER, OLDEST_MESA)
    if not debs.available():
        raise debs.PackagesUnavailable(f"this machine has no apt-get; {BY_HAND}")
    if debs.is_root():
        return debs.install(packages, newer=newer)
    folder = unpacked.renderer_folder() / "root"
    done = debs.unpack(packages, folder, newer=newer)
    _register(folder)
    unpacked.activate()
    return done


def _register(folder: Path) -> None:
    """Write down how a process is to use the unpacked libraries."""
    for driver in [*folder.rglob("libvulkan_*.so"), *folder.rglob("libVkLayer_*.so")]:
        if driver.name != SOFTWARE_DEVICE:
            driver.unlink()
    manifest = next(folder.glob("usr/share/vulkan/icd.d/lvp_icd*.json"), None)
    icd = None
    if manifest is not None:
        icd = folder.parent / "lvp_icd.json"
        icd.write_text(json.dumps(_with_full_path(json.loads(manifest.read_text()), folder), indent=1))
    unpacked.save(unpacked.UnpackedRenderer(str(icd) if icd else None, _loading_order(folder)))


def _with_full_path(manifest: dict[str, dict[str, str]], folder: Path) -> dict[str, dict[str, str]]:
    """A driver manifest that names its library by where it was unpacked."""
    return {**manifest, "ICD": {**manifest["ICD"], "library_path": str(next(folder.rglob(SOFTWARE_DEVICE)))}}


def _loading_order(folder: Path) -> tuple[str, ...]:
    """The libraries in the folder, sorted by need, without the driver: the Vulkan loader opens that itself."""
    here = (path for path in folder.rglob("lib*.so*") if path.parent.name.endswith("-linux-gnu"))
    found = {path.resolve() for path in here if path.exists()}
    libraries = sorted(str(path) for path in found if path.name != SOFTWARE_DEVICE)
    done = subprocess.run(
        [sys.executable, "-m", "gen3d_bench.doctor.unpacked", *libraries], capture_output=True, text=True, check=True
    )
    return tuple(json.loads(done.stdout))
