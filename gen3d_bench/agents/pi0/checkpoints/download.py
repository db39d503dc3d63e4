"""Model folders from the Hugging Face Hub: says how much there is to get, then gets it."""

from __future__ import annotations

import logging
from pathlib import Path

from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError
from gen3d_bench.agents.pi0.shipped import SHIPPED
from gen3d_bench.extras import require

LOG = logging.getLogger(__name__)
SLOW, FAST = 10e6, 100e6
"""Bytes a second of lines between which the time is estimated."""


def model_folder(source: str) -> Path:
    """A model folder: that of a shipped model's name, `source` itself where it is a folder, else that of the Hub's
    repository "org/name" or "org/name@revision".  Raises CheckpointError."""
    if source in SHIPPED:
        return SHIPPED[source]
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    repo, _, revision = source.partition("@")
    if repo.count("/") != 1 or source.startswith((".", "/", "~")):
        raise CheckpointError(f"{source} is neither a folder, nor a repository on the Hub (org/name), nor one of "
                              f"{', '.join(SHIPPED)}")
    require("pi0", "huggingface_hub")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        files = snapshot_download(repo, revision=revision or None, dry_run=True)
        _say_size(repo, sum(file.file_size or 0 for file in files if file.will_download))
        return Path(snapshot_download(repo, revision=revision or None))
    except (OSError, HFValidationError) as error:  # the library's errors about the Hub are OSErrors
        try:
            return Path(snapshot_download(repo, revision=revision or None, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            raise CheckpointError(f"{source} is no folder here, and could not be downloaded from the Hub: "
                                  f"{str(error).splitlines()[0]}") from error


def _say_size(what: str, size: int) -> None:
    """How much it is and how long that takes."""
    if size > SLOW:
        LOG.info("downloading %s: %.1f GB, %s on a fast line, %s on a slow one", what, size / 1e9,
                 _duration(size / FAST), _duration(size / SLOW))


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
