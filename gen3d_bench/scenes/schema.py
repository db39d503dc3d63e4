"""What a world is: scenes, assets and where assets come from.  Plain data, no simulator.

Scene frame (used for every pose in this package): metres, Z up, origin at the robot base on the table top, +x away from
the robot, +y to its left; quaternions are wxyz.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

SCHEMA_VERSION = 1
MAX_OBJECTS = 8
"""Most objects a scene may hold: the length of the padded arrays in state observations."""


class Role(str, Enum):
    """What an object is in the task: the source goes to the target, distractors are left alone."""

    source = "source"
    target = "target"
    distractor = "distractor"


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AssetRef(Model):
    """Where an asset comes from: a generator with its prompt and seed, or a folder (relative to the scene file)."""

    generator: str | None = None
    prompt: str | None = None
    seed: int | None = Field(default=None, ge=0)
    path: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> AssetRef:
        generated = [value is not None for value in (self.generator, self.prompt, self.seed)]
        if any(generated) if self.path is not None else not all(generated):
            raise ValueError('an asset is either {"generator", "prompt", "seed"} or {"path"}')
        return self

    def __str__(self) -> str:
        return self.path if self.path is not None else f"{self.generator}:{self.prompt}#{self.seed}"


class Pose(Model):
    """Position (m) and unit quaternion wxyz in the scene frame."""

    p: tuple[float, float, float] = (0.0, 0.0, 0.0)
    q: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)

    @field_validator("q")
    @classmethod
    def _unit(cls, q: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        norm = math.sqrt(sum(v * v for v in q))
        if abs(norm - 1.0) > 1e-3:
            raise ValueError(f"a rotation needs a unit quaternion (wxyz); this one has length {norm:.4f}")
        if abs(norm - 1.0) < 1e-12:  # already unit: left alone, so that saving and loading changes no bit
            return q
        w, x, y, z = (v / norm for v in q)
        return w, x, y, z


class SceneObject(Model):
    """One object on the table.  `name` is what a person would call it and is unique in its scene."""

    name: str = Field(min_length=1)
    role: Role
    asset: AssetRef
    pose: Pose | None = None
    """Nominal pose of the asset's origin (centre of its base), used by randomization mode "none"."""


class Relation(Model):
    """What the task wants: `subject` ON or IN `object`, by object names."""

    subject: str
    relation: Literal["ON", "IN"]
    object: str


class Provenance(Model):
    """Who made the scene and how it was checked."""

    designer: str = "unknown"
    source: str = ""
    checks: dict[str, str] = Field(default_factory=dict)
    """Stage -> what it found, by which method."""
    notes: tuple[str, ...] = ()
    """What a reader should know: an object made as its nearest kin, a mesh that was scaled."""
    stand_in: str | None = None
    """What stands in for the things that the scene is really about, and how to get those; None if nothing does."""


def _name_problems(objects: tuple[SceneObject, ...]) -> Iterator[str]:
    first: dict[str, int] = {}
    for i, item in enumerate(objects):
        if first.setdefault(item.name, i) != i:
            yield (f"objects[{i}].name: {item.name!r} is already the name of objects[{first[item.name]}]; "
                   f"give every object its own name")


def _role_problems(objects: tuple[SceneObject, ...]) -> Iterator[str]:
    for role in (Role.source, Role.target):
        names = [o.name for o in objects if o.role is role]
        if len(names) != 1:
            found = f"{len(names)} ({', '.join(map(repr, names))})" if names else "none"
            yield f'objects: a scene needs exactly one object with role "{role.value}", this one has {found}'


def _relation_problems(relations: tuple[Relation, ...], objects: tuple[SceneObject, ...]) -> Iterator[str]:
    names = [o.name for o in objects]
    for i, relation in enumerate(relations):
        for field, name in (("subject", relation.subject), ("object", relation.object)):
            if name not in names:
                yield (f"relations[{i}].{field}: {name!r} is not an object of the scene; "
                       f"its objects are {', '.join(map(repr, names))}")
        if relation.subject == relation.object:
            yield f"relations[{i}]: {relation.subject!r} cannot be put on or in itself"
    source, target = (next(o.name for o in objects if o.role is role) for role in (Role.source, Role.target))
    if not any(r.subject == source and r.object == target for r in relations):
        yield f"relations: none puts the source {source!r} on or in the target {target!r}; add one"


class Scene(Model):
    """A world: background, table, objects with roles, and the sentence that says what to do."""

    schema_version: Literal[1] = 1
    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$")
    """Names output files and folders too, so no part of it is empty, hidden or a way up."""
    instruction: str = Field(min_length=1)
    background: AssetRef
    table: AssetRef
    objects: Annotated[tuple[SceneObject, ...], Field(min_length=2, max_length=MAX_OBJECTS)]
    relations: Annotated[tuple[Relation, ...], Field(min_length=1)]
    provenance: Provenance = Provenance()

    @model_validator(mode="after")
    def _consistent(self) -> Scene:
        problems = [*_name_problems(self.objects), *_role_problems(self.objects)]
        problems = problems or [*_relation_problems(self.relations, self.objects)]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _with_role(self, role: Role) -> SceneObject:
        return next(o for o in self.objects if o.role is role)

    @property
    def source(self) -> SceneObject:
        return self._with_role(Role.source)

    @property
    def target(self) -> SceneObject:
        return self._with_role(Role.target)

    @property
    def distractors(self) -> tuple[SceneObject, ...]:
        return tuple(o for o in self.objects if o.role is Role.distractor)


class AssetInfo(Model):
    """`asset.json`: what is known about an asset folder beside its meshes.

    The folder holds `visual.glb` (textured) and, for objects and tables, `collision.obj` (one `o` block per convex
    part).  Both files are Y-up as glTF asks; `(x, y, z)` here is `(x, z, -y)` there.  Origin: centre of the base, for a
    table the centre of its top, for a room the centre of its floor.
    """

    schema_version: Literal[1] = 1
    kind: Literal["object", "table", "room"]
    name: str
    """What it was asked for: "red cup"."""
    category: str
    """Shape family: "cup"."""
    description: str = ""
    size: tuple[float, float, float]
    """Bounding box of the visual mesh along x, y, z (m)."""
    mass: float | None = Field(default=None, gt=0)
    """kg; None for tables and rooms, which do not move."""
    friction: float = Field(default=0.5, ge=0, le=4)
    hollow: bool = False
    """True if things are put IN it, False if they are put ON it."""
    parts: int = Field(default=0, ge=0)
    """Number of convex collision parts."""
    provenance: str = ""
    licence: str = "unknown"
    """SPDX identifier."""
