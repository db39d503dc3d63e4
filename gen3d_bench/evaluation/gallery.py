"""Which episodes a report shows, and where their pictures are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gen3d_bench.evaluation.pictures import still_of
from gen3d_bench.evaluation.records import EpisodeRecord
from gen3d_bench.evaluation.schedule import Key


@dataclass(frozen=True)
class Film:
    """An episode shown in the report: an animation and its last frame (files)."""

    record: EpisodeRecord
    video: Path
    still: Path


@dataclass(frozen=True)
class Pictures:
    """What there is to show.  scenes: picture of the start of a scene's first episode, by scene id."""

    films: tuple[Film, ...]
    scenes: Mapping[str, Path]

    @classmethod
    def find(cls, folder: Path, chosen: Iterable[EpisodeRecord], scene_ids: Iterable[str]) -> Pictures:
        """Those pictures that exist in a run's folder."""
        films = (Film(r, video_path(folder, r.key), still_of(video_path(folder, r.key))) for r in chosen)
        starts = {scene: picture_path(folder, scene) for scene in scene_ids}
        return cls(
            films=tuple(film for film in films if film.video.exists() and film.still.exists()),
            scenes={scene: path for scene, path in starts.items() if path.exists()},
        )


def choose_videos(records: Iterable[EpisodeRecord], count: int) -> list[EpisodeRecord]:
    """At most `count` episodes worth seeing: failures first, but up to a third of the places for successes; different
    reasons and scenes before more of the same."""
    rows = sorted(records, key=lambda r: (r.episode, r.scene_id))
    failures = _one_of_each([r for r in rows if not r.success_once], lambda r: r.failure_codes)
    successes = _one_of_each([r for r in rows if r.success_once], lambda r: r.scene_id)
    reserved = min(len(successes), count // 3)
    shown = failures[: max(count - reserved, 0)]
    return shown + successes[: count - len(shown)]


def _one_of_each(records: Sequence[EpisodeRecord], kind: Callable[[EpisodeRecord], object]) -> list[EpisodeRecord]:
    """Stable reordering: the first of every kind, then the second of every kind, and so on."""
    seen: dict[object, int] = {}
    ranked = []
    for record in records:
        rank = seen[kind(record)] = seen.get(kind(record), -1) + 1
        ranked.append((rank, record))
    return [record for _, record in sorted(ranked, key=lambda pair: pair[0])]


def video_path(folder: Path, key: Key) -> Path:
    """Where the film of an episode is, if there is one."""
    return folder / "videos" / f"{_file_name(key[0])}-{key[1]:03d}.webp"


def picture_path(folder: Path, scene_id: str) -> Path:
    """Where the picture of a scene is, taken at the start of its first episode."""
    return folder / "pictures" / f"{_file_name(scene_id)}.webp"


def _file_name(scene_id: str) -> str:
    return scene_id.replace("/", "_")
