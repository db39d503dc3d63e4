"""SAPIEN, imported once the libraries it links to are in place.

Libraries unpacked without root must be loaded before SAPIEN is, so every module of this room imports `sapien` from
here.
"""

import sys
from functools import cache
from typing import Any

from gen3d_bench.doctor.rendering import prepare_libraries
from gen3d_bench.extras import require

require("sim", "sapien")
prepare_libraries()

import sapien  # noqa: E402

__all__ = ["forget_meshes", "keep_engines", "sapien"]


@cache
def keep_engines(render: bool) -> tuple[Any, ...]:
    """Hold SAPIEN's engines for the life of this process.

    They vanish with the last world that uses them, and with them every compiled shader and cooked mesh: building the
    next world would then take seconds and not milliseconds.  What is kept has no effect on results.
    """
    physics = sapien.physx.PhysxCpuSystem()
    return (physics, sapien.render.RenderSystem()) if render else (physics,)


def forget_meshes() -> None:
    """Free the meshes and textures that no world uses any more.

    SAPIEN keeps every file that it has read for the life of the process, some 8 MB for each scene: who goes through
    many scenes that do not come again would run out of memory.  What is needed again is read again.
    """
    sapien.physx.clear_cache()
    if "sapien.render" in sys.modules:
        sapien.render.clear_cache()
