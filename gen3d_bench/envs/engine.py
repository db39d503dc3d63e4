"""SAPIEN, imported once the libraries it links to are in place.

Libraries unpacked without root must be loaded before SAPIEN is, so every module of this room imports `sapien` from here.
"""

from gen3d_bench.doctor.rendering import prepare_libraries

prepare_libraries()

import sapien  # noqa: E402

__all__ = ["sapien"]
