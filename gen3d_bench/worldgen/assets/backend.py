"""Where assets come from: every source of them, made or found, behind one protocol."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from gen3d_bench.scenes.manifest import Asset
from gen3d_bench.scenes.schema import AssetRef

Kind = Literal["object", "table", "room"]


class AssetError(RuntimeError):
    """A backend has no such asset or could not make it; the message says why and what to do."""


class NoSuchAsset(AssetError):  # noqa: N818 - says what is the case
    """A backend has nothing that fits and may still be taken: another seed would not help."""


class SourceUnavailable(RuntimeError):  # noqa: N818 - says what is the case
    """A source of assets cannot be reached or used now: its program, its folder or the disk is at fault, not the asset.

    Another seed would not help, and the fault says nothing about the scene that asked.
    """


@dataclass(frozen=True)
class AssetRequest:
    """What an asset should be.

    name: what it is called in the scene ("red cup").  description: one line of what it looks like; the prompt.
    seed: another one gives another asset of the same description.  grasped: the gripper must be able to take it.
    holds: things are put IN it (True) or ON it (False); None if it is no target.
    rejected: sha256 of assets that were tried for it and failed a check.  Where assets exist already these are left
    out, and the next best is taken; what is made to order differs by its seed.
    """

    kind: Kind
    name: str
    description: str
    seed: int
    grasped: bool = False
    holds: bool | None = None
    rejected: frozenset[str] = frozenset()


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
        not at all.  Raises AssetError (NoSuchAsset if another seed would not help), SourceUnavailable.
        """
        ...


@runtime_checkable
class Collection(AssetBackend, Protocol):
    """A source whose objects exist already.  It is read once, at first use: what is added later is not seen."""

    def names(self) -> tuple[str, ...]:
        """What its objects are called, sorted.  Empty if they are made to order.  Raises SourceUnavailable."""
        ...

    def digest(self) -> str:
        """Sha256 in hex of what it holds, the same wherever it lies.  Empty if objects are made to order.

        Raises SourceUnavailable.
        """
        ...
