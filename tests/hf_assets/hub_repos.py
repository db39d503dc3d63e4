"""What a Hub keeps: dataset repositories with commits, branches, tags and pull requests, and the bytes of their files.

A commit is named by a hash over its parent, its files and its message, a file as git names a blob; bytes lie on disk,
each content once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

GITATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"
LFS_BYTES = 10 << 20
"""Files from this size on are kept as LFS, and everything that is not text."""


@dataclass(frozen=True)
class Blob:
    """A file's contents.  oid: its name in git, for LFS that of the pointer."""

    sha256: str
    size: int
    lfs: bool
    oid: str

    @property
    def etag(self) -> str:
        return self.sha256 if self.lfs else self.oid


@dataclass(frozen=True)
class Commit:
    oid: str
    parent: str | None
    title: str
    tree: Mapping[str, Blob]


@dataclass
class Repo:
    """refs: full name ("refs/heads/main") -> commit.  readers: users who see it if it is private or gated."""

    id: str
    private: bool = False
    gated: bool = False
    owner: str = ""
    readers: set[str] = field(default_factory=set)
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def find(self, revision: str) -> Commit | None:
        """The commit that a branch, tag, full ref or hash names."""
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if name in self.refs:
                return self.commits[self.refs[name]]
        return self.commits.get(revision)

    def add(self, ref: str, tree: Mapping[str, Blob], title: str, parent: str | None) -> Commit:
        named = {path: blob.oid for path, blob in sorted(tree.items())}
        text = json.dumps([parent, title, named])
        commit = Commit(hashlib.sha1(text.encode()).hexdigest(), parent, title, dict(sorted(tree.items())))
        self.commits[commit.oid] = commit
        self.refs[ref] = commit.oid
        return commit

    def refs_under(self, prefix: str) -> list[dict[str, str]]:
        return [{"name": name.removeprefix(prefix), "ref": name, "targetCommit": oid}
                for name, oid in sorted(self.refs.items()) if name.startswith(prefix)]


class Store:
    """The bytes of all files.  folder: where they lie, by sha256."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        return self.folder / sha256

    def keep(self, data: bytes, lfs: bool | None = None) -> Blob:
        """Takes bytes in.  lfs: None decides as `wants_lfs` does."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.path(sha256).write_bytes(data)
        return self.blob(sha256, wants_lfs(data[:512], len(data)) if lfs is None else lfs)

    def blob(self, sha256: str, lfs: bool) -> Blob:
        """What is kept under this hash.  Raises FileNotFoundError."""
        size = self.path(sha256).stat().st_size
        return Blob(sha256, size, lfs, git_oid(pointer(sha256, size) if lfs else self.path(sha256).read_bytes()))


def wants_lfs(sample: bytes, size: int) -> bool:
    """sample: how the file begins."""
    text = sample if size <= len(sample) else sample[:-4]  # the sample may end inside a character
    try:
        text.decode()
    except UnicodeDecodeError:
        return True
    return b"\0" in sample or size >= LFS_BYTES


def git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def pointer(sha256: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def without(tree: Mapping[str, Blob], files: Iterable[str], folders: Iterable[str]) -> dict[str, Blob]:
    """A tree without some files and folders."""
    gone, inside = set(files), tuple(folder.rstrip("/") + "/" for folder in folders)
    return {path: blob for path, blob in tree.items() if path not in gone and not path.startswith(inside)}
