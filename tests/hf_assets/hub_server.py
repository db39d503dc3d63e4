"""A Hub on this machine: the routes that huggingface_hub uses to read and write dataset repositories.

Files kept as LFS are handed out and taken in under another host name ("localhost" beside "127.0.0.1"), as the real one
leaves them to a CDN; a token that is sent there has leaked, and the request is refused.

    python -m tests.hf_assets.hub_server FOLDER USER

runs it by itself, until its standard input ends: USER's token is "secret", the first line that it prints its address.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.hf_assets.hub_api import ROUTES, Call, HubError
from tests.hf_assets.hub_faults import Fault, Kind, Request
from tests.hf_assets.hub_repos import GITATTRIBUTES, Blob, Repo, Store, without

BLOCK = 64 << 10


class Hub:
    """Repositories and who may see them.  tokens: token -> user; a user writes to names that begin with theirs.

    page: entries in one answer of a tree.
    """

    def __init__(self, folder: Path, page: int = 1000) -> None:
        self.store = Store(folder)
        self.page = page
        self.repos: dict[str, Repo] = {}
        self.tokens: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self._requests: list[Request] = []
        self._answered = threading.Condition(self.lock)
        self._busy = 0
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (HubHandler,), {"hub": self}))
        self.http.daemon_threads = True
        port = self.http.server_address[1]
        self.url, self.cdn = f"http://127.0.0.1:{port}", f"http://localhost:{port}"

    def create(self, repo_id: str, *, private: bool = False, gated: bool = False) -> Repo:
        repo = self.repos[repo_id] = Repo(repo_id, private, gated, owner=repo_id.split("/")[0])
        repo.add("refs/heads/main", {".gitattributes": self.store.keep(GITATTRIBUTES)}, "initial commit", None)
        return repo

    def commit(self, repo_id: str, files: Mapping[str, bytes], *, ref: str = "refs/heads/main",
               delete: tuple[str, ...] = (), title: str = "by hand") -> str:
        """Puts files into a repository, made if it is not there, behind every route's back; the commit."""
        repo = self.repos.get(repo_id) or self.create(repo_id)
        parent = repo.find(ref) or repo.find("main")
        assert parent is not None
        tree = {**without(parent.tree, delete, ()), **{path: self.store.keep(data) for path, data in files.items()}}
        return repo.add(ref, tree, title, parent.oid).oid

    def files(self, repo_id: str, revision: str = "main") -> dict[str, bytes]:
        """What a revision holds."""
        commit = self.repos[repo_id].find(revision)
        assert commit is not None
        return {path: self.store.path(blob.sha256).read_bytes() for path, blob in commit.tree.items()}

    def fail(self, kind: Kind, path: str, **options: Any) -> Fault:
        self.faults.append(fault := Fault(kind, path, **options))
        return fault

    def fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.meets(method, path):
                    fault.times = None if fault.times is None else fault.times - 1
                    return fault
        return None

    def begin(self) -> None:
        with self.lock:
            self._busy += 1

    def end(self, request: Request) -> None:
        with self._answered:
            self._busy -= 1
            self._requests.append(request)
            self._answered.notify_all()

    @property
    def requests(self) -> list[Request]:
        """Requests answered so far.  Those in progress are waited for: a client may be ahead of the book-keeping."""
        with self._answered:
            self._answered.wait_for(lambda: self._busy == 0, timeout=10)
            return list(self._requests)

    def forget(self) -> None:
        """Forgets the requests answered so far."""
        with self.lock:
            del self._requests[: len(self.requests)]

    def asked(self, path: str = "", method: str = "GET") -> list[Request]:
        """Those requests whose path matches."""
        return [request for request in self.requests if request.method == method and re.search(path, request.path)]

    def sent(self) -> int:
        """Bytes of files that were sent."""
        return sum(request.sent for request in self.asked("/resolve/|^/cdn/"))


class HubHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hub: Hub

    def __getattr__(self, name: str) -> Callable[[], None]:
        """One method answers them all: do_GET, do_HEAD, do_POST, do_PUT ..."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self) -> None:
        split = urlsplit(self.path)
        route, query = unquote(split.path), {key: values[0] for key, values in parse_qs(split.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        user, self.sent, self.status = None, 0, 0
        fault = self.hub.fault(self.command, route)
        self.hub.begin()
        try:
            if fault is not None and fault.kind == "status":
                fault.reached.set()
                raise HubError(fault.status, "asked for by a test", **fault.headers)
            user = self._user()
            self._dispatch(Call(self.hub, split.path, query, body, user), fault)
        except HubError as error:
            headers = {"X-Error-Message": error.message, **error.more}
            if error.code is not None:
                headers["X-Error-Code"] = error.code
            self._send_json({"error": error.message}, error.status, headers)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.hub.end(Request(self.command, route, self.status, self.sent, self.headers.get("Range"), user,
                                 self.headers["Host"]))

    def _user(self) -> str | None:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token and self.headers["Host"].startswith("localhost"):
            raise HubError(400, "a token was sent to the CDN")
        if token and token not in self.hub.tokens:
            raise HubError(401, "Invalid credentials in Authorization header")
        return self.hub.tokens.get(token)

    def _dispatch(self, call: Call, fault: Fault | None) -> None:
        if (found := re.fullmatch(r"/cdn/([0-9a-f]{64})(?:/.+)?", call.raw)) is not None:
            if self.command == "PUT":
                self._take(call.body, found[1])
            else:
                self._send_file(self.hub.store.blob(found[1], lfs=True), {}, fault)
            return
        if (found := re.fullmatch(r"(?:/datasets)?/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", call.raw)) is not None:
            self._resolve(call, *map(unquote, found.groups()), fault)
            return
        for method, pattern, handle in ROUTES:
            if method == self.command and (found := re.fullmatch(pattern, call.raw)) is not None:
                answer, status, headers = handle(call, *(unquote(part) for part in found.groups() if part is not None))
                self._send_json(answer, status, headers)
                return
        raise HubError(404, f"no such route: {self.command} {call.raw}")

    def _resolve(self, call: Call, repo_id: str, revision: str, path: str, fault: Fault | None) -> None:
        repo = call.repo(repo_id)
        if repo.gated and call.user not in {repo.owner, *repo.readers}:
            raise HubError(401 if call.user is None else 403, f"Access to dataset {repo.id} is restricted", "GatedRepo")
        commit = call.commit(repo, revision)
        headers = {"X-Repo-Commit": commit.oid}
        blob = commit.tree.get(path)
        if blob is None:
            raise HubError(404, "Entry not found", "EntryNotFound", **headers)
        if not blob.lfs:
            self._send_file(blob, headers, fault)
            return
        headers |= {"Location": f"{self.hub.cdn}/cdn/{blob.sha256}/{quote(path)}", "X-Linked-Etag": f'"{blob.sha256}"',
                    "X-Linked-Size": str(blob.size)}
        self._send_json({}, 302, headers)

    def _take(self, body: bytes, oid: str) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            raise HubError(400, "the bytes are not those that were announced")
        self.hub.store.keep(body)
        self._send_json({}, 200, {})

    def _send_json(self, answer: Any, status: int, headers: Mapping[str, str]) -> None:
        self.status, data = status, json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _send_file(self, blob: Blob, headers: Mapping[str, str], fault: Fault | None) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        first = int(asked[1]) if asked is not None else 0
        end = int(asked[2]) + 1 if asked is not None and asked[2] else blob.size
        self.status = 200 if asked is None else 206
        self.send_response(self.status)
        for name, value in {**headers, "ETag": f'"{blob.etag}"', "Content-Length": str(end - first),
                            "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}.items():
            self.send_header(name, value)
        if asked is not None:
            self.send_header("Content-Range", f"bytes {first}-{end - 1}/{blob.size}")
        self.end_headers()
        if self.command == "HEAD":
            return
        with self.hub.store.path(blob.sha256).open("rb") as file:
            file.seek(first)
            for block in self._blocks(file.read(end - first), fault):
                self.wfile.write(block)
                self.sent += len(block)

    def _blocks(self, data: bytes, fault: Fault | None) -> Iterator[bytes]:
        """The body in blocks, with what the fault does to it."""
        if fault is not None and fault.kind == "corrupt" and data:
            middle = len(data) // 2
            data = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        elif fault is not None and fault.kind in ("cut", "reset", "hold"):
            yield data[: fault.after]
            fault.reached.set()
            if fault.kind == "hold":
                fault.release.wait(60)
            else:
                self._hang_up(abruptly=fault.kind == "reset")
                return
            data = data[fault.after :]
        for start in range(0, len(data), BLOCK):
            yield data[start : start + BLOCK]

    def _hang_up(self, *, abruptly: bool) -> None:
        self.wfile.flush()
        if abruptly:  # no time to linger: the peer sees a reset, not an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True


@contextmanager
def serving(folder: Path, page: int = 1000) -> Iterator[Hub]:
    """The server, running; what is stopped afterwards refuses connections."""
    hub = Hub(folder, page)
    thread = threading.Thread(target=hub.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        for fault in hub.faults:
            fault.release.set()
        hub.http.shutdown()
        hub.http.server_close()
        thread.join()


if __name__ == "__main__":
    with serving(Path(sys.argv[1])) as running:
        running.tokens["secret"] = sys.argv[2]
        print(running.url, flush=True)
        sys.stdin.read()
