"""A server on this machine that speaks chat completions and does what a test scripts, one reply after the other."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What is sent back.  delay_s: before it is."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    content_type: str = "application/json"


def completion(content: str | None, finish_reason: str = "stop", refusal: str | None = None,
               tokens: tuple[int, int] | None = (1000, 200)) -> Reply:
    """A chat completion with one choice."""
    body: dict[str, Any] = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "any",
        "choices": [{
            "index": 0, "finish_reason": finish_reason,
            "message": {"role": "assistant", "content": content, "refusal": refusal},
        }],
    }
    if tokens is not None:
        body["usage"] = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
    return Reply(json.dumps(body))


def answer(value: Any) -> Reply:
    """A chat completion whose content is a value as JSON."""
    return completion(json.dumps(value))


def failure(status: int, message: str, code: str | None = None, **headers: str) -> Reply:
    """An error as OpenAI's servers word it; header names with _ for -."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return Reply(json.dumps(body), status, {name.replace("_", "-"): value for name, value in headers.items()})


Script = list[Reply] | Callable[[dict[str, Any]], Reply]


class Server:
    """requests: bodies received.  keys: the Authorization header of each.  times: when each came (monotonic s)."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.times: list[float] = []
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                reply = server.reply(self.path, self.headers.get("Authorization"), body)
                time.sleep(reply.delay_s)
                data = reply.body.encode()
                try:
                    self.send_response(reply.status)
                    self.send_header("Content-Type", reply.content_type)
                    self.send_header("Content-Length", str(len(data)))
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data)
                except (BrokenPipeError, ConnectionResetError):  # the client gave up waiting
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"

    def reply(self, path: str, key: str | None, body: dict[str, Any]) -> Reply:
        with self._lock:
            self.requests.append(body)
            self.keys.append(key)
            self.times.append(time.monotonic())
            if path != "/v1/chat/completions":
                return failure(404, f"no such path {path}")
            if callable(self.script):
                return self.script(body)
            return self.script.pop(0) if self.script else failure(418, "the script is over")


@contextmanager
def serving(script: Script) -> Iterator[Server]:
    """The server, running; what is stopped afterwards refuses connections."""
    server = Server(script)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()
