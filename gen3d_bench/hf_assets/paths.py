"""Which paths a pack may name.  A manifest comes from strangers, and its paths are joined to a folder of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

ENDINGS = (".json", ".glb", ".obj", ".jpg", ".png", ".parquet", ".md")
"""Kinds of files that a pack holds.  No archive, and nothing that is run or unpickled when it is read."""
LONGEST = 240
"""Longest path in a pack (characters)."""
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*", re.ASCII)


def path_problem(path: str) -> str | None:
    """What is wrong with a path inside a pack, or None.

    What is not plainly good is refused: then no file system, and no way of writing the same name, has to be thought of.

    >>> path_problem("scenes/desk.json")
    >>> path_problem("scenes/../../desk.json")
    "its part '..' does not begin with a letter or digit"
    """
    if not path:
        return "it is empty"
    if len(path) > LONGEST:
        return f"it has {len(path)} characters, more than {LONGEST}"
    for part in path.split("/"):
        if not part:
            return "it begins or ends with / or has an empty part"
        if not _PART.match(part):
            return f"its part {part!r} does not begin with a letter or digit"
        if not _PART.fullmatch(part):
            return f"its part {part!r} has other characters than letters, digits and . _ + -"
        if part.endswith("."):
            return f"its part {part!r} ends with a dot"
    return None


def file_problems(files: Iterable[str]) -> Iterator[str]:
    """What is wrong with a pack's list of files: a line for each bad path and each pair that clashes."""
    paths = sorted(files)
    good = []
    for path in paths:
        problem = path_problem(path)
        if problem is None and not path.endswith(ENDINGS):
            problem = f"a pack holds no such files, only {' '.join(ENDINGS)}"
        if problem is not None:
            yield f"{path!r}: {problem}"
        else:
            good.append(path)
    yield from _clashes(good)


def _clashes(paths: Iterable[str]) -> Iterator[str]:
    """Paths that cannot stand together on every file system: equal but for case, or a file and a folder at once."""
    spelling: dict[str, str] = {}
    files: dict[str, str] = {}
    for path in paths:
        for folder in [str(p) for p in reversed(PurePosixPath(path).parents)][1:]:
            known = spelling.setdefault(folder.lower(), folder)
            if known != folder:
                yield f"{path!r}: its folder {folder!r} differs from {known!r} only in case"
        known = files.setdefault(path.lower(), path)
        if known != path:
            yield f"{path!r}: differs from {known!r} only in case"
    for key, path in files.items():
        if key in spelling:
            yield f"{path!r}: is both a file and a folder"
