"""Model folders from the Hugging Face Hub: says how much there is to get, then gets it."""

from __future__ import annotations

import logging
from pathlib import Path

from gen3d_bench.agents.pi0.checkpoints.own import CARD, CHECKED, CONFIG, read_config
from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError
from gen3d_bench.agents.pi0.shipped import SHIPPED
from gen3d_bench.extras import require

LOG = logging.getLogger(__name__)
FILES = [CONFIG, CARD, *CHECKED.values()]
"""Of a repository, what is downloaded."""
SLOW, FAST = 10e6, 100e6
"""Bytes a second of lines between which the time is estimated."""


def model_folder(source: str) -> Path:
    """A model folder: that of a shipped model's name, `source` itself where it is a folder, else that of the Hub's
    repository "org/name" or "org/name@revision".  "pi0:" may stand before it, as in names of policies.

    Raises CheckpointError, before anything large is downloaded where that is no model of ours.
    """
    source = source.removeprefix("pi0:")
    if source in SHIPPED:
        return SHIPPED[source]
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    repo, _, revision = source.partition("@")
    if repo.count("/") != 1 or source.startswith((".", "/", "~")):
        raise CheckpointError(f"{source} is neither a folder, nor a repository on the Hub (org/name), nor one of "
                              f"{', '.join(SHIPPED)}")
    if folder.parent.is_dir() and not revision:
        raise CheckpointError(f"there is no {folder.name} in the folder {folder.parent}; for the Hub's repository of "
                              f"this name write {source}@main")
    require("pi0", "huggingface_hub")
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RemoteEntryNotFoundError

    at = revision or None
    try:
        read_config(Path(hf_hub_download(repo, CONFIG, revision=at)))
        files = snapshot_download(repo, revision=at, allow_patterns=FILES, dry_run=True)
        _say_size(repo, sum(file.file_size or 0 for file in files if file.will_download))
        return Path(snapshot_download(repo, revision=at, allow_patterns=FILES))
    except RemoteEntryNotFoundError as error:
        raise CheckpointError(f"{source} has no {CONFIG}, so it is no model of gen3d-bench; `gen3d pi0 convert` makes "
                              "one of other projects' checkpoints") from error
    except (OSError, HFValidationError) as error:  # the library's errors about the Hub are OSErrors
        try:
            return Path(snapshot_download(repo, revision=at, allow_patterns=FILES, local_files_only=True))
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
