"""The dataset card of a pack: everything that somebody needs who has the repository and nothing else."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gen3d_bench.envs.config import INITIAL_QPOS, CameraConfig
from gen3d_bench.extras import require
from gen3d_bench.hf_assets.contents import PackedWorld, distinct, read_worlds
from gen3d_bench.hf_assets.pack import CARD, INDEX, MANIFEST, PackedFile, PackManifest, manifest_bytes, read_manifest
from gen3d_bench.scenes.io import write_atomic
from gen3d_bench.scenes.schema import Role

PICTURES = 20
PICTURES_PER_ROW = 4
CATEGORIES = 30
"""Most rows of the table of categories."""
NOTHING = "-"
TAGS = ("robotics", "simulation", "gymnasium", "3d", "manipulation", "vision-language-action", "widowx", "gen3d-bench")
HUB_LICENCES = {
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd-2-clause", "bsd-3-clause", "bsl-1.0", "cc-by-2.0",
    "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-nd-3.0",
    "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-sa-3.0",
    "cc-by-sa-4.0", "cc0-1.0", "gpl-2.0", "gpl-3.0", "isc", "lgpl-2.1", "lgpl-3.0", "mit", "mpl-2.0", "odbl",
    "pddl", "unlicense", "wtfpl", "zlib",
}
"""Licences that the Hub knows by name; others are "other", with a name of their own."""
OWN_TERMS = "LicenseRef-"
"""How SPDX begins names of licences that it does not list."""
SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))


@dataclass(frozen=True)
class Statistic:
    """A row of the paper's Table C.1.  paper: what it reports, with GPT-4o, EmbodiedGen and an RTX 4090."""

    metric: str
    value: str
    paper: str


@dataclass(frozen=True)
class Category:
    """How often things of one shape family appear, and as what."""

    name: str
    source: int
    target: int
    distractor: int
    distinct: int


def with_card(folder: Path, repo_id: str | None = None) -> PackManifest:
    """Write the card of the pack in a folder anew, and its entry in the manifest; the manifest as it is now.

    repo_id: "org/name" of the repository that the pack goes to, so that the card's commands can be copied; None where
    it is not known.
    Raises PackError, MissingExtra, OSError.
    """
    card, manifest = carded(folder, repo_id)
    write_atomic(folder / CARD, card)
    write_atomic(folder / MANIFEST, manifest_bytes(manifest))
    return manifest


def carded(folder: Path, repo_id: str | None = None) -> tuple[bytes, PackManifest]:
    """What `with_card` would write: the card, and the manifest that goes with it.  Raises PackError, MissingExtra."""
    manifest = read_manifest(folder)
    card = render_card(manifest, read_worlds(folder, manifest), repo_id).encode()
    entry = PackedFile(sha256=hashlib.sha256(card).hexdigest(), size=len(card))
    files = dict(sorted({**manifest.files, CARD: entry}.items()))
    return card, manifest.model_copy(update={"files": files})


