"""Checkpoints from the Hugging Face Hub: says how much there is to get, then gets it."""

from __future__ import annotations

import logging
from pathlib import Path

from gen3d_bench.agents.pi0.checkpoints.own import CONFIG
from gen3d_bench.agents.pi0.checkpoints.strict import CheckpointError
from gen3d_bench.extras import require

LOG = logging.getLogger(__name__)
SLOW, FAST = 10e6, 100e6
"""Bytes a second of lines between which the time is estimated."""


def model_folder(source: str) -> Path:
    """A model folder: `source` itself where it is one, else that of the Hub's repository "org/name" or
    "org/name@revision".  Raises CheckpointError."""
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    repo, _, revision = source.partition("@")
    if repo.count("/") != 1 or source.startswith((".", "/", "~")):
        raise CheckpointError(f"{source} is neither a folder nor a repository on the Hub (org/name)")
    file = download(repo, CONFIG, revision or None)
    return download_all(repo, revision or None, file.parent)


def download(repo: str, name: str, revision: str | None = None) -> Path:
    """One file of a repository, from the cache where it is there.  Raises CheckpointError."""
    require("pi0", "huggingface_hub")
    from huggingface_hub import HfApi, RepoFile, hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    cached = try_to_load_from_cache(repo, name, revision=revision)
    if isinstance(cached, str):
        return Path(cached)
    try:
        infos = HfApi().get_paths_info(repo, name, revision=revision)
        if not infos:
            raise CheckpointError(f"{repo} on the Hub has no file {name}")
        say_size(f"{repo}/{name}", sum(info.size for info in infos if isinstance(info, RepoFile)))
        return Path(hf_hub_download(repo, name, revision=revision))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise CheckpointError(f"{repo}/{name} could not be downloaded: {str(error).splitlines()[0]}") from error


def download_all(repo: str, revision: str | None, cached: Path) -> Path:
    """A repository's whole model folder.  cached: where one of its files is."""
    from huggingface_hub import HfApi, RepoFile, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        sizes = [f.size for f in HfApi().list_repo_tree(repo, revision=revision)
                 if isinstance(f, RepoFile) and not (cached / f.path).exists()]
        if sizes:
            say_size(repo, sum(sizes))
        return Path(snapshot_download(repo, revision=revision))
    except (HfHubHTTPError, OSError) as error:
        if all((cached / name).exists() for name in ("model.safetensors", "normalization.json", "tokenizer.json")):
            return cached  # offline, and all is there
        raise CheckpointError(f"{repo} could not be downloaded: {str(error).splitlines()[0]}") from error


def say_size(what: str, size: int) -> None:
    """How much it is and how long that takes."""
    if size > SLOW:
        LOG.info("downloading %s: %.1f GB, %s on a fast line, %s on a slow one", what, size / 1e9,
                 _duration(size / FAST), _duration(size / SLOW))


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
