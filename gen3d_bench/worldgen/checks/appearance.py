"""Looks judged without a model: colours against colour words, silhouettes and reliefs against words for shapes.

Only what the words claim is judged, by what can be measured; words that nothing here measures are listed as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.worldgen.assets.backend import AssetRequest
from gen3d_bench.worldgen.checks.claims import Claims, claims
from gen3d_bench.worldgen.checks.colors import described, lab, passes_for, word_for
from gen3d_bench.worldgen.checks.judged import ruled
from gen3d_bench.worldgen.checks.kinds import size_problem
from gen3d_bench.worldgen.checks.meshes import UnreadableMesh
from gen3d_bench.worldgen.checks.shapes import PARTS, TRAITS, UPWARDS, WORDS, Finding, Shape
from gen3d_bench.worldgen.checks.surfaces import Sheen, read_sheen
from gen3d_bench.worldgen.checks.views import AssetViews
from gen3d_bench.worldgen.verdict import Stage, Verdict

Array = NDArray[np.float64]

ACCENT_SHARE = 0.008
"""Least share of what is seen that has a further colour: of a rim, of stripes, of leaves."""
LARGEST_PIECE = 0.98
"""Share of a silhouette in its largest connected piece: less of it, and there is more than one thing."""
SEEN = 0.02
"""Least share of a picture that the thing fills."""
PATTERN_SHARE = 0.015
"""Least share of what is seen that stands out from its main colour where a pattern is asked for."""
STANDS_OUT = 10.0
"""CIELAB distance from the main colour that is seen as another."""
PIXELS = 12_000
"""Most pixels whose colours are looked at."""
SMALLEST, LARGEST = 0.75, 1.3
"""A small thing is at most so long relative to the longest of its kind, a large one at least so relative to the
shortest."""

_FINISHES: Mapping[str, tuple[str, float, float]] = MappingProxyType({
    "matte": ("roughness", 0.55, 1.0),
    "satin": ("roughness", 0.2, 0.8),
    "glossy": ("roughness", 0.0, 0.4),
    "polished": ("roughness", 0.0, 0.4),
    "textured": ("roughness", 0.55, 1.0),
    "rough": ("roughness", 0.55, 1.0),
    "brushed": ("metalness", 0.25, 1.0),
    "metallic": ("metalness", 0.25, 1.0),
})  # fmt: skip
"""Key of `vocabulary.FINISH_WORDS` -> what of the surface is measured, and its bounds."""


class MeasuredAppearance:
    """Judges looks by measures alone.  Picklable and without state."""

    name = "measured colours and silhouettes"

    def appearance(self, request: AssetRequest, views: AssetViews) -> Verdict:
        """One complete thing, in the colours, the finish and the pattern that the words ask for."""
        said = claims(request)
        problems = [*_incomplete(views)]
        facts = ["one thing"]
        if not problems:
            for finding in (*_colors(said, views), *_pattern(said, views), *_finish(said, views)):
                (facts if finding.true else problems).append(finding.fact)
        unjudged = [finish for finish in said.finishes if finish not in _FINISHES]
        return ruled(Stage.appearance, self.name, problems, _told(facts, unjudged))

    def alignment(self, request: AssetRequest, views: AssetViews) -> Verdict:
        """Of a size that its kind has, with the shapes and parts that kind and words imply."""
        said = claims(request)
        problems: list[str] = []
        facts: list[str] = []
        unjudged = [*said.unjudged]
        unseen = [f"seen from {name} there is nothing" for name, mask in _straight(views).items() if not mask.any()]
        if unseen:
            return ruled(Stage.alignment, self.name, unseen, "")
        for finding in (*_size(said, views), *_shapes(said, Shape(views), unjudged)):
            (facts if finding.true else problems).append(finding.fact)
        return ruled(Stage.alignment, self.name, problems, _told(facts, unjudged))


def _told(facts: Sequence[str], unjudged: Sequence[str]) -> str:
    rest = [f"not judged: {', '.join(dict.fromkeys(unjudged))}"] if unjudged else []
    return "; ".join([*facts, *rest]) or "the words claim nothing that can be measured"


# ---------------------------------------------------------------------------------------------------------- appearance


def _incomplete(views: AssetViews) -> Iterator[str]:
    from scipy import ndimage

    for number, mask in enumerate(views.masks, start=1):
        filled = float(mask.mean())
        if filled < SEEN:
            yield f"view {number} shows {'nothing' if not filled else f'a thing of {filled:.1%} of the picture'}"
            return
        if mask[[0, -1]].any() or mask[:, [0, -1]].any():
            yield f"view {number} does not show all of it"
    around = {f"view {number}": mask for number, mask in enumerate(views.masks, start=1)}
    for name, mask in (_straight(views) | around).items():
        # Widened by a pixel, so that a leg too thin to be drawn without gaps holds together.
        labels, _ = ndimage.label(ndimage.binary_dilation(mask, np.ones((3, 3))))
        sizes = np.bincount(labels.ravel())[1:]
        if not len(sizes):
            yield f"seen from {name} there is nothing"
            return
        if sizes.max() < LARGEST_PIECE * sizes.sum():
            count = max(2, int((sizes > (1 - LARGEST_PIECE) * sizes.sum()).sum()))
            yield f"seen from {name} there are {count} separate things instead of one"
            return


def _straight(views: AssetViews) -> dict[str, NDArray[np.bool_]]:
    return {"ahead": views.front.mask, "the side": views.side.mask, "above": views.top.mask}


def _seen(views: AssetViews) -> Array:
    """[N, 3] CIELAB colours of what is seen, evenly thinned out."""
    colors = views.colors[views.masks]
    return lab(colors[:: max(1, len(colors) // PIXELS)])


def _colors(said: Claims, views: AssetViews) -> Iterator[Finding]:
    wanted = [(said.spec.color, said.colored)] if said.spec.color is not None else []
    wanted += [(color, ACCENT_SHARE) for color in said.spec.accents]
    if not wanted:
        return
    seen = _seen(views)
    for color, least in wanted:
        target = lab(np.array([[color]]))[0, 0]
        share = float(passes_for(seen, target).mean())
        word = word_for(target)
        fact = f"{word} is {share:.0%} of what is seen"
        missing = f"{fact}, at least {least:.1%} wanted; it is {described(seen)}"
        yield Finding(share >= least, fact if share >= least else missing)


def _pattern(said: Claims, views: AssetViews) -> Iterator[Finding]:
    pattern = said.spec.pattern
    if pattern is None or pattern == "plain":
        return
    seen = _seen(views)
    _, which, counts = np.unique(np.round(seen / 6.0), axis=0, return_inverse=True, return_counts=True)
    main = seen[which.reshape(-1) == np.argmax(counts)].mean(axis=0)
    share = float((np.linalg.norm(seen - main, axis=1) > STANDS_OUT).mean())
    yield Finding(share >= PATTERN_SHARE, f"{pattern}: {share:.0%} stands out from the main colour")


def _finish(said: Claims, views: AssetViews) -> Iterator[Finding]:
    wanted = [finish for finish in said.finishes if finish in _FINISHES]
    if not wanted:
        return
    try:
        sheen: Sheen = read_sheen(views.asset.folder)
    except UnreadableMesh as error:
        yield Finding(False, str(error))
        return
    for finish in wanted:
        what, low, high = _FINISHES[finish]
        value = getattr(sheen, what)
        yield Finding(low <= value <= high, f"{finish}: {what} {value:.2f} (of {low:g} to {high:g})")


# ----------------------------------------------------------------------------------------------------------- alignment


def _size(said: Claims, views: AssetViews) -> Iterator[Finding]:
    if said.kind is None:
        return
    size = np.array(views.asset.info.size)
    problem = size_problem(said.kind_name, size)
    longest = 100.0 * float(size.max())
    yield Finding(problem is None, problem or f"{longest:.0f} cm long, as a {said.kind_name} may be")
    if said.spec.size < 1.0:
        most = SMALLEST * said.kind.high
        yield Finding(longest <= most, f"small: {longest:.0f} cm (at most {most:.0f} cm)")
    elif said.spec.size > 1.0:
        least = LARGEST * said.kind.low
        yield Finding(longest >= least, f"large: {longest:.0f} cm (at least {least:.0f} cm)")


def _shapes(said: Claims, shape: Shape, unjudged: list[str]) -> Iterator[Finding]:
    """Findings; what cannot be measured is added to `unjudged`."""
    for trait in said.kind.traits if said.kind else ():
        yield _named(said.kind_name, trait, TRAITS[trait](shape))
    for word in sorted(said.spec.shapes):
        # Tall for a tray is still low: of things that are all flat, such words cannot be judged.
        if word in WORDS and not (word in UPWARDS and said.kind and "flat" in said.kind.traits):
            yield _named("said to be", word, WORDS[word](shape))
        else:
            unjudged.append(word)
    for part in said.spec.parts:
        if part.name in PARTS:
            yield _named("with", part.name, PARTS[part.name](shape))
        else:
            unjudged.append(part.name)


def _named(of: str, what: str, finding: Finding) -> Finding:
    return Finding(finding.true, f"{of} {what}: {'' if finding.true else 'no, '}{finding.fact}")
