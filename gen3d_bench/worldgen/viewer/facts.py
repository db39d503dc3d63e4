"""What the viewer's panel says of a scene, as HTML in which nothing from a scene file is taken for markup."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from gen3d_bench.scenes.schema import Scene
from gen3d_bench.worldgen.viewer.contents import Contents
from gen3d_bench.worldgen.viewer.layers import ROLE_COLORS

STYLE = "font-size:0.85em; line-height:1.45; padding:0 0.9em 0.6em;"


def headline(scene: Scene) -> str:
    """The instruction and the scene's id."""
    return (
        f'<div style="{STYLE} padding-top:0.4em"><div style="font-size:1.35em; font-weight:600">'
        f'{escape(scene.instruction)}</div><div style="opacity:0.65">{escape(scene.id)}</div></div>'
    )


def facts(contents: Contents) -> str:
    """Objects, surroundings, where the poses come from, who made the scene and how it was checked."""
    rows = "".join(_objects(contents))
    lines = [
        _section("Objects", f'<table style="width:100%; border-spacing:0 0.15em">{rows}</table>'),
        _section("Surroundings", _listed([a.info.name for a in (contents.table, contents.room)])),
        _section("Poses", _listed([contents.origin, *contents.notes])),
        _section("Provenance", _listed(list(_provenance(contents.scene)))),
    ]
    return f'<div style="{STYLE}">{"".join(lines)}</div>'


def _objects(contents: Contents) -> Iterator[str]:
    for thing, asset in zip(contents.scene.objects, contents.objects, strict=True):
        info = asset.info
        color = "rgb({}, {}, {})".format(*ROLE_COLORS[thing.role])
        size = " × ".join(f"{100 * side:.1f}" for side in info.size)
        mass = f"{1000 * info.mass:.0f} g" if info.mass is not None else "no mass"
        parts = f"{info.parts} collision part{'s' if info.parts != 1 else ''}"
        kind = f"{escape(info.category)}{', hollow' if info.hollow else ''}"
        yield (
            f'<tr><td style="vertical-align:top; color:{color}; padding-right:0.5em">&#9679;</td><td>'
            f'<b>{escape(thing.name)}</b> <span style="opacity:0.65">{thing.role.value}</span><br>'
            f"{kind}<br>{size} cm, {mass}, friction {info.friction:g}<br>{parts}</td></tr>"
        )


def _provenance(scene: Scene) -> Iterator[str]:
    yield f"designer: {scene.provenance.designer}"
    if scene.provenance.source:
        yield f"source: {scene.provenance.source}"
    yield from (f"{check}: {verdict}" for check, verdict in scene.provenance.checks.items())
    if not scene.provenance.checks:
        yield "no checks recorded"
    yield from scene.provenance.notes


def _listed(lines: list[str]) -> str:
    style = "padding-left:0.8em; text-indent:-0.8em"
    return "".join(f'<div style="{style}">{escape(line)}</div>' for line in lines)


def _section(title: str, body: str) -> str:
    return f'<div style="margin-top:0.7em; font-weight:600; opacity:0.75">{title}</div><div>{body}</div>'
