"""What a mesh file may read beside itself: pictures, materials and buffers in its own folder, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from gen3d_bench.scenes.problems import shown
from gen3d_bench.worldgen.interchange.limits import Limits, MeshError, at_most, check_picture, read_bytes

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tga", ".tif", ".tiff", ".gif"})
OTHERS = frozenset({".mtl", ".bin"})


def inside(path: Path, folder: Path) -> bool:
    """Whether a path, with every link followed, lies in a folder or below it; no if links cannot be followed."""
    try:
        path.exists()  # raises where `resolve` need not: for a name too long
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a circle of links, a NUL byte
        return False


class Surroundings:
    """Answers a parser's requests for the files that a mesh names (trimesh's Resolver protocol).

    Parsers carry on after most errors, so what was refused is kept here and must be asked for with `check`.
    """

    def __init__(self, mesh: Path, limits: Limits) -> None:
        self.mesh = mesh
        self.folder = mesh.parent
        self.file_name = mesh.name
        self.missing: list[str] = []
        """Names of files that are not there."""
        self.looked_for: list[Path] = []
        """Every place where a file was looked for."""
        self._limits = limits
        self._given: dict[str, bytes] = {}
        self._pixels = 0
        self._refused: MeshError | None = None

    def get(self, name: Any) -> bytes:
        """The bytes of a file in the mesh's folder or below it.

        Raises MeshError for a name that leads elsewhere or a file that is too big or of another kind;
        FileNotFoundError for one that is not there.
        """
        try:
            return self._get(str(name))
        except MeshError as error:
            self._refused = self._refused or error
            raise

    def check(self) -> None:
        """Raises the MeshError of the first request that was refused."""
        if self._refused is not None:
            raise self._refused

    def _get(self, name: str) -> bytes:
        if name in self._given:
            return self._given[name]
        path = self._found(name)
        suffix = path.suffix.lower()
        if suffix not in PICTURES | OTHERS:
            raise MeshError(f"{self.mesh}: names {shown(name)}, neither a picture nor a material or buffer file")
        if len(self._given) > self._limits.pictures + 1:
            raise MeshError(f"{self.mesh}: names more than {self._limits.pictures} files; reduce it first")
        data = read_bytes(path, self._limits.file_bytes)
        if suffix in PICTURES:
            self._pixels += check_picture(self.mesh, repr(name), data, self._limits)
            at_most(self.mesh, "pixels in its textures", self._pixels, 2 * self._limits.picture_pixels)
        total = len(data) + sum(map(len, self._given.values()))
        at_most(self.mesh, "bytes in the files that it names", total, 4 * self._limits.file_bytes)
        self._given[name] = data
        return data

    def _found(self, name: str) -> Path:
        """The file that a name means, as written or with its %20s decoded."""
        for spelling in dict.fromkeys((name.strip(), unquote(name.strip()))):
            relative = PurePosixPath(spelling.replace("\\", "/"))
            if "\0" in spelling or ".." in relative.parts or relative.is_absolute() or re.match(r"\w+:", spelling):
                raise MeshError(f"{self.mesh}: names the file {shown(name)}, which leads out of its folder; "
                                f"put the file beside the mesh and name it without a path")
            path = self.folder / relative
            if not inside(path, self.folder):
                raise MeshError(f"{self.mesh}: names the file {shown(name)}, a link that leads out of its folder or "
                                f"nowhere; put the file itself there")
            self.looked_for.append(path)
            if path.exists():
                return path
        self.missing.append(name)
        raise FileNotFoundError(name)

    def keys(self) -> Iterator[str]:
        """None are listed: a mesh names what it needs."""
        return iter(())

    def namespaced(self, namespace: str) -> Surroundings:
        """Parsers ask for this where a file stands for a folder; here one folder is all there is."""
        return self

    def __getitem__(self, name: str) -> bytes:
        return self.get(name)

    def __contains__(self, name: str) -> bool:
        return False
