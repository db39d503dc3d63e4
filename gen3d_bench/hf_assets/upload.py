"""Packs to the Hub: one commit that makes a repository hold exactly this pack, so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Collection, Iterator
from pathlib import Path

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    constants,
    errors,
    get_token,
)
from huggingface_hub.hf_api import RepoFile

from gen3d_bench.hf_assets.address import PackAddress
from gen3d_bench.hf_assets.card import OWN_TERMS, carded
from gen3d_bench.hf_assets.check import check_pack
from gen3d_bench.hf_assets.errors import DamagedPackError, PackError
from gen3d_bench.hf_assets.hub import LOGIN, REPO_TYPE, Hub, TransportError, in_plain_words
from gen3d_bench.hf_assets.pack import CARD, INDEX, MANIFEST, PREVIEWS, SCENES, PackManifest, manifest_bytes
from gen3d_bench.hf_assets.progress import byte_bar, quiet_elsewhere

LOG = logging.getLogger(__name__)
OWN_FOLDERS = tuple(f"{folder}/" for folder in (INDEX.partition("/")[0], SCENES, PREVIEWS))
"""Where a pack's files lie; what is there and not of this pack is of an earlier version, and goes."""
NEW_REPOSITORY = {".gitattributes", CARD}
"""What a repository may hold before its first pack."""
UNKNOWN = "unknown"
"""Licence of imported things about which their files say nothing."""
Operation = CommitOperationAdd | CommitOperationCopy | CommitOperationDelete


def push(
    folder: Path,
    repo: str,
    *,
    private: bool = False,
    branch: str | None = None,
    message: str | None = None,
    create_pr: bool = False,
    hub: Hub | None = None,
) -> str:
    """Put the pack in a folder into a dataset repository, made if it is not there; the commit's URL.

    repo: "org/name".  private: of a new repository; an existing one has to be private already.  branch: made if it is
    not there; by default the main one.  create_pr: propose the commit instead; the URL is then that of the request.

    The card is written anew with the repository's name; the folder is left as it is.  Only what the manifest lists is
    uploaded.  An unchanged pack makes no commit.  Raises PackError.
    """
    hub = hub or Hub()
    repo = refuse_what_cannot_be_pushed(repo, branch=branch, create_pr=create_pr, hub=hub)
    _check(folder)
    card, manifest = carded(folder, repo)
    if UNKNOWN in manifest.licences:
        LOG.warning("nobody may use assets whose licence is %s: say whose they are in their asset.json, pack them "
                    "again and push again", UNKNOWN)
    for licence in manifest.licences:
        if licence.startswith(OWN_TERMS):
            LOG.warning("some assets are under terms of their own, %s: see that these let you publish them (their "
                        "asset.json says where they are)", licence)
    message = message or f"{manifest.name}, version {manifest.version}: {len(manifest.scenes)} scenes"
    with in_plain_words(hub, repo, branch, "the pack"), _causes_of_failed_uploads(), quiet_elsewhere():
        _make_ready(hub, repo, private, branch)
        head = hub.api.dataset_info(repo, revision=branch).sha
        tree = hub.api.list_repo_tree(repo, repo_type=REPO_TYPE, revision=head, recursive=True)
        there = {entry.path for entry in tree if isinstance(entry, RepoFile)}
        if MANIFEST not in there and (other := sorted(there - NEW_REPOSITORY)):
            raise PackError(f"{repo} holds other data ({', '.join(other[:3])}{' ...' if len(other) > 3 else ''}) and "
                            f"no pack; choose the name of another repository")
        operations: list[Operation] = [*_deletions(there, manifest), *_additions(folder, card, manifest)]
        commit = hub.api.create_commit(
            repo, operations, repo_type=REPO_TYPE, revision=branch, commit_message=message, create_pr=create_pr,
            parent_commit=None if create_pr else head,
        )
    return str((commit.pr_url if create_pr else None) or commit.commit_url)


def refuse_what_cannot_be_pushed(
    repo: str, *, branch: str | None = None, create_pr: bool = False, hub: Hub | None = None
) -> str:
    """The repository's name.  Raises PackError for what `push` would refuse whatever the pack, without asking the Hub.

    `push` asks for it by itself; it is for whoever makes a pack first, which takes long.
    """
    hub = hub or Hub()
    address = PackAddress.parse(repo)
    if address.revision is not None or address.selector is not None:
        raise PackError(f"{repo!r}: a pack is pushed to a repository, ORG/NAME; name a branch apart from it")
    if create_pr and branch is not None:
        raise PackError("a pull request is made against the main branch; leave out the branch or the pull request")
    if constants.is_offline_mode():
        raise PackError(f"to push to {address.repo}, reach the Hub: HF_HUB_OFFLINE is set; unset it")
    if hub.token is None and get_token() is None:
        raise PackError(f"to push to {address.repo}, {LOGIN}")
    return address.repo


def _check(folder: Path) -> None:
    """Raises DamagedPackError where the pack is not whole; nothing that is not would be of use to anybody."""
    total = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    with byte_bar("Checking", total) as advance:
        problems = check_pack(folder, advance=advance)
    if problems:
        more = f" (and {len(problems) - 1} more problems; see `gen3d assets verify {folder}`)" if problems[1:] else ""
        raise DamagedPackError(f"{folder} is not a whole pack, so it is not pushed: {problems[0]}{more}")


def _make_ready(hub: Hub, repo: str, private: bool, branch: str | None) -> None:
    """Makes the repository and the branch where they are missing."""
    try:
        there = hub.api.dataset_info(repo)
    except errors.RepositoryNotFoundError:
        hub.api.create_repo(repo, repo_type=REPO_TYPE, private=private or None, exist_ok=True)
        there = hub.api.dataset_info(repo)
    if private and not there.private:
        raise PackError(f"{repo} is there already and everybody can read it; nothing was pushed. Make it private at "
                        f"{hub.url}/datasets/{repo}/settings, or leave out that the pack is private")
    if branch is not None and branch != constants.DEFAULT_REVISION and not branch.startswith("refs/"):
        hub.api.create_branch(repo, branch=branch, repo_type=REPO_TYPE, exist_ok=True)


def _deletions(there: Collection[str], manifest: PackManifest) -> Iterator[CommitOperationDelete]:
    for path in sorted(there):
        if path.startswith(OWN_FOLDERS) and path not in manifest.files:
            yield CommitOperationDelete(path_in_repo=path)


def _additions(folder: Path, card: bytes, manifest: PackManifest) -> Iterator[CommitOperationAdd]:
    for path in manifest.files:
        yield CommitOperationAdd(path_in_repo=path, path_or_fileobj=card if path == CARD else str(folder / path))
    yield CommitOperationAdd(path_in_repo=MANIFEST, path_or_fileobj=manifest_bytes(manifest))


@contextlib.contextmanager
def _causes_of_failed_uploads() -> Iterator[None]:
    """Uncovers what huggingface_hub wraps in errors of no particular kind."""
    try:
        yield
    except PackError:
        raise
    except (RuntimeError, ValueError) as error:
        if isinstance(error, RuntimeError) and isinstance(error.__cause__, (TransportError, OSError)):
            raise error.__cause__ from error
        raise PackError(f"the Hub does not take the pack: {' '.join(str(error).split())}") from error
