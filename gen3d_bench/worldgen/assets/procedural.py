"""Assets that the built-in generator makes from their description."""

from __future__ import annotations

from pathlib import Path

from gen3d_bench.scenes.errors import StoreError
from gen3d_bench.scenes.schema import AssetRef
from gen3d_bench.scenes.store import AssetStore
from gen3d_bench.worldgen.assets.backend import AssetError, AssetRequest, MadeAsset


class ProceduralBackend:
    """Makes assets on this machine, in fractions of a second; a scene file holds their prompt and seed only."""

    name = "procedural"
    to_order = True

    def __init__(self, store: AssetStore | None = None) -> None:
        self.store = store or AssetStore()

    def make(self, request: AssetRequest, folder: Path) -> MadeAsset:
        """As AssetBackend.make; writes to the asset cache, not to `folder`.  Raises StoreError where the disk fails."""
        ref = AssetRef(generator=self.name, prompt=request.description, seed=request.seed)
        try:
            asset = self.store.get(ref)
        except StoreError as error:
            if isinstance(error.__cause__, OSError):  # no fault of the request: another seed would not help
                raise
            raise AssetError(str(error)) from error
        return MadeAsset(ref, asset)
