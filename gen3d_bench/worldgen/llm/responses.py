"""The cache of what language models answered: one file per request, so that a second run is free, offline and equal."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gen3d_bench.scenes.io import write_atomic
from gen3d_bench.scenes.schema import Model

LOG = logging.getLogger(__name__)


class Response(Model):
    """What is kept of a chat completion.  Tokens are None where the server did not count them."""

    content: str
    finish_reason: str
    """ "stop", or "length" where the answer was cut off."""
    prompt_tokens: int | None
    completion_tokens: int | None


def request_digest(server: str, request: Mapping[str, Any]) -> str:
    """sha256 of a whole request, in hex.

    server: host, port and path, for two servers may give different models the same name.  The key is no part of it: it
    decides who pays, not what is answered.
    """
    text = json.dumps({"server": server, **request}, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class ResponseCache:
    """Responses in a folder, `<first two digits>/<sha256 of the request>.json`, shared by any number of processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.json"

    def get(self, digest: str) -> Response | None:
        """The response to a request, None if there is none that can be read."""
        file = self.file(digest)
        try:
            return Response.model_validate_json(file.read_bytes(), strict=True)
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            why = error.strerror if isinstance(error, OSError) else "damaged"
            LOG.warning("%s: this cached answer cannot be used (%s); asking again", file, why)
            return None

    def put(self, digest: str, response: Response) -> None:
        """Keeps a response; where that fails, the next run has to ask again, and a warning says so."""
        file = self.file(digest)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, (response.model_dump_json(indent=2) + "\n").encode())
        except OSError as error:
            LOG.warning("%s: the answer cannot be kept (%s); it will be asked for again", file, error.strerror)
