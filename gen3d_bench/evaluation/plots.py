"""The report's plots as inline SVG.  Colours come from the page's CSS classes, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from gen3d_bench.evaluation.statistics import Interval

LEFT, RIGHT, TOP = 44.0, 12.0, 10.0
"""Margins (px)."""
WIDEST_STEP = 90.0
"""From scene to scene, where there are few (px)."""
TILTED_LETTER = 7.0 * 0.72
"""What a letter of a scene's name takes up either way, with the name at 45 degrees (px)."""


@dataclass(frozen=True)
class ScenePoint:
    """One scene in the plot of success by scene."""

    label: str
    title: str
    rate: float
    interval: Interval


def scene_plot(points: Sequence[ScenePoint], mean: float, width: float = 1040.0, height: float = 250.0) -> str:
    """Success rate of each scene with its interval, best first; the dashed line is the rate over all episodes."""
    named = len(points) <= 30
    width = min(width, max(420.0, LEFT + RIGHT + WIDEST_STEP * len(points)))
    bottom = 22.0 + (TILTED_LETTER * max((len(p.label) for p in points), default=0) if named else 0.0)
    plot = _Frame(width, height + bottom, bottom)
    ordered = sorted(points, key=lambda p: (-p.rate, p.label))
    step = min((plot.right - LEFT) / max(len(ordered), 1), WIDEST_STEP)
    overhang = max((TILTED_LETTER * len(p.label) - LEFT - step * (i + 0.5) for i, p in enumerate(ordered)), default=0.0)
    parts = [plot.rate_grid()]
    mean_y = plot.y(mean)
    end = LEFT + step * len(ordered)
    parts.append(f'<line class="mean" x1="{LEFT}" x2="{end:.1f}" y1="{mean_y:.1f}" y2="{mean_y:.1f}"/>')
    for i, point in enumerate(ordered):
        x = LEFT + step * (i + 0.5)
        low, high, y = plot.y(point.interval.low), plot.y(point.interval.high), plot.y(point.rate)
        parts.append(
            f'<g class="scene"><title>{escape(point.title)}</title>'
            f'<rect class="hit" x="{x - step / 2:.1f}" y="{TOP}" width="{step:.1f}" height="{plot.base - TOP:.1f}"/>'
            f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{4.0 if step > 14 else 3.0}"/>'
        )
        if named:
            place = f"translate({x + 4:.1f} {plot.base + 14:.1f}) rotate(-45)"
            parts.append(f'<text class="tick" text-anchor="end" transform="{place}">{escape(point.label)}</text>')
        parts.append("</g>")
    if not named:
        parts.append(f'<text class="tick" x="{LEFT}" y="{plot.base + 18:.1f}">{len(ordered)} scenes, best first</text>')
    shown = max(overhang, 0.0) if named else 0.0
    return plot.svg(parts, "Success rate of each scene with its 95% interval", shown)


def solved_curve(times_s: Sequence[float], episodes: int, limit_s: float, width: float = 500.0,
                 height: float = 230.0) -> str:
    """Share of all episodes solved within t seconds, as a step curve up to the time limit."""
    plot = _Frame(width, height, 34.0)
    span = plot.right - LEFT

    def x(t: float) -> float:
        return LEFT + span * min(t, limit_s) / limit_s

    path = [f"M{LEFT:.1f} {plot.base:.1f}"]
    for solved, t in enumerate(sorted(times_s), start=1):
        path.append(f"H{x(t):.1f}V{plot.y(solved / episodes):.1f}")
    path.append(f"H{plot.right:.1f}")
    line = "".join(path)
    parts = [plot.rate_grid(), f'<path class="area" d="{line}V{plot.base:.1f}Z"/>', f'<path class="curve" d="{line}"/>']
    for k in range(5):
        t = limit_s * k / 4
        parts.append(f'<text class="tick" text-anchor="middle" x="{x(t):.1f}" y="{plot.base + 16:.1f}">{t:g}</text>')
    parts.append(f'<text class="tick" text-anchor="end" x="{plot.right:.1f}" y="{plot.base + 31:.1f}">'
                 "seconds of simulated time</text>")
    return plot.svg(parts, "Share of episodes solved within a time")


@dataclass(frozen=True)
class _Frame:
    width: float
    height: float
    bottom: float

    @property
    def right(self) -> float:
        return self.width - RIGHT

    @property
    def base(self) -> float:
        return self.height - self.bottom

    def y(self, rate: float) -> float:
        return self.base - rate * (self.base - TOP)

    def rate_grid(self) -> str:
        lines = []
        for percent in (0, 25, 50, 75, 100):
            y = self.y(percent / 100)
            lines.append(f'<line class="grid" x1="{LEFT}" x2="{self.right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
                         f'<text class="tick" text-anchor="end" x="{LEFT - 8}" y="{y + 4:.1f}">{percent}%</text>')
        return "".join(lines)

    def svg(self, parts: Sequence[str], label: str, left: float = 0.0) -> str:
        """left: how much room there is to be left of the frame."""
        body = "".join(parts)
        return (f'<svg class="plot" role="img" aria-label="{escape(label)}" '
                f'viewBox="{0 - left:.0f} 0 {self.width + left:.0f} {self.height:.0f}" '
                f'style="max-width:{self.width + left:.0f}px">{body}</svg>')
