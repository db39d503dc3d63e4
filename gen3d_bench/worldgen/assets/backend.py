"""Where assets come from: every source of them, made or found, behind one protocol."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.schema import AssetRef

Kind = Literal["object", "table", "room"]


class AssetError(RuntimeError):
    """A backend has no such asset or could not make it; the message says why and what to do."""


@dataclass(frozen=True)
class AssetRequest:
    """What an asset should be.

    name: what it is called in the scene ("red cup").  description: one line of what it looks like; the prompt.
    seed: another one gives another asset of the same description.  grasped: the gripper must be able to take it.
    holds: things are put IN it (True) or ON it (False); None if it is no target.
    """

    kind: Kind
    name: str
    description: str
    seed: int
    grasped: bool = False
    holds: bool | None = None


@dataclass(frozen=True)
class MadeAsset:
    """ref: what a scene file says of it, anchored (an absolute path) if it is a folder.  asset: verified, on disk.

    notes: what a reader should know ("'goblet' is made as a glass").
    """

    ref: AssetRef
    asset: Asset
    notes: tuple[str, ...] = ()


class AssetBackend(Protocol):
    """A source of assets.  Picklable, so that worker processes can have their own.

    name: goes into reports ("procedural", "library", "embodiedgen").
    to_order: whether objects are made to their description.  Where they exist already, the looks that a designer
    invented for them bind nobody: only what they are called counts.
    """

    @property
    def name(self) -> str: ...

    @property
    def to_order(self) -> bool: ...

    def make(self, request: AssetRequest, folder: Path) -> MadeAsset:
        """The asset for a request; the same request gives the same bytes.

        folder: of the scene set; whatever is not made anew from a prompt and seed is put below its `assets`, whole or
        not at all.  Raises AssetError.
        """
        ...
