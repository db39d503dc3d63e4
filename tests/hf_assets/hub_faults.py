"""What can go wrong between a Hub and its users, for tests to ask for."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["cut", "reset", "corrupt", "status", "hold"]


@dataclass
class Fault:
    """What happens to requests whose path (decoded, without query) matches.

    kind: "cut" ends the connection after `after` bytes of the body, "reset" aborts it there; "corrupt" flips a bit in
    the middle of the body; "status" answers with that status; "hold" waits after `after` bytes until `release` is set.
    times: how often, None for always.  method: "" for any.
    """

    kind: Kind
    path: str
    method: str = "GET"
    times: int | None = 1
    after: int = 0
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    reached: threading.Event = field(default_factory=threading.Event)
    """Set when a request has met this fault."""
    release: threading.Event = field(default_factory=threading.Event)

    def meets(self, method: str, path: str) -> bool:
        return self.times != 0 and self.method in ("", method) and re.search(self.path, path) is not None


@dataclass(frozen=True)
class Request:
    """A request as it was answered.  sent: bytes of the body that went out.  user: whose token came along."""

    method: str
    path: str
    status: int
    sent: int
    range: str | None
    user: str | None
    host: str