def render_card(manifest: PackManifest, worlds: Sequence[PackedWorld], repo_id: str | None = None) -> str:
    """The text of README.md: the same for the same pack.  Raises MissingExtra."""
    require("hub", "huggingface_hub", "jinja2")
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(loader=PackageLoader("gen3d_bench.hf_assets"), undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    environment.filters["md"] = escaped
    megabytes = sum(entry.size for path, entry in manifest.files.items() if path != CARD) / 1e6
    things = [asset for world in worlds for asset in world.objects]
    text = environment.get_template("card.md.j2").render(
        header=_header(manifest).to_yaml(),
        manifest=manifest,
        repo_id=repo_id,
        crowded=any(world.scene.distractors for world in worlds),
        stand_ins=list(dict.fromkeys(said for world in worlds if (said := world.scene.provenance.stand_in))),
        example=next(iter(manifest.splits), worlds[0].packed.id),
        megabytes=f"{megabytes:.0f}" if megabytes >= 10 else f"{megabytes:.1f}",
        statistics=list(_statistics(worlds)),
        checks=list(_checks(worlds)),
        categories=(categories := _categories(worlds))[:CATEGORIES],
        more_categories=len(categories) - CATEGORIES,
        pictures=_rows(_spread(worlds)),
        per_row=PICTURES_PER_ROW,
        origins=_origins(worlds),
        masses=_range([asset.info.mass for asset in things if asset.info.mass is not None], 1000),
        lengths=_range([max(asset.info.size) for asset in things], 100),
        camera=CameraConfig(),
        qpos=INITIAL_QPOS,
        index=INDEX,
    )
    parts = text.split("```")  # every second one is code
    return "```".join(part if i % 2 else re.sub(r"\n{3,}", "\n\n", part) for i, part in enumerate(parts))


def escaped(text: object) -> str:
    """Text that means itself wherever it stands in Markdown, cells of tables included.

    >>> print(escaped("a|b *c*"))
    a\\|b \\*c\\*
    """
    return re.sub(r"([\\`*_{}\[\]<>#|~!$&])", r"\\\1", " ".join(str(text).split()))


def _header(manifest: PackManifest) -> Any:
    from huggingface_hub import DatasetCardData

    known = [licence.lower() for licence in manifest.licences if licence.lower() in HUB_LICENCES]
    other = [licence for licence in manifest.licences if licence.lower() not in HUB_LICENCES]
    extra: dict[str, Any] = {"license_name": _joined(other)} if other else {}
    licence = "other" if other else known[0] if len(known) == 1 else known
    size = next((name for limit, name in SIZES if len(manifest.scenes) < limit), "n>1M")
    return DatasetCardData(
        license=licence, pretty_name=manifest.name, size_categories=[size], task_categories=["robotics"],
        tags=list(TAGS),
        configs=[{"config_name": "default", "data_files": [{"split": "scenes", "path": INDEX}]}],
        **extra,
    )


def _joined(licences: Sequence[str]) -> str:
    """One name for several licences, as the Hub writes names."""
    return "-and-".join(re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-") or "unnamed" for name in licences)


def _statistics(worlds: Sequence[PackedWorld]) -> Iterator[Statistic]:
    objects = [asset for world in worlds for asset in world.objects]
    yield Statistic("Environments", f"{len(worlds)}", "100")
    yield Statistic("Unique object assets", f"{len(distinct(objects))}", "516")
    yield Statistic("Interactive assets per scene", f"{len(objects) / len(worlds):.2f}", "5.16")
    yield Statistic("Background assets (rooms)", f"{len(distinct(world.room for world in worlds))}", "100")
    yield Statistic("Tables", f"{len(distinct(world.table for world in worlds))}", NOTHING)
    yield Statistic("Different instructions", f"{len({world.scene.instruction for world in worlds})}", NOTHING)
    yield Statistic("Object categories", f"{len({asset.info.category for asset in objects})}", NOTHING)


def _checks(worlds: Sequence[PackedWorld]) -> Iterator[tuple[str, int, str]]:
    """(stage, scenes that passed it, how it was checked) of every stage that a scene's provenance tells of."""
    passed: Counter[str] = Counter()
    methods: dict[str, Counter[str]] = {}
    for world in worlds:
        for stage, said in world.scene.provenance.checks.items():
            passed[stage] += said.startswith("passed")
            method = re.sub(r"^passed\s*\((.*)\)$", r"\1", said)
            methods.setdefault(stage, Counter())[method] += 1
    for stage, found in methods.items():
        yield stage, passed[stage], found.most_common(1)[0][0]


def _categories(worlds: Sequence[PackedWorld]) -> list[Category]:
    """Commonest first."""
    roles: dict[str, Counter[Role]] = {}
    different: dict[str, set[str]] = {}
    for world in worlds:
        for thing, asset in zip(world.scene.objects, world.objects, strict=True):
            roles.setdefault(asset.info.category, Counter())[thing.role] += 1
            different.setdefault(asset.info.category, set()).add(asset.folder)
    found = [Category(name, counts[Role.source], counts[Role.target], counts[Role.distractor], len(different[name]))
             for name, counts in roles.items()]
    return sorted(found, key=lambda c: (-(c.source + c.target + c.distractor), c.name))


def _origins(worlds: Sequence[PackedWorld]) -> list[tuple[str, str, int]]:
    """(who made them, licence, how many) of the distinct assets; of those under terms of their own, what says where
    these are."""
    counts: Counter[tuple[str, str]] = Counter()
    for asset in distinct(asset for world in worlds for asset in world.assets).values():
        own_terms = asset.info.licence.startswith(OWN_TERMS)
        generated = asset.generator is not None and not own_terms
        made = f"generator {asset.generator}, version {asset.version}" if generated else None
        said = re.sub(r"[,;]? ?seed \d+.*", "", asset.info.provenance).strip()
        counts[made or said or "not said", asset.info.licence] += 1
    return [(origin, licence, count) for (origin, licence), count in sorted(counts.items(), key=lambda i: -i[1])]


def _spread(worlds: Sequence[PackedWorld]) -> list[PackedWorld]:
    """A few of them, evenly from first to last."""
    count = min(PICTURES, len(worlds))
    return [worlds[round(i * (len(worlds) - 1) / max(1, count - 1))] for i in range(count)]


def _rows(worlds: Sequence[PackedWorld]) -> list[Sequence[PackedWorld]]:
    return [worlds[i : i + PICTURES_PER_ROW] for i in range(0, len(worlds), PICTURES_PER_ROW)]


def _range(values: Sequence[float], scale: float) -> str:
    """Least to greatest, in a unit of 1/scale."""
    return f"{min(values) * scale:.0f} to {max(values) * scale:.0f}" if values else NOTHING
