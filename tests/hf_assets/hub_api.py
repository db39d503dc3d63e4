"""The Hub's JSON interface: what each route reads, changes and answers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import yaml

from tests.hf_assets.hub_repos import Blob, Commit, Repo, git_oid, wants_lfs, without

if TYPE_CHECKING:
    from tests.hf_assets.hub_server import Hub

Answer = tuple[Any, int, Mapping[str, str]]
"""What is sent as JSON, the status, and further headers."""


class HubError(Exception):
    """An answer that is an error.  code: for X-Error-Code."""

    def __init__(self, status: int, message: str, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.more = status, message, code, more


@dataclass(frozen=True)
class Call:
    """A request that came in.  raw: its path, still quoted.  user: whose token it bears, None without one."""

    hub: Hub
    raw: str
    query: Mapping[str, str]
    body: bytes
    user: str | None

    def repo(self, repo_id: str, *, write: bool = False) -> Repo:
        repo = self.hub.repos.get(repo_id)
        if repo is None or (repo.private and self.user not in {repo.owner, *repo.readers}):
            raise HubError(401 if self.user is None else 404, "Repository not found", "RepoNotFound")
        if write and self.user != repo.owner:
            raise HubError(401 if self.user is None else 403, "You don't have the rights to write here")
        return repo

    def commit(self, repo: Repo, revision: str) -> Commit:
        commit = repo.find(revision)
        if commit is None:
            raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return commit

    def info(self, repo_id: str, revision: str = "main") -> Answer:
        repo = self.repo(repo_id)
        commit = self.commit(repo, revision)
        siblings = [{"rfilename": path} for path in commit.tree]
        return {"id": repo.id, "sha": commit.oid, "private": repo.private, "gated": "auto" if repo.gated else False,
                "disabled": False, "tags": [], "siblings": siblings}, 200, {}

    def refs(self, repo_id: str) -> Answer:
        repo = self.repo(repo_id)
        return {"branches": repo.refs_under("refs/heads/"), "tags": repo.refs_under("refs/tags/"), "converts": [],
                "pullRequests": repo.refs_under("refs/pr/")}, 200, {}

    def tree(self, repo_id: str, revision: str, folder: str = "") -> Answer:
        commit = self.commit(self.repo(repo_id), revision)
        first = int(self.query.get("cursor", "0"))
        entries = _entries(commit.tree, folder, deep=self.query.get("recursive", "").lower() == "true")
        if folder and not entries:
            raise HubError(404, f"{folder} does not exist on {revision!r}", "EntryNotFound")
        page, headers = entries[first : first + self.hub.page], {}
        if first + self.hub.page < len(entries):
            query = urlencode({**self.query, "cursor": first + self.hub.page})
            headers["Link"] = f'<{self.hub.url}{self.raw}?{query}>; rel="next"'
        return page, 200, headers

    def create(self) -> Answer:
        asked = json.loads(self.body)
        repo_id = f"{asked['organization'] or self.user}/{asked['name']}"
        if self.user is None or not repo_id.startswith(f"{self.user}/"):
            raise HubError(401 if self.user is None else 403, f"You don't have the rights to create {repo_id}")
        url = f"{self.hub.url}/datasets/{repo_id}"
        if repo_id in self.hub.repos:
            return {"error": "You already created this dataset repo", "url": url}, 409, {}
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        self.hub.create(repo_id, private=private)
        return {"url": url, "name": repo_id, "id": repo_id}, 200, {}

    def validate_yaml(self) -> Answer:
        content = json.loads(self.body)["content"]
        header = re.match(r"---\n(.*?\n)---\n", content, flags=re.S)
        try:
            known = yaml.safe_load(header[1]) if header is not None else {}
        except yaml.YAMLError as error:
            return {"errors": [{"message": str(error)}], "warnings": []}, 400, {}
        warnings = [] if known else [{"message": "empty or missing yaml metadata in repo card"}]
        return {"errors": [], "warnings": warnings}, 200, {}

    def preupload(self, repo_id: str, revision: str) -> Answer:
        tree = self.commit(self.repo(repo_id, write=not self.query.get("create_pr")), revision).tree
        files = []
        for file in json.loads(self.body)["files"]:
            lfs, there = wants_lfs(base64.b64decode(file["sample"]), file["size"]), tree.get(file["path"])
            files.append({"path": file["path"], "uploadMode": "lfs" if lfs else "regular", "shouldIgnore": False,
                          "oid": None if there is None else there.etag})
        return {"files": files}, 200, {}

    def lfs_batch(self, repo_id: str) -> Answer:
        self.repo(repo_id)
        objects: list[dict[str, Any]] = []
        for wanted in json.loads(self.body)["objects"]:
            here = self.hub.store.path(wanted["oid"]).exists()
            upload = {"upload": {"href": f"{self.hub.cdn}/cdn/{wanted['oid']}"}}
            objects.append(wanted if here else {**wanted, "actions": upload})
        return {"transfer": "basic", "objects": objects}, 200, {}

    def new_commit(self, repo_id: str, revision: str) -> Answer:
        pull_request = bool(self.query.get("create_pr"))
        repo = self.repo(repo_id, write=not pull_request)
        with self.hub.lock:
            parent = self.commit(repo, revision)
            lines = [json.loads(line) for line in self.body.splitlines()]
            header = lines[0]["value"]
            if header.get("parentCommit") not in (None, parent.oid):
                raise HubError(412, "A commit has happened since. Please refresh and try again.")
            tree = self._changed(parent.tree, lines[1:])
            number = len(repo.refs_under("refs/pr/")) + 1
            ref = f"refs/pr/{number}" if pull_request else f"refs/heads/{revision}"
            commit = repo.add(revision if revision.startswith("refs/") else ref, tree, header["summary"], parent.oid)
        url = f"{self.hub.url}/datasets/{repo_id}"
        return {"success": True, "commitUrl": f"{url}/commit/{commit.oid}", "commitOid": commit.oid,
                "pullRequestUrl": f"{url}/discussions/{number}" if pull_request else None}, 200, {}

    def _changed(self, tree: Mapping[str, Blob], operations: list[dict[str, Any]]) -> dict[str, Blob]:
        gone = {kind: [o["value"]["path"] for o in operations if o["key"] == kind]
                for kind in ("deletedFile", "deletedFolder")}
        missing = [path for path in gone["deletedFile"] if path not in tree]
        if missing:
            raise HubError(404, f"A file with this name doesn't exist: {missing[0]}", "EntryNotFound")
        changed = without(tree, gone["deletedFile"], gone["deletedFolder"])
        for key, value in ((operation["key"], operation["value"]) for operation in operations):
            if key == "file":
                changed[value["path"]] = self.hub.store.keep(base64.b64decode(value["content"]), lfs=False)
            elif key == "lfsFile":
                try:
                    changed[value["path"]] = self.hub.store.blob(value["oid"], lfs=True)
                except FileNotFoundError:
                    raise HubError(400, f"LFS object {value['oid']} was never uploaded") from None
        return changed

    def branch(self, repo_id: str, name: str) -> Answer:
        return self._new_ref(repo_id, f"refs/heads/{name}", json.loads(self.body).get("startingPoint", "main"))

    def tag(self, repo_id: str, revision: str) -> Answer:
        return self._new_ref(repo_id, f"refs/tags/{json.loads(self.body)['tag']}", revision)

    def _new_ref(self, repo_id: str, ref: str, start: str) -> Answer:
        repo = self.repo(repo_id, write=True)
        if ref in repo.refs:
            raise HubError(409, "Reference already exists")
        repo.refs[ref] = self.commit(repo, start).oid
        return {}, 200, {}


def _entries(tree: Mapping[str, Blob], folder: str, deep: bool) -> list[dict[str, Any]]:
    """Files and folders in a folder; deep: and in all folders below it."""
    inside = f"{folder}/" if folder else ""
    entries: dict[str, dict[str, Any]] = {}
    for path, blob in tree.items():
        if path.startswith(inside):
            parts = path.removeprefix(inside).split("/")
            for depth in range(1, len(parts) if deep else min(2, len(parts))):
                name = inside + "/".join(parts[:depth])
                entries.setdefault(name, {"type": "directory", "path": name, "oid": git_oid(name.encode()), "size": 0})
            if deep or len(parts) == 1:
                entries[path] = _tree_entry(path, blob)
    return list(entries.values())


def _tree_entry(path: str, blob: Blob) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "oid": blob.oid, "size": blob.size}
    if blob.lfs:
        entry["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": 130}
    return entry


_REPO, _REVISION = r"/api/(?:datasets|models)/([^/]+/[^/]+)", r"([^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", _REPO, Call.info),
    ("GET", f"{_REPO}/revision/{_REVISION}", Call.info),
    ("GET", f"{_REPO}/refs", Call.refs),
    ("GET", f"{_REPO}/tree/{_REVISION}(?:/(.+))?", Call.tree),
    ("POST", "/api/repos/create", Call.create),
    ("POST", "/api/validate-yaml", Call.validate_yaml),
    ("POST", f"{_REPO}/preupload/{_REVISION}", Call.preupload),
    ("POST", r"/datasets/([^/]+/[^/]+)\.git/info/lfs/objects/batch", Call.lfs_batch),
    ("POST", f"{_REPO}/commit/{_REVISION}", Call.new_commit),
    ("POST", f"{_REPO}/branch/{_REVISION}", Call.branch),
    ("POST", f"{_REPO}/tag/{_REVISION}", Call.tag),
]
