"""One asset: made, judged, and made again with another seed until every check passes or the attempts are used up."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gen3d_bench.doctor.rendering import RenderingUnavailable
from gen3d_bench.worldgen.assets.backend import AssetError, AssetRequest, MadeAsset, NoSuchAsset
from gen3d_bench.worldgen.pipeline.records import AssetAttempt, AssetRecord
from gen3d_bench.worldgen.pipeline.seeds import derived_seed
from gen3d_bench.worldgen.pipeline.workshop import Workshop
from gen3d_bench.worldgen.slug import slug
from gen3d_bench.worldgen.verdict import Stage, Verdict

EVIDENCE_QUALITY = 80
"""Of WebP pictures."""


@dataclass(frozen=True)
class Taken:
    """What became of an asset.  made: None if no attempt passed.  pictures: encoded, by path in the run's folder."""

    record: AssetRecord
    made: MadeAsset | None
    pictures: dict[str, bytes]


def take_asset(shop: Workshop, request: AssetRequest, folder: Path, attempts: int, evidence: str) -> Taken:
    """An asset that passes every check, or the record of why there is none.

    request: its seed is the first of the seeds that are tried.  evidence: start of the paths of its pictures.
    A checker that cannot be reached ends the attempts: another seed would not reach it either.  Raises
    SourceUnavailable.
    """
    tried: list[AssetAttempt] = []
    pictures: dict[str, bytes] = {}
    made = None
    rejected: set[str] = set()
    for number in range(attempts):
        seed = derived_seed(request.seed, "attempt", number) if number else request.seed
        asked = replace(request, seed=seed, rejected=frozenset(rejected))
        began = time.perf_counter()
        try:
            made = shop.backend.make(asked, folder)
        except AssetError as error:
            tried.append(AssetAttempt(seed=asked.seed, error=str(error), seconds=time.perf_counter() - began))
            if isinstance(error, NoSuchAsset):
                break
            continue
        rejected.add(made.asset.sha256)  # should it be the next one's turn
        seconds = time.perf_counter() - began
        verdicts, picture = _judge(shop, asked, made)
        if picture is not None:
            name = f"{evidence}-{slug(request.name)}-{number + 1}.webp"
            pictures[name] = encoded(picture)
            verdicts = [verdict.model_copy(update={"evidence": name}) for verdict in verdicts]
        checks_s = time.perf_counter() - began - seconds
        tried.append(AssetAttempt(seed=asked.seed, verdicts=tuple(verdicts), seconds=seconds, checks_s=checks_s))
        if tried[-1].passed or not all(verdict.reached for verdict in verdicts):
            break
    passed = tried[-1].passed
    record = AssetRecord(
        kind=request.kind,
        name=request.name,
        description=request.description,
        attempts=tuple(tried),
        sha256=made.asset.sha256 if made is not None and passed else None,
        notes=made.notes if made is not None else (),
    )
    return Taken(record, made if passed else None, pictures)


def _judge(shop: Workshop, request: AssetRequest, made: MadeAsset) -> tuple[list[Verdict], NDArray[np.uint8] | None]:
    """Verdicts in the order of the stages up to the first failure, and the picture of the asset from all sides."""
    from gen3d_bench.worldgen.checks.geometry import check_geometry
    from gen3d_bench.worldgen.checks.handling import check_handling
    from gen3d_bench.worldgen.checks.views import studio

    asset, made_here = made.asset, made.ref.generator is not None
    if request.kind == "room":  # seen from inside and never touched: there is nothing but its mesh to judge
        return [check_geometry(asset, made_here=made_here)], None
    try:
        views = studio().views(asset)
    except RenderingUnavailable as error:
        return [Verdict.unreachable(Stage.appearance, shop.looks.name, str(error))], None
    checks: list[Callable[[], Verdict]] = [
        lambda: shop.looks.appearance(request, views),
        lambda: check_geometry(asset, made_here=made_here),
        lambda: shop.looks.alignment(request, views),
    ]
    if request.kind == "object":
        checks.append(lambda: check_handling(request, asset))
    return list(_until_failure(checks)), views.sheet


def _until_failure(checks: list[Callable[[], Verdict]]) -> Iterator[Verdict]:
    for check in checks:
        verdict = check()
        yield verdict
        if not verdict.passed:
            return


def encoded(picture: NDArray[np.uint8]) -> bytes:
    """uint8 [H, W, 3] as WebP."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=EVIDENCE_QUALITY, method=2)
    return buffer.getvalue()
