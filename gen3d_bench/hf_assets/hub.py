"""The Hugging Face Hub as packs use it: where it is, where its files are cached, and its errors in one line each."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, constants, errors
from huggingface_hub.file_download import repo_folder_name

import gen3d_bench
from gen3d_bench.hf_assets.errors import PackError

REPO_TYPE = "dataset"
LIBRARY = "gen3d-bench"
LOGIN = "log in with `hf auth login` or set HF_TOKEN"
TransportError = errors.HTTPError  # the base of whatever HTTP library is underneath
"""What huggingface_hub lets through where no answer came."""


@dataclass(frozen=True)
class Hub:
    """endpoint, cache, token: None for what huggingface_hub takes by itself (HF_ENDPOINT, HF_HUB_CACHE, and HF_TOKEN or
    the token of `hf auth login`)."""

    endpoint: str | None = None
    cache: Path | None = None
    token: str | None = None

    @property
    def url(self) -> str:
        return self.endpoint or constants.ENDPOINT

    @property
    def cache_folder(self) -> Path:
        return Path(self.cache or constants.HF_HUB_CACHE).expanduser().absolute()

    @property
    def api(self) -> HfApi:
        return HfApi(endpoint=self.endpoint, token=self.token, library_name=LIBRARY,
                     library_version=gen3d_bench.__version__)

    def repo_folder(self, repo: str) -> Path:
        """Where the files of a repository are cached: blobs, snapshots and refs."""
        return self.cache_folder / repo_folder_name(repo_id=repo, repo_type=REPO_TYPE)


@contextlib.contextmanager
def in_plain_words(hub: Hub, repo: str, revision: str | None = None, file: str | None = None) -> Iterator[None]:
    """Turns what the Hub, the network and the disk say into a PackError of one line.

    file: what is being read or written in the repository.
    """
    try:
        yield
    except (TransportError, OSError) as error:
        raise PackError(_explained(error, hub, repo, revision, file)) from error


def _explained(error: Exception, hub: Hub, repo: str, revision: str | None, file: str | None) -> str:
    where = f"{repo}@{revision}" if revision else repo
    what = f"{file} of {where}" if file else where
    if isinstance(error, errors.GatedRepoError):
        return f"{repo} is gated: ask for access at {hub.url}/datasets/{repo}, then {LOGIN}"
    if isinstance(error, errors.RepositoryNotFoundError):
        return (f"there is no dataset {repo} at {hub.url} that you may see: check the name, and if it is private, "
                f"{LOGIN}")
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{repo} has no revision {revision!r}{_known_revisions(hub, repo)}"
    if isinstance(error, errors.RemoteEntryNotFoundError):
        return f"{where} has no file {file}; its owner has to push the pack again"
    if isinstance(error, errors.LocalEntryNotFoundError):
        return _not_cached(error, hub, where, what)
    if isinstance(error, errors.HfHubHTTPError):
        return _answered(error, hub, what, LOGIN)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return f"{what}: HF_HUB_OFFLINE is set; unset it to reach {hub.url}"
    if isinstance(error, TransportError):
        return (f"the connection to {hub.url} failed ({_short(error)}) at {what}; check the network and HF_ENDPOINT, "
                f"and try again")
    if isinstance(error, ConnectionError):
        return (f"the connection to {hub.url} failed ({_short(error)}) at {what}; try again, and where a server has no "
                f"Xet storage, set HF_HUB_DISABLE_XET=1")
    return _disk(error, hub, what)


def _known_revisions(hub: Hub, repo: str) -> str:
    with contextlib.suppress(TransportError, OSError):
        refs = hub.api.list_repo_refs(repo, repo_type=REPO_TYPE)
        names = [ref.name for ref in (*refs.branches, *refs.tags)]
        return f"; its branches and tags are {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}"
    return ""


def _not_cached(error: Exception, hub: Hub, where: str, what: str) -> str:
    cause = error.__cause__
    if isinstance(cause, errors.HfHubHTTPError):
        return _answered(cause, hub, what, "check your token (`hf auth whoami`)")
    if isinstance(cause, TransportError):
        return (f"cannot reach {hub.url} ({_short(cause)}), and {what} is not in {hub.cache_folder}; check the network "
                f"and HF_ENDPOINT")
    if cause is None or isinstance(cause, errors.OfflineModeIsEnabled):
        return (f"{what} is not in {hub.cache_folder}, and HF_HUB_OFFLINE is set; unset it once and run "
                f"`gen3d assets pull {where}`")
    return f"{hub.url} does not answer as a Hub does ({_short(cause)}); check HF_ENDPOINT"


def _answered(error: errors.HfHubHTTPError, hub: Hub, what: str, login: str) -> str:
    status = error.response.status_code
    said = f" ({error.server_message})" if error.server_message else ""
    if status in (401, 403):
        return f"{hub.url} does not let you at {what}{said}: {login}"
    if status == 412:
        return f"{what} was changed by somebody else in the meantime{said}; look at it and push again"
    if status >= 500 or status in (408, 429):
        return f"{hub.url} cannot answer now (status {status}{said}) for {what}; try again later"
    return f"{hub.url} refused {what} (status {status}{said})"


def _disk(error: Exception, hub: Hub, what: str) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOSPC, errno.EDQUOT):
        return (f"the disk is full: {what} does not fit into {hub.cache_folder}; make room (`gen3d assets gc`) or set "
                f"HF_HUB_CACHE to a larger disk")
    if code in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"{hub.cache_folder} is not writable ({_short(error)}); set HF_HUB_CACHE to a folder that is"
    return f"{what} cannot be transferred: {_short(error)}"


def _short(error: BaseException) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())[:300] or type(error).__name__
