"""Addresses of packs: hf://ORG/NAME[@REVISION][/SELECTOR]."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from gen3d_bench.hf_assets.errors import PackError

SCHEME = "hf://"
FORM = f"{SCHEME}ORG/NAME[@REVISION][/SELECTOR]"
_DATASETS = "datasets/"
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?", re.ASCII)
_REVISION = re.compile(r"(?P<revision>refs/(?:pr|convert)/\w+|[^/@]*)(?:/(?P<selector>.*))?", re.ASCII | re.DOTALL)
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_SELECTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*", re.ASCII)


@dataclass(frozen=True)
class PackAddress:
    """Where a pack is on the Hub, and which of its scenes are meant.

    repo: "ORG/NAME", a dataset repository.  revision: branch, tag, commit or refs/pr/N; None for the main branch.
    selector: id of a scene or name of a split; None for all scenes.
    """

    repo: str
    revision: str | None = None
    selector: str | None = None

    @classmethod
    def parse(cls, text: str) -> PackAddress:
        """The address in a text, with or without hf:// before it; a / in a revision's name is written %2F.

        Raises PackError, which says what is wrong.

        >>> PackAddress.parse("hf://org/name@v1/H0/ood")
        PackAddress(repo='org/name', revision='v1', selector='H0/ood')
        >>> PackAddress.parse("org/name@refs/pr/3")
        PackAddress(repo='org/name', revision='refs/pr/3', selector=None)
        """
        rest = text.removeprefix(SCHEME).removeprefix(_DATASETS)
        if "://" in rest:
            hint = re.sub(r"^https?://[^/]+/", "", rest).removeprefix(_DATASETS)
            example = f'; write "{SCHEME}{hint}"' if rest.startswith("http") else ""
            raise PackError(f"{text!r} is not an address of a pack, which is {FORM}{example}")
        org, slash, rest = rest.partition("/")
        name = re.match(r"[^/@]*", rest)
        assert name is not None
        if not slash or not org or not name[0]:
            raise PackError(f"{text!r} names no repository; an address of a pack is {FORM}")
        repo, rest = f"{org}/{name[0]}", rest[name.end() :]
        _check_repo(repo, text)
        revision, selector = None, None
        if rest.startswith("@"):
            found = _REVISION.fullmatch(rest[1:])
            if found is None:
                raise PackError(f"{text!r} has two @; an address of a pack is {FORM}")
            revision, selector = unquote(found["revision"]), found["selector"]
            _check_revision(revision, text)
        elif rest:
            selector = rest[1:]
        if selector is not None and _SELECTOR.fullmatch(selector) is None:
            raise PackError(f"{text!r}: {selector!r} behind the repository is neither an id of a scene nor a split; "
                            f"a / in a revision's name is written %2F")
        return cls(repo, revision, selector)

    def __str__(self) -> str:
        revision = ""
        if self.revision is not None:
            special = self.revision.startswith("refs/") and _REVISION.fullmatch(self.revision)
            revision = "@" + (self.revision if special else quote(self.revision, safe=""))
        return f"{SCHEME}{self.repo}{revision}" + (f"/{self.selector}" if self.selector is not None else "")

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit, which never changes."""
        return self.revision is not None and _COMMIT.fullmatch(self.revision) is not None

    def at(self, revision: str) -> PackAddress:
        """The same scenes of another revision."""
        return replace(self, revision=revision)


def _check_repo(repo: str, text: str) -> None:
    for part in repo.split("/"):
        if _NAME.fullmatch(part) is None or "--" in part or ".." in part or part.endswith(".git"):
            raise PackError(f"{text!r}: {part!r} is not a name on the Hub: letters, digits and single . _ -, not at "
                            f"the ends")
    if len(repo) > 96:
        raise PackError(f"{text!r}: {repo!r} has {len(repo)} characters, the Hub's names have at most 96")


def _check_revision(revision: str, text: str) -> None:
    """Raises PackError for what git does not take as a name; it becomes part of a path in the cache."""
    if not revision:
        raise PackError(f"{text!r}: no revision behind the @")
    parts = revision.split("/")
    strange = any(not part or part.startswith((".", "-")) or part.endswith((".", ".lock")) for part in parts)
    if strange or ".." in revision or re.search(r"[\x00-\x20\x7f~^:?*\[\\@]", revision):
        raise PackError(f"{text!r}: {revision!r} cannot be a branch, tag or commit")
