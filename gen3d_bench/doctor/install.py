"""`gen3d doctor --fix`: make SAPIEN able to draw, by the smallest step that does it.

Nothing is touched where rendering works already.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from gen3d_bench.doctor import debs, unpacked

DRIVER = ("mesa-vulkan-drivers", "libvulkan1", "libx11-6")
"""Mesa's software Vulkan device, the loader, and the X library that SAPIEN links to without using it."""
OLDEST_MESA = ("mesa-vulkan-drivers", "23.2")
"""The first Mesa whose software device has what SAPIEN 3 needs (descriptorBindingPartiallyBound)."""
BY_HAND = f"install Mesa {OLDEST_MESA[1]} or newer (Debian, Ubuntu: {' '.join(DRIVER)}) or a GPU driver with Vulkan"


def provide_renderer() -> str:
    """Install or unpack a software renderer; returns what was done.  Raises debs.PackagesUnavailable."""
    if not debs.available():
        raise debs.PackagesUnavailable(f"this machine has no apt-get; {BY_HAND}")
    if debs.is_root():
        return debs.install(DRIVER, newer=OLDEST_MESA)
    return _unpack_renderer()


def _unpack_renderer() -> str:
    folder = unpacked.renderer_folder() / "root"
    done = debs.unpack(DRIVER, folder, newer=OLDEST_MESA)
    manifest = next(folder.glob("usr/share/vulkan/icd.d/lvp_icd*.json"), None)
    icd = None
    if manifest is not None:
        icd = unpacked.renderer_folder() / "lvp_icd.json"
        icd.write_text(json.dumps(_with_library(manifest, folder), indent=1))
    unpacked.save(unpacked.UnpackedRenderer(str(icd) if icd else None, _loading_order(folder)))
    return done


def _with_library(manifest: Path, folder: Path) -> dict[str, object]:
    """The driver manifest with the full path of the driver in it."""
    content: dict[str, object] = json.loads(manifest.read_text())
    driver = content["ICD"]
    assert isinstance(driver, dict)
    driver["library_path"] = str(next(folder.rglob(Path(driver["library_path"]).name)))
    return content


def _loading_order(folder: Path) -> tuple[str, ...]:
    """The libraries in the folder, sorted by need, without the drivers (the Vulkan loader opens those itself)."""
    here = (path for path in folder.rglob("lib*.so*") if path.parent.name.endswith("-linux-gnu"))
    found = {path.resolve() for path in here if path.exists()}
    libraries = sorted(str(path) for path in found if not path.name.startswith("libvulkan_"))
    done = subprocess.run(
        [sys.executable, "-m", "gen3d_bench.doctor.unpacked", *libraries], capture_output=True, text=True, check=True
    )
    return tuple(json.loads(done.stdout))
