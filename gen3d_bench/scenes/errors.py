"""What can go wrong with scenes and assets.  Messages say what is wrong, where, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SceneError(ValueError):
    """A scene file cannot be read, or does not describe a scene."""


class UnknownSceneError(LookupError, ValueError):
    """No scene, scene set or split has the name that was given."""


class StoreError(RuntimeError):
    """An asset cannot be made, read or kept."""


def did_you_mean(word: str, known: Iterable[str], count: int = 3) -> str:
    """" (did you mean 'a' or 'b'?)", or nothing where no known word is near.

    >>> did_you_mean("sorce", ["source", "target"])
    " (did you mean 'source'?)"
    >>> did_you_mean("xyz", ["source", "target"])
    ''
    """
    near = difflib.get_close_matches(word, list(known), n=count, cutoff=0.6)
    return f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
