"""The built-in asset generator: a prompt and a seed become a textured mesh, collision parts and their facts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np

from gen3d_bench.scenes.schema import AssetInfo
from gen3d_bench.worldgen.procedural.assetfiles import LICENCE, bounds, hull, write_collision, write_glb
from gen3d_bench.worldgen.procedural.families import FAMILIES
from gen3d_bench.worldgen.procedural.kinship import resolve, specification
from gen3d_bench.worldgen.procedural.model import ObjectModel
from gen3d_bench.worldgen.procedural.prompts import tokens
from gen3d_bench.worldgen.procedural.proportions import proportioned
from gen3d_bench.worldgen.procedural.rooms import build_room
from gen3d_bench.worldgen.procedural.spec import Spec
from gen3d_bench.worldgen.procedural.style import intended, styled
from gen3d_bench.worldgen.procedural.tables import build_table
from gen3d_bench.worldgen.procedural.understanding import understood

VERSION = 2
"""Raised whenever the same prompt and seed would give other bytes."""

PROVENANCE = "gen3d_bench procedural generator"
MASS_RANGE_KG = (0.005, 0.4)
"""Bounds on what a table-top thing weighs: lighter ones jitter in contact, heavier ones slip from the gripper."""


def generator(prompt: str, seed: int) -> np.random.Generator:
    """The random stream of a prompt and seed, equal in every process."""
    digest = hashlib.sha256(f"{VERSION}\n{' '.join(prompt.lower().split())}\n{seed}".encode()).digest()
    return np.random.default_rng([int.from_bytes(digest[i:i + 4], "little") for i in range(0, 32, 4)])


def build(prompt: str, seed: int) -> ObjectModel:
    """The model of an object, a table or a room.  Raises UnknownObjectError for what nothing here makes."""
    spec, rng = intended(specification(prompt)), generator(prompt, seed)
    if spec.family == "table":
        return build_table(spec, rng)
    if spec.family == "room":
        return build_room(spec, rng)
    family = FAMILIES[spec.family]
    model = proportioned(family.build(spec, rng), spec, family.own, family.graspable)
    return styled(model, spec, family.own, rng)


def generate(prompt: str, seed: int, folder: Path) -> AssetInfo:
    """Write `visual.glb`, `asset.json` and, but for rooms, `collision.obj` into a folder; always the same bytes.

    Raises UnknownObjectError if no shape family makes what the prompt names.
    """
    spec, model = specification(prompt), build(prompt, seed)
    kind = _kind(spec)
    write_glb(model.surfaces, folder / "visual.glb")
    if kind != "room":
        write_collision(model.collision, folder / "collision.obj")
    low, high = bounds(model)
    x, y, z = (round(float(v), 5) for v in high - low)
    info = AssetInfo(
        kind=kind,
        name=prompt,
        category=spec.family,
        description=_description(spec),
        size=(x, y, z),
        mass=round(mass_kg(model), 5) if kind == "object" else None,
        friction=model.friction,
        hollow=model.hollow,
        parts=len(model.collision),
        provenance=_provenance(prompt, seed),
        licence=LICENCE,
    )
    (folder / "asset.json").write_text(info.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return info


def mass_kg(model: ObjectModel) -> float:
    """Weight of a model: given, or density times the volume of its collision parts, within plausible bounds."""
    if model.mass_kg is not None:
        return model.mass_kg
    volume = sum(hull(part)[2] for part in model.collision)
    return float(np.clip(model.density * volume, *MASS_RANGE_KG))


def _kind(spec: Spec) -> Literal["object", "table", "room"]:
    if spec.family == "table":
        return "table"
    return "room" if spec.family == "room" else "object"


def _provenance(prompt: str, seed: int) -> str:
    ignored = understood(prompt).ignored
    unmet = f"not honoured: {', '.join(ignored)}" if ignored else None
    return "; ".join(filter(None, (f"{PROVENANCE} v{VERSION}, seed {seed}", resolve(prompt).note, unmet)))


def _description(spec: Spec) -> str:
    made = spec.material and spec.material not in tokens(spec.prompt)
    return f"{spec.prompt}, made of {spec.material}" if made else spec.prompt
