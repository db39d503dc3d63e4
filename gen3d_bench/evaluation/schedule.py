"""Who does what next: hands out episodes so that a worker stays with one scene, since switching scenes costs time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

Key = tuple[str, int]
"""(scene id, episode index)"""


class Schedule:
    """A work queue with one line per scene.

    A worker goes on with its scene while that has episodes waiting, then takes the longest line that nobody works on,
    then helps with the longest line there is.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self._waiting: dict[str, deque[Key]] = {}
        self._scene_of: dict[int, str] = {}
        for key in keys:
            self._waiting.setdefault(key[0], deque()).append(key)

    def next(self, worker: int) -> Key | None:
        """Take the next episode for this worker; None when nothing waits."""
        scene = self._scene_of.pop(worker, None)
        if scene is None or not self._waiting[scene]:
            scene = self._longest(exclude=set(self._scene_of.values())) or self._longest(exclude=set())
        if scene is None:
            return None
        self._scene_of[worker] = scene
        return self._waiting[scene].popleft()

    def put_back(self, key: Key) -> None:
        """Return an episode that was taken and not done; it is next in its scene."""
        self._waiting[key[0]].appendleft(key)

    def forget(self, worker: int) -> None:
        """This worker is gone."""
        self._scene_of.pop(worker, None)

    def __len__(self) -> int:
        """Episodes waiting."""
        return sum(map(len, self._waiting.values()))

    def _longest(self, exclude: set[str]) -> str | None:
        lines = [(len(line), scene) for scene, line in self._waiting.items() if line and scene not in exclude]
        return max(lines, key=lambda entry: entry[0])[1] if lines else None
